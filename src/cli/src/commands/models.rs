//! `podlinnik models`: what is installed.

use podlinnik_pipeline::Analyser;
use serde_json::json;

use crate::arguments::Models;
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings};

pub(super) fn run(arguments: Models, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = AnalysisSettings::new(&arguments.analysis, file);
    let models = Analyser::new(settings.analyser(1)?)?.models();
    if let Some(id) = &arguments.card {
        let model = models.iter().find(|model| model.id == *id).ok_or_else(|| {
            let ids: Vec<_> = models.iter().map(|model| model.id.as_str()).collect();
            Failure::usage(format!("there is no model `{id}`")).hint(format!("there are: {}", ids.join(", ")))
        })?;
        let path = model.folder.join("CARD.md");
        let card = std::fs::read_to_string(&path).map_err(|error| {
            Failure::internal(anyhow::Error::new(error).context(format!("cannot read `{}`", path.display())))
        })?;
        output::data(&card)?;
        return Ok(DONE);
    }
    for model in &models {
        if arguments.json {
            let object = json!({
                "id": model.id,
                "version": model.version,
                "sha256": model.sha256,
                "license": model.license,
                "origin": model.origin,
                "folder": model.folder,
                "withdrawn": model.withdrawn,
            });
            output::data(&object.to_string())?;
        } else {
            let withdrawn = if model.withdrawn { "  WITHDRAWN: it is not run\n" } else { "" };
            output::data(&format!(
                "{} {}\n{withdrawn}  sha256   {}\n  licence  {}\n  origin   {}\n  card     {}\n",
                model.id,
                model.version,
                model.sha256,
                model.license,
                model.origin,
                model.folder.join("CARD.md").display(),
            ))?;
        }
    }
    Ok(DONE)
}
