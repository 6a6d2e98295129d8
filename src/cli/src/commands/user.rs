//! `podlinnik user add | list | link | disable | enable | roles | reset-totp`.

use podlinnik_domain::people::User as Person;
use podlinnik_pipeline::{Service, SignInLink, UserChange};
use serde_json::json;

use crate::arguments::people::{Listing, User, UserAdd, UserLink, UserNamed, UserRoles};
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::service::organisation;
use crate::settings::{FileSettings, ServeFlags, ServeSettings, StoreFlags, StoreSettings};

pub(super) fn run(user: User, file: &FileSettings) -> Result<Exit, Failure> {
    match user {
        User::Add(arguments) => super::block_on(add(arguments, file)),
        User::List(arguments) => super::block_on(list(arguments, file)),
        User::Link(arguments) => super::block_on(link(arguments, file)),
        User::Disable(arguments) => super::block_on(close(arguments, true, file)),
        User::Enable(arguments) => super::block_on(close(arguments, false, file)),
        User::Roles(arguments) => super::block_on(change_roles(arguments, file)),
        User::ResetTotp(arguments) => super::block_on(reset_totp(arguments, file)),
    }
}

/// The user with this login.
pub(super) async fn named(service: &Service, login: &str) -> Result<Person, Failure> {
    service.user_by_login(login).await?.ok_or_else(|| {
        Failure::usage(format!("there is no user `{login}`")).hint("`podlinnik user list` shows who there is")
    })
}

async fn add(arguments: UserAdd, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let organisation = organisation(&service, &arguments.organisation).await?;
    let name = arguments.name.as_deref().unwrap_or(&arguments.login);
    let user = service.user_add(None, organisation.id, &arguments.login, name, &arguments.roles).await?;
    output::talk(&format!("added {} to {}: {}", user.login, organisation.code, roles(&user)));
    if arguments.link {
        let link = service.link_make(None, user.id).await?;
        hand_out(&user, &link, &base(None, &arguments.store, file)?)?;
    } else if !arguments.no_token {
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
            let name = output::printable(&user.display_name);
            vec![user.login.clone(), code_of(user), roles(user), name, state.to_owned()]
        })
        .collect();
    output::data(&output::table(&rows))?;
    Ok(DONE)
}

async fn link(arguments: UserLink, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let user = named(&service, &arguments.login).await?;
    let base = base(arguments.public_url, &arguments.store, file)?;
    let link = service.link_make(None, user.id).await?;
    if arguments.json {
        let address = link.address(&base);
        let told = json!({ "login": user.login, "address": address, "expires_at": link.expires_at });
        output::data(&told.to_string())?;
    } else {
        hand_out(&user, &link, &base)?;
    }
    Ok(DONE)
}

fn hand_out(user: &Person, link: &SignInLink, base: &str) -> Result<(), Failure> {
    output::talk(&format!("link for {}, shown once; it works once, until {}", user.login, link.expires_at));
    Ok(output::data(&link.address(base))?)
}

/// Where people reach the service: as it was told, else where it listens now, else where it would.
fn base(given: Option<String>, store: &StoreFlags, file: &FileSettings) -> Result<String, Failure> {
    let flags = ServeFlags { public_url: given, ..ServeFlags::default() };
    let serve = ServeSettings::new(&flags, file)?;
    if let Some(public_url) = serve.public_url {
        return Ok(public_url);
    }
    let note = StoreSettings::new(store, file)?.data.join("address");
    let listening = std::fs::read_to_string(note).map(|address| address.trim().to_owned());
    Ok(listening.unwrap_or_else(|_| format!("http://{}", serve.listen)))
}

async fn close(arguments: UserNamed, disabled: bool, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let user = named(&service, &arguments.login).await?;
    let change = UserChange { disabled: Some(disabled), ..UserChange::default() };
    service.user_change(None, user.id, change).await?;
    let state = if disabled { "is closed" } else { "is open" };
    output::talk(&format!("the account {} {state}", user.login));
    Ok(DONE)
}

async fn change_roles(arguments: UserRoles, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let user = named(&service, &arguments.login).await?;
    let change = UserChange { roles: Some(arguments.roles), ..UserChange::default() };
    let user = service.user_change(None, user.id, change).await?;
    output::talk(&format!("{} is now: {}", user.login, roles(&user)));
    Ok(DONE)
}

async fn reset_totp(arguments: UserNamed, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let user = named(&service, &arguments.login).await?;
    service.second_factor_reset(user.id).await?;
    output::talk(&format!("{} signs in with the password alone", user.login));
    Ok(DONE)
}

fn roles(user: &Person) -> String {
    user.roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(",")
}
