//! `results.jsonl`: what is measured already, and where the next line goes.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;

use podlinnik_evaluation::record::{RECORD_SCHEMA, Record};

use super::append;
use super::subject::Identity;
use crate::exit::Failure;
use crate::output;

#[derive(Debug)]
pub(super) struct Journal {
    /// By name of the file.
    pub(super) records: BTreeMap<String, Record>,
    file: File,
}

impl Journal {
    /// Reads what an earlier run left, also one that was killed within a line. Results of other models, or (unless `any_build`) of another
    /// build of the program, are set aside as `results.jsonl.before`.
    pub(super) fn open(
        path: &Path,
        identity: &Identity,
        fresh: bool,
        any_build: bool,
    ) -> Result<Self, Failure> {
        let text = match fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        let (mut records, mut stale) = (BTreeMap::new(), 0_usize);
        for record in text.lines().filter_map(|line| serde_json::from_str::<Record>(line).ok()) {
            let same = record.models == identity.models && (any_build || record.program == identity.program);
            if fresh || !same || record.schema != RECORD_SCHEMA {
                stale += 1;
            } else {
                // What failed on our side is tried again.
                if record.refused.as_deref() != Some(super::INTERNAL) {
                    records.insert(record.file.clone(), record);
                }
            }
        }
        if stale > 0 {
            let before = path.with_extension("jsonl.before");
            fs::rename(path, &before)?;
            output::talk(&format!(
                "{stale} results were measured by another build or other models; they are now in `{}`",
                before.display()
            ));
        } else if !records.is_empty() {
            output::talk(&format!("{} results are there already", records.len()));
        }
        let part = path.with_extension("jsonl.part");
        let mut file = File::create(&part)?;
        records.values().try_for_each(|record| append(&mut file, record))?;
        fs::rename(&part, path)?;
        Ok(Self { records, file })
    }

    pub(super) fn append(&mut self, record: &Record) -> Result<(), Failure> {
        append(&mut self.file, record)
    }
}
