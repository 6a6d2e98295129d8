//! People of the branch, with what belongs to them.

use std::collections::BTreeSet;

use podlinnik_domain::event::{Event, SubjectKind};
use podlinnik_domain::id::UserId;
use podlinnik_domain::people::{Actor, Organisation, Role, User};

use super::MAY_LOOK;
use crate::access::{Sight, not_found, require};
use crate::service::{Answer, Service};

/// A person in a list.
#[derive(Debug, Clone)]
pub struct PersonEntry {
    /// The account.
    pub user: User,
    /// Whether a second factor is in force.
    pub has_second_factor: bool,
}

/// A person with the history of the account.
#[derive(Debug, Clone)]
pub struct PersonFile {
    /// The account.
    pub user: User,
    /// Whether a second factor is in force.
    pub has_second_factor: bool,
    /// Whether the actor may change the account, not only look at it.
    pub may_change: bool,
    /// What was done with the account, newest first.
    pub history: Vec<Event>,
}

impl Service {
    /// People of the organisations that the actor sees, by login.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn people(&self, actor: &Actor) -> Answer<Vec<PersonEntry>> {
        require(actor, MAY_LOOK)?;
        let sight = self.sight(actor).await?;
        let holders: BTreeSet<UserId> = self.store.second_factor_holders().await?.into_iter().collect();
        let users = self.store.user_list().await?;
        let seen = users.into_iter().filter(|user| sight.covers(user.organisation));
        Ok(seen.map(|user| PersonEntry { has_second_factor: holders.contains(&user.id), user }).collect())
    }

    /// One of them.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn person(&self, actor: &Actor, id: UserId) -> Answer<PersonFile> {
        require(actor, MAY_LOOK)?;
        let user = self.store.user_get(id).await?.ok_or_else(not_found)?;
        self.require_sight(actor, user.organisation).await?;
        let may_change =
            actor.user.has(Role::OrgAdmin) && self.jurisdiction(actor).await?.covers(user.organisation);
        let has_second_factor = self.store.second_factor_holders().await?.contains(&id);
        let mut history = self.store.event_list(SubjectKind::User, &id.to_string()).await?;
        history.reverse();
        Ok(PersonFile { user, has_second_factor, may_change, history })
    }

    /// Organisations that the actor sees, by code.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn organisations_in_sight(&self, actor: &Actor) -> Answer<Vec<Organisation>> {
        require(actor, MAY_LOOK)?;
        let sight = self.sight(actor).await?;
        let mut all = self.store.organisation_list().await?;
        all.retain(|one| sight.covers(one.id));
        Ok(all)
    }

    /// Whether the actor administers the whole installation, not only a branch.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn administers_all(&self, actor: &Actor) -> Answer<bool> {
        Ok(actor.user.has(Role::OrgAdmin) && self.jurisdiction(actor).await? == Sight::All)
    }
}
