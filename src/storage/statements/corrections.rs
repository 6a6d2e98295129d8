//! Corrections of public notices: opened, drafted, settled.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{CaseId, CorrectionId, IdSource, NoticeId, UserId};
use podlinnik_domain::notice::{Correction, CorrectionKind, Notice, NoticeState, NoticeText, SUPERSEDED};
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{CorrectionDrafting, CorrectionSettling, NewCorrection, Page, Position};
use podlinnik_storage::row::{CorrectionRow, all, json, page};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::announcements::{Announcement, announce, note};
use super::decisions::{verdict_list, verdict_must_exist};
use super::events::{Entry, append};
use super::notices::{notice_get, notice_list, version_insert, wrote};
use super::people::user_must_exist;
use super::{Answer, DerivedIds, canonical, micros, one_more, start, text};
use crate::engine::Connection;

const OPEN: &str = "open a correction";
const DRAFT: &str = "draft the correction";
const SETTLE: &str = "settle the correction";

pub(super) async fn correction_get(
    connection: &mut Connection,
    id: CorrectionId,
) -> Answer<Option<Correction>> {
    let id = id.as_uuid();
    let row = query_as!(
        CorrectionRow,
        r#"select
            id as "id: Uuid", notice_id as "notice_id: Uuid", version_before, reason, opened_by as "opened_by: Uuid", opened_at, draft,
            draft_version, drafted_by as "drafted_by: Uuid", kind, statement, statement_en, version_after,
            settled_by as "settled_by: Uuid", settled_at
        from corrections
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn correction_list(
    connection: &mut Connection,
    notice: NoticeId,
) -> Answer<Vec<Correction>> {
    let notice = notice.as_uuid();
    let rows = query_as!(
        CorrectionRow,
        r#"select
            id as "id: Uuid", notice_id as "notice_id: Uuid", version_before, reason, opened_by as "opened_by: Uuid", opened_at, draft,
            draft_version, drafted_by as "drafted_by: Uuid", kind, statement, statement_en, version_after,
            settled_by as "settled_by: Uuid", settled_at
        from corrections
        where notice_id = $1
        order by opened_at, id"#,
        notice,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn correction_published(
    connection: &mut Connection,
    region: Option<&str>,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<Correction>> {
    let region = region.map(text);
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        CorrectionRow,
        r#"select
            corrections.id as "id: Uuid", corrections.notice_id as "notice_id: Uuid", corrections.version_before, corrections.reason,
            corrections.opened_by as "opened_by: Uuid", corrections.opened_at, corrections.draft, corrections.draft_version,
            corrections.drafted_by as "drafted_by: Uuid", corrections.kind, corrections.statement, corrections.statement_en,
            corrections.version_after, corrections.settled_by as "settled_by: Uuid", corrections.settled_at
        from corrections
        join notices on notices.id = corrections.notice_id
        where corrections.settled_at is not null
            and (notices.region = $1 or $1 is null)
            and (corrections.settled_at, corrections.id) < ($2, $3)
        order by corrections.settled_at desc, corrections.id desc
        limit $4"#,
        region,
        at,
        id,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |correction: &Correction| Position {
        at: correction.settled.as_ref().map_or(correction.opened_at, |settled| settled.settled_at),
        id: correction.id.as_uuid(),
    })?)
}

async fn correction_must_exist(connection: &mut Connection, id: CorrectionId) -> Answer<Correction> {
    Ok(correction_get(connection, id).await?.ok_or(StoreError::Missing { what: "correction" })?)
}

async fn notice_must_exist(connection: &mut Connection, id: NoticeId) -> Answer<Notice> {
    Ok(notice_get(connection, id).await?.ok_or(StoreError::Missing { what: "notice" })?)
}

pub(super) async fn notice_version(
    connection: &mut Connection,
    id: NoticeId,
    version: u32,
) -> Answer<Option<NoticeText>> {
    let id = id.as_uuid();
    let version = i64::from(version);
    let words =
        query_scalar!("select text from notice_versions where notice_id = $1 and version = $2", id, version)
            .fetch_optional(connection)
            .await?;
    Ok(words.map(|words| json("notice text", &words)).transpose()?)
}

pub(super) async fn correction_open(
    connection: &mut Connection,
    correction: &NewCorrection,
) -> Answer<Correction> {
    let notice = notice_must_exist(connection, correction.notice).await?;
    if notice.version != correction.version {
        return Err(StoreError::Stale { action: OPEN }.into());
    }
    user_must_exist(connection, correction.actor).await?;
    let (actor, reason) = (Some(correction.actor), &correction.reason);
    open(connection, &notice, correction.id, reason, actor, correction.at).await?;
    correction_must_exist(connection, correction.id).await
}

/// Opens a correction of a public notice that has none open.
pub(super) async fn open(
    connection: &mut Connection,
    notice: &Notice,
    correction: CorrectionId,
    reason: &str,
    actor: Option<UserId>,
    at: Timestamp,
) -> Answer<()> {
    if !notice.state.is_public()
        || matches!(notice.state, NoticeState::CorrectionOpen | NoticeState::Retracted)
    {
        return Err(StoreError::WrongState { action: OPEN, state: notice.state.code().to_owned() }.into());
    }
    let id = correction.as_uuid();
    let notice_id = notice.id.as_uuid();
    let version_before = i64::from(notice.version);
    let words = text(reason);
    let opened_by = actor.map(UserId::as_uuid);
    let opened_at = micros(at);
    query!(
        "insert into corrections (id, notice_id, version_before, reason, opened_by, opened_at, draft_version)
        values ($1, $2, $3, $4, $5, $6, 0)",
        id,
        notice_id,
        version_before,
        words,
        opened_by,
        opened_at,
    )
    .execute(&mut *connection)
    .await?;
    query!(
        "update notices set state = 'correction_open', updated_at = $2 where id = $1",
        notice_id,
        opened_at
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Notice, notice_id),
        kind: "correction_opened",
        actor,
        reason: Some(reason),
        at,
        payload: json!({ "correction": correction, "version": notice.version, "state": NoticeState::CorrectionOpen }),
    };
    append(connection, entry).await?;
    let verdict = verdict_must_exist(connection, notice.verdict).await?;
    let more = json!({ "correction": correction });
    note(connection, notice, &verdict, ("notice.doubted", actor, at), more).await
}

/// Opens a correction of every public notice that rests on a verdict which does not hold as it did.
pub(super) async fn doubt_notices(
    connection: &mut Connection,
    verdict: &Verdict,
    reason: &str,
    at: Timestamp,
) -> Answer<()> {
    let notices = notice_list(connection, verdict.case).await?;
    let doubted = notices.into_iter().filter(|notice| {
        notice.verdict == verdict.id
            && notice.state.is_public()
            && !matches!(notice.state, NoticeState::CorrectionOpen | NoticeState::Retracted)
    });
    for notice in doubted {
        let ids = DerivedIds::new(&format!("{}:{}:{}", notice.id, notice.version, micros(at)));
        open(connection, &notice, CorrectionId::generate(&ids), reason, None, at).await?;
    }
    Ok(())
}

pub(super) async fn correction_draft(
    connection: &mut Connection,
    drafting: &CorrectionDrafting,
) -> Answer<Correction> {
    let correction = correction_must_exist(connection, drafting.correction).await?;
    if correction.draft_version != drafting.draft_version {
        return Err(StoreError::Stale { action: DRAFT }.into());
    }
    if let Some(settled) = &correction.settled {
        let state = settled.kind.code().to_owned();
        return Err(StoreError::WrongState { action: DRAFT, state }.into());
    }
    user_must_exist(connection, drafting.actor).await?;
    let id = drafting.correction.as_uuid();
    let draft = canonical("draft of a correction", &drafting.draft)?;
    let version = i64::from(drafting.draft_version) + 1;
    let actor = drafting.actor.as_uuid();
    query!(
        "update corrections
        set draft = $2, draft_version = $3, drafted_by = $4
        where id = $1",
        id,
        draft,
        version,
        actor,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Notice, correction.notice.as_uuid()),
        kind: "correction_drafted",
        actor: Some(drafting.actor),
        reason: None,
        at: drafting.at,
        payload: json!({ "correction": drafting.correction, "draft_version": version, "draft": drafting.draft }),
    };
    append(connection, entry).await?;
    correction_must_exist(connection, drafting.correction).await
}

pub(super) async fn correction_settle(
    connection: &mut Connection,
    settling: &CorrectionSettling,
    ids: &dyn IdSource,
) -> Answer<Correction> {
    let correction = correction_must_exist(connection, settling.correction).await?;
    let stale = || StoreError::Stale { action: SETTLE };
    if correction.draft_version != settling.draft_version {
        return Err(stale().into());
    }
    let (None, Some(draft), Some(drafted_by)) =
        (&correction.settled, &correction.draft, correction.drafted_by)
    else {
        let state = if correction.settled.is_some() { "settled" } else { "open" };
        return Err(StoreError::WrongState { action: SETTLE, state: state.to_owned() }.into());
    };
    if drafted_by == settling.actor {
        return Err(StoreError::SamePerson { action: SETTLE }.into());
    }
    user_must_exist(connection, settling.actor).await?;
    let notice = notice_must_exist(connection, correction.notice).await?;
    if notice.state != NoticeState::CorrectionOpen || notice.version != correction.version_before {
        return Err(stale().into());
    }
    let state = draft.kind.state();
    if draft.kind != CorrectionKind::Retraction && !same_verdict_holds(connection, &notice).await? {
        return Err(StoreError::VerdictOutdated.into());
    }
    let version = match &draft.text {
        Some(words) => {
            if wrote(connection, notice.id, settling.actor).await? {
                return Err(StoreError::SamePerson { action: SETTLE }.into());
            }
            let next = notice.version.saturating_add(1);
            let words = canonical("notice text", words)?;
            version_insert(connection, notice.id, next, &words, drafted_by, settling.at).await?;
            let version =
                Some(NewWords { version: next, text: &words, author: drafted_by, approver: settling.actor });
            notice_write(connection, notice.id, state, version, settling.at).await?;
            next
        }
        None => {
            notice_write(connection, notice.id, state, None, settling.at).await?;
            notice.version
        }
    };
    let words = (draft.statement.as_str(), draft.statement_en.as_deref());
    close(connection, &correction, draft.kind.code(), words, version, settling.actor, settling.at).await?;
    let entry = Entry {
        subject: (SubjectKind::Notice, notice.id.as_uuid()),
        kind: "correction_settled",
        actor: Some(settling.actor),
        reason: Some(&draft.statement),
        at: settling.at,
        payload: json!({
            "correction": correction.id, "kind": draft.kind, "state": state, "version": version, "text": draft.text,
            "author": drafted_by, "approver": settling.actor,
        }),
    };
    append(connection, entry).await?;
    let notice = notice_must_exist(connection, correction.notice).await?;
    let verdict = verdict_must_exist(connection, notice.verdict).await?;
    let announcement = Announcement {
        event_type: "notice.corrected",
        actor: Some(settling.actor),
        at: settling.at,
        max_attempts: settling.max_attempts,
        more: json!({
            "correction": correction.id, "correction_kind": draft.kind, "statement": draft.statement, "statement_en": draft.statement_en,
        }),
    };
    announce(connection, &notice, &verdict, &announcement, ids).await?;
    correction_must_exist(connection, settling.correction).await
}

/// A new version of a notice's words.
#[derive(Debug)]
struct NewWords<'a> {
    version: u32,
    text: &'a str,
    author: UserId,
    /// Who agreed to them: from then on the one who stands for the notice.
    approver: UserId,
}

/// Whether a verdict holds that says what the notice rests on: its own, or a later one of the same kind.
async fn same_verdict_holds(connection: &mut Connection, notice: &Notice) -> Answer<bool> {
    let own = verdict_must_exist(connection, notice.verdict).await?;
    let verdicts = verdict_list(connection, own.case).await?;
    Ok(verdicts.iter().any(|verdict| verdict.is_current() && verdict.proposal.kind == own.proposal.kind))
}

/// Writes state and, if given, a new version of a notice.
async fn notice_write(
    connection: &mut Connection,
    id: NoticeId,
    state: NoticeState,
    words: Option<NewWords<'_>>,
    at: Timestamp,
) -> Answer<()> {
    let id = id.as_uuid();
    let state = state.code();
    let updated_at = micros(at);
    let version = words.as_ref().map(|words| i64::from(words.version));
    let author = words.as_ref().map(|words| words.author.as_uuid());
    let approver = words.as_ref().map(|words| words.approver.as_uuid());
    let words = words.map(|words| words.text);
    query!(
        "update notices
        set
            state = $2, updated_at = $3, version = coalesce($4, version), text = coalesce($5, text), author_id = coalesce($6, author_id),
            approver_id = coalesce($7, approver_id)
        where id = $1",
        id,
        state,
        updated_at,
        version,
        words,
        author,
        approver,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn close(
    connection: &mut Connection,
    correction: &Correction,
    kind: &str,
    (statement, statement_en): (&str, Option<&str>),
    version_after: u32,
    actor: UserId,
    at: Timestamp,
) -> Answer<()> {
    let id = correction.id.as_uuid();
    let statement = text(statement);
    let statement_en = statement_en.map(text);
    let version_after = i64::from(version_after);
    let settled_by = actor.as_uuid();
    let settled_at = micros(at);
    query!(
        "update corrections
        set kind = $2, statement = $3, statement_en = $4, version_after = $5, settled_by = $6, settled_at = $7
        where id = $1",
        id,
        kind,
        statement,
        statement_en,
        version_after,
        settled_by,
        settled_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The notices that a newly published one on a later verdict revision takes the place of.
pub(super) async fn supersede_notices(
    connection: &mut Connection,
    case: CaseId,
    successor: &Notice,
    actor: UserId,
    at: Timestamp,
) -> Answer<()> {
    let notices = notice_list(connection, case).await?;
    let replaced = notices.into_iter().filter(|notice| {
        notice.id != successor.id
            && notice.verdict_revision < successor.verdict_revision
            && notice.state.is_public()
            && notice.state != NoticeState::Retracted
    });
    for notice in replaced {
        let corrections = correction_list(connection, notice.id).await?;
        for open in corrections.iter().filter(|correction| correction.settled.is_none()) {
            let words = (SUPERSEDED.ru, Some(SUPERSEDED.en));
            close(connection, open, "correction", words, notice.version, actor, at).await?;
        }
        notice_write(connection, notice.id, NoticeState::Superseded, None, at).await?;
        let entry = Entry {
            subject: (SubjectKind::Notice, notice.id.as_uuid()),
            kind: "notice_superseded",
            actor: Some(actor),
            reason: None,
            at,
            payload: json!({ "by": successor.id, "state": NoticeState::Superseded }),
        };
        append(connection, entry).await?;
        let verdict = verdict_must_exist(connection, notice.verdict).await?;
        let more = json!({ "by": successor.id });
        note(connection, &notice, &verdict, ("notice.superseded", Some(actor), at), more).await?;
    }
    Ok(())
}
