//! `podlinnik user add | list`.

use podlinnik_domain::people::User as Person;
use serde_json::json;

use crate::arguments::{Listing, User, UserAdd};
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::service::organisation;
use crate::settings::FileSettings;

pub(super) fn run(user: User, file: &FileSettings) -> Result<Exit, Failure> {
    match user {
        User::Add(arguments) => super::block_on(add(arguments, file)),
        User::List(arguments) => super::block_on(list(arguments, file)),
    }
}

async fn add(arguments: UserAdd, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let organisation = organisation(&service, &arguments.organisation).await?;
    let name = arguments.name.as_deref().unwrap_or(&arguments.login);
    let user = service.user_add(None, organisation.id, &arguments.login, name, &arguments.roles).await?;
    output::talk(&format!("added {} to {}: {}", user.login, organisation.code, roles(&user)));
    if !arguments.no_token {
        let token = service.token_issue(None, user.id, "first token", arguments.days).await?;
        output::talk(&format!("token {}, shown once; it is stored only as a hash", token.id));
        output::data(&token.secret)?;
    }
    Ok(DONE)
}

async fn list(arguments: Listing, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let organisations = service.organisations().await?;
    let code_of = |user: &Person| {
        organisations
            .iter()
            .find(|organisation| organisation.id == user.organisation)
            .map_or_else(|| user.organisation.to_string(), |organisation| organisation.code.clone())
    };
    let users = service.users(None).await?;
    if arguments.json {
        for user in &users {
            output::data(&json!(user).to_string())?;
        }
        return Ok(DONE);
    }
    let rows: Vec<_> = users
        .iter()
        .map(|user| {
            let state = if user.disabled_at.is_some() { "disabled" } else { "" };
            vec![
                user.login.clone(),
                code_of(user),
                roles(user),
                user.display_name.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
                state.to_owned(),
            ]
        })
        .collect();
    output::data(&output::table(&rows))?;
    Ok(DONE)
}

fn roles(user: &Person) -> String {
    user.roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(",")
}
