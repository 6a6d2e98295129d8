//! `mistakes.html`: the worst mistakes as pictures. It shows people, so it is a file of its own that is made on demand only.

use std::fs;
use std::path::Path;

use podlinnik_domain::analysis::DerivativeKind;
use podlinnik_domain::clock::{Clock as _, SystemClock};
use podlinnik_evaluation::contact_sheet::{self, Thumbnail};
use podlinnik_evaluation::report::EvaluationReport;
use podlinnik_evaluation::set::LabelledSet;
use podlinnik_pipeline::{Analyser, CheckOptions, Checked};

use crate::exit::Failure;
use crate::input::open;
use crate::settings::AnalysisSettings;

/// Examines the mistakes once more, now with pictures.
pub(super) fn write(
    folder: &Path,
    report: &EvaluationReport,
    set: &LabelledSet,
    analyser: &Analyser,
    settings: &AnalysisSettings,
    face_crop: bool,
) -> Result<(), Failure> {
    let mut thumbnails = Vec::new();
    for mistake in &report.mistakes {
        let file = set.files.iter().find(|file| file.name == mistake.file);
        let input = file.and_then(|file| open(&file.path, settings.limit_bytes).ok());
        let options = CheckOptions { file_name: None, face_crop, pictures: true };
        let checked = input
            .and_then(|input| analyser.check(input.file, &options, SystemClock.now(), &mut |_| true).ok());
        thumbnails.push(checked.as_ref().and_then(thumbnail));
    }
    let page = contact_sheet::render(report, &thumbnails).map_err(Failure::internal)?;
    fs::write(folder.join("mistakes.html"), page)?;
    Ok(())
}

/// The face as a detector saw it, else a frame.
fn thumbnail(checked: &Checked) -> Option<Thumbnail> {
    let kinds = [DerivativeKind::Crop, DerivativeKind::Frame];
    let picture =
        kinds.iter().find_map(|kind| checked.pictures.iter().find(|picture| picture.kind == *kind))?;
    Some(Thumbnail { media_type: picture.media_type, bytes: picture.bytes.clone() })
}
