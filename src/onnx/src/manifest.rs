//! `models/manifest.toml`: what is installed, and the digest that each file has to have.

use std::fs::File;
use std::io::Read as _;
use std::path::{Component, Path, PathBuf};

use podlinnik_domain::hash::Sha256;
use serde::Deserialize;

use crate::{ModelInfo, OnnxError};

/// Largest weights that are read.
const MODEL_BYTES: u64 = 1 << 30;
/// Largest manifest that is read.
const MANIFEST_BYTES: u64 = 1 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    #[serde(default, rename = "model")]
    models: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    version: String,
    /// Weights, relative to the manifest.
    file: PathBuf,
    sha256: Sha256,
    license: String,
    origin: String,
    #[serde(default)]
    withdrawn: bool,
}

/// A model of the manifest with its checked weights; none if it is withdrawn.
#[derive(Debug)]
pub(crate) struct CheckedModel {
    pub(crate) info: ModelInfo,
    pub(crate) weights: Option<Vec<u8>>,
}

/// Reads the manifest and every file that it names, and checks the digests. The bytes that were checked are the bytes that are loaded.
pub(crate) fn read(folder: &Path) -> Result<Vec<CheckedModel>, OnnxError> {
    let path = folder.join("manifest.toml");
    let complain = |detail: String| OnnxError::Manifest { path: path.clone(), detail };
    let text = bounded(&path, MANIFEST_BYTES).map_err(&complain)?;
    let text = String::from_utf8(text).map_err(|error| complain(error.to_string()))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| complain(error.to_string()))?;
    let mut models: Vec<CheckedModel> = Vec::with_capacity(manifest.models.len());
    for entry in manifest.models {
        if models.iter().any(|model| model.info.id == entry.id) {
            return Err(complain(format!("model `{}` is listed twice", entry.id)));
        }
        models.push(check(folder, entry)?);
    }
    models.sort_by(|one, other| one.info.id.cmp(&other.info.id));
    Ok(models)
}

fn check(folder: &Path, entry: Entry) -> Result<CheckedModel, OnnxError> {
    let inside = entry.file.components().all(|part| matches!(part, Component::Normal(_)));
    let parent = entry.file.parent().filter(|parent| !parent.as_os_str().is_empty());
    let (true, Some(parent)) = (inside, parent) else {
        return Err(OnnxError::model(
            &entry.id,
            format!("`{}` does not lie in a folder below the manifest", entry.file.display()),
        ));
    };
    let weights = if entry.withdrawn {
        None
    } else {
        let weights = bounded(&folder.join(&entry.file), MODEL_BYTES)
            .map_err(|detail| OnnxError::model(&entry.id, detail))?;
        let found = Sha256::of(&weights);
        if found != entry.sha256 {
            return Err(OnnxError::model(
                &entry.id,
                format!(
                    "SHA-256 of `{}` is {found}, the manifest says {}",
                    entry.file.display(),
                    entry.sha256
                ),
            ));
        }
        Some(weights)
    };
    let info = ModelInfo {
        folder: folder.join(parent),
        id: entry.id,
        version: entry.version,
        sha256: entry.sha256,
        license: entry.license,
        origin: entry.origin,
        withdrawn: entry.withdrawn,
    };
    Ok(CheckedModel { info, weights })
}

fn bounded(path: &Path, most: u64) -> Result<Vec<u8>, String> {
    let explain = |error: std::io::Error| format!("`{}`: {error}", path.display());
    let mut bytes = Vec::new();
    File::open(path).map_err(explain)?.take(most + 1).read_to_end(&mut bytes).map_err(explain)?;
    if bytes.len() as u64 > most {
        return Err(format!("`{}` is larger than {most} bytes", path.display()));
    }
    Ok(bytes)
}
