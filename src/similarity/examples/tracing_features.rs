//! Aligns and compares the pairs that `models/train/tracing/pairs.py` lists, and prints what was measured: a line of JSON a pair. Needs `ffmpeg` and
//! `ffprobe` in the path; for training and evaluation only.

use std::io::{BufRead, Read, Write};
use std::process::{Command, Stdio};

use podlinnik_similarity::tracing::{
    Alignment, Calibration, Region, RegionKind, Shape, Start, View, align, compare, features, measure,
};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Job {
    id: String,
    suspect: String,
    original: String,
    start: JobStart,
    regions: Vec<JobRegion>,
}

#[derive(Deserialize)]
struct JobStart {
    suspect_s: f64,
    original_s: f64,
    speed: f64,
    mirrored: bool,
    slack_s: f64,
}

/// Points as shares of the frame's sides.
#[derive(Deserialize)]
struct JobRegion {
    name: String,
    kind: RegionKind,
    shapes: Vec<(f64, Vec<[f64; 2]>)>,
}

struct Clip {
    frames: Vec<Vec<u8>>,
    width: u32,
    height: u32,
    fps: f64,
}

type Failure = Box<dyn std::error::Error>;

impl Clip {
    fn read(path: &str, longest: u32) -> Result<Self, Failure> {
        let probe = Command::new("ffprobe")
            .args(["-v", "error", "-select_streams", "v:0", "-show_entries"])
            .stdin(Stdio::null())
            .args(["stream=width,height,r_frame_rate,avg_frame_rate", "-of", "csv=p=0", path])
            .output()?;
        let text = String::from_utf8(probe.stdout)?;
        let fields: Vec<&str> = text.trim().split(',').collect();
        let [width, height, _, rate, ..] = fields.as_slice() else { return Err("no video".into()) };
        let (width, height): (f64, f64) = (width.parse()?, height.parse()?);
        let (over, under) = rate.split_once('/').ok_or("no rate")?;
        let fps = over.parse::<f64>()? / under.parse::<f64>()?;
        let factor = (f64::from(longest) / width.max(height)).min(1.0);
        let even = |side: f64| ((side * factor / 2.0).round().max(1.0) * 2.0) as u32;
        let (width, height) = (even(width), even(height));
        let mut child = Command::new("ffmpeg")
            .args(["-v", "error", "-threads", "1", "-i", path, "-vsync", "0", "-vf"])
            .arg(format!("scale={width}:{height}:flags=area"))
            .args(["-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut bytes = Vec::new();
        child.stdout.take().ok_or("no pipe")?.read_to_end(&mut bytes)?;
        child.wait()?;
        let frames = bytes.chunks_exact((width * height * 3) as usize).map(<[u8]>::to_vec).collect();
        Ok(Self { frames, width, height, fps })
    }

    fn views(&self, every: usize) -> Vec<View<'_>> {
        let view = |(index, rgb)| View {
            rgb: Vec::as_slice(rgb),
            width: self.width,
            height: self.height,
            at_s: index as f64 / self.fps,
        };
        self.frames.iter().enumerate().step_by(every.max(1)).map(view).collect()
    }
}

/// Seconds that this thread has computed.
fn cpu_s() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn measured(suspect: &[View<'_>], original: &[View<'_>], alignment: &Alignment, regions: &[Region]) -> Value {
    match measure(suspect, original, alignment, regions) {
        Ok(measurement) => {
            let by_region: Vec<Value> = regions
                .iter()
                .enumerate()
                .map(|(index, region)| {
                    let frames: Vec<Value> = measurement
                        .frames
                        .iter()
                        .filter_map(|frame| {
                            let of = frame.regions.get(index)?.as_ref()?;
                            Some(json!([frame.at_s, frame.original_s, of.ratios]))
                        })
                        .collect();
                    json!({"name": region.name, "kind": region.kind, "features": features(&measurement, index), "frames": frames})
                })
                .collect();
            let heat: Vec<f32> = measurement
                .heat
                .iter()
                .zip(&measurement.covered)
                .filter(|(value, covered)| value.is_finite() && !**covered)
                .map(|(value, _)| *value)
                .collect();
            json!({
                "regions": by_region, "noise": measurement.noise_levels, "mismatch": measurement.mismatch,
                "frames": measurement.frames.len(), "outside_max": heat.iter().copied().fold(-9.0_f32, f32::max),
            })
        }
        Err(reason) => json!({"reason": reason}),
    }
}

fn main() -> Result<(), Failure> {
    let calibration = Calibration::shipped()?;
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let job: Job = serde_json::from_str(&line?)?;
        let (Ok(suspect), Ok(original)) = (Clip::read(&job.suspect, 640), Clip::read(&job.original, 640))
        else {
            continue;
        };
        let start = Start {
            suspect_s: job.start.suspect_s,
            original_s: job.start.original_s,
            speed: job.start.speed,
            mirrored: job.start.mirrored,
            slack_s: job.start.slack_s,
        };
        let begun = cpu_s();
        let few = (suspect.fps / 4.0).round() as usize;
        let alignment =
            align(&suspect.views(few), &original.views((original.fps / 15.0).round() as usize), &start);
        let align_s = cpu_s() - begun;
        let regions: Vec<Region> = job
            .regions
            .into_iter()
            .map(|region| Region {
                name: region.name,
                kind: region.kind,
                shapes: region
                    .shapes
                    .into_iter()
                    .map(|(at_s, polygon)| Shape {
                        at_s,
                        polygon: polygon
                            .into_iter()
                            .map(|[x, y]| [x * f64::from(suspect.width), y * f64::from(suspect.height)])
                            .collect(),
                    })
                    .collect(),
            })
            .collect();
        let begun = cpu_s();
        let every = suspect.frames.len().div_ceil(30);
        let (theirs, ours) = (suspect.views(every), original.views(1));
        let measurement = alignment.as_ref().map(|found| measured(&theirs, &ours, found, &regions));
        let compare_s = cpu_s() - begun;
        let finding = alignment
            .as_ref()
            .map(|found| compare(&theirs, &ours, found, &regions, &calibration))
            .map(|mut found| {
                found.heat_map = None;
                found
            });
        let answer = json!({
            "id": job.id, "alignment": alignment, "measured": measurement, "finding": finding,
            "align_s": align_s, "compare_s": compare_s, "size": [suspect.width, suspect.height],
        });
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
