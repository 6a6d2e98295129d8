//! `podlinnik token issue | list | rotate | revoke`.

use podlinnik_domain::people::Role;
use podlinnik_pipeline::service::IssuedToken;
use podlinnik_pipeline::{KeyRecord, KeyWish, Service};
use serde_json::json;

use super::user::named;
use crate::arguments::people::{Token, TokenIssue, TokenList, TokenRevoke, TokenRotate};
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::settings::FileSettings;

pub(super) fn run(token: Token, file: &FileSettings) -> Result<Exit, Failure> {
    match token {
        Token::Issue(arguments) => super::block_on(issue(arguments, file)),
        Token::List(arguments) => super::block_on(list(arguments, file)),
        Token::Rotate(arguments) => super::block_on(rotate(arguments, file)),
        Token::Revoke(arguments) => super::block_on(revoke(arguments, file)),
    }
}

async fn issue(arguments: TokenIssue, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let user = named(&service, &arguments.login).await?;
    let wish = KeyWish {
        label: arguments.label,
        days: arguments.days,
        scopes: Some(arguments.scopes).filter(|scopes| !scopes.is_empty()),
        rate_per_minute: arguments.rate,
        quota_per_day: arguments.quota,
    };
    let token = service.key_issue(None, user.id, wish).await?;
    hand_out(&token, &user.login, arguments.json)
}

fn hand_out(token: &IssuedToken, login: &str, as_json: bool) -> Result<Exit, Failure> {
    if as_json {
        output::data(&json!({ "id": token.id, "secret": token.secret }).to_string())?;
    } else {
        output::talk(&format!("token {} for {login}, shown once; it is stored only as a hash", token.id));
        output::data(&token.secret)?;
    }
    Ok(DONE)
}

async fn list(arguments: TokenList, file: &FileSettings) -> Result<Exit, Failure> {
    let listing = arguments.listing;
    let service = super::office(&listing.store, file).await?;
    let users = service.users(None).await?;
    let mut keys = service.keys_of_branch(None).await?;
    if let Some(login) = &arguments.login {
        let user = named(&service, login).await?;
        keys.retain(|key| key.user == user.id);
    }
    let login_of = |key: &KeyRecord| {
        users.iter().find(|user| user.id == key.user).map_or("-", |user| user.login.as_str()).to_owned()
    };
    if listing.json {
        for key in &keys {
            output::data(&described(key, &login_of(key)).to_string())?;
        }
        return Ok(DONE);
    }
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            let number =
                |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |number| number.to_string());
            vec![
                key.id.to_string(),
                login_of(key),
                output::printable(&key.label),
                key.scopes.as_deref().map_or_else(|| "-".to_owned(), scopes),
                number(key.rate_per_minute),
                number(key.quota_per_day),
                state(&service, key),
            ]
        })
        .collect();
    output::data(&output::table(&rows))?;
    Ok(DONE)
}

fn described(key: &KeyRecord, login: &str) -> serde_json::Value {
    json!({
        "id": key.id, "user": key.user, "login": login, "label": key.label, "scopes": key.scopes, "line": key.line,
        "created_at": key.created_at, "expires_at": key.expires_at, "revoked_at": key.revoked_at, "used_at": key.used_at,
        "rate_per_minute": key.rate_per_minute, "quota_per_day": key.quota_per_day,
    })
}

fn scopes(roles: &[Role]) -> String {
    roles.iter().map(|role| role.code()).collect::<Vec<_>>().join(",")
}

fn state(service: &Service, key: &KeyRecord) -> String {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "withdrawn".to_owned(),
        (None, Some(end)) if !key.is_live(service.clock().now()) => format!("expired {end}"),
        (None, Some(end)) => format!("until {end}"),
        (None, None) => String::new(),
    }
}

async fn rotate(arguments: TokenRotate, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let before = arguments.id;
    let token = service.key_rotate(None, before, arguments.days).await?;
    output::talk(&format!("token {before} goes on: `podlinnik token revoke {before}` once nobody uses it"));
    let key = service.keys_of_branch(None).await?.into_iter().find(|key| key.id == token.id);
    let users = service.users(None).await?;
    let login = key.and_then(|key| users.into_iter().find(|user| user.id == key.user)).map(|user| user.login);
    hand_out(&token, login.as_deref().unwrap_or("-"), arguments.json)
}

async fn revoke(arguments: TokenRevoke, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    service.token_revoke(None, arguments.id).await?;
    output::talk(&format!("token {} no longer works", arguments.id));
    Ok(DONE)
}
