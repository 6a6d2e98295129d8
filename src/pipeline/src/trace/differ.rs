//! Which regions of the picture differ from the original more than recompression explains.

use std::cmp::Reverse;

use podlinnik_detectors::face::{FaceError, FacePipeline, Outline};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::finding::{BoundingBox, HeatMap};
use podlinnik_domain::likelihood::Log10LikelihoodRatio;
use podlinnik_domain::trace::{PictureState, PictureTrace, RegionTrace};
use podlinnik_media::{Frame, MediaError, ScanPlan};
use podlinnik_similarity::tracing::{
    Calibration, CalibrationError, PictureComparison, Reason, Region, RegionFinding, RegionKind, Shape,
    State, compare,
};

use super::film::Mark;
use super::place::{Placed, Sides};
use super::read::{self, around, spread, views};

/// Longer side of the frames that are compared.
const SIDE: u32 = 640;
/// Frames of the suspect that are compared.
const FRAMES: usize = 40;
/// A longer excerpt is looked at in so many stretches of so many seconds: to get at single frames all those before them have to be decoded.
const WHOLE_S: f64 = 45.0;
const STRETCHES: usize = 5;
const STRETCH_S: f64 = 8.0;
/// How far a frame of the suspect may lie beside the moment that was wanted, in seconds: half a frame at 15 a second.
const BESIDE_S: f64 = 0.034;
/// Faces that are judged, the most prominent.
const FACES: usize = 3;
/// Frames in which a face has to be seen.
const LEAST_SEEN: usize = 4;
/// A difference that is over sooner is noise where another one lasts, in seconds.
const FLASH_S: f64 = 0.4;
/// Logit of the landmark network from which on the lips are where they seem to be.
const PRESENT: f64 = 4.0;

/// Why nothing could be compared.
#[derive(Debug, thiserror::Error)]
pub(super) enum DifferError {
    #[error(transparent)]
    Media(#[from] MediaError),
    #[error(transparent)]
    Face(#[from] FaceError),
    #[error("calibration: {0}")]
    Calibration(#[from] CalibrationError),
}

/// What a comparison gave, and where the altered regions lie from moment to moment.
#[derive(Debug)]
pub(super) struct Differences {
    pub(super) picture: PictureTrace,
    pub(super) marks: Vec<Mark>,
}

/// Compares. `size`: the suspect's own width and height in pixels.
pub(super) fn differ(
    sides: &Sides<'_>,
    placed: &Placed,
    faces: Option<&FacePipeline>,
    size: [u32; 2],
    now: Timestamp,
) -> Result<Differences, DifferError> {
    let Some(alignment) = &placed.alignment else {
        return Ok(Differences { picture: super::nothing_to_compare(), marks: Vec::new() });
    };
    let calibration = Calibration::shipped()?;
    let times = if sides.still { vec![0.0] } else { moments(placed.suspect_span_s) };
    let frame_s = 1.0 / placed.item.fps.filter(|fps| *fps > 1.0).unwrap_or(25.0);
    let wanted: Vec<f64> = times.iter().map(|at_s| alignment.time.original_s(*at_s)).collect();
    // what `Alignment::wants` would take, and a frame more; a frame of the suspect may lie somewhat beside its moment
    let reach_s = 3.1 * frame_s.clamp(0.005, 0.2) + alignment.time_uncertainty_s.clamp(0.0, 0.04) + BESIDE_S;
    let plan = ScanPlan::every_frame(around(&wanted, reach_s), SIDE);
    let (theirs, original) = read::side_by_side(
        || -> Result<(Vec<Frame>, Vec<Region>), DifferError> {
            let suspect = looked_at(sides, &times)?;
            let regions = match faces {
                Some(faces) => regions(&suspect, &outlines(faces, &suspect, sides.still)?),
                None => Vec::new(),
            };
            Ok((suspect, regions))
        },
        || sides.read_original(&plan),
    );
    let ((suspect, regions), original) = (theirs?, original?.frames);
    let compared = compare(&views(&suspect), &views(&original), alignment, &regions, &calibration);
    let shown = suspect.first().map_or([1, 1], |frame| [frame.width, frame.height]);
    let mut picture = told(compared, placed.suspect_span_s, shown, size);
    if !calibration.is_current(&now.strftime("%Y-%m-%d").to_string()) {
        expire(&mut picture);
    }
    let marks = marks(&picture, &regions, shown);
    Ok(Differences { picture, marks })
}

/// The suspect's frames nearest to some moments, each once.
fn looked_at(sides: &Sides<'_>, times_s: &[f64]) -> Result<Vec<Frame>, MediaError> {
    if sides.still {
        let plan = ScanPlan { sound: false, ..ScanPlan::whole(0.0, SIDE) };
        return Ok(sides.read_suspect(&plan)?.frames);
    }
    let nearest = read::nearest(sides.suspect.0, sides.suspect.1, times_s, SIDE)?;
    let mut frames: Vec<Frame> = nearest.into_iter().map(|frame| Frame::clone(&frame)).collect();
    frames.dedup_by(|one, other| one.index == other.index);
    Ok(frames)
}

/// Faces of either half of the frames, side by side.
fn outlines(faces: &FacePipeline, frames: &[Frame], still: bool) -> Result<Vec<Vec<Outline>>, FaceError> {
    let (early, late) = frames.split_at(frames.len() / 2);
    let (early, late) = read::side_by_side(|| faces.outlines(early, still), || faces.outlines(late, still));
    Ok([early?, late?].concat())
}

/// A calibration that no longer holds supports no answer; the heat map says where to look all the same.
fn expire(picture: &mut PictureTrace) {
    picture.state = PictureState::Undecided;
    picture.reason = Some("calibration_expired".to_owned());
    (picture.llr10, picture.llr10_ceiling) = (None, None);
    for region in &mut picture.regions {
        region.state = PictureState::Undecided;
        (region.llr10, region.llr10_ceiling) = (None, None);
    }
}

/// Moments of the suspect that are looked at, ascending.
fn moments(span_s: [f64; 2]) -> Vec<f64> {
    let [from_s, until_s] = span_s;
    if until_s - from_s <= WHOLE_S {
        return spread(span_s, FRAMES);
    }
    spread(span_s, STRETCHES)
        .into_iter()
        .flat_map(|middle_s| {
            spread([middle_s - STRETCH_S / 2.0, middle_s + STRETCH_S / 2.0], FRAMES / STRETCHES)
        })
        .collect()
}

/// A face followed through the frames.
struct Track {
    middle: [f64; 2],
    side: f64,
    area: f64,
    face: Vec<Shape>,
    mouth: Vec<Shape>,
}

/// Face and mouth of the most prominent faces.
fn regions(frames: &[Frame], outlines: &[Vec<Outline>]) -> Vec<Region> {
    let mut tracks: Vec<Track> = Vec::new();
    for (frame, outlines) in frames.iter().zip(outlines) {
        for outline in outlines.iter().filter(|outline| outline.presence >= PRESENT) {
            let Some((middle, side)) = extent(&outline.face) else { continue };
            let apart = |track: &Track| {
                (track.middle[0] - middle[0]).hypot(track.middle[1] - middle[1]) / track.side.max(side)
            };
            let near = tracks.iter_mut().filter(|track| apart(track) < 0.6 && track.is_free(frame.at_s));
            let track = match near.min_by(|one, other| apart(one).total_cmp(&apart(other))) {
                Some(track) => track,
                None => {
                    tracks.push(Track { middle, side, area: 0.0, face: Vec::new(), mouth: Vec::new() });
                    let Some(track) = tracks.last_mut() else { continue };
                    track
                }
            };
            track.middle = middle;
            track.side = side;
            track.area += side * side;
            track.face.push(Shape { at_s: frame.at_s, polygon: outline.face.clone() });
            track.mouth.push(Shape { at_s: frame.at_s, polygon: outline.mouth.clone() });
        }
    }
    let least = LEAST_SEEN.min(frames.len());
    tracks.retain(|track| track.face.len() >= least);
    tracks.sort_by(|one, other| other.area.total_cmp(&one.area));
    let name = |what: &str, number: usize| match number {
        0 => what.to_owned(),
        _ => format!("{what} {}", number + 1),
    };
    (0..)
        .zip(tracks.into_iter().take(FACES))
        .flat_map(|(number, track)| {
            [
                Region { name: name("mouth", number), kind: RegionKind::Mouth, shapes: track.mouth },
                Region { name: name("face", number), kind: RegionKind::Face, shapes: track.face },
            ]
        })
        .collect()
}

impl Track {
    fn is_free(&self, at_s: f64) -> bool {
        self.face.last().is_none_or(|shape| shape.at_s < at_s)
    }
}

/// Middle and longer side of the points' box.
fn extent(polygon: &[[f64; 2]]) -> Option<([f64; 2], f64)> {
    let range = |axis: usize| {
        let values = polygon.iter().map(|point| point[axis]);
        values
            .fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], value| [low.min(value), high.max(value)])
    };
    let ([left, right], [top, bottom]) = (range(0), range(1));
    let side = (right - left).max(bottom - top);
    (side.is_finite() && side > 0.0)
        .then_some(([f64::midpoint(left, right), f64::midpoint(top, bottom)], side))
}

const fn state(state: State) -> PictureState {
    match state {
        State::Altered => PictureState::Altered,
        State::Unaltered => PictureState::Unaltered,
        State::Undecided => PictureState::Undecided,
    }
}

/// The stable code of a reason.
fn code(reason: Reason) -> Option<String> {
    serde_json::to_value(reason).ok()?.as_str().map(str::to_owned)
}

fn ratio(value: Option<f64>) -> Option<Log10LikelihoodRatio> {
    value.and_then(|value| Log10LikelihoodRatio::new(value).ok())
}

/// In the words of the trade, and in pixels of the suspect itself.
fn told(compared: PictureComparison, span_s: [f64; 2], shown: [u32; 2], size: [u32; 2]) -> PictureTrace {
    let scale = [0, 1].map(|axis: usize| f64::from(size[axis]) / f64::from(shown[axis].max(1)));
    let area = |[x, y, width, height]: [f64; 4]| {
        let tenths = |value: f64| (value * 10.0).round() / 10.0;
        BoundingBox {
            x: tenths(x * scale[0]),
            y: tenths(y * scale[1]),
            width: tenths(width * scale[0]),
            height: tenths(height * scale[1]),
        }
    };
    let mut regions: Vec<RegionTrace> =
        compared.regions.iter().map(|finding| region(finding, span_s, &area)).collect();
    regions.sort_by_key(|region| Reverse(region.state == PictureState::Altered));
    let overall = state(compared.state);
    // the region that decides: the surest of those that say what the whole says
    let sides = regions.iter().filter(|region| region.state == overall && region.llr10.is_some());
    let size_of = |region: &&RegionTrace| region.llr10.map_or(0.0, |ratio| ratio.value().abs());
    let decides = match overall {
        PictureState::Altered => sides.max_by(|one, other| size_of(one).total_cmp(&size_of(other))),
        // a faithful copy is no surer than its least sure region
        PictureState::Unaltered => sides.min_by(|one, other| size_of(one).total_cmp(&size_of(other))),
        PictureState::Undecided | PictureState::NotCompared => None,
    };
    PictureTrace {
        state: overall,
        reason: compared.reason.and_then(code),
        llr10: decides.and_then(|region| region.llr10),
        llr10_ceiling: decides.and_then(|region| region.llr10_ceiling),
        calibration_id: Some(compared.calibration_id),
        overlays: compared.overlays.iter().map(|overlay| area(overlay.bbox)).collect(),
        frames: u32::try_from(compared.frames).unwrap_or(u32::MAX),
        heat_map: compared.heat_map.map(|map| HeatMap {
            columns: u32::try_from(map.columns).unwrap_or(0),
            rows: u32::try_from(map.rows).unwrap_or(0),
            hundredths: map.values.iter().map(|value| hundredths(value.unwrap_or(0.0))).collect(),
        }),
        regions,
    }
}

/// Nothing beyond the expected is 0, ten times the expected 100.
fn hundredths(value: f32) -> u8 {
    (value.clamp(0.0, 1.0) * 100.0).round() as u8
}

fn region(finding: &RegionFinding, span_s: [f64; 2], area: &dyn Fn([f64; 4]) -> BoundingBox) -> RegionTrace {
    let thousandths = |span: [f64; 2]| span.map(super::thousandths);
    // a flash beside a stretch that lasts is noise
    let lasts = |span: &&[f64; 2]| span[1] - span[0] >= FLASH_S;
    let any_lasts = finding.spans_s.iter().any(|span| lasts(&span));
    let spans_s: Vec<[f64; 2]> =
        finding.spans_s.iter().filter(|span| !any_lasts || lasts(span)).copied().collect();
    let whole = match (spans_s.first(), spans_s.last()) {
        (Some([from_s, _]), Some([_, until_s])) => [*from_s, *until_s],
        _ => span_s,
    };
    let towards = finding.llr10.unwrap_or(0.0);
    let ceiling = finding
        .ceiling
        .map(|ceiling| if towards < 0.0 { ceiling.llr10_min.abs() } else { ceiling.llr10_max });
    RegionTrace {
        name: finding.name.clone(),
        state: state(finding.state),
        reason: finding.reason.and_then(code),
        span_s: thousandths(whole),
        spans_s: spans_s.into_iter().map(thousandths).collect(),
        llr10: ratio(finding.llr10),
        llr10_ceiling: finding.llr10.and_then(|_| ratio(ceiling)),
        bbox: finding.bbox.map(area),
    }
}

/// What a film marks: altered regions, each where it is from one compared frame to the next, while they differ.
fn marks(picture: &PictureTrace, regions: &[Region], shown: [u32; 2]) -> Vec<Mark> {
    let [width, height] = shown.map(|side| f64::from(side.max(1)));
    let altered = picture.regions.iter().filter(|region| region.state == PictureState::Altered);
    let mut marks = Vec::new();
    for region in altered {
        let Some(Region { shapes, .. }) = regions.iter().find(|named| named.name == region.name) else {
            continue;
        };
        for (number, shape) in shapes.iter().enumerate() {
            let before = number.checked_sub(1).and_then(|number| shapes.get(number));
            let from_s = before.map_or(f64::MIN, |before| f64::midpoint(before.at_s, shape.at_s));
            let until_s =
                shapes.get(number + 1).map_or(f64::MAX, |after| f64::midpoint(shape.at_s, after.at_s));
            let [left, top, right, bottom] = shape.polygon.iter().fold(
                [f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY],
                |edges, [x, y]| [edges[0].min(*x), edges[1].min(*y), edges[2].max(*x), edges[3].max(*y)],
            );
            let margin = (right - left).max(bottom - top) * 0.25;
            let area = BoundingBox {
                x: (left - margin) / width,
                y: (top - margin) / height,
                width: (right - left + 2.0 * margin) / width,
                height: (bottom - top + 2.0 * margin) / height,
            };
            for [begin_s, end_s] in &region.spans_s {
                let span_s = [begin_s.max(from_s), end_s.min(until_s)];
                if span_s[0] < span_s[1] {
                    marks.push(Mark { span_s, area });
                }
            }
        }
    }
    marks.sort_by(|one, other| one.span_s[0].total_cmp(&other.span_s[0]));
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_excerpt_is_looked_at_in_stretches() {
        assert_eq!(moments([10.0, 30.0]).len(), FRAMES);
        let long = moments([0.0, 600.0]);
        assert_eq!(long.len(), FRAMES);
        assert!(long.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(long[0] > 50.0 && long[FRAMES - 1] < 550.0);
        let gaps = long.windows(2).filter(|pair| pair[1] - pair[0] > STRETCH_S).count();
        assert_eq!(gaps, STRETCHES - 1);
    }

    #[test]
    fn faces_keep_their_number_whatever_order_they_come_in() {
        let face = |x: f64, side: f64| {
            let polygon = vec![[x, 100.0], [x + side, 100.0], [x + side, 100.0 + side], [x, 100.0 + side]];
            Outline { presence: 9.0, yaw_degrees: 0.0, face: polygon.clone(), mouth: polygon }
        };
        let frame = |index: u32| Frame {
            index,
            burst: index,
            at_s: f64::from(index),
            width: 640,
            height: 360,
            scale: 1.0,
            motion_only: false,
            rgb: Vec::new(),
        };
        let frames: Vec<Frame> = (0..6).map(frame).collect();
        let outlines: Vec<Vec<Outline>> = (0..6)
            .map(|at| {
                let drift = f64::from(at) * 3.0;
                let mut both = vec![face(50.0 + drift, 80.0), face(400.0 - drift, 60.0)];
                if at % 2 == 1 {
                    both.reverse();
                }
                both
            })
            .collect();
        let regions = regions(&frames, &outlines);
        let names: Vec<&str> = regions.iter().map(|region| region.name.as_str()).collect();
        assert_eq!(names, ["mouth", "face", "mouth 2", "face 2"]);
        assert!(
            regions[1].shapes.iter().all(|shape| shape.polygon[0][0] < 100.0),
            "the larger face comes first"
        );
        assert!(regions.iter().all(|region| region.shapes.len() == 6));
    }

    #[test]
    fn differences_become_hundredths() {
        assert_eq!([-1.0, 0.0, 0.5, 3.0].map(hundredths), [0, 0, 50, 100]);
        assert_eq!(code(Reason::TooSmall).as_deref(), Some("too_small"));
    }
}
