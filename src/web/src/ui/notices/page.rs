//! One notice: where it stands, what can be done next and by whom, what becomes of it at each outlet, its history.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Correction, Notice, NoticeState};
use podlinnik_domain::people::{Actor, Organisation, Role};
use podlinnik_domain::region::Regions;
use podlinnik_domain::verdict::Verdict;
use podlinnik_pipeline::NoticeDelivery;
use podlinnik_pipeline::record::{DeliveryState, NoticeVersion};

use super::audience::Audience;
use super::edit::edit_page;
use super::preview::Preview;
use super::words::{Check, checklist};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Fields;
use crate::ui::history::Names;
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, moment};

/// A notice with what its steps depend on.
pub(super) struct Standing {
    pub(super) notice: Notice,
    pub(super) verdict: Verdict,
    /// The revision that counts now, where it is another than the notice's.
    pub(super) newer: Option<Verdict>,
    pub(super) corrections: Vec<Correction>,
    pub(super) versions: Vec<NoticeVersion>,
    /// Whether the notice belongs to a part of the tree that the actor acts on.
    pub(super) acts: bool,
}

impl Standing {
    pub(super) async fn load(state: &AppState, actor: &Actor, id: NoticeId) -> Result<Self, Problem> {
        let service = &state.service;
        let notice = service.notice(actor, id).await?;
        let verdict = service.verdict(actor, notice.verdict).await?;
        let newer =
            if verdict.is_current() { None } else { service.current_verdict(actor, notice.case).await? };
        Ok(Self {
            corrections: service.corrections(actor, id).await?,
            versions: service.notice_versions(actor, id).await?,
            acts: service.acts_on(actor, notice.organisation).await?,
            newer,
            verdict,
            notice,
        })
    }

    /// Whether the verdict revision that the notice is pinned to still counts.
    pub(super) fn holds(&self) -> bool {
        self.verdict.is_current()
    }

    /// Whether the notice has not been published and its verdict does not count any more: it will never be.
    pub(super) fn is_stale(&self) -> bool {
        !self.holds()
            && matches!(self.notice.state, NoticeState::Draft | NoticeState::InReview | NoticeState::Approved)
    }

    pub(super) fn can_be_edited(&self, visitor: &Visitor) -> bool {
        self.acts
            && visitor.is(Role::Editor)
            && matches!(self.notice.state, NoticeState::Draft | NoticeState::InReview)
    }

    /// Whether the visitor wrote a version.
    pub(super) fn written_by(&self, visitor: &Visitor) -> bool {
        self.versions.iter().any(|version| version.author == visitor.actor.user.id)
    }

    /// The doubt that is open.
    pub(super) fn open_correction(&self) -> Option<&Correction> {
        self.corrections.iter().find(|correction| correction.settled.is_none())
    }
}

/// What is said about the next step, and whether there is a button for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    Approve,
    /// Whoever looks wrote a version of it.
    ApproveByOther,
    /// It waits for an approver.
    ApproveByRole,
    Publish,
    PublishByRole,
    Doubt,
    Nothing,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct NoticePage {
    shell: Shell,
    refusal: Option<Refusal>,
    /// Words of a doubt that could not be opened.
    doubt: String,
    standing: Standing,
    next: Next,
    preview: Preview,
    /// Language of the preview.
    texts: Language,
    checklist: Vec<Check>,
    /// Who would be told; for whoever can publish.
    audience: Option<Audience>,
    deliveries: Vec<NoticeDelivery>,
    organisations: Vec<Organisation>,
    people: Names,
    can_be_edited: bool,
    now: Timestamp,
}

/// `GET /desk/notices/{id}`: a draft opens for writing, anything else for reading; `?edit` opens a notice in review for writing.
pub(super) async fn show_notice(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<NoticeId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    let standing = Standing::load(&state, &visitor.actor, id).await?;
    let writes = standing.notice.state == NoticeState::Draft || asked.ticked("edit");
    if writes && standing.can_be_edited(&visitor) {
        return edit_page(&state, visitor, reader, standing).await;
    }
    let outcome = Outcome { texts: asked.get("texts").parse().ok(), ..Outcome::default() };
    notice_page(&state, visitor, reader, standing, outcome).await
}

/// What came of a step that was refused, and in which language the texts are wanted.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    texts: Option<Language>,
    pub(super) refusal: Option<Refusal>,
    pub(super) status: StatusCode,
    pub(super) doubt: String,
}

/// The page again, with what was refused and why.
pub(super) async fn refused_page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    (id, seen): (NoticeId, u32),
    problem: &Problem,
    doubt: String,
) -> Result<Response, Problem> {
    let standing = Standing::load(state, &visitor.actor, id).await?;
    let mut refusal = Refusal::told(problem, reader.language);
    refusal.fields.clear();
    let shell = reader.clone().shell(None, Section::Notices);
    let changed = standing.notice.version != seen;
    if problem.code() == ErrorCode::StaleRevision && changed {
        refusal.sentence = format!(
            "{} {}. {}",
            shell.t(
                "Пока вы читали, текст изменили: теперь это версия",
                "The words were changed while you read: this is now version"
            ),
            standing.notice.version,
            shell.t("Прочитайте её и решите заново.", "Read it and decide anew.")
        );
    } else if problem.code() == ErrorCode::StaleRevision {
        shell
            .t(
                "Вердикт, на который опирается этот текст, больше не действует.",
                "The verdict that this notice rests on does not count any more.",
            )
            .clone_into(&mut refusal.sentence);
    }
    let outcome = Outcome { texts: None, refusal: Some(refusal), status: problem.status(), doubt };
    notice_page(state, visitor, reader, standing, outcome).await
}

async fn notice_page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    standing: Standing,
    outcome: Outcome,
) -> Result<Response, Problem> {
    let service = &state.service;
    let actor = &visitor.actor;
    let id = standing.notice.id;
    let next = next(&standing, &visitor);
    let audience = if next == Next::Publish { Some(service.notice_audience(actor, id).await?) } else { None };
    let deliveries = service.notice_deliveries(actor, id).await?;
    let organisations = service.organisations().await?;
    let people = Names::load(state).await?;
    let can_be_edited = standing.can_be_edited(&visitor);
    let shell = reader.shell(Some(visitor), Section::Notices);
    let language = shell.language;
    let shown = (&standing.notice, &standing.verdict);
    let texts = match outcome.texts {
        Some(asked) => asked,
        None if is_translated(&standing.notice) => language,
        None => Language::Russian,
    };
    let preview = Preview::new(state, &shell, shown, &standing.corrections, texts, None).await?;
    let audience = audience.map(|audience| Audience::new(&audience, &organisations, &shell));
    let page = NoticePage {
        checklist: checklist(&standing.notice.text),
        now: service.clock().now(),
        refusal: outcome.refusal,
        doubt: outcome.doubt,
        shell,
        standing,
        next,
        preview,
        audience,
        texts,
        deliveries,
        organisations,
        people,
        can_be_edited,
    };
    show_with(outcome.status, &page, language)
}

fn next(standing: &Standing, visitor: &Visitor) -> Next {
    if standing.is_stale() {
        return Next::Nothing;
    }
    let has = |roles: &[Role]| standing.acts && roles.iter().any(|role| visitor.is(*role));
    match standing.notice.state {
        NoticeState::InReview if !has(&[Role::Approver]) => Next::ApproveByRole,
        NoticeState::InReview if standing.written_by(visitor) => Next::ApproveByOther,
        NoticeState::InReview => Next::Approve,
        NoticeState::Approved if has(&[Role::Editor, Role::Approver]) => Next::Publish,
        NoticeState::Approved => Next::PublishByRole,
        NoticeState::Published | NoticeState::Corrected | NoticeState::Clarified | NoticeState::Upheld
            if has(&[Role::Editor, Role::CorrectionsOfficer]) =>
        {
            Next::Doubt
        }
        _ => Next::Nothing,
    }
}

/// Whether there are English texts.
const fn is_translated(notice: &Notice) -> bool {
    notice.text.title_en.is_some() && notice.text.body_en.is_some() && notice.text.truth_en.is_some()
}

/// How a state looks.
pub(super) const fn class(state: NoticeState) -> &'static str {
    match state {
        NoticeState::Draft | NoticeState::Superseded => "",
        NoticeState::InReview | NoticeState::Approved => "info",
        NoticeState::Published | NoticeState::Upheld => "good",
        NoticeState::Corrected | NoticeState::Clarified => "warn",
        NoticeState::CorrectionOpen | NoticeState::Retracted => "bad",
    }
}

/// Name of the region that a notice concerns.
pub(super) fn region(notice: &Notice, shell: &Shell) -> Option<String> {
    let code = notice.region.as_deref()?;
    let known = Regions::current().get(code).map(|region| region.name(shell.language).to_owned());
    Some(known.unwrap_or_else(|| code.to_owned()))
}

impl NoticePage {
    fn notice(&self) -> &Notice {
        &self.standing.notice
    }

    fn title(&self) -> &str {
        podlinnik_report::notice::notice_title(self.notice(), self.shell.language)
    }

    fn class(&self) -> &'static str {
        class(self.notice().state)
    }

    fn region(&self) -> Option<String> {
        region(self.notice(), &self.shell)
    }

    fn organisation(&self, id: &podlinnik_domain::id::OrganisationId) -> String {
        organisation_name(&self.organisations, *id, &self.shell)
    }

    fn name(&self, id: &podlinnik_domain::id::UserId) -> String {
        self.people.name(*id)
    }

    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(*at, self.shell.reading())
    }

    /// Who wrote the latest version and when.
    fn latest(&self) -> Option<&NoticeVersion> {
        self.standing.versions.last()
    }

    /// Code and name of the other language, where there are texts in it.
    fn other_texts(&self) -> Option<(&'static str, &'static str)> {
        is_translated(self.notice()).then(|| match self.texts {
            Language::Russian => ("en", self.shell.t("по-английски", "in English")),
            Language::English => ("ru", self.shell.t("по-русски", "in Russian")),
        })
    }

    fn is_editor(&self) -> bool {
        self.shell.has(&[Role::Editor])
    }

    fn can_doubt(&self) -> bool {
        self.next == Next::Doubt
    }

    fn is_complete(&self) -> bool {
        self.checklist.iter().all(|check| check.done)
    }

    fn is_unpublished(&self) -> bool {
        self.notice().published_at.is_none()
    }

    fn delivery_class(&self, delivery: &NoticeDelivery) -> &'static str {
        match delivery.state {
            DeliveryState::Waiting => "info",
            DeliveryState::Delivered => "good",
            DeliveryState::GivenUp => "bad",
        }
    }

    fn delivery_words(&self, delivery: &NoticeDelivery) -> &'static str {
        match delivery.state {
            DeliveryState::Waiting => self.shell.t("в пути", "on its way"),
            DeliveryState::Delivered => self.shell.t("доставлено", "delivered"),
            DeliveryState::GivenUp => self.shell.t("не доставлено", "not delivered"),
        }
    }

    fn event(&self, event_type: &str) -> &'static str {
        self.shell.say(crate::ui::inbox::event_words(event_type))
    }
}

/// Name of an organisation; a dash for one that is not known.
pub(super) fn organisation_name(
    all: &[Organisation],
    id: podlinnik_domain::id::OrganisationId,
    shell: &Shell,
) -> String {
    let found = all.iter().find(|one| one.id == id);
    found.map_or_else(|| "—".to_owned(), |one| shell.t(&one.name_ru, &one.name_en).to_owned())
}
