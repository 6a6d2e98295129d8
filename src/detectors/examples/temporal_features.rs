//! Measures the motion of faces in clips, as the method `temporal` does, one JSON object a line: `cargo run -p podlinnik-detectors --example temporal_features --
//! CHILD FILE…`, where CHILD is the `podlinnik-media-child` binary. The recipe in `models/train/temporal` learns from this, so that training and
//! inference cannot measure differently.
#![expect(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use podlinnik_detectors::face::{FacePipeline, FrameFaces, Track, follow, median};
use podlinnik_detectors::temporal::{FEATURES, measure};
use podlinnik_media::{Frame, MediaEvent, MediaLimits, MediaReader, SamplingPlan};
use podlinnik_onnx::Models;
use serde_json::json;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(child) = arguments.next() else { return Err("usage: temporal_features CHILD FILE…".into()) };
    let reader = MediaReader::new(child, MediaLimits::default());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models");
    let pipeline = FacePipeline::new(&Models::open(&folder, None, 1)?)?;
    for path in arguments {
        let line = match examine(&reader, &pipeline, &path) {
            Ok(tracks) => json!({ "path": path, "names": FEATURES, "tracks": tracks }),
            Err(error) => json!({ "path": path, "error": error.to_string() }),
        };
        println!("{line}");
    }
    Ok(())
}

fn examine(
    reader: &MediaReader,
    pipeline: &FacePipeline,
    path: &Path,
) -> Result<Vec<serde_json::Value>, Box<dyn Error>> {
    let mut found: Vec<FrameFaces> = Vec::new();
    let mut burst: Vec<Frame> = Vec::new();
    // the long bursts of the shipped plan without the single frames, which other methods need
    let plan = SamplingPlan { moments: 6, ..SamplingPlan::default() };
    for event in reader.open(File::open(path)?, &plan)? {
        let MediaEvent::Frame(frame) = event? else { continue };
        if burst.first().is_some_and(|first| first.burst != frame.burst) || burst.len() >= 8 {
            found.extend(pipeline.burst(&std::mem::take(&mut burst), false, false)?);
        }
        burst.push(frame);
    }
    found.extend(pipeline.burst(&burst, false, false)?);
    let faces = found.into_iter().flat_map(|frame| frame.faces).collect();
    Ok(follow(faces, 2).tracks.iter().map(describe).collect())
}

fn describe(track: &Track) -> serde_json::Value {
    let watched = || track.faces.iter().filter(|face| face.motion.is_some());
    let (mut bursts, mut obstacles) = (Vec::new(), Vec::new());
    for result in measure(track) {
        match result {
            Ok(burst) => bursts.push(json!({ "span_s": burst.span_s, "features": burst.features })),
            Err(obstacle) => obstacles.push(format!("{obstacle:?}")),
        }
    }
    json!({
        "prominence": track.prominence(),
        "face_px": median(watched().map(|face| face.face_px())),
        "quality": median(watched().map(|face| face.quality.quality)),
        "grey_mean": median(watched().map(|face| face.quality.grey_mean)),
        "grey_sd": median(watched().map(|face| face.quality.grey_sd)),
        "bursts": bursts,
        "obstacles": obstacles,
    })
}
