//! Whole files of every container and codec, broken in many small ways (`fixtures/hostile/mutations.tsv`): none hurts the reader.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_media::{MediaLimits, SamplingPlan};

use crate::hostile::decode;
use crate::support::{folder, read_with, write};

/// Whole files are so small that anything longer is a reader that went astray.
const LONGEST: Duration = Duration::from_secs(20);
/// What a broken file may be called; anything else, such as a reader that crashed, is a fault of ours.
const REFUSALS: [ErrorCode; 7] = [
    ErrorCode::MediaDamaged,
    ErrorCode::MediaUnsupported,
    ErrorCode::MediaNoFrames,
    ErrorCode::MediaTooManyPixels,
    ErrorCode::MediaTooManyStreams,
    ErrorCode::MediaTooLong,
    ErrorCode::MediaMemoryLimit,
];

/// Does what a line of the table says.
fn mutate(whole: &[u8], operations: &str) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    for operation in operations.split("; ") {
        let words: Vec<&str> = operation.split(' ').collect();
        let number = |at: usize| words[at].parse::<usize>().unwrap();
        let hexadecimal = |text: &str| -> Vec<u8> {
            (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).unwrap()).collect()
        };
        match words[0] {
            "cut" => bytes.truncate(number(1)),
            "set" => {
                let new = hexadecimal(words[2]);
                bytes[number(1)..number(1) + new.len()].copy_from_slice(&new);
            }
            "drop" => drop(bytes.drain(number(1)..number(1) + number(2))),
            "insert" => {
                let new = hexadecimal(words[2]).repeat(number(3));
                bytes.splice(number(1)..number(1), new).for_each(drop);
            }
            "again" => bytes.extend(bytes[number(1)..].to_vec().repeat(number(2))),
            other => panic!("no operation `{other}`"),
        }
    }
    bytes
}

/// The files of the table, from its line number `first` on, every `step`th.
fn play(first: usize, step: usize) -> Vec<String> {
    let stored = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/hostile");
    let table = std::fs::read_to_string(stored.join("mutations.tsv")).unwrap();
    let folder = folder();
    let mut faults = Vec::new();
    let cases: Vec<&str> = table.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(cases.len() >= 300, "{} mutations are too few", cases.len());
    for line in cases.into_iter().skip(first).step_by(step) {
        let [seed, mutation, operations] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let bytes = mutate(&decode(&stored.join("seeds").join(format!("{seed}.b64"))), operations);
        let file = write(folder.path().join(format!("{mutation}-{seed}")), &bytes);
        let began = Instant::now();
        let outcome = read_with(&file, &SamplingPlan::default(), MediaLimits::default());
        let (took, code) = (began.elapsed(), outcome.code());
        if took > LONGEST {
            faults.push(format!("{mutation}-{seed} took {took:?}"));
        }
        if code.is_some_and(|code| !REFUSALS.contains(&code)) {
            faults.push(format!("{mutation}-{seed}: {code:?} {:?}", outcome.error));
        }
        std::fs::remove_file(file).unwrap();
    }
    faults
}

#[test]
fn no_mutation_of_any_container_or_codec_hurts_the_reader() {
    let faults = Mutex::new(Vec::new());
    let workers = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for worker in 0..workers {
            let faults = &faults;
            scope.spawn(move || faults.lock().unwrap().extend(play(worker, workers)));
        }
    });
    let faults = faults.into_inner().unwrap();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn operations_do_what_they_say() {
    assert_eq!(mutate(b"abcdef", "cut 3"), b"abc");
    assert_eq!(mutate(b"abcdef", "set 1 5859; drop 4 2"), b"aXYd");
    assert_eq!(mutate(b"abcdef", "insert 2 2e 3"), b"ab...cdef");
    assert_eq!(mutate(b"abcdef", "again 4 2"), b"abcdefefef");
}
