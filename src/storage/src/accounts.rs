use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{SessionId, TokenId, UserId};
use podlinnik_domain::people::User;

use crate::error::StoreError;
use crate::record::{
    CredentialsRecord, KeyRecord, LinkRecord, LinkUse, NewLink, NewPassword, NewSessionRecord, NewToken,
    SecondProof, SessionHolder, SessionRecord, TokenRecord, UserUpdate,
};

/// How people and programs prove who they are: passwords, second factors, sessions, links that work once, keys; a part of
/// [`Store`](crate::Store). Secrets come in as hashes only, except that of a second factor, which has to be computed with.
#[async_trait]
pub trait AccountStore: std::fmt::Debug + Send + Sync {
    // --- users --------------------------------------------------------------------------------------------------------------------

    /// Changes a user; closing the account ends its sessions and withdraws its link. `LastAdministrator` if an actor would leave the
    /// installation without an `org_admin` whose account is open. Repeating it changes nothing.
    async fn user_update(&self, update: &UserUpdate) -> Result<User, StoreError>;

    // --- passwords ----------------------------------------------------------------------------------------------------------------

    /// The credentials of a user; none if there never were any.
    async fn credentials_get(&self, user: UserId) -> Result<Option<CredentialsRecord>, StoreError>;
    /// Counts a failure in advance, if no other was counted since `seen` were; answers whether it did. Success takes it back.
    async fn credentials_count(&self, user: UserId, seen: u32, at: Timestamp) -> Result<bool, StoreError>;
    /// Puts the count of failures to what it was before [`credentials_count`](Self::credentials_count), if no other was counted meanwhile.
    async fn credentials_uncount(
        &self,
        user: UserId,
        seen: u32,
        failed_at: Option<Timestamp>,
    ) -> Result<(), StoreError>;
    /// Sets a password, forgets failures and ends every session but one. `Missing` if there is no such user.
    async fn password_set(&self, password: &NewPassword) -> Result<(), StoreError>;

    // --- second factors -----------------------------------------------------------------------------------------------------------

    /// Keeps the secret of a second factor that is yet to be confirmed; another one before it is forgotten. `WrongState` if one is in force
    /// or there is no password.
    async fn second_factor_begin(&self, user: UserId, secret: &[u8]) -> Result<(), StoreError>;
    /// Puts the second factor in force that [`second_factor_begin`](Self::second_factor_begin) kept, with the step of the code that confirmed
    /// it; the recovery codes take the place of earlier ones. `WrongState` if none waits.
    async fn second_factor_confirm(
        &self,
        user: UserId,
        secret: &[u8],
        step: i64,
        recovery_codes: &[Sha256],
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Takes the second factor away, with its recovery codes. Repeating it changes nothing.
    async fn second_factor_remove(
        &self,
        user: UserId,
        actor: Option<UserId>,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// How many recovery codes are left.
    async fn recovery_codes_left(&self, user: UserId) -> Result<u64, StoreError>;

    // --- sessions -----------------------------------------------------------------------------------------------------------------

    /// Begins a session and forgets failures; what was shown beside the password counts as used. `Stale` if the password was set anew since
    /// `password_at`, if nothing was shown and a second factor is in force, or for a code of a step that was accepted before or earlier, `Missing` for a recovery code that is unknown or used.
    async fn session_create(
        &self,
        session: &NewSessionRecord,
        password_at: Timestamp,
        proof: Option<SecondProof>,
    ) -> Result<(), StoreError>;
    /// The session whose secret has this hash, ended and expired ones included.
    async fn session_by_secret(&self, secret_sha256: Sha256) -> Result<Option<SessionHolder>, StoreError>;
    /// Notes that a session is in use, if it has not ended.
    async fn session_seen(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError>;
    /// Sessions of a user that have not ended and expire after `now`, newest first.
    async fn session_list(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRecord>, StoreError>;
    /// Ends a session of a user. `Missing` if the user has no such session. Repeating it changes nothing.
    async fn session_end(&self, user: UserId, id: SessionId, at: Timestamp) -> Result<(), StoreError>;
    /// Ends every session of a user but `keep`; answers how many.
    async fn session_end_others(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        at: Timestamp,
    ) -> Result<u64, StoreError>;

    // --- links that work once -----------------------------------------------------------------------------------------------------

    /// Makes a link; a live one of the same user is withdrawn. `WrongState` for a closed account.
    async fn link_create(&self, link: &NewLink) -> Result<(), StoreError>;
    /// The link whose secret has this hash, used, withdrawn and expired ones included.
    async fn link_by_secret(&self, secret_sha256: Sha256) -> Result<Option<LinkRecord>, StoreError>;
    /// Uses a link: sets the password, forgets failures, ends all sessions and begins the new one. `Missing` for a link that is unknown,
    /// used, withdrawn or expired, or whose account is closed. `Stale` if a session is to begin and a second factor is in force.
    async fn link_use(&self, link: &LinkUse) -> Result<(), StoreError>;
    /// Whether the latest link of a user was made by the service or the operator and was not used.
    async fn link_is_waiting(&self, user: UserId) -> Result<bool, StoreError>;

    // --- keys ---------------------------------------------------------------------------------------------------------------------

    /// Adds a key. `WrongState` if two keys of its line are live.
    async fn token_create(&self, token: &NewToken) -> Result<(), StoreError>;
    /// The key whose secret has this hash, expired and revoked ones included.
    async fn token_by_secret(&self, secret_sha256: Sha256) -> Result<Option<TokenRecord>, StoreError>;
    /// The key with this identifier.
    async fn token_get(&self, id: TokenId) -> Result<Option<KeyRecord>, StoreError>;
    /// Keys of one user (all if none), newest first.
    async fn token_list(&self, user: Option<UserId>) -> Result<Vec<KeyRecord>, StoreError>;
    /// Notes that a key was used.
    async fn token_used(&self, id: TokenId, at: Timestamp) -> Result<(), StoreError>;
    /// Withdraws a token; repeating it changes nothing.
    async fn token_revoke(&self, id: TokenId, actor: Option<UserId>, at: Timestamp)
    -> Result<(), StoreError>;
    /// Submissions of a user since a moment, and when the first of them came.
    async fn submission_count(
        &self,
        submitter: UserId,
        since: Timestamp,
    ) -> Result<(u64, Option<Timestamp>), StoreError>;
}
