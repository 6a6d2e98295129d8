//! Reads files through the child binary of this crate, and makes media with the `ffmpeg` command or by hand.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::{Warning, WarningCode};
use podlinnik_media::{
    Frame, MediaError, MediaEvent, MediaLimits, MediaReader, MediaStream, Probe, SamplingPlan, ScanPlan,
    Sound,
};

/// The reader child.
pub(crate) const CHILD: &str = env!("CARGO_BIN_EXE_podlinnik-media-child");

/// Everything that came out of a file.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) probe: Option<Probe>,
    pub(crate) frames: Vec<Frame>,
    pub(crate) sounds: Vec<Sound>,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) progress: Vec<u16>,
    pub(crate) error: Option<MediaError>,
}

impl Outcome {
    #[track_caller]
    pub(crate) fn probe(&self) -> &Probe {
        self.probe.as_ref().unwrap_or_else(|| panic!("no probe: {self:?}"))
    }

    pub(crate) fn code(&self) -> Option<ErrorCode> {
        self.error.as_ref().map(MediaError::code)
    }

    pub(crate) fn warns(&self, code: WarningCode) -> bool {
        self.warnings.iter().any(|warning| warning.code == code)
    }

    /// Fails unless the file was read without a word of complaint.
    #[track_caller]
    pub(crate) fn clean(self) -> Self {
        assert!(self.error.is_none() && self.warnings.is_empty(), "{:?} {:?}", self.error, self.warnings);
        self
    }

    /// Fails unless the file was refused with this code and nothing was handed out.
    #[track_caller]
    pub(crate) fn refused(&self, code: ErrorCode) {
        assert_eq!(self.code(), Some(code), "{self:?}");
        assert!(self.frames.is_empty(), "{self:?}");
    }
}

pub(crate) fn reader(limits: MediaLimits) -> MediaReader {
    MediaReader::new(PathBuf::from(CHILD), limits)
}

pub(crate) fn read(path: &Path) -> Outcome {
    read_with(path, &SamplingPlan::default(), MediaLimits::default())
}

pub(crate) fn read_with(path: &Path, plan: &SamplingPlan, limits: MediaLimits) -> Outcome {
    gather(reader(limits).open(File::open(path).unwrap(), plan))
}

/// From end to end.
pub(crate) fn scan(path: &Path, plan: &ScanPlan) -> Outcome {
    gather(reader(MediaLimits::default()).scan(File::open(path).unwrap(), plan))
}

/// Every frame.
pub(crate) fn read_all(path: &Path, longest_side: u32) -> Outcome {
    scan(path, &ScanPlan { sound: false, ..ScanPlan::whole(0.0, longest_side) })
}

fn gather(stream: Result<MediaStream, MediaError>) -> Outcome {
    let mut outcome = Outcome::default();
    let stream = match stream {
        Ok(stream) => stream,
        Err(error) => return Outcome { error: Some(error), ..outcome },
    };
    for event in stream {
        match event {
            Ok(MediaEvent::Probe(probe)) => {
                assert!(
                    outcome.probe.is_none() && outcome.frames.is_empty(),
                    "the probe comes first and once"
                );
                outcome.probe = Some(probe);
            }
            Ok(MediaEvent::Frame(frame)) => {
                assert!(outcome.probe.is_some(), "the probe comes first");
                assert_eq!(frame.index as usize, outcome.frames.len(), "indices are consecutive");
                assert_eq!(frame.rgb.len(), frame.width as usize * frame.height as usize * 3);
                if let Some(last) = outcome.frames.last() {
                    assert!(frame.at_s >= last.at_s, "time runs forward");
                    assert!(
                        frame.burst == last.burst || frame.burst == last.burst + 1,
                        "bursts have no gaps"
                    );
                }
                outcome.frames.push(frame);
            }
            Ok(MediaEvent::Sound(sound)) => {
                assert!(outcome.probe.is_some(), "the probe comes first");
                outcome.sounds.push(sound);
            }
            Ok(MediaEvent::Warning(warning)) => outcome.warnings.push(warning),
            Ok(MediaEvent::Progress(progress)) => outcome.progress.push(progress),
            Err(error) => {
                assert!(outcome.error.is_none());
                outcome.error = Some(error);
            }
        }
    }
    outcome
}

pub(crate) fn plan(moments: u32, burst_length: u32) -> SamplingPlan {
    SamplingPlan { moments, burst_length, long_bursts: 0, long_burst_length: 0 }
}

/// A folder that goes away by itself.
pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

/// Runs the `ffmpeg` command with a line of arguments, split at spaces, and the output file.
#[track_caller]
pub(crate) fn ffmpeg(arguments: &str, output: &Path) -> PathBuf {
    let result = Command::new("ffmpeg")
        .args(["-v", "error", "-nostdin", "-y"])
        .args(arguments.split_whitespace())
        .arg(output)
        .output()
        .expect("the `ffmpeg` command is installed");
    assert!(result.status.success(), "ffmpeg {arguments}: {}", String::from_utf8_lossy(&result.stderr));
    output.to_owned()
}

/// Writes bytes to a file.
pub(crate) fn write(path: PathBuf, bytes: &[u8]) -> PathBuf {
    std::fs::write(&path, bytes).unwrap();
    path
}

/// The mean colour of a part of a frame, given in fractions.
pub(crate) fn colour(frame: &Frame, left: f64, top: f64, right: f64, bottom: f64) -> [u8; 3] {
    let at = |fraction: f64, length: u32| (fraction * f64::from(length)) as usize;
    let mut sums = [0u64; 3];
    let mut count = 0;
    for y in at(top, frame.height)..at(bottom, frame.height) {
        for x in at(left, frame.width)..at(right, frame.width) {
            let pixel = (y * frame.width as usize + x) * 3;
            for (sum, value) in sums.iter_mut().zip(&frame.rgb[pixel..]) {
                *sum += u64::from(*value);
            }
            count += 1;
        }
    }
    sums.map(|sum| (sum / count) as u8)
}

/// Fails unless two colours are near each other.
#[track_caller]
pub(crate) fn near(one: [u8; 3], other: [u8; 3], tolerance: u8) {
    assert!(
        one.iter().zip(&other).all(|(a, b)| a.abs_diff(*b) <= tolerance),
        "{one:?} is not near {other:?}"
    );
}
