//! Hands one file in over the API, waits for its analysis and says the findings in words.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::http::{Answer, Client};
use crate::onnxruntime::sha256;

/// How long an analysis of a few seconds of video may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(300);

/// Uploads, waits, prints.
pub(crate) fn check(client: &Client, file: &Path) -> Result<()> {
    let bytes = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    println!("\nChecking {} through the API ...", file.display());
    // The same sample another time is the same request: the service answers it with the first submission.
    let key = format!("xtask-{}", sha256(file)?);
    let answer = client.upload("/api/v1/submissions", &name, &bytes, &key)?;
    let location = answer.header("location").map(ToOwned::to_owned);
    let receipt = expect(answer, &[200, 202])?;
    if let Some(location) = location {
        println!("  submission {location}");
    }
    let link = |name: &str| {
        text(&receipt, &format!("/links/{name}"))
            .with_context(|| format!("the receipt has no link to `{name}`"))
    };
    let (analysis, findings, page) = (link("analysis")?, link("findings")?, link("report")?);
    let deadline = Instant::now() + PATIENCE;
    let state = loop {
        let analysis = expect(client.get(&format!("{analysis}?wait=20"))?, &[200])?;
        if analysis.pointer("/is_final").and_then(Value::as_bool) == Some(true) {
            break text(&analysis, "/state").unwrap_or_default();
        }
        if Instant::now() > deadline {
            bail!("the analysis has not ended after {} s", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(100));
    };
    let report =
        expect(client.get(&findings)?, &[200]).with_context(|| format!("the analysis ended as `{state}`"))?;
    println!("  analysis   {state}, as a page at {page}");
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

/// A word of the verbal scale, or any other code, for people.
fn readable(code: &str) -> String {
    let support = |strength: &str, what: &str| format!("{} support for {what}", strength.replace('_', " "));
    if code == "no_support" {
        return "supports neither manipulation nor its absence".to_owned();
    }
    if let Some(strength) = code.strip_suffix("_support_manipulated") {
        return support(strength, "manipulation");
    }
    if let Some(strength) = code.strip_suffix("_support_unmanipulated") {
        return support(strength, "no manipulation");
    }
    code.replace('_', " ")
}

/// The report in a few lines.
fn words(report: &Value) -> String {
    let mut lines = vec![format!("Findings (schema {}):", text(report, "/schema").unwrap_or_default())];
    for finding in report.pointer("/findings").and_then(Value::as_array).into_iter().flatten() {
        let method = readable(&text(finding, "/method").unwrap_or_default());
        let state = readable(&text(finding, "/state").unwrap_or_default());
        let why =
            text(finding, "/word").or_else(|| text(finding, "/reason")).or_else(|| text(finding, "/error"));
        lines.push(format!(
            "  {method:<24} {state}{}",
            why.map_or_else(String::new, |why| format!(": {}", readable(&why)))
        ));
    }
    let combined = text(report, "/combined/word").or_else(|| text(report, "/combined/reason"));
    if let Some(combined) = combined {
        lines.push(format!("  {:<24} {}", "all methods together", readable(&combined)));
    }
    for warning in report.pointer("/warnings").and_then(Value::as_array).into_iter().flatten() {
        if let Some(code) = text(warning, "/code") {
            lines.push(format!("  warning: {}", readable(&code)));
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
        assert!(
            said.contains("face manipulation        finding: weak support for no manipulation"),
            "{said}"
        );
        assert!(said.contains("abstained: too few frames"), "{said}");
        assert!(said.contains("methods disagree"), "{said}");
    }
}
