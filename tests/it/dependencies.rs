//! What others wrote and we ship: under licences that allow it, from the one registry, and nothing twice that should be there once.

use cargo_metadata::{Metadata, MetadataCommand};

/// Licences that ask for no more than their text and a name. Each expression of a crate has to be satisfied by these alone.
const LICENCES: &[&str] = &[
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    // The root certificates of `webpki-roots`: data, not a program.
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "Unicode-3.0",
    "Unlicense",
    "WTFPL",
    "Zlib",
];

/// Crates that may not come in, and why.
const BANNED: &[(&str, &str)] = &[
    ("aws-lc-rs", "`ring` is the one crypto provider"),
    ("aws-lc-sys", "`ring` is the one crypto provider"),
    ("native-tls", "TLS is rustls"),
    ("openssl-sys", "TLS is rustls"),
    ("openssl", "TLS is rustls"),
    ("birdcage", "GPL"),
    ("rusqlite", "a second SQLite beside sqlx's does not link"),
];

fn everything() -> Metadata {
    MetadataCommand::new()
        .manifest_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))
        .other_options(["--offline".to_owned(), "--locked".to_owned()])
        .exec()
        .unwrap()
}

/// Whether an SPDX expression of the plain kinds that occur (`A OR B`, `A AND B`, one level of brackets, the old `A/B`) is satisfied.
fn allowed(expression: &str) -> bool {
    let expression = expression.replace(" / ", " OR ").replace('/', " OR ");
    let mut rest = expression.as_str();
    let mut flat = String::new();
    while let Some((before, after)) = rest.split_once('(') {
        let Some((inside, behind)) = after.split_once(')') else { return false };
        let verdict = if allowed(inside) { "MIT" } else { "forbidden" };
        flat.push_str(before);
        flat.push_str(verdict);
        rest = behind;
    }
    flat.push_str(rest);
    flat.split(" OR ").any(|one| one.split(" AND ").all(|licence| LICENCES.contains(&licence.trim())))
}

#[test]
fn every_crate_is_free_to_ship() {
    let wrong: Vec<String> = everything()
        .packages
        .iter()
        .filter(|package| !allowed(package.license.as_deref().unwrap_or("none")))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.license))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_licence_check_can_fail() {
    for good in [
        "MIT",
        "MIT/Apache-2.0",
        "GPL-3.0 OR MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
        "Apache-2.0 AND ISC",
    ] {
        assert!(allowed(good), "{good}");
    }
    for bad in ["GPL-3.0", "none", "MIT AND GPL-3.0", "(GPL-3.0 OR AGPL-3.0) AND MIT", "MIT AND (LGPL-2.1"] {
        assert!(!allowed(bad), "{bad}");
    }
}

#[test]
fn nothing_banned_comes_in() {
    let found: Vec<String> = everything()
        .packages
        .iter()
        .filter_map(|package| {
            let (_, why) = BANNED.iter().find(|(name, _)| *name == package.name.as_str())?;
            Some(format!("{} {}: {why}", package.name, package.version))
        })
        .collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn everything_comes_from_the_one_registry() {
    let foreign: Vec<String> = everything()
        .packages
        .iter()
        .filter(|package| package.source.as_ref().is_some_and(|source| !source.is_crates_io()))
        .map(|package| format!("{} {}: {:?}", package.name, package.version, package.source))
        .collect();
    assert!(foreign.is_empty(), "{}", foreign.join("\n"));
}
