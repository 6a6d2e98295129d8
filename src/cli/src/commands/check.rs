//! `podlinnik check FILE…`: examines files without any database.

use std::path::Path;

use indicatif::ProgressBar;
use podlinnik_domain::clock::{Clock as _, SystemClock};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Language;
use podlinnik_pipeline::{Analyser, CheckOptions, Checked};
use podlinnik_report::{json, text};

use super::media::{progress_bar, refuse};
use super::pages::{Pages, plan_pages};
use crate::arguments::{Check, Common};
use crate::exit::{DONE, Exit, FAILED, Failure, REFUSED};
use crate::input::{Input, open, shown_name};
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings};

pub(super) fn run(check: Check, common: &Common, file: &FileSettings) -> Result<Exit, Failure> {
    let language = super::language(common, file);
    let settings = AnalysisSettings::new(&check.analysis, file);
    let pages = plan_pages(check.html.as_deref(), &check.files)?;
    let mut checker = Checker { settings, language, check: &check, pages, analyser: None };
    let mut worst = DONE;
    for (index, path) in check.files.iter().enumerate() {
        if index > 0 && !check.json {
            output::data("\n")?;
        }
        worst = worst.max(checker.examine(path)?);
    }
    Ok(worst)
}

struct Checker<'a> {
    settings: AnalysisSettings,
    language: Language,
    check: &'a Check,
    pages: Option<Pages>,
    /// Made for the first file that can be opened: loading the models takes a moment.
    analyser: Option<Analyser>,
}

impl Checker<'_> {
    fn examine(&mut self, path: &Path) -> Result<Exit, Failure> {
        let input = match open(path, self.settings.limit_bytes) {
            Ok(input) => input,
            Err(code) => return self.refuse(path, code, None),
        };
        let options = CheckOptions {
            file_name: input.name.clone(),
            face_crop: self.check.face_crop,
            pictures: self.pages.is_some(),
        };
        let bar = progress_bar(path);
        let checked = self.run(input, &options, &bar);
        bar.finish_and_clear();
        match checked? {
            Ok(checked) => self.show(path, &checked),
            Err(refused) => self.refuse(path, refused.code, Some(refused)),
        }
    }

    fn run(
        &mut self,
        input: Input,
        options: &CheckOptions,
        bar: &ProgressBar,
    ) -> Result<Result<Checked, Refused>, Failure> {
        let analyser = match &mut self.analyser {
            Some(analyser) => analyser,
            slot => slot.insert(Analyser::new(self.settings.analyser(1)?)?),
        };
        let mut progress = |permille: u16| {
            bar.set_position(u64::from(permille));
            true
        };
        let checked = analyser.check(input.file, options, SystemClock.now(), &mut progress);
        Ok(checked.map_err(|error| {
            let (code, ours) = error.code();
            Refused { code, ours: !ours, detail: format!("{:#}", anyhow::Error::new(error)) }
        }))
    }

    fn show(&mut self, path: &Path, checked: &Checked) -> Result<Exit, Failure> {
        if let Some(pages) = &mut self.pages {
            let page = pages.write(path, checked, self.language)?;
            tracing::info!(page = %page.display(), "page written");
        }
        if self.check.json {
            output::data(&json::to_line(&checked.report))?;
        } else {
            output::data(&text::summary(&checked.report, self.language, output::width()))?;
        }
        Ok(DONE)
    }

    fn refuse(&self, path: &Path, code: ErrorCode, refused: Option<Refused>) -> Result<Exit, Failure> {
        refuse(path, self.check.json, self.language, code)?;
        let name = shown_name(path);
        let ours = refused.as_ref().is_some_and(|refused| refused.ours);
        if let Some(Refused { detail, ours, .. }) = &refused {
            if *ours {
                tracing::error!("cannot examine `{name}`: {detail}");
            } else {
                tracing::info!("`{name}` was refused: {detail}");
            }
        }
        Ok(if ours { FAILED } else { REFUSED })
    }
}

/// Why an opened file gave no report.
struct Refused {
    code: ErrorCode,
    /// Our side failed; the file may be fine.
    ours: bool,
    detail: String,
}
