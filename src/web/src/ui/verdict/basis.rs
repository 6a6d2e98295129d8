//! Rows of evidence in the form of a proposal, and what the case already holds for them.

use podlinnik_domain::analysis::Report;
use podlinnik_domain::finding::FindingState;
use podlinnik_domain::inquiry::Inquiry;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::likelihood::Word;
use podlinnik_domain::recognition::CopyStanding;
use podlinnik_domain::verdict::{Evidence, EvidenceKind};
use podlinnik_pipeline::recognition::Recognition;
use podlinnik_report::trace::lead;
use podlinnik_report::view::MethodView;

use crate::problem::Problem;
use crate::ui::form::Fields;

/// Rows of a form at most, as many as a proposal may have pieces.
const MOST_ROWS: usize = 50;
/// Empty rows that a form starts with.
const EMPTY_ROWS: usize = 2;

/// A row as it is typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) statement: String,
    pub(super) link: String,
    pub(super) sha256: String,
}

impl Row {
    fn is_empty(&self) -> bool {
        [&self.statement, &self.link, &self.sha256].iter().all(|text| text.is_empty())
    }

    fn new(kind: EvidenceKind, statement: String) -> Self {
        Self { kind: kind.code().to_owned(), statement, ..Self::default() }
    }
}

/// The rows of a form that was sent, and one more to write in.
pub(super) fn rows(fields: &Fields) -> Vec<Row> {
    let column = |name: &'static str| fields.all(name).map(str::to_owned).collect::<Vec<_>>();
    let (kinds, statements) = (column("basis_kind"), column("basis_statement"));
    let (links, digests) = (column("basis_link"), column("basis_sha256"));
    let at = |column: &[String], index: usize| column.get(index).cloned().unwrap_or_default();
    let mut rows: Vec<Row> = (0..kinds.len().min(MOST_ROWS))
        .map(|index| Row {
            kind: at(&kinds, index),
            statement: at(&statements, index),
            link: at(&links, index),
            sha256: at(&digests, index),
        })
        .filter(|row| !row.is_empty())
        .collect();
    rows.push(Row::default());
    rows
}

/// Evidence of what was typed.
///
/// # Errors
/// `validation_failed` naming the row.
pub(super) fn evidence(rows: &[Row]) -> Result<Vec<Evidence>, Problem> {
    let filled = rows.iter().filter(|row| !row.is_empty());
    filled
        .enumerate()
        .map(|(index, row)| {
            let field = |name: &str| format!("basis[{index}].{name}");
            let optional = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
            let link = optional(&row.link);
            if link
                .as_deref()
                .is_some_and(|link| !link.starts_with("https://") && !link.starts_with("http://"))
            {
                return Err(Problem::field(field("link"), "an http or https address"));
            }
            let sha256 = optional(&row.sha256).map(|text| text.parse()).transpose();
            Ok(Evidence {
                kind: row.kind.parse().map_err(|_| Problem::field(field("kind"), "a kind of evidence"))?,
                statement: row.statement.clone(),
                link,
                sha256: sha256.map_err(|_| Problem::field(field("sha256"), "64 hexadecimal digits"))?,
            })
        })
        .collect()
}

/// What the case holds already, in rows that can be changed or emptied: the original, known copies, answers of agencies, findings with support.
pub(super) fn suggested(
    report: Option<&Report>,
    recognition: &Recognition,
    inquiries: &[Inquiry],
    language: Language,
) -> Vec<Row> {
    let mut rows = Vec::new();
    if let Some(trace) = report.and_then(|report| report.trace.as_ref())
        && let Some(sentence) = lead(trace, language)
    {
        let original = trace.original.as_ref();
        rows.push(Row {
            link: original.and_then(|original| original.link.clone()).unwrap_or_default(),
            sha256: original.map(|original| original.sha256.to_string()).unwrap_or_default(),
            ..Row::new(EvidenceKind::LocatedOriginal, sentence)
        });
    }
    for copy in recognition.copies.iter().filter(|copy| copy.standing == CopyStanding::Confirmed) {
        let Some(verdict) = &copy.known.verdict else { continue };
        let sentence = format!(
            "{}: {}",
            copy.standing.judged().in_language(language),
            verdict.proposal.kind.text().in_language(language)
        );
        rows.push(Row {
            sha256: copy.known.case.media_sha256.to_string(),
            ..Row::new(EvidenceKind::KnownCopy, sentence)
        });
    }
    for inquiry in inquiries {
        let Some(answer) = &inquiry.answer else { continue };
        let sentence = format!(
            "{} ({}): {}",
            answer.name,
            answer.outcome.text().in_language(language),
            answer.statement
        );
        rows.push(Row {
            link: answer.link.clone().unwrap_or_default(),
            sha256: inquiry.answer_sha256.map(|sha256| sha256.to_string()).unwrap_or_default(),
            ..Row::new(EvidenceKind::AgencyConfirmation, sentence.chars().take(2000).collect())
        });
    }
    for finding in report.map(|report| report.findings.as_slice()).unwrap_or_default() {
        let supports = finding.word.is_some_and(|word| word != Word::NoSupport);
        if finding.state != FindingState::Finding || !supports {
            continue;
        }
        let kind = if finding.model_sha256.is_some() {
            EvidenceKind::LearnedModel
        } else {
            EvidenceKind::ForensicMethod
        };
        // The comparison with the original stands above already.
        if finding.method.as_str() != "original" {
            let view = MethodView::new(finding, language);
            rows.push(Row::new(kind, format!("{}: {}", view.name, view.state)));
        }
    }
    rows.extend(std::iter::repeat_with(Row::default).take(EMPTY_ROWS));
    rows
}

/// What to write into a row of this kind.
pub(super) const fn hint(language: Language) -> &'static str {
    Text {
        ru: "Что видно или известно, и откуда. Одна строка — одно доказательство.",
        en: "What is seen or known, and from where. One row, one piece of evidence.",
    }
    .in_language(language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_as_typed_and_empty_ones_fall_out() {
        let text = "basis_kind=circumstances&basis_statement=a&basis_link=&basis_sha256=&basis_kind=eyewitness&basis_statement=&basis_link=&basis_sha256=";
        let rows = rows(&Fields::parse(text.as_bytes()).unwrap());
        assert_eq!(rows.len(), 2, "one filled, one to write in");
        let evidence = evidence(&rows).unwrap();
        assert_eq!((evidence.len(), evidence[0].kind), (1, EvidenceKind::Circumstances));
    }

    #[test]
    fn what_is_no_address_and_no_digest_is_refused() {
        let row =
            Row { link: "javascript:alert(1)".into(), ..Row::new(EvidenceKind::Eyewitness, "x".into()) };
        assert!(evidence(&[row]).is_err());
        let row = Row { sha256: "abc".into(), ..Row::new(EvidenceKind::Eyewitness, "x".into()) };
        assert!(evidence(&[row]).is_err());
    }
}
