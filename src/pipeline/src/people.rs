//! Organisations, users and tokens. Managing needs `org_admin` over that branch of the tree; `actor: None` is the operator at the command
//! line.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{OrganisationId, TokenId, UserId};
use podlinnik_domain::people::{Actor, Organisation, OrganisationLevel, Role, User};
use podlinnik_domain::submission::FieldError;
use podlinnik_storage::record::NewToken;

use crate::access::{Sight, not_found, require};
use crate::error::ServiceError;
use crate::secret;
use crate::service::{Answer, IssuedToken, Service};

/// The longest life of a token that has an expiry.
const TOKEN_DAYS: u32 = 3650;

impl Service {
    /// Whether store and blobs answer (for `/readyz`).
    pub async fn ready(&self) -> Answer<()> {
        self.store.ping().await?;
        Ok(self.blobs.ready().await?)
    }

    /// Adds an organisation. A parent has to stand higher in the tree; only the operator adds one without a parent.
    pub async fn organisation_add(
        &self,
        actor: Option<&Actor>,
        code: &str,
        level: OrganisationLevel,
        name_ru: &str,
        name_en: &str,
        parent: Option<OrganisationId>,
    ) -> Answer<Organisation> {
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin])?;
            match parent {
                Some(parent) => self.require_jurisdiction(actor, parent).await?,
                None => return Err(ServiceError::Refused(ErrorCode::Forbidden)),
            }
        }
        let mut fields = Fields::default();
        let code = fields.text("code", code, 32, "1 to 32 letters, digits and hyphens", |letter| {
            letter.is_ascii_alphanumeric() || letter == '-'
        });
        let printable = |letter: char| !letter.is_control();
        let name_ru = fields.text("name_ru", name_ru, 200, "1 to 200 printable characters", printable);
        let name_en = fields.text("name_en", name_en, 200, "1 to 200 printable characters", printable);
        if let Some(parent) = parent {
            let above = self.store.organisation_get(parent).await?.ok_or_else(not_found)?;
            fields.check(
                height(above.level) > height(level),
                "parent",
                "an organisation that stands higher in the tree",
            );
        }
        fields.finish()?;
        let id = OrganisationId::generate(self.ids.as_ref());
        let organisation = Organisation { id, code, level, name_ru, name_en, parent };
        self.store.organisation_create(&organisation, self.clock.now()).await?;
        Ok(organisation)
    }

    /// All organisations.
    pub async fn organisations(&self) -> Answer<Vec<Organisation>> {
        Ok(self.store.organisation_list().await?)
    }

    /// Adds a user. An auditor sees every branch, so only the operator and federal administrators make one.
    pub async fn user_add(
        &self,
        actor: Option<&Actor>,
        organisation: OrganisationId,
        login: &str,
        display_name: &str,
        roles: &[Role],
    ) -> Answer<User> {
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin])?;
            let jurisdiction = self.jurisdiction(actor).await?;
            if !jurisdiction.covers(organisation) {
                return Err(not_found());
            }
            if roles.contains(&Role::Auditor) && jurisdiction != Sight::All {
                return Err(ServiceError::Refused(ErrorCode::Forbidden));
            }
        }
        let mut fields = Fields::default();
        let login = fields.text(
            "login",
            login,
            64,
            "2 to 64 lower-case letters, digits, `.`, `_` and `-`",
            |letter| {
                letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '.' | '_' | '-')
            },
        );
        fields.check(login.len() != 1, "login", "2 to 64 lower-case letters, digits, `.`, `_` and `-`");
        let display_name =
            fields.text("display_name", display_name, 200, "1 to 200 printable characters", |letter| {
                !letter.is_control()
            });
        let mut roles = roles.to_vec();
        roles.sort_unstable();
        roles.dedup();
        fields.check(!roles.is_empty(), "roles", "at least one role");
        fields.finish()?;
        let user = User {
            id: UserId::generate(self.ids.as_ref()),
            organisation,
            login,
            display_name,
            roles,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        self.store.user_create(&user, actor.map(|actor| actor.user.id)).await?;
        Ok(user)
    }

    /// All users for the operator, those of the own branch for an org_admin.
    pub async fn users(&self, actor: Option<&Actor>) -> Answer<Vec<User>> {
        let mut users = self.store.user_list().await?;
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin])?;
            let jurisdiction = self.jurisdiction(actor).await?;
            users.retain(|user| jurisdiction.covers(user.organisation));
        }
        Ok(users)
    }

    /// The user with this login.
    pub async fn user_by_login(&self, login: &str) -> Answer<Option<User>> {
        Ok(self.store.user_by_login(login).await?)
    }

    /// Issues a token for a user: one's own, or any for an org_admin of the same organisation or the operator. `days`: none = no expiry.
    pub async fn token_issue(
        &self,
        actor: Option<&Actor>,
        user: UserId,
        label: &str,
        days: Option<u32>,
    ) -> Answer<IssuedToken> {
        let owner = self.store.user_get(user).await?.ok_or_else(not_found)?;
        if let Some(actor) = actor
            && actor.user.id != user
        {
            require(actor, &[Role::OrgAdmin])?;
            if actor.user.organisation != owner.organisation {
                return Err(not_found());
            }
        }
        if owner.disabled_at.is_some() {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let mut fields = Fields::default();
        let label =
            fields.text("label", label, 100, "1 to 100 printable characters", |letter| !letter.is_control());
        fields.check(days.is_none_or(|days| (1..=TOKEN_DAYS).contains(&days)), "days", "1 to 3650 days");
        fields.finish()?;
        let now = self.clock.now();
        let (secret, secret_sha256) = secret::token()?;
        let id = TokenId::generate(self.ids.as_ref());
        let expires_at = days.map(|days| in_days(now, days)).transpose()?;
        let token = NewToken { id, user, secret_sha256, label, created_at: now, expires_at };
        self.store.token_create(&token).await?;
        Ok(IssuedToken { id, secret })
    }

    /// Withdraws a token: one's own, or any of the branch for an org_admin, or any for the operator.
    pub async fn token_revoke(&self, actor: Option<&Actor>, token: TokenId) -> Answer<()> {
        if let Some(actor) = actor
            && actor.token != token
        {
            let owner = self.token_owner(token).await?.ok_or_else(not_found)?;
            if owner.id != actor.user.id {
                if !actor.user.has(Role::OrgAdmin) {
                    return Err(not_found());
                }
                self.require_jurisdiction(actor, owner.organisation).await?;
            }
        }
        let by = actor.map(|actor| actor.user.id);
        Ok(self.store.token_revoke(token, by, self.clock.now()).await?)
    }

    /// Who a secret belongs to. `unauthenticated` for unknown, revoked or disabled, `token_expired` for expired.
    pub async fn authenticate(&self, secret: &str) -> Answer<Actor> {
        let unauthenticated = || ServiceError::Refused(ErrorCode::Unauthenticated);
        let hash = secret::token_hash(secret).ok_or_else(unauthenticated)?;
        let found = self.store.token_by_secret(hash).await?.ok_or_else(unauthenticated)?;
        if found.revoked_at.is_some() || found.user.disabled_at.is_some() {
            return Err(unauthenticated());
        }
        if found.expires_at.is_some_and(|end| end <= self.clock.now()) {
            return Err(ServiceError::Refused(ErrorCode::TokenExpired));
        }
        Ok(Actor { user: found.user, token: found.id })
    }

    /// Whose token it is, from the history: the store looks tokens up by their secret only.
    async fn token_owner(&self, token: TokenId) -> Answer<Option<User>> {
        let events = self.store.event_list(SubjectKind::Token, &token.to_string()).await?;
        let named =
            events.iter().find_map(|event| event.payload.get("user")?.as_str()?.parse::<UserId>().ok());
        match named {
            Some(user) => Ok(self.store.user_get(user).await?),
            None => Ok(None),
        }
    }
}

/// How high a level stands in the tree.
const fn height(level: OrganisationLevel) -> u8 {
    match level {
        OrganisationLevel::Federal => 3,
        OrganisationLevel::Region => 2,
        OrganisationLevel::Municipality => 1,
        OrganisationLevel::Partner => 0,
    }
}

fn in_days(now: Timestamp, days: u32) -> Answer<Timestamp> {
    now.checked_add(jiff::SignedDuration::from_hours(i64::from(days) * 24))
        .map_err(|error| ServiceError::Internal(format!("cannot add {days} days: {error}")))
}

/// Collects the fields that break their rules.
#[derive(Debug, Default)]
struct Fields(Vec<FieldError>);

impl Fields {
    fn check(&mut self, valid: bool, field: &'static str, rule: &'static str) {
        if !valid {
            self.0.push(FieldError { field, rule });
        }
    }

    /// A trimmed text of 1 to `most` characters, all of them `allowed`.
    fn text(
        &mut self,
        field: &'static str,
        text: &str,
        most: usize,
        rule: &'static str,
        allowed: impl Fn(char) -> bool,
    ) -> String {
        let text = text.trim();
        self.check(
            !text.is_empty() && text.chars().count() <= most && text.chars().all(allowed),
            field,
            rule,
        );
        text.to_owned()
    }

    fn finish(self) -> Answer<()> {
        if self.0.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(self.0)) }
    }
}
