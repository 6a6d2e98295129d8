//! What goes in and comes out around passwords, second factors, sessions, links and keys.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{SessionId, TokenId, UserId};
use podlinnik_domain::people::{Role, User};

/// What is to change about a user; what is none stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserUpdate {
    /// Whose account.
    pub user: UserId,
    /// Name as shown.
    pub display_name: Option<String>,
    /// Roles, sorted, without repetition.
    pub roles: Option<Vec<Role>>,
    /// Closed or open again.
    pub disabled: Option<bool>,
    /// Who changes it; none for the operator, who alone may take the last administrator away.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// How a person proves who they are.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct CredentialsRecord {
    /// Argon2id in the PHC string format; none until the person has set a password.
    pub password_phc: Option<String>,
    /// When the password was set.
    pub password_at: Option<Timestamp>,
    /// The 20 bytes of the second factor (RFC 6238).
    pub totp_secret: Option<Vec<u8>>,
    /// When it was confirmed; it counts from then on.
    pub totp_confirmed_at: Option<Timestamp>,
    /// The last time step a code of which was accepted.
    pub totp_step: Option<i64>,
    /// Failures since the last success.
    pub failures: u32,
    /// When the last of them was.
    pub failed_at: Option<Timestamp>,
}

impl CredentialsRecord {
    /// The second factor, if it counts.
    pub fn second_factor(&self) -> Option<&[u8]> {
        self.totp_confirmed_at.and(self.totp_secret.as_deref())
    }
}

impl std::fmt::Debug for CredentialsRecord {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("CredentialsRecord")
            .field("password_at", &self.password_at)
            .field("totp_confirmed_at", &self.totp_confirmed_at)
            .field("totp_step", &self.totp_step)
            .field("failures", &self.failures)
            .field("failed_at", &self.failed_at)
            .finish_non_exhaustive()
    }
}

/// A password to set.
#[derive(Clone, PartialEq, Eq)]
pub struct NewPassword {
    /// Whose.
    pub user: UserId,
    /// Argon2id in the PHC string format.
    pub phc: String,
    /// The session that goes on; all others end.
    pub keep: Option<SessionId>,
    /// When.
    pub at: Timestamp,
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("NewPassword").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What a person showed beside the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecondProof {
    /// The code of this time step.
    Step(i64),
    /// A recovery code with this hash.
    RecoveryCode(Sha256),
}

/// A session to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSessionRecord {
    /// Identifier.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// SHA-256 of the secret.
    pub secret_sha256: Sha256,
    /// What the browser says it is.
    pub agent: String,
    /// When it begins.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// A session as its owner sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionRecord {
    /// Identifier.
    pub id: SessionId,
    /// What the browser says it is.
    pub agent: String,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, give or take a minute.
    pub seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// When it was ended.
    pub ended_at: Option<Timestamp>,
}

/// What a session's hash leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionHolder {
    /// The session.
    pub session: SessionRecord,
    /// Whose it is.
    pub user: User,
    /// Whether the account has a confirmed second factor.
    pub has_second_factor: bool,
}

/// A link that works once, to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLink {
    /// SHA-256 of the secret.
    pub secret_sha256: Sha256,
    /// Who sets a password with it.
    pub user: UserId,
    /// Who made it; none for the operator and the service itself.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Timestamp,
}

/// What a link's hash leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkRecord {
    /// Who sets a password with it.
    pub user: User,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// When it was used.
    pub used_at: Option<Timestamp>,
    /// When another took its place.
    pub withdrawn_at: Option<Timestamp>,
}

/// A link in use: its holder sets a password and, unless a second factor is needed, is signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkUse {
    /// SHA-256 of the link's secret.
    pub secret_sha256: Sha256,
    /// The new password, Argon2id in the PHC string format.
    pub phc: String,
    /// The session that begins; its user is the link's.
    pub session: Option<NewSessionRecord>,
    /// When.
    pub at: Timestamp,
}

impl std::fmt::Debug for LinkUse {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("LinkUse").field("session", &self.session).finish_non_exhaustive()
    }
}

/// A key to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewToken {
    /// Identifier.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// SHA-256 of the secret.
    pub secret_sha256: Sha256,
    /// What it is for.
    pub label: String,
    /// Roles of the owner that it may use; none is all of them.
    pub scopes: Option<Vec<Role>>,
    /// Most requests in a minute; none is as many as they like.
    pub rate_per_minute: Option<u32>,
    /// Most submissions of its owner in 24 hours; none is as many as they like.
    pub quota_per_day: Option<u32>,
    /// The key that it follows, of whose line it is; none begins a line.
    pub follows: Option<TokenId>,
    /// Who issues it; none for the operator.
    pub actor: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
}

/// A key, without its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// Identifier.
    pub id: TokenId,
    /// Whose it is.
    pub user: UserId,
    /// What it is for.
    pub label: String,
    /// Roles of the owner that it may use; none is all of them.
    pub scopes: Option<Vec<Role>>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it stops working.
    pub expires_at: Option<Timestamp>,
    /// When it was withdrawn.
    pub revoked_at: Option<Timestamp>,
    /// Most requests in a minute; none is as many as they like.
    pub rate_per_minute: Option<u32>,
    /// Most submissions of its owner in 24 hours; none is as many as they like.
    pub quota_per_day: Option<u32>,
    /// The first key of the line that it is of.
    pub line: TokenId,
    /// When it last opened the door, give or take five minutes.
    pub used_at: Option<Timestamp>,
}

impl KeyRecord {
    /// Whether it opens the door at `now`, as far as it is up to the key.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|end| end > now)
    }

    /// Whether it may do less than its owner.
    pub const fn is_restricted(&self) -> bool {
        self.scopes.is_some() || self.rate_per_minute.is_some() || self.quota_per_day.is_some()
    }
}

/// What a key's hash leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// The key.
    pub key: KeyRecord,
    /// The user, who may be disabled, with all their roles.
    pub user: User,
}
