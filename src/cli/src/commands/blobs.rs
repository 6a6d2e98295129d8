//! `podlinnik blobs verify | list | copy`: originals and derivatives against the database.

use indicatif::{ProgressBar, ProgressStyle};
use podlinnik_pipeline::Blobs;
use podlinnik_pipeline::moving::{BlobProblem, BlobTally, copy_blobs, inspect};
use serde_json::json;

use crate::arguments::moving::{Blobs as Command, BlobsCopy, BlobsVerify};
use crate::exit::{DONE, Exit, Failure, REFUSED};
use crate::output::{self, printable};
use crate::service::{open_blobs, open_store};
use crate::settings::{FileSettings, StoreSettings};

/// Schema of the object that stands for a problem.
const PROBLEM: &str = "podlinnik-blob-problem/1";
/// Schema of the object that stands for the whole.
const VERIFICATION: &str = "podlinnik-blobs-verification/1";
const COPY: &str = "podlinnik-blobs-copy/1";

pub(super) async fn run(command: Command, file: &FileSettings) -> Result<Exit, Failure> {
    match command {
        Command::Verify(arguments) => look(&arguments, true, file).await,
        Command::List(arguments) => look(&arguments, false, file).await,
        Command::Copy(arguments) => copy(&arguments, file).await,
    }
}

async fn look(arguments: &BlobsVerify, reading: bool, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = StoreSettings::new(&arguments.store, file)?;
    let (store, blobs) = (open_store(&settings).await?, open_blobs(&settings).await?);
    let bar = bar();
    let moving = bar.clone();
    let mut tell = move |done, all| shown(&moving, done, all);
    let mut written = Ok(());
    let mut problem = |what, name: &str| told(&bar, arguments.json, what, name, &mut written);
    let tally = inspect(store.as_ref(), &blobs, reading, &mut tell, &mut problem).await;
    bar.finish_and_clear();
    let tally = tally?;
    written?;
    end(VERIFICATION, &tally, reading, arguments.json)
}

async fn copy(arguments: &BlobsCopy, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = StoreSettings::new(&arguments.store, file)?;
    let from = arguments.from.clone().unwrap_or_else(|| settings.data.join("blobs"));
    if settings.blobs.is_none() && from == settings.data.join("blobs") {
        return Err(Failure::usage("there is nowhere to copy to")
            .hint("name a bucket with --blobs, or another folder to copy from with --from"));
    }
    if !from.is_dir() {
        return Err(Failure::usage(format!("there is no folder `{}`", from.display())));
    }
    let (store, to) = (open_store(&settings).await?, open_blobs(&settings).await?);
    let from = Blobs::local(&from).await?;
    let bar = bar();
    let moving = bar.clone();
    let mut tell = move |done, all| shown(&moving, done, all);
    let mut written = Ok(());
    let mut problem = |what, name: &str| told(&bar, arguments.json, what, name, &mut written);
    let tally = copy_blobs(store.as_ref(), &from, &to, &mut tell, &mut problem).await;
    bar.finish_and_clear();
    let tally = tally?;
    written?;
    end(COPY, &tally, true, arguments.json)
}

fn told(bar: &ProgressBar, json: bool, what: BlobProblem, name: &str, written: &mut std::io::Result<()>) {
    let line = if json {
        json!({ "schema": PROBLEM, "problem": what.code(), "blob": name }).to_string()
    } else {
        format!("{:<8} {}", what.code(), printable(name))
    };
    if written.is_ok() {
        *written = bar.suspend(|| output::data(&line));
    }
}

fn end(schema: &str, tally: &BlobTally, read: bool, json: bool) -> Result<Exit, Failure> {
    let of = |problem| tally.of(problem);
    if json {
        let whole = json!({
            "schema": schema, "blobs": tally.blobs, "bytes": tally.bytes, "read": read, "copied": tally.sent,
            "missing": of(BlobProblem::Missing), "damaged": of(BlobProblem::Damaged),
            "extra": of(BlobProblem::Extra), "strangers": of(BlobProblem::Stranger),
        });
        output::data(&whole.to_string())?;
    } else {
        output::talk(&format!(
            "{} blobs, {} bytes: {} missing, {} damaged, {} extra, {} strangers",
            tally.blobs,
            tally.bytes,
            of(BlobProblem::Missing),
            of(BlobProblem::Damaged),
            of(BlobProblem::Extra),
            of(BlobProblem::Stranger)
        ));
    }
    Ok(if tally.is_whole() { DONE } else { REFUSED })
}

/// A bar of bytes on standard error.
pub(super) fn bar() -> ProgressBar {
    let bar = ProgressBar::new(0);
    let style = ProgressStyle::with_template("{bar:30} {bytes} of {total_bytes} {eta}");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

pub(super) fn shown(bar: &ProgressBar, done: u64, all: u64) {
    bar.set_length(all.max(done));
    bar.set_position(done);
}
