//! `podlinnik log key | checkpoint | stamp | verify`: the transparency log of this installation.

use podlinnik_pipeline::Service;
use podlinnik_pipeline::log::Audit;
use podlinnik_pipeline::provenance::note::Checkpoint;
use serde_json::json;

use crate::arguments::log::{Log, LogCheckpoint, LogKey, LogStamp, LogVerify};
use crate::exit::{DONE, Exit, Failure, REFUSED};
use crate::output::{self, printable};
use crate::service::{log_key, make_folder, with_time_stamping};
use crate::settings::{FileSettings, StoreFlags, StoreSettings, time_stamp_authorities};

/// Schema of the object that stands for a check.
const SCHEMA: &str = "podlinnik-log-verification/1";

pub(super) fn run(command: Log, file: &FileSettings) -> Result<Exit, Failure> {
    match command {
        Log::Key(arguments) => key(&arguments, file),
        Log::Checkpoint(arguments) => super::block_on(checkpoint(&arguments, file)),
        Log::Stamp(arguments) => super::block_on(stamp(&arguments, file)),
        Log::Verify(arguments) => super::block_on(verify(&arguments, file)),
    }
}

fn key(arguments: &LogKey, file: &FileSettings) -> Result<Exit, Failure> {
    let store = StoreSettings::new(&arguments.store, file)?;
    make_folder(&store.data)?;
    output::data(&log_key(&store)?.verifier().to_string())?;
    Ok(DONE)
}

async fn open(flags: &StoreFlags, file: &FileSettings) -> Result<Service, Failure> {
    super::office(flags, file).await
}

async fn checkpoint(arguments: &LogCheckpoint, file: &FileSettings) -> Result<Exit, Failure> {
    let service = open(&arguments.store, file).await?;
    output::data(&service.log()?.checkpoint().await?.note)?;
    Ok(DONE)
}

async fn stamp(arguments: &LogStamp, file: &FileSettings) -> Result<Exit, Failure> {
    let authorities = time_stamp_authorities(&arguments.stamping, file);
    if authorities.is_empty() {
        return Err(Failure::usage("no time stamp authority is named")
            .hint("name one with --time-stamp-authority URL, or in the settings file"));
    }
    let service = with_time_stamping(open(&arguments.store, file).await?, &authorities)?;
    let outcomes = service.stamp_log().await?;
    for outcome in &outcomes {
        let authority = printable(&outcome.authority);
        output::data(&match &outcome.stamp {
            Ok(Some(stamp)) => format!("ok     {authority}: {} entries at {}", stamp.size, stamp.stamped_at),
            Ok(None) => format!("ok     {authority}: nothing new"),
            Err(problem) => format!("FAILED {authority}: {}", printable(problem)),
        })?;
    }
    Ok(if outcomes.iter().all(|outcome| outcome.stamp.is_ok()) { DONE } else { REFUSED })
}

async fn verify(arguments: &LogVerify, file: &FileSettings) -> Result<Exit, Failure> {
    let earlier = arguments.since.as_deref().map(super::verify::note).transpose()?;
    let service = open(&arguments.store, file).await?;
    let log = service.log()?;
    let earlier = earlier
        .map(|note| Checkpoint::open(&note, log.verifier()))
        .transpose()
        .map_err(|error| Failure::usage(format!("the earlier checkpoint: {error}")))?;
    let audit = log.audit(earlier.as_ref()).await?;
    output::data(&if arguments.json { as_json(&audit) } else { as_text(&audit) })?;
    Ok(if audit.problems.is_empty() { DONE } else { REFUSED })
}

fn as_json(audit: &Audit) -> String {
    json!({ "schema": SCHEMA, "size": audit.size, "root_sha256": audit.root, "problems": audit.problems })
        .to_string()
}

fn as_text(audit: &Audit) -> String {
    let mut lines = audit.problems.clone();
    lines.push(format!(
        "{} entries, {} problems; the root has SHA-256 {}",
        audit.size,
        audit.problems.len(),
        audit.root
    ));
    lines.join("\n")
}
