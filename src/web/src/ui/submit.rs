//! `/desk/submit`: handing media in. With scripts, files go up in pieces and survive a bad line (tus); without, as an ordinary form.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, Request, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::SubmissionId;
use podlinnik_domain::language::Language;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::people::Actor;
use podlinnik_domain::region::{Region, Regions};
use podlinnik_domain::submission::{Submission, SubmissionState};
use podlinnik_pipeline::record::AnalysisRecord;

use super::form::{Fields, TOKEN, same};
use super::refusal::Refusal;
use super::shell::{Reader, Section, Shell, go_on, show, show_with};
use super::sight::case_address;
use super::visitor::{Visitor, is_same_origin};
use super::wording::brief;
use crate::api::v1::submissions::receive;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

/// Networks that are offered; any other can be typed.
const NETWORKS: [&str; 9] =
    ["telegram", "vk", "ok", "max", "whatsapp", "viber", "rutube", "youtube", "tiktok"];
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

async fn submit_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&SubmitPage::new(&state, reader, visitor, None).await?, language)
}

/// Where a hand-in led to: its case, or its receipt for whoever does not see that.
async fn place_of(state: &AppState, actor: &Actor, submission: &Submission) -> Result<String, Problem> {
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
    let problem = match receive(&state, &visitor.actor, &headers, request).await {
        Ok(outcome) => {
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
    let refusal = Some(Refusal::told(&problem, language));
    let page = SubmitPage::new(&state, reader, visitor, refusal).await?;
    show_with(problem.status(), &page, language)
}
