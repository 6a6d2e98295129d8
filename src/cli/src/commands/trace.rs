//! `podlinnik trace FILE`: looks for the original that a file was made from, and tells what differs.

use podlinnik_domain::analysis::DerivativeKind;
use podlinnik_domain::clock::{Clock as _, SystemClock};
use podlinnik_pipeline::trace::{ArchiveSources, TraceError, TraceOptions, Traced, Tracer};
use podlinnik_report::trace::summary;
use serde_json::json;
use tokio::runtime::Handle;

use super::media::{progress_bar, refuse};
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
        Err(code) => {
            refuse(&arguments.file, arguments.json, language, code)?;
            return Ok(REFUSED);
        }
    };
    let options = TraceOptions {
        now: SystemClock.now(),
        picture: arguments.picture.is_some(),
        film: arguments.film.is_some(),
    };
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
            refuse(&arguments.file, arguments.json, language, code)?;
            Ok(if theirs { REFUSED } else { FAILED })
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
