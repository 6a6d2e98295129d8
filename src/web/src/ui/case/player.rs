//! What the player is told, as JSON inside the page: faces, maps, lanes of the timeline. See `assets/player/player.js` for the form.

use podlinnik_domain::analysis::{DerivativeKind, Report};
use podlinnik_domain::finding::{BoundingBox, Finding, FindingState};
use podlinnik_domain::id::AnalysisId;
use podlinnik_domain::language::Language;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::trace::PictureState;
use podlinnik_report::html::place_caption;
use podlinnik_report::view::MethodView;
use serde_json::{Value, json};

/// Half the length of a mark that has a moment and no span, in seconds.
const MOMENT_S: f64 = 0.1;
/// Sightings a track; a long clip is thinned out to so many.
const MOST_SIGHTINGS: usize = 1500;
/// Maps in all.
const MOST_MAPS: usize = 60;

/// The model, safe to stand in a `<script type="application/json">`.
pub(super) fn model(report: &Report, analysis: AnalysisId, language: Language) -> String {
    let media = &report.media;
    let kind = match media.kind {
        MediaKind::Image => "image",
        MediaKind::Animation | MediaKind::Video => "video",
        MediaKind::Audio => "audio",
    };
    let value = json!({
        "kind": kind,
        "width": media.width,
        "height": media.height,
        "duration_s": media.duration_s,
        "fps": media.fps,
        "tracks": tracks(report, language),
        "heat_maps": maps(report),
        "lanes": report.findings.iter().enumerate().map(|(index, finding)| lane(index, finding, language)).collect::<Vec<_>>(),
        "beside": beside(report, analysis, language),
        "regions": regions(report, language),
        "wellness": { "blur": true, "grey": false, "mute": true },
    });
    // The only way out of such an element is its end tag.
    value.to_string().replace('<', "\\u003c")
}

fn corners(area: &BoundingBox) -> [f64; 4] {
    [area.x, area.y, area.width, area.height]
}

fn tracks(report: &Report, language: Language) -> Vec<Value> {
    let face = |index: u32| match language {
        Language::Russian => format!("Лицо {}", u64::from(index) + 1),
        Language::English => format!("Face {}", u64::from(index) + 1),
    };
    report
        .tracks
        .iter()
        .map(|track| {
            let every = track.sightings.len().div_ceil(MOST_SIGHTINGS).max(1);
            let sightings: Vec<Value> = track
                .sightings
                .iter()
                .step_by(every)
                .map(|one| json!({ "at_s": one.at_s, "box": corners(&one.bounding_box) }))
                .collect();
            json!({ "index": track.index, "label": face(track.index), "sightings": sightings })
        })
        .collect()
}

fn maps(report: &Report) -> Vec<Value> {
    report
        .findings
        .iter()
        .flat_map(|finding| &finding.locations)
        .filter_map(|location| {
            let map = location.heat_map.as_ref()?;
            let area = location.bounding_box.as_ref()?;
            Some(json!({
                "track": location.track, "at_s": location.at_s.unwrap_or_default(), "box": corners(area),
                "columns": map.columns, "rows": map.rows, "hundredths": map.hundredths,
            }))
        })
        .take(MOST_MAPS)
        .collect()
}

fn lane(index: usize, finding: &Finding, language: Language) -> Value {
    let view = MethodView::new(finding, language);
    let note = match finding.state {
        FindingState::Finding => view.state.clone(),
        _ => view.silence.as_ref().map_or_else(|| view.state.clone(), |silence| silence.why.to_owned()),
    };
    let marks: Vec<Value> = finding
        .locations
        .iter()
        .filter_map(|location| {
            let [from_s, to_s] = location
                .span_s
                .or_else(|| location.at_s.map(|at| [(at - MOMENT_S).max(0.0), at + MOMENT_S]))?;
            Some(json!({ "from_s": from_s, "to_s": to_s, "label": place_caption(location, language) }))
        })
        .collect();
    json!({
        "id": format!("{}-{index}", finding.method), "track": track(finding), "label": view.name, "state": view.state_code, "note": note,
        "marks": marks, "curve": null,
    })
}

/// The face that a finding is about, if it is about one alone.
fn track(finding: &Finding) -> Option<u32> {
    let mut tracks = finding.locations.iter().map(|location| location.track);
    let first = tracks.next()??;
    tracks.all(|track| track == Some(first)).then_some(first)
}

fn beside(report: &Report, analysis: AnalysisId, language: Language) -> Option<Value> {
    let film = report.derivatives.iter().find(|one| one.kind == DerivativeKind::ComparisonFilm)?;
    let label = match language {
        Language::Russian => "Слева присланное, справа оригинал",
        Language::English => "Left the suspect, right the original",
    };
    Some(json!({
        "src": format!("/api/v1/analyses/{analysis}/derivatives/{}", film.name),
        "suspect_from_s": film.at_s.unwrap_or_default(), "fps": 10, "label": label,
    }))
}

fn regions(report: &Report, language: Language) -> Vec<Value> {
    let (Some(trace), Some(width), Some(height)) = (&report.trace, report.media.width, report.media.height)
    else {
        return Vec::new();
    };
    let (width, height) = (f64::from(width), f64::from(height));
    let altered = trace.picture.regions.iter().filter(|region| region.state == PictureState::Altered);
    altered
        .filter_map(|region| {
            let area = region.bbox.as_ref()?;
            let fractions = [area.x / width, area.y / height, area.width / width, area.height / height];
            let name = match (region.name.as_str(), language) {
                ("mouth", Language::Russian) => "рот",
                ("face", Language::Russian) => "лицо",
                (name, _) => name,
            };
            Some(region.spans_s.iter().map(move |[from_s, to_s]| {
                json!({ "name": name, "from_s": from_s, "to_s": to_s, "bbox": fractions })
            }))
        })
        .flatten()
        .collect()
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::finding::{Location, MethodId};

    use super::*;

    #[test]
    fn a_lane_belongs_to_the_face_that_its_places_name_and_not_to_its_own_number() {
        let finding = |tracks: &[Option<u32>]| Finding {
            locations: tracks.iter().map(|track| Location { track: *track, ..Location::default() }).collect(),
            ..Finding::empty(MethodId::from_static("face"), "1", FindingState::Finding)
        };
        let track =
            |index, tracks: &[Option<u32>]| lane(index, &finding(tracks), Language::English)["track"].clone();
        assert_eq!(track(0, &[Some(2), Some(2)]), json!(2));
        assert_eq!(track(2, &[Some(0)]), json!(0));
        assert_eq!(track(0, &[]), Value::Null);
        assert_eq!(track(0, &[None]), Value::Null);
        assert_eq!(track(1, &[Some(0), Some(1)]), Value::Null);
    }
}
