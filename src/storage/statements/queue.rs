//! Pieces that several groups of statements need of the queue: putting a job in, holding on to a lease, burying what was tried too often.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
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
}

impl Subject {
    /// The subject named by a job's two columns; exactly one is filled (constraint `jobs_subject_fits_kind`).
    pub(super) fn of(analysis: Option<Uuid>, delivery: Option<Uuid>) -> Answer<Self> {
        match (analysis, delivery) {
            (Some(analysis), None) => Ok(Self::Analysis(analysis)),
            (None, Some(delivery)) => Ok(Self::Delivery(delivery)),
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

/// Reads the subject out of the payload: `{"analysis": id}` or `{"delivery": id}`.
fn subject_in(job: &NewJob) -> Answer<Subject> {
    let name = match job.kind {
        JobKind::Analyse => "analysis",
        JobKind::Deliver => "delivery",
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
    })
}

/// Puts a job into the queue.
pub(super) async fn job_insert(connection: &mut Connection, job: &NewJob) -> Answer<()> {
    let id = job.id.as_uuid();
    let kind = job.kind.code();
    let payload = canonical("job payload", &job.payload)?;
    let (analysis, delivery) = match subject_in(job)? {
        Subject::Analysis(analysis) => (Some(analysis), None),
        Subject::Delivery(delivery) => (None, Some(delivery)),
    };
    let priority = i64::from(job.priority);
    let run_at = micros(job.run_at);
    let max_attempts = i64::from(job.max_attempts.max(1));
    query!(
        "insert into jobs (id, kind, payload, analysis_id, delivery_id, state, priority, run_at, attempts, max_attempts, fencing)
        values ($1, $2, $3, $4, $5, 'queued', $6, $7, 0, $8, 0)",
        id,
        kind,
        payload,
        analysis,
        delivery,
        priority,
        run_at,
        max_attempts,
    )
    .execute(connection)
    .await?;
    Ok(())
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
        returning analysis_id as "analysis_id: Uuid", delivery_id as "delivery_id: Uuid", attempts, max_attempts"#,
        id,
        fencing,
    )
    .fetch_optional(connection)
    .await?;
    let row = row.ok_or(StoreError::LeaseLost)?;
    Ok(Held {
        subject: Subject::of(row.analysis_id, row.delivery_id)?,
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

/// Whether an analysis waits or runs with this job: reset it to waiting.
pub(super) async fn analysis_back_to_queue(connection: &mut Connection, subject: Subject) -> Answer<()> {
    if let Subject::Analysis(analysis) = subject {
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
    Ok(())
}

/// The job's state, if there is such a job.
pub(super) async fn job_state(connection: &mut Connection, job: Uuid) -> Answer<Option<String>> {
    Ok(query_scalar!("select state from jobs where id = $1", job).fetch_optional(connection).await?)
}
