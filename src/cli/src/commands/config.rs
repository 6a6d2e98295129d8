//! `podlinnik config`: the effective settings, in the form of a settings file.

use podlinnik_domain::language::Language;
use serde::Serialize;

use crate::arguments::{Common, Config};
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings, ServeSettings, StoreSettings};

#[derive(Serialize)]
struct Effective {
    lang: Language,
    analysis: AnalysisSettings,
    storage: StoreSettings,
    serve: ServeSettings,
}

pub(super) fn run(arguments: &Config, common: &Common, file: &FileSettings) -> Result<Exit, Failure> {
    let effective = Effective {
        lang: super::language(common, file),
        analysis: AnalysisSettings::new(&arguments.analysis, file),
        storage: StoreSettings::new(&arguments.store, file)?,
        serve: ServeSettings::new(&arguments.serve, file)?,
    };
    output::data(&toml::to_string(&effective).map_err(Failure::internal)?)?;
    Ok(DONE)
}
