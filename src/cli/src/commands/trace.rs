//! `podlinnik trace FILE`: looks for the original that a file was made from, and tells what differs.

use std::path::Path;
use std::sync::Arc;

use indicatif::{ProgressBar, ProgressStyle};
use podlinnik_domain::analysis::DerivativeKind;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Language;
use podlinnik_pipeline::trace::{ArchiveSources, TraceError, TraceOptions, Traced, Tracer};
use podlinnik_report::trace::summary;
use serde_json::json;
use tokio::runtime::Handle;

use super::check::REFUSAL_SCHEMA;
use crate::arguments::{Common, Trace};
use crate::exit::{DONE, Exit, FAILED, Failure, REFUSED};
use crate::input::{Input, open, shown_name};
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings};

pub(super) fn run(arguments: Trace, common: &Common, file: &FileSettings) -> Result<Exit, Failure> {
    let language = super::language(common, file);
    let settings = AnalysisSettings::new(&arguments.analysis, file);
    let input = match open(&arguments.file, settings.limit_bytes) {
        Ok(input) => input,
        Err(code) => return refuse(&arguments, language, code, REFUSED),
    };
    let options = TraceOptions { picture: arguments.picture.is_some(), film: arguments.film.is_some() };
    let tracer = Tracer::open(settings.analyser(1)?)?;
    match super::block_on(trace(&arguments, tracer, input, options, file))? {
        Ok(traced) => {
            for (path, kind) in [
                (&arguments.picture, DerivativeKind::Comparison),
                (&arguments.film, DerivativeKind::ComparisonFilm),
            ] {
                let Some(path) = path else { continue };
                match traced.pictures.iter().find(|picture| picture.kind == kind) {
                    Some(picture) => std::fs::write(path, &picture.bytes).map_err(|error| {
                        Failure::usage(format!("cannot write `{}`: {error}", path.display()))
                    })?,
                    None => output::talk(&format!(
                        "`{}` was not written: there is nothing to show",
                        path.display()
                    )),
                }
            }
            if arguments.json {
                output::data(&json!(traced.trace).to_string())?;
            } else {
                output::data(&summary(&traced.trace, language, output::width()))?;
            }
            Ok(DONE)
        }
        Err(error) => {
            let (code, theirs) = error.code();
            let name = shown_name(&arguments.file);
            if theirs {
                tracing::info!("`{name}` was refused: {error}");
            } else {
                tracing::error!("cannot trace `{name}`: {error}");
            }
            refuse(&arguments, language, code, if theirs { REFUSED } else { FAILED })
        }
    }
}

async fn trace(
    arguments: &Trace,
    tracer: Tracer,
    input: Input,
    options: TraceOptions,
    file: &FileSettings,
) -> Result<Result<Traced, TraceError>, Failure> {
    let archive = super::archive::open(&arguments.store, file).await?;
    let (library, known) = (archive.library().await?, archive.known().await?);
    if library.items().next().is_none() {
        output::talk(
            "hint: the archive of originals is empty; add footage with\n  podlinnik archive add FOLDER --vouched-by NAME",
        );
    }
    let bar = progress_bar(&arguments.file);
    let runtime = Handle::current();
    let work = move || {
        let sources =
            ArchiveSources { archive: &archive, library: &library, known: &known, runtime, exact_too: true };
        let mut progress = |permille: u16| {
            bar.set_position(u64::from(permille));
            true
        };
        let traced = tracer.trace(input.file, input.name, &sources, options, &mut progress);
        bar.finish_and_clear();
        traced
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure::internal(anyhow::Error::new(error)))
}

fn refuse(arguments: &Trace, language: Language, code: ErrorCode, exit: Exit) -> Result<Exit, Failure> {
    let sentence = code.text().in_language(language);
    let name = shown_name(&arguments.file);
    if arguments.json {
        let object = json!({ "schema": REFUSAL_SCHEMA, "file": name, "code": code, "text": sentence });
        output::data(&object.to_string())?;
    } else {
        output::data(&podlinnik_report::text::refusal(&name, &format!("{sentence} ({code})")))?;
    }
    Ok(exit)
}

/// Hidden by itself where standard error is not a terminal.
fn progress_bar(path: &Path) -> Arc<ProgressBar> {
    let bar = ProgressBar::new(1000);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {elapsed}") {
        bar.set_style(style.progress_chars("=> "));
    }
    let name: String = shown_name(path).chars().filter(|letter| !letter.is_control()).take(40).collect();
    bar.set_message(name);
    Arc::new(bar)
}
