//! What becomes of the words of a notice at each outlet, saved or not. Nothing here is sent anywhere.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Correction, Notice};
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::Verdict;
use podlinnik_report::card::{CardSize, description, png};
use podlinnik_report::{Frame, NoticeContext, Outlets, notice as notice_page, outlets};

use super::words::{Check, checklist};
use crate::content::page;
use crate::extract::Id;
use crate::problem::Problem;
use crate::public::notice_context;
use crate::state::AppState;
use crate::ui::form::Fields;
use crate::ui::shell::{Reader, Shell, show};
use crate::ui::visitor::Visitor;
use crate::ui::wording::grouped;

/// What is shown of a notice before (or beside) its publication.
#[derive(Template)]
#[template(path = "notice_preview.html")]
pub(super) struct Preview {
    shell: Shell,
    /// None where the English words are not there.
    outlets: Option<Outlets>,
    /// Language of the texts.
    language: Language,
    /// The notice as stored; none for one that has not been saved yet.
    saved: Option<NoticeId>,
    /// Where the card of unsaved words is drawn; none where nothing is being written.
    draws_at: Option<String>,
    /// What a screen reader says in place of the card.
    card_words: String,
}

/// Preview and checklist, as an answer to typing.
#[derive(Template)]
#[template(path = "notice_live.html")]
struct Live {
    shell: Shell,
    preview: Preview,
    checklist: Vec<Check>,
}

/// The card of unsaved words.
#[derive(Template)]
#[template(path = "notice_card.html")]
struct Card {
    shell: Shell,
    words: String,
    /// PNG in Base64.
    picture: String,
}

impl Preview {
    /// Of a notice with the words that it has now. `draws_at`: where the card of unsaved words is drawn; none where nothing is being written.
    pub(super) async fn new(
        state: &AppState,
        shell: &Shell,
        (notice, verdict): (&Notice, &Verdict),
        corrections: &[Correction],
        language: Language,
        draws_at: Option<String>,
    ) -> Result<Self, Problem> {
        let context = notice_context(state, notice, corrections.to_vec(), language).await?;
        let saved = (!notice.id.as_uuid().is_nil()).then_some(notice.id);
        Ok(Self {
            outlets: outlets(notice, verdict, &context),
            card_words: description(notice, verdict, language),
            shell: shell.clone(),
            language,
            saved,
            draws_at,
        })
    }

    /// `3 120 из 4 096`.
    fn measured(&self, length: &usize, limit: &usize) -> String {
        let number = |value: &usize| grouped(u64::try_from(*value).unwrap_or(u64::MAX));
        format!("{} {} {}", number(length), self.shell.t("из", "of"), number(limit))
    }

    /// The fragment for a site below the headings of this page. Only its own tags are changed: text in it is escaped.
    fn site_shown(&self, html: &str) -> String {
        html.replace("<h3>", "<h5>")
            .replace("</h3>", "</h5>")
            .replace("<h2>", "<h4>")
            .replace("</h2>", "</h4>")
    }

    /// A message without its markup, for pasting by hand.
    fn unmarked(&self, html: &str) -> String {
        html.replace("<b>", "")
            .replace("</b>", "")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&")
    }

    fn characters(&self, text: &str) -> String {
        grouped(u64::try_from(text.chars().count()).unwrap_or(u64::MAX))
    }

    /// Address of the saved card.
    fn picture(&self, id: &NoticeId, size: &str) -> String {
        format!("/api/v1/notices/{id}/card.png?size={size}&lang={}", self.language)
    }
}

/// Language of the preview, as the form says it.
pub(super) fn language_of(fields: &Fields) -> Language {
    fields.get("preview_language").parse().unwrap_or(Language::Russian)
}

/// The answer to typing.
pub(super) async fn live(
    state: &AppState,
    shell: Shell,
    (notice, verdict): (&Notice, &Verdict),
    language: Language,
    draws_at: String,
) -> Result<Response, Problem> {
    let checklist = checklist(&notice.text);
    let preview = Preview::new(state, &shell, (notice, verdict), &[], language, Some(draws_at)).await?;
    let reader = shell.language;
    show(&Live { shell, preview, checklist }, reader)
}

/// The card of words that are not saved.
pub(super) async fn drawn(
    state: &AppState,
    shell: Shell,
    actor: &Actor,
    (notice, verdict): (Notice, Verdict),
    language: Language,
) -> Result<Response, Problem> {
    let context = notice_context(state, &notice, Vec::new(), language).await?;
    let frame = state.service.middle_frame(actor, &verdict).await?;
    let words = description(&notice, &verdict, language);
    let bytes = draw(notice, verdict, context, frame).await?;
    let reader = shell.language;
    show(&Card { shell, words, picture: STANDARD.encode(bytes) }, reader)
}

async fn draw(
    notice: Notice,
    verdict: Verdict,
    context: NoticeContext,
    frame: Option<(Vec<u8>, u32, u32)>,
) -> Result<Vec<u8>, Problem> {
    let work = move || {
        let frame = frame.as_ref().map(|(rgb, width, height)| Frame { width: *width, height: *height, rgb });
        png(&notice, &verdict, &context, CardSize::Wide, frame)
    };
    let drawn = tokio::task::spawn_blocking(work).await;
    Ok(drawn.map_err(|_| Problem::new(ErrorCode::Internal))??)
}

/// `GET /desk/notices/{id}/page`: the saved words as the public would see them, whatever the state of the notice.
pub(super) async fn public_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<NoticeId>,
) -> Result<Response, Problem> {
    let notice = state.service.notice(&visitor.actor, id).await?;
    let verdict = state.service.verdict(&visitor.actor, notice.verdict).await?;
    let corrections = state.service.corrections(&visitor.actor, id).await?;
    let context = notice_context(&state, &notice, corrections, reader.language).await?;
    Ok(page(notice_page::page(&notice, &verdict, &context)?, reader.language))
}
