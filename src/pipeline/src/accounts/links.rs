//! Links that work once: whoever holds one sets the password of the account. The way in for new people, for those who forgot their password, and
//! for the first administrator of an installation. A link takes the place of a password, never that of a second factor.

use jiff::SignedDuration;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::UserId;
use podlinnik_domain::people::{Actor, OrganisationLevel, Role, User};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{LinkUse, NewLink, NewPassword};

use super::sessions::in_person;
use super::{NewSession, SignInLink, password};
use crate::access::{not_found, require};
use crate::error::ServiceError;
use crate::secret::{self, LINK_PREFIX};
use crate::service::{Answer, Service};

/// How long a link works.
const LIFE: SignedDuration = SignedDuration::from_hours(48);
/// Login of the first administrator.
const FIRST_LOGIN: &str = "admin";
/// What the first administrator may do: nothing about verdicts.
const FIRST_ROLES: &[Role] = &[Role::OrgAdmin, Role::Submitter];

impl Service {
    /// Makes a link for somebody else (org_admin of the branch; `actor: None` is the operator). An earlier one that was not used stops working.
    ///
    /// # Errors
    /// `same_person` for oneself, `forbidden` for an auditor outside the federal centre, `wrong_state` for a closed account.
    pub async fn link_make(&self, actor: Option<&Actor>, user: UserId) -> Answer<SignInLink> {
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin])?;
        }
        let owner = self.store.user_get(user).await?.ok_or_else(not_found)?;
        if let Some(actor) = actor {
            self.require_power_over(actor, &owner).await?;
            if actor.user.id == user {
                return Err(ServiceError::Refused(ErrorCode::SamePerson));
            }
        }
        let link = self.new_link(actor.map(|actor| actor.user.id), user).await?;
        tracing::info!(user = owner.login, "sign-in link made for {}", owner.login);
        Ok(link)
    }

    async fn new_link(&self, created_by: Option<UserId>, user: UserId) -> Answer<SignInLink> {
        let (secret, secret_sha256) = secret::labelled(LINK_PREFIX)?;
        let created_at = self.clock.now();
        let expires_at = created_at.checked_add(LIFE).unwrap_or(Timestamp::MAX);
        self.store.link_create(&NewLink { secret_sha256, user, created_by, created_at, expires_at }).await?;
        Ok(SignInLink { secret, expires_at, user })
    }

    /// Whose a link is. `not_found` for one that is unknown, used, withdrawn or expired.
    pub async fn link_owner(&self, secret: &str) -> Answer<User> {
        let hash = secret::hash_of(LINK_PREFIX, secret).ok_or_else(not_found)?;
        let link = self.store.link_by_secret(hash).await?.ok_or_else(not_found)?;
        let dead = link.used_at.is_some() || link.withdrawn_at.is_some() || link.user.disabled_at.is_some();
        if dead || link.expires_at <= self.clock.now() { Err(not_found()) } else { Ok(link.user) }
    }

    /// Sets the password of a link's owner, ends all their sessions and signs them in.
    ///
    /// # Errors
    /// `not_found` as in [`link_owner`](Self::link_owner), `validation_failed` for a password that is too weak. `second_factor_needed` for an
    /// account with a second factor: the password is set, and its owner signs in with it and a code.
    pub async fn link_use(&self, secret: &str, new_password: &str, agent: &str) -> Answer<NewSession> {
        let owner = self.link_owner(secret).await?;
        password::check("new_password", new_password, &owner.login)?;
        let hash = secret::hash_of(LINK_PREFIX, secret).ok_or_else(not_found)?;
        let credentials = self.store.credentials_get(owner.id).await?.unwrap_or_default();
        let phc = self.gate.hasher.hash(new_password).await?;
        let (begun, record) = self.new_session(owner.id, agent)?;
        let at = self.clock.now();
        let mut needs_code = credentials.second_factor().is_some();
        let session = (!needs_code).then_some(record);
        let using = LinkUse { secret_sha256: hash, phc, session, at };
        match self.store.link_use(&using).await {
            // A second factor was put in force meanwhile.
            Err(StoreError::Stale { .. }) => {
                needs_code = true;
                self.store.link_use(&LinkUse { session: None, ..using }).await?;
            }
            other => other?,
        }
        tracing::info!(user = owner.login, "{} set a password with a link", owner.login);
        if needs_code { Err(ServiceError::Refused(ErrorCode::SecondFactorNeeded)) } else { Ok(begun) }
    }

    /// Sets the actor's own password and ends their other sessions.
    ///
    /// # Errors
    /// `validation_failed` if the old one is wrong (field `password`) or the new one too weak (`new_password`), `rate_limited` after too many
    /// failures.
    pub async fn password_change(&self, actor: &Actor, old: &str, new: &str) -> Answer<()> {
        let session = in_person(actor)?;
        password::check("new_password", new, &actor.user.login)?;
        self.prove_own(actor, old).await?;
        let phc = self.gate.hasher.hash(new).await?;
        let (user, at) = (actor.user.id, self.clock.now());
        self.store.password_set(&NewPassword { user, phc, keep: Some(session), at }).await?;
        tracing::info!(user = actor.user.login, "{} changed the password", actor.user.login);
        Ok(())
    }

    /// The link of the first administrator: made when there is no user at all, and anew at each start as long as it was not used. None
    /// afterwards, and where the operator made users by themselves.
    pub async fn first_link(&self) -> Answer<Option<SignInLink>> {
        let user = match self.store.user_list().await?.as_slice() {
            [] => {
                let all = self.store.organisation_list().await?;
                let federal = all.iter().find(|one| one.level == OrganisationLevel::Federal);
                let Some(federal) = federal else { return Ok(None) };
                match self.user_add(None, federal.id, FIRST_LOGIN, "Администратор", FIRST_ROLES).await
                {
                    Ok(first) => first.id,
                    // Another process was faster; it says so.
                    Err(ServiceError::Store(StoreError::Conflict { .. })) => return Ok(None),
                    Err(error) => return Err(error),
                }
            }
            users => {
                let first = users.iter().find(|user| user.login == FIRST_LOGIN);
                let Some(first) = first.filter(|user| user.disabled_at.is_none()) else { return Ok(None) };
                let has_password = self
                    .store
                    .credentials_get(first.id)
                    .await?
                    .is_some_and(|credentials| credentials.password_phc.is_some());
                if has_password || !self.store.link_is_waiting(first.id).await? {
                    return Ok(None);
                }
                first.id
            }
        };
        self.new_link(None, user).await.map(Some)
    }
}
