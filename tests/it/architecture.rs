//! The rules of the layout that no compiler knows: which crate may know which, what may lie where, what has to be written down.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};
use sha2::{Digest as _, Sha256};

/// Who may know whom, without the `podlinnik-`; dev-dependencies are free. A new crate needs a line here, and a reason.
const ARROWS: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("media", &["domain"]),
    ("onnx", &["domain"]),
    ("similarity", &["domain"]),
    ("provenance", &["domain"]),
    ("detectors", &["domain", "media", "onnx", "similarity"]),
    ("storage", &["domain"]),
    ("storage-sqlite", &["domain", "storage"]),
    ("storage-postgres", &["domain", "storage"]),
    ("blobs", &["domain"]),
    // report: letters and posts to receivers
    (
        "pipeline",
        &["domain", "detectors", "media", "onnx", "storage", "blobs", "provenance", "report", "similarity"],
    ),
    ("report", &["domain"]),
    ("evaluation", &["domain"]),
    ("web", &["domain", "pipeline", "report"]),
    ("bot", &["domain", "pipeline", "report"]),
    (
        "cli",
        &[
            "domain",
            "pipeline",
            "report",
            "evaluation",
            "web",
            "bot",
            "storage",
            "storage-sqlite",
            "storage-postgres",
            "blobs",
            "media",
        ],
    ),
    ("podlinnik", &["cli"]),
    // fuzz: tests, of everything that parses outside bytes
    ("fuzz", &["domain", "media", "pipeline", "provenance", "report", "similarity", "storage", "web"]),
    ("xtask", &[]),
];

/// Libraries that only some crates may use, because the rest of the code has to go through them.
const OWNED: &[(&str, &[&str])] = &[
    ("ffmpeg-next", &["media"]),
    ("ffmpeg-sys-next", &["media"]),
    ("image", &["media"]),
    ("kamadak-exif", &["media"]),
    // pipeline: the cage of the program for posts
    ("landlock", &["media", "pipeline"]),
    ("seccompiler", &["media", "pipeline"]),
    ("ort", &["onnx"]),
    // blobs: for `object_store`, which sends through it
    ("reqwest", &["pipeline", "blobs"]),
    ("lettre", &["pipeline"]),
    ("object_store", &["blobs"]),
    ("sqlx", &["storage-sqlite", "storage-postgres"]),
    ("axum", &["web"]),
];

/// All that may lie at the top of the repository.
const TOP_LEVEL: &[&str] = &[
    ".cargo",
    ".ci",
    ".clippy.toml",
    ".config",
    ".gitattributes",
    ".gitignore",
    ".rustfmt.toml",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "fixtures",
    "migrations",
    "models",
    "src",
    "tests",
];

fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn workspace() -> Vec<Package> {
    let metadata = MetadataCommand::new()
        .manifest_path(repository().join("Cargo.toml"))
        .no_deps()
        .other_options(["--offline".to_owned()])
        .exec()
        .unwrap();
    metadata.packages
}

fn short(name: &str) -> &str {
    name.strip_prefix("podlinnik-").unwrap_or(name)
}

/// Committed files, relative to the top.
fn committed() -> Vec<PathBuf> {
    let output = Command::new("git")
        .args(["-c", "safe.directory=*", "ls-files", "-z"])
        .current_dir(repository())
        .output()
        .expect("git is needed to know which files are committed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let names = String::from_utf8(output.stdout).unwrap();
    let files: Vec<PathBuf> = names.split_terminator('\0').map(PathBuf::from).collect();
    assert!(files.len() > 50, "git lists only {} files", files.len());
    files
}

/// Names in a folder, sorted.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

fn sha256(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn toml(path: &Path) -> toml::Table {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn field<'a>(entry: &'a toml::Value, name: &str) -> &'a str {
    entry.get(name).and_then(toml::Value::as_str).unwrap_or_else(|| panic!("no `{name}` in {entry}"))
}

fn assert_none(what: &str, complaints: &[String]) {
    assert!(complaints.is_empty(), "{what}:\n  {}", complaints.join("\n  "));
}

/// Arrows of a crate that the table does not have; none means that the crate itself is missing in it.
fn forbidden_arrows(name: &str, knows: &[&str]) -> Option<Vec<String>> {
    let allowed = ARROWS.iter().find(|(of, _)| *of == name)?.1;
    let over = knows.iter().filter(|other| !allowed.contains(other));
    Some(over.map(|other| format!("{name} → {other}")).collect())
}

#[test]
fn crates_know_only_whom_they_may_know() {
    let packages = workspace();
    let members: BTreeSet<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    assert!(members.len() >= 10, "{members:?}");
    let mut complaints = Vec::new();
    for package in &packages {
        let knows: Vec<&str> = package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind != DependencyKind::Development)
            .filter(|dependency| members.contains(dependency.name.as_str()))
            .map(|dependency| short(&dependency.name))
            .collect();
        match forbidden_arrows(short(&package.name), &knows) {
            Some(arrows) => complaints.extend(arrows),
            None => complaints.push(format!("`{}` has no line in ARROWS", package.name)),
        }
    }
    assert_none("arrows between crates that the design does not have", &complaints);
}

#[test]
fn the_arrow_check_can_fail() {
    assert_eq!(forbidden_arrows("media", &["domain", "onnx"]), Some(vec!["media → onnx".to_owned()]));
    assert_eq!(forbidden_arrows("media", &["domain"]), Some(Vec::new()));
    assert_eq!(forbidden_arrows("somewhere-new", &[]), None);
}

#[test]
fn heavy_libraries_have_one_owner() {
    let owners: BTreeMap<&str, &[&str]> = OWNED.iter().copied().collect();
    let mut complaints = Vec::new();
    let mut seen = BTreeSet::new();
    for package in workspace() {
        for dependency in &package.dependencies {
            let Some(allowed) = owners.get(dependency.name.as_str()) else { continue };
            seen.insert(dependency.name.clone());
            if dependency.kind != DependencyKind::Development && !allowed.contains(&short(&package.name)) {
                complaints
                    .push(format!("{} uses {}, which belongs to {allowed:?}", package.name, dependency.name));
            }
        }
    }
    assert_none("libraries outside their owner", &complaints);
    assert!(seen.contains("ort") && seen.contains("sqlx"), "the check sees no dependencies: {seen:?}");
}

#[test]
fn the_top_level_stays_small() {
    let top: BTreeSet<String> = committed()
        .iter()
        .filter_map(|path| path.components().next())
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let unknown: Vec<String> =
        top.iter().filter(|name| !TOP_LEVEL.contains(&name.as_str())).cloned().collect();
    assert_none("entries at the top that have no place there", &unknown);
}

#[test]
fn migrations_come_in_pairs() {
    let sqlite = names(&repository().join("migrations/sqlite"));
    let postgres = names(&repository().join("migrations/postgres"));
    assert_eq!(sqlite, postgres, "every migration has the same number and name for both engines");
    assert!(!sqlite.is_empty());
    let numbers: Vec<&str> = sqlite.iter().filter_map(|name| name.split('_').next()).collect();
    let expected: Vec<String> = (1..=numbers.len()).map(|number| format!("{number:04}")).collect();
    assert_eq!(numbers, expected, "migrations are numbered without gaps");
}

#[test]
fn every_detector_has_its_papers() {
    let folder = repository().join("src/detectors/src");
    let registry = std::fs::read_to_string(folder.join("registry.rs")).unwrap();
    let mut complaints = Vec::new();
    let mut detectors = 0;
    for name in names(&folder) {
        let one = folder.join(&name);
        if name == "tests" || !one.is_dir() || !is_detector(&one) {
            continue;
        }
        detectors += 1;
        if !one.join("README.md").is_file() {
            complaints.push(format!("{name} has no README.md"));
        }
        if !one.join("tests.rs").is_file() {
            complaints.push(format!("{name} has no tests.rs"));
        }
        if !registry.contains(&format!("{name}::")) {
            complaints.push(format!("{name} has no line in registry.rs"));
        }
    }
    assert_none("detectors without their papers", &complaints);
    assert!(detectors > 0, "no folder under {} implements `Detector`", folder.display());
}

fn is_detector(folder: &Path) -> bool {
    let sources = names(folder).into_iter().filter(|name| {
        Path::new(name).extension().is_some_and(|extension| extension == "rs") && name != "tests.rs"
    });
    sources
        .map(|name| std::fs::read_to_string(folder.join(name)).unwrap())
        .any(|text| text.contains("impl Detector for"))
}

#[test]
fn nothing_committed_points_at_one_machine() {
    // Put together here, so that this file does not contain what it looks for.
    let machine: Vec<String> = [("/wor", "k/main"), ("/wor", "k/shared"), ("/wor", "k/."), ("/ro", "ot/")]
        .iter()
        .map(|(start, end)| format!("{start}{end}"))
        .collect();
    let registries: Vec<String> = [
        ("py", "pi.org"),
        ("python", "hosted.org"),
        ("crat", "es.io"),
        ("deb.", "debian.org"),
        ("npm", "js.org"),
        ("proxy.", "golang.org"),
    ]
    .iter()
    .map(|(start, end)| format!("{start}{end}"))
    .collect();
    let mut complaints = Vec::new();
    for path in committed() {
        // Cargo itself writes where crates come from into its lock file.
        let lock = path.file_name().is_some_and(|name| name == "Cargo.lock");
        let Ok(text) = std::fs::read_to_string(repository().join(&path)) else { continue };
        for (number, line) in text.lines().enumerate() {
            let registries = registries.iter().filter(|_| !lock);
            if let Some(found) = machine.iter().chain(registries).find(|word| line.contains(word.as_str())) {
                complaints.push(format!("{}:{}: `{found}`", path.display(), number + 1));
            }
        }
    }
    assert_none("paths of one machine or hosts of package registries", &complaints);
}

#[test]
fn every_model_has_hash_card_and_licence() {
    let folder = repository().join("models");
    let manifest = toml(&folder.join("manifest.toml"));
    let models = manifest["model"].as_array().unwrap();
    let mut complaints = Vec::new();
    let ids: Vec<&str> = models.iter().map(|model| field(model, "id")).collect();
    let mut known = BTreeSet::from(["manifest.toml".to_owned(), "README.md".to_owned(), "train".to_owned()]);
    for model in models {
        let id = field(model, "id");
        known.insert(id.to_owned());
        if field(model, "sha256") != sha256(&folder.join(field(model, "file"))) {
            complaints.push(format!("{id}: the file's SHA-256 is not the manifest's"));
        }
        let licence = field(model, "license");
        if licence.is_empty() || !card_names(&folder, id, licence, &ids) {
            complaints.push(format!("{id}: no CARD.md that names the licence `{licence}`"));
        }
        if field(model, "origin").is_empty() {
            complaints.push(format!("{id}: no origin"));
        }
    }
    complaints.extend(
        names(&folder).difference(&known).map(|name| format!("models/{name} is not in the manifest")),
    );
    assert_none("models", &complaints);
    assert!(!models.is_empty());
}

/// Whether a model has a card, and this or the LICENSE.md that it points at or the card of a model of the same family names the licence.
fn card_names(folder: &Path, id: &str, licence: &str, ids: &[&str]) -> bool {
    let file = |id: &str, name: &str| std::fs::read_to_string(folder.join(id).join(name)).unwrap_or_default();
    let read = |id: &str| file(id, "CARD.md");
    let card = read(id);
    if card.contains("LICENSE.md") && file(id, "LICENSE.md").contains(licence) {
        return true;
    }
    let family = ids.iter().filter(|other| **other != id && card.contains(&format!("{other}/CARD.md")));
    card.contains(licence) || family.into_iter().any(|other| read(other).contains(licence))
}

#[test]
fn every_fixture_says_where_it_comes_from() {
    let folder = repository().join("fixtures/media");
    let provenance = toml(&folder.join("PROVENANCE.toml"));
    let mut listed = BTreeSet::new();
    for entry in provenance["file"].as_array().unwrap() {
        let name = field(entry, "file");
        for about in ["what", "source", "licence", "recipe"] {
            assert!(!field(entry, about).is_empty(), "{name}: no {about}");
        }
        assert_eq!(
            field(entry, "sha256"),
            sha256(&folder.join(name)),
            "{name} is not the file that was listed"
        );
        listed.insert(name.to_owned());
    }
    let mut there = names(&folder);
    assert!(there.remove("PROVENANCE.toml") && there.remove("make.sh"));
    assert_eq!(there, listed);
    let bytes: u64 = there.iter().map(|name| std::fs::metadata(folder.join(name)).unwrap().len()).sum();
    assert!(bytes <= 3 * 1024 * 1024, "{bytes} bytes of fixtures: a clone should stay small");
}
