//! One self-contained page for one report: no script, nothing fetched, pictures inside as `data:` addresses.

use std::collections::BTreeMap;

use askama::Template;
use base64::Engine as _;
use podlinnik_domain::analysis::{Derivative, DerivativeKind, FaceTrack, Report};
use podlinnik_domain::finding::{Finding, Location};
use podlinnik_domain::language::Language;

use crate::ReportError;
use crate::figures::{clock, decimal};
use crate::timeline::{Moment, Timeline};
use crate::trace::{Statement, lead, statements};
use crate::view::{Fact, Measured, MethodView, Silence, faces_sentence, facts, headline, quality_sentence};
use crate::wording::{pick, warning};

/// Places shown per method; the JSON report has them all.
const MOST_PLACES: usize = 12;
/// Frames and faces shown.
const MOST_FRAMES: usize = 12;
const MOST_FACES: usize = 50;

/// A picture whose bytes go into the page.
#[derive(Clone, Copy)]
pub struct EmbeddedPicture<'a> {
    /// The derivative's name in the report.
    pub name: &'a str,
    /// `image/jpeg` or `image/png`; others are left out.
    pub media_type: &'a str,
    /// The bytes.
    pub bytes: &'a [u8],
}

impl std::fmt::Debug for EmbeddedPicture<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("EmbeddedPicture")
            .field("name", &self.name)
            .field("media_type", &self.media_type)
            .field("size", &self.bytes.len())
            .finish()
    }
}

/// Renders the page.
///
/// # Errors
/// [`ReportError::Render`] if the template fails.
pub fn render(
    report: &Report,
    pictures: &[EmbeddedPicture<'_>],
    language: Language,
) -> Result<String, ReportError> {
    let gallery = Gallery::new(report, pictures);
    let mut moments = Vec::new();
    let mut number = 0;
    let methods = report
        .findings
        .iter()
        .map(|finding| {
            let chosen = shown_locations(finding, &gallery);
            Method {
                view: MethodView::new(finding, language),
                has_map: chosen.iter().any(|location| {
                    let names = &location.derivatives;
                    names.iter().any(|name| gallery.kind(name) == Some(DerivativeKind::HeatMap))
                }),
                hidden_places: finding.locations.len() - chosen.len(),
                places: places(&chosen, &gallery, &mut number, &mut moments, language),
            }
        })
        .collect();
    let combined = &report.combined;
    let page = Page {
        report,
        language,
        headline: headline(combined, language),
        lead: report.trace.as_ref().and_then(|trace| lead(trace, language)),
        measured: combined
            .llr10
            .zip(combined.word)
            .map(|(ratio, word)| Measured::new(ratio, word, combined.llr10_ceiling, language)),
        silence: combined.reason.map(|reason| Silence::new(reason, language)),
        facts: facts(report, language),
        quality: quality_sentence(report, language),
        faces: faces_sentence(report, language),
        methods,
        timeline: Timeline::new(&report.tracks, report.media.duration_s, &moments, language),
        tracks: report.tracks.iter().take(MOST_FACES).map(|track| face(track, &gallery, language)).collect(),
        origin: report.trace.as_ref().map(|trace| statements(trace, language)).unwrap_or_default(),
        beside: report
            .derivatives
            .iter()
            .find(|derivative| derivative.kind == DerivativeKind::Comparison)
            .and_then(|derivative| gallery.addresses.get(derivative.name.as_str()).cloned()),
        frames: frames(report, &gallery, language),
        warnings: warnings(report, language),
    };
    Ok(page.render()?)
}

/// The pictures that came along, by name, ready to stand in `src`.
struct Gallery<'a> {
    addresses: BTreeMap<&'a str, String>,
    derivatives: BTreeMap<&'a str, &'a Derivative>,
}

impl<'a> Gallery<'a> {
    fn new(report: &'a Report, pictures: &[EmbeddedPicture<'a>]) -> Self {
        let shown = ["image/jpeg", "image/png", "image/webp"];
        Self {
            addresses: pictures
                .iter()
                .filter(|picture| shown.contains(&picture.media_type))
                .map(|picture| {
                    let bytes = base64::engine::general_purpose::STANDARD.encode(picture.bytes);
                    (picture.name, format!("data:{};base64,{bytes}", picture.media_type))
                })
                .collect(),
            derivatives: report
                .derivatives
                .iter()
                .map(|derivative| (derivative.name.as_str(), derivative))
                .collect(),
        }
    }

    fn address(&self, name: &str) -> Option<&str> {
        self.addresses.get(name).map(String::as_str)
    }

    fn kind(&self, name: &str) -> Option<DerivativeKind> {
        self.derivatives.get(name).map(|derivative| derivative.kind)
    }
}

/// One method with the places it rests on.
struct Method<'a> {
    view: MethodView,
    places: Vec<Place<'a>>,
    has_map: bool,
    hidden_places: usize,
}

/// One place: crop and heat map side by side.
struct Place<'a> {
    number: usize,
    caption: String,
    pictures: Vec<Picture<'a>>,
}

/// A picture with what it shows.
struct Picture<'a> {
    address: &'a str,
    caption: &'static str,
    alternative: String,
}

/// One face track.
struct Face<'a> {
    name: String,
    portrait: Option<&'a str>,
    size: String,
    when: Option<String>,
}

fn face_name(index: u32, language: Language) -> String {
    format!("{} {}", pick(language, "Лицо", "Face"), u64::from(index) + 1)
}

/// The places worth room on the page: those with a picture; where none has one, all.
fn shown_locations<'f>(finding: &'f Finding, gallery: &Gallery<'_>) -> Vec<&'f Location> {
    let pictured =
        |location: &&Location| location.derivatives.iter().any(|name| gallery.address(name).is_some());
    let chosen: Vec<_> = finding.locations.iter().filter(pictured).take(MOST_PLACES).collect();
    if chosen.is_empty() { finding.locations.iter().take(MOST_PLACES).collect() } else { chosen }
}

fn places<'a>(
    locations: &[&Location],
    gallery: &'a Gallery<'_>,
    number: &mut usize,
    moments: &mut Vec<Moment>,
    language: Language,
) -> Vec<Place<'a>> {
    locations
        .iter()
        .map(|location| {
            *number += 1;
            let caption = place_caption(location, language);
            let at_s = location.at_s.or_else(|| location.span_s.map(|[start, end]| (start + end) / 2.0));
            if let (Some(track), Some(at_s)) = (location.track, at_s)
                && !location.comparison
            {
                moments.push(Moment { number: *number, track, at_s });
            }
            let pictures = location
                .derivatives
                .iter()
                .filter_map(|name| {
                    let caption = match gallery.kind(name)? {
                        DerivativeKind::Crop => {
                            pick(language, "Лицо, как его видел метод", "The face as the method saw it")
                        }
                        DerivativeKind::HeatMap => {
                            pick(language, "Карта: где следы заметнее", "Map: where traces are stronger")
                        }
                        DerivativeKind::Frame => pick(language, "Кадр", "Frame"),
                        DerivativeKind::Comparison => {
                            pick(language, "Рядом с оригиналом", "Beside the original")
                        }
                        DerivativeKind::ComparisonFilm
                        | DerivativeKind::Preview
                        | DerivativeKind::HtmlReport
                        | DerivativeKind::JsonReport => return None,
                    };
                    let alternative =
                        format!("{caption}. {place}", place = place_caption(location, language));
                    Some(Picture { address: gallery.address(name)?, caption, alternative })
                })
                .collect();
            Place { number: *number, caption, pictures }
        })
        .collect()
}

pub fn place_caption(location: &Location, language: Language) -> String {
    let mut parts = Vec::new();
    if location.comparison {
        parts.push(
            pick(language, "Для сравнения: самое спокойное место", "For comparison: the calmest place")
                .to_owned(),
        );
    }
    if let Some(track) = location.track {
        parts.push(face_name(track, language));
    }
    if let Some([start, end]) = location.span_s {
        parts.push(format!("{}–{}", clock(start, language), clock(end, language)));
    } else if let Some(at_s) = location.at_s {
        parts.push(clock(at_s, language));
    }
    parts.join(", ")
}

fn face<'a>(track: &FaceTrack, gallery: &'a Gallery<'_>, language: Language) -> Face<'a> {
    let [start, end] = track.span_s;
    Face {
        name: face_name(track.index, language),
        portrait: track.portrait.as_deref().and_then(|name| gallery.address(name)),
        size: format!("{} {}", decimal(track.face_px, 0, language), pick(language, "пикс.", "px")),
        when: (end > start).then(|| format!("{}–{}", clock(start, language), clock(end, language))),
    }
}

fn frames<'a>(report: &Report, gallery: &'a Gallery<'_>, language: Language) -> Vec<(&'a str, String)> {
    report
        .derivatives
        .iter()
        .filter(|derivative| derivative.kind == DerivativeKind::Frame)
        .filter_map(|derivative| {
            let when = derivative.at_s.filter(|_| report.media.duration_s.is_some());
            let caption = when.map_or_else(String::new, |at_s| clock(at_s, language));
            Some((gallery.address(&derivative.name)?, caption))
        })
        .take(MOST_FRAMES)
        .collect()
}

/// Sentences, each once, in the order of their first appearance, with the technical details.
pub fn warnings(report: &Report, language: Language) -> Vec<(&'static str, Vec<&str>)> {
    let mut codes = Vec::new();
    for entry in &report.warnings {
        if !codes.contains(&entry.code) {
            codes.push(entry.code);
        }
    }
    codes
        .into_iter()
        .map(|code| {
            let same = report.warnings.iter().filter(|entry| entry.code == code);
            (warning(code).in_language(language), same.filter_map(|entry| entry.detail.as_deref()).collect())
        })
        .collect()
}

#[derive(Template)]
#[template(path = "report.html")]
struct Page<'a> {
    report: &'a Report,
    language: Language,
    headline: String,
    /// Of the original, where one was found.
    lead: Option<String>,
    measured: Option<Measured>,
    silence: Option<Silence>,
    facts: Vec<Fact>,
    quality: String,
    faces: String,
    methods: Vec<Method<'a>>,
    timeline: Option<Timeline>,
    tracks: Vec<Face<'a>>,
    origin: Vec<Statement>,
    beside: Option<String>,
    frames: Vec<(&'a str, String)>,
    warnings: Vec<(&'static str, Vec<&'a str>)>,
}

impl Page<'_> {
    fn t<'t>(&self, ru: &'t str, en: &'t str) -> &'t str {
        pick(self.language, ru, en)
    }

    fn file(&self) -> &str {
        self.report.file.as_deref().unwrap_or("—")
    }

    fn number(&self, value: &f64) -> String {
        decimal(*value, 4, self.language)
    }

    /// A place in hundredths of the width, always with a point: it stands in an attribute.
    fn place(&self, value: &f64) -> String {
        format!("{value:.2}")
    }

    /// A coordinate in whole pixels.
    fn pixels(&self, value: &f64) -> String {
        format!("{value:.0}")
    }

    fn milliseconds(&self, value: &f64) -> String {
        decimal(*value, 1, self.language)
    }

    fn face(&self, index: &u32) -> Option<&Face<'_>> {
        usize::try_from(*index).ok().and_then(|index| self.tracks.get(index))
    }

    fn has_faces(&self) -> bool {
        !self.tracks.is_empty()
    }

    fn hidden_faces(&self) -> usize {
        self.report.tracks.len().saturating_sub(MOST_FACES)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::golden;
    use podlinnik_domain::analysis::CombinedState;
    use podlinnik_domain::finding::FindingState;
    use podlinnik_domain::reason::Reason;

    fn page(report: &Report, language: Language) -> String {
        let bytes = b"not really a picture";
        let pictures = ["crop-0-000.jpg", "heat-map-0-000.jpg", "frame-000.jpg", "portrait-0.jpg"]
            .map(|name| EmbeddedPicture { name, media_type: "image/jpeg", bytes });
        render(report, &pictures, language).unwrap()
    }

    /// What a reader sees: no style, no tags.
    fn visible(page: &str) -> String {
        let body = page.split_once("<body>").unwrap().1;
        let mut text = String::new();
        let mut inside = false;
        for letter in body.chars() {
            match letter {
                '<' => inside = true,
                '>' => inside = false,
                _ if !inside => text.push(letter),
                _ => {}
            }
        }
        text
    }

    #[test]
    fn nothing_is_fetched_and_nothing_runs() {
        for language in [Language::Russian, Language::English] {
            let page = page(&golden(), language);
            for foreign in
                ["http://", "https://", "<script", "javascript:", "@import", "url(", "<link", "<iframe"]
            {
                assert!(!page.contains(foreign), "{foreign}");
            }
            assert!(page.contains("default-src 'none'"));
            assert_eq!(
                page.matches("data:image/jpeg;base64,").count(),
                5,
                "cover, crop, map, portrait, frame"
            );
        }
    }

    #[test]
    fn speaks_of_findings_and_never_of_percentages_or_fakes() {
        for language in [Language::Russian, Language::English] {
            let text = visible(&page(&golden(), language)).to_lowercase();
            for word in ["%", "fake", "real ", "фейк", "подделк", "authentic"] {
                assert!(!text.contains(word), "{word}");
            }
        }
        assert!(page(&golden(), Language::Russian).contains("а не вердикт"));
        assert!(page(&golden(), Language::English).contains("This is a finding, not a verdict."));
    }

    #[test]
    fn raw_scores_stand_in_the_technical_part_only() {
        let page = page(&golden(), Language::English);
        let (shown, technical) = page.split_once("<details>").unwrap();
        assert!(!shown.contains("0.9134") && technical.contains("0.9134"));
        assert!(!visible(shown).contains("+1.08") && technical.contains("+1.08"));
    }

    #[test]
    fn english_page_has_no_russian_letter() {
        let page = page(&golden(), Language::English);
        assert!(!page.chars().any(|letter| ('а'..='я').contains(&letter.to_lowercase().next().unwrap())));
    }

    #[test]
    fn names_and_metadata_are_text_never_markup() {
        let mut report = golden();
        report.file = Some("\"><img src=x onerror=alert(1)>.mp4".into());
        report.media.metadata[0].value = "</table><script>alert(1)</script>".into();
        let page = page(&report, Language::Russian);
        assert!(!page.contains("<img src=x") && !page.contains("<script"));
    }

    #[test]
    fn only_pictures_are_embedded() {
        let report = golden();
        let bytes = b"<svg onload='alert(1)'/>";
        let picture = EmbeddedPicture { name: "frame-000.jpg", media_type: "image/svg+xml", bytes };
        assert!(!render(&report, &[picture], Language::Russian).unwrap().contains("data:image"));
    }

    #[test]
    fn every_state_and_every_reason_renders() {
        let mut report = golden();
        report.media.duration_s = None;
        report.combined.llr10 = None;
        report.combined.word = None;
        for state in CombinedState::ALL {
            report.combined.state = *state;
            for reason in Reason::ALL {
                report.combined.reason = Some(*reason);
                report.findings[1].state = FindingState::Abstained;
                report.findings[1].reason = Some(*reason);
                for language in [Language::Russian, Language::English] {
                    let page = page(&report, language);
                    assert!(page.contains(&crate::view::headline(&report.combined, language)));
                    assert!(
                        visible(&page)
                            .contains(reason.remedy().in_language(language).split('\'').next().unwrap())
                    );
                }
            }
        }
    }
}
