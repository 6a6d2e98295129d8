//! Notices: drafted, revised, submitted, approved, published.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{CaseId, IdSource, NoticeId, UserId};
use podlinnik_domain::notice::{Notice, NoticeState, NoticeText};
use podlinnik_domain::verdict::VerdictState;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{NewNotice, Page, Position, Publication};
use podlinnik_storage::row::{NoticeRow, all, page};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::announcements::{Announcement, announce};
use super::corrections::supersede_notices;
use super::decisions::{case_get, verdict_must_exist};
use super::events::{Entry, append};
use super::people::{organisation_get, user_must_exist};
use super::{Answer, canonical, micros, one_more, start, text};
use crate::engine::Connection;

const DRAFT: &str = "draft the notice";
const REVISE: &str = "revise the notice";
const SUBMIT: &str = "submit the notice";
const APPROVE: &str = "approve the notice";
const PUBLISH: &str = "publish the notice";

pub(super) async fn notice_get(connection: &mut Connection, id: NoticeId) -> Answer<Option<Notice>> {
    let id = id.as_uuid();
    let row = query_as!(
        NoticeRow,
        r#"select
            notices.id as "id: Uuid", notices.case_id as "case_id: Uuid", notices.verdict_id as "verdict_id: Uuid",
            verdicts.revision as verdict_revision, notices.organisation_id as "organisation_id: Uuid", notices.region,
            notices.version, notices.text, notices.state, notices.author_id as "author_id: Uuid",
            notices.approver_id as "approver_id: Uuid", notices.created_at, notices.updated_at, notices.published_at
        from notices
        join verdicts on verdicts.id = notices.verdict_id
        where notices.id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn notice_list(connection: &mut Connection, case: CaseId) -> Answer<Vec<Notice>> {
    let case = case.as_uuid();
    let rows = query_as!(
        NoticeRow,
        r#"select
            notices.id as "id: Uuid", notices.case_id as "case_id: Uuid", notices.verdict_id as "verdict_id: Uuid",
            verdicts.revision as verdict_revision, notices.organisation_id as "organisation_id: Uuid", notices.region,
            notices.version, notices.text, notices.state, notices.author_id as "author_id: Uuid",
            notices.approver_id as "approver_id: Uuid", notices.created_at, notices.updated_at, notices.published_at
        from notices
        join verdicts on verdicts.id = notices.verdict_id
        where notices.case_id = $1
        order by notices.created_at, notices.id"#,
        case,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn notice_published(
    connection: &mut Connection,
    region: Option<&str>,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<Notice>> {
    let region = region.map(text);
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        NoticeRow,
        r#"select
            notices.id as "id: Uuid", notices.case_id as "case_id: Uuid", notices.verdict_id as "verdict_id: Uuid",
            verdicts.revision as verdict_revision, notices.organisation_id as "organisation_id: Uuid", notices.region,
            notices.version, notices.text, notices.state, notices.author_id as "author_id: Uuid",
            notices.approver_id as "approver_id: Uuid", notices.created_at, notices.updated_at, notices.published_at
        from notices
        join verdicts on verdicts.id = notices.verdict_id
        where notices.state in ('published', 'correction_open', 'corrected', 'clarified', 'upheld', 'retracted')
            and notices.published_at is not null
            and (notices.region = $1 or $1 is null)
            and (notices.published_at, notices.id) < ($2, $3)
        order by notices.published_at desc, notices.id desc
        limit $4"#,
        region,
        at,
        id,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |notice: &Notice| Position {
        at: notice.published_at.unwrap_or(notice.updated_at),
        id: notice.id.as_uuid(),
    })?)
}

/// The notice in the version and one of the states that a transition needs.
async fn expect(
    connection: &mut Connection,
    id: NoticeId,
    version: u32,
    states: &[NoticeState],
    action: &'static str,
) -> Answer<Notice> {
    let notice = notice_get(connection, id).await?.ok_or(StoreError::Missing { what: "notice" })?;
    if notice.version != version {
        return Err(StoreError::Stale { action }.into());
    }
    if !states.contains(&notice.state) {
        return Err(StoreError::WrongState { action, state: notice.state.code().to_owned() }.into());
    }
    Ok(notice)
}

async fn changed(connection: &mut Connection, id: NoticeId) -> Answer<Notice> {
    Ok(notice_get(connection, id).await?.ok_or(StoreError::Missing { what: "notice" })?)
}

async fn note(
    connection: &mut Connection,
    id: NoticeId,
    kind: &str,
    actor: UserId,
    at: Timestamp,
    payload: serde_json::Value,
) -> Answer<()> {
    let subject = (SubjectKind::Notice, id.as_uuid());
    append(connection, Entry { subject, kind, actor: Some(actor), reason: None, at, payload }).await
}

pub(super) async fn version_insert(
    connection: &mut Connection,
    id: NoticeId,
    version: u32,
    words: &str,
    author: UserId,
    at: Timestamp,
) -> Answer<()> {
    let id = id.as_uuid();
    let version = i64::from(version);
    let author = author.as_uuid();
    let at = micros(at);
    query!(
        "insert into notice_versions (notice_id, version, text, author_id, written_at)
        values ($1, $2, $3, $4, $5)",
        id,
        version,
        words,
        author,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn notice_draft(connection: &mut Connection, notice: &NewNotice) -> Answer<Notice> {
    let verdict = verdict_must_exist(connection, notice.verdict).await?;
    match verdict.state {
        _ if verdict.is_current() => {}
        VerdictState::Superseded => return Err(StoreError::Stale { action: DRAFT }.into()),
        other => {
            let state = other.code().to_owned();
            return Err(StoreError::WrongState { action: DRAFT, state }.into());
        }
    }
    if organisation_get(connection, notice.organisation).await?.is_none() {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    user_must_exist(connection, notice.author).await?;
    let case = case_get(connection, verdict.case).await?.ok_or(StoreError::Missing { what: "case" })?;
    let id = notice.id.as_uuid();
    let case_id = verdict.case.as_uuid();
    let verdict_id = notice.verdict.as_uuid();
    let organisation = notice.organisation.as_uuid();
    let words = canonical("notice text", &notice.text)?;
    let author = notice.author.as_uuid();
    let at = micros(notice.at);
    query!(
        "insert into notices (
            id, case_id, verdict_id, organisation_id, region, version, text, state, author_id, created_at, updated_at
        )
        values ($1, $2, $3, $4, $5, 1, $6, 'draft', $7, $8, $8)",
        id,
        case_id,
        verdict_id,
        organisation,
        case.region,
        words,
        author,
        at,
    )
    .execute(&mut *connection)
    .await?;
    version_insert(connection, notice.id, 1, &words, notice.author, notice.at).await?;
    let payload = json!({
        "case": verdict.case, "verdict": notice.verdict, "revision": verdict.revision, "organisation": notice.organisation,
        "region": case.region, "text": notice.text,
    });
    note(connection, notice.id, "notice_drafted", notice.author, notice.at, payload).await?;
    changed(connection, notice.id).await
}

pub(super) async fn notice_revise(
    connection: &mut Connection,
    id: NoticeId,
    version: u32,
    words: &NoticeText,
    actor: UserId,
    at: Timestamp,
) -> Answer<Notice> {
    expect(connection, id, version, &[NoticeState::Draft, NoticeState::InReview], REVISE).await?;
    user_must_exist(connection, actor).await?;
    let next = version.saturating_add(1);
    let payload = json!({ "version": next, "text": words });
    let words = canonical("notice text", words)?;
    let key = id.as_uuid();
    let next_version = i64::from(next);
    let author = actor.as_uuid();
    let updated_at = micros(at);
    query!(
        "update notices
        set version = $2, text = $3, state = 'draft', author_id = $4, updated_at = $5
        where id = $1",
        key,
        next_version,
        words,
        author,
        updated_at,
    )
    .execute(&mut *connection)
    .await?;
    version_insert(connection, id, next, &words, actor, at).await?;
    note(connection, id, "notice_revised", actor, at, payload).await?;
    changed(connection, id).await
}

pub(super) async fn notice_submit(
    connection: &mut Connection,
    id: NoticeId,
    version: u32,
    actor: UserId,
    at: Timestamp,
) -> Answer<Notice> {
    expect(connection, id, version, &[NoticeState::Draft], SUBMIT).await?;
    user_must_exist(connection, actor).await?;
    let key = id.as_uuid();
    let updated_at = micros(at);
    query!(
        "update notices
        set state = 'in_review', updated_at = $2
        where id = $1",
        key,
        updated_at,
    )
    .execute(&mut *connection)
    .await?;
    note(connection, id, "notice_submitted", actor, at, json!({ "version": version })).await?;
    changed(connection, id).await
}

/// `Stale` unless the notice's verdict revision is still the current one.
async fn verdict_must_be_current(
    connection: &mut Connection,
    notice: &Notice,
    action: &'static str,
) -> Answer<()> {
    let verdict = verdict_must_exist(connection, notice.verdict).await?;
    if verdict.is_current() { Ok(()) } else { Err(StoreError::Stale { action }.into()) }
}

/// Whether a person wrote any version of a notice.
pub(super) async fn wrote(connection: &mut Connection, id: NoticeId, person: UserId) -> Answer<bool> {
    let id = id.as_uuid();
    let person = person.as_uuid();
    let written = query_scalar!(
        "select version
        from notice_versions
        where notice_id = $1
            and author_id = $2
        limit 1",
        id,
        person,
    )
    .fetch_optional(connection)
    .await?;
    Ok(written.is_some())
}

pub(super) async fn notice_approve(
    connection: &mut Connection,
    id: NoticeId,
    version: u32,
    approver: UserId,
    at: Timestamp,
) -> Answer<Notice> {
    let notice = expect(connection, id, version, &[NoticeState::InReview], APPROVE).await?;
    user_must_exist(connection, approver).await?;
    if wrote(connection, id, approver).await? {
        return Err(StoreError::SamePerson { action: APPROVE }.into());
    }
    verdict_must_be_current(connection, &notice, APPROVE).await?;
    let key = id.as_uuid();
    let approver_id = approver.as_uuid();
    let updated_at = micros(at);
    query!(
        "update notices
        set state = 'approved', approver_id = $2, updated_at = $3
        where id = $1",
        key,
        approver_id,
        updated_at,
    )
    .execute(&mut *connection)
    .await?;
    note(connection, id, "notice_approved", approver, at, json!({ "version": version })).await?;
    changed(connection, id).await
}

pub(super) async fn notice_publish(
    connection: &mut Connection,
    publication: &Publication,
    ids: &dyn IdSource,
) -> Answer<Notice> {
    let id = publication.notice;
    let at = publication.at;
    let notice = expect(connection, id, publication.version, &[NoticeState::Approved], PUBLISH).await?;
    verdict_must_be_current(connection, &notice, PUBLISH).await?;
    user_must_exist(connection, publication.actor).await?;
    let key = id.as_uuid();
    let published_at = micros(at);
    query!(
        "update notices
        set state = 'published', published_at = $2, updated_at = $2
        where id = $1",
        key,
        published_at,
    )
    .execute(&mut *connection)
    .await?;
    let payload = json!({ "version": publication.version, "verdict": notice.verdict });
    note(connection, id, "notice_published", publication.actor, at, payload).await?;
    let notice = changed(connection, id).await?;
    let verdict = verdict_must_exist(connection, notice.verdict).await?;
    supersede_notices(connection, notice.case, &notice, publication.actor, at).await?;
    let announcement = Announcement {
        event_type: "notice.published",
        actor: Some(publication.actor),
        at,
        max_attempts: publication.max_attempts,
        more: json!({}),
    };
    announce(connection, &notice, &verdict, &announcement, ids).await?;
    Ok(notice)
}
