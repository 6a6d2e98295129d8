//! Objections to public notices.

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{AppealId, OrganisationId};
use podlinnik_domain::inquiry::{Appeal, AppealState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{AppealDecision, NewAppeal, Page, Position};
use podlinnik_storage::row::{AppealRow, page};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::corrections;
use super::decisions::verdict_must_exist;
use super::events::{Entry, append};
use super::notices::notice_get;
use super::people::user_must_exist;
use super::{Answer, micros, one_more, start, text};
use crate::engine::Connection;

const OBJECT: &str = "object to the notice";
const DECIDE: &str = "decide on the objection";

pub(super) async fn appeal_get(connection: &mut Connection, id: AppealId) -> Answer<Option<Appeal>> {
    let id = id.as_uuid();
    let row = query_as!(
        AppealRow,
        r#"select
            id as "id: Uuid", notice_id as "notice_id: Uuid", name, contact, statement, received_at, state, decision,
            decided_by as "decided_by: Uuid", decided_at
        from appeals
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn appeal_list(
    connection: &mut Connection,
    state: Option<AppealState>,
    root: Option<OrganisationId>,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<Appeal>> {
    let state = state.map(AppealState::code);
    let root = root.map(OrganisationId::as_uuid);
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        AppealRow,
        r#"with recursive branch (id) as (
            select organisations.id
            from organisations
            where organisations.id = $5
                or $5 is null
            union
            select organisations.id
            from organisations
            join branch on branch.id = organisations.parent_id
        )
        select
            appeals.id as "id: Uuid", appeals.notice_id as "notice_id: Uuid", appeals.name, appeals.contact, appeals.statement,
            appeals.received_at, appeals.state, appeals.decision, appeals.decided_by as "decided_by: Uuid", appeals.decided_at
        from appeals
        join notices on notices.id = appeals.notice_id
        where (appeals.state = $1 or $1 is null)
            and (appeals.received_at, appeals.id) < ($2, $3)
            and notices.organisation_id in (select branch.id from branch)
        order by appeals.received_at desc, appeals.id desc
        limit $4"#,
        state,
        at,
        id,
        rows_wanted,
        root,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |appeal: &Appeal| Position { at: appeal.received_at, id: appeal.id.as_uuid() })?)
}

async fn appeal_must_exist(connection: &mut Connection, id: AppealId) -> Answer<Appeal> {
    Ok(appeal_get(connection, id).await?.ok_or(StoreError::Missing { what: "objection" })?)
}

pub(super) async fn appeal_create(connection: &mut Connection, appeal: &NewAppeal) -> Answer<Appeal> {
    let notice =
        notice_get(connection, appeal.notice).await?.ok_or(StoreError::Missing { what: "notice" })?;
    if notice.published_at.is_none() {
        return Err(StoreError::WrongState { action: OBJECT, state: notice.state.code().to_owned() }.into());
    }
    let id = appeal.id.as_uuid();
    let notice_id = appeal.notice.as_uuid();
    let name = appeal.name.as_deref().map(text);
    let contact = appeal.contact.as_deref().map(text);
    let statement = text(&appeal.statement);
    let received_at = micros(appeal.at);
    query!(
        "insert into appeals (id, notice_id, name, contact, statement, received_at, state)
        values ($1, $2, $3, $4, $5, $6, 'open')",
        id,
        notice_id,
        name,
        contact,
        statement,
        received_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Appeal, id),
        kind: "appeal_received",
        actor: None,
        reason: None,
        at: appeal.at,
        // Who objects and in which words stays out of the history: it can hold personal data.
        payload: json!({ "notice": appeal.notice }),
    };
    append(connection, entry).await?;
    appeal_must_exist(connection, appeal.id).await
}

pub(super) async fn appeal_decide(connection: &mut Connection, decision: &AppealDecision) -> Answer<Appeal> {
    let appeal = appeal_must_exist(connection, decision.appeal).await?;
    if appeal.state != AppealState::Open {
        return Err(StoreError::WrongState { action: DECIDE, state: appeal.state.code().to_owned() }.into());
    }
    user_must_exist(connection, decision.actor).await?;
    let notice =
        notice_get(connection, appeal.notice).await?.ok_or(StoreError::Missing { what: "notice" })?;
    let verdict = verdict_must_exist(connection, notice.verdict).await?;
    let involved = [
        Some(notice.author),
        notice.approver,
        Some(verdict.author),
        verdict.second_analyst,
        verdict.approver,
        verdict.release.as_ref().map(|release| release.approver),
    ];
    if involved.contains(&Some(decision.actor)) {
        return Err(StoreError::SamePerson { action: DECIDE }.into());
    }
    let state = if decision.granted { AppealState::Granted } else { AppealState::Rejected };
    let id = decision.appeal.as_uuid();
    let state_code = state.code();
    let words = text(&decision.decision);
    let decided_by = decision.actor.as_uuid();
    let decided_at = micros(decision.at);
    query!(
        "update appeals
        set state = $2, decision = $3, decided_by = $4, decided_at = $5
        where id = $1",
        id,
        state_code,
        words,
        decided_by,
        decided_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Appeal, id),
        kind: "appeal_decided",
        actor: Some(decision.actor),
        reason: Some(&decision.decision),
        at: decision.at,
        payload: json!({ "notice": appeal.notice, "state": state }),
    };
    append(connection, entry).await?;
    let open_already = corrections::correction_list(connection, notice.id)
        .await?
        .iter()
        .any(|correction| correction.settled.is_none());
    if decision.granted && !open_already {
        let (id, actor) = (decision.correction, Some(decision.actor));
        corrections::open(connection, &notice, id, &decision.decision, actor, decision.at).await?;
    }
    appeal_must_exist(connection, decision.appeal).await
}
