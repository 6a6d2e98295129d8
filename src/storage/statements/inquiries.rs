//! Questions to agencies and their answers.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CaseId, IdSource, InquiryId, OrganisationId, UserId};
use podlinnik_domain::inquiry::{Inquiry, InquiryState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{InquiryAnswering, NewInquiry};
use podlinnik_storage::row::{InquiryRow, all};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::announcements::{Announcement, tell};
use super::decisions::case_must_exist;
use super::events::{Entry, append, evidence_put};
use super::inbox::post;
use super::people::{organisation_get, user_must_exist};
use super::receivers::receiver_list;
use super::{Answer, canonical, micros, text};
use crate::engine::Connection;

const ANSWER: &str = "answer the question";
const WITHDRAW: &str = "take the question back";

/// Reminders in one transaction.
const REMINDERS: i64 = 100;

pub(super) async fn inquiry_get(connection: &mut Connection, id: InquiryId) -> Answer<Option<Inquiry>> {
    let id = id.as_uuid();
    let row = query_as!(
        InquiryRow,
        r#"select
            id as "id: Uuid", case_id as "case_id: Uuid", organisation_id as "organisation_id: Uuid", addressee, contact, question,
            asked_by as "asked_by: Uuid", asked_at, due_at, reminded_at, reminders, state, answer, answer_sha256,
            answered_by as "answered_by: Uuid", answered_at
        from inquiries
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn inquiry_by_secret(
    connection: &mut Connection,
    secret_sha256: Sha256,
) -> Answer<Option<Inquiry>> {
    let secret = secret_sha256.as_bytes().as_slice();
    let row = query_as!(
        InquiryRow,
        r#"select
            id as "id: Uuid", case_id as "case_id: Uuid", organisation_id as "organisation_id: Uuid", addressee, contact, question,
            asked_by as "asked_by: Uuid", asked_at, due_at, reminded_at, reminders, state, answer, answer_sha256,
            answered_by as "answered_by: Uuid", answered_at
        from inquiries
        where secret_sha256 = $1"#,
        secret,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn inquiry_list(connection: &mut Connection, case: CaseId) -> Answer<Vec<Inquiry>> {
    let case = case.as_uuid();
    let rows = query_as!(
        InquiryRow,
        r#"select
            id as "id: Uuid", case_id as "case_id: Uuid", organisation_id as "organisation_id: Uuid", addressee, contact, question,
            asked_by as "asked_by: Uuid", asked_at, due_at, reminded_at, reminders, state, answer, answer_sha256,
            answered_by as "answered_by: Uuid", answered_at
        from inquiries
        where case_id = $1
        order by asked_at, id"#,
        case,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn inquiry_list_to(
    connection: &mut Connection,
    organisation: OrganisationId,
    limit: u32,
) -> Answer<Vec<Inquiry>> {
    let organisation = organisation.as_uuid();
    let limit = i64::from(limit);
    let rows = query_as!(
        InquiryRow,
        r#"select
            id as "id: Uuid", case_id as "case_id: Uuid", organisation_id as "organisation_id: Uuid", addressee, contact, question,
            asked_by as "asked_by: Uuid", asked_at, due_at, reminded_at, reminders, state, answer, answer_sha256,
            answered_by as "answered_by: Uuid", answered_at
        from inquiries
        where organisation_id = $1
        order by asked_at desc, id desc
        limit $2"#,
        organisation,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn inquiry_list_of(
    connection: &mut Connection,
    root: Option<OrganisationId>,
    state: InquiryState,
    limit: u32,
) -> Answer<Vec<Inquiry>> {
    let root = root.map(OrganisationId::as_uuid);
    let state = state.code();
    let limit = i64::from(limit);
    let rows = query_as!(
        InquiryRow,
        r#"with recursive branch (id) as (
            select organisations.id
            from organisations
            where organisations.id = $1
                or $1 is null
            union
            select organisations.id
            from organisations
            join branch on branch.id = organisations.parent_id
        )
        select
            inquiries.id as "id: Uuid", inquiries.case_id as "case_id: Uuid", inquiries.organisation_id as "organisation_id: Uuid",
            inquiries.addressee, inquiries.contact, inquiries.question, inquiries.asked_by as "asked_by: Uuid", inquiries.asked_at,
            inquiries.due_at, inquiries.reminded_at, inquiries.reminders, inquiries.state, inquiries.answer, inquiries.answer_sha256,
            inquiries.answered_by as "answered_by: Uuid", inquiries.answered_at
        from inquiries
        join cases on cases.id = inquiries.case_id
        where cases.organisation_id in (select branch.id from branch)
            and inquiries.state = $2
        order by inquiries.due_at, inquiries.id
        limit $3"#,
        root,
        state,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

async fn inquiry_must_exist(connection: &mut Connection, id: InquiryId) -> Answer<Inquiry> {
    Ok(inquiry_get(connection, id).await?.ok_or(StoreError::Missing { what: "question" })?)
}

async fn inquiry_must_be_open(
    connection: &mut Connection,
    id: InquiryId,
    action: &'static str,
) -> Answer<Inquiry> {
    let inquiry = inquiry_must_exist(connection, id).await?;
    if inquiry.state == InquiryState::Open {
        return Ok(inquiry);
    }
    Err(StoreError::WrongState { action, state: inquiry.state.code().to_owned() }.into())
}

/// Tells the receivers of the agency of a question.
async fn tell_agency(
    connection: &mut Connection,
    inquiry: &Inquiry,
    announcement: &Announcement,
    ids: &dyn IdSource,
) -> Answer<()> {
    let Some(organisation) = inquiry.organisation else { return Ok(()) };
    let receivers = receiver_list(connection, Some(organisation)).await?;
    let data = json!({
        "inquiry": inquiry.id, "case": inquiry.case, "question": inquiry.question, "asked_at": inquiry.asked_at,
        "due_at": inquiry.due_at, "reminders": inquiry.reminders,
    });
    tell(connection, receivers, &data, announcement, ids).await?;
    post(connection, [organisation], &data, announcement, ids).await
}

pub(super) async fn inquiry_create(
    connection: &mut Connection,
    inquiry: &NewInquiry,
    ids: &dyn IdSource,
) -> Answer<Inquiry> {
    case_must_exist(connection, inquiry.case).await?;
    user_must_exist(connection, inquiry.actor).await?;
    if let Some(organisation) = inquiry.organisation
        && organisation_get(connection, organisation).await?.is_none()
    {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    let id = inquiry.id.as_uuid();
    let case = inquiry.case.as_uuid();
    let organisation = inquiry.organisation.map(OrganisationId::as_uuid);
    let addressee = text(&inquiry.addressee);
    let contact = inquiry.contact.as_deref().map(text);
    let question = text(&inquiry.question);
    let secret = inquiry.secret_sha256.as_bytes().as_slice();
    let asked_by = inquiry.actor.as_uuid();
    let asked_at = micros(inquiry.at);
    let due_at = micros(inquiry.due_at);
    query!(
        "insert into inquiries (
            id, case_id, organisation_id, addressee, contact, question, secret_sha256, asked_by, asked_at, due_at, reminders, state
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0, 'open')",
        id,
        case,
        organisation,
        addressee,
        contact,
        question,
        secret,
        asked_by,
        asked_at,
        due_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Inquiry, id),
        kind: "inquiry_asked",
        actor: Some(inquiry.actor),
        reason: None,
        at: inquiry.at,
        // How the agency is reached stays out of the history.
        payload: json!({
            "case": inquiry.case, "organisation": inquiry.organisation, "addressee": addressee, "question": question,
            "due_at": inquiry.due_at,
        }),
    };
    append(connection, entry).await?;
    let asked = inquiry_must_exist(connection, inquiry.id).await?;
    let announcement = Announcement {
        event_type: "inquiry.asked",
        actor: Some(inquiry.actor),
        at: inquiry.at,
        max_attempts: inquiry.max_attempts,
        more: json!({}),
    };
    tell_agency(connection, &asked, &announcement, ids).await?;
    Ok(asked)
}

pub(super) async fn inquiry_answer(
    connection: &mut Connection,
    answering: &InquiryAnswering,
) -> Answer<Inquiry> {
    let inquiry = inquiry_must_be_open(connection, answering.inquiry, ANSWER).await?;
    if let Some(actor) = answering.actor {
        user_must_exist(connection, actor).await?;
    }
    evidence_put(connection, answering.evidence_sha256, &answering.evidence, answering.at).await?;
    let id = answering.inquiry.as_uuid();
    let answer = canonical("answer of an agency", &answering.answer)?;
    let sha256 = answering.evidence_sha256.as_bytes().as_slice();
    let answered_by = answering.actor.map(UserId::as_uuid);
    let answered_at = micros(answering.at);
    query!(
        "update inquiries
        set state = 'answered', answer = $2, answer_sha256 = $3, answered_by = $4, answered_at = $5
        where id = $1",
        id,
        answer,
        sha256,
        answered_by,
        answered_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Inquiry, id),
        kind: "inquiry_answered",
        actor: answering.actor,
        reason: None,
        at: answering.at,
        payload: json!({
            "case": inquiry.case, "outcome": answering.answer.outcome, "answer_sha256": answering.evidence_sha256,
        }),
    };
    append(connection, entry).await?;
    inquiry_must_exist(connection, answering.inquiry).await
}

pub(super) async fn inquiry_withdraw(
    connection: &mut Connection,
    id: InquiryId,
    actor: UserId,
    at: Timestamp,
) -> Answer<Inquiry> {
    let inquiry = inquiry_must_be_open(connection, id, WITHDRAW).await?;
    let key = id.as_uuid();
    query!("update inquiries set state = 'withdrawn' where id = $1", key).execute(&mut *connection).await?;
    let entry = Entry {
        subject: (SubjectKind::Inquiry, key),
        kind: "inquiry_withdrawn",
        actor: Some(actor),
        reason: None,
        at,
        payload: json!({ "case": inquiry.case }),
    };
    append(connection, entry).await?;
    inquiry_must_exist(connection, id).await
}

pub(super) async fn inquiry_remind(
    connection: &mut Connection,
    now: Timestamp,
    before: Timestamp,
    max_attempts: u32,
    ids: &dyn IdSource,
) -> Answer<Vec<Inquiry>> {
    let reminded_at = micros(now);
    let before = micros(before);
    let limit = REMINDERS;
    let rows = query_as!(
        InquiryRow,
        r#"select
            id as "id: Uuid", case_id as "case_id: Uuid", organisation_id as "organisation_id: Uuid", addressee, contact, question,
            asked_by as "asked_by: Uuid", asked_at, due_at, reminded_at, reminders, state, answer, answer_sha256,
            answered_by as "answered_by: Uuid", answered_at
        from inquiries
        where state = 'open'
            and due_at <= $1
            and coalesce(reminded_at, 0) <= $2
        order by due_at, id
        limit $3"#,
        reminded_at,
        before,
        limit,
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut reminded = Vec::new();
    for inquiry in all::<_, Inquiry>(rows)? {
        let id = inquiry.id.as_uuid();
        query!(
            "update inquiries set reminded_at = $2, reminders = reminders + 1 where id = $1",
            id,
            reminded_at
        )
        .execute(&mut *connection)
        .await?;
        let entry = Entry {
            subject: (SubjectKind::Inquiry, id),
            kind: "inquiry_reminded",
            actor: None,
            reason: None,
            at: now,
            payload: json!({ "case": inquiry.case }),
        };
        append(connection, entry).await?;
        let inquiry = inquiry_must_exist(connection, inquiry.id).await?;
        let announcement = Announcement {
            event_type: "inquiry.reminded",
            actor: None,
            at: now,
            max_attempts,
            more: json!({}),
        };
        tell_agency(connection, &inquiry, &announcement, ids).await?;
        reminded.push(inquiry);
    }
    Ok(reminded)
}
