//! Hands one file in over the API, waits for its analysis and says the findings in words.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::http::{Answer, Client};

/// Uploads, waits, prints.
pub(crate) fn check(client: &Client, file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    println!("\nChecking {} through the API ...", file.display());
    let answer = client.upload("/api/v1/submissions", &name, &bytes, "xtask-sample-1")?;
    let location = answer.header("location").map(ToOwned::to_owned);
    let accepted = expect(answer, &[200, 201, 202])?;
    let submission = match location {
        Some(location) => expect(client.get(&location)?, &[200])?,
        None => accepted,
    };
    let analysis = text(&submission, "/analysis").context("the submission names no analysis")?;
    let deadline = Instant::now() + Duration::from_secs(300);
    let state = loop {
        let state = expect(client.get(&format!("/api/v1/analyses/{analysis}"))?, &[200])?;
        let word = text(&state, "/state").context("the analysis has no state")?;
        match word.as_str() {
            "queued" | "leased" => {}
            _ => break word,
        }
        if Instant::now() > deadline {
            bail!("the analysis is still {word} after five minutes");
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    if !matches!(state.as_str(), "done" | "partial") {
        bail!("the analysis ended as {state}");
    }
    let report = expect(client.get(&format!("/api/v1/analyses/{analysis}/findings"))?, &[200])?;
    println!("{}", words(&report));
    Ok(())
}

fn expect(answer: Answer, statuses: &[u16]) -> Result<Value> {
    let value = answer.json()?;
    if statuses.contains(&answer.status) {
        return Ok(value);
    }
    let field = |name: &str| text(&value, name).unwrap_or_default();
    bail!("the service answered {}: {} ({})", answer.status, field("/detail"), field("/code"))
}

fn text(value: &Value, pointer: &str) -> Option<String> {
    value.pointer(pointer)?.as_str().map(ToOwned::to_owned)
}

/// The report in a few lines. Codes are printed with spaces: the sentences for them are the service's own business.
fn words(report: &Value) -> String {
    let mut lines = vec![format!("Findings (schema {}):", text(report, "/schema").unwrap_or_default())];
    let readable = |code: String| code.replace('_', " ");
    for finding in report.pointer("/findings").and_then(Value::as_array).into_iter().flatten() {
        let method = readable(text(finding, "/method").unwrap_or_default());
        let state = readable(text(finding, "/state").unwrap_or_default());
        let why =
            text(finding, "/word").or_else(|| text(finding, "/reason")).or_else(|| text(finding, "/error"));
        lines.push(format!(
            "  {method:<24} {state}{}",
            why.map_or_else(String::new, |why| format!(": {}", readable(why)))
        ));
    }
    let combined = text(report, "/combined/word").or_else(|| text(report, "/combined/reason"));
    if let Some(combined) = combined {
        lines.push(format!("  {:<24} {}", "all methods together", readable(combined)));
    }
    for warning in report.pointer("/warnings").and_then(Value::as_array).into_iter().flatten() {
        if let Some(code) = text(warning, "/code") {
            lines.push(format!("  warning: {}", readable(code)));
        }
    }
    lines.push("A finding is not a verdict: people give verdicts.".to_owned());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::words;

    #[test]
    fn every_method_is_listed_whatever_became_of_it() {
        let report = json!({
            "schema": "podlinnik-report/1",
            "findings": [
                {"method": "face_manipulation", "state": "finding", "word": "weak_support_unmanipulated"},
                {"method": "double_compression", "state": "abstained", "reason": "too_few_frames"},
            ],
            "combined": {"state": "abstained", "reason": "methods_disagree"},
            "warnings": [],
        });
        let said = words(&report);
        assert!(said.contains("face manipulation        finding: weak support unmanipulated"), "{said}");
        assert!(said.contains("abstained: too few frames"), "{said}");
        assert!(said.contains("methods disagree"), "{said}");
    }
}
