//! Uploads that come piece by piece. No event tells of them: what they become is a submission, which has its own.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{SubmissionId, UploadId};
use podlinnik_storage::record::{NewUpload, UploadRecord};
use podlinnik_storage::row::{UploadRow, all};
use podlinnik_storage::{StoreError, UploadStore};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::people::{organisation_get, user_must_exist};
use super::store::{read, repeat, update};
use super::{Answer, canonical, micros, size};
use crate::engine::{Connection, Handle, lock_user};

/// Reads uploads; what comes after `from uploads` is given.
macro_rules! uploads {
    ($rest:tt $(, $argument:expr)*) => {
        query_as!(
            UploadRow,
            r#"select
                id as "id: Uuid", user_id as "user_id: Uuid", organisation_id as "organisation_id: Uuid", length, received,
                circumstances, expires_at, sha256, blake3, submission_id as "submission_id: Uuid"
            from uploads
            "# + $rest
            $(, $argument)*
        )
    };
}

async fn upload_create(connection: &mut Connection, upload: &NewUpload, most: u32) -> Answer<UploadRecord> {
    lock_user(connection, upload.user).await?;
    user_must_exist(connection, upload.user).await?;
    if organisation_get(connection, upload.organisation).await?.is_none() {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    let (id, user, organisation) =
        (upload.id.as_uuid(), upload.user.as_uuid(), upload.organisation.as_uuid());
    let length = size("length of the upload", upload.length)?;
    let circumstances = canonical("circumstances", &upload.circumstances)?;
    let (started_at, expires_at) = (micros(upload.started_at), micros(upload.expires_at));
    let unfinished = query_scalar!(
        r#"select count(*) as "count!: i64"
        from uploads
        where user_id = $1
            and submission_id is null
            and expires_at > $2"#,
        user,
        started_at,
    )
    .fetch_one(&mut *connection)
    .await?;
    if unfinished >= i64::from(most) {
        return Err(StoreError::WrongState { action: "begin an upload", state: "full".to_owned() }.into());
    }
    query!(
        "insert into uploads (id, user_id, organisation_id, length, received, circumstances, started_at, expires_at)
        values ($1, $2, $3, $4, 0, $5, $6, $7)",
        id,
        user,
        organisation,
        length,
        circumstances,
        started_at,
        expires_at,
    )
    .execute(&mut *connection)
    .await?;
    upload_must_exist(connection, upload.id).await
}

async fn upload_get(connection: &mut Connection, id: UploadId) -> Answer<Option<UploadRecord>> {
    let id = id.as_uuid();
    let row = uploads!("where id = $1", id).fetch_optional(connection).await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

async fn upload_must_exist(connection: &mut Connection, id: UploadId) -> Answer<UploadRecord> {
    Ok(upload_get(connection, id).await?.ok_or(StoreError::Missing { what: "upload" })?)
}

async fn upload_advance(connection: &mut Connection, id: UploadId, from: u64, to: u64) -> Answer<()> {
    let key = id.as_uuid();
    let (from, to) = (size("bytes received", from)?, size("bytes received", to)?);
    let moved = query!("update uploads set received = $3 where id = $1 and received = $2", key, from, to)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    if moved == 0 {
        upload_must_exist(connection, id).await?;
        return Err(StoreError::Stale { action: "take the bytes in" }.into());
    }
    Ok(())
}

async fn upload_seal(
    connection: &mut Connection,
    id: UploadId,
    sha256: Sha256,
    blake3: Blake3,
) -> Answer<()> {
    let key = id.as_uuid();
    let sha256 = sha256.as_bytes().as_slice();
    let blake3 = blake3.as_bytes().as_slice();
    query!("update uploads set sha256 = $2, blake3 = $3 where id = $1", key, sha256, blake3)
        .execute(&mut *connection)
        .await?;
    upload_must_exist(connection, id).await?;
    Ok(())
}

async fn upload_finish(connection: &mut Connection, id: UploadId, submission: SubmissionId) -> Answer<()> {
    let key = id.as_uuid();
    let submission = submission.as_uuid();
    query!("update uploads set submission_id = $2 where id = $1", key, submission)
        .execute(&mut *connection)
        .await?;
    upload_must_exist(connection, id).await?;
    Ok(())
}

async fn upload_remove(connection: &mut Connection, id: UploadId) -> Answer<bool> {
    let id = id.as_uuid();
    let removed = query!("delete from uploads where id = $1", id).execute(connection).await?.rows_affected();
    Ok(removed > 0)
}

async fn upload_list_expired(
    connection: &mut Connection,
    now: Timestamp,
    limit: u32,
) -> Answer<Vec<UploadRecord>> {
    let now = micros(now);
    let limit = i64::from(limit);
    let rows = uploads!("where expires_at <= $1 order by expires_at, id limit $2", now, limit)
        .fetch_all(connection)
        .await?;
    Ok(all(rows)?)
}

#[async_trait]
impl UploadStore for Handle {
    async fn upload_create(&self, upload: &NewUpload, most: u32) -> Result<UploadRecord, StoreError> {
        update!(self, connection => upload_create(connection, upload, most))
    }

    async fn upload_get(&self, id: UploadId) -> Result<Option<UploadRecord>, StoreError> {
        read!(self, connection => upload_get(connection, id))
    }

    async fn upload_advance(&self, id: UploadId, from: u64, to: u64) -> Result<(), StoreError> {
        update!(self, connection => upload_advance(connection, id, from, to))
    }

    async fn upload_seal(&self, id: UploadId, sha256: Sha256, blake3: Blake3) -> Result<(), StoreError> {
        update!(self, connection => upload_seal(connection, id, sha256, blake3))
    }

    async fn upload_finish(&self, id: UploadId, submission: SubmissionId) -> Result<(), StoreError> {
        update!(self, connection => upload_finish(connection, id, submission))
    }

    async fn upload_remove(&self, id: UploadId) -> Result<bool, StoreError> {
        update!(self, connection => upload_remove(connection, id))
    }

    async fn upload_list_expired(&self, now: Timestamp, limit: u32) -> Result<Vec<UploadRecord>, StoreError> {
        read!(self, connection => upload_list_expired(connection, now, limit))
    }
}
