//! `podlinnik export | import | backup | restore`: a whole installation into a folder and out of one.

use indicatif::ProgressBar;
use podlinnik_domain::clock::{Clock as _, SystemClock};
use podlinnik_pipeline::moving::{self, BlobProblem, BlobTally, MANIFEST, Manifest, MoveError, copy_blobs};
use podlinnik_pipeline::{Blobs, Store};

use super::blobs::{bar, shown};
use crate::arguments::moving::{Backup, Export, Import, Restore};
use crate::exit::{DONE, Exit, Failure, REFUSED};
use crate::output;
use crate::service::{make_folder, open_blobs, open_store};
use crate::settings::{FileSettings, StoreSettings};

/// The database within a backup.
const DATABASE: &str = "database";
/// The blobs within a backup.
const BLOBS: &str = "blobs";

pub(super) async fn export(arguments: &Export, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = StoreSettings::new(&arguments.store, file)?;
    let store = open_store(&settings).await?;
    let manifest =
        moving::export(store.as_ref(), &settings.data, &arguments.folder, SystemClock.now()).await?;
    tell("exported", &manifest, arguments.json)
}

pub(super) async fn import(arguments: &Import, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = StoreSettings::new(&arguments.store, file)?;
    make_folder(&settings.data)?;
    let store = open_store(&settings).await?;
    let manifest = moving::import(store.as_ref(), &settings.data, &arguments.folder).await?;
    let code = tell("imported and compared", &manifest, arguments.json)?;
    if audit(&arguments.store, file).await? { Ok(code) } else { Ok(REFUSED) }
}

fn tell(what: &str, manifest: &Manifest, json: bool) -> Result<Exit, Failure> {
    if json {
        output::data(&serde_json::to_string(manifest).map_err(Failure::internal)?)?;
    } else {
        let (rows, tables) = (manifest.rows(), manifest.tables.len());
        output::talk(&format!("{what}: {rows} rows of {tables} tables, as of {}", manifest.taken_at));
    }
    Ok(DONE)
}

/// Whether the transparency log is whole where it has come to.
async fn audit(flags: &crate::settings::StoreFlags, file: &FileSettings) -> Result<bool, Failure> {
    let audit = super::office(flags, file).await?.log()?.audit(None).await?;
    for problem in &audit.problems {
        output::talk(&format!("transparency log: {problem}"));
    }
    output::talk(&format!("transparency log: {} entries, {} problems", audit.size, audit.problems.len()));
    Ok(audit.problems.is_empty())
}

pub(super) async fn backup(arguments: &Backup, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = StoreSettings::new(&arguments.store, file)?;
    let store = open_store(&settings).await?;
    let folder = &arguments.folder;
    make_folder(folder)?;
    // One that takes longer than the time to the next would otherwise be mixed with it.
    let lock = std::fs::File::create(folder.join("lock"))?;
    if lock.try_lock().is_err() {
        return Err(Failure::usage(format!("another backup into `{}` is under way", folder.display()))
            .hint("wait for it, or name another folder"));
    }
    // The earlier one is replaced when this one is complete.
    let (new, current) = (folder.join("database.new"), folder.join(DATABASE));
    if new.exists() {
        std::fs::remove_dir_all(&new)?;
    }
    let manifest = moving::export(store.as_ref(), &settings.data, &new, SystemClock.now()).await?;
    // What the database of that moment names was there before it.
    let tally = if arguments.without_blobs {
        BlobTally::default()
    } else {
        let (from, to) = (open_blobs(&settings).await?, Blobs::local(&folder.join(BLOBS)).await?);
        copy(store.as_ref(), &from, &to).await?
    };
    if current.exists() {
        let old = folder.join("database.old");
        if old.exists() {
            std::fs::remove_dir_all(&old)?;
        }
        std::fs::rename(&current, &old)?;
        std::fs::rename(&new, &current)?;
        std::fs::remove_dir_all(&old)?;
    } else {
        std::fs::rename(&new, &current)?;
    }
    std::fs::File::open(folder)?.sync_all()?;
    tell("backed up", &manifest, false)?;
    if arguments.without_blobs {
        output::talk("blobs: left out");
    }
    Ok(if tally.is_whole() { DONE } else { REFUSED })
}

pub(super) async fn restore(arguments: &Restore, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = StoreSettings::new(&arguments.store, file)?;
    let folder = arguments.folder.join(DATABASE);
    // A backup that was killed between two steps of its end has the earlier one under this name.
    let earlier = arguments.folder.join("database.old");
    let folder = if folder.join(MANIFEST).exists() || !earlier.exists() { folder } else { earlier };
    make_folder(&settings.data)?;
    let store = open_store(&settings).await?;
    let manifest = moving::import(store.as_ref(), &settings.data, &folder).await?;
    tell("restored and compared", &manifest, false)?;
    let blobs = arguments.folder.join(BLOBS);
    let tally = if blobs.is_dir() {
        let (from, to) = (Blobs::local(&blobs).await?, open_blobs(&settings).await?);
        let hint =
            format!("the database is back; go on with `podlinnik blobs copy --from {}`", blobs.display());
        copy(store.as_ref(), &from, &to).await.map_err(|failure| failure.hint(hint))?
    } else {
        output::talk("blobs: the backup has none");
        BlobTally::default()
    };
    let whole = audit(&arguments.store, file).await?;
    Ok(if tally.is_whole() && whole { DONE } else { REFUSED })
}

async fn copy(store: &dyn Store, from: &Blobs, to: &Blobs) -> Result<BlobTally, Failure> {
    let bar: ProgressBar = bar();
    let (moving, talking) = (bar.clone(), bar.clone());
    let mut tell = move |done, all| shown(&moving, done, all);
    let mut problem = move |what: BlobProblem, name: &str| {
        talking.suspend(|| output::talk(&format!("blob {name}: {}", what.code())));
    };
    let tally = copy_blobs(store, from, to, &mut tell, &mut problem).await;
    bar.finish_and_clear();
    let tally = tally?;
    output::talk(&format!(
        "blobs: {} ({} bytes), {} copied now, {} missing, {} damaged",
        tally.blobs,
        tally.bytes,
        tally.sent,
        tally.of(BlobProblem::Missing),
        tally.of(BlobProblem::Damaged)
    ));
    Ok(tally)
}

impl From<MoveError> for Failure {
    fn from(error: MoveError) -> Self {
        match error {
            MoveError::NotEmpty => Self::usage("the database is not empty: nothing was changed")
                .hint("name a data folder or a database that nothing was written into yet"),
            MoveError::Unusable(what) => Self::usage(what),
            MoveError::Blob(error) => error.into(),
            other => Self::internal(other),
        }
    }
}
