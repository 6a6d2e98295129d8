//! `cargo xtask prepare`: re-creates the `.sqlx` folders, which the query macros read when there is no database to ask.
//!
//! Both schemas are made in throw-away databases; then the macros themselves write one file per statement while the crates are checked.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::command;
use crate::paths;
use crate::postgres::TemporaryServer;

/// One engine's crate.
#[derive(Debug)]
struct Engine {
    package: &'static str,
    folder: &'static str,
    migrations: &'static str,
    /// `database-url-var` in the crate's `sqlx.toml`.
    variable: &'static str,
}

const SQLITE: Engine = Engine {
    package: "podlinnik-storage-sqlite",
    folder: "src/storage-sqlite",
    migrations: "migrations/sqlite",
    variable: "PODLINNIK_SQLITE_DATABASE_URL",
};

const POSTGRES: Engine = Engine {
    package: "podlinnik-storage-postgres",
    folder: "src/storage-postgres",
    migrations: "migrations/postgres",
    variable: "PODLINNIK_POSTGRES_DATABASE_URL",
};

/// Re-creates both folders; with `check`, only compares.
///
/// # Errors
/// A database cannot be made, a statement does not fit its schema, or (with `check`) a folder is not what it should be.
pub(crate) fn run(check: bool) -> Result<()> {
    let repository = paths::repository()?;
    let scratch = tempfile::Builder::new()
        .prefix("podlinnik-prepare-")
        .tempdir()
        .context("cannot make a temporary folder")?;

    let file = scratch.path().join("schema.sqlite");
    command::run(
        cargo(&repository)
            .args(["run", "--quiet", "--package", "podlinnik-xtask", "--example", "sqlite_schema", "--"])
            .arg(&file)
            .arg(repository.join(SQLITE.migrations)),
    )?;
    let url = format!("sqlite://{}", file.display());
    let sqlite = statements(&repository, &SQLITE, &url, &scratch.path().join("sqlite"))?;

    let server = TemporaryServer::start()?;
    for migration in files(&repository.join(POSTGRES.migrations), "sql")? {
        server.execute_file(&migration)?;
    }
    let postgres = statements(&repository, &POSTGRES, &server.url(), &scratch.path().join("postgres"))?;

    let mut differences = Vec::new();
    for (engine, made) in [(&SQLITE, sqlite), (&POSTGRES, postgres)] {
        let kept = repository.join(engine.folder).join(".sqlx");
        let before = contents(&kept)?;
        let same = before == made;
        println!(
            "{}: {} statements, {}",
            engine.package,
            made.len(),
            if same { "unchanged" } else { "changed" }
        );
        if check && !same {
            differences.push(engine.folder);
        } else if !same {
            replace(&kept, &made)?;
        }
    }
    if !differences.is_empty() {
        bail!(
            "the statements in {} have changed since their `.sqlx` was made; run `cargo xtask prepare` and commit the result",
            differences.join(" and ")
        );
    }
    Ok(())
}

/// Lets the macros of one crate describe every statement against a live schema.
fn statements(
    repository: &Path,
    engine: &Engine,
    url: &str,
    folder: &Path,
) -> Result<BTreeMap<String, Vec<u8>>> {
    fs::create_dir(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    // The macros run only if Cargo thinks that the crate has changed.
    let library = repository.join(engine.folder).join("src/lib.rs");
    File::options()
        .append(true)
        .open(&library)
        .and_then(|file| file.set_modified(now()))
        .with_context(|| format!("cannot touch {}", library.display()))?;
    command::run(
        cargo(repository)
            .args(["check", "--quiet", "--package", engine.package, "--lib"])
            .env("SQLX_OFFLINE", "false")
            .env("SQLX_OFFLINE_DIR", folder)
            .env(engine.variable, url),
    )?;
    let made = contents(folder)?;
    if made.is_empty() {
        bail!("the macros of {} wrote nothing", engine.package);
    }
    Ok(made)
}

#[expect(clippy::disallowed_methods, reason = "a file's time of change, not a time that the service keeps")]
fn now() -> SystemTime {
    SystemTime::now()
}

fn cargo(repository: &Path) -> Command {
    let mut command = Command::new(paths::cargo());
    command.current_dir(repository);
    command
}

/// The files of a folder with this extension, by name; none if there is no such folder.
fn files(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.extension().is_some_and(|given| given == extension) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn contents(folder: &Path) -> Result<BTreeMap<String, Vec<u8>>> {
    files(folder, "json")?
        .into_iter()
        .map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok((name, bytes))
        })
        .collect()
}

fn replace(folder: &Path, made: &BTreeMap<String, Vec<u8>>) -> Result<()> {
    fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    for old in files(folder, "json")? {
        fs::remove_file(&old).with_context(|| format!("cannot remove {}", old.display()))?;
    }
    for (name, bytes) in made {
        let path = folder.join(name);
        fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}
