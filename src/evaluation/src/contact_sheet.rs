//! The worst mistakes as pictures: a page of its own that shows people and must not be published.

use askama::Template;
use base64::Engine as _;

use crate::report::{EvaluationReport, Mistake};
use crate::set::Label;

/// A picture of one mistake.
#[derive(Clone)]
pub struct Thumbnail {
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl std::fmt::Debug for Thumbnail {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Thumbnail")
            .field("media_type", &self.media_type)
            .field("size", &self.bytes.len())
            .finish()
    }
}

#[derive(Template)]
#[template(path = "mistakes.html")]
struct Page<'a> {
    report: &'a EvaluationReport,
    cards: Vec<Card<'a>>,
}

struct Card<'a> {
    mistake: &'a Mistake,
    number: usize,
    truth: &'static str,
    said: String,
    address: Option<String>,
}

/// Renders the page; `thumbnails` in the order of the report's mistakes.
///
/// # Errors
/// If the template fails.
pub fn render(report: &EvaluationReport, thumbnails: &[Option<Thumbnail>]) -> Result<String, askama::Error> {
    let none = std::iter::repeat(&None);
    let cards = report
        .mistakes
        .iter()
        .zip(thumbnails.iter().chain(none))
        .enumerate()
        .map(|(index, (mistake, thumbnail))| Card {
            mistake,
            number: index + 1,
            truth: if mistake.label == Label::Fake { "fake" } else { "genuine" },
            said: said(mistake),
            address: thumbnail.as_ref().map(|thumbnail| {
                let bytes = base64::engine::general_purpose::STANDARD.encode(&thumbnail.bytes);
                format!("data:{};base64,{bytes}", thumbnail.media_type)
            }),
        })
        .collect();
    Page { report, cards }.render()
}

fn said(mistake: &Mistake) -> String {
    let score = mistake.score.map(|score| format!("score {score:.3}"));
    match (mistake.llr10, &mistake.reason) {
        (Some(llr10), _) => format!("answered {llr10:+.2}, {}", score.unwrap_or_default()),
        (None, Some(reason)) => {
            format!("no answer ({}), {}", reason.replace('_', " "), score.unwrap_or_default())
        }
        (None, None) => score.unwrap_or_default(),
    }
}
