//! What the router of the pages knows: axum lists no routes, so they are read from the source.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::check_program::root;

const VERBS: &[&str] = &["get", "post", "put", "patch", "delete"];

/// `VERB path` of every route of `src/web/src/ui`.
pub(crate) fn routes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    read(&root().join("src/web/src/ui"), &mut found);
    found
}

fn read(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).expect("the folder of the pages") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            read(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).expect("a source file");
            let file = path.display();
            for spread in ["route_service", "nest(", "nest_service", "MethodRouter", "routing::any"] {
                assert!(!text.contains(spread), "{file}: `{spread}` hides routes from this test");
            }
            for (at, _) in text.match_indices(".route(") {
                let call = arguments(&text[at + ".route(".len()..]);
                let (_, rest) =
                    call.split_once('"').unwrap_or_else(|| panic!("{file}: a route without a literal path"));
                let (route, handlers) = rest.split_once('"').expect("a literal ends");
                let verbs: Vec<_> =
                    VERBS.iter().filter(|verb| handlers.contains(&format!("{verb}("))).copied().collect();
                assert!(!verbs.is_empty(), "{file}: `{route}` has no verb that this test knows");
                found.extend(verbs.iter().map(|verb| format!("{} {route}", verb.to_uppercase())));
            }
        }
    }
}

/// The text until the bracket that closes the call.
fn arguments(text: &str) -> &str {
    let mut depth = 1_u32;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    panic!("a call does not end: {text}")
}
