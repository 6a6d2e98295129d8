//! Who may see and do what. Records of another branch of the tree are `not_found`, so that their existence is not given away.

use std::collections::BTreeSet;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::people::{Actor, Organisation, OrganisationLevel, Role};

use crate::error::ServiceError;
use crate::service::Service;

/// The tree has three levels; anything deeper than this is a loop.
const DEEPEST: usize = 16;

/// Which organisations' records an actor sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sight {
    /// Everything: federal organisations and auditors.
    All,
    /// The actor's own organisation and those below it.
    Branch(BTreeSet<OrganisationId>),
}

impl Sight {
    pub(crate) fn covers(&self, organisation: OrganisationId) -> bool {
        match self {
            Self::All => true,
            Self::Branch(branch) => branch.contains(&organisation),
        }
    }
}

/// The organisation itself and all below it.
pub(crate) fn branch_of(root: OrganisationId, all: &[Organisation]) -> BTreeSet<OrganisationId> {
    let mut branch = BTreeSet::from([root]);
    for _ in 0..DEEPEST {
        let before = branch.len();
        branch.extend(
            all.iter()
                .filter(|one| one.parent.is_some_and(|up| branch.contains(&up)))
                .map(|one| one.id)
                .collect::<Vec<_>>(),
        );
        if branch.len() == before {
            break;
        }
    }
    branch
}

/// Refuses with `forbidden` unless the actor has one of `roles`.
pub(crate) fn require(actor: &Actor, roles: &[Role]) -> Result<(), ServiceError> {
    if roles.iter().any(|role| actor.user.has(*role)) {
        Ok(())
    } else {
        Err(ServiceError::Refused(ErrorCode::Forbidden))
    }
}

pub(crate) const fn not_found() -> ServiceError {
    ServiceError::Refused(ErrorCode::NotFound)
}

impl Service {
    /// What the actor sees as a reader.
    pub(crate) async fn sight(&self, actor: &Actor) -> Result<Sight, ServiceError> {
        if actor.user.has(Role::Auditor) { Ok(Sight::All) } else { self.jurisdiction(actor).await }
    }

    /// The top of what the actor sees; none for everything.
    pub(crate) async fn root(&self, actor: &Actor) -> Result<Option<OrganisationId>, ServiceError> {
        Ok((self.sight(actor).await? != Sight::All).then_some(actor.user.organisation))
    }

    /// What the actor may act on: like [`Service::sight`], but an auditor's eyes do not count.
    pub(crate) async fn jurisdiction(&self, actor: &Actor) -> Result<Sight, ServiceError> {
        let all = self.store.organisation_list().await?;
        let own = all.iter().find(|one| one.id == actor.user.organisation);
        if own.is_some_and(|own| own.level == OrganisationLevel::Federal) {
            return Ok(Sight::All);
        }
        Ok(Sight::Branch(branch_of(actor.user.organisation, &all)))
    }

    /// Refuses with `not_found` unless the actor sees records of `organisation`.
    pub(crate) async fn require_sight(
        &self,
        actor: &Actor,
        organisation: OrganisationId,
    ) -> Result<(), ServiceError> {
        if organisation == actor.user.organisation || self.sight(actor).await?.covers(organisation) {
            Ok(())
        } else {
            Err(not_found())
        }
    }

    /// Refuses with `not_found` unless the actor may act on records of `organisation`.
    pub(crate) async fn require_jurisdiction(
        &self,
        actor: &Actor,
        organisation: OrganisationId,
    ) -> Result<(), ServiceError> {
        if organisation == actor.user.organisation || self.jurisdiction(actor).await?.covers(organisation) {
            Ok(())
        } else {
            Err(not_found())
        }
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::id::{IdSource as _, RandomIds};

    use super::*;

    fn organisation(level: OrganisationLevel, parent: Option<OrganisationId>) -> Organisation {
        let id = OrganisationId::from(RandomIds.next());
        Organisation {
            id,
            code: id.to_string(),
            level,
            name_ru: String::new(),
            name_en: String::new(),
            parent,
        }
    }

    #[test]
    fn a_branch_is_the_organisation_and_everything_below_it() {
        let federal = organisation(OrganisationLevel::Federal, None);
        let region = organisation(OrganisationLevel::Region, Some(federal.id));
        let other = organisation(OrganisationLevel::Region, Some(federal.id));
        let town = organisation(OrganisationLevel::Municipality, Some(region.id));
        // Listed children first: the order must not matter.
        let all = [town.clone(), other.clone(), region.clone(), federal.clone()];
        assert_eq!(branch_of(region.id, &all), BTreeSet::from([region.id, town.id]));
        assert_eq!(branch_of(town.id, &all), BTreeSet::from([town.id]));
        assert_eq!(branch_of(federal.id, &all).len(), 4);
    }

    #[test]
    fn a_loop_in_the_tree_ends() {
        let mut one = organisation(OrganisationLevel::Region, None);
        let two = organisation(OrganisationLevel::Region, Some(one.id));
        one.parent = Some(two.id);
        assert_eq!(branch_of(one.id, &[one.clone(), two.clone()]), BTreeSet::from([one.id, two.id]));
    }
}
