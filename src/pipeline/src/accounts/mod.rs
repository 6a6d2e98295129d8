//! How people and programs prove who they are. A person signs in with a password and, if they set one up, a second factor; a program with a key.
//! Nobody learns from an answer whether a login exists.
//!
//! - `password`: Argon2id, off the asynchronous threads; what a password has to be like
//! - `attempts`: waiting after failures; `rates`: how often a key opens the door in a minute
//! - `totp`: codes of a second factor (RFC 6238), recovery codes, the picture that a telephone reads
//! - `sign_in`, `sessions`, `links`, `second_factor`, `keys`: the use cases

mod attempts;
mod keys;
mod links;
mod password;
mod rates;
mod second_factor;
mod sessions;
mod sign_in;
mod totp;

use std::fmt;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{SessionId, UserId};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_storage::StoreError;

use crate::error::ServiceError;
use attempts::Strangers;
use password::Hasher;
use rates::Rates;

/// What signing in led to.
#[derive(Debug)]
pub enum SignIn {
    /// A session has begun.
    Done(NewSession),
    /// The password is right; a code of the second factor is missing.
    CodeNeeded,
}

/// A session and its secret, which is shown once and stored only as a hash.
#[derive(Clone)]
pub struct NewSession {
    /// `pls_` and 43 characters of base64url (256 bits).
    pub secret: String,
    /// Identifier.
    pub session: SessionId,
    /// When it ends at the latest; without use it ends after twelve hours.
    pub expires_at: Timestamp,
}

impl fmt::Debug for NewSession {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("NewSession")
            .field("session", &self.session)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Who a session's secret belongs to.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The person, proven by the session.
    pub actor: Actor,
    /// The session.
    pub session: SessionId,
    /// Whether the account has a second factor.
    pub has_second_factor: bool,
}

/// A link that works once, and its secret, which is shown once and stored only as a hash.
#[derive(Clone)]
pub struct SignInLink {
    /// `pll_` and 43 characters of base64url (256 bits).
    pub secret: String,
    /// When it stops working.
    pub expires_at: Timestamp,
    /// Who sets a password with it.
    pub user: UserId,
}

impl SignInLink {
    /// Where its holder goes; `public_url` is without a trailing slash.
    pub fn address(&self, public_url: &str) -> String {
        format!("{public_url}/link/{}", self.secret)
    }
}

impl fmt::Debug for SignInLink {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("SignInLink")
            .field("user", &self.user)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// A second factor that waits for its confirmation.
#[derive(Clone)]
pub struct SecondFactorSetup {
    /// The secret in base32 (32 characters), for typing in.
    pub secret_base32: String,
    /// The same as an `otpauth://` address.
    pub uri: String,
    /// The address as a picture: an `<svg>` element without scripts and styles, as wide as what it is put in.
    pub qr_svg: String,
}

impl fmt::Debug for SecondFactorSetup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SecondFactorSetup").finish_non_exhaustive()
    }
}

/// A key to issue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyWish {
    /// What it is for.
    pub label: String,
    /// Days until it expires; none is never.
    pub days: Option<u32>,
    /// Roles of the owner that it may use; none is all of them, also those that come later.
    pub scopes: Option<Vec<Role>>,
    /// Most requests in a minute; none is as many as they like.
    pub rate_per_minute: Option<u32>,
    /// Most submissions of its owner in 24 hours; none is as many as they like.
    pub quota_per_day: Option<u32>,
}

/// What is to change about a user; what is none stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// Name as shown.
    pub display_name: Option<String>,
    /// The whole of their roles.
    pub roles: Option<Vec<Role>>,
    /// Closed or open again.
    pub disabled: Option<bool>,
}

/// What stands at the door of this process.
#[derive(Debug, Default)]
pub(crate) struct Gate {
    hasher: Hasher,
    strangers: Strangers,
    rates: Rates,
}

/// Whole seconds from `now` until `then`, rounded up, at least one.
fn seconds_until(now: Timestamp, then: Timestamp) -> u32 {
    let left = then.duration_since(now);
    let whole = left.as_secs() + i64::from(left.subsec_nanos() > 0);
    u32::try_from(whole.max(1)).unwrap_or(u32::MAX)
}

/// A quota that was used up meanwhile, as the caller is told.
pub(crate) fn quota_error(error: StoreError, now: Timestamp) -> ServiceError {
    match error {
        StoreError::QuotaUsedUp { until } => ServiceError::RateLimited { seconds: seconds_until(now, until) },
        other => other.into(),
    }
}
