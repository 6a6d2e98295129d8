//! What `podlinnik check` prints for a person.

use podlinnik_domain::analysis::Report;
use podlinnik_domain::language::Language;

/// The report in words, wrapped at `width` columns, ending with a line feed.
pub fn summary(report: &Report, language: Language, width: usize) -> String {
    let _ = (report, language, width);
    String::new()
}
