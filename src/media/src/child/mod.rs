//! The child's whole life: enter the sandbox, decode, send, exit.
//!
//! - [`input`]: the file, read by position
//! - [`sink`]: the pipe to the parent
//! - [`sniff`]: what the bytes are, never what the name says
//! - [`still`]: photographs and other pictures by the image crate
//! - [`animation`]: GIF, animated WebP, APNG
//! - [`demux`]: containers by FFmpeg; [`describe`]: what they say of their contents; [`survey`]: where they can be entered
//! - [`video`]: a file with a picture track, or with sound alone; [`clip`]: which frames of it, and getting at them
//! - [`scan`]: all of it, from end to end, at a steady rate; [`reel`]: one decoder at work; [`stretches`]: two of them, side by side
//! - [`scale`]: decoded planes to upright RGB; [`planar`]: to upright planes for an encoder
//! - [`sound`], [`resample`]: stretches of the sound track, to 16 kHz mono; [`listen`]: all of it, for a film
//! - [`choose`]: which moments, as arithmetic; [`waiting`]: which frames of a run belong to them
//! - [`metadata`]: EXIF, text chunks and container tags, bounded

mod animation;
mod choose;
mod clip;
mod demux;
mod describe;
mod input;
mod listen;
mod metadata;
mod planar;
mod reel;
mod resample;
mod scale;
mod scan;
mod sink;
mod sniff;
mod sound;
mod still;
mod stretches;
mod survey;
mod video;
mod waiting;

use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use podlinnik_domain::error_code::ErrorCode;

use crate::wire::{Refusal, Request};
use crate::{MediaLimits, SamplingPlan, sandbox};
use input::Input;
use sink::Sink;
use sniff::Sniffed;

/// How far a film lets other work go first.
const NICE: i32 = 5;

/// Why the child stops before the end.
#[derive(Debug)]
enum Stop {
    /// The file is refused.
    Refused(Refusal),
    /// The parent does not read any more.
    Pipe,
}

impl Stop {
    fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused(Refusal { code, detail: detail.into() })
    }
}

type Outcome<T> = Result<T, Stop>;

/// The child's whole life: enter the sandbox, read the request, decode, send, exit. Called by `main` before anything else when the first
/// argument is [`CHILD_ARGUMENT`](crate::reader::CHILD_ARGUMENT). Standard input is the file, standard output the pipe for the answers.
pub fn child_main() -> ExitCode {
    let request: Request = match std::env::args().next_back().map(|text| serde_json::from_str(&text)) {
        Some(Ok(request)) => request,
        _ => return ExitCode::from(2),
    };
    let mut sink = Sink::new(request.limits.clone(), request.scan.is_some());
    if request.film.is_some() {
        // somebody watches later what others need examined now; that it may not be refused is no reason to stop
        let _ = rustix::process::nice(NICE);
    }
    // opened before the sandbox closes, not read
    let input = Input::new();
    match sandbox::enter(&request.limits) {
        Ok(report) => {
            if sink.sandbox(report).is_err() {
                return ExitCode::FAILURE;
            }
        }
        Err(error) => {
            let _ = sink.failure(&error.to_string());
            return ExitCode::FAILURE;
        }
    }
    match work(input, &request, &mut sink) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}

/// The child's work in this process, without the cage and its limits on time and memory: for tests that look for the reader's own mistakes.
#[doc(hidden)]
pub fn read_here(file: File, pipe: File, plan: &SamplingPlan, limits: &MediaLimits) {
    let request = Request { plan: plan.clone(), scan: None, film: None, limits: limits.clone() };
    let mut sink = Sink::to(pipe, request.limits.clone(), false);
    // what could not be sent is missing in what was sent
    let _ = work(Input::of(file), &request, &mut sink);
}

/// Reads and sends, to the last word.
fn work(input: Outcome<Input>, request: &Request, sink: &mut Sink) -> Outcome<()> {
    let outcome = input.and_then(|input| {
        catch_unwind(AssertUnwindSafe(|| read(&input, request, sink))).unwrap_or_else(|panic| {
            let what = panic
                .downcast_ref::<String>()
                .map(String::as_str)
                .or_else(|| panic.downcast_ref::<&str>().copied())
                .unwrap_or("unknown panic");
            Err(Stop::refused(ErrorCode::MediaReaderDied, format!("decoder panicked: {what}")))
        })
    });
    match outcome {
        Ok(()) => sink.done(),
        Err(Stop::Refused(refusal)) => sink.end_refused(refusal),
        Err(Stop::Pipe) => Err(Stop::Pipe),
    }
}

fn read(input: &Input, request: &Request, sink: &mut Sink) -> Outcome<()> {
    if input.is_empty() {
        return Err(Stop::refused(ErrorCode::MediaEmpty, "0 bytes"));
    }
    if input.len() > request.limits.file_bytes {
        let detail = format!("{} bytes, limit {}", input.len(), request.limits.file_bytes);
        return Err(Stop::refused(ErrorCode::MediaTooLarge, detail));
    }
    match sniff::sniff(input)? {
        Sniffed::Still(format) => still::read(input, format, request, sink),
        Sniffed::Animated(format) => animation::read(input, format, request, sink),
        Sniffed::Other => video::read(input, request, sink),
    }
}
