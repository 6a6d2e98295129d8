//! ONNX Runtime's shared library, out of the `onnxruntime` wheel, pinned by version and by two hashes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};
use sha2::{Digest as _, Sha256};

use crate::command::{output, run};
use crate::{install, paths};

pub(crate) const VERSION: &str = "1.32.0";
const MEMBER: &str = "onnxruntime/capi/libonnxruntime.so.1.32.0";

/// One build of the runtime.
struct Pin {
    /// As `std::env::consts::ARCH` and as the wheel's platform tag.
    architecture: &'static str,
    wheel_sha256: &'static str,
    library_sha256: &'static str,
}

const PINS: &[Pin] = &[
    Pin {
        architecture: "x86_64",
        wheel_sha256: "5a34fc4dfeb5a7b4a74c95dcba1e773d722abda720b474edf1b0c419dc6d163d",
        library_sha256: "6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f",
    },
    Pin {
        architecture: "aarch64",
        wheel_sha256: "2303372a85299b6757b0e11e1cbf13e410ddf7e10c37f4b37e99d1c90e7daf7c",
        library_sha256: "49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a",
    },
];

/// Puts the library where `podlinnik` looks for it, unless it is there already; gives its path.
pub(crate) fn ensure() -> Result<PathBuf> {
    let architecture = std::env::consts::ARCH;
    let pin = PINS.iter().find(|pin| pin.architecture == architecture).with_context(|| {
        format!("no ONNX Runtime is pinned for {architecture}; build it and name it in PODLINNIK_ONNXRUNTIME")
    })?;
    let folder = paths::cache()?.join(format!("onnxruntime-{VERSION}"));
    let library = folder.join("libonnxruntime.so");
    if library.is_file() {
        if sha256(&library)? == pin.library_sha256 {
            return Ok(library);
        }
        println!("{} is not the pinned build; replacing it", library.display());
    }
    println!("Fetching ONNX Runtime {VERSION} (the `onnxruntime` wheel, 27 MB) into {}", folder.display());
    install::ensure(install::WHEELS)?;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let work = folder.join(format!("fetch-{}", std::process::id()));
    std::fs::create_dir_all(&work)?;
    let fetched = fetch(pin, &work, &library);
    std::fs::remove_dir_all(&work)?;
    fetched?;
    Ok(library)
}

fn fetch(pin: &Pin, work: &Path, library: &Path) -> Result<()> {
    let requirement = work.join("requirement.txt");
    std::fs::write(&requirement, format!("onnxruntime=={VERSION} --hash=sha256:{}\n", pin.wheel_sha256))?;
    // The wheel for CPython 3.11, whatever Python runs here: only the C library in it is used.
    run(Command::new("python3")
        .args(["-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes", "--only-binary=:all:"])
        .args(["--implementation", "cp", "--python-version", "3.11", "--abi", "cp311"])
        .args(["--platform", &format!("manylinux_2_28_{}", pin.architecture)])
        .args(["--platform", &format!("manylinux_2_27_{}", pin.architecture)])
        .arg("--dest")
        .arg(work)
        .arg("--requirement")
        .arg(&requirement))
    .context("cannot fetch the `onnxruntime` wheel; is a package index within reach of pip?")?;
    let wheel = std::fs::read_dir(work)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "whl"))
        .context("pip ended well but left no wheel")?;
    let found = sha256(&wheel)?;
    if found != pin.wheel_sha256 {
        bail!("the wheel's SHA-256 is {found}, not the pinned {}", pin.wheel_sha256);
    }
    let unpacked = work.join("libonnxruntime.so");
    output(
        Command::new("python3")
            .args(["-c", "import shutil, sys, zipfile; shutil.copyfileobj(zipfile.ZipFile(sys.argv[1]).open(sys.argv[2]), open(sys.argv[3], 'wb'))"])
            .arg(&wheel)
            .arg(MEMBER)
            .arg(&unpacked),
    )?;
    let found = sha256(&unpacked)?;
    if found != pin.library_sha256 {
        bail!("the library's SHA-256 is {found}, not the pinned {}", pin.library_sha256);
    }
    std::fs::rename(&unpacked, library)
        .with_context(|| format!("cannot put the library at {}", library.display()))
}

/// SHA-256 of a file, in lower-case hexadecimal digits.
pub(crate) fn sha256(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use super::{PINS, sha256};

    #[test]
    fn a_file_that_was_changed_has_another_hash() {
        let path = std::env::temp_dir().join(format!("podlinnik-xtask-{}", std::process::id()));
        std::fs::write(&path, b"abc").unwrap();
        let known = sha256(&path).unwrap();
        std::fs::write(&path, b"abd").unwrap();
        let changed = sha256(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(known, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_ne!(known, changed);
    }

    #[test]
    fn pins_are_whole() {
        for pin in PINS {
            assert_eq!((pin.wheel_sha256.len(), pin.library_sha256.len()), (64, 64), "{}", pin.architecture);
        }
    }
}
