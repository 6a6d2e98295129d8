//! The manifest's guards, and the shipped models on the real runtime.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ndarray::ArrayD;
use podlinnik_domain::hash::Sha256;
use podlinnik_onnx::{Engine as _, FakeEngine, Models, OnnxError, runtime_path};

fn shipped() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models")
}

/// Whether the runtime is there; says so if not.
#[expect(clippy::print_stderr, reason = "a skip is printed")]
fn has_runtime() -> bool {
    let path = runtime_path(None);
    if !path.is_file() {
        eprintln!("SKIPPED: `{}` is not there (`cargo xtask test` installs it)", path.display());
    }
    path.is_file()
}

/// A folder with one model file and a manifest made from the shipped landmark model.
fn folder(manifest: impl Fn(&Sha256) -> String) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let weights = std::fs::read(shipped().join("face-landmarks/model.onnx")).unwrap();
    std::fs::create_dir(folder.path().join("one")).unwrap();
    std::fs::write(folder.path().join("one/model.onnx"), &weights).unwrap();
    std::fs::write(folder.path().join("manifest.toml"), manifest(&Sha256::of(&weights))).unwrap();
    folder
}

fn entry(id: &str, file: &str, sha256: &str, rest: &str) -> String {
    format!(
        "[[model]]\nid = \"{id}\"\nversion = \"1\"\nfile = \"{file}\"\nsha256 = \"{sha256}\"\nlicense = \"Apache-2.0\"\norigin = \"test\"\n{rest}\n"
    )
}

fn refusal(manifest: impl Fn(&Sha256) -> String) -> OnnxError {
    let folder = folder(manifest);
    Models::open(folder.path(), None, 1).expect_err("has to be refused")
}

#[test]
fn weights_that_are_not_what_the_manifest_says_are_refused() {
    let error = refusal(|_| entry("one", "one/model.onnx", &"0".repeat(64), ""));
    assert!(matches!(&error, OnnxError::Model { id, detail } if id == "one" && detail.contains("SHA-256")));
}

#[test]
fn files_outside_the_folder_are_refused() {
    for file in ["../one/model.onnx", "/etc/passwd", "model.onnx", "one/../one/model.onnx"] {
        let error = refusal(|sha256| entry("one", file, &sha256.to_string(), ""));
        assert!(matches!(&error, OnnxError::Model { .. }), "{file}: {error}");
    }
}

#[test]
fn manifests_with_errors_are_refused() {
    let twice = |sha256: &Sha256| entry("one", "one/model.onnx", &sha256.to_string(), "").repeat(2);
    let unknown = |sha256: &Sha256| entry("one", "one/model.onnx", &sha256.to_string(), "colour = 1");
    for error in [refusal(twice), refusal(unknown), refusal(|_| "[[model".to_owned())] {
        assert!(matches!(error, OnnxError::Manifest { .. }), "{error}");
    }
    let empty = tempfile::tempdir().unwrap();
    assert!(matches!(Models::open(empty.path(), None, 1), Err(OnnxError::Manifest { .. })));
}

#[test]
fn missing_runtime_is_named_with_a_hint() {
    // Only before the runtime was loaded: nextest gives every test its own process, plain `cargo test` does not.
    let folder = folder(|_| String::new());
    if let Err(error) = Models::open(folder.path(), Some(Path::new("/nowhere/libonnxruntime.so")), 1) {
        assert!(matches!(&error, OnnxError::Runtime { .. }));
        assert!(
            error.to_string().contains("/nowhere/libonnxruntime.so") && error.to_string().contains("hint")
        );
    }
}

#[test]
fn withdrawn_models_are_listed_and_not_run() {
    if !has_runtime() {
        return;
    }
    let folder = folder(|_| entry("gone", "one/missing.onnx", &"0".repeat(64), "withdrawn = true"));
    let models = Models::open(folder.path(), None, 1).unwrap();
    assert!(models.list()[0].withdrawn);
    assert!(matches!(models.engine("gone"), Err(OnnxError::Model { .. })));
}

#[test]
fn shipped_models_open_and_callers_side_by_side_get_the_same_numbers() {
    if !has_runtime() {
        return;
    }
    let models = Models::open(&shipped(), None, 2).unwrap();
    let ids: Vec<String> = models.list().into_iter().map(|info| info.id).collect();
    assert!(
        ["face-detection", "face-landmarks", "face-manipulation"]
            .iter()
            .all(|id| ids.iter().any(|it| it == id))
    );
    let engine = models.engine("face-landmarks").unwrap();
    let input = || vec![ArrayD::from_elem(vec![1, 192, 192, 3], 0.4_f32)];
    let expected = engine.run(input()).unwrap();
    assert!(expected.iter().any(|output| output.len() == 468 * 3));
    std::thread::scope(|scope| {
        let callers: Vec<_> = (0..12).map(|_| scope.spawn(|| engine.run(input()).unwrap())).collect();
        for caller in callers {
            assert_eq!(caller.join().unwrap(), expected);
        }
    });
}

#[test]
fn wrong_shapes_are_errors() {
    if !has_runtime() {
        return;
    }
    let models = Models::open(&shipped(), None, 1).unwrap();
    let engine = models.engine("face-detection").unwrap();
    assert!(matches!(engine.run(Vec::new()), Err(OnnxError::Run { .. })));
    let wrong = vec![ArrayD::zeros(vec![1, 3, 5])];
    assert!(matches!(engine.run(wrong), Err(OnnxError::Run { .. })));
    assert!(engine.run(vec![ArrayD::zeros(vec![1, 128, 128, 3])]).is_ok(), "the session is still good");
    assert!(matches!(models.engine("none"), Err(OnnxError::Model { .. })));
}

#[test]
fn fake_engines_stand_in() {
    let fake = FakeEngine::new("fake", "nowhere", |inputs| Ok(vec![&inputs[0] * 2.0]));
    let doubled = fake.run(vec![ArrayD::from_elem(vec![2], 1.5)]).unwrap();
    assert_eq!(doubled[0], ArrayD::from_elem(vec![2], 3.0));
    let models = Models::from_engines([Arc::new(fake) as Arc<dyn podlinnik_onnx::Engine>], 0);
    assert_eq!((models.list().len(), models.threads()), (1, 1));
}
