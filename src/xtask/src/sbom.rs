//! `cargo xtask sbom`: what the program is made of, as CycloneDX 1.5 (ECMA-424): crates that are linked into it, models, ONNX Runtime.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::arguments::Arguments;
use crate::command::output;
use crate::{onnxruntime, paths};

/// The command line of `sbom`.
#[derive(Debug)]
pub(crate) struct Options {
    /// Where it goes; stdout if not given.
    write: Option<PathBuf>,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let write = arguments.value("--write")?.map(PathBuf::from);
        arguments.finish()?;
        Ok(Self { write })
    }
}

/// Writes the list.
pub(crate) fn run(options: &Options) -> Result<()> {
    let list = serde_json::to_string_pretty(&list()?)?;
    match &options.write {
        Some(file) => {
            fs::write(file, list + "\n").with_context(|| format!("cannot write {}", file.display()))
        }
        None => {
            println!("{list}");
            Ok(())
        }
    }
}

/// The list. The same sources give the same list: it carries no time and no serial number.
pub(crate) fn list() -> Result<Value> {
    let tree = output(Command::new(paths::cargo()).current_dir(paths::repository()?).args([
        "tree",
        "--locked",
        "--package",
        "podlinnik",
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}|{l}",
    ]))?;
    let mut components = crates(&tree);
    components.extend(models(&fs::read_to_string(paths::repository()?.join("models/manifest.toml"))?));
    components.push(json!({
        "type": "library", "name": "onnxruntime", "version": onnxruntime::VERSION,
        "purl": format!("pkg:pypi/onnxruntime@{}", onnxruntime::VERSION), "licenses": [{ "license": { "id": "MIT" } }],
    }));
    Ok(json!({
        "bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
        "metadata": { "component": { "type": "application", "name": "podlinnik", "version": env!("CARGO_PKG_VERSION"), "bom-ref": "podlinnik" } },
        "components": components,
    }))
}

/// Crates out of `cargo tree`'s lines `name vVERSION …|LICENCE`; our own are the program itself.
fn crates(tree: &str) -> Vec<Value> {
    let lines: BTreeSet<(&str, &str, &str)> = tree
        .lines()
        .filter_map(|line| {
            let (package, licence) = line.split_once('|')?;
            let mut words = package.split(' ');
            let (name, version) = (words.next()?, words.next()?.strip_prefix('v')?);
            Some((name, version, licence.trim_end_matches("(*)").trim()))
        })
        .filter(|(name, ..)| *name != "podlinnik" && !name.starts_with("podlinnik-"))
        .collect();
    let component = |(name, version, licence): (&str, &str, &str)| {
        // Before SPDX had expressions, a slash stood for OR.
        let licence = licence.replace(" / ", " OR ").replace('/', " OR ");
        json!({
            "type": "library", "name": name, "version": version, "bom-ref": format!("{name}@{version}"),
            "purl": format!("pkg:cargo/{name}@{version}"), "licenses": [{ "expression": licence }],
        })
    };
    lines.into_iter().map(component).collect()
}

/// Models out of their manifest, which has one `key = "value"` a line.
fn models(manifest: &str) -> Vec<Value> {
    let field = |entry: &str, name: &str| {
        let line = entry.lines().find_map(|line| line.strip_prefix(name)?.trim_start().strip_prefix('='));
        line.map(|value| value.trim().trim_matches('"').to_owned()).unwrap_or_default()
    };
    let component = |entry: &str| {
        json!({
            "type": "machine-learning-model", "name": field(entry, "id"), "version": field(entry, "version"),
            "bom-ref": format!("model-{}", field(entry, "id")),
            "hashes": [{ "alg": "SHA-256", "content": field(entry, "sha256") }],
            "licenses": [{ "license": { "name": field(entry, "license") } }], "description": field(entry, "origin"),
        })
    };
    manifest.split("[[model]]").skip(1).map(component).collect()
}

#[cfg(test)]
mod tests {
    use super::{crates, models};

    #[test]
    fn each_crate_stands_there_once_with_its_licence() {
        let tree = "podlinnik v0.1.0 (here)|MIT\naxum v0.8.9|MIT\nring v0.17.1|Apache-2.0 AND ISC\naxum v0.8.9|MIT (*)\nold v1.0.0|MIT/Apache-2.0\n";
        let found = crates(tree);
        let said: Vec<_> = found
            .iter()
            .map(|one| (one["purl"].as_str().unwrap(), one["licenses"][0]["expression"].as_str().unwrap()))
            .collect();
        assert_eq!(
            said,
            [
                ("pkg:cargo/axum@0.8.9", "MIT"),
                ("pkg:cargo/old@1.0.0", "MIT OR Apache-2.0"),
                ("pkg:cargo/ring@0.17.1", "Apache-2.0 AND ISC"),
            ]
        );
    }

    #[test]
    fn each_model_stands_there_with_its_hash() {
        let manifest = include_str!("../../../models/manifest.toml");
        let found = models(manifest);
        assert_eq!(found.len(), manifest.matches("sha256 = ").count());
        assert!(found.iter().all(|one| one["hashes"][0]["content"].as_str().unwrap().len() == 64));
    }
}
