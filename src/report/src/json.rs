//! The published JSON form of a report, `podlinnik-report/1`. `SCHEMA.md` documents every field; `fixtures/reports` holds a golden file.

use podlinnik_domain::analysis::{REPORT_SCHEMA, Report};
use serde_json::Value;

use crate::ReportError;

/// The report as a JSON value. Keys come out sorted, so that equal reports give equal bytes.
pub fn to_json(report: &Report) -> Value {
    // Every type of the report serialises into JSON's own types with text keys, and no number in it can be NaN once it has been read back.
    serde_json::to_value(report).unwrap_or(Value::Null)
}

/// The report as one line of JSON lines, without the line feed.
pub fn to_line(report: &Report) -> String {
    to_json(report).to_string()
}

/// Reads a report of this version. Fields that this program does not know are skipped: they may be added within a version.
///
/// # Errors
/// [`ReportError::Json`] if it is another schema or a field is missing.
pub fn from_json(value: Value) -> Result<Report, ReportError> {
    match value.get("schema").and_then(Value::as_str) {
        Some(REPORT_SCHEMA) => {}
        Some(other) => {
            return Err(ReportError::Json(format!("schema `{other}` is not `{REPORT_SCHEMA}`")));
        }
        None => return Err(ReportError::Json("there is no `schema`".into())),
    }
    serde_json::from_value(value).map_err(|error| ReportError::Json(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{GOLDEN, golden};

    #[test]
    fn golden_file_keeps_parsing_and_comes_out_as_it_went_in() {
        let value: Value = serde_json::from_str(GOLDEN).unwrap();
        assert_eq!(to_json(&golden()), value);
        assert!(golden().findings.iter().all(podlinnik_domain::finding::Finding::is_consistent));
    }

    #[test]
    fn a_line_is_one_line_with_sorted_keys() {
        let line = to_line(&golden());
        assert!(!line.contains('\n'));
        assert!(line.starts_with(r#"{"combined":{"#), "{line}");
    }

    #[test]
    fn another_version_is_refused_and_an_added_field_is_not() {
        let mut value = to_json(&golden());
        value["added_later"] = Value::from(1);
        assert!(from_json(value.clone()).is_ok());
        value["schema"] = Value::from("podlinnik-report/2");
        assert!(from_json(value).unwrap_err().to_string().contains("podlinnik-report/2"));
    }
}
