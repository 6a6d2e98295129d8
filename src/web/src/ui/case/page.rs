//! Gathers and shows a case.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::analysis::Report;
use podlinnik_domain::case::{Case, CaseState, Clocks, Risk, Topic};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CaseId, SubmissionId, UserId};
use podlinnik_domain::inquiry::{Inquiry, InquiryState};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::note::CaseNote;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::region::Regions;
use podlinnik_domain::submission::Submission;
use podlinnik_domain::verdict::{Verdict, VerdictState};
use podlinnik_pipeline::recognition::Recognition;
use podlinnik_pipeline::record::AnalysisRecord;
use serde::Deserialize as _;

use super::attempt::{Attempt, CaseForm};
use super::copy::Copy;
use super::evidence::Evidence;
use super::fetched::Fetched;
use super::guide::{Guide, Situation};
use super::player;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::history::{Line, Names, lines};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{DESK, Reader, Section, Shell, show, show_with};
use crate::ui::sight::{notice_address, seen};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, count, input, left, stretch, urgency};

/// Who takes originals; see [`podlinnik_pipeline::Service::original`].
const TAKE_ORIGINALS: &[Role] = &[Role::Analyst, Role::Editor, Role::Approver, Role::Auditor];

#[derive(Template)]
#[template(path = "case.html")]
struct CasePage {
    shell: Shell,
    case: Case,
    clocks: Clocks,
    now: Timestamp,
    title: String,
    guide: Guide,
    claimed_by: Option<String>,
    mine: bool,
    analysis: AnalysisRecord,
    evidence: Option<Evidence>,
    kind: Option<MediaKind>,
    player: String,
    recognition: Recognition,
    submissions: Vec<Submission>,
    fetched: Fetched,
    verdicts: Vec<Verdict>,
    second_look_wanted: bool,
    /// Each with where it is looked up.
    notices: Vec<(Notice, Option<String>)>,
    /// The hand-in whose bytes the reader may take.
    original: Option<SubmissionId>,
    inquiries: Vec<Inquiry>,
    notes: Vec<CaseNote>,
    history: Vec<Line>,
    people: Names,
    /// When a case comes back unless the form says otherwise.
    tomorrow: Timestamp,
    attempt: Option<Attempt>,
    refused: Option<ErrorCode>,
}

pub(super) async fn case_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CaseId>,
) -> Result<Response, Problem> {
    page(&state, visitor, reader, id, None).await
}

/// The page, again with what was typed into a form that was refused.
pub(super) async fn page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: CaseId,
    attempt: Option<Attempt>,
) -> Result<Response, Problem> {
    let service = &state.service;
    let actor = visitor.actor.clone();
    let case = service.case(&actor, id).await?;
    let analysis = service.analysis(&actor, case.analysis).await?;
    let report = report(&analysis)?;
    let verdicts = service.verdicts(&actor, id).await?;
    let second_look = service.second_look_wanted(&actor, id).await?;
    let mut events = service.history(&actor, id).await?;
    events.reverse();
    let people = Names::load(state).await?;
    let now = service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Board);
    let language = shell.language;
    let own_proposal = verdicts.iter().any(|one| Some(one.id) == second_look && one.author == actor.user.id);
    let notices = notices(state, &actor, id).await?;
    let situation = Situation {
        shell: &shell,
        case: &case,
        verdicts: &verdicts,
        notices: &notices,
        second_look,
        own_proposal,
        analysis: analysis.state,
    };
    let guide = situation.guide();
    let submissions = service.case_submissions(&actor, id).await?;
    let fetched = Fetched::new(&service.case_fetches(&actor, id).await?, &shell);
    let original = original(state, &actor, &submissions).await?;
    let tomorrow = now.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(now);
    let page = CasePage {
        clocks: service.clocks(&case),
        title: title(&case, &submissions),
        guide,
        claimed_by: case.claim.map(|claim| people.name(claim.by)),
        mine: case.claim.is_some_and(|claim| claim.by == actor.user.id),
        evidence: report.as_ref().map(|report| Evidence::new(report, analysis.id, language)),
        kind: report.as_ref().map(|report| report.media.kind),
        player: report
            .as_ref()
            .map(|report| player::model(report, analysis.id, language))
            .unwrap_or_default(),
        recognition: service.recognition(&actor, case.media_sha256).await?,
        submissions,
        fetched,
        original,
        second_look_wanted: second_look.is_some(),
        notices,
        inquiries: service.inquiries(&actor, id).await?,
        notes: if shell.has(DESK) { service.notes(&actor, id).await? } else { Vec::new() },
        history: lines(&events, &people, now, shell.reading()),
        refused: analysis.error,
        tomorrow,
        attempt,
        verdicts,
        people,
        analysis,
        now,
        case,
        shell,
    };
    let status = page.attempt.as_ref().map_or(StatusCode::OK, |attempt| attempt.status);
    show_with(status, &page, language)
}

/// Notices of a case: those of a higher organisation are read where everybody reads them.
async fn notices(
    state: &AppState,
    actor: &Actor,
    case: CaseId,
) -> Result<Vec<(Notice, Option<String>)>, Problem> {
    let mut notices = Vec::new();
    for notice in state.service.notices(actor, case).await? {
        let address = notice_address(state, actor, notice.id, notice.published_at.is_some()).await?;
        notices.push((notice, address));
    }
    Ok(notices)
}

/// The earliest hand-in whose original the actor may take: a partner's stays with the partner.
async fn original(
    state: &AppState,
    actor: &Actor,
    submissions: &[Submission],
) -> Result<Option<SubmissionId>, Problem> {
    if !TAKE_ORIGINALS.iter().any(|role| actor.user.has(*role)) {
        return Ok(None);
    }
    for submission in submissions.iter().rev() {
        if seen(state.service.submission(actor, submission.id).await)? {
            return Ok(Some(submission.id));
        }
    }
    Ok(None)
}

/// The report of an analysis that has one.
pub(in crate::ui) fn report(analysis: &AnalysisRecord) -> Result<Option<Report>, Problem> {
    analysis.report.as_ref().map(Report::deserialize).transpose().map_err(|error| {
        tracing::error!(analysis.id = %analysis.id, %error, "report of analysis {} cannot be read: {error}", analysis.id);
        ErrorCode::Internal.into()
    })
}

/// What a case is called: the first file name, else the first remark, else the beginning of its digest.
pub(in crate::ui) fn title(case: &Case, submissions: &[Submission]) -> String {
    let said = submissions.iter().rev().find_map(|one| one.circumstances.file_name.clone());
    let noted = || submissions.iter().rev().find_map(|one| one.circumstances.note.clone());
    let text =
        said.or_else(noted).unwrap_or_else(|| case.media_sha256.to_string().chars().take(12).collect());
    if text.chars().count() > 90 { text.chars().take(89).chain(['…']).collect() } else { text }
}

#[derive(Template)]
#[template(path = "case_progress.html")]
struct Progress {
    shell: Shell,
    case: CaseId,
    analysis: AnalysisRecord,
}

/// The bar of a running analysis; tells the page when it is done.
pub(super) async fn progress(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CaseId>,
) -> Result<Response, Problem> {
    let case = state.service.case(&visitor.actor, id).await?;
    let analysis = state.service.analysis(&visitor.actor, case.analysis).await?;
    let ended = analysis.state.is_final();
    let shell = reader.shell(Some(visitor), Section::Board);
    let language = shell.language;
    let mut response = show(&Progress { shell, case: id, analysis }, language)?;
    if ended {
        // Not `hx-refresh`: somebody may be typing; see `desk.js`.
        response.headers_mut().insert("hx-trigger", axum::http::HeaderValue::from_static("analysed"));
    }
    Ok(response)
}

impl CasePage {
    fn clock(&self) -> String {
        left(&self.clocks, self.shell.language)
    }

    fn urgency(&self) -> &'static str {
        if self.runs() { urgency(&self.clocks) } else { "calm" }
    }

    fn runs(&self) -> bool {
        self.case.state != CaseState::Approved
    }

    fn age(&self) -> String {
        stretch(self.clocks.age_s, self.shell.language)
    }

    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    fn zone(&self) -> &'static str {
        self.shell.zone_name()
    }

    fn region(&self) -> Option<&'static str> {
        let region = Regions::current().get(self.case.region.as_deref()?)?;
        Some(region.name(self.shell.language))
    }

    fn refusal(&self, form: CaseForm) -> Option<&Refusal> {
        self.attempt.as_ref().filter(|attempt| attempt.form == form).map(|attempt| &attempt.refusal)
    }

    /// What was typed into a form that was refused.
    fn typed(&self, form: CaseForm, field: &str) -> Option<&str> {
        self.attempt.as_ref()?.typed(form, field)
    }

    /// A field of the triage form: as it was typed, else as it is.
    fn triage(&self, field: &str) -> String {
        if let Some(typed) = self.typed(CaseForm::Triage, field) {
            return typed.to_owned();
        }
        let triage = &self.case.triage;
        match field {
            "topic" => triage.topic.map(|topic| topic.code().to_owned()),
            "risk" => triage.risk.map(|risk| risk.code().to_owned()),
            "place" => triage.place.clone(),
            "network" => triage.network.clone(),
            "views" => triage.views.map(|views| views.to_string()),
            _ => triage.spread_since.map(|at| input(at, self.shell.zone)),
        }
        .unwrap_or_default()
    }

    fn is_topic(&self, topic: &Topic) -> bool {
        self.triage("topic") == topic.code()
    }

    fn is_risk(&self, risk: &Risk) -> bool {
        self.triage("risk") == risk.code()
    }

    /// What is told of a form that stands on the page no more, and what was typed into it.
    fn gone(&self) -> Option<(&Refusal, &str)> {
        let attempt = self.attempt.as_ref()?;
        let stands = match attempt.form {
            CaseForm::Triage | CaseForm::Note => true,
            CaseForm::Parking => self.can_be_parked(),
            CaseForm::Unclaim => self.takes_away(),
        };
        (!stands).then(|| (&attempt.refusal, attempt.fields.get("reason")))
    }

    /// Whether the reader may take the case away from whoever has it.
    fn takes_away(&self) -> bool {
        self.approves() && !self.mine && self.case.claim.is_some()
    }

    /// Whether the triage form stands open.
    fn triage_open(&self) -> bool {
        self.case.state == CaseState::New || self.refusal(CaseForm::Triage).is_some()
    }

    fn wake_at(&self) -> String {
        self.typed(CaseForm::Parking, "wake_at")
            .map_or_else(|| input(self.tomorrow, self.shell.zone), str::to_owned)
    }

    fn submitted(&self) -> String {
        let number = u64::try_from(self.submissions.len()).unwrap_or(u64::MAX);
        count(
            number,
            ["сообщение", "сообщения", "сообщений"],
            ["submission", "submissions"],
            self.shell.language,
        )
    }

    /// Whether there is a proposal that the reader must not see yet.
    fn proposal_hidden(&self) -> bool {
        self.second_look_wanted && !self.verdicts.iter().any(|one| one.state == VerdictState::Proposed)
    }

    /// Whether the reader may write notes.
    fn notes(&self) -> bool {
        self.shell.has(&[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer])
    }

    fn copies(&self) -> Vec<Copy<'_>> {
        self.recognition.copies.iter().map(|copy| Copy { copy, shell: &self.shell }).collect()
    }

    fn verdict_class(&self, verdict: &Verdict) -> &'static str {
        match verdict.state {
            VerdictState::Approved => "good",
            VerdictState::Disputed => "bad",
            VerdictState::Superseded => "",
            VerdictState::Proposed | VerdictState::Agreed => "info",
        }
    }

    /// As much of a hash as tells it apart.
    fn short<'a>(&self, hash: &'a str) -> &'a str {
        hash.get(..12).unwrap_or(hash)
    }

    fn name(&self, id: &UserId) -> String {
        self.people.name(*id)
    }

    fn own_note(&self, note: &CaseNote) -> bool {
        self.shell.visitor.as_ref().is_some_and(|visitor| visitor.actor.user.id == note.author)
    }

    fn approves(&self) -> bool {
        self.shell.has(&[Role::Approver])
    }

    fn analyses(&self) -> bool {
        self.shell.has(&[Role::Analyst])
    }

    fn asks(&self) -> bool {
        self.shell.has(&[Role::Analyst, Role::Editor])
    }

    fn can_be_parked(&self) -> bool {
        self.analyses()
            && (self.mine || self.case.claim.is_none())
            && matches!(
                self.case.state,
                CaseState::Triaged | CaseState::InAnalysis | CaseState::Disputed | CaseState::New
            )
    }

    /// Whether the second look can be skipped for now: little time, a proposal of somebody else.
    fn break_glass_open(&self) -> bool {
        self.second_look_wanted && self.approves() && !self.analyses() && self.clocks.is_short()
    }
}
