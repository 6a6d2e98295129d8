//! Organisations, users and what they may do.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::id::{OrganisationId, SessionId, TokenId, UserId};
use crate::language::Text;

coded_enum! {
    /// What a person may do. A person can have several roles; the guards that separate people hold all the same.
    pub enum Role {
        Submitter = "submitter",
        Analyst = "analyst",
        Editor = "editor",
        Approver = "approver",
        CorrectionsOfficer = "corrections_officer",
        Partner = "partner",
        /// Manages people and receivers; has no power over verdicts.
        OrgAdmin = "org_admin",
        Auditor = "auditor",
    }
}

impl Role {
    /// The role in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Submitter => Text { ru: "присылает материалы", en: "submitter" },
            Self::Analyst => Text { ru: "аналитик", en: "analyst" },
            Self::Editor => Text { ru: "редактор", en: "editor" },
            Self::Approver => Text { ru: "утверждающий", en: "approver" },
            Self::CorrectionsOfficer => Text {
                ru: "ответственный за исправления",
                en: "corrections officer",
            },
            Self::Partner => Text { ru: "партнёр", en: "partner" },
            Self::OrgAdmin => Text { ru: "администратор", en: "administrator" },
            Self::Auditor => Text { ru: "аудитор", en: "auditor" },
        }
    }
}

impl Role {
    /// What somebody in the role does, in a line.
    pub const fn duty(self) -> Text {
        match self {
            Self::Submitter => Text {
                ru: "передаёт записи на проверку и видит, что с ними стало",
                en: "hands media in and sees what becomes of it",
            },
            Self::Analyst => Text {
                ru: "читает находки, предлагает вердикт или даёт второй, не видя первого",
                en: "reads findings, proposes a verdict or gives a second one without seeing the first",
            },
            Self::Editor => Text {
                ru: "пишет опровержения и готовит исправления",
                en: "writes notices and drafts corrections",
            },
            Self::Approver => Text {
                ru: "утверждает вердикты и опровержения, к которым сам не причастен",
                en: "approves verdicts and notices that they had no part in",
            },
            Self::CorrectionsOfficer => Text {
                ru: "рассматривает возражения и решает исправления",
                en: "decides objections and settles corrections",
            },
            Self::Partner => Text {
                ru: "спрашивает, проверено ли уже, отвечает на запросы, получает изменения",
                en: "asks whether something has been verified, answers questions, receives changes",
            },
            Self::OrgAdmin => Text {
                ru: "ведёт людей, организации и получателей; над вердиктами власти не имеет",
                en: "manages people, organisations and receivers; has no power over verdicts",
            },
            Self::Auditor => Text {
                ru: "видит всё во всех организациях и ничего не меняет",
                en: "sees everything in every organisation and changes nothing",
            },
        }
    }
}

coded_enum! {
    /// The level of an organisation in the tree.
    pub enum OrganisationLevel {
        Federal = "federal",
        Region = "region",
        Municipality = "municipality",
        Partner = "partner",
    }
}

impl OrganisationLevel {
    /// The level in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Federal => Text { ru: "федеральный центр", en: "federal centre" },
            Self::Region => Text { ru: "регион", en: "region" },
            Self::Municipality => Text { ru: "муниципалитет", en: "municipality" },
            Self::Partner => Text { ru: "партнёр", en: "partner" },
        }
    }
}

/// A node of the tree federal → region → municipality.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Organisation {
    /// Identifier.
    pub id: OrganisationId,
    /// Short code, unique, for example `RU-TAM` (ISO 3166-2) or `federal`.
    pub code: String,
    /// Level in the tree.
    pub level: OrganisationLevel,
    /// Russian name.
    pub name_ru: String,
    /// English name.
    pub name_en: String,
    /// The organisation above.
    pub parent: Option<OrganisationId>,
}

/// A person who signs in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct User {
    /// Identifier.
    pub id: UserId,
    /// The one organisation that the person belongs to.
    pub organisation: OrganisationId,
    /// Name for signing in: 2 to 64 lower-case letters, digits, `.`, `_`, `-`.
    pub login: String,
    /// Name as shown.
    pub display_name: String,
    /// Roles, sorted, without repetition.
    pub roles: Vec<Role>,
    /// When the account was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was closed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
}

impl User {
    /// Whether the person has `role`.
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// What proved who is acting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Credential {
    /// An API key.
    Key(TokenId),
    /// A signed-in browser.
    Session(SessionId),
}

/// Who is acting: an authenticated user and what proved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The person. With a key that has scopes, only the roles that the key may use.
    pub user: User,
    /// What proved it.
    pub credential: Credential,
}
