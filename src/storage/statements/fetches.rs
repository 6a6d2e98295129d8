//! Bytes that the service fetches from an address itself.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::fetch::FetchEvidence;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{FetchId, SubmissionId, UserId};
use podlinnik_storage::record::{
    FetchEnd, FetchOutcome, FetchRecord, FetchResume, JobKind, Lease, NewFetch, NewJob, Page, Position,
};
use podlinnik_storage::row::{FetchRow, all, page};
use podlinnik_storage::{FetchStore, StoreError};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::people::{organisation_get, user_must_exist};
use super::queue::{Subject, hold, job_done, job_insert};
use super::store::{read, record, repeat, update};
use super::{Answer, canonical, micros, one_more, size, start, text};
use crate::engine::{Connection, Handle};

/// Reads fetches; what comes after `from fetches` is given.
macro_rules! fetches {
    ($rest:tt $(, $argument:expr)*) => {
        query_as!(
            FetchRow,
            r#"select
                id as "id: Uuid", user_id as "user_id: Uuid", organisation_id as "organisation_id: Uuid", url, circumstances, state, received,
                expected, attempts, resume, error, detail, evidence, submission_id as "submission_id: Uuid", quota_per_day, requested_at,
                started_at, finished_at
            from fetches
            "# + $rest
            $(, $argument)*
        )
    };
}

async fn fetch_create(connection: &mut Connection, fetch: &NewFetch, most: u32) -> Answer<FetchOutcome> {
    if let Some(first) = replayed(connection, fetch).await? {
        return Ok(FetchOutcome { fetch: first, created: false });
    }
    user_must_exist(connection, fetch.user).await?;
    if organisation_get(connection, fetch.organisation).await?.is_none() {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    let (id, user, organisation) = (fetch.id.as_uuid(), fetch.user.as_uuid(), fetch.organisation.as_uuid());
    let under_way = query_scalar!(
        r#"select count(*) as "count!: i64"
        from fetches
        where user_id = $1
            and state in ('queued', 'fetching')"#,
        user,
    )
    .fetch_one(&mut *connection)
    .await?;
    if under_way >= i64::from(most) {
        return Err(StoreError::WrongState { action: "begin a fetch", state: "full".to_owned() }.into());
    }
    let url = text(&fetch.url);
    let circumstances = canonical("circumstances", &fetch.circumstances)?;
    let key = fetch.idempotency.as_ref().map(|idempotency| idempotency.key.as_str());
    let request =
        fetch.idempotency.as_ref().map(|idempotency| idempotency.request_sha256.as_bytes().as_slice());
    let quota = fetch.quota_per_day.map(i64::from);
    let requested_at = micros(fetch.requested_at);
    query!(
        "insert into fetches (
            id, user_id, organisation_id, url, circumstances, state, received, attempts, idempotency_key, request_sha256, quota_per_day,
            requested_at
        )
        values ($1, $2, $3, $4, $5, 'queued', 0, 0, $6, $7, $8, $9)",
        id,
        user,
        organisation,
        url,
        circumstances,
        key,
        request,
        quota,
        requested_at,
    )
    .execute(&mut *connection)
    .await?;
    let job = NewJob {
        id: fetch.job,
        kind: JobKind::Fetch,
        payload: json!({ "fetch": fetch.id }),
        priority: 0,
        organisation: Some(fetch.organisation),
        run_at: fetch.requested_at,
        max_attempts: fetch.max_attempts,
    };
    job_insert(connection, &job).await?;
    let entry = Entry {
        subject: (SubjectKind::Fetch, id),
        kind: "fetch_asked",
        actor: Some(fetch.user),
        reason: None,
        at: fetch.requested_at,
        payload: json!({ "url": url, "job": fetch.job }),
    };
    append(connection, entry).await?;
    Ok(FetchOutcome { fetch: fetch_must_exist(connection, fetch.id).await?, created: true })
}

/// The first fetch under the same key, if there is one.
async fn replayed(connection: &mut Connection, fetch: &NewFetch) -> Answer<Option<FetchRecord>> {
    let Some(idempotency) = &fetch.idempotency else { return Ok(None) };
    let user = fetch.user.as_uuid();
    let first = query!(
        r#"select id as "id: Uuid", request_sha256 as "request_sha256!"
        from fetches
        where user_id = $1
            and idempotency_key = $2"#,
        user,
        idempotency.key,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(first) = first else { return Ok(None) };
    if first.request_sha256 != idempotency.request_sha256.as_bytes() {
        return Err(StoreError::IdempotencyKeyReused.into());
    }
    fetch_get(connection, first.id.into()).await
}

async fn fetch_get(connection: &mut Connection, id: FetchId) -> Answer<Option<FetchRecord>> {
    let id = id.as_uuid();
    let row = fetches!("where id = $1", id).fetch_optional(connection).await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

async fn fetch_must_exist(connection: &mut Connection, id: FetchId) -> Answer<FetchRecord> {
    Ok(fetch_get(connection, id).await?.ok_or(StoreError::Missing { what: "fetch" })?)
}

async fn fetch_list(
    connection: &mut Connection,
    user: UserId,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<FetchRecord>> {
    let user = user.as_uuid();
    let (at, id) = start(after);
    let rows = one_more(limit);
    let rows = fetches!(
        "where user_id = $1
            and (requested_at < $2 or (requested_at = $2 and id < $3))
        order by requested_at desc, id desc
        limit $4",
        user,
        at,
        id,
        rows
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |fetch: &FetchRecord| Position { at: fetch.requested_at, id: fetch.id.as_uuid() })?)
}

async fn fetch_list_by_media(
    connection: &mut Connection,
    sha256: Sha256,
    limit: u32,
) -> Answer<Vec<FetchRecord>> {
    let sha256 = sha256.as_bytes().as_slice();
    let limit = i64::from(limit);
    let rows = fetches!(
        "where submission_id in (select submissions.id from submissions where media_sha256 = $1)
        order by requested_at desc, id desc
        limit $2",
        sha256,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

/// Makes sure that the lease still holds the job of this very fetch.
async fn hold_fetch(connection: &mut Connection, lease: &Lease, id: FetchId) -> Answer<()> {
    if hold(connection, lease).await?.subject == Subject::Fetch(id.as_uuid()) {
        Ok(())
    } else {
        Err(StoreError::LeaseLost.into())
    }
}

async fn fetch_progress(
    connection: &mut Connection,
    lease: &Lease,
    id: FetchId,
    received: u64,
    expected: Option<u64>,
    resume: Option<&FetchResume>,
    at: Timestamp,
) -> Answer<()> {
    hold_fetch(connection, lease, id).await?;
    let id = id.as_uuid();
    let received = size("bytes received", received)?;
    let expected = expected.map(|bytes| size("bytes expected", bytes)).transpose()?;
    let resume = resume.map(|resume| canonical("resume", resume)).transpose()?;
    let at = micros(at);
    query!(
        "update fetches
        set state = 'fetching', received = $2, expected = $3, resume = $4, started_at = coalesce(started_at, $5), error = null,
            detail = null
        where id = $1",
        id,
        received,
        expected,
        resume,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn fetch_put_back(
    connection: &mut Connection,
    lease: &Lease,
    id: FetchId,
    code: ErrorCode,
    detail: &str,
    run_at: Timestamp,
) -> Answer<()> {
    hold_fetch(connection, lease, id).await?;
    let id = id.as_uuid();
    let code = code.code();
    let detail = text(detail);
    query!(
        "update fetches
        set state = 'queued', error = $2, detail = $3
        where id = $1",
        id,
        code,
        detail,
    )
    .execute(&mut *connection)
    .await?;
    let job = lease.job.as_uuid();
    let run_at = micros(run_at);
    query!(
        "update jobs
        set state = 'queued', leased_until = null, worker = null, last_error = $2, run_at = $3
        where id = $1",
        job,
        detail,
        run_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn fetch_end(
    connection: &mut Connection,
    lease: &Lease,
    id: FetchId,
    end: &FetchEnd,
    at: Timestamp,
) -> Answer<()> {
    hold_fetch(connection, lease, id).await?;
    let (kind, payload) = match end {
        FetchEnd::Done { evidence, submission } => {
            let digest = fetch_done(connection, id, evidence, *submission, at).await?;
            (
                "fetch_done",
                json!({ "submission": submission, "evidence_sha256": digest, "media": evidence.sha256 }),
            )
        }
        FetchEnd::Failed { code, detail } => {
            let key = id.as_uuid();
            let error = code.code();
            let detail = detail.as_deref().map(text);
            let finished_at = micros(at);
            query!(
                "update fetches
                set state = 'failed', error = $2, detail = $3, finished_at = $4
                where id = $1",
                key,
                error,
                detail,
                finished_at,
            )
            .execute(&mut *connection)
            .await?;
            ("fetch_failed", json!({ "error": code }))
        }
    };
    let entry =
        Entry { subject: (SubjectKind::Fetch, id.as_uuid()), kind, actor: None, reason: None, at, payload };
    append(connection, entry).await?;
    job_done(connection, lease, at).await
}

/// Notes what was seen on the way, and answers the digest of that.
async fn fetch_done(
    connection: &mut Connection,
    id: FetchId,
    evidence: &FetchEvidence,
    submission: SubmissionId,
    at: Timestamp,
) -> Answer<Sha256> {
    let id = id.as_uuid();
    let received = size("bytes received", evidence.size_bytes)?;
    let evidence = canonical("evidence of a fetch", evidence)?;
    let submission = submission.as_uuid();
    let finished_at = micros(at);
    query!(
        "update fetches
        set state = 'done', received = $2, expected = $2, evidence = $3, submission_id = $4, error = null, detail = null, resume = null,
            finished_at = $5, started_at = coalesce(started_at, $5)
        where id = $1",
        id,
        received,
        evidence,
        submission,
        finished_at,
    )
    .execute(connection)
    .await?;
    Ok(Sha256::of(evidence.as_bytes()))
}

async fn fetch_cancel(
    connection: &mut Connection,
    id: FetchId,
    actor: UserId,
    at: Timestamp,
) -> Answer<FetchRecord> {
    let record = fetch_must_exist(connection, id).await?;
    if record.state.is_final() {
        return Err(
            StoreError::WrongState { action: "cancel the fetch", state: record.state.to_string() }.into()
        );
    }
    let key = id.as_uuid();
    let finished_at = micros(at);
    query!(
        "update jobs
        set state = 'cancelled', leased_until = null, worker = null, finished_at = $2
        where fetch_id = $1
            and state in ('queued', 'leased')",
        key,
        finished_at,
    )
    .execute(&mut *connection)
    .await?;
    query!(
        "update fetches
        set state = 'cancelled', error = null, detail = null, finished_at = $2
        where id = $1",
        key,
        finished_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Fetch, key),
        kind: "fetch_cancelled",
        actor: Some(actor),
        reason: None,
        at,
        payload: json!({}),
    };
    append(connection, entry).await?;
    fetch_must_exist(connection, id).await
}

#[async_trait]
impl FetchStore for Handle {
    async fn fetch_create(&self, fetch: &NewFetch, most: u32) -> Result<FetchOutcome, StoreError> {
        record!(self, connection => fetch_create(connection, fetch, most))
    }

    async fn fetch_get(&self, id: FetchId) -> Result<Option<FetchRecord>, StoreError> {
        read!(self, connection => fetch_get(connection, id))
    }

    async fn fetch_list(
        &self,
        user: UserId,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<FetchRecord>, StoreError> {
        read!(self, connection => fetch_list(connection, user, after, limit))
    }

    async fn fetch_list_by_media(&self, sha256: Sha256, limit: u32) -> Result<Vec<FetchRecord>, StoreError> {
        read!(self, connection => fetch_list_by_media(connection, sha256, limit))
    }

    async fn fetch_progress(
        &self,
        lease: &Lease,
        id: FetchId,
        received: u64,
        expected: Option<u64>,
        resume: Option<&FetchResume>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        update!(self, connection => fetch_progress(connection, lease, id, received, expected, resume, at))
    }

    async fn fetch_put_back(
        &self,
        lease: &Lease,
        id: FetchId,
        code: ErrorCode,
        detail: &str,
        run_at: Timestamp,
    ) -> Result<(), StoreError> {
        update!(self, connection => fetch_put_back(connection, lease, id, code, detail, run_at))
    }

    async fn fetch_end(
        &self,
        lease: &Lease,
        id: FetchId,
        end: &FetchEnd,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => fetch_end(connection, lease, id, end, at))
    }

    async fn fetch_cancel(
        &self,
        id: FetchId,
        actor: UserId,
        at: Timestamp,
    ) -> Result<FetchRecord, StoreError> {
        record!(self, connection => fetch_cancel(connection, id, actor, at))
    }
}
