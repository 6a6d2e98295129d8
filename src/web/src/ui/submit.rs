//! `/desk/submit`: handing media in. With scripts, files go up in pieces and survive a bad line (tus); without, as an ordinary form.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchState;
use podlinnik_domain::id::{FetchId, SubmissionId};
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::people::Actor;
use podlinnik_domain::region::{Region, Regions};
use podlinnik_domain::submission::{Circumstances, Submission, SubmissionState};
use podlinnik_pipeline::LinkWish;
use podlinnik_pipeline::record::{AnalysisRecord, FetchRecord};
use serde::Deserialize;

use super::form::{Fields, TOKEN, same};
use super::links;
use super::refusal::Refusal;
use super::shell::{Reader, Section, Shell, go_on, show, show_with};
use super::sight::case_address;
use super::visitor::{Visitor, is_same_origin};
use super::wording::brief;
use crate::api::v1::submissions::{HandedIn, receive_either};
use crate::extract::{Id, Parameters};
use crate::problem::Problem;
use crate::state::AppState;

/// Networks that are offered; any other can be typed.
const NETWORKS: [&str; 9] =
    ["telegram", "vk", "ok", "max", "whatsapp", "viber", "rutube", "youtube", "tiktok"];
/// What a form is told that has neither.
const NEITHER: Text = Text {
    ru: "Нужен файл или ссылка на него.", en: "A file is needed, or a link to it."
};
/// Own submissions shown below the form.
const SHOWN: u32 = 10;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/desk/submit", get(submit_page)).route("/desk/submissions/{id}", get(receipt_page))
}

pub(super) fn upload_routes() -> Router<AppState> {
    Router::new().route("/desk/submit/form", post(submit))
}

/// What is told about a hand-in whose case belongs to another desk.
struct Receipt {
    submission: Submission,
    analysis: AnalysisRecord,
    /// The verdict that counts, in words.
    verdict: Option<&'static str>,
    /// Published notices: address and headline.
    notices: Vec<(String, String)>,
}

impl Receipt {
    async fn new(
        state: &AppState,
        actor: &Actor,
        submission: Submission,
        language: Language,
    ) -> Result<Self, Problem> {
        let analysis = state.service.analysis(actor, submission.analysis).await?;
        let known = state.service.known_media(actor, submission.media_sha256).await?;
        let (verdict, notices) = known.map_or((None, Vec::new()), |known| (known.verdict, known.notices));
        let notices = notices.iter().map(|notice| {
            let title = podlinnik_report::notice::notice_title(notice, language);
            (format!("/notices/{}", notice.id), title.to_owned())
        });
        Ok(Self {
            verdict: verdict.map(|verdict| verdict.proposal.kind.text().in_language(language)),
            notices: notices.collect(),
            submission,
            analysis,
        })
    }

    /// Whether the machine's findings can be read.
    fn has_report(&self) -> bool {
        self.analysis.report.is_some()
    }
}

#[derive(Template)]
#[template(path = "submit.html")]
struct SubmitPage {
    shell: Shell,
    refusal: Option<Refusal>,
    receipt: Option<Receipt>,
    regions: Vec<&'static Region>,
    /// Region of the visitor's organisation.
    own_region: String,
    largest_bytes: u64,
    recent: Vec<Submission>,
    /// The visitor's links that have not become submissions.
    links: Vec<FetchRecord>,
    /// What the form begins with.
    typed: Circumstances,
    /// Whether clips are taken out of posts here.
    takes_posts: bool,
    now: Timestamp,
}

impl SubmitPage {
    async fn new(
        state: &AppState,
        reader: Reader,
        visitor: Visitor,
        refusal: Option<Refusal>,
    ) -> Result<Self, Problem> {
        let actor = &visitor.actor;
        let recent = state.service.submissions(actor, None, SHOWN).await?.items;
        let mut links = state.service.links(actor, None, SHOWN).await?.items;
        links.retain(|link| link.state != FetchState::Done);
        let organisations = state.service.organisations().await?;
        let own = organisations.iter().find(|one| one.id == actor.user.organisation);
        let own_region =
            own.map(|one| one.code.clone()).filter(|code| Regions::current().get(code).is_some());
        Ok(Self {
            refusal,
            receipt: None,
            regions: Regions::current().iter().collect(),
            own_region: own_region.unwrap_or_default(),
            largest_bytes: state.service.settings().upload_bytes,
            recent,
            links,
            typed: Circumstances::default(),
            takes_posts: state.service.takes_posts(),
            now: state.service.clock().now(),
            shell: reader.shell(Some(visitor), Section::Submit),
        })
    }

    fn largest(&self) -> String {
        let megabytes = self.largest_bytes / 1_000_000;
        if megabytes >= 1000 {
            let tenths = megabytes / 100;
            let (whole, tenth) = (tenths / 10, tenths % 10);
            let mark = self.shell.t(",", ".");
            let part = if tenth == 0 { String::new() } else { format!("{mark}{tenth}") };
            format!("{whole}{part} {}", self.shell.t("ГБ", "GB"))
        } else if megabytes > 0 {
            format!("{megabytes} {}", self.shell.t("МБ", "MB"))
        } else {
            format!("{} {}", self.largest_bytes / 1000, self.shell.t("кБ", "kB"))
        }
    }

    fn came(&self, submission: &Submission) -> String {
        brief(submission.received_at, self.now, self.shell.reading())
    }

    fn moment(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    fn has_failed(&self, link: &FetchRecord) -> bool {
        link.state == FetchState::Failed
    }

    /// What stands in a field at first.
    fn typed(&self, field: &str) -> &str {
        let typed = match field {
            "source_url" => &self.typed.source_url,
            "network" => &self.typed.network,
            _ => &self.typed.note,
        };
        typed.as_deref().unwrap_or_default()
    }

    /// What a link alone is good for.
    fn link_hint(&self) -> &str {
        if self.takes_posts {
            self.shell.t(
                "Без файла сервис скачает материал по ссылке сам: прямая ссылка на файл или пост в Telegram, VK, OK, RuTube.",
                "Without a file the service fetches the item itself: a link straight to the file, or a post on Telegram, VK, OK, RuTube.",
            )
        } else {
            self.shell.t(
                "Без файла сервис скачает материал сам, если ссылка ведёт прямо на файл. Из постов скачать не сможет: пришлите файл.",
                "Without a file the service fetches the item itself if the link leads straight to it. It cannot take clips out of posts: send the file.",
            )
        }
    }

    fn name<'a>(&self, submission: &'a Submission) -> &'a str {
        submission.circumstances.file_name.as_deref().unwrap_or("—")
    }

    fn class(&self, submission: &Submission) -> &'static str {
        match submission.state {
            SubmissionState::Rejected => "bad",
            SubmissionState::Duplicate => "info",
            SubmissionState::Accepted => "good",
            SubmissionState::Quarantined => "",
        }
    }

    fn networks(&self) -> &'static [&'static str] {
        &NETWORKS
    }

    /// What the file dialogue offers first.
    fn accepted(&self) -> String {
        [MediaKind::Image, MediaKind::Video, MediaKind::Audio]
            .map(|kind| format!("{}/*", kind.code()))
            .join(",")
    }
}

/// Where the form comes from.
#[derive(Debug, Deserialize)]
struct SubmitQuery {
    /// A link whose file is sent by hand: what was said of it stands in the form.
    link: Option<String>,
}

async fn submit_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Parameters(query): Parameters<SubmitQuery>,
) -> Result<Response, Problem> {
    let language = reader.language;
    let typed = match query.link.and_then(|id| id.parse::<FetchId>().ok()) {
        Some(id) => state.service.link(&visitor.actor, id).await?.circumstances,
        None => Circumstances::default(),
    };
    let page = SubmitPage::new(&state, reader, visitor, None).await?;
    let own_region = typed.region.clone().unwrap_or_else(|| page.own_region.clone());
    show(&SubmitPage { typed, own_region, ..page }, language)
}

/// Where a hand-in led to: its case, or its receipt for whoever does not see that.
pub(super) async fn place_of(
    state: &AppState,
    actor: &Actor,
    submission: &Submission,
) -> Result<String, Problem> {
    let case = case_address(state, actor, submission.case).await?;
    Ok(case.unwrap_or_else(|| format!("/desk/submissions/{}", submission.id)))
}

/// `GET /desk/submissions/{id}`
async fn receipt_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<SubmissionId>,
) -> Result<Response, Problem> {
    let actor = visitor.actor.clone();
    let submission = state.service.submission(&actor, id).await?;
    if let Some(case) = case_address(&state, &actor, submission.case).await? {
        return Ok(go_on(&case, ""));
    }
    let language = reader.language;
    let receipt = Receipt::new(&state, &actor, submission, language).await?;
    let page = SubmitPage::new(&state, reader, visitor, None).await?;
    show(&SubmitPage { receipt: Some(receipt), ..page }, language)
}

/// The form without scripts. A form with a file has its token in the address: the body is read as a stream, and only once.
async fn submit(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let parameters = Fields::parse(query.unwrap_or_default().as_bytes())?;
    if !is_same_origin(&headers) || !same(parameters.get(TOKEN), &visitor.csrf) {
        return Err(ErrorCode::Forbidden.into());
    }
    let problem = match receive_either(&state, &visitor.actor, &headers, request, true).await {
        Ok(HandedIn::Link(circumstances)) => {
            let url = circumstances.source_url.clone().unwrap_or_default();
            return links::hand_in(&state, visitor, reader, LinkWish { url, circumstances, refresh: false })
                .await;
        }
        Ok(HandedIn::Media(outcome)) => {
            let done = if outcome.submission.state == SubmissionState::Duplicate { "" } else { "submitted" };
            let place = place_of(&state, &visitor.actor, &outcome.submission).await?;
            return Ok(go_on(&place, done));
        }
        Err(problem) => problem,
    };
    if problem.status().is_server_error() {
        return Err(problem);
    }
    let language = reader.language;
    let refusal = if problem.code() == ErrorCode::MissingFile {
        Refusal::saying(NEITHER, language)
    } else {
        Refusal::told(&problem, language)
    };
    let refusal = Some(refusal);
    let page = SubmitPage::new(&state, reader, visitor, refusal).await?;
    show_with(problem.status(), &page, language)
}
