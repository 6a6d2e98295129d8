//! `/desk/admin/queue`: background work by kind and state, what waits longest, what was given up.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::JobId;
use podlinnik_domain::language::Text;
use podlinnik_domain::people::Role;
use podlinnik_pipeline::administration::QueueState;
use podlinnik_pipeline::record::{JobKind, JobRecord, JobState};

use super::frame::{Place, Tab, admit, tabs};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Submitted;
use crate::ui::shell::{Reader, Section, Shell, go_on, show};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, count, grouped, moment, stretch};

/// Waiting longer than this is worth a colour, in seconds.
const LONG_S: i64 = 900;

#[derive(Template)]
#[template(path = "admin/queue.html")]
struct QueuePage {
    shell: Shell,
    tabs: Vec<Tab>,
    rows: Vec<Row>,
    dead: Vec<JobRecord>,
    may_revive: bool,
    now: Timestamp,
}

/// One kind of work.
struct Row {
    name: &'static str,
    queued: u64,
    leased: u64,
    done: u64,
    dead: u64,
    cancelled: u64,
    /// How long the oldest waits, and whether that is long.
    oldest: Option<(String, bool)>,
}

/// A kind of work in words.
const fn kind_name(kind: JobKind) -> Text {
    match kind {
        JobKind::Analyse => Text { ru: "Анализ материалов", en: "Analysis of media" },
        JobKind::Deliver => Text { ru: "Рассылка сообщений", en: "Delivery of messages" },
        JobKind::Fetch => Text { ru: "Скачивание по ссылкам", en: "Fetching of links" },
    }
}

fn rows(queue: &QueueState, now: Timestamp, shell: &Shell) -> Vec<Row> {
    let numbers: BTreeMap<(JobKind, JobState), u64> =
        queue.counts.iter().map(|count| ((count.kind, count.state), count.count)).collect();
    let oldest = |kind| {
        let due = queue.oldest.iter().find(|job| job.kind == kind)?.due_since;
        let waits = now.duration_since(due).as_secs();
        Some((stretch(waits, shell.language), waits > LONG_S))
    };
    JobKind::ALL
        .iter()
        .map(|kind| {
            let of = |state| numbers.get(&(*kind, state)).copied().unwrap_or_default();
            Row {
                name: shell.say(kind_name(*kind)),
                queued: of(JobState::Queued),
                leased: of(JobState::Leased),
                done: of(JobState::Done),
                dead: of(JobState::Dead),
                cancelled: of(JobState::Cancelled),
                oldest: oldest(*kind),
            }
        })
        .collect()
}

impl QueuePage {
    fn number(&self, number: &u64) -> String {
        grouped(*number)
    }

    fn kind(&self, job: &JobRecord) -> &'static str {
        self.shell.say(kind_name(job.kind))
    }

    fn due(&self, job: &JobRecord) -> String {
        brief(job.run_at, self.now, self.shell.reading())
    }

    fn tries(&self, job: &JobRecord) -> String {
        let russian = ["попытка", "попытки", "попыток"];
        count(u64::from(job.attempts), russian, ["try", "tries"], self.shell.language)
    }

    /// What it works on: the identifier in the payload.
    fn subject(&self, job: &JobRecord) -> String {
        let values = job.payload.as_object().into_iter().flat_map(|payload| payload.values());
        values.filter_map(|value| value.as_str()).collect::<Vec<_>>().join(", ")
    }

    fn as_of(&self) -> String {
        moment(self.now, self.shell.reading())
    }

    fn is_idle(&self) -> bool {
        self.rows.iter().all(|row| row.queued == 0 && row.leased == 0)
    }
}

/// `GET /desk/admin/queue`
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let queue = state.service.queue_state(&visitor.actor).await?;
    let now = state.service.clock().now();
    let may_revive = visitor.is(Role::OrgAdmin);
    let shell = reader.shell(Some(visitor), Section::Admin);
    let language = shell.language;
    let rows = rows(&queue, now, &shell);
    show(
        &QueuePage { tabs: tabs(&shell, Place::Queue), rows, dead: queue.dead, may_revive, now, shell },
        language,
    )
}

/// `POST /desk/admin/queue/{id}/revive`
pub(super) async fn revive(
    State(state): State<AppState>,
    Id(id): Id<JobId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    match state.service.job_revive(Some(&visitor.actor), id).await {
        Ok(()) => Ok(go_on("/desk/admin/queue", "revived")),
        // Somebody else was faster, or the receiver is gone.
        Err(error) if error.code() == ErrorCode::WrongState => Ok(go_on("/desk/admin/queue", "not_revived")),
        Err(error) => Err(error.into()),
    }
}
