//! The program talks to nobody whom it was not told to, and leaves nothing behind where it was not told to.

use std::path::{Path, PathBuf};

use crate::check_program::{can_examine, fixture, podlinnik};

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { found.push(path) }
        }
    }
    found
}

/// ONNX Runtime's builds for Linux keep a device identifier and events for their makers in the home folder, unless they are told not to before they are loaded.
#[test]
fn an_analysis_leaves_nothing_in_the_home_folder() {
    if !can_examine() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for told in [None, Some("0")] {
        let mut command = podlinnik();
        command.env("HOME", home.path()).env_remove("XDG_CACHE_HOME").env_remove("XDG_DATA_HOME");
        command.env_remove("ORT_DISABLE_TELEMETRY");
        if let Some(told) = told {
            command.env("ORT_DISABLE_TELEMETRY", told);
        }
        if std::env::var_os("PODLINNIK_ONNXRUNTIME").is_none() {
            command.env("PODLINNIK_ONNXRUNTIME", real_runtime());
        }
        let output = command.args(["check", "--json"]).arg(fixture("astronaut.jpg")).output().unwrap();
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(out.contains("face_manipulation"), "the models ran: {out} {err}");
        assert_eq!(files_below(home.path()), Vec::<PathBuf>::new(), "{err}");
    }
}

/// Where the runtime lies for whoever runs the tests, whose home the program is not given.
fn real_runtime() -> PathBuf {
    PathBuf::from(std::env::var_os("HOME").unwrap())
        .join(".cache/podlinnik/onnxruntime-1.32.0/libonnxruntime.so")
}
