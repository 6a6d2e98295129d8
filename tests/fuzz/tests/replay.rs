//! Replays everything that is in `corpus/TARGET/` through the target, and holds memory and time against bounds.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use peak_alloc::PeakAlloc;
use podlinnik_fuzz::{TARGETS, named};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes that one input may make a target set aside beyond what was there, and how long it may take in a build without optimisation on a busy machine.
const MEMORY_BYTES: usize = 192 << 20;
const TIME: Duration = Duration::from_secs(20);

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus")
}

/// Inputs of a target by name.
fn inputs(target: &str) -> Vec<(String, Vec<u8>)> {
    let folder = corpus().join(target);
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut inputs: Vec<(String, Vec<u8>)> = entries
        .map(|entry| {
            let path = entry.expect("an entry of a folder").path();
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            assert!(name.ends_with(".b64"), "{target}/{name} is no input in Base64");
            let text: String =
                fs::read_to_string(&path).expect("an input can be read").split_whitespace().collect();
            (name, STANDARD.decode(text).expect("an input is Base64"))
        })
        .collect();
    inputs.sort();
    inputs
}

fn replay(target: &str) {
    let run = named(target).expect("a target of this name");
    let inputs = inputs(target);
    assert!(inputs.len() > 3, "{target} has only {} inputs", inputs.len());
    for (name, bytes) in inputs {
        MEMORY.reset_peak_usage();
        let (before, began) = (MEMORY.current_usage(), Instant::now());
        let outcome = std::panic::catch_unwind(|| run(&bytes));
        let took = began.elapsed();
        let used = MEMORY.peak_usage().saturating_sub(before);
        assert!(outcome.is_ok(), "{target} fails on {name}");
        assert!(used <= MEMORY_BYTES, "{used} bytes for {name}");
        assert!(took <= TIME, "{took:?} for {name}");
    }
}

/// One test for each target, and one that none is missing.
macro_rules! replayed {
    ($($target:ident)+) => {
        $(#[test]
        fn $target() {
            replay(stringify!($target));
        })+

        #[test]
        fn every_target_is_replayed_and_has_inputs() {
            let known: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(known, [$(stringify!($target)),+]);
            let mut folders: Vec<String> = fs::read_dir(corpus())
                .unwrap()
                .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
                .collect();
            folders.sort();
            assert_eq!(folders, known);
        }
    };
}

replayed!(address answer bundle lists note outlets picture proof report request signature stamp wire);
