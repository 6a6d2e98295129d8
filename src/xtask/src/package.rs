//! `cargo xtask package`: a Debian package with program, models, ONNX Runtime, systemd units, a Grafana dashboard and alert rules.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::arguments::Arguments;
use crate::command::{output, run};
use crate::{install, onnxruntime, paths, sbom};

const PROGRAM: u32 = 0o755;
const DATA: u32 = 0o644;

/// What stands in the package beside program, library and models: where, with which rights, what.
const FILES: &[(&str, u32, &str)] = &[
    ("etc/podlinnik/podlinnik.toml", DATA, include_str!("package/podlinnik.toml")),
    ("lib/systemd/system/podlinnik.service", DATA, include_str!("package/podlinnik.service")),
    ("lib/systemd/system/podlinnik-worker@.service", DATA, include_str!("package/podlinnik-worker@.service")),
    ("usr/share/podlinnik/grafana.json", DATA, include_str!("package/grafana.json")),
    ("usr/share/podlinnik/alerts.yaml", DATA, include_str!("package/alerts.yaml")),
    ("DEBIAN/conffiles", DATA, "/etc/podlinnik/podlinnik.toml\n"),
    ("DEBIAN/postinst", PROGRAM, include_str!("package/postinst")),
    ("DEBIAN/prerm", PROGRAM, include_str!("package/prerm")),
    ("DEBIAN/postrm", PROGRAM, include_str!("package/postrm")),
];
const DOCUMENTS: &[&str] = &["README.md", "SECURITY.md", "LICENSE"];

/// The command line of `package`.
#[derive(Debug)]
pub(crate) struct Options {
    /// A release build that is there already.
    program: Option<PathBuf>,
    /// Where the package goes.
    out: PathBuf,
}

impl Options {
    pub(crate) fn parse(mut arguments: Arguments) -> Result<Self> {
        let program = arguments.value("--program")?.map(PathBuf::from);
        let out = arguments.value("--out")?.map_or_else(|| PathBuf::from("."), PathBuf::from);
        arguments.finish()?;
        Ok(Self { program, out })
    }
}

/// Builds the program unless it is given, and packs.
pub(crate) fn make(options: &Options) -> Result<()> {
    install::ensure(install::PACKAGE)?;
    let runtime = onnxruntime::ensure()?;
    let program = if let Some(program) = &options.program {
        program.clone()
    } else {
        install::ensure(install::BUILD)?;
        run(Command::new(paths::cargo()).args(["build", "--release", "--locked", "--package", "podlinnik"]))?;
        paths::target()?.join("release/podlinnik")
    };
    let folder = tempfile::Builder::new().prefix("podlinnik-package-").tempdir()?;
    let root = folder.path().join("root");
    let here = paths::repository()?;
    for (place, rights, text) in FILES {
        place_bytes(&root.join(place), *rights, text.as_bytes())?;
    }
    place_file(&program, &root.join("usr/bin/podlinnik"), PROGRAM)?;
    run(Command::new("strip").arg("--strip-unneeded").arg(root.join("usr/bin/podlinnik")))?;
    place_file(&runtime, &root.join("usr/lib/podlinnik/libonnxruntime.so"), DATA)?;
    models(&here.join("models"), &root.join("usr/share/podlinnik/models"))?;
    for document in DOCUMENTS {
        place_file(&here.join(document), &root.join("usr/share/doc/podlinnik").join(document), DATA)?;
    }
    let list = serde_json::to_vec_pretty(&sbom::list()?)?;
    place_bytes(&root.join("usr/share/doc/podlinnik/sbom.cdx.json"), DATA, &list)?;
    let needs = dependencies(folder.path(), &root)?;
    place_bytes(&root.join("DEBIAN/control"), DATA, control(&needs, size_kb(&root)?)?.as_bytes())?;
    let architecture = output(Command::new("dpkg").arg("--print-architecture"))?;
    fs::create_dir_all(&options.out)?;
    let package = options.out.join(format!("podlinnik_{}_{}.deb", version(), architecture.trim()));
    run(Command::new("dpkg-deb").args(["--root-owner-group", "-Zxz", "--build"]).arg(&root).arg(&package))?;
    println!("{} ({} MB)", package.display(), fs::metadata(&package)?.len() / 1_000_000);
    Ok(())
}

const fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Everything of a model that the program reads or a person should: no recipes.
fn models(from: &Path, to: &Path) -> Result<()> {
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let (name, path) = (entry.file_name(), entry.path());
        if name == "train" {
            continue;
        }
        if path.is_dir() {
            models(&path, &to.join(name))?;
        } else {
            place_file(&path, &to.join(name), DATA)?;
        }
    }
    Ok(())
}

fn place_bytes(place: &Path, rights: u32, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = place.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(place, bytes).with_context(|| format!("cannot write {}", place.display()))?;
    Ok(fs::set_permissions(place, fs::Permissions::from_mode(rights))?)
}

fn place_file(from: &Path, place: &Path, rights: u32) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("cannot read {}", from.display()))?;
    place_bytes(place, rights, &bytes)
}

/// The packages of the shared libraries that the program links, as Debian finds them.
fn dependencies(work: &Path, root: &Path) -> Result<String> {
    fs::create_dir_all(work.join("debian"))?;
    fs::write(work.join("debian/control"), "Source: podlinnik\n\nPackage: podlinnik\nArchitecture: any\n")?;
    let told = output(
        Command::new("dpkg-shlibdeps")
            .args(["-O", "--warnings=0", "-e"])
            .arg(root.join("usr/bin/podlinnik"))
            .current_dir(work),
    )?;
    match told.trim().strip_prefix("shlibs:Depends=") {
        Some(needs) if needs.contains("libavcodec") => Ok(needs.to_owned()),
        _ => bail!("`dpkg-shlibdeps` does not say which FFmpeg the program needs: {told}"),
    }
}

fn size_kb(folder: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        bytes += if entry.path().is_dir() { size_kb(&entry.path())? * 1024 } else { entry.metadata()?.len() };
    }
    Ok(bytes.div_ceil(1024))
}

fn control(needs: &str, size_kb: u64) -> Result<String> {
    let architecture = output(Command::new("dpkg").arg("--print-architecture"))?;
    Ok(format!(
        "Package: podlinnik\n\
         Version: {}\n\
         Architecture: {}\n\
         Maintainer: Podlinnik <podlinnik@localhost>\n\
         Installed-Size: {size_kb}\n\
         Depends: {needs}, adduser\n\
         Suggests: postgresql, prometheus, nginx\n\
         Section: web\n\
         Priority: optional\n\
         Description: verification of suspect media\n \
         Accepts suspect videos, images and sound, looks for manipulation, finds known copies\n \
         and originals, records verdicts with their evidence and publishes refutations.\n",
        version(),
        architecture.trim(),
    ))
}

#[cfg(test)]
mod tests {
    use super::FILES;

    fn text(place: &str) -> &'static str {
        FILES.iter().find(|(file, ..)| *file == place).unwrap().2
    }

    #[test]
    fn the_dashboard_asks_for_nothing_that_the_service_does_not_count() {
        let dashboard: serde_json::Value =
            serde_json::from_str(text("usr/share/podlinnik/grafana.json")).unwrap();
        let counted = include_str!("../../web/src/metrics.rs");
        let queries = format!("{dashboard}{}", text("usr/share/podlinnik/alerts.yaml"));
        let mut names: Vec<&str> = queries
            .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .filter_map(|word| word.strip_prefix("podlinnik_"))
            .collect();
        names.sort_unstable();
        names.dedup();
        assert!(names.len() > 6, "{names:?}");
        for name in names {
            let base = ["_total", "_bucket"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
            assert!(counted.contains(&format!("\"{base}\"")), "nothing counts `{name}`");
        }
    }

    #[test]
    fn units_start_what_the_package_holds_and_read_the_settings_that_it_holds() {
        for unit in ["podlinnik.service", "podlinnik-worker@.service"] {
            let unit = text(&format!("lib/systemd/system/{unit}"));
            assert!(unit.contains("ExecStart=/usr/bin/podlinnik --config /etc/podlinnik/podlinnik.toml"));
        }
        let settings = text("etc/podlinnik/podlinnik.toml");
        assert!(settings.contains("/usr/share/podlinnik/models") && settings.contains("/var/lib/podlinnik"));
    }
}
