//! What `podlinnik check` prints for a person: plain text that reads without colour.

use std::fmt::Write as _;

use podlinnik_domain::analysis::Report;
use podlinnik_domain::language::Language;

use crate::figures::clock;
use crate::view::{
    Measured, MethodView, Silence, capitalised, faces_sentence, facts, headline, quality_sentence,
};
use crate::wording::{pick, warning};

/// Places named per method.
const MOST_PLACES: usize = 5;
/// Narrower than this nothing is readable; wider lines are hard to follow.
const WIDTHS: std::ops::RangeInclusive<usize> = 40..=100;

/// The report in words, wrapped at `width` columns (40 to 100), ending with a line feed.
pub fn summary(report: &Report, language: Language, width: usize) -> String {
    let mut page = Paper::new(width);
    let t = |ru, en| pick(language, ru, en);
    page.line(0, report.file.as_deref().unwrap_or("-"));
    page.line(2, &headline(&report.combined, language));
    if let (Some(ratio), Some(word)) = (report.combined.llr10, report.combined.word) {
        let measured = Measured::new(ratio, word, report.combined.llr10_ceiling, language);
        page.line(2, &measured.meaning);
        page.line(2, measured.ceiling.as_deref().unwrap_or_default());
    }
    if let Some(reason) = report.combined.reason {
        page.silence(2, &Silence::new(reason, language), language);
    }
    page.line(
        2,
        t(
            "Это результат машинного анализа, а не вердикт: решают люди.",
            "This is a finding, not a verdict: people decide.",
        ),
    );
    page.gap();
    let facts: Vec<_> = facts(report, language).into_iter().map(|(_, value)| value).collect();
    page.line(2, &facts.join(", "));
    page.line(2, &format!("{} {}", quality_sentence(report, language), faces_sentence(report, language)));
    page.gap();
    for finding in &report.findings {
        let view = MethodView::new(finding, language);
        page.line(2, &format!("{}: {}", view.name, lower(&view.state)));
        if let Some(measured) = &view.measured {
            page.line(4, &measured.meaning);
            page.line(4, measured.ceiling.as_deref().unwrap_or_default());
        }
        page.line(4, view.false_positives.as_deref().unwrap_or_default());
        if let Some(silence) = &view.silence {
            page.silence(4, silence, language);
        }
        page.line(4, view.error.unwrap_or_default());
        let mut moments: Vec<String> = Vec::new();
        for at_s in finding.locations.iter().filter(|it| !it.comparison).filter_map(|it| it.at_s) {
            let moment = clock(at_s, language);
            if moments.len() < MOST_PLACES && !moments.contains(&moment) {
                moments.push(moment);
            }
        }
        if !moments.is_empty() && report.media.duration_s.is_some() {
            page.line(
                4,
                &format!(
                    "{} {}",
                    t("Самые показательные моменты:", "Most telling moments:"),
                    moments.join("; ")
                ),
            );
        }
    }
    if !report.warnings.is_empty() {
        page.gap();
        for entry in &report.warnings {
            let detail = entry.detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})"));
            page.line(2, &format!("! {}{detail}", warning(entry.code).in_language(language)));
        }
    }
    page.text
}

/// The first letter in lower case, for use after a colon.
fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

pub(crate) struct Paper {
    text: String,
    width: usize,
}

impl Paper {
    /// An empty page of `width` columns (40 to 100).
    pub(crate) fn new(width: usize) -> Self {
        Self { text: String::new(), width: width.clamp(*WIDTHS.start(), *WIDTHS.end()) }
    }

    /// What was written.
    pub(crate) fn into_text(self) -> String {
        self.text
    }

    pub(crate) fn gap(&mut self) {
        self.text.push('\n');
    }

    fn silence(&mut self, indent: usize, silence: &Silence, language: Language) {
        self.line(indent, silence.why);
        self.line(
            indent,
            &format!("{} {}", pick(language, "Что поможет.", "What would help."), silence.remedy),
        );
    }

    /// A paragraph, wrapped with a hanging indent; nothing for an empty text. Control characters, which a file's name or metadata can carry to
    /// the terminal, are shown as a question mark.
    pub(crate) fn line(&mut self, indent: usize, text: &str) {
        let shown: String =
            text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter }).collect();
        let mut column = 0;
        for word in shown.split_whitespace() {
            let length = word.chars().count();
            if column > 0 && column + 1 + length > self.width {
                self.text.push('\n');
                column = 0;
            }
            if column == 0 {
                let _ = write!(self.text, "{:indent$}", "");
                column = indent + length;
            } else {
                self.text.push(' ');
                column += 1 + length;
            }
            self.text.push_str(word);
        }
        if column > 0 {
            self.text.push('\n');
        }
    }
}

/// One sentence for a file that was refused.
pub fn refusal(name: &str, sentence: &str) -> String {
    let mut page = Paper { text: String::new(), width: *WIDTHS.end() };
    page.line(0, name);
    page.line(2, &capitalised(sentence));
    page.text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::golden;

    #[test]
    fn says_everything_in_russian() {
        insta::assert_snapshot!(summary(&golden(), Language::Russian, 100));
    }

    #[test]
    fn says_everything_in_english() {
        insta::assert_snapshot!(summary(&golden(), Language::English, 80));
    }

    #[test]
    fn a_name_cannot_move_the_cursor_and_lines_stay_narrow() {
        let mut report = golden();
        report.file = Some("\u{1b}[2Jclip\u{7}.mp4".into());
        let text = summary(&report, Language::English, 10);
        assert!(!text.chars().any(|letter| letter.is_control() && letter != '\n'));
        assert!(text.lines().all(|line| line.chars().count() <= 40 || !line.trim().contains(' ')));
    }

    #[test]
    fn no_percentage_and_no_verdict_word() {
        for language in [Language::Russian, Language::English] {
            let text = summary(&golden(), language, 100).to_lowercase();
            for word in ["%", "fake", "real ", "фейк", "подделк"] {
                assert!(!text.contains(word), "{word}: {text}");
            }
        }
    }
}
