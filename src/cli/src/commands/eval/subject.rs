//! What measures: models, calibrations, options and the program itself, as digests.

use std::fs::File;
use std::io;
use std::path::Path;

use podlinnik_domain::hash::Sha256 as Digest;
use podlinnik_evaluation::report::{ModelFacts, Subject};
use podlinnik_pipeline::ModelInfo;

use crate::commands::media::digest;
use crate::exit::Failure;
use crate::settings::reader_program;

/// Files beside a model that change what it says.
const BESIDE: [&str; 2] = ["calibration.json", "geometry.json"];

#[derive(Debug)]
pub(super) struct Identity {
    /// Digest over models, calibrations and options.
    pub(super) models: String,
    /// SHA-256 of the running program: methods and fusion are compiled in.
    pub(super) program: String,
    pub(super) subject: Subject,
}

impl Identity {
    pub(super) fn new(models: &[ModelInfo], face_crop: bool, budget_s: u32) -> Result<Self, Failure> {
        let mut listing = format!("face_crop {face_crop}\nbudget {budget_s}\n");
        let mut facts = Vec::new();
        for model in models {
            let mut fact = ModelFacts {
                id: model.id.clone(),
                version: model.version.clone(),
                sha256: model.sha256.to_string(),
                calibration_sha256: None,
                withdrawn: model.withdrawn,
            };
            listing += &format!("{} {} {} {}\n", fact.id, fact.version, fact.sha256, fact.withdrawn);
            for name in BESIDE {
                let path = model.folder.join(name);
                if path.is_file() {
                    let digest = file_digest(&path)?;
                    listing += &format!("{}/{name} {digest}\n", fact.id);
                    if name == "calibration.json" {
                        fact.calibration_sha256 = Some(digest);
                    }
                }
            }
            facts.push(fact);
        }
        let subject = Subject {
            podlinnik_version: env!("CARGO_PKG_VERSION").to_owned(),
            models: facts,
            face_crop,
            ..Subject::default()
        };
        let program = file_digest(&reader_program()?)?;
        Ok(Self { models: Digest::of(listing.as_bytes()).to_string(), program, subject })
    }
}

/// SHA-256 of a file, as text.
pub(super) fn file_digest(path: &Path) -> io::Result<String> {
    Ok(digest(&mut File::open(path)?)?.to_string())
}
