//! Geometry, time and tone of a suspect excerpt against one candidate original, or the finding that it is none.

use serde::{Deserialize, Serialize};

use crate::keypoints::{
    Agreement, Correspondence, Keypoint, Model, Plane, Projective, agree, keypoints, matches,
};

use super::agreement::{Picture, picture_agreement};
use super::refine::refine;
use super::time::{Reel, Thumbnails, TimeMap, Timing};
use super::tone::ToneMap;
use super::view::{View, nearest, resizing, sides, spread, usable};

/// Longer side, in pixels, of the planes in which corners are sought.
const WORKING: usize = 400;
/// Corners per frame.
const CORNERS: usize = 500;
/// Pairs of frames whose corners are matched.
const PAIRS: usize = 8;
/// Pixels of the working plane within which a correspondence fits.
const TOLERANCE: f64 = 2.5;
/// So many correspondences have to fit, over all pairs.
const LEAST_INLIERS: usize = 18;
/// Corners a pair of frames, from which on an agreement is not doubted.
const FIRM: usize = 40;
/// Correlation of movements from which on a moving clip is taken for the original.
pub(super) const MOTION: f64 = 0.30;
/// Share of the places that move whose movement has to be the original's: another moment of the same broadcast has the same studio and, by chance, some
/// like movement of a head, but not the same movement everywhere.
pub(super) const MOVING_BLOCKS: f64 = 0.25;
/// Share of textured blocks that agree, from which on a clip is taken for the original.
pub(super) const BLOCKS: f64 = 0.30;
/// The same where nothing moves: nothing else can tell the original then.
pub(super) const STILL_BLOCKS: f64 = 0.60;

/// What is known before: some moment of the suspect, the original's moment that it should be, the speed, whether left and right are exchanged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Start {
    /// A time of the suspect in seconds.
    pub suspect_s: f64,
    /// The original's time there.
    pub original_s: f64,
    /// Seconds of the original per second of the suspect.
    pub speed: f64,
    /// Whether the suspect is mirrored; the other is tried too when this fails.
    pub mirrored: bool,
    /// How wrong `original_s` may be, in seconds; at most 10.
    pub slack_s: f64,
}

/// How a suspect excerpt lies in its original.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alignment {
    /// From the original's pixels to the suspect's (for frames of `original_size` and `suspect_size`); holds the mirroring.
    pub map: Projective9,
    /// Whether left and right are exchanged.
    pub mirrored: bool,
    /// Width and height of the suspect's frames that `map` is for.
    pub suspect_size: [u32; 2],
    /// The same of the original's.
    pub original_size: [u32; 2],
    /// From suspect time to original time.
    pub time: TimeMap,
    /// Whether the pictures moved enough to find the time; if not, `time` is what was known before.
    pub time_from_picture: bool,
    /// How far the time may be off, in seconds.
    pub time_uncertainty_s: f64,
    /// Grey levels and colours.
    pub tone: ToneMap,
    /// Where in the suspect's frame the original's picture lies: x, y, width, height in its pixels.
    pub picture_box: [f64; 4],
    /// Which part of the original the suspect shows: x, y, width, height in the original's pixels.
    pub crop_box: [f64; 4],
    /// Suspect pixels per original pixel.
    pub scale: f64,
    /// How well it fits.
    pub quality: Quality,
}

/// The nine numbers of a [`Projective`], row by row.
pub type Projective9 = [f64; 9];

/// Measurements of an alignment.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quality {
    /// Corners that agree, over all pairs of frames.
    pub inliers: usize,
    /// Their root mean square error in pixels of a working plane 400 pixels long.
    pub error_px: f64,
    /// Share of textured blocks in which the picture is the original's.
    pub blocks: f64,
    /// Correlation of movements; 0 where nothing moves.
    pub motion: f64,
    /// By how much that exceeds other moments.
    pub motion_contrast: f64,
    /// Share of the places that move whose movement is the original's.
    pub moving_blocks: f64,
}

impl Alignment {
    /// [`Self::map`] for frames of other sizes.
    pub fn map_for(&self, original: [u32; 2], suspect: [u32; 2]) -> Projective {
        let real = |size: [u32; 2]| size.map(f64::from);
        resizing(real(self.suspect_size), real(suspect))
            .after(&Projective(self.map))
            .after(&resizing(real(original), real(self.original_size)))
    }

    /// Whether a frame of the original is one that [`super::compare`] will look at for some of these times of the suspect (sorted): for callers who read
    /// every frame and keep few. `frame_s` is the time from one frame of the original to the next.
    pub fn wants(&self, original_s: f64, suspect_s: &[f64], frame_s: f64) -> bool {
        let slack = self.slack_s(frame_s);
        suspect_s.iter().any(|at| (self.time.original_s(*at) - original_s).abs() <= slack)
    }

    /// Within how many seconds of the mapped time frames of the original are looked at.
    pub(super) fn slack_s(&self, frame_s: f64) -> f64 {
        2.05 * frame_s.clamp(0.005, 0.2) + self.time_uncertainty_s.clamp(0.0, 0.04)
    }
}

/// Aligns frames of a suspect with frames of a candidate original; none where the candidate is not its original.
///
/// Give 2 to 4 frames a second of the suspect's excerpt (at least 8 if there are), and of the original 10 or more a second over the span that `start`
/// allows, a slack at either end; 400 pixels are enough. A still picture is a single view in each. Frames whose bytes do not fit, that are smaller than
/// 48 pixels, or whose size is not that of the first, are left out.
pub fn align(suspect: &[View<'_>], original: &[View<'_>], start: &Start) -> Option<Alignment> {
    let finite =
        [start.suspect_s, start.original_s, start.speed, start.slack_s].iter().all(|n| n.is_finite());
    if !finite || !(0.2..5.0).contains(&start.speed) {
        return None;
    }
    let (suspect, original) = (usable(suspect), usable(original));
    let first = TimeMap::through(start.suspect_s, start.original_s, start.speed);
    [start.mirrored, !start.mirrored]
        .into_iter()
        .find_map(|mirrored| attempt(&suspect, &original, first, start.slack_s, mirrored))
}

/// Frames side by side, as indices.
fn pairs_at(
    suspect: &[View<'_>],
    times: &[f64],
    map: &TimeMap,
    count: usize,
    slack_s: f64,
) -> Vec<[usize; 2]> {
    spread(suspect.len(), count)
        .into_iter()
        .filter_map(|index| {
            let expected = map.original_s(suspect.get(index)?.at_s);
            let other = nearest(times, expected)?;
            ((times.get(other)? - expected).abs() <= slack_s + 0.5).then_some([index, other])
        })
        .collect()
}

fn attempt(
    suspect: &[View<'_>],
    original: &[View<'_>],
    first: TimeMap,
    slack_s: f64,
    mirrored: bool,
) -> Option<Alignment> {
    let (suspect_size, original_size) = (suspect.first()?.size(), original.first()?.size());
    let times: Vec<f64> = original.iter().map(|view| view.at_s).collect();
    let mut cache = Corners { suspect, original, mirrored, theirs: Vec::new(), ours: Vec::new() };
    let indices = pairs_at(suspect, &times, &first, PAIRS, slack_s);
    let mut agreement = cache.agree(&indices);
    let enough = FIRM * indices.len();
    if suspect.len() > 2
        && slack_s > 0.1
        && agreement.as_ref().is_none_or(|found| found.inliers.len() < enough)
    {
        // where everything moves, pairs of wrong moments hardly agree: other moments may
        for share in [-0.3, 0.3, -0.6, 0.6] {
            let shifted = TimeMap { offset_s: first.offset_s + share * slack_s, ..first };
            let tried = pairs_at(suspect, &times, &shifted, PAIRS, slack_s);
            let found = cache.agree(&tried);
            let count = |found: &Option<Agreement>| found.as_ref().map_or(0, |found| found.inliers.len());
            if count(&found) * 10 > count(&agreement) * 13 {
                agreement = found;
            }
        }
    }
    let mut agreement = agreement?;
    let mut map = cache.full(&agreement.map)?;
    let reel = Reel::new(suspect, original)?;
    let mut timing = Thumbnails::new(&reel, &map)?.fit(&first, slack_s);
    let moved = suspect
        .first()
        .map_or(0.0, |view| (timing.map.original_s(view.at_s) - first.original_s(view.at_s)).abs());
    if !timing.still && moved > 0.08 {
        let indices = pairs_at(suspect, &times, &timing.map, PAIRS, 0.1);
        if let Some(better) = cache.agree(&indices) {
            let again = cache.full(&better.map)?;
            let narrow = Thumbnails::new(&reel, &again)?.fit(&timing.map, 0.4);
            if narrow.motion >= timing.motion - 0.02 {
                (agreement, map) = (better, again);
                timing = Timing { contrast: timing.contrast.max(narrow.contrast), ..narrow };
            }
        }
    }
    let pairs: Vec<[usize; 2]> =
        pairs_at(suspect, &times, &timing.map, 6, if timing.still { slack_s } else { 0.1 });
    let views: Vec<(View<'_>, View<'_>)> =
        pairs.iter().filter_map(|[one, other]| Some((*suspect.get(*one)?, *original.get(*other)?))).collect();
    let planes: Vec<(Plane, Plane)> =
        views.iter().filter_map(|(one, other)| Some((one.plane()?, other.plane()?))).collect();
    let back = refine(&planes, &map.inverse()?);
    let picture = picture_agreement(&planes, &back)?;
    let quality = Quality {
        inliers: agreement.inliers.len(),
        error_px: agreement.error_px,
        blocks: picture.share,
        motion: timing.motion,
        motion_contrast: timing.contrast,
        moving_blocks: timing.moving_blocks,
    };
    is_original(&quality, &timing, suspect.len()).then(|| {
        let tone = ToneMap::fit(&views, &back);
        describe(back, mirrored, suspect_size, original_size, timing, tone, picture, quality)
    })
}

/// Whether a candidate that could be laid over the suspect is its original.
fn is_original(quality: &Quality, timing: &Timing, frames: usize) -> bool {
    if timing.still || frames < 3 {
        quality.blocks >= STILL_BLOCKS
    } else {
        quality.blocks >= BLOCKS && timing.motion >= MOTION && timing.moving_blocks >= MOVING_BLOCKS
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of the answer, each measured by its own step")]
fn describe(
    back: Projective,
    mirrored: bool,
    suspect_size: [u32; 2],
    original_size: [u32; 2],
    timing: Timing,
    tone: ToneMap,
    picture: Picture,
    quality: Quality,
) -> Alignment {
    let map = back.inverse().unwrap_or(Projective::IDENTITY);
    let corners = {
        let [x, y, width, height] = picture.bounds;
        [[x, y], [x + width, y], [x, y + height], [x + width, y + height]].map(|corner| back.apply(corner))
    };
    let limit = original_size.map(f64::from);
    let range = |axis: usize| {
        let (low, high) = corners
            .iter()
            .map(|corner| corner[axis].clamp(0.0, limit[axis]))
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        [low, high - low]
    };
    let ([x, width], [y, height]) = (range(0), range(1));
    let middle = [x + width / 2.0, y + height / 2.0];
    Alignment {
        map: map.0,
        mirrored,
        suspect_size,
        original_size,
        time: timing.map,
        time_from_picture: !timing.still,
        time_uncertainty_s: timing.uncertainty_s,
        tone,
        picture_box: picture.bounds,
        crop_box: [x, y, width, height],
        scale: map.magnification(middle).abs().sqrt(),
        quality,
    }
}

type Found = Vec<(usize, Vec<Keypoint>)>;

/// Corners of frames, found once each.
#[derive(Debug)]
struct Corners<'a> {
    suspect: &'a [View<'a>],
    original: &'a [View<'a>],
    mirrored: bool,
    theirs: Found,
    ours: Found,
}

impl Corners<'_> {
    /// The map, between working planes, that the corners of all pairs agree on.
    fn agree(&mut self, pairs: &[[usize; 2]]) -> Option<Agreement> {
        let mut together: Vec<Correspondence> = Vec::new();
        for [one, other] in pairs {
            find(&mut self.theirs, self.suspect, *one, false)?;
            find(&mut self.ours, self.original, *other, self.mirrored)?;
            let pick = |found: &Found, index: usize| -> Option<usize> {
                found.iter().position(|(known, _)| *known == index)
            };
            let (theirs, ours) = (pick(&self.theirs, *one)?, pick(&self.ours, *other)?);
            together.extend(matches(&self.ours.get(ours)?.1, &self.theirs.get(theirs)?.1));
        }
        let first = agree(&together, TOLERANCE * 1.4, LEAST_INLIERS, 1500)?;
        let refined = first.refined(Model::Affine, &together, TOLERANCE);
        let refined = if refined.inliers.len() >= 60 {
            refined.refined(Model::Homography, &together, TOLERANCE)
        } else {
            refined
        };
        let [width, height] = self.original.first()?.size().map(f64::from);
        let enough = refined.inliers.len() >= LEAST_INLIERS && refined.map.is_sane(width, height);
        enough.then_some(refined)
    }

    /// From a map between working planes to one between frames.
    fn full(&self, map: &Projective) -> Option<Projective> {
        let working = |view: &View<'_>| -> Option<[f64; 2]> {
            let plane = Plane::filled(view.width as usize, view.height as usize, 0.0);
            Some(sides(&plane.within(WORKING).0))
        };
        let (suspect, original) = (self.suspect.first()?, self.original.first()?);
        let (theirs, ours) = (working(suspect)?, working(original)?);
        let size = |view: &View<'_>| view.size().map(f64::from);
        let there = resizing(size(original), ours);
        let turned = if self.mirrored { Projective::mirror(ours[0]).after(&there) } else { there };
        Some(resizing(theirs, size(suspect)).after(map).after(&turned))
    }
}

fn find(found: &mut Found, views: &[View<'_>], index: usize, mirrored: bool) -> Option<()> {
    if found.iter().all(|(known, _)| *known != index) {
        let plane = views.get(index)?.plane()?.within(WORKING).0;
        let plane = if mirrored { plane.mirrored() } else { plane };
        found.push((index, keypoints(&plane, CORNERS)));
    }
    Some(())
}
