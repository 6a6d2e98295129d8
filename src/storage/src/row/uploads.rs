//! Rows of uploads.

use uuid::Uuid;

use super::{digest, json, number, time};
use crate::StoreError;
use crate::record::UploadRecord;

/// A row of `uploads`.
#[derive(Debug)]
pub struct UploadRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub organisation_id: Uuid,
    pub length: i64,
    pub received: i64,
    pub circumstances: String,
    pub expires_at: i64,
    pub sha256: Option<Vec<u8>>,
    pub blake3: Option<Vec<u8>>,
    pub submission_id: Option<Uuid>,
}

impl TryFrom<UploadRow> for UploadRecord {
    type Error = StoreError;

    fn try_from(row: UploadRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            user: row.user_id.into(),
            organisation: row.organisation_id.into(),
            length: number("length of the upload", row.length)?,
            received: number("bytes received", row.received)?,
            circumstances: json("circumstances", &row.circumstances)?,
            expires_at: time("end of the upload", row.expires_at)?,
            digests: match (row.sha256, row.blake3) {
                (Some(sha256), Some(blake3)) => {
                    Some((digest("upload digest", &sha256)?, digest("upload digest", &blake3)?))
                }
                _ => None,
            },
            submission: row.submission_id.map(Into::into),
        })
    }
}
