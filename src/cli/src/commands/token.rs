//! `podlinnik token issue | revoke`.

use crate::arguments::{Token, TokenIssue, TokenRevoke};
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::settings::FileSettings;

pub(super) fn run(token: Token, file: &FileSettings) -> Result<Exit, Failure> {
    match token {
        Token::Issue(arguments) => super::block_on(issue(arguments, file)),
        Token::Revoke(arguments) => super::block_on(revoke(arguments, file)),
    }
}

async fn issue(arguments: TokenIssue, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let user = service.user_by_login(&arguments.login).await?.ok_or_else(|| {
        Failure::usage(format!("there is no user `{}`", arguments.login))
            .hint("`podlinnik user list` shows who there is")
    })?;
    let token = service.token_issue(None, user.id, &arguments.label, arguments.days).await?;
    output::talk(&format!("token {} for {}, shown once; it is stored only as a hash", token.id, user.login));
    output::data(&token.secret)?;
    Ok(DONE)
}

async fn revoke(arguments: TokenRevoke, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    service.token_revoke(None, arguments.id).await?;
    output::talk(&format!("token {} no longer works", arguments.id));
    Ok(DONE)
}
