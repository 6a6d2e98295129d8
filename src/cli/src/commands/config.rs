//! `podlinnik config`: the effective settings, in the form of a settings file.

use std::path::PathBuf;

use podlinnik_domain::language::Language;
use serde::Serialize;

use crate::arguments::{Common, Config};
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::settings::{
    AnalysisSettings, ChannelSettings, FileSettings, RetentionSettings, ServeSettings, StoreSettings,
};

#[derive(Serialize)]
struct Effective {
    lang: Language,
    #[serde(skip_serializing_if = "Option::is_none")]
    regions: Option<PathBuf>,
    analysis: AnalysisSettings,
    storage: StoreSettings,
    serve: ServeSettings,
    channels: ChannelSettings,
    retention: RetentionSettings,
}

pub(super) fn run(arguments: &Config, common: &Common, file: &FileSettings) -> Result<Exit, Failure> {
    let serve = ServeSettings::new(&arguments.serve, file)?;
    let effective = Effective {
        lang: super::language(common, file),
        regions: common.regions.clone().or_else(|| file.regions.clone()),
        analysis: AnalysisSettings::new(&arguments.analysis, file),
        storage: StoreSettings::new(&arguments.store, file)?,
        channels: serve.channels.clone(),
        retention: RetentionSettings::new(None, file),
        serve,
    };
    output::data(&toml::to_string(&effective).map_err(Failure::internal)?)?;
    Ok(DONE)
}
