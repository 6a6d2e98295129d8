//! `/desk/links`: a link that the service fetches: how far it is, what became of it, what to do where it failed.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchState;
use podlinnik_domain::id::FetchId;
use podlinnik_domain::people::Actor;
use podlinnik_domain::submission::Circumstances;
use podlinnik_pipeline::LinkWish;
use podlinnik_pipeline::fetch::LinkAnswer;
use podlinnik_pipeline::record::FetchRecord;
use podlinnik_pipeline::service::KnownMedia;

use super::form::{Fields, Submitted};
use super::refusal::Refusal;
use super::shell::{Reader, Section, Shell, go_on, show, show_with};
use super::sight::case_address;
use super::size::bytes;
use super::submit::place_of;
use super::visitor::Visitor;
use super::wording::{brief, stretch};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/links", post(again))
        .route("/desk/links/{id}", get(link_page))
        .route("/desk/links/{id}/cancel", post(cancel))
}

/// Something that was seen at the same address.
struct Seen {
    /// Its case, or a published notice.
    address: Option<String>,
    verdict: Option<&'static str>,
    first_seen_at: Timestamp,
}

#[derive(Template)]
#[template(path = "fetch.html")]
struct LinkPage {
    shell: Shell,
    refusal: Option<Refusal>,
    /// None while nothing is fetched because the address is known.
    fetch: Option<FetchRecord>,
    url: String,
    circumstances: Circumstances,
    known: Vec<Seen>,
    now: Timestamp,
}

impl LinkPage {
    fn is_over(&self) -> bool {
        self.fetch.as_ref().is_none_or(|fetch| fetch.state.is_final())
    }

    /// `3,1 МБ из 12 МБ`.
    fn amount(&self, fetch: &FetchRecord) -> String {
        let came = bytes(fetch.received, self.shell.language);
        match fetch.expected {
            Some(all) => {
                format!("{came} {} {}", self.shell.t("из", "of"), bytes(all, self.shell.language))
            }
            None => came,
        }
    }

    /// Since it was asked for, in words.
    fn elapsed(&self, fetch: &FetchRecord) -> String {
        let until = fetch.finished_at.unwrap_or(self.now);
        stretch(until.duration_since(fetch.requested_at).as_secs().max(0), self.shell.language)
    }

    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    fn has_failed(&self, fetch: &FetchRecord) -> bool {
        fetch.state == FetchState::Failed
    }

    fn hidden(&self) -> [(&'static str, &str); 4] {
        let said = &self.circumstances;
        [
            ("url", self.url.as_str()),
            ("network", said.network.as_deref().unwrap_or_default()),
            ("region", said.region.as_deref().unwrap_or_default()),
            ("note", said.note.as_deref().unwrap_or_default()),
        ]
    }
}

/// `GET /desk/links/{id}`: one that became a submission leads on to it.
async fn link_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<FetchId>,
) -> Result<Response, Problem> {
    let actor = visitor.actor.clone();
    let fetch = state.service.link(&actor, id).await?;
    if let Some(submission) = fetch.submission {
        let submission = state.service.submission(&actor, submission).await?;
        return Ok(go_on(&place_of(&state, &actor, &submission).await?, ""));
    }
    let shell = reader.shell(Some(visitor), Section::Submit);
    let language = shell.language;
    let page = LinkPage {
        refusal: None,
        url: fetch.url.clone(),
        circumstances: fetch.circumstances.clone(),
        fetch: Some(fetch),
        known: Vec::new(),
        now: state.service.clock().now(),
        shell,
    };
    show(&page, language)
}

/// `POST /desk/links/{id}/cancel`
async fn cancel(
    State(state): State<AppState>,
    Id(id): Id<FetchId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    match state.service.link_cancel(&visitor.actor, id).await {
        // It ended a moment before.
        Err(error) if error.code() == ErrorCode::WrongState => Ok(go_on(&format!("/desk/links/{id}"), "")),
        other => {
            other?;
            Ok(go_on(&format!("/desk/links/{id}"), "link_cancelled"))
        }
    }
}

/// `POST /desk/links`: once more, whatever is known of it.
async fn again(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let circumstances = circumstances(&fields);
    let wish = LinkWish { url: fields.get("url").to_owned(), circumstances, refresh: true };
    hand_in(&state, visitor, reader, wish).await
}

fn circumstances(fields: &Fields) -> Circumstances {
    let text = |name| fields.filled(name);
    Circumstances {
        network: text("network"),
        region: text("region"),
        note: text("note"),
        ..Circumstances::default()
    }
}

/// Has a link fetched and leads on to its page; tells what is known of it instead, or why not.
pub(super) async fn hand_in(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    wish: LinkWish,
) -> Result<Response, Problem> {
    let actor = visitor.actor.clone();
    let (url, circumstances) = (wish.url.clone(), wish.circumstances.clone());
    let (known, refusal) = match state.service.link_create(&actor, wish, None).await.map_err(Problem::from) {
        Ok(LinkAnswer::Fetch(outcome)) => return Ok(go_on(&format!("/desk/links/{}", outcome.fetch.id), "")),
        Ok(LinkAnswer::Known(known)) => (seen(state, &actor, &reader, known).await?, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    let shell = reader.shell(Some(visitor), Section::Submit);
    let language = shell.language;
    let status = refusal.as_ref().map(Problem::status);
    let refusal = refusal.map(|problem| Refusal::of(problem, language)).transpose()?;
    let now = state.service.clock().now();
    let page = LinkPage { refusal, fetch: None, url, circumstances, known, now, shell };
    match status {
        Some(status) => show_with(status, &page, language),
        None => show(&page, language),
    }
}

async fn seen(
    state: &AppState,
    actor: &Actor,
    reader: &Reader,
    known: Vec<KnownMedia>,
) -> Result<Vec<Seen>, Problem> {
    let mut all = Vec::new();
    for media in known {
        let case = case_address(state, actor, media.case.id).await?;
        let notice = media.notices.first().map(|notice| format!("/notices/{}", notice.id));
        all.push(Seen {
            address: case.or(notice),
            verdict: media.verdict.map(|verdict| verdict.proposal.kind.text().in_language(reader.language)),
            first_seen_at: media.case.first_seen_at,
        });
    }
    Ok(all)
}
