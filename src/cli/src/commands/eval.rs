//! `podlinnik eval SET`: the shipped pipeline over labelled media, and a report with intervals.

mod contact;
mod journal;
mod original;
mod other;
mod subject;

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::Sender;

use indicatif::{ProgressBar, ProgressStyle};
use podlinnik_domain::clock::{Clock as _, SystemClock};
use podlinnik_evaluation::record::Record;
use podlinnik_evaluation::report::{EvaluationReport, Unit};
use podlinnik_evaluation::set::{LabelledFile, LabelledSet, SetError};
use podlinnik_evaluation::{Settings, evaluate, html};
use podlinnik_media::MediaReader;
use podlinnik_pipeline::{Analyser, CheckOptions};

use self::journal::Journal;
use self::other::Other;
use self::subject::Identity;
use crate::arguments::{Eval, EvalUnit};
use crate::exit::{DONE, Exit, FAILED, Failure};
use crate::input::open;
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings};

pub(super) fn run(eval: &Eval, file: &FileSettings) -> Result<Exit, Failure> {
    let mut set = LabelledSet::read(&eval.set, eval.root.as_deref()).map_err(unreadable)?;
    if let Some(most) = eval.limit {
        set.limit(most);
    }
    if let Some(name) = &eval.name {
        set.name.clone_from(name);
    }
    let missing = set.files.iter().filter(|file| !file.path.is_file()).count();
    if missing > 0 {
        return Err(Failure::usage(format!(
            "{missing} of {} files of the set are not there",
            set.files.len()
        ))
        .hint("paths are relative to the manifest, or to --root DIR"));
    }
    let originals = set.files.iter().filter_map(|file| file.original.as_ref());
    let missing = originals.filter(|path| !path.is_file()).count();
    if missing > 0 {
        return Err(Failure::usage(format!("{missing} originals that the manifest names are not there"))
            .hint("paths are relative to the manifest, or to --root DIR"));
    }
    let others = eval.others.iter().map(|text| Other::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let settings = AnalysisSettings::new(&eval.analysis, file);
    let jobs = eval.jobs.unwrap_or(1).max(1);
    let examiner = settings.analyser(jobs)?;
    let reader = MediaReader::new(examiner.reader_program.clone(), examiner.limits.clone());
    let analyser = Analyser::new(examiner)?;
    let identity = Identity::new(&analyser.models(), eval.face_crop, settings.budget)?;
    fs::create_dir_all(&eval.out)
        .map_err(|error| Failure::usage(format!("cannot make `{}`: {error}", eval.out.display())))?;
    let journal = Journal::open(&eval.out.join("results.jsonl"), &identity, eval.fresh, eval.any_build)?;
    let examination = Examination {
        set: &set,
        others: &others,
        settings: &settings,
        analyser: &analyser,
        reader: &reader,
        identity: &identity,
        face_crop: eval.face_crop,
    };
    let records = examination.run(journal, jobs)?;
    let failed = records.iter().filter(|record| record.refused.as_deref() == Some(INTERNAL)).count();
    let report = evaluate(
        records,
        identity.subject,
        &Settings {
            set: set.name.clone(),
            date: eval.date.clone(),
            unit: match eval.unit {
                EvalUnit::File => Unit::File,
                EvalUnit::Group => Unit::Group,
            },
            rounds: eval.rounds,
            seed: eval.seed,
        },
    );
    write(&eval.out, &report)?;
    if eval.contact_sheet {
        contact::write(&eval.out, &report, &set, &analyser, &settings, eval.face_crop)?;
    }
    if eval.json {
        output::data(&serde_json::to_string(&report).map_err(Failure::internal)?)?;
    } else {
        output::data(&output::table(&html::summary_rows(&report)))?;
        output::data(&format!("{}", eval.out.join("report.html").display()))?;
    }
    Ok(if failed > 0 { FAILED } else { DONE })
}

/// The code of a file on which our side failed.
const INTERNAL: &str = "analysis_failed";

fn unreadable(error: SetError) -> Failure {
    let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
    Failure::usage(format!("{error}{cause}")).hint(
        "SET is a tab-separated file with the columns `file` and `label`, or a folder with `real/` and `fake/`",
    )
}

fn write(folder: &Path, report: &EvaluationReport) -> Result<(), Failure> {
    let json = serde_json::to_string_pretty(report).map_err(Failure::internal)?;
    fs::write(folder.join("report.json"), format!("{json}\n"))?;
    let page = html::render(report).map_err(Failure::internal)?;
    fs::write(folder.join("report.html"), page)?;
    Ok(())
}

struct Examination<'a> {
    set: &'a LabelledSet,
    others: &'a [Other],
    settings: &'a AnalysisSettings,
    analyser: &'a Analyser,
    reader: &'a MediaReader,
    identity: &'a Identity,
    face_crop: bool,
}

impl Examination<'_> {
    /// One record per file of the set; each is written down as soon as it is there.
    fn run(&self, mut journal: Journal, jobs: usize) -> Result<Vec<Record>, Failure> {
        let bar = progress_bar(self.set.files.len());
        let known = Mutex::new(std::mem::take(&mut journal.records));
        let next = AtomicUsize::new(0);
        let (sender, receiver) = std::sync::mpsc::channel();
        let mut records = Vec::with_capacity(self.set.files.len());
        std::thread::scope(|scope| -> Result<(), Failure> {
            for _ in 0..jobs {
                let sender = sender.clone();
                let (next, known) = (&next, &known);
                scope.spawn(move || self.work(next, known, &sender));
            }
            drop(sender);
            for (record, changed) in &receiver {
                let record: Record = record;
                if changed && let Err(error) = journal.append(&record) {
                    // Nobody takes further files.
                    next.store(usize::MAX / 2, Ordering::SeqCst);
                    return Err(error);
                }
                bar.inc(1);
                records.push(record);
            }
            Ok(())
        })?;
        bar.finish_and_clear();
        Ok(records)
    }

    fn work(
        &self,
        next: &AtomicUsize,
        known: &Mutex<std::collections::BTreeMap<String, Record>>,
        sender: &Sender<(Record, bool)>,
    ) {
        loop {
            let Some(file) = self.set.files.get(next.fetch_add(1, Ordering::SeqCst)) else { return };
            let before = known.lock().ok().and_then(|mut known| known.remove(&file.name));
            if sender.send(self.record(file, before)).is_err() {
                return;
            }
        }
    }

    /// A file's record, and whether it has to be written down: what is known of the same bytes is not measured again.
    fn record(&self, file: &LabelledFile, before: Option<Record>) -> (Record, bool) {
        let sha256 = subject::file_digest(&file.path).unwrap_or_default();
        let before = before.filter(|record| record.sha256 == sha256 && !sha256.is_empty());
        let mut changed = before.is_none();
        let mut record = before.unwrap_or_else(|| {
            let mut record =
                Record::new(file, sha256, self.identity.models.clone(), self.identity.program.clone());
            self.examine(file, &mut record);
            record
        });
        record.relabel(file);
        for other in self.others {
            let known = record.others.get(&other.name);
            if known.is_none_or(|known| known.command != other.command) {
                changed = true;
                record.others.insert(other.name.clone(), other.score(&file.path));
            }
        }
        record.others.retain(|name, _| self.others.iter().any(|other| other.name == *name));
        (record, changed)
    }

    fn examine(&self, file: &LabelledFile, record: &mut Record) {
        let input = match open(&file.path, self.settings.limit_bytes) {
            Ok(input) => input,
            Err(code) => {
                record.refused = Some(code.to_string());
                return;
            }
        };
        let options =
            CheckOptions { file_name: input.name.clone(), face_crop: self.face_crop, pictures: false };
        match self.analyser.check(input.file, &options, SystemClock.now(), &mut |_| true) {
            Ok(checked) => {
                record.measured(&checked.report);
                if let Some(original) = &file.original {
                    record.pointed = original::pointed(&checked.report, &file.path, original, self.reader);
                }
            }
            Err(error) => {
                let (code, for_good) = error.code();
                if !for_good {
                    tracing::error!("cannot examine `{}`: {:#}", file.name, anyhow::Error::new(error));
                }
                record.refused = Some(code.to_string());
            }
        }
    }
}

/// Hidden by itself where standard error is not a terminal.
fn progress_bar(files: usize) -> ProgressBar {
    let bar = ProgressBar::new(files as u64);
    if let Ok(style) = ProgressStyle::with_template("{pos}/{len} [{bar:40}] {elapsed}, {eta} left") {
        bar.set_style(style.progress_chars("=> "));
    }
    bar
}

/// Writes a line and flushes it.
fn append(file: &mut fs::File, record: &Record) -> Result<(), Failure> {
    let mut line = serde_json::to_string(record).map_err(Failure::internal)?;
    line.push('\n');
    file.write_all(line.as_bytes())?;
    Ok(())
}
