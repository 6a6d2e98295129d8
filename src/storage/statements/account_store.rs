//! The part of the trait on accounts.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{SessionId, TokenId, UserId};
use podlinnik_domain::people::User;
use podlinnik_storage::record::{
    CredentialsRecord, KeyRecord, LinkRecord, LinkUse, NewLink, NewPassword, NewSessionRecord, NewToken,
    SecondProof, SessionHolder, SessionRecord, TokenRecord, UserUpdate,
};
use podlinnik_storage::{AccountStore, StoreError};

use super::store::{read, record, repeat, update};
use super::{credentials, keys, people, quota, sessions};
use crate::engine::Handle;

#[async_trait]
impl AccountStore for Handle {
    async fn user_update(&self, update: &UserUpdate) -> Result<User, StoreError> {
        record!(self, connection => people::user_update(connection, update))
    }

    async fn credentials_get(&self, user: UserId) -> Result<Option<CredentialsRecord>, StoreError> {
        read!(self, connection => credentials::credentials_get(connection, user))
    }

    async fn credentials_count(&self, user: UserId, seen: u32, at: Timestamp) -> Result<bool, StoreError> {
        update!(self, connection => credentials::credentials_count(connection, user, seen, at))
    }

    async fn credentials_uncount(
        &self,
        user: UserId,
        seen: u32,
        failed_at: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        update!(self, connection => credentials::credentials_uncount(connection, user, seen, failed_at))
    }

    async fn password_set(&self, password: &NewPassword) -> Result<(), StoreError> {
        record!(self, connection => credentials::password_set(connection, password))
    }

    async fn second_factor_begin(&self, user: UserId, secret: &[u8]) -> Result<(), StoreError> {
        update!(self, connection => credentials::second_factor_begin(connection, user, secret))
    }

    async fn second_factor_confirm(
        &self,
        user: UserId,
        secret: &[u8],
        step: i64,
        recovery_codes: &[Sha256],
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => credentials::second_factor_confirm(connection, user, secret, step, recovery_codes, at))
    }

    async fn second_factor_remove(
        &self,
        user: UserId,
        actor: Option<UserId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => credentials::second_factor_remove(connection, user, actor, at))
    }

    async fn recovery_codes_left(&self, user: UserId) -> Result<u64, StoreError> {
        read!(self, connection => credentials::recovery_codes_left(connection, user))
    }

    async fn session_create(
        &self,
        session: &NewSessionRecord,
        password_at: Timestamp,
        proof: Option<SecondProof>,
    ) -> Result<(), StoreError> {
        update!(self, connection => sessions::session_create(connection, session, password_at, proof))
    }

    async fn session_by_secret(&self, secret_sha256: Sha256) -> Result<Option<SessionHolder>, StoreError> {
        read!(self, connection => sessions::session_by_secret(connection, secret_sha256))
    }

    async fn session_seen(&self, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        update!(self, connection => sessions::session_seen(connection, id, at))
    }

    async fn session_list(&self, user: UserId, now: Timestamp) -> Result<Vec<SessionRecord>, StoreError> {
        read!(self, connection => sessions::session_list(connection, user, now))
    }

    async fn session_end(&self, user: UserId, id: SessionId, at: Timestamp) -> Result<(), StoreError> {
        update!(self, connection => sessions::session_end(connection, user, id, at))
    }

    async fn session_end_others(
        &self,
        user: UserId,
        keep: Option<SessionId>,
        at: Timestamp,
    ) -> Result<u64, StoreError> {
        update!(self, connection => sessions::session_end_others(connection, user, keep, at))
    }

    async fn link_create(&self, link: &NewLink) -> Result<(), StoreError> {
        record!(self, connection => sessions::link_create(connection, link))
    }

    async fn link_by_secret(&self, secret_sha256: Sha256) -> Result<Option<LinkRecord>, StoreError> {
        read!(self, connection => sessions::link_by_secret(connection, secret_sha256))
    }

    async fn link_use(&self, link: &LinkUse) -> Result<(), StoreError> {
        record!(self, connection => sessions::link_use(connection, link))
    }

    async fn link_is_waiting(&self, user: UserId) -> Result<bool, StoreError> {
        read!(self, connection => sessions::link_is_waiting(connection, user))
    }

    async fn token_create(&self, token: &NewToken) -> Result<(), StoreError> {
        record!(self, connection => keys::token_create(connection, token))
    }

    async fn token_by_secret(&self, secret_sha256: Sha256) -> Result<Option<TokenRecord>, StoreError> {
        read!(self, connection => keys::token_by_secret(connection, secret_sha256))
    }

    async fn token_get(&self, id: TokenId) -> Result<Option<KeyRecord>, StoreError> {
        read!(self, connection => keys::token_get(connection, id))
    }

    async fn token_list(&self, user: Option<UserId>) -> Result<Vec<KeyRecord>, StoreError> {
        read!(self, connection => keys::token_list(connection, user))
    }

    async fn token_used(&self, id: TokenId, at: Timestamp) -> Result<(), StoreError> {
        update!(self, connection => keys::token_used(connection, id, at))
    }

    async fn token_revoke(
        &self,
        id: TokenId,
        actor: Option<UserId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => keys::token_revoke(connection, id, actor, at))
    }

    async fn submission_count(
        &self,
        submitter: UserId,
        since: Timestamp,
    ) -> Result<(u64, Option<Timestamp>), StoreError> {
        read!(self, connection => quota::submission_count(connection, submitter, since))
    }
}
