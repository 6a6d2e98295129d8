//! The people of the stories: a region with its desk, another region, a partner.

use podlinnik_domain::people::{OrganisationLevel, Role, User};
use podlinnik_pipeline::Service;

/// Somebody with a token.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) user: User,
    pub(crate) token: String,
}

/// Everybody. All but `stranger` and `partner` belong to `RU-TAM`.
#[derive(Debug, Clone)]
pub(crate) struct People {
    pub(crate) submitter: Person,
    pub(crate) analyst: Person,
    pub(crate) second_analyst: Person,
    /// Analyst as well, to try to see what is hidden.
    pub(crate) third_analyst: Person,
    pub(crate) editor: Person,
    pub(crate) approver: Person,
    pub(crate) second_approver: Person,
    /// Settles doubts and objections.
    pub(crate) corrections_officer: Person,
    /// Every role at once: the guards that separate people have to hold all the same.
    pub(crate) everything: Person,
    pub(crate) admin: Person,
    pub(crate) auditor: Person,
    /// Partner agency beside the tree.
    pub(crate) partner: Person,
    /// Its administrator.
    pub(crate) partner_admin: Person,
    /// Analyst, editor, approver and admin of another region.
    pub(crate) stranger: Person,
}

impl People {
    pub(crate) async fn settle(service: &Service) -> Self {
        let add = async |code: &str, level, ru: &str, en: &str, parent| {
            service.organisation_add(None, code, level, ru, en, parent).await.unwrap().id
        };
        let federal = add("federal", OrganisationLevel::Federal, "Центр", "Centre", None).await;
        let tambov =
            add("RU-TAM", OrganisationLevel::Region, "Тамбовская область", "Tambov Oblast", Some(federal))
                .await;
        let tver =
            add("RU-TVE", OrganisationLevel::Region, "Тверская область", "Tver Oblast", Some(federal)).await;
        let agency = add("agency", OrganisationLevel::Partner, "Агентство", "Agency", Some(federal)).await;
        let person = async |organisation, login: &str, roles: &[Role]| {
            let user = service.user_add(None, organisation, login, login, roles).await.unwrap();
            let token = service.token_issue(None, user.id, "story", None).await.unwrap().secret;
            Person { user, token }
        };
        Self {
            submitter: person(tambov, "submitter", &[Role::Submitter]).await,
            analyst: person(tambov, "analyst", &[Role::Analyst]).await,
            second_analyst: person(tambov, "second-analyst", &[Role::Analyst]).await,
            third_analyst: person(tambov, "third-analyst", &[Role::Analyst]).await,
            editor: person(tambov, "editor", &[Role::Editor]).await,
            approver: person(tambov, "approver", &[Role::Approver]).await,
            second_approver: person(tambov, "second-approver", &[Role::Approver]).await,
            corrections_officer: person(tambov, "corrections-officer", &[Role::CorrectionsOfficer]).await,
            everything: person(
                tambov,
                "everything",
                &[Role::Submitter, Role::Analyst, Role::Editor, Role::Approver, Role::OrgAdmin],
            )
            .await,
            admin: person(tambov, "admin", &[Role::OrgAdmin]).await,
            auditor: person(federal, "auditor", &[Role::Auditor]).await,
            partner: person(agency, "partner", &[Role::Partner]).await,
            partner_admin: person(agency, "partner-admin", &[Role::OrgAdmin]).await,
            stranger: person(
                tver,
                "stranger",
                &[Role::Analyst, Role::Editor, Role::Approver, Role::OrgAdmin],
            )
            .await,
        }
    }
}
