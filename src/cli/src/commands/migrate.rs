//! `podlinnik migrate`: brings the database up to date, or says what that would do.

use podlinnik_storage_postgres::PostgresStore;
use podlinnik_storage_sqlite::SqliteStore;

use crate::arguments::moving::Migrate;
use crate::exit::{DONE, Exit, Failure, REFUSED};
use crate::output;
use crate::service::{DATABASE, open_store};
use crate::settings::{FileSettings, StoreSettings};

pub(super) async fn run(arguments: &Migrate, file: &FileSettings) -> Result<Exit, Failure> {
    let store = StoreSettings::new(&arguments.store, file)?;
    let pending = match &store.database_url {
        Some(url) => PostgresStore::pending(url).await?,
        None => SqliteStore::pending(&store.data.join(DATABASE)).await?,
    };
    if !arguments.check && !pending.is_empty() {
        open_store(&store).await?;
    }
    for name in &pending {
        output::data(&format!("{} {name}", if arguments.check { "pending" } else { "applied" }))?;
    }
    if pending.is_empty() {
        output::talk("the database is up to date");
    }
    Ok(if arguments.check && !pending.is_empty() { REFUSED } else { DONE })
}
