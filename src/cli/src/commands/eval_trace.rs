//! `podlinnik eval-trace MANIFEST`: how well originals are found and differences told, on suspects of known origin, in the archive as it is.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;

use indicatif::{ProgressBar, ProgressStyle};
use podlinnik_domain::clock::{Clock as _, SystemClock};
use podlinnik_evaluation::tracing::{Judged, Said, Suspect, markdown, read, summarise};
use podlinnik_pipeline::trace::{ArchiveSources, Sources as _, TraceOptions, Tracer};
use tokio::runtime::Handle;

use crate::arguments::EvalTrace;
use crate::exit::{DONE, Exit, FAILED, Failure};
use crate::input::open;
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings};

pub(super) fn run(arguments: EvalTrace, file: &FileSettings) -> Result<Exit, Failure> {
    let name = arguments.manifest.display();
    let text = fs::read_to_string(&arguments.manifest)
        .map_err(|error| Failure::usage(format!("cannot read `{name}`: {error}")))?;
    let suspects =
        read(&text).map_err(|error| Failure::usage(format!("`{name}`, {error}")).hint(MANIFEST))?;
    let root = arguments.manifest.parent().unwrap_or(Path::new(".")).to_owned();
    let settings = AnalysisSettings::new(&arguments.analysis, file);
    let tracer = Tracer::open(settings.analyser(1)?)?;
    fs::create_dir_all(&arguments.out)
        .map_err(|error| Failure::usage(format!("cannot make `{}`: {error}", arguments.out.display())))?;
    let date = arguments.date.clone();
    let jobs = arguments.jobs.unwrap_or(1).max(1);
    let work = async {
        let archive = super::archive::open(&arguments.store, file).await?;
        let (library, known) = (archive.library().await?, archive.known().await?);
        let runtime = Handle::current();
        let limit_bytes = settings.limit_bytes;
        let work = move || {
            let sources = ArchiveSources {
                archive: &archive,
                library: &library,
                known: &known,
                runtime,
                exact_too: false,
            };
            let one = |suspect: &Suspect| judge(suspect, &root, limit_bytes, &tracer, &sources);
            let searched = sources.searched();
            (all(&suspects, jobs, &one), (searched.originals, searched.hours))
        };
        let done = tokio::task::spawn_blocking(work).await;
        done.map_err(|error| Failure::internal(anyhow::Error::new(error)))
    };
    let (judged, archive) = super::block_on(work)?;
    let mut lines = String::new();
    for one in &judged {
        lines.push_str(&serde_json::to_string(one).map_err(Failure::internal)?);
        lines.push('\n');
    }
    let report = summarise(&judged, archive, date);
    let json = serde_json::to_string_pretty(&report).map_err(Failure::internal)?;
    let page = markdown(&report);
    for (name, text) in
        [("results.jsonl", lines), ("report.json", format!("{json}\n")), ("report.md", page.clone())]
    {
        fs::write(arguments.out.join(name), text)?;
    }
    output::data(&if arguments.json { json } else { page })?;
    Ok(if report.refused > 0 { FAILED } else { DONE })
}

const MANIFEST: &str = "MANIFEST is tab-separated with the columns file, change, original (- for none), from_s, until_s, mirror (yes or no), picture and sound (- for any)";

/// Every suspect, in the order of the manifest.
fn all(suspects: &[Suspect], jobs: usize, one: &(dyn Fn(&Suspect) -> Judged + Sync)) -> Vec<Judged> {
    let bar = ProgressBar::new(suspects.len() as u64);
    if let Ok(style) = ProgressStyle::with_template("{pos}/{len} [{bar:40}] {elapsed}, {eta} left") {
        bar.set_style(style.progress_chars("=> "));
    }
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    let mut judged = std::thread::scope(|scope| {
        for _ in 0..jobs {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                loop {
                    let number = next.fetch_add(1, Ordering::SeqCst);
                    let Some(suspect) = suspects.get(number) else { return };
                    if sender.send((number, one(suspect))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(sender);
        receiver.into_iter().inspect(|_| bar.inc(1)).collect::<Vec<_>>()
    });
    bar.finish_and_clear();
    judged.sort_by_key(|(number, _)| *number);
    judged.into_iter().map(|(_, judged)| judged).collect()
}

fn judge(
    suspect: &Suspect,
    root: &Path,
    limit_bytes: u64,
    tracer: &Tracer,
    sources: &ArchiveSources<'_>,
) -> Judged {
    let refused = |why: String| Judged { suspect: suspect.clone(), said: None, refused: Some(why) };
    let input = match open(&root.join(&suspect.file), limit_bytes) {
        Ok(input) => input,
        Err(code) => return refused(code.to_string()),
    };
    let options = TraceOptions { now: SystemClock.now(), picture: false, film: false };
    match tracer.trace(input.file, None, sources, options, &mut |_| true) {
        Ok(traced) => {
            let found = traced.trace.original.as_ref().map(|original| Path::new(&original.path));
            let named = found.map(|found| match &suspect.original {
                Some(known) if same(&root.join(known), found) => known.clone(),
                _ => found.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            });
            let said = Some(Said::new(&traced.trace, named));
            Judged { suspect: suspect.clone(), said, refused: None }
        }
        Err(error) => refused(error.to_string()),
    }
}

fn same(one: &Path, other: &Path) -> bool {
    one == other || one.canonicalize().is_ok_and(|one| other.canonicalize().is_ok_and(|other| one == other))
}
