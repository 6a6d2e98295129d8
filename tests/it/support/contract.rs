//! Holds every answer against the API document: a status that an endpoint does not announce fails the story.

use std::sync::OnceLock;

use reqwest::Method;
use serde_json::Value;

/// The document, as served.
pub(crate) fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(podlinnik_web::document)
}

/// Every operation: path pattern, method, operation.
pub(crate) fn operations() -> impl Iterator<Item = (&'static str, &'static str, &'static Value)> {
    document()["paths"].as_object().unwrap().iter().flat_map(|(path, item)| {
        item.as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| (path.as_str(), method.as_str(), operation))
    })
}

/// Fails unless the operation behind `method` and `path` announces `status`. Paths and methods that nobody announces are left to the router's
/// own answers.
pub(crate) fn assert_announced(method: &Method, path: &str, status: u16, body: &str) {
    let path = path.split('?').next().unwrap_or_default();
    // A literal pattern wins over one with parameters, as in the router.
    let mut found: Vec<_> = operations()
        .filter(|(pattern, verb, _)| method.as_str().eq_ignore_ascii_case(verb) && fits(pattern, path))
        .collect();
    found.sort_by_key(|(pattern, ..)| pattern.matches('{').count());
    let Some((pattern, _, operation)) = found.first() else { return };
    assert!(
        operation["responses"].get(status.to_string()).is_some(),
        "{method} {pattern} answered {status}, which the API document does not announce: {body}"
    );
}

fn fits(pattern: &str, path: &str) -> bool {
    let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
    pattern.len() == path.len()
        && pattern.iter().zip(&path).all(|(pattern, part)| pattern.starts_with('{') || pattern == part)
}
