//! Rows of people.

use podlinnik_domain::people::{Organisation, User};
use uuid::Uuid;

use super::{code, json, time};
use crate::StoreError;

/// A row of `organisations`.
#[derive(Debug)]
pub struct OrganisationRow {
    pub id: Uuid,
    pub code: String,
    pub level: String,
    pub name_ru: String,
    pub name_en: String,
    pub parent_id: Option<Uuid>,
}

impl TryFrom<OrganisationRow> for Organisation {
    type Error = StoreError;

    fn try_from(row: OrganisationRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            code: row.code,
            level: code("organisation level", &row.level)?,
            name_ru: row.name_ru,
            name_en: row.name_en,
            parent: row.parent_id.map(Into::into),
        })
    }
}

/// A row of `users`.
#[derive(Debug)]
pub struct UserRow {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub login: String,
    pub display_name: String,
    pub roles: String,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl TryFrom<UserRow> for User {
    type Error = StoreError;

    fn try_from(row: UserRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            login: row.login,
            display_name: row.display_name,
            roles: json("roles", &row.roles)?,
            created_at: time("user creation time", row.created_at)?,
            disabled_at: row.disabled_at.map(|at| time("user closing time", at)).transpose()?,
        })
    }
}
