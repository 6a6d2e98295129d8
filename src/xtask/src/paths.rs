//! Where things are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

/// The repository's top folder: where Cargo says that this crate's workspace is.
pub(crate) fn repository() -> Result<PathBuf> {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map(PathBuf::from)
        .context("start this as `cargo xtask`, not as a bare program")?;
    manifest
        .ancestors()
        .find(|folder| folder.join("Cargo.lock").is_file() && folder.join("src").is_dir())
        .map(Path::to_path_buf)
        .context("cannot find the top of the repository above this crate")
}

/// `$XDG_CACHE_HOME/podlinnik` or `~/.cache/podlinnik`: what was fetched or generated once and serves every checkout.
pub(crate) fn cache() -> Result<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("XDG_CACHE_HOME")
        .or_else(|| variable("HOME").map(|home| home.join(".cache")))
        .map(|folder| folder.join("podlinnik"))
        .context("neither XDG_CACHE_HOME nor HOME is set, so there is no place for a cache")
}

/// Cargo's target folder.
pub(crate) fn target() -> Result<PathBuf> {
    Ok(match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => repository()?.join("target"),
    })
}

/// The cargo that started this program.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}
