//! API keys. A key may do what its owner may, or less: scopes are roles of the owner, and it may have a rate and a quota. A line of keys is a key
//! and those that followed it; two of them are live at most, so that programs can be moved from one to the next.
//!
//! An administrator makes sign-in links for people, but holds no key in their name: keys for others are for accounts of programs only (`submitter`,
//! `partner`), and keep to the roles of the day that they were issued.

use jiff::SignedDuration;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{TokenId, UserId};
use podlinnik_domain::people::{Actor, Credential, Role, User};
use podlinnik_storage::record::{KeyRecord, NewToken};

use super::{KeyWish, seconds_until};
use crate::access::{not_found, require};
use crate::error::ServiceError;
use crate::people::{Fields, sorted};
use crate::secret::{self, TOKEN_PREFIX};
use crate::service::{Answer, IssuedToken, Service};

/// The longest life of a key that has an expiry.
const LONGEST_DAYS: u32 = 3650;
const MOST_PER_MINUTE: u32 = 100_000;
const MOST_PER_DAY: u32 = 1_000_000;
/// Roles of accounts that programs use: an administrator may hold keys in their name.
const OF_PROGRAMS: &[Role] = &[Role::Submitter, Role::Partner];
/// How fine the last use is kept.
const USED_EVERY: SignedDuration = SignedDuration::from_mins(5);
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn forbidden() -> ServiceError {
    ServiceError::Refused(ErrorCode::Forbidden)
}

impl Service {
    /// Issues a key without limits: see [`key_issue`](Self::key_issue).
    pub async fn token_issue(
        &self,
        actor: Option<&Actor>,
        user: UserId,
        label: &str,
        days: Option<u32>,
    ) -> Answer<IssuedToken> {
        let wish = KeyWish { label: label.to_owned(), days, ..KeyWish::default() };
        self.key_issue(actor, user, wish).await
    }

    /// Issues a key: one's own; for an org_admin also in the name of a program's account of the branch; any for the operator (`actor: None`).
    ///
    /// # Errors
    /// `forbidden` for somebody else's name and for keys that are limited themselves; `wrong_state` for a closed account.
    pub async fn key_issue(&self, actor: Option<&Actor>, user: UserId, wish: KeyWish) -> Answer<IssuedToken> {
        if let Some(actor) = actor {
            self.unlimited(actor).await?;
            if actor.user.id != user {
                require(actor, &[Role::OrgAdmin])?;
            }
        }
        let owner = self.store.user_get(user).await?.ok_or_else(not_found)?;
        let mut scopes = wish.scopes.map(sorted);
        if let Some(actor) = actor
            && actor.user.id != user
        {
            self.require_program_of(actor, &owner).await?;
            scopes.get_or_insert_with(|| owner.roles.clone());
        }
        if owner.disabled_at.is_some() {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let mut fields = Fields::default();
        let label = fields
            .text("label", &wish.label, 100, "1 to 100 printable characters", |letter| !letter.is_control());
        let within = |number: Option<u32>, most| number.is_none_or(|number| (1..=most).contains(&number));
        fields.check(within(wish.days, LONGEST_DAYS), "days", "1 to 3650 days");
        fields.check(within(wish.rate_per_minute, MOST_PER_MINUTE), "rate_per_minute", "1 to 100000");
        fields.check(within(wish.quota_per_day, MOST_PER_DAY), "quota_per_day", "1 to 1000000");
        let owned = |scopes: &Vec<Role>| !scopes.is_empty() && scopes.iter().all(|role| owner.has(*role));
        fields.check(scopes.as_ref().is_none_or(owned), "scopes", "at least one of the owner's roles");
        fields.finish()?;
        let created_at = self.clock.now();
        let (secret, secret_sha256) = secret::labelled(TOKEN_PREFIX)?;
        let key = NewToken {
            id: TokenId::generate(self.ids.as_ref()),
            user,
            secret_sha256,
            label,
            scopes,
            rate_per_minute: wish.rate_per_minute,
            quota_per_day: wish.quota_per_day,
            follows: None,
            actor: actor.map(|actor| actor.user.id),
            created_at,
            expires_at: wish.days.map(|days| in_days(created_at, days)).transpose()?,
        };
        self.store.token_create(&key).await?;
        tracing::info!(token.id = %key.id, user = owner.login, "key {} issued for {}", key.id, owner.login);
        Ok(IssuedToken { id: key.id, secret })
    }

    /// Makes the next key of a line, with the same label, scopes and limits; the one before goes on until it is withdrawn or expires. For
    /// whoever may issue such a key, and for the key itself. `days`: none = as long as the one before was made for.
    ///
    /// # Errors
    /// `wrong_state` for a key that does not work any more, for a closed account, and where two keys of the line work already; `not_found` for somebody
    /// else's key without `org_admin`, `forbidden` for a person's or in another branch's name.
    pub async fn key_rotate(
        &self,
        actor: Option<&Actor>,
        id: TokenId,
        days: Option<u32>,
    ) -> Answer<IssuedToken> {
        let before = self.store.token_get(id).await?.ok_or_else(not_found)?;
        let owner = self.store.user_get(before.user).await?.ok_or_else(not_found)?;
        let mut scopes = before.scopes.clone();
        if let Some(actor) = actor {
            if actor.user.id != owner.id {
                // Whoever administers nothing does not learn that there is such a key.
                if !actor.user.has(Role::OrgAdmin) {
                    return Err(not_found());
                }
                self.require_program_of(actor, &owner).await?;
                let kept = scopes.unwrap_or_else(|| owner.roles.clone());
                scopes = Some(kept.into_iter().filter(|role| owner.has(*role)).collect());
            } else if actor.credential == Credential::Key(id) {
                // A program renews what it was given and no more than that.
                if days.is_some() {
                    return Err(forbidden());
                }
            } else {
                self.unlimited(actor).await?;
            }
        }
        let now = self.clock.now();
        if !before.is_live(now) || owner.disabled_at.is_some() || scopes.as_ref().is_some_and(Vec::is_empty) {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let mut fields = Fields::default();
        let within = days.is_none_or(|days| (1..=LONGEST_DAYS).contains(&days));
        fields.check(within, "days", "1 to 3650 days");
        fields.finish()?;
        let as_before = before.expires_at.map(|end| end.duration_since(before.created_at));
        let expires_at = match (days, as_before) {
            (Some(days), _) => Some(in_days(now, days)?),
            (None, Some(life)) => Some(now.checked_add(life).unwrap_or(Timestamp::MAX)),
            (None, None) => None,
        };
        let (secret, secret_sha256) = secret::labelled(TOKEN_PREFIX)?;
        let key = NewToken {
            id: TokenId::generate(self.ids.as_ref()),
            user: owner.id,
            secret_sha256,
            label: before.label,
            scopes,
            rate_per_minute: before.rate_per_minute,
            quota_per_day: before.quota_per_day,
            follows: Some(id),
            actor: actor.map(|actor| actor.user.id),
            created_at: now,
            expires_at,
        };
        self.store.token_create(&key).await?;
        tracing::info!(token.id = %key.id, "key {id} is followed by {}", key.id);
        Ok(IssuedToken { id: key.id, secret })
    }

    /// Withdraws a key: one's own, or any of the branch for an org_admin, or any for the operator. A limited key withdraws itself only.
    ///
    /// # Errors
    /// `not_found` for somebody else's key without `org_admin` over the branch, `forbidden` for limited keys and for an auditor's key outside the federal
    /// centre.
    pub async fn token_revoke(&self, actor: Option<&Actor>, token: TokenId) -> Answer<()> {
        if let Some(actor) = actor
            && actor.credential != Credential::Key(token)
        {
            let key = self.store.token_get(token).await?.ok_or_else(not_found)?;
            if key.user != actor.user.id {
                // Whoever administers nothing does not learn that there is such a key.
                if !actor.user.has(Role::OrgAdmin) {
                    return Err(not_found());
                }
                let owner = self.store.user_get(key.user).await?.ok_or_else(not_found)?;
                self.require_power_over(actor, &owner).await?;
            }
            self.unlimited(actor).await?;
        }
        let by = actor.map(|actor| actor.user.id);
        Ok(self.store.token_revoke(token, by, self.clock.now()).await?)
    }

    /// Keys of a user, newest first: one's own (also `user: None`), or anybody's of the branch for an org_admin.
    pub async fn keys(&self, actor: &Actor, user: Option<UserId>) -> Answer<Vec<KeyRecord>> {
        let user = user.unwrap_or(actor.user.id);
        if user != actor.user.id {
            let owner = self.store.user_get(user).await?.ok_or_else(not_found)?;
            require(actor, &[Role::OrgAdmin])?;
            self.require_jurisdiction(actor, owner.organisation).await?;
        }
        Ok(self.store.token_list(Some(user)).await?)
    }

    /// Keys of everybody in the branch, newest first, for an org_admin; all for the operator.
    pub async fn keys_of_branch(&self, actor: Option<&Actor>) -> Answer<Vec<KeyRecord>> {
        let people = self.users(actor).await?;
        let mut keys = self.store.token_list(None).await?;
        keys.retain(|key| people.iter().any(|user| user.id == key.user));
        Ok(keys)
    }

    /// Who a key belongs to, with the roles that it may use.
    ///
    /// # Errors
    /// `unauthenticated` for unknown, revoked or disabled, `token_expired` for expired, `rate_limited` for a key that comes too often.
    pub async fn authenticate(&self, secret: &str) -> Answer<Actor> {
        let unauthenticated = || ServiceError::Refused(ErrorCode::Unauthenticated);
        let hash = secret::hash_of(TOKEN_PREFIX, secret).ok_or_else(unauthenticated)?;
        let found = self.store.token_by_secret(hash).await?.ok_or_else(unauthenticated)?;
        let (key, mut user) = (found.key, found.user);
        if key.revoked_at.is_some() || user.disabled_at.is_some() {
            return Err(unauthenticated());
        }
        let now = self.clock.now();
        if !key.is_live(now) {
            return Err(ServiceError::Refused(ErrorCode::TokenExpired));
        }
        if let Some(per_minute) = key.rate_per_minute {
            self.gate
                .rates
                .enter(key.line, per_minute, now)
                .map_err(|seconds| ServiceError::RateLimited { seconds })?;
        }
        if key.used_at.is_none_or(|used_at| now.duration_since(used_at) >= USED_EVERY) {
            // Only told to people: nobody is kept out because it cannot be noted.
            if let Err(error) = self.store.token_used(key.id, now).await {
                tracing::warn!(token.id = %key.id, "last use of key {} cannot be noted: {error}", key.id);
            }
        }
        if let Some(scopes) = &key.scopes {
            user.roles.retain(|role| scopes.contains(role));
        }
        Ok(Actor { user, credential: Credential::Key(key.id) })
    }

    /// How many submissions the actor's key allows in 24 hours. Refuses at once, before any bytes come, if they are used up.
    ///
    /// # Errors
    /// `rate_limited`, until the first of them is 24 hours old.
    pub(crate) async fn quota(&self, actor: &Actor) -> Answer<Option<u32>> {
        let Some(quota) = self.quota_per_day(actor).await? else { return Ok(None) };
        let now = self.clock.now();
        let since = now.checked_sub(DAY).unwrap_or(Timestamp::MIN);
        let (count, first) = self.store.submission_count(actor.user.id, since).await?;
        if count < u64::from(quota) {
            return Ok(Some(quota));
        }
        let free = first.and_then(|first| first.checked_add(DAY).ok()).unwrap_or(Timestamp::MAX);
        Err(ServiceError::RateLimited { seconds: seconds_until(now, free) })
    }

    /// How many submissions the actor's key allows in 24 hours, used up or not: where the submission may be one that was stored before.
    pub(crate) async fn quota_per_day(&self, actor: &Actor) -> Answer<Option<u32>> {
        let Credential::Key(id) = actor.credential else { return Ok(None) };
        Ok(self.store.token_get(id).await?.ok_or_else(not_found)?.quota_per_day)
    }

    /// Refuses keys that may do less than their owner: whoever holds one would only have to make another.
    async fn unlimited(&self, actor: &Actor) -> Answer<()> {
        let Credential::Key(id) = actor.credential else { return Ok(()) };
        let key = self.store.token_get(id).await?;
        if key.is_some_and(|key| !key.is_restricted()) { Ok(()) } else { Err(forbidden()) }
    }

    /// Refuses unless the actor administers the branch and the account is one that programs use.
    async fn require_program_of(&self, actor: &Actor, owner: &User) -> Answer<()> {
        self.require_power_over(actor, owner).await?;
        let of_a_program = owner.roles.iter().all(|role| OF_PROGRAMS.contains(role));
        if of_a_program { Ok(()) } else { Err(forbidden()) }
    }
}

fn in_days(now: Timestamp, days: u32) -> Answer<Timestamp> {
    now.checked_add(SignedDuration::from_hours(i64::from(days) * 24))
        .map_err(|error| ServiceError::Internal(format!("cannot add {days} days: {error}")))
}
