//! The queue, and the analyses that end with their job. Claiming itself is in each engine's `engine.rs`.

use podlinnik_domain::case::CaseState;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{AnalysisId, JobId, UserId};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{AnalysisEnd, JobCount, JobRecord, Lease, NewJob};
use podlinnik_storage::row::{JobCountRow, JobRow, all, time};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::analyses::{analysis_get, derivative_insert};
use super::decisions::{case_by_media, case_move};
use super::events::{Entry, append};
use super::findings::findings_store;
use super::queue::{Subject, back_to_queue, bury, hold, job_done, job_insert, job_state};
use super::submissions::submissions_settle;
use super::{Answer, canonical, micros, size, text};
use crate::engine::Connection;

pub(super) async fn analysis_progress(
    connection: &mut Connection,
    lease: &Lease,
    analysis: AnalysisId,
    permille: u16,
) -> Answer<()> {
    let analysis = analysis.as_uuid();
    if hold(connection, lease).await?.subject != Subject::Analysis(analysis) {
        return Err(StoreError::LeaseLost.into());
    }
    let permille = i64::from(permille.min(1000));
    query!(
        "update analyses
        set state = 'running', progress_permille = $2
        where id = $1
            and state in ('queued', 'running')",
        analysis,
        permille,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn analysis_finish(
    connection: &mut Connection,
    lease: &Lease,
    analysis: AnalysisId,
    end: &AnalysisEnd,
    at: Timestamp,
) -> Answer<()> {
    if hold(connection, lease).await?.subject != Subject::Analysis(analysis.as_uuid()) {
        return Err(StoreError::LeaseLost.into());
    }
    let record = analysis_get(connection, analysis).await?.ok_or(StoreError::Missing { what: "analysis" })?;
    let case = case_by_media(connection, record.media_sha256).await?;
    let kind = match end {
        AnalysisEnd::Report { report, report_sha256, partial, derivatives } => {
            report_store(connection, analysis, report, *report_sha256, *partial, at).await?;
            findings_store(connection, analysis, report).await?;
            for derivative in derivatives {
                derivative_insert(connection, analysis, derivative).await?;
            }
            submissions_settle(connection, record.media_sha256, None, at).await?;
            if *partial { "analysis_partial" } else { "analysis_done" }
        }
        AnalysisEnd::Refused { code } => {
            let id = analysis.as_uuid();
            let code = code.code();
            let finished_at = micros(at);
            query!(
                "update analyses
                set state = 'refused', error = $2, finished_at = $3
                where id = $1",
                id,
                code,
                finished_at,
            )
            .execute(&mut *connection)
            .await?;
            // What was readable once was rightly accepted: a later examination does not take that back.
            if case.as_ref().is_none_or(|case| case.state == CaseState::New) {
                submissions_settle(connection, record.media_sha256, Some(code), at).await?;
            }
            "analysis_refused"
        }
    };
    let payload = match end {
        AnalysisEnd::Report { report_sha256, .. } => json!({ "report_sha256": report_sha256 }),
        AnalysisEnd::Refused { code } => json!({ "error": code }),
    };
    let entry = Entry {
        subject: (SubjectKind::Analysis, analysis.as_uuid()),
        kind,
        actor: None,
        reason: None,
        at,
        payload,
    };
    append(connection, entry).await?;
    if let Some(case) = case
        && matches!(case.state, CaseState::New | CaseState::Triaged)
    {
        case_move(connection, case.id, CaseState::InAnalysis, None, at).await?;
    }
    job_done(connection, lease, at).await
}

async fn report_store(
    connection: &mut Connection,
    analysis: AnalysisId,
    report: &serde_json::Value,
    report_sha256: Sha256,
    partial: bool,
    at: Timestamp,
) -> Answer<()> {
    let id = analysis.as_uuid();
    let state = if partial { "partial" } else { "done" };
    let report = canonical("report", report)?;
    if Sha256::of(report.as_bytes()) != report_sha256 {
        let detail = format!("its SHA-256 is not {report_sha256}");
        return Err(StoreError::Corrupt { what: "report", detail }.into());
    }
    let sha256 = report_sha256.as_bytes().as_slice();
    let finished_at = micros(at);
    query!(
        "update analyses
        set state = $2, progress_permille = 1000, report = $3, report_sha256 = $4, finished_at = $5
        where id = $1",
        id,
        state,
        report,
        sha256,
        finished_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn job_create(connection: &mut Connection, job: &NewJob) -> Answer<()> {
    job_insert(connection, job).await
}

pub(super) async fn job_heartbeat(
    connection: &mut Connection,
    lease: &Lease,
    until: Timestamp,
) -> Answer<Lease> {
    let id = lease.job.as_uuid();
    let fencing = size("fencing token", lease.fencing)?;
    let until = micros(until);
    // A clock that was set back does not shorten a lease.
    let until = query_scalar!(
        r#"update jobs
        set leased_until = case when leased_until > $3 then leased_until else $3 end
        where id = $1
            and fencing = $2
            and state = 'leased'
        returning leased_until as "leased_until!""#,
        id,
        fencing,
        until,
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::LeaseLost)?;
    Ok(Lease { until: time("lease", until)?, ..*lease })
}

pub(super) async fn job_fail(
    connection: &mut Connection,
    lease: &Lease,
    error: &str,
    run_at: Timestamp,
    now: Timestamp,
) -> Answer<bool> {
    let held = hold(connection, lease).await?;
    let id = lease.job.as_uuid();
    let error = text(error);
    if held.attempts >= held.max_attempts {
        bury(connection, id, held.subject, &error, now).await?;
        return Ok(true);
    }
    let run_at = micros(run_at);
    query!(
        "update jobs
        set state = 'queued', leased_until = null, worker = null, last_error = $2, run_at = $3
        where id = $1",
        id,
        error,
        run_at,
    )
    .execute(&mut *connection)
    .await?;
    match held.subject {
        Subject::Analysis(_) | Subject::Fetch(_) => back_to_queue(connection, held.subject).await?,
        Subject::Delivery(delivery) => {
            query!("update deliveries set last_result = $2 where id = $1", delivery, error)
                .execute(connection)
                .await?;
        }
    }
    Ok(false)
}

pub(super) async fn job_release(connection: &mut Connection, lease: &Lease, now: Timestamp) -> Answer<()> {
    let held = hold(connection, lease).await?;
    let id = lease.job.as_uuid();
    let now = micros(now);
    // Due at once, even if the clock was set back since the job was queued.
    query!(
        "update jobs
        set state = 'queued', leased_until = null, worker = null, attempts = attempts - 1,
            run_at = case when run_at > $2 then $2 else run_at end
        where id = $1",
        id,
        now,
    )
    .execute(&mut *connection)
    .await?;
    if let Subject::Delivery(delivery) = held.subject {
        query!("update deliveries set attempts = attempts - 1 where id = $1", delivery)
            .execute(&mut *connection)
            .await?;
    }
    if let Subject::Fetch(fetch) = held.subject {
        query!("update fetches set attempts = attempts - 1 where id = $1", fetch)
            .execute(&mut *connection)
            .await?;
    }
    back_to_queue(connection, held.subject).await
}

pub(super) async fn job_postpone(
    connection: &mut Connection,
    lease: &Lease,
    run_at: Timestamp,
) -> Answer<()> {
    job_release(connection, lease, run_at).await?;
    let (id, run_at) = (lease.job.as_uuid(), micros(run_at));
    query!("update jobs set run_at = $2 where id = $1", id, run_at).execute(connection).await?;
    Ok(())
}

/// Counts an attempt on the delivery or the fetch that a claimed job works on.
pub(crate) async fn count_attempt(connection: &mut Connection, job: Uuid) -> Answer<()> {
    query!(
        "update deliveries
        set attempts = attempts + 1
        where id = (select delivery_id from jobs where jobs.id = $1)",
        job,
    )
    .execute(&mut *connection)
    .await?;
    query!(
        "update fetches
        set attempts = attempts + 1
        where id = (select fetch_id from jobs where jobs.id = $1)",
        job,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Buries a job whose lease ran out on its last attempt.
pub(crate) async fn bury_exhausted(
    connection: &mut Connection,
    job: Uuid,
    analysis: Option<Uuid>,
    delivery: Option<Uuid>,
    fetch: Option<Uuid>,
    now: Timestamp,
) -> Answer<()> {
    bury(connection, job, Subject::of(analysis, delivery, fetch)?, "the last worker's lease ran out", now)
        .await
}

pub(super) async fn job_counts(connection: &mut Connection) -> Answer<Vec<JobCount>> {
    let rows = query_as!(
        JobCountRow,
        r#"select kind, state, count(*) as "count!: i64"
        from jobs
        group by kind, state"#,
    )
    .fetch_all(connection)
    .await?;
    let mut counts: Vec<JobCount> = all(rows)?;
    counts.sort_unstable_by_key(|count| (count.kind, count.state));
    Ok(counts)
}

pub(super) async fn job_dead(connection: &mut Connection, limit: u32) -> Answer<Vec<JobRecord>> {
    let limit = i64::from(limit);
    let rows = query_as!(
        JobRow,
        r#"select id as "id: Uuid", kind, payload, state, attempts, run_at, last_error
        from jobs
        where state = 'dead'
        order by finished_at desc, id desc
        limit $1"#,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn job_revive(
    connection: &mut Connection,
    job: JobId,
    actor: Option<UserId>,
    now: Timestamp,
) -> Answer<()> {
    let id = job.as_uuid();
    let run_at = micros(now);
    let revived = query!(
        r#"update jobs
        set state = 'queued', attempts = 0, run_at = $2, finished_at = null
        where id = $1
            and state = 'dead'
        returning analysis_id as "analysis_id: Uuid", delivery_id as "delivery_id: Uuid", fetch_id as "fetch_id: Uuid""#,
        id,
        run_at,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(revived) = revived else {
        let state = job_state(connection, id).await?.ok_or(StoreError::Missing { what: "job" })?;
        return Err(StoreError::WrongState { action: "revive the job", state }.into());
    };
    let (subject, kind) = match Subject::of(revived.analysis_id, revived.delivery_id, revived.fetch_id)? {
        Subject::Analysis(analysis) => {
            query!(
                "update analyses
                set state = 'queued', progress_permille = 0, error = null, finished_at = null
                where id = $1",
                analysis,
            )
            .execute(&mut *connection)
            .await?;
            ((SubjectKind::Analysis, analysis), "analysis_revived")
        }
        Subject::Delivery(delivery) => {
            let waiting = query!(
                "update deliveries
                set state = 'waiting', finished_at = null
                where id = $1
                    and receiver_id in (select id from receivers where disabled_at is null)",
                delivery,
            )
            .execute(&mut *connection)
            .await?
            .rows_affected();
            if waiting == 0 {
                let state = "receiver disabled".to_owned();
                return Err(StoreError::WrongState { action: "revive the job", state }.into());
            }
            ((SubjectKind::Delivery, delivery), "delivery_revived")
        }
        Subject::Fetch(fetch) => {
            query!(
                "update fetches
                set state = 'queued', error = null, detail = null, finished_at = null
                where id = $1",
                fetch,
            )
            .execute(&mut *connection)
            .await?;
            ((SubjectKind::Fetch, fetch), "fetch_revived")
        }
    };
    let entry = Entry { subject, kind, actor, reason: None, at: now, payload: json!({ "job": job }) };
    append(connection, entry).await
}
