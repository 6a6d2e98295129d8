//! Rows as both engines hand them over, and how they become records: a value that cannot be read is `StoreError::Corrupt`, never a panic.
//!
//! Integers are 64 bits, times are microseconds since the epoch, JSON is the text that was hashed.

use std::fmt::Display;
use std::str::FromStr;

use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::people::{Organisation, User};
use podlinnik_domain::submission::{Circumstances, Submission};
use podlinnik_domain::verdict::Verdict;
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::error::StoreError;
use crate::record::{
    AnalysisRecord, ClaimedJob, Delivery, JobCount, JobRecord, Lease, MediaRecord, Page, Position,
    TokenRecord, Webhook,
};

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

/// A row of `organisations`.
#[derive(Debug)]
pub struct OrganisationRow {
    pub id: Uuid,
    pub code: String,
    pub level: String,
    pub name_ru: String,
    pub name_en: String,
    pub parent_id: Option<Uuid>,
}

impl TryFrom<OrganisationRow> for Organisation {
    type Error = StoreError;

    fn try_from(row: OrganisationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            code: row.code,
            level: code("organisation level", &row.level)?,
            name_ru: row.name_ru,
            name_en: row.name_en,
            parent: row.parent_id.map(Into::into),
        })
    }
}

/// A row of `users`.
#[derive(Debug)]
pub struct UserRow {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub login: String,
    pub display_name: String,
    pub roles: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            login: row.login,
            display_name: row.display_name,
            roles: json("roles", &row.roles)?,
            created_at: time("user creation time", row.created_at)?,
            disabled_at: row.disabled_at.map(|at| time("user closing time", at)).transpose()?,
        })
    }
}

/// A row of `tokens` with its user.
#[derive(Debug)]
pub struct TokenRow {
    pub token_id: Uuid,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub login: String,
    pub display_name: String,
    pub roles: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl TryFrom<TokenRow> for TokenRecord {
    type Error = StoreError;

    fn try_from(row: TokenRow) -> Result<Self, StoreError> {
        let user = UserRow {
            id: row.id,
            organisation_id: row.organisation_id,
            login: row.login,
            display_name: row.display_name,
            roles: row.roles,
            created_at: row.created_at,
            disabled_at: row.disabled_at,
        };
        Ok(Self {
            id: row.token_id.into(),
            user: user.try_into()?,
            expires_at: row.expires_at.map(|at| time("token expiry", at)).transpose()?,
            revoked_at: row.revoked_at.map(|at| time("token withdrawal", at)).transpose()?,
        })
    }
}

/// A row of `media`.
#[derive(Debug)]
pub struct MediaRow {
    pub sha256: Vec<u8>,
    pub blake3: Vec<u8>,
    pub size_bytes: i64,
    pub first_seen_at: i64,
}

impl TryFrom<MediaRow> for MediaRecord {
    type Error = StoreError;

    fn try_from(row: MediaRow) -> Result<Self, StoreError> {
        Ok(Self {
            sha256: digest("media digest", &row.sha256)?,
            blake3: digest("media digest", &row.blake3)?,
            size_bytes: number("media size", row.size_bytes)?,
            first_seen_at: time("time of first sight", row.first_seen_at)?,
        })
    }
}

/// A row of `submissions` with the latest analysis of its case.
#[derive(Debug)]
pub struct SubmissionRow {
    pub id: Uuid,
    pub submitter_id: Uuid,
    pub organisation_id: Uuid,
    pub media_sha256: Vec<u8>,
    pub file_name: Option<String>,
    pub source_url: Option<String>,
    pub network: Option<String>,
    pub region: Option<String>,
    pub note: Option<String>,
    pub state: String,
    pub rejection: Option<String>,
    pub case_id: Uuid,
    pub analysis_id: Uuid,
    pub received_at: i64,
}

impl TryFrom<SubmissionRow> for Submission {
    type Error = StoreError;

    fn try_from(row: SubmissionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            submitter: row.submitter_id.into(),
            organisation: row.organisation_id.into(),
            media_sha256: digest("media digest", &row.media_sha256)?,
            circumstances: Circumstances {
                file_name: row.file_name,
                source_url: row.source_url,
                network: row.network,
                region: row.region,
                note: row.note,
            },
            state: code("submission state", &row.state)?,
            rejection: row.rejection.as_deref().map(|text| code("rejection", text)).transpose()?,
            case: row.case_id.into(),
            analysis: row.analysis_id.into(),
            received_at: time("time of receipt", row.received_at)?,
        })
    }
}

/// A row of `analyses`.
#[derive(Debug)]
pub struct AnalysisRow {
    pub id: Uuid,
    pub media_sha256: Vec<u8>,
    pub state: String,
    pub progress_permille: i64,
    pub error: Option<String>,
    pub report: Option<String>,
    pub report_sha256: Option<Vec<u8>>,
    pub requested_at: i64,
    pub finished_at: Option<i64>,
}

impl TryFrom<AnalysisRow> for AnalysisRecord {
    type Error = StoreError;

    fn try_from(row: AnalysisRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            media_sha256: digest("media digest", &row.media_sha256)?,
            state: code("analysis state", &row.state)?,
            progress_permille: number("progress", row.progress_permille)?,
            error: row.error.as_deref().map(|text| code("analysis error", text)).transpose()?,
            report: row.report.as_deref().map(|text| json("report", text)).transpose()?,
            report_sha256: row
                .report_sha256
                .as_deref()
                .map(|bytes| digest("report digest", bytes))
                .transpose()?,
            requested_at: time("time of request", row.requested_at)?,
            finished_at: row.finished_at.map(|at| time("time of end", at)).transpose()?,
        })
    }
}

/// A row of `derivatives`.
#[derive(Debug)]
pub struct DerivativeRow {
    pub name: String,
    pub kind: String,
    pub media_type: String,
    pub sha256: Vec<u8>,
    pub size_bytes: i64,
    pub at_s: Option<f64>,
    pub track: Option<i64>,
    pub recipe: String,
}

impl TryFrom<DerivativeRow> for Derivative {
    type Error = StoreError;

    fn try_from(row: DerivativeRow) -> Result<Self, StoreError> {
        Ok(Self {
            name: row.name,
            kind: code("derivative kind", &row.kind)?,
            media_type: row.media_type,
            sha256: digest("derivative digest", &row.sha256)?,
            size_bytes: number("derivative size", row.size_bytes)?,
            at_s: row.at_s,
            track: row.track.map(|track| number("face track", track)).transpose()?,
            recipe: row.recipe,
        })
    }
}

/// What a claim reads of `jobs`.
#[derive(Debug)]
pub struct ClaimRow {
    pub id: Uuid,
    pub kind: String,
    pub payload: String,
    pub attempts: i64,
    pub max_attempts: i64,
    pub fencing: i64,
    pub leased_until: i64,
}

impl TryFrom<ClaimRow> for ClaimedJob {
    type Error = StoreError;

    fn try_from(row: ClaimRow) -> Result<Self, StoreError> {
        Ok(Self {
            lease: Lease {
                job: row.id.into(),
                fencing: number("fencing token", row.fencing)?,
                until: time("lease", row.leased_until)?,
            },
            kind: code("job kind", &row.kind)?,
            payload: json("job payload", &row.payload)?,
            attempt: number("attempts", row.attempts)?,
            max_attempts: number("attempts", row.max_attempts)?,
        })
    }
}

/// What an operator sees of `jobs`.
#[derive(Debug)]
pub struct JobRow {
    pub id: Uuid,
    pub kind: String,
    pub payload: String,
    pub state: String,
    pub attempts: i64,
    pub run_at: i64,
    pub last_error: Option<String>,
}

impl TryFrom<JobRow> for JobRecord {
    type Error = StoreError;

    fn try_from(row: JobRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            kind: code("job kind", &row.kind)?,
            payload: json("job payload", &row.payload)?,
            state: code("job state", &row.state)?,
            attempts: number("attempts", row.attempts)?,
            run_at: time("job time", row.run_at)?,
            last_error: row.last_error,
        })
    }
}

/// A count of `jobs`.
#[derive(Debug)]
pub struct JobCountRow {
    pub kind: String,
    pub state: String,
    pub count: i64,
}

impl TryFrom<JobCountRow> for JobCount {
    type Error = StoreError;

    fn try_from(row: JobCountRow) -> Result<Self, StoreError> {
        Ok(Self {
            kind: code("job kind", &row.kind)?,
            state: code("job state", &row.state)?,
            count: number("job count", row.count)?,
        })
    }
}

/// A row of `cases`.
#[derive(Debug)]
pub struct CaseRow {
    pub id: Uuid,
    pub media_sha256: Vec<u8>,
    pub organisation_id: Uuid,
    pub region: Option<String>,
    pub state: String,
    pub analysis_id: Uuid,
    pub first_seen_at: i64,
    pub version: i64,
}

impl TryFrom<CaseRow> for Case {
    type Error = StoreError;

    fn try_from(row: CaseRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            media_sha256: digest("media digest", &row.media_sha256)?,
            organisation: row.organisation_id.into(),
            region: row.region,
            state: code("case state", &row.state)?,
            analysis: row.analysis_id.into(),
            first_seen_at: time("time of first sight", row.first_seen_at)?,
            version: number("case version", row.version)?,
        })
    }
}

/// A row of `verdicts`.
#[derive(Debug)]
pub struct VerdictRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub revision: i64,
    pub proposal: String,
    pub state: String,
    pub author_id: Uuid,
    pub second_analyst_id: Option<Uuid>,
    pub second_kind: Option<String>,
    pub approver_id: Option<Uuid>,
    pub analysis_id: Uuid,
    pub evidence_sha256: Vec<u8>,
    pub proposed_at: i64,
    pub approved_at: Option<i64>,
}

impl TryFrom<VerdictRow> for Verdict {
    type Error = StoreError;

    fn try_from(row: VerdictRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            revision: number("revision", row.revision)?,
            proposal: json("proposal", &row.proposal)?,
            state: code("verdict state", &row.state)?,
            author: row.author_id.into(),
            second_analyst: row.second_analyst_id.map(Into::into),
            second_kind: row.second_kind.as_deref().map(|text| code("verdict kind", text)).transpose()?,
            approver: row.approver_id.map(Into::into),
            analysis: row.analysis_id.into(),
            evidence_sha256: digest("evidence digest", &row.evidence_sha256)?,
            proposed_at: time("time of proposal", row.proposed_at)?,
            approved_at: row.approved_at.map(|at| time("time of approval", at)).transpose()?,
        })
    }
}

/// A row of `notices` with the number of its verdict revision.
#[derive(Debug)]
pub struct NoticeRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub verdict_id: Uuid,
    pub verdict_revision: i64,
    pub organisation_id: Uuid,
    pub region: Option<String>,
    pub version: i64,
    pub text: String,
    pub state: String,
    pub author_id: Uuid,
    pub approver_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
    pub published_at: Option<i64>,
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;

    fn try_from(row: NoticeRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            verdict: row.verdict_id.into(),
            verdict_revision: number("revision", row.verdict_revision)?,
            organisation: row.organisation_id.into(),
            region: row.region,
            version: number("notice version", row.version)?,
            text: json("notice text", &row.text)?,
            state: code("notice state", &row.state)?,
            author: row.author_id.into(),
            approver: row.approver_id.map(Into::into),
            created_at: time("time of draft", row.created_at)?,
            updated_at: time("time of change", row.updated_at)?,
            published_at: row.published_at.map(|at| time("time of publication", at)).transpose()?,
        })
    }
}

/// A row of `webhooks`.
pub struct WebhookRow {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub url: String,
    pub secret: Vec<u8>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for WebhookRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WebhookRow")
            .field("id", &self.id)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = StoreError;

    fn try_from(row: WebhookRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            url: row.url,
            secret: row.secret,
            created_at: time("time of registration", row.created_at)?,
            disabled_at: row.disabled_at.map(|at| time("time of switching off", at)).transpose()?,
        })
    }
}

/// A row of `deliveries` with its receiver.
pub struct DeliveryRow {
    pub id: Uuid,
    pub event_type: String,
    pub data: String,
    pub state: String,
    pub attempts: i64,
    pub last_result: Option<String>,
    pub created_at: i64,
    pub webhook_id: Uuid,
    pub organisation_id: Uuid,
    pub url: String,
    pub secret: Vec<u8>,
    pub registered_at: i64,
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for DeliveryRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DeliveryRow").field("id", &self.id).finish_non_exhaustive()
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let webhook = WebhookRow {
            id: row.webhook_id,
            organisation_id: row.organisation_id,
            url: row.url,
            secret: row.secret,
            created_at: row.registered_at,
            disabled_at: row.disabled_at,
        };
        Ok(Self {
            id: row.id.into(),
            webhook: webhook.try_into()?,
            event_type: row.event_type,
            data: json("delivery data", &row.data)?,
            state: code("delivery state", &row.state)?,
            attempts: number("attempts", row.attempts)?,
            last_result: row.last_result,
            created_at: time("time of delivery", row.created_at)?,
        })
    }
}

/// A row of `events`.
#[derive(Debug)]
pub struct EventRow {
    pub sequence: i64,
    pub subject_kind: String,
    pub subject_id: String,
    pub kind: String,
    pub actor_id: Option<Uuid>,
    pub reason: Option<String>,
    pub occurred_at: i64,
    pub payload: String,
    pub previous_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        Ok(Self {
            sequence: number("event sequence", row.sequence)?,
            subject_kind: code("event subject", &row.subject_kind)?,
            subject_id: row.subject_id,
            kind: row.kind,
            actor: row.actor_id.map(Into::into),
            reason: row.reason,
            at: time("event time", row.occurred_at)?,
            payload: json("event payload", &row.payload)?,
            previous_hash: digest::<Sha256>("event hash", &row.previous_hash)?,
            hash: digest::<Sha256>("event hash", &row.hash)?,
        })
    }
}
