//! Rows of the archive, of signatures, matches and series.

use podlinnik_domain::original::{
    ArchiveItem, Attribution, CopyMatch, RegisterEntry, Series, SeriesMember, Withdrawal,
};
use uuid::Uuid;

use super::{code, corrupt, digest, json, number, time};
use crate::StoreError;
use crate::record::{Lesson, LessonRecord, SeriesGrowth, SignatureRecord};

/// A row of `archive_items`.
#[derive(Debug)]
pub struct ArchiveItemRow {
    pub id: Uuid,
    pub sequence: i64,
    pub sha256: Vec<u8>,
    pub blake3: Vec<u8>,
    pub size_bytes: i64,
    pub path: String,
    pub keeping: String,
    pub modified_at: Option<i64>,
    pub kind: String,
    pub duration_s: Option<f64>,
    pub width: Option<i64>,
    pub height: Option<i64>,
    pub fps: Option<f64>,
    pub title: Option<String>,
    pub source: Option<String>,
    pub recorded: Option<String>,
    pub link: Option<String>,
    pub vouched_by: String,
    pub added_by: Option<Uuid>,
    pub added_at: i64,
    pub withdrawn_sequence: Option<i64>,
    pub withdrawn_at: Option<i64>,
    pub withdrawn_by: Option<Uuid>,
    pub withdrawn_reason: Option<String>,
}

impl TryFrom<ArchiveItemRow> for ArchiveItem {
    type Error = StoreError;

    fn try_from(row: ArchiveItemRow) -> Result<Self, StoreError> {
        let withdrawal = match (row.withdrawn_at, row.withdrawn_sequence, row.withdrawn_reason) {
            (Some(at), Some(sequence), Some(reason)) => Some(Withdrawal {
                at: time("time of withdrawal", at)?,
                reason,
                by: row.withdrawn_by.map(Into::into),
                sequence: number("register sequence", sequence)?,
            }),
            _ => None,
        };
        Ok(Self {
            id: row.id.into(),
            sequence: number("register sequence", row.sequence)?,
            sha256: digest("archive digest", &row.sha256)?,
            blake3: digest("archive digest", &row.blake3)?,
            size_bytes: number("archive size", row.size_bytes)?,
            path: row.path,
            keeping: code("keeping", &row.keeping)?,
            modified_at: row.modified_at.map(|at| time("time of change", at)).transpose()?,
            kind: code("media kind", &row.kind)?,
            duration_s: row.duration_s,
            width: row.width.map(|width| number("width", width)).transpose()?,
            height: row.height.map(|height| number("height", height)).transpose()?,
            fps: row.fps,
            attribution: Attribution {
                title: row.title,
                source: row.source,
                recorded: row.recorded.as_deref().map(|text| code("recording date", text)).transpose()?,
                link: row.link,
                vouched_by: row.vouched_by,
            },
            added_by: row.added_by.map(Into::into),
            added_at: time("time of addition", row.added_at)?,
            withdrawal,
        })
    }
}

/// A row of `archive_register`.
#[derive(Debug)]
pub struct RegisterRow {
    pub sequence: i64,
    pub action: String,
    pub item_id: Uuid,
    pub record: String,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
    pub public_key: Vec<u8>,
    pub signature: Vec<u8>,
}

impl TryFrom<RegisterRow> for RegisterEntry {
    type Error = StoreError;

    fn try_from(row: RegisterRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: number("register sequence", row.sequence)?,
            action: code("register action", &row.action)?,
            item: row.item_id.into(),
            record: row.record,
            previous_hash: digest("register hash", &row.previous_hash)?,
            hash: digest("register hash", &row.hash)?,
            public_key: array("register key", &row.public_key)?,
            signature: array("register signature", &row.signature)?,
        })
    }
}

fn array<const LENGTH: usize>(what: &'static str, bytes: &[u8]) -> Result<[u8; LENGTH], StoreError> {
    bytes.try_into().map_err(|error| corrupt(what, error))
}

/// A signature with its number.
#[derive(Debug)]
pub struct SignatureRow {
    pub sequence: i64,
    pub sha256: Vec<u8>,
    pub signature: Vec<u8>,
}

impl TryFrom<SignatureRow> for SignatureRecord {
    type Error = StoreError;

    fn try_from(row: SignatureRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: number("signature sequence", row.sequence)?,
            sha256: digest("signature subject", &row.sha256)?,
            bytes: row.signature,
        })
    }
}

/// A row of `copy_matches`.
#[derive(Debug)]
pub struct CopyMatchRow {
    pub id: Uuid,
    pub suspect_sha256: Vec<u8>,
    pub matched_sha256: Vec<u8>,
    pub kind: String,
    pub spans: String,
    pub distance: f64,
    pub evidence: String,
    pub state: String,
    pub version: i64,
    pub found_at: i64,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<i64>,
    pub reason: Option<String>,
}

impl TryFrom<CopyMatchRow> for CopyMatch {
    type Error = StoreError;

    fn try_from(row: CopyMatchRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            suspect: digest("suspect digest", &row.suspect_sha256)?,
            matched: digest("matched digest", &row.matched_sha256)?,
            kind: code("match kind", &row.kind)?,
            spans: json("match spans", &row.spans)?,
            distance: row.distance,
            evidence: json("match evidence", &row.evidence)?,
            state: code("match state", &row.state)?,
            version: number("match version", row.version)?,
            found_at: time("time of match", row.found_at)?,
            decided_by: row.decided_by.map(Into::into),
            decided_at: row.decided_at.map(|at| time("time of decision", at)).transpose()?,
            reason: row.reason,
        })
    }
}

/// A row of `series`.
#[derive(Debug)]
pub struct SeriesRow {
    pub id: Uuid,
    pub founded_at: i64,
    pub merged_into: Option<Uuid>,
    pub merged_at: Option<i64>,
}

impl TryFrom<SeriesRow> for Series {
    type Error = StoreError;

    fn try_from(row: SeriesRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            founded_at: time("time of founding", row.founded_at)?,
            merged_into: row.merged_into.map(Into::into),
            merged_at: row.merged_at.map(|at| time("time of merger", at)).transpose()?,
        })
    }
}

/// A row of `negative_bank` with the pair that it is about.
#[derive(Debug)]
pub struct LessonRow {
    pub sequence: i64,
    pub match_id: Uuid,
    pub suspect_sha256: Vec<u8>,
    pub matched_sha256: Vec<u8>,
    pub suspect_frames: Option<Vec<u8>>,
    pub matched_frames: Option<Vec<u8>>,
}

impl TryFrom<LessonRow> for LessonRecord {
    type Error = StoreError;

    fn try_from(row: LessonRow) -> Result<Self, StoreError> {
        let frames = row.suspect_frames.zip(row.matched_frames);
        Ok(Self {
            sequence: number("lesson sequence", row.sequence)?,
            found: row.match_id.into(),
            pair: [
                digest("suspect digest", &row.suspect_sha256)?,
                digest("matched digest", &row.matched_sha256)?,
            ],
            lesson: frames.map(|(suspect, matched)| Lesson { suspect, matched }),
        })
    }
}

/// A row of `series` with its latest growth.
#[derive(Debug)]
pub struct SeriesGrowthRow {
    pub id: Uuid,
    pub founded_at: i64,
    pub merged_into: Option<Uuid>,
    pub merged_at: Option<i64>,
    pub grown_at: i64,
    pub members: i64,
}

impl TryFrom<SeriesGrowthRow> for SeriesGrowth {
    type Error = StoreError;

    fn try_from(row: SeriesGrowthRow) -> Result<Self, StoreError> {
        let SeriesGrowthRow { id, founded_at, merged_into, merged_at, grown_at, members } = row;
        Ok(Self {
            series: SeriesRow { id, founded_at, merged_into, merged_at }.try_into()?,
            grown_at: time("time of growth", grown_at)?,
            members: number("members of a series", members)?,
        })
    }
}

/// A row of `series_members`.
#[derive(Debug)]
pub struct SeriesMemberRow {
    pub sha256: Vec<u8>,
    pub why: String,
    pub added_at: i64,
    pub added_by: Option<Uuid>,
}

impl TryFrom<SeriesMemberRow> for SeriesMember {
    type Error = StoreError;

    fn try_from(row: SeriesMemberRow) -> Result<Self, StoreError> {
        Ok(Self {
            sha256: digest("member digest", &row.sha256)?,
            why: code("membership reason", &row.why)?,
            added_at: time("time of membership", row.added_at)?,
            added_by: row.added_by.map(Into::into),
        })
    }
}
