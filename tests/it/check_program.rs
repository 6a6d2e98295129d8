//! Runs the real binary for the stories of `check_*` and `serve_*`.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The binary under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_podlinnik");

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// The objects on standard output, one per line.
    pub(crate) fn objects(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).expect("UTF-8 on standard output"),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// The program in an environment of its own: no settings of the person who runs the tests get in.
pub(crate) fn podlinnik() -> Command {
    let mut command = Command::new(PROGRAM);
    for (name, _) in std::env::vars_os() {
        let foreign = name.to_string_lossy().starts_with("PODLINNIK_") && name != "PODLINNIK_ONNXRUNTIME";
        // The program itself has to see to the last.
        if foreign || name == "DATABASE_URL" || name == "RUST_LOG" || name == "ORT_DISABLE_TELEMETRY" {
            command.env_remove(name);
        }
    }
    command.env("PODLINNIK_MODELS", root().join("models")).env("PODLINNIK_LANG", "en").stdin(Stdio::null());
    command
}

/// Runs the program with these arguments.
pub(crate) fn run<I: IntoIterator<Item = S>, S: AsRef<std::ffi::OsStr>>(arguments: I) -> Ran {
    podlinnik().args(arguments).output().expect("the program starts").into()
}

/// `podlinnik check ARGUMENTS… FILE`.
pub(crate) fn check(arguments: &[&str], file: &Path) -> Ran {
    podlinnik().arg("check").args(arguments).arg(file).output().expect("the program starts").into()
}

pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A file of `fixtures/media`.
pub(crate) fn fixture(name: &str) -> PathBuf {
    root().join("fixtures/media").join(name)
}

/// Whether media can be examined for real here. A missing runtime or model is said, not passed over.
#[expect(clippy::print_stderr, reason = "a skip is printed")]
pub(crate) fn can_examine() -> bool {
    let runtime = std::env::var_os("PODLINNIK_ONNXRUNTIME").map_or_else(
        || {
            let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
            let home = std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
            let version = "podlinnik/onnxruntime-1.32.0/libonnxruntime.so";
            cache.or(home).unwrap_or_default().join(version)
        },
        PathBuf::from,
    );
    let found = runtime.is_file();
    if !found {
        eprintln!("skipped: no ONNX Runtime at {} (`cargo xtask run` installs it)", runtime.display());
    }
    found
}

/// Runs FFmpeg's command line, which the test command installs, to make a file.
pub(crate) fn ffmpeg(arguments: &[&str], target: &Path) {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-y"])
        .args(arguments)
        .arg(target)
        .stdin(Stdio::null())
        .output()
        .expect("ffmpeg is installed (`cargo xtask test` does that)");
    assert!(output.status.success(), "ffmpeg: {}", String::from_utf8_lossy(&output.stderr));
}
