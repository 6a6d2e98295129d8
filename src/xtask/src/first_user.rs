//! The first organisation, the first user and a token, made through the command line of the service, once.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::command::output;
use crate::run::Program;

/// Name of the file in the data folder that keeps the token, readable by its owner only.
pub(crate) const TOKEN_FILE: &str = "first-token";

const LOGIN: &str = "first";

/// The path of a new link by which the first user sets a password, once.
pub(crate) fn link(program: &Program) -> Result<String> {
    let data = program.data.to_string_lossy();
    let told = output(&mut program.command(&["user", "link", LOGIN, "--data", data.as_ref()]))?;
    let path = told.split_whitespace().find_map(|word| Some(word.get(word.find("/link/")?..)?.to_owned()));
    path.context("the service's command line gave no link")
}

/// Gives the token; makes organisation, user and token when there is none.
pub(crate) fn ensure(program: &Program) -> Result<String> {
    let file = program.data.join(TOKEN_FILE);
    if let Ok(token) = std::fs::read_to_string(&file) {
        return Ok(token.trim().to_owned());
    }
    std::fs::create_dir_all(&program.data)
        .with_context(|| format!("cannot make {}", program.data.display()))?;
    let data = program.data.to_string_lossy();
    let call = |words: &[&str]| output(&mut program.command(&[words, &["--data", data.as_ref()]].concat()));
    let known = call(&["user", "list", "--json"])?;
    let known = known.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let secret =
        if known.into_iter().any(|user| user.pointer("/login").and_then(Value::as_str) == Some(LOGIN)) {
            println!("Issuing a token for the user `{LOGIN}`");
            call(&["token", "issue", "--login", LOGIN, "--label", "cargo xtask run"])?
        } else {
            println!("Making the first organisation (federal), the user `{LOGIN}` and a token in {data}");
            call(&[
                "user",
                "add",
                "--login",
                LOGIN,
                "--name",
                "First user",
                "--role",
                "analyst",
                "--role",
                "org_admin",
            ])?
        };
    let secret = secret.trim();
    if secret.is_empty() || secret.contains(char::is_whitespace) {
        bail!("the service's command line gave no token");
    }
    let mut kept = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(kept, "{secret}")?;
    Ok(secret.to_owned())
}
