//! From numbers to findings.

use serde::{Deserialize, Serialize};

use super::blocks::BANDS;
use super::calibration::{Calibration, RegionCalibration};
use super::measurement::{Measurement, RegionFrame};
use super::overlay::overlays;
use super::region::{Region, RegionKind};
use super::{HeatMap, PictureComparison, Reason, RegionFinding, State};

/// Frames of a region, at least.
const LEAST_FRAMES: usize = 4;
/// Altered spans with less between them are one, in seconds.
const GAP_S: f64 = 0.6;

/// Nothing is called altered on a ratio for which the scale has no word of support (2 to 1, ENFSI 2015).
const LEAST_LLR10: f64 = std::f64::consts::LOG10_2;
/// An alteration that says something lasts at least as long as a syllable, in seconds.
const LEAST_ALTERED_S: f64 = 0.2;

/// What was measured of a region over time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// Mean over the frames of log10 of the difference found over that explained, fine to coarse.
    pub mean: [f64; 3],
    /// The same over the stretch of frames (a fifth, at least four) where it is largest.
    pub peak: [f64; 3],
    /// log10 of the original's energy over what recompression explains: how large a difference could show at all.
    pub headroom: f64,
    /// Energy of the original in the region, squared grey levels.
    pub texture: f64,
    /// Longer side of the region, pixels.
    pub side_px: f64,
    /// Frames in which it was measured.
    pub frames: usize,
}

impl Features {
    /// Means, then peaks, each less what the surroundings of the region have by band: a face moves, and so does the noise of its coding.
    pub fn vector(&self, reference: [f64; BANDS]) -> [f64; 2 * BANDS] {
        std::array::from_fn(|at| {
            if at < BANDS {
                self.mean[at] - reference[at]
            } else {
                self.peak[at - BANDS] - reference[at - BANDS]
            }
        })
    }
}

/// Sums a region up; none if it was measured in fewer than four frames.
pub fn features(measurement: &Measurement, region: usize) -> Option<Features> {
    let frames: Vec<&RegionFrame> =
        measurement.frames.iter().filter_map(|frame| frame.regions.get(region)?.as_ref()).collect();
    if frames.len() < LEAST_FRAMES {
        return None;
    }
    let count = frames.len() as f64;
    let window = frames.len().div_ceil(5).max(LEAST_FRAMES);
    let average = |part: &[&RegionFrame], band: usize| {
        part.iter().map(|frame| frame.ratios[band]).sum::<f64>() / part.len() as f64
    };
    let side = |frame: &RegionFrame| frame.bbox[2].max(frame.bbox[3]);
    Some(Features {
        mean: std::array::from_fn(|band| average(&frames, band)),
        peak: std::array::from_fn(|band| {
            frames.windows(window).map(|part| average(part, band)).fold(f64::NEG_INFINITY, f64::max)
        }),
        headroom: frames.iter().map(|frame| frame.headroom).sum::<f64>() / count,
        texture: frames.iter().map(|frame| frame.texture).sum::<f64>() / count,
        side_px: frames.iter().map(|frame| side(frame)).sum::<f64>() / count,
        frames: frames.len(),
    })
}

pub(super) fn undecided(region: &Region, reason: Reason) -> RegionFinding {
    RegionFinding {
        name: region.name.clone(),
        kind: region.kind,
        state: State::Undecided,
        reason: Some(reason),
        spans_s: Vec::new(),
        llr10: None,
        ceiling: None,
        bbox: None,
        measured: None,
    }
}

pub(super) fn assess(
    measurement: &Measurement,
    regions: &[Region],
    calibration: &Calibration,
) -> PictureComparison {
    // faces first: a mouth is judged against the face around it
    let mut findings: Vec<RegionFinding> = regions
        .iter()
        .enumerate()
        .map(|(index, region)| assess_region(measurement, index, region, calibration, [0.0; BANDS]))
        .collect();
    for (index, region) in regions.iter().enumerate().filter(|(_, region)| region.kind == RegionKind::Mouth) {
        let face = face_around(measurement, regions, index)
            .and_then(|face| Some((findings.get(face)?.state, findings.get(face)?.measured?)));
        let judged = match face {
            Some((state, face)) => {
                let [_, middle, coarse] = face.mean;
                let found = assess_region(measurement, index, region, calibration, [0.0, middle, coarse]);
                if state == State::Altered && found.state == State::Unaltered {
                    RegionFinding {
                        state: State::Undecided,
                        reason: Some(Reason::WholeFaceAltered),
                        llr10: None,
                        ..found
                    }
                } else {
                    found
                }
            }
            None => {
                let found = assess_region(measurement, index, region, calibration, [0.0; BANDS]);
                let reason =
                    if found.measured.is_none() { found.reason } else { Some(Reason::NotCalibrated) };
                RegionFinding {
                    bbox: found.bbox,
                    measured: found.measured,
                    reason,
                    ..undecided(region, Reason::NotCalibrated)
                }
            }
        };
        if let Some(place) = findings.get_mut(index) {
            *place = judged;
        }
    }
    let (state, reason) = overall(&findings, measurement.frames.len());
    PictureComparison {
        state,
        reason,
        regions: findings,
        overlays: overlays(measurement),
        heat_map: Some(HeatMap {
            columns: measurement.grid[0],
            rows: measurement.grid[1],
            block_px: measurement.block_px,
            values: measurement.heat.iter().map(|value| value.is_finite().then_some(*value)).collect(),
        }),
        frames: measurement.frames.len(),
        noise_levels: Some(measurement.noise_levels),
        mismatch: Some(measurement.mismatch),
        calibration_id: calibration.id().to_owned(),
    }
}

fn overall(findings: &[RegionFinding], frames: usize) -> (State, Option<Reason>) {
    let judged = || findings.iter().filter(|finding| finding.kind != RegionKind::Other);
    if judged().any(|finding| finding.state == State::Altered) {
        return (State::Altered, None);
    }
    // a face too small to judge, in a corner, does not undo what is known of the others
    let beside = [Some(Reason::TooSmall), Some(Reason::NotInPicture)];
    let doubt = judged()
        .find(|finding| finding.state == State::Undecided && !beside.contains(&finding.reason))
        .and_then(|finding| finding.reason);
    match doubt {
        Some(reason) => (State::Undecided, Some(reason)),
        None if judged().any(|finding| finding.state == State::Unaltered) => (State::Unaltered, None),
        None if frames < LEAST_FRAMES => (State::Undecided, Some(Reason::TooFewFrames)),
        None => {
            (State::Undecided, judged().find_map(|finding| finding.reason).or(Some(Reason::NotInPicture)))
        }
    }
}

fn assess_region(
    measurement: &Measurement,
    index: usize,
    region: &Region,
    calibration: &Calibration,
    reference: [f64; BANDS],
) -> RegionFinding {
    let frames: Vec<(f64, &RegionFrame)> = measurement
        .frames
        .iter()
        .filter_map(|frame| Some((frame.at_s, frame.regions.get(index)?.as_ref()?)))
        .collect();
    let Some(measured) = features(measurement, index) else {
        let reason =
            if measurement.frames.len() < LEAST_FRAMES { Reason::TooFewFrames } else { Reason::NotInPicture };
        return undecided(region, reason);
    };
    let bbox = frames.iter().map(|(_, frame)| frame.bbox).reduce(union);
    let found = RegionFinding { bbox, measured: Some(measured), ..undecided(region, Reason::NotCalibrated) };
    let Some(map) = calibration.of(region.kind) else { return found };
    let found = RegionFinding { ceiling: Some(map.ceiling), ..found };
    let doubt = if measured.side_px < map.side_px_min {
        Some(Reason::TooSmall)
    } else if measured.texture < map.texture_min {
        Some(Reason::TooLittleTexture)
    } else if measurement.mismatch > calibration.mismatch_max {
        Some(Reason::AlignmentTooPoor)
    } else {
        None
    };
    if doubt.is_some() {
        return RegionFinding { reason: doubt, ..found };
    }
    let logit = map.intercept
        + map
            .weights
            .iter()
            .zip(measured.vector(reference))
            .map(|(weight, value)| weight * value)
            .sum::<f64>();
    let llr10 = (map.slope * logit + map.offset).clamp(map.ceiling.llr10_min, map.ceiling.llr10_max);
    // lips have an edge of their own
    let sharper = if region.kind == RegionKind::Mouth { 0.3 } else { 0.0 };
    let (state, reason) = if logit >= map.altered_from && measured.mean[0] >= measured.mean[1] + sharper {
        // every altered face and mouth of the tuning material differs less in the finest band than in the next; lettering differs more
        (State::Undecided, Some(Reason::OverlaySuspected))
    } else if logit >= map.altered_from {
        (State::Altered, None)
    } else if logit <= map.unaltered_to && measured.headroom < map.headroom_min {
        // a change would not have shown either
        (State::Undecided, Some(Reason::CompressedTooHard))
    } else if logit <= map.unaltered_to {
        (State::Unaltered, None)
    } else {
        (State::Undecided, Some(Reason::EvidenceTooWeak))
    };
    let mut spans_s = if state == State::Altered {
        spans(&frames, map, f64::midpoint(reference[1], reference[2]))
    } else {
        Vec::new()
    };
    let lasting = spans_s.iter().any(|[from_s, until_s]| until_s - from_s >= LEAST_ALTERED_S);
    let (state, reason) = if state == State::Altered && !(llr10 >= LEAST_LLR10 && lasting) {
        spans_s.clear();
        (State::Undecided, Some(Reason::EvidenceTooWeak))
    } else {
        (state, reason)
    };
    let silent = [Some(Reason::CompressedTooHard), Some(Reason::OverlaySuspected)];
    let llr10 = (!silent.contains(&reason)).then_some(llr10);
    RegionFinding { state, reason, spans_s, llr10, ..found }
}

/// The face that a mouth belongs to: the one measured nearest to it that encloses its middle.
fn face_around(measurement: &Measurement, regions: &[Region], mouth: usize) -> Option<usize> {
    let middle = |index: usize| -> Option<([f64; 2], [f64; 4])> {
        let boxes =
            measurement.frames.iter().filter_map(|frame| Some(frame.regions.get(index)?.as_ref()?.bbox));
        let [x, y, width, height] = boxes.reduce(union)?;
        Some(([x + width / 2.0, y + height / 2.0], [x, y, width, height]))
    };
    let (at, _) = middle(mouth)?;
    (0..regions.len())
        .filter(|index| regions[*index].kind == RegionKind::Face && features(measurement, *index).is_some())
        .filter_map(|index| Some((index, middle(index)?)))
        .filter(|(_, (_, [x, y, width, height]))| {
            (*x..x + width).contains(&at[0]) && (*y..y + height).contains(&at[1])
        })
        .min_by(|(_, (one, _)), (_, (other, _))| {
            let apart = |face: &[f64; 2]| (face[0] - at[0]).hypot(face[1] - at[1]);
            apart(one).total_cmp(&apart(other))
        })
        .map(|(index, _)| index)
}

/// From when to when the frames differ: smoothed over three frames, to the middle between frames, small gaps closed. The whole stretch if no frame
/// stands out alone.
fn spans(frames: &[(f64, &RegionFrame)], map: &RegionCalibration, reference: f64) -> Vec<[f64; 2]> {
    let level = |frame: &RegionFrame| f64::midpoint(frame.ratios[1], frame.ratios[2]) - reference;
    let smooth = |at: usize| {
        let part = &frames[at.saturating_sub(1)..(at + 2).min(frames.len())];
        let mut levels: Vec<f64> = part.iter().map(|(_, frame)| level(frame)).collect();
        levels.sort_by(f64::total_cmp);
        levels.get(levels.len() / 2).copied().unwrap_or(0.0)
    };
    let time = |at: usize| frames.get(at).map(|(at_s, _)| *at_s);
    let mut found: Vec<[f64; 2]> = Vec::new();
    for at in (0..frames.len()).filter(|at| smooth(*at) >= map.frame_from) {
        let Some(here) = time(at) else { continue };
        let from = at.checked_sub(1).and_then(time).map_or(here, |before| f64::midpoint(before, here));
        let to = time(at + 1).map_or(here, |after| f64::midpoint(after, here));
        match found.last_mut() {
            Some(last) if from - last[1] <= GAP_S => last[1] = to,
            _ => found.push([from, to]),
        }
    }
    if found.is_empty()
        && let (Some((first, _)), Some((last, _))) = (frames.first(), frames.last())
    {
        found.push([*first, *last]);
    }
    found
}

fn union(one: [f64; 4], other: [f64; 4]) -> [f64; 4] {
    let (x, y) = (one[0].min(other[0]), one[1].min(other[1]));
    let right = (one[0] + one[2]).max(other[0] + other[2]);
    let bottom = (one[1] + one[3]).max(other[1] + other[3]);
    [x, y, right - x, bottom - y]
}
