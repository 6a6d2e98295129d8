//! Rows as both engines hand them over, and how they become records: a value that cannot be read is `StoreError::Corrupt`, never a panic.
//!
//! Integers are 64 bits, times are microseconds since the epoch, JSON is the text that was hashed.

mod accounts;
mod administration;
mod board;
mod decisions;
mod delivery;
mod desk;
mod events;
mod fetches;
mod jobs;
mod log;
mod notices;
mod originals;
mod people;
mod retention;
mod submissions;
mod uploads;

pub use accounts::{CredentialsRow, KeyRow, LinkRow, SessionRow};
pub use administration::{OldestJobRow, ReceiverStandingRow, VolumeRow};
pub use board::{BoardRow, NoteRow, ViewRow};
pub use decisions::{CaseRow, VerdictRow};
pub use delivery::{DeliveryRow, InboxRow, ReceiverRow};
pub use desk::{AppealRow, CorrectionRow, InquiryRow};
pub use events::EventRow;
pub use fetches::FetchRow;
pub use jobs::{ClaimRow, JobCountRow, JobRow};
pub use log::{LogEntryRow, LogStampRow};
pub use notices::{NoticeEntryRow, NoticeRow, NoticeVerdictRow, NoticeVersionRow, StateCountRow};
pub use originals::{
    ArchiveItemRow, CopyMatchRow, LessonRow, RegisterRow, SeriesGrowthRow, SeriesMemberRow, SeriesRow,
    SignatureRow,
};
pub use people::{OrganisationRow, UserRow};
pub use retention::RemovableRow;
pub use submissions::{AnalysisRow, DerivativeRow, MediaRow, SubmissionRow};
pub use uploads::UploadRow;

use std::fmt::Display;
use std::str::FromStr;

use podlinnik_domain::clock::Timestamp;
use serde::de::DeserializeOwned;

use crate::StoreError;
use crate::record::{Page, Position};

fn corrupt(what: &'static str, detail: impl Display) -> StoreError {
    StoreError::Corrupt { what, detail: detail.to_string() }
}

/// Microseconds as a time.
pub fn time(what: &'static str, microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|error| corrupt(what, error))
}

/// A code as its enum.
pub fn code<T: FromStr<Err: Display>>(what: &'static str, text: &str) -> Result<T, StoreError> {
    text.parse().map_err(|error| corrupt(what, error))
}

/// Bytes as a digest.
pub fn digest<T>(what: &'static str, bytes: &[u8]) -> Result<T, StoreError>
where
    T: for<'bytes> TryFrom<&'bytes [u8], Error: Display>,
{
    T::try_from(bytes).map_err(|error| corrupt(what, error))
}

/// An integer in a narrower type.
pub fn number<T: TryFrom<i64, Error: Display>>(what: &'static str, value: i64) -> Result<T, StoreError> {
    T::try_from(value).map_err(|error| corrupt(what, error))
}

/// JSON text as a value.
pub fn json<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| corrupt(what, error))
}

/// Converts every row.
pub fn all<Row, Record>(rows: Vec<Row>) -> Result<Vec<Record>, StoreError>
where
    Record: TryFrom<Row, Error = StoreError>,
{
    rows.into_iter().map(Record::try_from).collect()
}

/// Makes a page of rows that were read with one more than `limit`.
pub fn page<Row, Record>(
    mut rows: Vec<Row>,
    limit: u32,
    position: impl Fn(&Record) -> Position,
) -> Result<Page<Record>, StoreError>
where
    Record: TryFrom<Row, Error = StoreError>,
{
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = rows.len() > limit;
    rows.truncate(limit);
    let items: Vec<Record> = all(rows)?;
    let next = if more { items.last().map(position) } else { None };
    Ok(Page { items, next })
}
