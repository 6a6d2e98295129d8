//! A candidate of the index → how the suspect lies in that original, or that it does not.

use std::fs::File;
use std::sync::Arc;

use podlinnik_domain::finding::BoundingBox;
use podlinnik_domain::original::ArchiveItem;
use podlinnik_domain::trace::Transform;
use podlinnik_media::{Frame, MediaError, MediaReader, Probe, ScanPlan};
use podlinnik_similarity::archive::Candidate;
use podlinnik_similarity::tracing::{Alignment, Start, align};

use super::extent::{self, Fit, Usual};
use super::read::{self, Reading, around, spread, views};

/// Longer side of the frames from which geometry and time are found.
const ALIGN_SIDE: u32 = 400;
/// The same for holding single frames against each other.
const FIT_SIDE: u32 = 192;
/// Longest stretch of the suspect that is aligned, in seconds; the rest follows from it.
const ALIGNED_S: f64 = 12.0;
/// Frames a second of it, and of the original.
const SUSPECT_FPS: f64 = 3.0;
const ORIGINAL_FPS: f64 = 12.0;
/// How wrong the time of a candidate may be, in seconds, at least and at most.
const SLACK_S: [f64; 2] = [1.5, 8.0];
/// How far beyond a candidate's span the suspect may go on showing the original, and how far within it it may begin, in seconds.
const BEYOND_S: f64 = 1.6;
const WITHIN_S: f64 = 1.2;
/// Times that a span is grown, each time by twice as much.
const ROUNDS: u32 = 5;
/// How far around the moment that a frame of the suspect is expected to show the original is read, in seconds: two frames, and half a frame of the suspect.
const ORIGINAL_REACH_S: f64 = 0.12;
/// Frames of the middle that say what is usual.
const USUAL: usize = 12;

/// The two files that are held against each other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sides<'a> {
    pub(super) suspect: (&'a MediaReader, &'a File),
    pub(super) original: (&'a MediaReader, &'a File),
    pub(super) suspect_s: f64,
    pub(super) original_s: f64,
    /// The suspect is a picture.
    pub(super) still: bool,
}

/// Frames of the original and of the suspect, pair by pair.
pub(super) type Pairs = (Vec<Arc<Frame>>, Vec<Arc<Frame>>);

impl Sides<'_> {
    pub(super) fn read_suspect(&self, plan: &ScanPlan) -> Result<Reading, MediaError> {
        read::read(self.suspect.0, self.suspect.1, plan)
    }

    pub(super) fn read_original(&self, plan: &ScanPlan) -> Result<Reading, MediaError> {
        read::read(self.original.0, self.original.1, plan)
    }

    /// The original's and the suspect's frames at moments of the suspect (ascending), for people to look at: each is the nearest that its file has.
    pub(super) fn frames_at(
        &self,
        times_s: &[f64],
        alignment: &Alignment,
        longest_side: u32,
    ) -> Result<Pairs, MediaError> {
        let times_s = if self.still { &[0.0] } else { times_s };
        let theirs = || {
            if !self.still {
                return read::nearest(self.suspect.0, self.suspect.1, times_s, longest_side);
            }
            let plan = ScanPlan { sound: false, ..ScanPlan::whole(0.0, longest_side) };
            Ok(self.read_suspect(&plan)?.frames.into_iter().take(1).map(Arc::new).collect())
        };
        let wanted: Vec<f64> = times_s.iter().map(|at_s| alignment.time.original_s(*at_s).max(0.0)).collect();
        let ours = || read::nearest(self.original.0, self.original.1, &wanted, longest_side);
        let (theirs, ours) = read::side_by_side(theirs, ours);
        let (theirs, ours) = (theirs?, ours?);
        Ok((ours, theirs))
    }
}

/// A suspect that was found in an original.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) item: ArchiveItem,
    pub(super) file: File,
    pub(super) candidate: Candidate,
    /// None where the sound alone is the original's.
    pub(super) alignment: Option<Alignment>,
    /// From when until when the suspect shows it.
    pub(super) suspect_span_s: [f64; 2],
}

/// How it lies, before it is known in which original.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) alignment: Option<Alignment>,
    pub(super) suspect_span_s: [f64; 2],
}

/// Holds a candidate against the suspect, frame by frame.
pub(super) fn place(sides: &Sides<'_>, candidate: &Candidate) -> Result<Option<Found>, MediaError> {
    let [from_s, until_s] = candidate.suspect_span_s;
    let [original_from_s, original_until_s] = candidate.original_span_s;
    if candidate.picture.is_none() {
        // the sound alone says so: nothing to align, and nothing to say of the picture
        return Ok(Some(Found { alignment: None, suspect_span_s: candidate.suspect_span_s }));
    }
    // corners know the moment to some seconds only: there, as much of the clip as there is has to tell the time
    let slack_s = candidate.slack_s().clamp(SLACK_S[0], SLACK_S[1]);
    let window_s = if candidate.slack_s() > SLACK_S[0] && !sides.still {
        window(candidate.suspect_span_s, sides.suspect_s)
    } else {
        candidate.suspect_span_s
    };
    let middle_s = f64::midpoint(window_s[0], window_s[1]);
    let original_middle_s = f64::midpoint(original_from_s, original_until_s)
        + candidate.speed * (middle_s - f64::midpoint(from_s, until_s));
    let length_s = (window_s[1] - window_s[0]).clamp(1.0, ALIGNED_S);
    let around = |middle_s: f64, half_s: f64, end_s: f64| {
        let end_s = if end_s > 0.0 { end_s } else { f64::MAX };
        [(middle_s - half_s).max(0.0), (middle_s + half_s).min(end_s)]
    };
    let suspect = if sides.still {
        ScanPlan { sound: false, ..ScanPlan::whole(0.0, ALIGN_SIDE) }
    } else {
        ScanPlan {
            spans_s: vec![around(middle_s, length_s / 2.0, sides.suspect_s)],
            frames_per_s: SUSPECT_FPS,
            longest_side: ALIGN_SIDE,
            picture: true,
            sound: false,
        }
    };
    let reach_s = length_s / 2.0 * candidate.speed.clamp(0.5, 2.0) + slack_s;
    let original = ScanPlan {
        spans_s: vec![around(original_middle_s, reach_s, sides.original_s)],
        frames_per_s: ORIGINAL_FPS,
        longest_side: ALIGN_SIDE,
        picture: true,
        sound: false,
    };
    let (suspect, original) =
        read::side_by_side(|| sides.read_suspect(&suspect), || sides.read_original(&original));
    let (suspect, original) = (suspect?, original?);
    let start = Start {
        suspect_s: if sides.still { 0.0 } else { middle_s },
        original_s: original_middle_s,
        speed: candidate.speed,
        mirrored: candidate.mirrored,
        slack_s,
    };
    let Some(alignment) = align(&views(&suspect.frames), &views(&original.frames), &start) else {
        return Ok(None);
    };
    let known_s = within_original(sides, [from_s.min(window_s[0]), until_s.max(window_s[1])], &alignment);
    let suspect_span_s = if sides.still { [0.0, 0.0] } else { grown(sides, known_s, &alignment)? };
    Ok(Some(Found { alignment: Some(alignment), suspect_span_s }))
}

/// As long a stretch around a span as is aligned, within the clip.
fn window([from_s, until_s]: [f64; 2], whole_s: f64) -> [f64; 2] {
    let length_s = (until_s - from_s).max(ALIGNED_S).min(whole_s);
    let begin_s = (f64::midpoint(from_s, until_s) - length_s / 2.0).clamp(0.0, (whole_s - length_s).max(0.0));
    [begin_s, begin_s + length_s]
}

/// The part of a span of the suspect that has a moment in the original; all of it if that is less than a second.
fn within_original(sides: &Sides<'_>, [from_s, until_s]: [f64; 2], alignment: &Alignment) -> [f64; 2] {
    let end_s = if sides.original_s > 0.0 { sides.original_s } else { f64::MAX };
    let suspect_s = |original_s: f64| (original_s - alignment.time.offset_s) / alignment.time.speed.max(0.1);
    let (begin, end) = (from_s.max(suspect_s(0.0)), until_s.min(suspect_s(end_s)));
    if end - begin >= 1.0 { [begin, end] } else { [from_s, until_s] }
}

/// The span to a frame. Where it goes on to the end of what was looked at, more is looked at.
fn grown(sides: &Sides<'_>, known_s: [f64; 2], alignment: &Alignment) -> Result<[f64; 2], MediaError> {
    let (mut span_s, mut beyond_s) = (known_s, BEYOND_S);
    for _ in 0..ROUNDS {
        let found = bounds(sides, span_s, alignment, beyond_s)?;
        let earlier = found[0] > 0.1 && found[0] <= span_s[0] - beyond_s + 0.1;
        let later = found[1] < sides.suspect_s - 0.1 && found[1] >= span_s[1] + beyond_s - 0.1;
        span_s = found;
        beyond_s *= 2.0;
        if !(earlier || later) {
            break;
        }
    }
    Ok(span_s)
}

/// The span to a frame: both ends of what the index knew are looked at frame by frame.
fn bounds(
    sides: &Sides<'_>,
    known_s: [f64; 2],
    alignment: &Alignment,
    beyond_s: f64,
) -> Result<[f64; 2], MediaError> {
    let [from_s, until_s] = known_s;
    let half_s = (until_s - from_s) / 2.0;
    let step_s = 0.04;
    let grid = |[low_s, high_s]: [f64; 2]| {
        let count = ((high_s - low_s) / step_s).max(0.0) as usize;
        (0..=count).map(move |at| low_s + at as f64 * step_s)
    };
    let first = [(from_s - beyond_s).max(0.0), from_s + WITHIN_S.min(half_s)];
    let last = [until_s - WITHIN_S.min(half_s), (until_s + beyond_s).min(sides.suspect_s.max(until_s))];
    let middle = spread(known_s, USUAL);
    // one pass over both files gives all three
    let mut times: Vec<f64> = middle.iter().copied().chain(grid(first)).chain(grid(last)).collect();
    times.sort_by(f64::total_cmp);
    let all = fits(sides, &times, alignment)?;
    let nearest = |at_s: &f64| {
        all.iter().min_by(|one, other| (one.at_s - at_s).abs().total_cmp(&(other.at_s - at_s).abs())).copied()
    };
    let Some(usual) = Usual::of(&middle.iter().filter_map(nearest).collect::<Vec<_>>()) else {
        return Ok(known_s);
    };
    let within = |[low_s, high_s]: [f64; 2]| -> Vec<Fit> {
        let reach = low_s - step_s / 2.0..=high_s + step_s / 2.0;
        all.iter().filter(|fit| reach.contains(&fit.at_s)).copied().collect()
    };
    let begins = extent::begins(&within(first), &usual).unwrap_or(from_s);
    let ends = extent::ends(&within(last), &usual).unwrap_or(until_s);
    // the last frame is shown for as long as any other
    let ends = if ends + 3.0 * step_s >= sides.suspect_s { sides.suspect_s.max(ends) } else { ends + step_s };
    let begins = if begins < 3.0 * step_s { 0.0 } else { begins };
    Ok(if ends > begins { [begins, ends] } else { known_s })
}

/// How well the suspect's frames nearest to some moments (ascending) are explained, each frame once.
fn fits(sides: &Sides<'_>, times_s: &[f64], alignment: &Alignment) -> Result<Vec<Fit>, MediaError> {
    // beyond the original's ends there is nothing to hold a frame against
    let end_s = if sides.original_s > 0.0 { sides.original_s } else { f64::MAX };
    let inside: Vec<f64> = times_s
        .iter()
        .copied()
        .filter(|at_s| (-0.05..end_s + 0.05).contains(&alignment.time.original_s(*at_s)))
        .collect();
    if inside.is_empty() {
        return Ok(Vec::new());
    }
    let wanted: Vec<f64> = inside.iter().map(|at_s| alignment.time.original_s(*at_s).max(0.0)).collect();
    let plan = ScanPlan::every_frame(around(&wanted, ORIGINAL_REACH_S), FIT_SIDE);
    let (theirs, ours) = read::side_by_side(
        || read::nearest(sides.suspect.0, sides.suspect.1, &inside, FIT_SIDE),
        || sides.read_original(&plan),
    );
    let (theirs, ours) = (theirs?, ours?.frames);
    let mut fits: Vec<Fit> = Vec::new();
    for frame in &theirs {
        if fits.last().is_some_and(|last| frame.at_s <= last.at_s) {
            continue;
        }
        let wanted_s = alignment.time.original_s(frame.at_s);
        let near = ours
            .iter()
            .min_by(|one, other| (one.at_s - wanted_s).abs().total_cmp(&(other.at_s - wanted_s).abs()));
        fits.extend(near.and_then(|near| extent::fit(frame, near, alignment)));
    }
    Ok(fits)
}

impl Placed {
    /// Seconds of the suspect.
    pub(super) fn length_s(&self) -> f64 {
        self.suspect_span_s[1] - self.suspect_span_s[0]
    }

    /// Whether another piece lies on the same line of the same original, and next to this one.
    pub(super) fn goes_on_in(&self, other: &Self) -> bool {
        let (Some(here), Some(there)) = (&self.alignment, &other.alignment) else { return false };
        let apart_s = |at_s: f64| (here.time.original_s(at_s) - there.time.original_s(at_s)).abs();
        let [from_s, until_s] = other.suspect_span_s;
        let gap_s = (from_s - self.suspect_span_s[1]).max(self.suspect_span_s[0] - until_s);
        self.item.id == other.item.id
            && here.mirrored == there.mirrored
            && gap_s < 1.0
            && apart_s(f64::midpoint(from_s, until_s)) <= super::ONE_LINE_S
    }

    /// Makes one piece of two.
    pub(super) fn take_in(&mut self, other: &Self) {
        self.suspect_span_s = [
            self.suspect_span_s[0].min(other.suspect_span_s[0]),
            self.suspect_span_s[1].max(other.suspect_span_s[1]),
        ];
    }

    /// From when until when of the original.
    pub(super) fn original_span_s(&self) -> [f64; 2] {
        let Some(alignment) = &self.alignment else { return self.candidate.original_span_s };
        let end_s = self.item.duration_s.unwrap_or(f64::MAX);
        self.suspect_span_s.map(|at_s| alignment.time.original_s(at_s).clamp(0.0, end_s))
    }

    /// What was done to the picture as a whole.
    pub(super) fn transform(&self, probe: &Probe, item: &ArchiveItem) -> Transform {
        let Some(alignment) = &self.alignment else {
            let [from_s, _] = self.candidate.suspect_span_s;
            let [original_s, _] = self.candidate.original_span_s;
            return Transform {
                crop: None,
                placed: None,
                mirror: false,
                speed: self.candidate.speed,
                offset_s: original_s - self.candidate.speed * from_s,
                rotation_degrees: 0.0,
                scale: 1.0,
                homography: [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
            };
        };
        let original = [
            item.width.unwrap_or(alignment.original_size[0]),
            item.height.unwrap_or(alignment.original_size[1]),
        ];
        let suspect = [probe.width.max(1), probe.height.max(1)];
        let map = alignment.map_for(original, suspect);
        let middle = original.map(|side| f64::from(side) / 2.0);
        let along = if alignment.mirrored { -1.0 } else { 1.0 };
        let (here, beside) = (map.apply(middle), map.apply([middle[0] + along, middle[1]]));
        let rotation = (beside[1] - here[1]).atan2(beside[0] - here[0]).to_degrees();
        Transform {
            crop: part(alignment.crop_box, alignment.original_size, original),
            placed: part(alignment.picture_box, alignment.suspect_size, suspect),
            mirror: alignment.mirrored,
            speed: alignment.time.speed,
            offset_s: alignment.time.offset_s,
            rotation_degrees: (rotation * 100.0).round() / 100.0,
            scale: map.magnification(middle).abs().sqrt(),
            homography: map.0,
        }
    }
}

/// A box in pixels of another size; none where it is all of the picture, but for a hair.
fn part(area: [f64; 4], from: [u32; 2], to: [u32; 2]) -> Option<BoundingBox> {
    let [x, y, width, height] = area;
    let [across, down] = [0, 1].map(|axis: usize| f64::from(to[axis]) / f64::from(from[axis].max(1)));
    let whole = width >= 0.985 * f64::from(from[0]) && height >= 0.985 * f64::from(from[1]);
    let tenths = |value: f64| (value * 10.0).round() / 10.0;
    (!whole).then(|| BoundingBox {
        x: tenths(x * across),
        y: tenths(y * down),
        width: tenths(width * across),
        height: tenths(height * down),
    })
}
