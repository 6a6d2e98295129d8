//! The first organisation, the first user and a token, made through the command line of the service, once.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::command::output;
use crate::run::Program;

/// Name of the file in the data folder that keeps the token, readable by its owner only.
pub(crate) const TOKEN_FILE: &str = "first-token";

/// Gives the token; makes organisation, user and token when there is none.
pub(crate) fn ensure(program: &Program) -> Result<String> {
    let file = program.data.join(TOKEN_FILE);
    if let Ok(token) = std::fs::read_to_string(&file) {
        return Ok(token.trim().to_owned());
    }
    std::fs::create_dir_all(&program.data)
        .with_context(|| format!("cannot make {}", program.data.display()))?;
    println!("Making the first organisation (federal), user (first) and token in {}", program.data.display());
    let data = program.data.to_string_lossy();
    let call = |words: &[&str]| output(&mut program.command(&[words, &["--data", data.as_ref()]].concat()));
    call(&[
        "user",
        "organisation",
        "add",
        "--code",
        "federal",
        "--level",
        "federal",
        "--name-ru",
        "Федеральный центр",
        "--name-en",
        "Federal centre",
    ])?;
    call(&[
        "user",
        "add",
        "--login",
        "first",
        "--name",
        "First user",
        "--organisation",
        "federal",
        "--roles",
        "submitter,analyst,org_admin",
    ])?;
    let answer = call(&["user", "token", "first", "--json"])?;
    let answer: Value = serde_json::from_str(&answer).context("the token command did not answer in JSON")?;
    let secret =
        answer.pointer("/secret").and_then(Value::as_str).context("the token command gave no secret")?;
    let mut kept = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&file)
        .with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(kept, "{secret}")?;
    Ok(secret.to_owned())
}
