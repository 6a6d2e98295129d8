//! Rows of passwords, sessions, links and keys.

use podlinnik_domain::people::User;
use uuid::Uuid;

use super::{UserRow, json, number, time};
use crate::StoreError;
use crate::record::{CredentialsRecord, KeyRecord, LinkRecord, SessionHolder, SessionRecord};

/// A row of `credentials`.
pub struct CredentialsRow {
    pub password_phc: Option<String>,
    pub password_at: Option<i64>,
    pub totp_secret: Option<Vec<u8>>,
    pub totp_confirmed_at: Option<i64>,
    pub totp_step: Option<i64>,
    pub failures: i64,
    pub failed_at: Option<i64>,
}

impl std::fmt::Debug for CredentialsRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("CredentialsRow").field("failures", &self.failures).finish_non_exhaustive()
    }
}

impl TryFrom<CredentialsRow> for CredentialsRecord {
    type Error = StoreError;

    fn try_from(row: CredentialsRow) -> Result<Self, StoreError> {
        Ok(Self {
            password_phc: row.password_phc,
            password_at: row.password_at.map(|at| time("time of the password", at)).transpose()?,
            totp_secret: row.totp_secret,
            totp_confirmed_at: row
                .totp_confirmed_at
                .map(|at| time("time of the second factor", at))
                .transpose()?,
            totp_step: row.totp_step,
            failures: number("failures", row.failures)?,
            failed_at: row.failed_at.map(|at| time("time of the last failure", at)).transpose()?,
        })
    }
}

/// A row of `sessions`.
#[derive(Debug)]
pub struct SessionRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub agent: String,
    pub created_at: i64,
    pub seen_at: i64,
    pub expires_at: i64,
    pub ended_at: Option<i64>,
}

impl TryFrom<SessionRow> for SessionRecord {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            agent: row.agent,
            created_at: time("beginning of a session", row.created_at)?,
            seen_at: time("last use of a session", row.seen_at)?,
            expires_at: time("end of a session", row.expires_at)?,
            ended_at: row.ended_at.map(|at| time("end of a session", at)).transpose()?,
        })
    }
}

impl SessionRow {
    /// With its user.
    ///
    /// # Errors
    /// `Corrupt` for a value that cannot be read.
    pub fn held_by(self, user: User, credentials: &CredentialsRecord) -> Result<SessionHolder, StoreError> {
        let has_second_factor = credentials.second_factor().is_some();
        Ok(SessionHolder { session: self.try_into()?, user, has_second_factor })
    }
}

/// A row of `sign_in_links` with its user.
#[derive(Debug)]
pub struct LinkRow {
    pub expires_at: i64,
    pub used_at: Option<i64>,
    pub withdrawn_at: Option<i64>,
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub login: String,
    pub display_name: String,
    pub roles: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl TryFrom<LinkRow> for LinkRecord {
    type Error = StoreError;

    fn try_from(row: LinkRow) -> Result<Self, StoreError> {
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
            user: user.try_into()?,
            expires_at: time("end of a link", row.expires_at)?,
            used_at: row.used_at.map(|at| time("use of a link", at)).transpose()?,
            withdrawn_at: row.withdrawn_at.map(|at| time("withdrawal of a link", at)).transpose()?,
        })
    }
}

/// A row of `tokens`.
#[derive(Debug)]
pub struct KeyRow {
    pub id: Uuid,
    pub user_id: Uuid,
    pub label: String,
    pub scopes: Option<String>,
    pub created_at: i64,
    pub expires_at: Option<i64>,
    pub revoked_at: Option<i64>,
    pub rate_per_minute: Option<i64>,
    pub quota_per_day: Option<i64>,
    pub line_id: Uuid,
    pub used_at: Option<i64>,
}

impl TryFrom<KeyRow> for KeyRecord {
    type Error = StoreError;

    fn try_from(row: KeyRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            user: row.user_id.into(),
            label: row.label,
            scopes: row.scopes.map(|scopes| json("scopes of a key", &scopes)).transpose()?,
            created_at: time("key creation time", row.created_at)?,
            expires_at: row.expires_at.map(|at| time("key expiry", at)).transpose()?,
            revoked_at: row.revoked_at.map(|at| time("key withdrawal", at)).transpose()?,
            rate_per_minute: row.rate_per_minute.map(|rate| number("rate of a key", rate)).transpose()?,
            quota_per_day: row.quota_per_day.map(|quota| number("quota of a key", quota)).transpose()?,
            line: row.line_id.into(),
            used_at: row.used_at.map(|at| time("last use of a key", at)).transpose()?,
        })
    }
}
