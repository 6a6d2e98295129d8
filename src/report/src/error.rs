//! What can go wrong when a document is made.

/// A document that cannot be made or read.
#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    /// The page's template failed.
    #[error("cannot render the page: {0}")]
    Render(#[from] askama::Error),
    /// The feed cannot be written.
    #[error("cannot write the feed: {0}")]
    Feed(#[from] std::io::Error),
    /// The card cannot be drawn.
    #[error("cannot draw the card: {0}")]
    Card(String),
    /// The PDF cannot be made.
    #[error("cannot make the PDF: {0}")]
    Pdf(String),
    /// The JSON is not a report of a version that this program knows.
    #[error("cannot read the report: {0}")]
    Json(String),
}
