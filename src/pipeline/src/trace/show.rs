//! What a trace shows: the suspect beside its original, as a picture and as a film.

use podlinnik_detectors::Picture;
use podlinnik_domain::analysis::DerivativeKind;

use super::TraceOptions;
use super::film::{self, Mark};
use super::place::{Placed, Sides};

/// Longest stretch of the film, in seconds, and its frames a second.
const FILM_S: f64 = 20.0;
const FILM_FPS: f64 = 10.0;

/// Both side by side: the most telling moment as a picture, and a film. `number`: which piece of the suspect, from 0.
pub(super) fn show(
    sides: &Sides<'_>,
    placed: &Placed,
    marks: &[Mark],
    options: TraceOptions,
    number: usize,
) -> Result<Vec<Picture>, String> {
    let Some(alignment) = &placed.alignment else { return Ok(Vec::new()) };
    let name = |ending: &str| match number {
        0 => format!("beside-original.{ending}"),
        _ => format!("beside-original-{}.{ending}", number + 1),
    };
    let text = |error: &dyn std::error::Error| error.to_string();
    // the middle of what differs, else of all
    let middle_s = marks.get(marks.len() / 2).map_or_else(
        || f64::midpoint(placed.suspect_span_s[0], placed.suspect_span_s[1]),
        |mark| f64::midpoint(mark.span_s[0], mark.span_s[1]),
    );
    let [from_s, until_s] = placed.suspect_span_s;
    let begin_s = (middle_s - FILM_S / 2.0).min(until_s - FILM_S).max(from_s);
    let end_s = (begin_s + FILM_S).min(until_s);
    let wanted = ((end_s - begin_s) * FILM_FPS).floor().max(1.0) as usize;
    let mut times: Vec<f64> = (0..wanted).map(|at| begin_s + at as f64 / FILM_FPS).collect();
    if !options.film || sides.still {
        times = vec![middle_s];
    }
    let (ours, theirs) = sides.frames_at(&times, alignment, film::HALF).map_err(|error| text(&error))?;
    let pairs = || theirs.iter().map(AsRef::as_ref).zip(ours.iter().map(AsRef::as_ref));
    let mut made = Vec::new();
    let telling = pairs()
        .min_by(|one, other| (one.0.at_s - middle_s).abs().total_cmp(&(other.0.at_s - middle_s).abs()));
    if let Some((suspect, original)) = telling
        && options.picture
    {
        let sheet = film::sheet(suspect, original, alignment, marks).map_err(|error| text(&error))?;
        let bytes = podlinnik_media::encode::jpeg(&sheet.rgb, sheet.width, sheet.height, 88)
            .map_err(|error| text(&error))?;
        made.push(Picture {
            name: name("jpg"),
            kind: DerivativeKind::Comparison,
            media_type: "image/jpeg",
            at_s: Some(suspect.at_s),
            track: None,
            recipe: "the suspect on the left, the original brought into its frame on the right; JPEG 88"
                .to_owned(),
            bytes,
        });
    }
    if options.film && !sides.still && theirs.len() > 1 {
        let bytes = film::side_by_side(pairs(), alignment, marks, FILM_FPS).map_err(|error| text(&error))?;
        made.push(Picture {
            name: name("mp4"),
            kind: DerivativeKind::ComparisonFilm,
            media_type: "video/mp4",
            at_s: Some(begin_s),
            track: None,
            recipe: format!(
                "the suspect on the left, the original brought into its frame on the right, {FILM_FPS} frames a second, from {begin_s:.2} s to {end_s:.2} s of the suspect; H.264, CRF 24, no sound"
            ),
            bytes,
        });
    }
    Ok(made)
}
