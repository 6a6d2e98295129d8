//! Every failure as an RFC 9457 problem. Handlers answer with a [`Problem`]; `observe` writes it in the caller's language.

use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Language;
use podlinnik_pipeline::{BlobError, ServiceError};
use podlinnik_report::ReportError;
use serde::{Deserialize, Serialize};

/// The media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// 460, which the tus protocol has made up for a part whose checksum does not match.
const CHECKSUM_MISMATCH: StatusCode = match StatusCode::from_u16(460) {
    Ok(status) => status,
    Err(_) => StatusCode::BAD_REQUEST,
};

/// Seconds after which a store that is away is worth another try.
const STORE_WAIT_S: u32 = 15;
/// Seconds after which another server may answer.
const SERVER_WAIT_S: u32 = 1;

/// The HTTP status of a code. The only place where this is decided.
pub const fn status(code: ErrorCode) -> StatusCode {
    match code {
        ErrorCode::BadRequest | ErrorCode::IdempotencyKeyInvalid => StatusCode::BAD_REQUEST,
        ErrorCode::Unauthenticated | ErrorCode::TokenExpired => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden | ErrorCode::SamePerson | ErrorCode::SecondFactorNeeded => StatusCode::FORBIDDEN,
        ErrorCode::NotFound | ErrorCode::MediaNotFound => StatusCode::NOT_FOUND,
        ErrorCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::WrongState
        | ErrorCode::Conflict
        | ErrorCode::ClaimedByAnother
        | ErrorCode::BreakGlassClosed
        | ErrorCode::VerdictOutdated
        | ErrorCode::LastAdministrator
        | ErrorCode::UploadOffsetMismatch
        | ErrorCode::AnalysisFailed => StatusCode::CONFLICT,
        ErrorCode::UploadLocked => StatusCode::LOCKED,
        ErrorCode::UploadExpired => StatusCode::GONE,
        ErrorCode::UploadChecksumMismatch => CHECKSUM_MISMATCH,
        ErrorCode::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
        ErrorCode::StaleRevision | ErrorCode::UploadVersionUnsupported => StatusCode::PRECONDITION_FAILED,
        ErrorCode::PreconditionRequired => StatusCode::PRECONDITION_REQUIRED,
        ErrorCode::MediaTooLarge | ErrorCode::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorCode::ValidationFailed
        | ErrorCode::MissingFile
        | ErrorCode::BasisInsufficient
        | ErrorCode::ReasonRequired
        | ErrorCode::ChecklistIncomplete
        | ErrorCode::IdempotencyKeyReused
        | ErrorCode::ReceiverAddressForbidden
        | ErrorCode::ChannelNotConfigured
        | ErrorCode::MediaEmpty
        | ErrorCode::MediaIsDirectory
        | ErrorCode::MediaUnreadable
        | ErrorCode::MediaUnsupported
        | ErrorCode::MediaTooManyPixels
        | ErrorCode::MediaTooLong
        | ErrorCode::MediaTooManyStreams
        | ErrorCode::MediaDamaged
        | ErrorCode::MediaNoFrames
        | ErrorCode::MediaTimeLimit
        | ErrorCode::MediaMemoryLimit
        | ErrorCode::MediaReaderDied
        | ErrorCode::LinkForbidden
        | ErrorCode::LinkUnresolved
        | ErrorCode::LinkUnreachable
        | ErrorCode::LinkTlsFailed
        | ErrorCode::LinkNeedsLogin
        | ErrorCode::LinkGone
        | ErrorCode::LinkRefused
        | ErrorCode::LinkBusy
        | ErrorCode::LinkTooManyRedirects
        | ErrorCode::LinkTooLarge
        | ErrorCode::LinkTooSlow
        | ErrorCode::LinkTruncated
        | ErrorCode::LinkNotMedia
        | ErrorCode::LinkNoClip
        | ErrorCode::LinkPostsUnsupported
        | ErrorCode::LinkRegionLocked
        | ErrorCode::LinkToolFailed
        | ErrorCode::LinkGivenUp => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorCode::RateLimited | ErrorCode::TooManyUploads | ErrorCode::TooManyLinks => {
            StatusCode::TOO_MANY_REQUESTS
        }
        ErrorCode::NotReady | ErrorCode::StorageUnavailable | ErrorCode::UploadElsewhere => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorCode::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        ErrorCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// A field, parameter or header that breaks its rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct FieldProblem {
    /// Name of the field, parameter or header; a path such as `basis[0].kind` inside JSON.
    #[schema(example = "source_url")]
    pub field: String,
    /// The rule that it breaks.
    #[schema(example = "an http or https address of at most 2048 characters")]
    pub rule: String,
}

/// The document that a caller gets (RFC 9457).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ProblemDocument {
    /// Where the code is explained, relative to the service.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not_found")]
    pub kind: String,
    /// The code in words, in the caller's language.
    #[schema(example = "Не найдено")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 404)]
    pub status: u16,
    /// What went wrong here, in the caller's language.
    #[schema(example = "Не найдено.")]
    pub detail: String,
    /// The stable code, for programs.
    pub code: ErrorCode,
    /// The request's identifier; the service's log has it too.
    #[schema(example = "0199c7a2-6a34-7cc0-9b0e-3f6d5a1c2b4d")]
    pub request_id: String,
    /// Fields that break their rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// `detail` once more, where clients of Hasher-Matcher-Actioner look for it; below `/hma` only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What a handler answers instead of its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The status; that of the code unless the router answered with another.
    status: StatusCode,
    /// The code.
    code: ErrorCode,
    /// Fields that break their rules.
    errors: Vec<FieldProblem>,
    /// Seconds after which trying again makes sense.
    retry_after: Option<u32>,
}

impl Problem {
    /// A problem with nothing but its code.
    pub const fn new(code: ErrorCode) -> Self {
        Self { status: status(code), code, errors: Vec::new(), retry_after: None }
    }

    /// A field that breaks its rule.
    pub fn field(field: impl Into<String>, rule: impl Into<String>) -> Self {
        Self::new(ErrorCode::ValidationFailed).with_field(field, rule)
    }

    /// A conditional header is needed and missing or unusable (RFC 6585 §3).
    pub fn precondition_required() -> Self {
        Self::new(ErrorCode::PreconditionRequired)
            .with_field("If-Match", "the ETag of the record as you last saw it, for example \"3\"")
    }

    /// Adds a field that breaks its rule.
    #[must_use]
    pub fn with_field(mut self, field: impl Into<String>, rule: impl Into<String>) -> Self {
        self.errors.push(FieldProblem { field: field.into(), rule: rule.into() });
        self
    }

    /// Says when trying again makes sense.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The code.
    pub const fn code(&self) -> ErrorCode {
        self.code
    }

    /// The HTTP status that it goes out with.
    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    /// Fields that break their rules.
    pub(crate) fn fields(&self) -> &[FieldProblem] {
        &self.errors
    }

    /// Seconds after which trying again makes sense.
    pub(crate) const fn wait_s(&self) -> Option<u32> {
        self.retry_after
    }

    /// The problem behind a bare error status that did not come from a handler (router, body limit, time limit, panic).
    pub(crate) fn from_bare_status(status: StatusCode) -> Self {
        let code = match status {
            StatusCode::NOT_FOUND => ErrorCode::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => ErrorCode::MethodNotAllowed,
            StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
            StatusCode::SERVICE_UNAVAILABLE => ErrorCode::NotReady,
            status if status.is_server_error() => ErrorCode::Internal,
            _ => ErrorCode::BadRequest,
        };
        Self { status, ..Self::new(code) }
    }

    /// The document in `language`.
    pub fn document(&self, language: Language, request_id: &str) -> ProblemDocument {
        let text = self.code.text().in_language(language);
        let fields: Vec<_> = self.errors.iter().map(|error| error.field.as_str()).collect();
        ProblemDocument {
            kind: format!("/problems/{}", self.code),
            title: text.trim_end_matches('.').to_owned(),
            status: self.status.as_u16(),
            detail: if fields.is_empty() {
                text.to_owned()
            } else {
                format!("{text} ({})", fields.join(", "))
            },
            code: self.code,
            request_id: request_id.to_owned(),
            errors: self.errors.clone(),
            message: None,
        }
    }

    /// The response in `language`, with the headers that were set so far; with a `message` for callers who look for one.
    pub(crate) fn write(
        &self,
        language: Language,
        request_id: &str,
        with_message: bool,
        mut headers: HeaderMap,
    ) -> Response {
        let mut document = self.document(language, request_id);
        document.message = with_message.then(|| document.detail.clone());
        let body = serde_json::to_vec(&document).unwrap_or_default();
        headers.remove(axum::http::header::CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
        headers.append(VARY, HeaderValue::from_static("accept-language, cookie"));
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"podlinnik\""));
        }
        if let Some(seconds) = self.retry_after {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        (self.status, headers, body).into_response()
    }
}

impl IntoResponse for Problem {
    /// A bare status that carries the problem; `observe` writes the document, which needs the caller's language.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<ErrorCode> for Problem {
    fn from(code: ErrorCode) -> Self {
        Self::new(code)
    }
}

impl From<ServiceError> for Problem {
    fn from(error: ServiceError) -> Self {
        let code = error.code();
        match code {
            ErrorCode::Internal => tracing::error!(%error, "use case failed: {error}"),
            ErrorCode::StorageUnavailable => tracing::warn!(%error, "refused for now: {error}"),
            _ => {}
        }
        let problem = Self::new(code);
        match error {
            ServiceError::Invalid(fields) => {
                fields.iter().fold(problem, |problem, field| problem.with_field(field.field, field.rule))
            }
            ServiceError::RateLimited { seconds } => problem.retry_after(seconds),
            // The page shows the texts in the reader's language by these codes.
            ServiceError::Incomplete(missing) => {
                missing.iter().fold(problem, |problem, item| problem.with_field(item.code(), item.text().en))
            }
            _ => match code {
                ErrorCode::StorageUnavailable => problem.retry_after(STORE_WAIT_S),
                ErrorCode::UploadElsewhere => problem.retry_after(SERVER_WAIT_S),
                _ => problem,
            },
        }
    }
}

impl From<BlobError> for Problem {
    fn from(error: BlobError) -> Self {
        ServiceError::from(error).into()
    }
}

impl From<ReportError> for Problem {
    fn from(error: ReportError) -> Self {
        tracing::error!(%error, "document cannot be made: {error}");
        Self::new(ErrorCode::Internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_is_a_success_and_only_our_own_failures_are_server_errors() {
        let ours = [
            ErrorCode::Internal,
            ErrorCode::NotReady,
            ErrorCode::NotImplemented,
            ErrorCode::StorageUnavailable,
            ErrorCode::UploadElsewhere,
        ];
        for code in ErrorCode::ALL {
            let status = status(*code);
            assert!(status.is_client_error() || status.is_server_error(), "{code}");
            assert_eq!(status.is_server_error(), ours.contains(code), "{code}");
        }
    }

    #[test]
    fn document_speaks_the_callers_language() {
        let problem = Problem::field("region", "a code such as RU-TAM");
        let document = problem.document(Language::English, "r-1");
        assert_eq!(document.detail, "Fields of the request are invalid. (region)");
        assert_eq!(document.kind, "/problems/validation_failed");
        assert_eq!((document.status, document.request_id.as_str()), (422, "r-1"));
        assert!(problem.document(Language::Russian, "r-1").title.starts_with("Поля"));
    }

    #[test]
    fn an_internal_message_never_gets_into_the_document() {
        let problem = Problem::from(ServiceError::Internal("password of the database".into()));
        let text = serde_json::to_string(&problem.document(Language::English, "r")).unwrap();
        assert!(!text.contains("password"), "{text}");
    }
}
