//! A method is a folder with code, README, tests and a golden snapshot, and a line in the registry.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use crate::fusion::Fusion;
use crate::registry::DESCRIPTORS;

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// Folders that implement `Detector`.
fn method_folders() -> BTreeSet<String> {
    let implements = |folder: &Path| {
        let code = fs::read_to_string(folder.join("mod.rs")).unwrap_or_default();
        code.contains("impl Detector for")
    };
    fs::read_dir(source())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir() && implements(path))
        .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn every_method_folder_is_registered_and_the_other_way_round() {
    let registered: BTreeSet<String> = DESCRIPTORS.iter().map(|it| it.id.to_string()).collect();
    assert_eq!(registered.len(), DESCRIPTORS.len(), "an id is registered twice");
    assert_eq!(registered, method_folders());
}

#[test]
fn every_method_has_readme_tests_golden_and_weight() {
    let fusion = Fusion::shipped().unwrap();
    for name in method_folders() {
        let folder = source().join(&name);
        for file in ["README.md", "tests.rs"] {
            let text = fs::read_to_string(folder.join(file)).unwrap_or_default();
            assert!(text.len() > 200, "`{name}/{file}` is missing or says nothing");
        }
        let golden = fs::read_dir(folder.join("snapshots"))
            .map(|entries| {
                entries
                    .flatten()
                    .filter(|entry| entry.path().extension().is_some_and(|it| it == "snap"))
                    .count()
            })
            .unwrap_or(0);
        assert!(golden > 0, "`{name}/snapshots` holds no golden snapshot");
        assert!(fusion.weight(&name) > 0.0, "`fusion.json` has no weight for `{name}`");
    }
}

#[test]
fn descriptors_speak_both_languages() {
    for descriptor in DESCRIPTORS {
        for text in [descriptor.name, descriptor.sees, descriptor.blind_to] {
            assert!(text.ru.chars().any(|letter| ('а'..='я').contains(&letter)), "{}", descriptor.id);
            assert!(text.en.is_ascii() && !text.en.is_empty(), "{}", descriptor.id);
        }
        let plain = |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_';
        assert!(descriptor.id.0.chars().all(plain));
    }
}
