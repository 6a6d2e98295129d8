//! The steps of a notice: review, approval, publication, doubt. Each carries the version of the words as they were seen.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use podlinnik_domain::delivery::Channel;
use podlinnik_domain::id::{NoticeId, OrganisationId};
use podlinnik_domain::notice::NoticeState;
use podlinnik_domain::people::{Organisation, Role};
use podlinnik_pipeline::NoticeAudience;

use super::can_be_mended;
use super::page::{Standing, organisation_name, refused_page, region};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::shell::{Reader, Section, Shell, go_on, show};
use crate::ui::visitor::Visitor;
use crate::ui::wording::count;

fn version(fields: &Fields) -> Result<u32, Problem> {
    fields.parsed("version", "the version of the notice as it was seen")
}

fn back(id: NoticeId, done: &str) -> Response {
    go_on(&format!("/desk/notices/{id}"), done)
}

/// On, or the page of the notice with what was refused.
async fn after<T>(
    result: Result<T, Problem>,
    (state, visitor, reader): (&AppState, Visitor, Reader),
    (id, seen): (NoticeId, u32),
    done: &str,
    typed: String,
) -> Result<Response, Problem> {
    match result {
        Ok(_) => Ok(back(id, done)),
        Err(problem) if can_be_mended(&problem) => {
            refused_page(state, visitor, reader, (id, seen), &problem, typed).await
        }
        Err(problem) => Err(problem),
    }
}

/// Hands a draft to review.
pub(super) async fn submit(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let result = state.service.notice_submit(&visitor.actor, id, seen).await.map_err(Problem::from);
    after(result, (&state, visitor, reader), (id, seen), "in_review", String::new()).await
}

/// Approves a notice in review.
pub(super) async fn approve(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let result = state.service.notice_approve(&visitor.actor, id, seen).await.map_err(Problem::from);
    after(result, (&state, visitor, reader), (id, seen), "approved", String::new()).await
}

/// Publishes an approved notice.
pub(super) async fn publish(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let result = state.service.notice_publish(&visitor.actor, id, seen).await.map_err(Problem::from);
    after(result, (&state, visitor, reader), (id, seen), "published", String::new()).await
}

/// Doubts a public notice.
pub(super) async fn doubt(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let reason = fields.get("reason");
    match state.service.correction_open(&visitor.actor, id, seen, reason).await.map_err(Problem::from) {
        Ok(opened) => Ok(go_on(&format!("/desk/corrections/{}", opened.id), "correction")),
        Err(problem) => {
            let typed = reason.to_owned();
            after(Err::<(), _>(problem), (&state, visitor, reader), (id, seen), "", typed).await
        }
    }
}

/// What goes out, to whom, before it does.
#[derive(Template)]
#[template(path = "notice_publication.html")]
struct PublicationPage {
    shell: Shell,
    standing: Standing,
    audience: NoticeAudience,
    organisations: Vec<Organisation>,
    region: Option<String>,
}

/// `GET /desk/notices/{id}/publication`; a notice that cannot be published has its reasons on its own page.
pub(super) async fn publication_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<NoticeId>,
) -> Result<Response, Problem> {
    let standing = Standing::load(&state, &visitor.actor, id).await?;
    let may = standing.acts && (visitor.is(Role::Editor) || visitor.is(Role::Approver));
    if standing.notice.state != NoticeState::Approved || !standing.holds() || !may {
        return Ok(Redirect::to(&format!("/desk/notices/{id}")).into_response());
    }
    let audience = state.service.notice_audience(&visitor.actor, id).await?;
    let organisations = state.service.organisations().await?;
    let shell = reader.shell(Some(visitor), Section::Notices);
    let language = shell.language;
    let region = region(&standing.notice, &shell);
    show(&PublicationPage { shell, standing, audience, organisations, region }, language)
}

impl PublicationPage {
    fn title(&self) -> &str {
        podlinnik_report::notice::notice_title(&self.standing.notice, self.shell.language)
    }

    /// Receivers by organisation, in words.
    fn receivers(&self) -> Vec<(String, Vec<String>)> {
        let mut told: Vec<(OrganisationId, Vec<String>)> = Vec::new();
        for ((organisation, channel), number) in &self.audience.receivers {
            let words = self.channel(*channel, *number);
            match told.last_mut() {
                Some((last, channels)) if last == organisation => channels.push(words),
                _ => told.push((*organisation, vec![words])),
            }
        }
        told.into_iter()
            .map(|(id, channels)| (organisation_name(&self.organisations, id, &self.shell), channels))
            .collect()
    }

    fn channel(&self, channel: Channel, number: u32) -> String {
        let name = self.shell.say(channel.text());
        if number == 1 { name.to_owned() } else { format!("{name} × {number}") }
    }

    fn inboxes(&self) -> Vec<String> {
        let mut names: Vec<String> = self
            .audience
            .inboxes
            .iter()
            .map(|id| organisation_name(&self.organisations, *id, &self.shell))
            .collect();
        names.sort();
        names
    }

    /// `3 получателя`.
    fn receivers_counted(&self) -> String {
        let number = self.audience.receivers.values().map(|number| u64::from(*number)).sum();
        count(
            number,
            ["получатель", "получателя", "получателей"],
            ["receiver", "receivers"],
            self.shell.language,
        )
    }

    /// `5 редакций`.
    fn inboxes_counted(&self) -> String {
        let number = u64::try_from(self.audience.inboxes.len()).unwrap_or(u64::MAX);
        count(number, ["редакция", "редакции", "редакций"], ["desk", "desks"], self.shell.language)
    }
}
