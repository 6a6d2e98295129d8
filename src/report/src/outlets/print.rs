//! Print: plain text, a line a paragraph, with typographic signs. The layout's program breaks the lines.

use super::post::{Source, source_title};

/// The text.
pub(crate) fn text(source: &Source<'_>) -> String {
    let mut lines = vec![source.heading().to_uppercase(), source.title()];
    if let Some(state) = source.state() {
        let statement =
            source.last_statement().map_or_else(String::new, |statement| format!(". {statement}"));
        lines.push(format!("{}{statement}", state.to_uppercase()));
    }
    if !source.is_withdrawn() {
        if let Some(claim) = source.claim() {
            lines.push(format!("{}: {claim}", source.t("Что утверждают", "The claim")));
        }
        if let Some(rating) = source.rating() {
            let label = source.t("Оценка утверждения", "Rating of the claim");
            lines.push(format!("{label}: {rating}."));
        }
        lines.push(format!("{}: {}", source.t("Как на самом деле", "What is true"), source.truth()));
        lines.push(format!("{}: {}", source.t("Что неверно", "What is untrue"), source.body()));
        if let Some(spread) = source.spread() {
            lines.push(format!("{}: {spread}", source.t("Как распространялось", "How it spread")));
        }
        let label = source.t("Вердикт о материале", "Verdict on the media");
        lines.push(format!("{label}: {}.", source.verdict()));
        let titles: Vec<_> = source.notice.text.sources.iter().map(source_title).collect();
        if !titles.is_empty() {
            lines.push(format!("{}: {}.", source.t("Источники", "Sources"), titles.join("; ")));
        }
    }
    lines.push(format!("{}. {}", source.context.organisation, source.link()));
    let mut text = lines.join("\n\n");
    text.push('\n');
    text
}
