//! Headers of the tus protocol, version 1.0.0.

use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::fmt::rfc2822::DateTimePrinter;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::UploadId;
use podlinnik_domain::submission::Circumstances;
use podlinnik_pipeline::uploads::UploadStatus;

use crate::problem::Problem;
use crate::state::AppState;

/// The version that is spoken here.
pub(super) const VERSION: &str = "1.0.0";
/// What is offered beyond the core.
pub(super) const EXTENSIONS: &str = "creation,creation-with-upload,expiration,termination,checksum";
/// The media type of a piece.
pub(super) const PIECE_TYPE: &str = "application/offset+octet-stream";

pub(super) const TUS_RESUMABLE: HeaderName = HeaderName::from_static("tus-resumable");
pub(super) const TUS_VERSION: HeaderName = HeaderName::from_static("tus-version");
pub(super) const TUS_EXTENSION: HeaderName = HeaderName::from_static("tus-extension");
pub(super) const TUS_MAX_SIZE: HeaderName = HeaderName::from_static("tus-max-size");
pub(super) const TUS_CHECKSUM_ALGORITHM: HeaderName = HeaderName::from_static("tus-checksum-algorithm");
const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const UPLOAD_LENGTH: HeaderName = HeaderName::from_static("upload-length");
const UPLOAD_EXPIRES: HeaderName = HeaderName::from_static("upload-expires");
const UPLOAD_METADATA: HeaderName = HeaderName::from_static("upload-metadata");
const UPLOAD_CHECKSUM: HeaderName = HeaderName::from_static("upload-checksum");
const SUBMISSION: HeaderName = HeaderName::from_static("podlinnik-submission");

/// A caller who speaks the version that is spoken here.
#[derive(Debug)]
pub(crate) struct Tus;

impl FromRequestParts<AppState> for Tus {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        let spoken = parts.headers.get(TUS_RESUMABLE).map(HeaderValue::as_bytes);
        if spoken == Some(VERSION.as_bytes()) {
            Ok(Self)
        } else {
            Err(ErrorCode::UploadVersionUnsupported.into())
        }
    }
}

/// Where an upload is found.
pub(super) fn address(id: UploadId) -> String {
    format!("/api/v1/uploads/{id}")
}

/// Whether the body is a piece.
pub(super) fn is_piece(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().eq_ignore_ascii_case(PIECE_TYPE.as_bytes()))
}

/// `Upload-Length`.
pub(crate) fn length(headers: &HeaderMap) -> Result<u64, Problem> {
    number(headers, &UPLOAD_LENGTH)
        .ok_or_else(|| Problem::field("Upload-Length", "the number of bytes in all, known at the beginning"))
}

/// `Upload-Offset`.
pub(super) fn offset(headers: &HeaderMap) -> Result<u64, Problem> {
    number(headers, &UPLOAD_OFFSET)
        .ok_or_else(|| Problem::field("Upload-Offset", "the number of bytes before this piece"))
}

fn number(headers: &HeaderMap, name: &HeaderName) -> Option<u64> {
    let text = headers.get(name)?.to_str().ok()?;
    text.bytes().all(|digit| digit.is_ascii_digit()).then(|| text.parse().ok())?
}

/// `Upload-Checksum: sha256 <Base64>`.
pub(crate) fn checksum(headers: &HeaderMap) -> Result<Option<Sha256>, Problem> {
    let Some(header) = headers.get(UPLOAD_CHECKSUM) else { return Ok(None) };
    let read = || {
        let (algorithm, digest) = header.to_str().ok()?.split_once(' ')?;
        let digest = STANDARD.decode(digest.trim()).ok()?;
        (algorithm == "sha256").then(|| Sha256::try_from(digest.as_slice()).ok())?
    };
    read().map(Some).ok_or_else(|| {
        Problem::new(ErrorCode::BadRequest)
            .with_field("Upload-Checksum", "`sha256`, a space, and the digest in Base64")
    })
}

/// `Upload-Metadata`: what is said about the item. Names that mean nothing here are passed over, as other clients' are many.
pub(crate) fn metadata(headers: &HeaderMap) -> Result<Circumstances, Problem> {
    let wrong =
        || Problem::field("Upload-Metadata", "names, each with its value in Base64, separated by commas");
    let mut said = Circumstances::default();
    let Some(header) = headers.get(UPLOAD_METADATA) else { return Ok(said) };
    for pair in header.to_str().map_err(|_| wrong())?.split(',') {
        let (name, value) = pair.trim().split_once(' ').unwrap_or((pair.trim(), ""));
        let slot = match name {
            "filename" => &mut said.file_name,
            "network" => &mut said.network,
            "region" => &mut said.region,
            "source_url" => &mut said.source_url,
            "note" => &mut said.note,
            _ => continue,
        };
        let value = STANDARD.decode(value.trim()).map_err(|_| wrong())?;
        let value = String::from_utf8(value).map_err(|_| wrong())?;
        if slot.replace(value).is_some() {
            return Err(Problem::field("Upload-Metadata", "each name at most once"));
        }
    }
    said.file_name =
        said.file_name.map(|name| name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned());
    Ok(said)
}

/// The same as a header; none where nothing was said.
pub(crate) fn write_metadata(said: &Circumstances) -> Option<String> {
    let pairs = [
        ("filename", &said.file_name),
        ("network", &said.network),
        ("region", &said.region),
        ("source_url", &said.source_url),
        ("note", &said.note),
    ];
    let pairs: Vec<String> = pairs
        .into_iter()
        .filter_map(|(name, value)| Some(format!("{name} {}", STANDARD.encode(value.as_ref()?))))
        .collect();
    (!pairs.is_empty()).then(|| pairs.join(","))
}

/// How an upload stands, as an answer to a piece.
pub(super) fn progress(status: &UploadStatus) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(UPLOAD_OFFSET, HeaderValue::from(status.offset));
    match status.submission {
        None => {
            let expires = DateTimePrinter::new().timestamp_to_rfc9110_string(&status.expires_at);
            if let Some(value) = expires.ok().and_then(|text| HeaderValue::try_from(text).ok()) {
                headers.insert(UPLOAD_EXPIRES, value);
            }
        }
        Some(submission) => {
            for (name, value) in [
                (SUBMISSION, submission.to_string()),
                (LOCATION, format!("/api/v1/submissions/{submission}")),
            ] {
                if let Ok(value) = HeaderValue::try_from(value) {
                    headers.insert(name, value);
                }
            }
        }
    }
    headers
}

/// The same with all that was said at the beginning.
pub(super) fn whole(status: &UploadStatus) -> HeaderMap {
    let mut headers = progress(status);
    headers.insert(UPLOAD_LENGTH, HeaderValue::from(status.length));
    if let Some(value) =
        write_metadata(&status.circumstances).and_then(|text| HeaderValue::try_from(text).ok())
    {
        headers.insert(UPLOAD_METADATA, value);
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::try_from(value).unwrap())])
    }

    #[test]
    fn metadata_survives_its_header() {
        let said = Circumstances {
            file_name: Some("Клип.mp4".into()),
            region: Some("RU-TAM".into()),
            note: Some("Прислали в чат, трижды".into()),
            ..Circumstances::default()
        };
        let header = write_metadata(&said).unwrap();
        assert_eq!(metadata(&with("upload-metadata", &header)).unwrap(), said);
        assert_eq!(write_metadata(&Circumstances::default()), None);
        assert_eq!(metadata(&HeaderMap::new()).unwrap(), Circumstances::default());
        let foreign =
            metadata(&with("upload-metadata", "filetype dmlkZW8=, is_confidential,filename Li4vYQ=="))
                .unwrap();
        assert_eq!(foreign.file_name.as_deref(), Some("a"), "folders are cut off");
        for wrong in ["filename", "filename !", "filename /w==", "note YQ==,note YQ=="] {
            let read = metadata(&with("upload-metadata", wrong));
            assert!(read.is_err() || wrong == "filename", "{wrong}");
        }
    }

    #[test]
    fn numbers_are_digits_and_checksums_are_sha256() {
        assert_eq!(length(&with("upload-length", "100")).unwrap(), 100);
        for wrong in ["", "-1", "+1", "1e3", "18446744073709551616"] {
            assert!(length(&with("upload-length", wrong)).is_err(), "{wrong}");
        }
        let digest = Sha256::of(b"a");
        let header = format!("sha256 {}", STANDARD.encode(digest.as_bytes()));
        assert_eq!(checksum(&with("upload-checksum", &header)).unwrap(), Some(digest));
        for wrong in ["md5 AAAA", "sha256 AAAA", "sha256", "sha256 !"] {
            assert!(checksum(&with("upload-checksum", wrong)).is_err(), "{wrong}");
        }
    }
}
