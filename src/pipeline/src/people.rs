//! Organisations and users. Managing needs `org_admin` over that branch of the tree; `actor: None` is the operator at the command
//! line.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::people::{Actor, Organisation, OrganisationLevel, Role, User};
use podlinnik_domain::region::Regions;
use podlinnik_domain::submission::FieldError;
use podlinnik_storage::record::UserUpdate;

use crate::access::{Sight, not_found, require};
use crate::accounts::UserChange;
use crate::error::ServiceError;
use crate::service::{Answer, Service};

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

    /// Adds an organisation for each region of the list in force that has none yet, below the federal one; answers those that were added. For the
    /// operator. Repeating it changes nothing.
    ///
    /// # Errors
    /// `wrong_state` if there is no federal organisation.
    pub async fn organisation_tree(&self) -> Answer<Vec<Organisation>> {
        let all = self.store.organisation_list().await?;
        let federal = all.iter().find(|one| one.level == OrganisationLevel::Federal);
        let federal = federal.ok_or(ServiceError::Refused(ErrorCode::WrongState))?.id;
        let mut added = Vec::new();
        for region in
            Regions::current().iter().filter(|region| !all.iter().any(|one| one.code == region.code))
        {
            let level = OrganisationLevel::Region;
            let (ru, en) = (&region.name_ru, &region.name_en);
            added.push(self.organisation_add(None, &region.code, level, ru, en, Some(federal)).await?);
        }
        Ok(added)
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
        let display_name = fields.display_name(display_name);
        let roles = sorted(roles.to_vec());
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

    /// Changes a user: an org_admin of the branch, or the operator (`actor: None`). Whether somebody is an auditor is for the operator and federal
    /// administrators.
    ///
    /// # Errors
    /// `same_person` for the own roles and for closing the own account, `last_administrator` if nobody would be left who administers the
    /// installation.
    pub async fn user_change(&self, actor: Option<&Actor>, id: UserId, change: UserChange) -> Answer<User> {
        // Whoever administers nothing does not learn whether there is such an account.
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin])?;
        }
        let before = self.store.user_get(id).await?.ok_or_else(not_found)?;
        let roles = change.roles.map(sorted);
        if let Some(actor) = actor {
            self.require_power_over(actor, &before).await?;
            if actor.user.id == id && (roles.is_some() || change.disabled.is_some()) {
                return Err(ServiceError::Refused(ErrorCode::SamePerson));
            }
            let an_auditor = roles.as_ref().is_some_and(|roles| roles.contains(&Role::Auditor));
            if an_auditor && self.jurisdiction(actor).await? != Sight::All {
                return Err(ServiceError::Refused(ErrorCode::Forbidden));
            }
        }
        let mut fields = Fields::default();
        let display_name = change.display_name.map(|name| fields.display_name(&name));
        fields.check(roles.as_ref().is_none_or(|roles| !roles.is_empty()), "roles", "at least one role");
        fields.finish()?;
        let update = UserUpdate {
            user: id,
            display_name,
            roles,
            disabled: change.disabled,
            actor: actor.map(|actor| actor.user.id),
            at: self.clock.now(),
        };
        let user = self.store.user_update(&update).await?;
        tracing::info!(user = user.login, "account {} changed", user.login);
        Ok(user)
    }

    /// Refuses unless the actor administers the branch that a person belongs to. An auditor sees every branch: power over such an account is for
    /// federal administrators.
    pub(crate) async fn require_power_over(&self, actor: &Actor, person: &User) -> Answer<()> {
        require(actor, &[Role::OrgAdmin])?;
        let jurisdiction = self.jurisdiction(actor).await?;
        if !jurisdiction.covers(person.organisation) {
            return Err(not_found());
        }
        if person.has(Role::Auditor) && jurisdiction != Sight::All {
            return Err(ServiceError::Refused(ErrorCode::Forbidden));
        }
        Ok(())
    }
}

/// Roles as they are stored: each once, in order.
pub(crate) fn sorted(mut roles: Vec<Role>) -> Vec<Role> {
    roles.sort_unstable();
    roles.dedup();
    roles
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

/// Collects the fields that break their rules.
#[derive(Debug, Default)]
pub(crate) struct Fields(Vec<FieldError>);

impl Fields {
    pub(crate) fn check(&mut self, valid: bool, field: &'static str, rule: &'static str) {
        if !valid {
            self.0.push(FieldError { field, rule });
        }
    }

    /// A trimmed text of 1 to `most` characters, all of them `allowed`.
    pub(crate) fn text(
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

    /// A name as it is shown.
    fn display_name(&mut self, name: &str) -> String {
        self.text("display_name", name, 200, "1 to 200 printable characters", |letter| !letter.is_control())
    }

    pub(crate) fn finish(self) -> Answer<()> {
        if self.0.is_empty() { Ok(()) } else { Err(ServiceError::Invalid(self.0)) }
    }
}
