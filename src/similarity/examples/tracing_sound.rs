//! Compares the sound of pairs that `models/train/tracing/sounds.py` lists: a line of JSON a pair. Needs `ffmpeg`; for evaluation only.

use std::io::{BufRead, Write};
use std::process::{Command, Stdio};

use podlinnik_similarity::tracing::{Samples, TimeMap, compare_sound};
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize)]
struct Job {
    id: String,
    suspect: String,
    original: String,
    speed: f64,
    offset_s: f64,
}

type Failure = Box<dyn std::error::Error>;

fn samples(path: &str) -> Result<Vec<f32>, Failure> {
    let output = Command::new("ffmpeg")
        .args(["-v", "error", "-i", path, "-vn", "-ac", "1", "-ar", "16000", "-f", "f32le", "pipe:1"])
        .stdin(Stdio::null())
        .output()?;
    Ok(output.stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

fn main() -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let job: Job = serde_json::from_str(&line?)?;
        let (suspect, original) = (samples(&job.suspect)?, samples(&job.original)?);
        let time = TimeMap { speed: job.speed, offset_s: job.offset_s };
        let lend = |values| Samples { values, start_s: 0.0 };
        let found = compare_sound(&lend(&suspect), &lend(&original), &time, 0.03);
        writeln!(out, "{}", json!({"id": job.id, "found": found}))?;
    }
    Ok(())
}
