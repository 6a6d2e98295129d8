//! Submissions and media items.

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CaseId, OrganisationId, SubmissionId};
use podlinnik_domain::submission::{Submission, SubmissionState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{
    Idempotency, JobKind, MediaRecord, NewJob, NewSubmission, Page, Position, SubmissionOutcome,
};
use podlinnik_storage::row::{MediaRow, SubmissionRow, all, page};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::analyses::{analysis_get, analysis_insert};
use super::decisions::case_by_media;
use super::events::{Entry, append};
use super::people::{organisation_get, user_must_exist};
use super::queue::job_insert;
use super::quota::within_quota;
use super::{Answer, micros, one_more, size, start, text};
use crate::engine::Connection;

pub(super) async fn submission_create(
    connection: &mut Connection,
    submission: &NewSubmission,
) -> Answer<SubmissionOutcome> {
    if let Some(idempotency) = &submission.idempotency
        && let Some(first) = replayed(connection, submission, idempotency).await?
    {
        return Ok(SubmissionOutcome { submission: first, created: false });
    }
    user_must_exist(connection, submission.submitter).await?;
    if organisation_get(connection, submission.organisation).await?.is_none() {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    within_quota(connection, submission).await?;
    let known = case_by_media(connection, submission.media.sha256).await?;
    let (state, rejection, case) = match known {
        None => {
            open_case(connection, submission).await?;
            (SubmissionState::Quarantined, None, submission.case)
        }
        Some(case) => {
            let analysis = analysis_get(connection, case.analysis).await?;
            let refusal = analysis
                .filter(|analysis| analysis.state == AnalysisState::Refused)
                .and_then(|analysis| analysis.error);
            let state =
                if refusal.is_some() { SubmissionState::Rejected } else { SubmissionState::Duplicate };
            (state, refusal, case.id)
        }
    };
    submission_insert(connection, submission, case, state, rejection.map(|code| code.code())).await?;
    if state == SubmissionState::Quarantined {
        queue_analysis(connection, submission).await?;
    }
    let stored =
        submission_get(connection, submission.id).await?.ok_or(StoreError::Missing { what: "submission" })?;
    Ok(SubmissionOutcome { submission: stored, created: true })
}

/// The first submission under the same key, if there is one.
async fn replayed(
    connection: &mut Connection,
    submission: &NewSubmission,
    idempotency: &Idempotency,
) -> Answer<Option<Submission>> {
    let submitter = submission.submitter.as_uuid();
    let first = query!(
        r#"select id as "id: Uuid", request_sha256 as "request_sha256!"
        from submissions
        where submitter_id = $1
            and idempotency_key = $2"#,
        submitter,
        idempotency.key,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(first) = first else { return Ok(None) };
    if first.request_sha256 != idempotency.request_sha256.as_bytes() {
        return Err(StoreError::IdempotencyKeyReused.into());
    }
    submission_get(connection, first.id.into()).await
}

/// Media item, analysis and case for bytes that are new.
async fn open_case(connection: &mut Connection, submission: &NewSubmission) -> Answer<()> {
    let sha256 = submission.media.sha256.as_bytes().as_slice();
    let blake3 = submission.media.blake3.as_bytes().as_slice();
    let size_bytes = size("media size", submission.media.size_bytes)?;
    let first_seen_at = micros(submission.media.first_seen_at);
    query!(
        "insert into media (sha256, blake3, size_bytes, first_seen_at)
        values ($1, $2, $3, $4)",
        sha256,
        blake3,
        size_bytes,
        first_seen_at,
    )
    .execute(&mut *connection)
    .await?;
    analysis_insert(connection, submission.analysis, submission.media.sha256, submission.received_at).await?;
    let analysis = submission.analysis.as_uuid();
    let case = submission.case.as_uuid();
    let organisation = submission.desk.as_uuid();
    let region = submission.circumstances.region.as_deref().map(text);
    query!(
        "insert into cases (id, media_sha256, organisation_id, region, state, analysis_id, first_seen_at, version)
        values ($1, $2, $3, $4, 'new', $5, $6, 1)",
        case,
        sha256,
        organisation,
        region,
        analysis,
        first_seen_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Case, case),
        kind: "case_opened",
        actor: Some(submission.submitter),
        reason: None,
        at: submission.received_at,
        payload: json!({
            "media": submission.media.sha256, "organisation": submission.desk, "region": region,
            "analysis": submission.analysis,
            "first_seen_at": Timestamp::from_microsecond(first_seen_at).unwrap_or(submission.media.first_seen_at),
        }),
    };
    append(connection, entry).await
}

async fn queue_analysis(connection: &mut Connection, submission: &NewSubmission) -> Answer<()> {
    let job = NewJob {
        id: submission.job,
        kind: JobKind::Analyse,
        payload: json!({ "analysis": submission.analysis }),
        priority: 0,
        organisation: Some(submission.organisation),
        run_at: submission.received_at,
        max_attempts: submission.max_attempts,
    };
    job_insert(connection, &job).await?;
    let entry = Entry {
        subject: (SubjectKind::Analysis, submission.analysis.as_uuid()),
        kind: "analysis_queued",
        actor: Some(submission.submitter),
        reason: None,
        at: submission.received_at,
        payload: json!({ "media": submission.media.sha256, "job": submission.job }),
    };
    append(connection, entry).await
}

async fn submission_insert(
    connection: &mut Connection,
    submission: &NewSubmission,
    case: CaseId,
    state: SubmissionState,
    rejection: Option<&'static str>,
) -> Answer<()> {
    let id = submission.id.as_uuid();
    let submitter = submission.submitter.as_uuid();
    let organisation = submission.organisation.as_uuid();
    let sha256 = submission.media.sha256.as_bytes().as_slice();
    let circumstances = &submission.circumstances;
    let file_name = circumstances.file_name.as_deref().map(text);
    let source_url = circumstances.source_url.as_deref().map(text);
    let network = circumstances.network.as_deref().map(text);
    let region = circumstances.region.as_deref().map(text);
    let note = circumstances.note.as_deref().map(text);
    let state_code = state.code();
    let case_id = case.as_uuid();
    let received_at = micros(submission.received_at);
    let key = submission.idempotency.as_ref().map(|idempotency| idempotency.key.as_str());
    let request =
        submission.idempotency.as_ref().map(|idempotency| idempotency.request_sha256.as_bytes().as_slice());
    query!(
        "insert into submissions (
            id, submitter_id, organisation_id, media_sha256, file_name, source_url, network, region, note, state, rejection, case_id,
            received_at, idempotency_key, request_sha256
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        id,
        submitter,
        organisation,
        sha256,
        file_name,
        source_url,
        network,
        region,
        note,
        state_code,
        rejection,
        case_id,
        received_at,
        key,
        request,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Submission, id),
        kind: "submission_received",
        actor: Some(submission.submitter),
        reason: None,
        at: submission.received_at,
        payload: json!({ "case": case, "media": submission.media.sha256, "state": state, "rejection": rejection }),
    };
    append(connection, entry).await
}

pub(super) async fn submission_get(
    connection: &mut Connection,
    id: SubmissionId,
) -> Answer<Option<Submission>> {
    let id = id.as_uuid();
    let row = query_as!(
        SubmissionRow,
        r#"select
            submissions.id as "id: Uuid", submissions.submitter_id as "submitter_id: Uuid",
            submissions.organisation_id as "organisation_id: Uuid", submissions.media_sha256, submissions.file_name,
            submissions.source_url, submissions.network, submissions.region, submissions.note, submissions.state,
            submissions.rejection, submissions.case_id as "case_id: Uuid", cases.analysis_id as "analysis_id: Uuid",
            submissions.received_at
        from submissions
        join cases on cases.id = submissions.case_id
        where submissions.id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn submission_list_by_media(
    connection: &mut Connection,
    sha256: Sha256,
    root: Option<OrganisationId>,
    limit: u32,
) -> Answer<Vec<Submission>> {
    let media = sha256.as_bytes().as_slice();
    let root = root.map(OrganisationId::as_uuid);
    let limit = i64::from(limit);
    let rows = query_as!(
        SubmissionRow,
        r#"with recursive branch (id) as (
            select organisations.id
            from organisations
            where organisations.id = $2
                or $2 is null
            union
            select organisations.id
            from organisations
            join branch on branch.id = organisations.parent_id
        )
        select
            submissions.id as "id: Uuid", submissions.submitter_id as "submitter_id: Uuid",
            submissions.organisation_id as "organisation_id: Uuid", submissions.media_sha256, submissions.file_name,
            submissions.source_url, submissions.network, submissions.region, submissions.note, submissions.state,
            submissions.rejection, submissions.case_id as "case_id: Uuid", cases.analysis_id as "analysis_id: Uuid",
            submissions.received_at
        from submissions
        join cases on cases.id = submissions.case_id
        join organisations on organisations.id = submissions.organisation_id
        where submissions.media_sha256 = $1
            and (organisations.level = 'partner' or organisations.id in (select branch.id from branch))
        order by submissions.received_at desc, submissions.id desc
        limit $3"#,
        media,
        root,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn submission_list(
    connection: &mut Connection,
    organisation: Option<OrganisationId>,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<Submission>> {
    let organisation = organisation.map(OrganisationId::as_uuid);
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        SubmissionRow,
        r#"select
            submissions.id as "id: Uuid", submissions.submitter_id as "submitter_id: Uuid",
            submissions.organisation_id as "organisation_id: Uuid", submissions.media_sha256, submissions.file_name,
            submissions.source_url, submissions.network, submissions.region, submissions.note, submissions.state,
            submissions.rejection, submissions.case_id as "case_id: Uuid", cases.analysis_id as "analysis_id: Uuid",
            submissions.received_at
        from submissions
        join cases on cases.id = submissions.case_id
        where (submissions.organisation_id = $1 or $1 is null)
            and (submissions.received_at, submissions.id) < ($2, $3)
        order by submissions.received_at desc, submissions.id desc
        limit $4"#,
        organisation,
        at,
        id,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |submission: &Submission| Position {
        at: submission.received_at,
        id: submission.id.as_uuid(),
    })?)
}

pub(super) async fn media_get(connection: &mut Connection, sha256: Sha256) -> Answer<Option<MediaRecord>> {
    let sha256 = sha256.as_bytes().as_slice();
    let row = query_as!(
        MediaRow,
        "select sha256, blake3, size_bytes, first_seen_at
        from media
        where sha256 = $1",
        sha256,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

/// When bytes come to light as readable or not: what became of their submissions.
pub(super) async fn submissions_settle(
    connection: &mut Connection,
    sha256: Sha256,
    refusal: Option<&'static str>,
    at: Timestamp,
) -> Answer<()> {
    let media = sha256.as_bytes().as_slice();
    let state = if refusal.is_some() { "rejected" } else { "accepted" };
    let settled = sqlx::query_scalar!(
        r#"update submissions
        set state = $2, rejection = $3
        where media_sha256 = $1
            and (state = 'quarantined' or (state = 'duplicate' and $2 = 'rejected'))
        returning id as "id: Uuid""#,
        media,
        state,
        refusal,
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut settled: Vec<Uuid> = settled;
    settled.sort_unstable();
    for id in settled {
        let entry = Entry {
            subject: (SubjectKind::Submission, id),
            kind: if refusal.is_some() { "submission_rejected" } else { "submission_accepted" },
            actor: None,
            reason: None,
            at,
            payload: json!({ "rejection": refusal }),
        };
        append(connection, entry).await?;
    }
    Ok(())
}

pub(super) async fn case_list_by_source(
    connection: &mut Connection,
    source_url: &str,
    limit: u32,
) -> Answer<Vec<CaseId>> {
    let source_url = text(source_url);
    let limit = i64::from(limit);
    let cases = query!(
        r#"select case_id as "case_id!: Uuid", max(received_at) as "latest!: i64"
        from submissions
        where source_url = $1
        group by case_id
        order by 2 desc, 1 desc
        limit $2"#,
        source_url,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(cases.into_iter().map(|row| row.case_id.into()).collect())
}
