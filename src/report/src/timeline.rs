//! Face tracks along the clip: where each lane's bar, ticks and numbered moments stand, in hundredths of the width.

use podlinnik_domain::analysis::FaceTrack;
use podlinnik_domain::language::Language;

use crate::figures::clock;

/// Two marks of one row are at least so far apart, so that they stay apart on a phone.
const MARK_DISTANCE: f64 = 8.0;
/// Marks that find no free row lie over others in the last one.
const MOST_ROWS: usize = 4;
/// Height of the bar's part of a lane and of one row of marks, in CSS pixels.
const BAR_HEIGHT: usize = 26;
const ROW_HEIGHT: usize = 24;

/// The whole drawing.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Timeline {
    pub(crate) lanes: Vec<Lane>,
    /// Place and label.
    pub(crate) ticks: Vec<(f64, String)>,
}

/// One face track.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Lane {
    pub(crate) track: u32,
    /// Left edge and width of the bar.
    pub(crate) bar: (f64, f64),
    /// Where the face was seen.
    pub(crate) sightings: Vec<f64>,
    pub(crate) marks: Vec<Mark>,
    /// Height in CSS pixels.
    pub(crate) height: usize,
}

/// A telling moment.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mark {
    pub(crate) number: usize,
    pub(crate) at: f64,
    /// Vertical middle in CSS pixels.
    pub(crate) y: usize,
}

/// A moment to mark: its number on the page, its track, its second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Moment {
    pub(crate) number: usize,
    pub(crate) track: u32,
    pub(crate) at_s: f64,
}

impl Timeline {
    /// Lays the tracks out; none for stills and where there is no face.
    pub(crate) fn new(
        tracks: &[FaceTrack],
        duration_s: Option<f64>,
        moments: &[Moment],
        language: Language,
    ) -> Option<Self> {
        let last_seen = tracks.iter().map(|track| track.span_s[1]).fold(0.0, f64::max);
        let end = duration_s.unwrap_or(0.0).max(last_seen);
        if tracks.is_empty() || !end.is_finite() || end <= 0.0 {
            return None;
        }
        let place = |seconds: f64| (seconds / end * 100.0).clamp(0.0, 100.0);
        let lanes = tracks
            .iter()
            .map(|track| {
                let (start, stop) = (place(track.span_s[0]), place(track.span_s[1]));
                let own = moments.iter().filter(|moment| moment.track == track.index);
                let (marks, rows) = rows(own.map(|moment| (moment.number, place(moment.at_s))).collect());
                Lane {
                    track: track.index,
                    bar: (start.min(99.3), (stop - start).max(0.7)),
                    sightings: track.sightings.iter().map(|sighting| place(sighting.at_s)).collect(),
                    marks,
                    height: BAR_HEIGHT + rows * ROW_HEIGHT,
                }
            })
            .collect();
        let step = tick_step(end);
        let ticks = (0_u32..)
            .map(|index| f64::from(index) * step)
            .take_while(|seconds| *seconds <= end * 0.94)
            .map(|seconds| (place(seconds), clock(seconds, language)))
            .collect();
        Some(Self { lanes, ticks })
    }
}

/// Puts marks into rows from left to right; answers how many rows it took.
fn rows(mut places: Vec<(usize, f64)>) -> (Vec<Mark>, usize) {
    places.sort_by(|left, right| left.1.total_cmp(&right.1));
    let mut last = [f64::NEG_INFINITY; MOST_ROWS];
    let mut used = 0;
    let mut marks = Vec::with_capacity(places.len());
    for (number, at) in places {
        let row = last.iter().position(|edge| at - edge >= MARK_DISTANCE).unwrap_or(MOST_ROWS - 1);
        last[row] = at;
        used = used.max(row + 1);
        marks.push(Mark { number, at, y: BAR_HEIGHT + row * ROW_HEIGHT + ROW_HEIGHT / 2 });
    }
    (marks, used)
}

/// A round step that gives four to eight ticks.
fn tick_step(end: f64) -> f64 {
    let steps = [
        0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0,
        7200.0,
    ];
    steps.into_iter().find(|step| end / step <= 6.0).unwrap_or(end / 5.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(index: u32, span_s: [f64; 2]) -> FaceTrack {
        FaceTrack { index, span_s, face_px: 200.0, sightings: Vec::new(), portrait: None }
    }

    #[test]
    fn stills_have_no_timeline() {
        assert_eq!(Timeline::new(&[track(0, [0.0, 0.0])], None, &[], Language::English), None);
        assert_eq!(Timeline::new(&[], Some(3.0), &[], Language::English), None);
    }

    #[test]
    fn close_moments_take_rows_of_their_own() {
        let moments =
            [1, 2, 3].map(|number| Moment { number, track: 1, at_s: 5.0 + f64::from(number as u8) * 0.1 });
        let tracks = [track(0, [0.0, 10.0]), track(1, [5.0, 6.0])];
        let timeline = Timeline::new(&tracks, Some(10.0), &moments, Language::English).unwrap();
        assert!(timeline.lanes[0].marks.is_empty());
        let heights: Vec<_> = timeline.lanes[1].marks.iter().map(|mark| mark.y).collect();
        assert_eq!(heights, [38, 62, 86]);
        assert!((timeline.lanes[1].bar.0 - 50.0).abs() < 1e-9);
        assert_eq!(timeline.ticks.first().map(|tick| tick.1.as_str()), Some("0:00.0"));
        assert!((4..=8).contains(&timeline.ticks.len()));
    }
}
