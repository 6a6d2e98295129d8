//! `podlinnik recall MODEL`: lists and reopens what rests on a withdrawn model.

use podlinnik_domain::hash::Sha256;
use podlinnik_pipeline::recall::Recalled;
use podlinnik_pipeline::{Analyser, ModelInfo};
use serde_json::json;

use crate::arguments::Recall;
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::settings::{AnalysisSettings, FileSettings};

pub(super) fn run(arguments: Recall, file: &FileSettings) -> Result<Exit, Failure> {
    let settings = AnalysisSettings::new(&arguments.analysis, file);
    let installed = Analyser::new(settings.analyser(1)?)?.models();
    let model = find(&arguments.model, &installed)?;
    if let Some(same) = installed.iter().find(|one| one.sha256 == model && !one.withdrawn)
        && !arguments.dry_run
    {
        return Err(Failure::usage(format!(
            "`{}` is installed and not withdrawn: a new analysis would ask it again",
            same.id
        ))
        .hint("set `withdrawn = true` for it in models/manifest.toml, or install its successor; then restart the workers"));
    }
    super::block_on(recall(&arguments, model, file))
}

/// The digest that is meant.
fn find(text: &str, installed: &[ModelInfo]) -> Result<Sha256, Failure> {
    if let Some(model) = installed.iter().find(|model| model.id == text) {
        return Ok(model.sha256);
    }
    text.parse().map_err(|_| {
        let ids: Vec<_> = installed.iter().map(|model| model.id.as_str()).collect();
        Failure::usage(format!("`{text}` is neither a SHA-256 nor an installed model"))
            .hint(format!("installed are: {}", ids.join(", ")))
    })
}

async fn recall(arguments: &Recall, model: Sha256, file: &FileSettings) -> Result<Exit, Failure> {
    let service = super::office(&arguments.store, file).await?;
    let reason = arguments.reason.as_deref().unwrap_or("dry run");
    let mut written = Ok(());
    let mut tell = |recalled: &Recalled| {
        let line = if arguments.json { as_json(recalled) } else { as_text(recalled) };
        if written.is_ok() {
            written = output::data(&line);
        }
    };
    let count = service.recall(None, model, reason, !arguments.dry_run, &mut tell).await?;
    written?;
    let done = if arguments.dry_run { "nothing was queued" } else { "new analyses are queued" };
    output::talk(&format!("{count} cases rest on model {model}; {done}"));
    Ok(DONE)
}

fn as_json(recalled: &Recalled) -> String {
    json!({
        "case": recalled.case.id,
        "media_sha256": recalled.case.media_sha256,
        "state": recalled.case.state,
        "analysis": recalled.case.analysis,
        "verdict": recalled.verdict.as_ref().map(|verdict| verdict.id),
        "verdict_kind": recalled.verdict.as_ref().map(|verdict| verdict.proposal.kind),
        "published_notices": recalled.notices,
        "reopened": recalled.reopened,
    })
    .to_string()
}

fn as_text(recalled: &Recalled) -> String {
    let mut line = format!("case {} ({})", recalled.case.id, recalled.case.state);
    if let Some(verdict) = &recalled.verdict {
        line.push_str(&format!(": verdict {} rests on a learned model", verdict.proposal.kind));
    }
    for notice in &recalled.notices {
        line.push_str(&format!("; published notice {notice}"));
    }
    line
}
