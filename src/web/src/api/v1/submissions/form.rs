//! The upload form: one file and some words about it, in any order, streamed.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{Multipart, Request};
use axum::http::StatusCode;
use futures_util::StreamExt as _;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::Actor;
use podlinnik_domain::submission::Circumstances;
use podlinnik_pipeline::{Service, Upload};

use crate::metrics::Metrics;
use crate::problem::Problem;

/// Parts of a form: the file, four fields, and nothing else.
const MOST_PARTS: usize = 5;
/// Bytes of a text field; the longest text that is allowed has 4000 characters of at most four bytes.
const FIELD_BYTES: usize = 16 * 1024;
/// Bytes that are still read after a form was refused, so that the caller gets to read the answer.
const DRAINED_BYTES: usize = 8 * 1024 * 1024;

/// Bytes that the parser may hold that are no content yet: a part's head without end would otherwise fill the memory.
const AHEAD_BYTES: u64 = 8 * 1024 * 1024;

/// Bytes of content that were taken out of the parser.
#[derive(Debug, Clone, Default)]
pub(crate) struct Taken(Arc<AtomicU64>);

impl Taken {
    pub(crate) fn add(&self, bytes: usize) {
        self.0.fetch_add(u64::try_from(bytes).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}

/// The request with a body that breaks off when the parser takes in far more than it gives out.
pub(crate) fn bounded(request: Request) -> (Request, Taken) {
    let taken = Taken::default();
    let given = taken.clone();
    let request = request.map(|body| {
        let mut seen = 0_u64;
        Body::from_stream(body.into_data_stream().map(move |chunk| {
            let chunk = chunk?;
            seen = seen.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            if seen > given.0.load(Ordering::Relaxed).saturating_add(AHEAD_BYTES) {
                return Err(axum::Error::new("a part's head has no end"));
            }
            Ok(chunk)
        }))
    });
    (request, taken)
}

/// A form that was read to its end.
#[derive(Debug)]
pub(super) struct Form {
    /// None if there was no part of that name.
    pub(super) upload: Option<Upload>,
    pub(super) circumstances: Circumstances,
}

/// Reads forms.
pub(super) struct FormReader<'a> {
    pub(super) service: &'a Service,
    pub(super) metrics: &'a Metrics,
    pub(super) actor: &'a Actor,
    pub(super) idle_time: Duration,
    pub(super) taken: Taken,
}

impl FormReader<'_> {
    /// Reads the form; the file goes to the staging area chunk by chunk.
    pub(super) async fn read(&self, mut multipart: Multipart) -> Result<Form, Problem> {
        let result = self.read_parts(&mut multipart).await;
        if result.is_err() {
            self.drain(multipart).await;
        }
        result
    }

    async fn read_parts(&self, multipart: &mut Multipart) -> Result<Form, Problem> {
        let mut upload = None;
        let mut circumstances = Circumstances::default();
        let mut parts = 0;
        while let Some(mut field) = self.in_time(multipart.next_field()).await? {
            parts += 1;
            if parts > MOST_PARTS {
                return Err(Problem::field("form", "at most one part of each name"));
            }
            let name = field.name().unwrap_or_default().to_owned();
            let slot = match name.as_str() {
                "file" => {
                    if upload.is_some() {
                        return Err(Problem::field("file", "exactly one file"));
                    }
                    circumstances.file_name = field.file_name().map(last_component);
                    upload = Some(self.store(field).await?);
                    continue;
                }
                "source_url" => &mut circumstances.source_url,
                "network" => &mut circumstances.network,
                "region" => &mut circumstances.region,
                "note" => &mut circumstances.note,
                other => {
                    let shown: String = other.chars().take(80).collect();
                    return Err(Problem::field(shown, "not a field of this form"));
                }
            };
            if slot.is_some() {
                return Err(Problem::field(name, "at most once"));
            }
            *slot = Some(self.text(&name, &mut field).await?);
        }
        Ok(Form { upload, circumstances })
    }

    async fn store(&self, mut field: Field<'_>) -> Result<Upload, Problem> {
        let mut upload = self.service.upload_start(self.actor).await?;
        while let Some(chunk) = self.in_time(field.chunk()).await? {
            self.taken.add(chunk.len());
            upload.write(&chunk).await?;
            self.metrics.upload_bytes.inc_by(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        }
        Ok(upload)
    }

    async fn text(&self, name: &str, field: &mut Field<'_>) -> Result<String, Problem> {
        let mut bytes = Vec::new();
        while let Some(chunk) = self.in_time(field.chunk()).await? {
            self.taken.add(chunk.len());
            if bytes.len() + chunk.len() > FIELD_BYTES {
                return Err(Problem::field(name, "a text within its limit"));
            }
            bytes.extend_from_slice(&chunk);
        }
        String::from_utf8(bytes).map_err(|_| Problem::field(name, "text in UTF-8"))
    }

    /// Fails when nothing comes for too long.
    async fn in_time<T>(&self, next: impl Future<Output = Result<T, MultipartError>>) -> Result<T, Problem> {
        match tokio::time::timeout(self.idle_time, next).await {
            Ok(result) => result.map_err(|error| broken(&error)),
            Err(_) => Err(ErrorCode::RequestTimeout.into()),
        }
    }

    async fn drain(&self, mut multipart: Multipart) {
        let reading = async {
            let mut left = DRAINED_BYTES;
            while let Ok(Some(mut field)) = multipart.next_field().await {
                while let Ok(Some(chunk)) = field.chunk().await {
                    self.taken.add(chunk.len());
                    left = match left.checked_sub(chunk.len()) {
                        Some(left) => left,
                        None => return,
                    };
                }
            }
        };
        let _ = tokio::time::timeout(Duration::from_secs(2), reading).await;
    }
}

/// The form itself is broken: not multipart, cut off, or too large.
fn broken(error: &MultipartError) -> Problem {
    tracing::debug!(%error, "form is broken: {error}");
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ErrorCode::MediaTooLarge.into()
    } else {
        ErrorCode::BadRequest.into()
    }
}

/// A name without the folders that some clients send along.
fn last_component(name: &str) -> String {
    name.rsplit(['/', '\\']).next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_cut_off_a_name() {
        for (given, kept) in [
            ("clip.mp4", "clip.mp4"),
            ("../../etc/passwd", "passwd"),
            ("C:\\Users\\a\\b.mov", "b.mov"),
            ("x/", ""),
        ] {
            assert_eq!(last_component(given), kept);
        }
    }

    #[tokio::test]
    async fn a_body_breaks_off_when_nothing_is_taken_out() {
        let endless = futures_util::stream::repeat_with(|| Ok::<_, axum::Error>(vec![b'x'; 1024 * 1024]));
        let (request, _taken) = bounded(Request::new(Body::from_stream(endless)));
        let mut chunks = request.into_body().into_data_stream();
        let mut passed = 0;
        while let Some(Ok(_)) = chunks.next().await {
            passed += 1;
        }
        assert_eq!(passed, AHEAD_BYTES / (1024 * 1024));

        let endless = futures_util::stream::repeat_with(|| Ok::<_, axum::Error>(vec![b'x'; 1024 * 1024]));
        let (request, taken) = bounded(Request::new(Body::from_stream(endless.take(50))));
        let mut chunks = request.into_body().into_data_stream();
        while let Some(chunk) = chunks.next().await {
            taken.add(chunk.expect("what is taken out makes room").len());
        }
    }
}
