//! Pieces that several groups of statements need of the queue: putting a job in, holding on to a lease, burying what was tried too often.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::OrganisationId;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{JobKind, Lease, NewJob};
use serde_json::json;
use sqlx::{query, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::{Answer, canonical, micros, size};
use crate::engine::Connection;

/// What a job works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Analysis(Uuid),
    Delivery(Uuid),
    Fetch(Uuid),
}

impl Subject {
    /// The subject named by a job's three columns; exactly one is filled (constraint `jobs_subject_fits_kind`).
    pub(super) fn of(analysis: Option<Uuid>, delivery: Option<Uuid>, fetch: Option<Uuid>) -> Answer<Self> {
        match (analysis, delivery, fetch) {
            (Some(analysis), None, None) => Ok(Self::Analysis(analysis)),
            (None, Some(delivery), None) => Ok(Self::Delivery(delivery)),
            (None, None, Some(fetch)) => Ok(Self::Fetch(fetch)),
            _ => Err(StoreError::Corrupt { what: "job", detail: "it has no subject".to_owned() }.into()),
        }
    }
}

/// A job that its lease still holds.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) subject: Subject,
    pub(super) attempts: i64,
    pub(super) max_attempts: i64,
}

/// Reads the subject out of the payload: `{"analysis": id}`, `{"delivery": id}` or `{"fetch": id}`.
fn subject_in(job: &NewJob) -> Answer<Subject> {
    let name = match job.kind {
        JobKind::Analyse => "analysis",
        JobKind::Deliver => "delivery",
        JobKind::Fetch => "fetch",
    };
    let id = job
        .payload
        .get(name)
        .and_then(|value| value.as_str())
        .and_then(|text| Uuid::parse_str(text).ok())
        .ok_or(StoreError::Missing { what: name })?;
    Ok(match job.kind {
        JobKind::Analyse => Subject::Analysis(id),
        JobKind::Deliver => Subject::Delivery(id),
        JobKind::Fetch => Subject::Fetch(id),
    })
}

/// Puts a job into the queue.
pub(super) async fn job_insert(connection: &mut Connection, job: &NewJob) -> Answer<()> {
    let id = job.id.as_uuid();
    let kind = job.kind.code();
    let payload = canonical("job payload", &job.payload)?;
    let (analysis, delivery, fetch) = match subject_in(job)? {
        Subject::Analysis(analysis) => (Some(analysis), None, None),
        Subject::Delivery(delivery) => (None, Some(delivery), None),
        Subject::Fetch(fetch) => (None, None, Some(fetch)),
    };
    let priority = i64::from(job.priority);
    let run_at = micros(job.run_at);
    let max_attempts = i64::from(job.max_attempts.max(1));
    let organisation = job.organisation.map(OrganisationId::as_uuid);
    let turn = match job.organisation {
        Some(organisation) => next_turn(&mut *connection, organisation, priority, run_at).await?,
        None => 0,
    };
    query!(
        "insert into jobs (
            id, kind, payload, analysis_id, delivery_id, fetch_id, state, priority, run_at, attempts, max_attempts, fencing,
            organisation_id, turn
        )
        values ($1, $2, $3, $4, $5, $6, 'queued', $7, $8, 0, $9, 0, $10, $11)",
        id,
        kind,
        payload,
        analysis,
        delivery,
        fetch,
        priority,
        run_at,
        max_attempts,
        organisation,
        turn,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The turn of an organisation's next job: one after its last that has not ended, but none before the turn that is being served, so that nobody saves up
/// turns while they have nothing to do. What waits for a later time (a retry) does not hold the turns back. States are named twice so that the index of
/// live jobs serves.
async fn next_turn(
    connection: &mut Connection,
    organisation: OrganisationId,
    priority: i64,
    now: i64,
) -> Answer<i64> {
    let organisation = organisation.as_uuid();
    let row = query!(
        r#"select
            (
                select max(turn)
                from jobs
                where organisation_id = $1
                    and priority = $2
                    and state in ('queued', 'leased')
            ) as "own?: i64",
            (
                select min(turn)
                from jobs
                where organisation_id is not null
                    and priority = $2
                    and state in ('queued', 'leased')
                    and state = 'queued'
                    and run_at <= $3
            ) as "waiting?: i64",
            (
                select max(turn)
                from jobs
                where organisation_id is not null
                    and priority = $2
                    and state in ('queued', 'leased')
                    and state = 'leased'
            ) as "served?: i64""#,
        organisation,
        priority,
        now,
    )
    .fetch_one(connection)
    .await?;
    let served = row.waiting.or(row.served).unwrap_or_default();
    Ok(row.own.map_or(served, |own| served.max(own.saturating_add(1))))
}

/// Makes sure that the lease still holds and keeps it from being taken until the transaction ends.
pub(super) async fn hold(connection: &mut Connection, lease: &Lease) -> Answer<Held> {
    let id = lease.job.as_uuid();
    let fencing = size("fencing token", lease.fencing)?;
    // An update that changes nothing locks the row in both engines.
    let row = query!(
        r#"update jobs
        set fencing = fencing
        where id = $1
            and fencing = $2
            and state = 'leased'
        returning
            analysis_id as "analysis_id: Uuid", delivery_id as "delivery_id: Uuid", fetch_id as "fetch_id: Uuid", attempts, max_attempts"#,
        id,
        fencing,
    )
    .fetch_optional(connection)
    .await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    Ok(Held {
        subject: Subject::of(row.analysis_id, row.delivery_id, row.fetch_id)?,
        attempts: row.attempts,
        max_attempts: row.max_attempts,
    })
}

/// Ends a job as done.
pub(super) async fn job_done(connection: &mut Connection, lease: &Lease, at: Timestamp) -> Answer<()> {
    let id = lease.job.as_uuid();
    let at = micros(at);
    query!(
        "update jobs
        set state = 'done', leased_until = null, worker = null, last_error = null, finished_at = $2
        where id = $1",
        id,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Ends a job, and what it works on, as tried too often.
pub(super) async fn bury(
    connection: &mut Connection,
    job: Uuid,
    subject: Subject,
    error: &str,
    now: Timestamp,
) -> Answer<()> {
    let at = micros(now);
    query!(
        "update jobs
        set state = 'dead', leased_until = null, worker = null, last_error = $2, finished_at = $3
        where id = $1",
        job,
        error,
        at,
    )
    .execute(&mut *connection)
    .await?;
    let (subject, kind) = match subject {
        Subject::Analysis(analysis) => {
            let code = ErrorCode::AnalysisFailed.code();
            query!(
                "update analyses
                set state = 'dead', error = $2, finished_at = $3
                where id = $1",
                analysis,
                code,
                at,
            )
            .execute(&mut *connection)
            .await?;
            ((SubjectKind::Analysis, analysis), "analysis_dead")
        }
        Subject::Delivery(delivery) => {
            query!(
                "update deliveries
                set state = 'given_up', last_result = $2, finished_at = $3
                where id = $1",
                delivery,
                error,
                at,
            )
            .execute(&mut *connection)
            .await?;
            ((SubjectKind::Delivery, delivery), "delivery_given_up")
        }
        Subject::Fetch(fetch) => {
            let code = ErrorCode::LinkGivenUp.code();
            query!(
                "update fetches
                set state = 'failed', error = $2, detail = $3, finished_at = $4
                where id = $1",
                fetch,
                code,
                error,
                at,
            )
            .execute(&mut *connection)
            .await?;
            ((SubjectKind::Fetch, fetch), "fetch_given_up")
        }
    };
    let entry = Entry {
        subject,
        kind,
        actor: None,
        reason: Some("tried too often"),
        at: now,
        payload: json!({ "job": job }),
    };
    append(connection, entry).await
}

/// Resets what a job works on to waiting. What has come of a fetch is kept.
pub(super) async fn back_to_queue(connection: &mut Connection, subject: Subject) -> Answer<()> {
    match subject {
        Subject::Analysis(analysis) => {
            query!(
                "update analyses
                set state = 'queued', progress_permille = 0
                where id = $1
                    and state = 'running'",
                analysis,
            )
            .execute(connection)
            .await?;
        }
        Subject::Fetch(fetch) => {
            query!("update fetches set state = 'queued' where id = $1 and state = 'fetching'", fetch)
                .execute(connection)
                .await?;
        }
        Subject::Delivery(_) => {}
    }
    Ok(())
}

/// The job's state, if there is such a job.
pub(super) async fn job_state(connection: &mut Connection, job: Uuid) -> Answer<Option<String>> {
    Ok(query_scalar!("select state from jobs where id = $1", job).fetch_optional(connection).await?)
}
