//! `podlinnik archive add | list | remove | verify | renew | key`: genuine official footage and its signed register.

use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::original::{ArchiveItem, Attribution};
use podlinnik_pipeline::archive::source::Source;
use podlinnik_pipeline::archive::verify::Verified;
use podlinnik_pipeline::archive::{AddEvent, AddOptions, Added, FileOutcome, FileResult, Recogniser};
use podlinnik_pipeline::{Archive, MediaLimits, RegisterKey, Service, ServiceError, StoreError};
use serde_json::{Value, json};

use crate::arguments::archive::{
    Archive as Command, ArchiveAdd, ArchiveKey, ArchiveList, ArchiveRemove, ArchiveRenew, ArchiveVerify,
};
use crate::exit::{DONE, Exit, FAILED, Failure, REFUSED};
use crate::input::shown_name;
use crate::output::{self, printable};
use crate::service::make_folder;
use crate::settings::{FileSettings, StoreFlags, StoreSettings, reader_program};

/// Schema of the object that stands for a file.
const FILE_SCHEMA: &str = "podlinnik-archive-file/1";
/// Schema of the object that stands for a check.
const VERIFICATION_SCHEMA: &str = "podlinnik-archive-verification/1";

pub(super) fn run(command: Command, file: &FileSettings) -> Result<Exit, Failure> {
    match command {
        Command::Add(arguments) => add(arguments, file),
        Command::List(arguments) => super::block_on(list(&arguments, file)),
        Command::Remove(arguments) => super::block_on(remove(&arguments, file)),
        Command::Verify(arguments) => super::block_on(verify(&arguments, file)),
        Command::Renew(arguments) => super::block_on(renew(&arguments, file)),
        Command::Key(arguments) => key(&arguments, file),
    }
}

/// The archive in a data folder.
pub(super) async fn open(flags: &StoreFlags, file: &FileSettings) -> Result<Archive, Failure> {
    let service = super::office(flags, file).await?;
    of(&service, &StoreSettings::new(flags, file)?, MediaLimits::archive())
}

/// The archive of a service.
pub(super) fn of(service: &Service, store: &StoreSettings, limits: MediaLimits) -> Result<Archive, Failure> {
    let recogniser = Recogniser::new(reader_program()?, limits);
    Ok(Archive::new(service, register_key(store)?, Arc::new(recogniser)))
}

fn register_key(store: &StoreSettings) -> Result<RegisterKey, Failure> {
    make_folder(&store.data)?;
    RegisterKey::open_or_make(&store.data).map_err(|error| {
        Failure::internal(error).hint("restore the file from a backup; a new key would not be trusted")
    })
}

fn key(arguments: &ArchiveKey, file: &FileSettings) -> Result<Exit, Failure> {
    let key = register_key(&StoreSettings::new(&arguments.store, file)?)?;
    output::data(&if arguments.hex { key.public_hex() } else { key.public_pem() })?;
    Ok(DONE)
}

fn add(arguments: ArchiveAdd, file: &FileSettings) -> Result<Exit, Failure> {
    let defaults = Attribution {
        title: arguments.title,
        source: arguments.source,
        recorded: arguments.date,
        link: arguments.link,
        vouched_by: arguments.vouched_by.unwrap_or_default(),
    };
    let source =
        Source::gather(&arguments.paths, &defaults).map_err(|error| Failure::usage(error.to_string()))?;
    let vouched = |said: &Attribution| !said.vouched_by.trim().is_empty();
    if source.entries.iter().any(|entry| entry.said.is_ok())
        && !source.entries.iter().any(|entry| entry.said.as_ref().is_ok_and(vouched))
    {
        return Err(Failure::usage("nobody vouches for the footage")
            .hint("name a person or an organisation with --vouched-by"));
    }
    let options = AddOptions { copy: arguments.copy, again: arguments.again, actor: None };
    super::block_on(async {
        let archive = open(&arguments.store, file).await?;
        let bar = progress_bar(source.entries.len());
        let mut written = Ok(());
        let mut begun = 0;
        let mut tell = |event: AddEvent<'_>| match event {
            AddEvent::Begin { path, index, .. } => {
                begun = index as u64 * 1000;
                bar.set_position(begun);
                bar.set_message(message(path));
            }
            AddEvent::Progress(permille) => bar.set_position(begun + u64::from(permille)),
            AddEvent::End(outcome) => {
                let line = if arguments.json { Some(as_json(outcome)) } else { as_text(outcome) };
                if let Some(line) = line
                    && written.is_ok()
                {
                    written = bar.suspend(|| output::data(&line));
                }
            }
        };
        let added = archive.add(source, &options, &mut tell).await;
        bar.finish_and_clear();
        let added = added?;
        written?;
        output::talk(&summary(&added));
        Ok(exit(&added))
    })
}

async fn renew(arguments: &ArchiveRenew, file: &FileSettings) -> Result<Exit, Failure> {
    let archive = open(&arguments.store, file).await?;
    let mut written = Ok(());
    let mut tell = |outcome: &FileOutcome| {
        let line = if arguments.json { Some(as_json(outcome)) } else { as_text(outcome) };
        if let Some(line) = line
            && written.is_ok()
        {
            written = output::data(&line);
        }
    };
    let renewed = archive.renew(&mut tell).await?;
    written?;
    output::talk(&summary(&renewed));
    Ok(exit(&renewed))
}

const fn exit(added: &Added) -> Exit {
    match (added.failed, added.refused) {
        (0, 0) => DONE,
        (0, _) => REFUSED,
        _ => FAILED,
    }
}

async fn list(arguments: &ArchiveList, file: &FileSettings) -> Result<Exit, Failure> {
    let archive = open(&arguments.store, file).await?;
    let mut written = Ok(());
    let mut rows = Vec::new();
    let mut tell = |item: &ArchiveItem| {
        if arguments.json {
            if written.is_ok() {
                written = output::data(&json!(item).to_string());
            }
        } else {
            rows.push(row(item));
        }
    };
    let count = archive.list(arguments.withdrawn, &mut tell).await?;
    written?;
    if !rows.is_empty() {
        output::data(&output::table(&rows))?;
    }
    if count == 0 {
        output::talk(
            "hint: the archive is empty; add footage with\n  podlinnik archive add FOLDER --vouched-by NAME",
        );
    }
    Ok(DONE)
}

async fn remove(arguments: &ArchiveRemove, file: &FileSettings) -> Result<Exit, Failure> {
    let archive = open(&arguments.store, file).await?;
    let id = arguments.id;
    match archive.withdraw(id, &arguments.reason, None).await {
        Ok(item) => {
            output::talk(&format!("withdrew {id} ({})", item.path));
            Ok(DONE)
        }
        Err(ServiceError::Store(StoreError::Missing { .. })) => {
            Err(Failure::usage(format!("there is no original {id}"))
                .hint("`podlinnik archive list` shows identifiers"))
        }
        Err(ServiceError::Store(StoreError::WrongState { .. })) => {
            Err(Failure::usage(format!("original {id} was withdrawn before")))
        }
        Err(error) => Err(error.into()),
    }
}

async fn verify(arguments: &ArchiveVerify, file: &FileSettings) -> Result<Exit, Failure> {
    let archive = open(&arguments.store, file).await?;
    let bar = ProgressBar::new_spinner();
    let mut tell = |item: &ArchiveItem| {
        bar.set_message(message(Path::new(&item.path)));
        bar.tick();
    };
    let verified = archive.verify(&arguments.trusted, !arguments.register_only, &mut tell).await;
    bar.finish_and_clear();
    let verified = verified?;
    if arguments.json {
        output::data(&verification(&verified).to_string())?;
    } else {
        output::data(&report(&verified))?;
    }
    Ok(if verified.problems.is_empty() { DONE } else { REFUSED })
}

fn as_json(outcome: &FileOutcome) -> String {
    let mut object = json!({
        "schema": FILE_SCHEMA,
        "file": outcome.path.to_string_lossy(),
        "result": outcome.result.code(),
    });
    if let Some(item) = outcome.result.item() {
        object["item"] = json!(item);
    }
    match &outcome.result {
        FileResult::Added { warnings, .. } => object["warnings"] = json!(warnings),
        FileResult::Refused { code, detail, .. } => {
            object["code"] = json!(code);
            object["detail"] = json!(detail);
        }
        _ => {}
    }
    object.to_string()
}

/// What is worth a line. A file that is there already is not: it is counted at the end.
fn as_text(outcome: &FileOutcome) -> Option<String> {
    let path = printable(&outcome.path.to_string_lossy());
    Some(match &outcome.result {
        FileResult::Unchanged(_) => return None,
        FileResult::Added { item, warnings } => {
            let mut line = format!("added      {}  {path}", item.id);
            for warning in warnings {
                line.push_str(&format!(
                    "\n           {}: {}",
                    warning.code,
                    printable(warning.detail.as_deref().unwrap_or_default())
                ));
            }
            line
        }
        FileResult::Renewed(item) => format!("renewed    {}  {path}", item.id),
        FileResult::Moved(item) => format!("moved      {}  {path}", item.id),
        FileResult::Duplicate(item) => {
            format!("duplicate  {}  {path} has the bytes of {}", item.id, printable(&item.path))
        }
        FileResult::Withdrawn(item) => {
            let reason = item.withdrawal.as_ref().map_or("", |withdrawal| withdrawal.reason.as_str());
            format!("withdrawn  {}  {path}: {}", item.id, printable(reason))
        }
        FileResult::Refused { code: ErrorCode::ValidationFailed, detail, .. } => {
            format!("refused    {path}: {} ({})", printable(detail), ErrorCode::ValidationFailed)
        }
        FileResult::Refused { code, detail, .. } => {
            let detail = if detail.is_empty() { String::new() } else { format!(": {}", printable(detail)) };
            format!("refused    {path}: {} ({code}{detail})", code.text().en)
        }
    })
}

fn summary(added: &Added) -> String {
    let mut parts = vec![format!("{} added ({})", added.added, clock(added.added_s))];
    let mut count = |number: u64, what: &str| {
        if number > 0 {
            parts.push(format!("{number} {what}"));
        }
    };
    count(added.unchanged, "there already");
    count(added.renewed, "read again");
    count(added.moved, "moved");
    count(added.duplicates, "with the bytes of another");
    count(added.withdrawn, "withdrawn before (take them in with --again)");
    count(added.refused, "refused");
    count(added.passed_over, "neither recording nor picture");
    parts.join(", ")
}

fn row(item: &ArchiveItem) -> Vec<String> {
    let said = &item.attribution;
    let name = said.title.clone().unwrap_or_else(|| shown_name(Path::new(&item.path)));
    vec![
        item.id.to_string(),
        said.recorded.as_ref().map(ToString::to_string).unwrap_or_default(),
        item.duration_s.map(clock).unwrap_or_default(),
        printable(&name),
        printable(said.source.as_deref().unwrap_or(&said.vouched_by)),
        item.withdrawal
            .as_ref()
            .map(|why| format!("withdrawn: {}", printable(&why.reason)))
            .unwrap_or_default(),
    ]
}

fn verification(verified: &Verified) -> Value {
    let problems: Vec<_> = verified
        .problems
        .iter()
        .map(|problem| {
            json!({ "code": problem.code, "sequence": problem.sequence, "item": problem.item, "detail": problem.detail })
        })
        .collect();
    json!({
        "schema": VERIFICATION_SCHEMA,
        "entries": verified.entries,
        "head": verified.head,
        "keys": verified.keys,
        "items": verified.items,
        "files": verified.files,
        "problems": problems,
    })
}

fn report(verified: &Verified) -> String {
    let mut lines = Vec::new();
    for problem in &verified.problems {
        let mut line = problem.code.to_string();
        if let Some(sequence) = problem.sequence {
            line.push_str(&format!(", entry {sequence}"));
        }
        if let Some(item) = problem.item {
            line.push_str(&format!(", original {item}"));
        }
        lines.push(format!("{line}: {}", printable(&problem.detail)));
    }
    lines.push(format!(
        "{} entries, {} originals, {} files read, {} problems; the last entry has SHA-256 {}",
        verified.entries,
        verified.items,
        verified.files,
        verified.problems.len(),
        verified.head
    ));
    lines.join("\n")
}

/// Hours, minutes, seconds.
fn clock(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    format!("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
}

fn message(path: &Path) -> String {
    printable(&shown_name(path)).chars().take(40).collect()
}

/// Hidden by itself where standard error is not a terminal.
fn progress_bar(files: usize) -> ProgressBar {
    let bar = ProgressBar::new(files as u64 * 1000);
    if let Ok(style) =
        ProgressStyle::with_template("{msg} [{bar:30}] {percent} % {elapsed} (about {eta} to go)")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_hours_minutes_and_seconds() {
        assert_eq!(clock(0.4), "0:00:00");
        assert_eq!(clock(3725.5), "1:02:06");
        assert_eq!(clock(-1.0), "0:00:00");
    }

    #[test]
    fn a_summary_names_what_there_is() {
        let added = Added { added: 2, added_s: 61.0, refused: 1, ..Added::default() };
        assert_eq!(summary(&added), "2 added (0:01:01), 1 refused");
    }
}
