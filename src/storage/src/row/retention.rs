//! Rows of what can be removed.

use uuid::Uuid;

use super::{digest, number, time};
use crate::StoreError;
use crate::record::Removable;

/// A preview with its case.
#[derive(Debug)]
pub struct RemovableRow {
    pub case_id: Uuid,
    pub changed_at: i64,
    pub analysis_id: Uuid,
    pub name: String,
    pub sha256: Vec<u8>,
    pub size_bytes: i64,
}

impl TryFrom<RemovableRow> for Removable {
    type Error = StoreError;

    fn try_from(row: RemovableRow) -> Result<Self, StoreError> {
        Ok(Self {
            case: row.case_id.into(),
            changed_at: time("change of the case", row.changed_at)?,
            analysis: row.analysis_id.into(),
            name: row.name,
            sha256: digest("derivative digest", &row.sha256)?,
            size_bytes: number("derivative size", row.size_bytes)?,
        })
    }
}
