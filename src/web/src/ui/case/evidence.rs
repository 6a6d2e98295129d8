//! What the machine says of an item, ready to print: the combination, every method in its fixed order, the comparison with the original.

use podlinnik_domain::analysis::{CombinedState, DerivativeKind, Report};
use podlinnik_domain::finding::{Finding, Location};
use podlinnik_domain::id::AnalysisId;
use podlinnik_domain::language::Language;
use podlinnik_report::html::{place_caption, warnings};
use podlinnik_report::trace::{Statement, lead, statements};
use podlinnik_report::view::{
    Fact, Measured, MethodView, Silence, faces_sentence, facts, headline, quality_sentence,
};

/// Places shown per method; the report has them all.
const MOST_PLACES: usize = 8;
/// Frames offered for reverse image search.
const MOST_FRAMES: usize = 12;

/// A report as the page shows it.
pub(crate) struct Evidence {
    pub(crate) headline: String,
    /// `finding`, `abstained`, `not_applicable`, `failed`.
    pub(crate) state: &'static str,
    pub(crate) measured: Option<Measured>,
    pub(crate) silence: Option<Silence>,
    /// Of the original, where one was found.
    pub(crate) lead: Option<String>,
    pub(crate) methods: Vec<Method>,
    pub(crate) origin: Vec<Statement>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) quality: String,
    pub(crate) faces: String,
    pub(crate) frames: Vec<Shown>,
    pub(crate) beside: Option<Shown>,
    pub(crate) warnings: Vec<(&'static str, String)>,
    pub(crate) metadata: Vec<(String, String)>,
    pub(crate) version: String,
}

/// One method.
pub(crate) struct Method {
    pub(crate) view: MethodView,
    pub(crate) places: Vec<Place>,
    /// For the technical part.
    pub(crate) technical: Vec<(&'static str, String)>,
}

/// A place that a finding rests on.
pub(crate) struct Place {
    pub(crate) caption: String,
    /// Where it is in the clip, for the player.
    pub(crate) at_s: Option<f64>,
    pub(crate) pictures: Vec<Shown>,
}

/// A picture of ours.
pub(crate) struct Shown {
    pub(crate) address: String,
    pub(crate) caption: String,
    pub(crate) name: String,
}

impl Evidence {
    /// Of a report.
    pub(crate) fn new(report: &Report, analysis: AnalysisId, language: Language) -> Self {
        let combined = &report.combined;
        let pictures = Pictures { report, analysis, language };
        Self {
            headline: headline(combined, language),
            state: combined.state.code(),
            measured: combined
                .llr10
                .zip(combined.word)
                .filter(|_| combined.state == CombinedState::Finding)
                .map(|(ratio, word)| Measured::new(ratio, word, combined.llr10_ceiling, language)),
            silence: combined.reason.map(|reason| Silence::new(reason, language)),
            lead: report.trace.as_ref().and_then(|trace| lead(trace, language)),
            methods: report.findings.iter().map(|finding| pictures.method(finding)).collect(),
            origin: report.trace.as_ref().map(|trace| statements(trace, language)).unwrap_or_default(),
            facts: facts(report, language),
            quality: quality_sentence(report, language),
            faces: faces_sentence(report, language),
            frames: pictures.frames(),
            beside: pictures.first(DerivativeKind::Comparison),
            warnings: warnings(report, language)
                .into_iter()
                .map(|(sentence, details)| (sentence, details.join("; ")))
                .collect(),
            metadata: report
                .media
                .metadata
                .iter()
                .map(|entry| (entry.key.clone(), entry.value.clone()))
                .collect(),
            version: report.podlinnik_version.clone(),
        }
    }
}

/// Derivatives by name.
struct Pictures<'a> {
    report: &'a Report,
    analysis: AnalysisId,
    language: Language,
}

impl Pictures<'_> {
    fn say(&self, russian: &str, english: &str) -> String {
        match self.language {
            Language::Russian => russian,
            Language::English => english,
        }
        .to_owned()
    }

    fn address(&self, name: &str) -> String {
        format!("/api/v1/analyses/{}/derivatives/{name}", self.analysis)
    }

    fn first(&self, kind: DerivativeKind) -> Option<Shown> {
        let found = self.report.derivatives.iter().find(|derivative| derivative.kind == kind)?;
        Some(Shown { address: self.address(&found.name), caption: String::new(), name: found.name.clone() })
    }

    fn frames(&self) -> Vec<Shown> {
        let whole = self.report.media.duration_s.is_none();
        self.report
            .derivatives
            .iter()
            .filter(|derivative| derivative.kind == DerivativeKind::Frame)
            .take(MOST_FRAMES)
            .map(|frame| Shown {
                address: self.address(&frame.name),
                caption: match frame.at_s.filter(|_| !whole) {
                    Some(at_s) => podlinnik_domain::recognition::time_code(at_s),
                    None => self.say("Кадр целиком", "The whole picture"),
                },
                name: frame.name.clone(),
            })
            .collect()
    }

    fn method(&self, finding: &Finding) -> Method {
        let pictured = |location: &&Location| {
            location
                .derivatives
                .iter()
                .any(|name| self.report.derivatives.iter().any(|one| one.name == *name))
        };
        let mut chosen: Vec<&Location> =
            finding.locations.iter().filter(pictured).take(MOST_PLACES).collect();
        if chosen.is_empty() {
            chosen = finding.locations.iter().take(MOST_PLACES).collect();
        }
        Method {
            view: MethodView::new(finding, self.language),
            places: chosen.into_iter().map(|location| self.place(location)).collect(),
            technical: self.technical(finding),
        }
    }

    fn place(&self, location: &Location) -> Place {
        let middle = location.span_s.map(|[start, end]| f64::midpoint(start, end));
        let pictures = location.derivatives.iter().filter_map(|name| {
            let derivative = self.report.derivatives.iter().find(|one| one.name == *name)?;
            let caption = match derivative.kind {
                DerivativeKind::Crop => {
                    self.say("Лицо, как его видел метод", "The face as the method saw it")
                }
                DerivativeKind::HeatMap => self.say("Где следы заметнее", "Where traces are stronger"),
                DerivativeKind::Frame => self.say("Кадр", "Frame"),
                _ => return None,
            };
            Some(Shown { address: self.address(name), caption, name: name.clone() })
        });
        Place {
            caption: place_caption(location, self.language),
            at_s: location.at_s.or(middle),
            pictures: pictures.collect(),
        }
    }

    /// Raw numbers: for the technical part only.
    fn technical(&self, finding: &Finding) -> Vec<(&'static str, String)> {
        let mut rows = vec![("method", format!("{} {}", finding.method, finding.version))];
        let mut add = |name, value: Option<String>| rows.extend(value.map(|value| (name, value)));
        add("model_sha256", finding.model_sha256.map(|sha256| sha256.to_string()));
        add("calibration_id", finding.calibration_id.clone());
        add("quality_bucket", finding.quality_bucket.clone());
        add("llr10", finding.llr10.map(|ratio| format!("{:+.2}", ratio.value())));
        add("llr10_ceiling", finding.llr10_ceiling.map(|ratio| format!("{:+.2}", ratio.value())));
        add("score", finding.score.map(|score| format!("{score:.4}")));
        add("reason", finding.reason.map(|reason| reason.to_string()));
        rows
    }
}
