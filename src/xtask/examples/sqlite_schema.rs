//! Makes an SQLite file with the repository's schema, for `cargo xtask prepare`. An example, so that sqlx is a development dependency only
//! and `cargo xtask run` does not wait for it to compile.

use std::path::PathBuf;

use anyhow::Context as _;
use sqlx::ConnectOptions as _;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let file = arguments.next().context("expected the file to make")?;
    let migrations = arguments.next().context("expected the folder of migrations")?;
    let migrator = Migrator::new(migrations).await?;
    let mut connection = SqliteConnectOptions::new().filename(file).create_if_missing(true).connect().await?;
    migrator.run_direct(None, &mut connection, false).await?;
    Ok(())
}
