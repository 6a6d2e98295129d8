//! Reports (`podlinnik-report/1`) that somebody else wrote, as text, page and PDF; texts in them come from hostile files.
//!
//! Holds: what is read is written the same again; no text becomes markup; lines of a terminal stay lines.

use podlinnik_domain::language::Language;
use podlinnik_domain::verdict::Verdict;
use podlinnik_report::{html, json, pdf, text, trace};
use serde_json::Value;

use crate::take::Take;

const GOLDEN: &str = include_str!("../../../fixtures/reports/podlinnik-report-1.json");
const VERDICT: &str = r#"{"id":"00000000-0000-0000-0000-000000000001","case":"00000000-0000-0000-0000-000000000002","revision":1,
"proposal":{"kind":"manipulated_face","basis":[],"rationale":"r","would_resolve":null},"state":"approved",
"author":"00000000-0000-0000-0000-000000000003","second_analyst":null,"second_kind":null,"approver":null,
"analysis":"00000000-0000-0000-0000-000000000006",
"evidence_sha256":"2e7d2c03a9507ae265ecf5b5356885a53393a2029d241394997265a1a25aefc6","proposed_at":"2026-11-18T08:00:00Z",
"approved_at":null,"release":null}"#;

/// The first byte says what the rest is: a report, or texts and numbers that take the place of those of the golden one; and whether it goes on paper,
/// which takes longer than all else.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    let kind = take.byte();
    let value = if kind.is_multiple_of(2) {
        let Ok(value) = serde_json::from_slice::<Value>(take.0) else { return };
        value
    } else {
        let mut value: Value = serde_json::from_str(GOLDEN).expect("the golden report is JSON");
        while !take.is_empty() {
            let which = usize::from(take.byte());
            let mut left = which;
            replace(&mut value, &mut left, &mut take);
        }
        value
    };
    let Ok(report) = json::from_json(value) else { return };
    let written = json::to_json(&report);
    let again = json::from_json(written.clone()).expect("what was written can be read");
    assert_eq!(json::to_json(&again), written, "another report when it is written again");
    let line = json::to_line(&report);
    assert!(!line.trim_end().contains('\n'));
    let verdict: Verdict = serde_json::from_str(VERDICT).expect("a verdict");
    for language in [Language::Russian, Language::English] {
        let page = html::render(&report, &[], language).expect("a page of any report");
        assert!(!page.contains("<script") && !page.contains("<x1"), "text became markup");
        let told = text::summary(&report, language, 80);
        let odd = |letter: char| letter.is_control() && letter != '\n';
        assert!(!told.contains(odd), "a terminal is told more than text: {told:?}");
        if let Some(traced) = &report.trace {
            let _ = trace::statements(traced, language);
            assert!(!trace::summary(traced, language, 80).contains(odd));
        }
        if kind < 192 {
            continue;
        }
        let contents = pdf::Contents {
            verdict: &verdict,
            media: None,
            notice: None,
            desk: true,
            report: Some(&report),
            language,
        };
        let paper = pdf::document(&contents).expect("a paper of any report");
        assert!(paper.starts_with(b"%PDF-"));
    }
}

/// Puts something else in the place of the value that is `left` steps away.
fn replace(value: &mut Value, left: &mut usize, take: &mut Take<'_>) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, left, take)),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, left, take)),
        leaf => {
            if *left == 0 {
                *leaf = other(leaf, take);
            }
            *left = left.wrapping_sub(1);
        }
    }
}

fn other(leaf: &Value, take: &mut Take<'_>) -> Value {
    let kind = take.byte();
    match (kind % 4, leaf) {
        (0, _) => Value::Null,
        (1, Value::Number(_)) => {
            let number = f64::from_le_bytes(take.array());
            serde_json::Number::from_f64(number).map_or(Value::Null, Value::Number)
        }
        (2, Value::Number(_)) => Value::from(take.u64()),
        _ => {
            let length = usize::from(take.byte());
            Value::from(String::from_utf8_lossy(take.bytes(length)).into_owned())
        }
    }
}
