//! Notes of the desk on cases.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{CaseId, NoteId, UserId};
use podlinnik_domain::note::CaseNote;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::NewNote;
use podlinnik_storage::row::{NoteRow, all};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::decisions::case_must_exist;
use super::events::{Entry, append};
use super::people::user_must_exist;
use super::{Answer, micros, text};
use crate::engine::Connection;

const WITHDRAW: &str = "withdraw the note";

pub(super) async fn note_create(connection: &mut Connection, note: &NewNote) -> Answer<CaseNote> {
    case_must_exist(connection, note.case).await?;
    user_must_exist(connection, note.author).await?;
    let id = note.id.as_uuid();
    let case = note.case.as_uuid();
    let author = note.author.as_uuid();
    let words = text(&note.text);
    let written_at = micros(note.at);
    query!(
        "insert into case_notes (id, case_id, author_id, text, written_at)
        values ($1, $2, $3, $4, $5)",
        id,
        case,
        author,
        words,
        written_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Note, id),
        kind: "note_added",
        actor: Some(note.author),
        reason: None,
        at: note.at,
        payload: json!({ "case": note.case }),
    };
    append(connection, entry).await?;
    note_must_exist(connection, note.id).await
}

async fn note_must_exist(connection: &mut Connection, id: NoteId) -> Answer<CaseNote> {
    Ok(note_get(connection, id).await?.ok_or(StoreError::Missing { what: "note" })?)
}

pub(super) async fn note_get(connection: &mut Connection, id: NoteId) -> Answer<Option<CaseNote>> {
    let id = id.as_uuid();
    let row = query_as!(
        NoteRow,
        r#"select
            case_notes.id as "id: Uuid", case_notes.case_id as "case_id: Uuid", case_notes.author_id as "author_id: Uuid",
            users.display_name as author_name, case_notes.text, case_notes.written_at, case_notes.withdrawn_at,
            case_notes.withdrawn_reason
        from case_notes
        join users on users.id = case_notes.author_id
        where case_notes.id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn note_list(connection: &mut Connection, case: CaseId) -> Answer<Vec<CaseNote>> {
    let case = case.as_uuid();
    let rows = query_as!(
        NoteRow,
        r#"select
            case_notes.id as "id: Uuid", case_notes.case_id as "case_id: Uuid", case_notes.author_id as "author_id: Uuid",
            users.display_name as author_name, case_notes.text, case_notes.written_at, case_notes.withdrawn_at,
            case_notes.withdrawn_reason
        from case_notes
        join users on users.id = case_notes.author_id
        where case_notes.case_id = $1
        order by case_notes.written_at, case_notes.id"#,
        case,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn note_withdraw(
    connection: &mut Connection,
    id: NoteId,
    author: UserId,
    reason: &str,
    at: Timestamp,
) -> Answer<CaseNote> {
    let note = note_must_exist(connection, id).await?;
    if note.author != author {
        return Err(StoreError::Missing { what: "note" }.into());
    }
    if note.withdrawal.is_some() {
        return Err(StoreError::WrongState { action: WITHDRAW, state: "withdrawn".to_owned() }.into());
    }
    let key = id.as_uuid();
    let why = text(reason);
    let withdrawn_at = micros(at);
    query!(
        "update case_notes
        set withdrawn_at = $2, withdrawn_reason = $3
        where id = $1",
        key,
        withdrawn_at,
        why,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Note, key),
        kind: "note_withdrawn",
        actor: Some(author),
        reason: Some(reason),
        at,
        payload: json!({ "case": note.case }),
    };
    append(connection, entry).await?;
    note_must_exist(connection, id).await
}
