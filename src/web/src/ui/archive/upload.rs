//! `POST /desk/archive/new/file`: a file and what is said of it, as one form. The token stands in the address: the body is read as a stream, and only once.

use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest as _, Multipart, RawQuery, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_pipeline::Upload;

use super::add::{again, attribution};
use crate::api::v1::submissions::{Taken, bounded};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, TOKEN, same};
use crate::ui::shell::{Reader, go_on};
use crate::ui::visitor::{Visitor, is_same_origin};

/// Texts of the form; each comes once.
const TEXTS: [&str; 5] = ["title", "source", "recorded", "link", "vouched_by"];
/// Bytes of a text field.
const FIELD_BYTES: usize = 16 * 1024;

/// The form as far as it was read: what was typed survives a file that is refused.
#[derive(Default)]
struct Read {
    upload: Option<Upload>,
    texts: Vec<(String, String)>,
}

pub(super) async fn uploaded(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let parameters = Fields::parse(query.unwrap_or_default().as_bytes())?;
    if !is_same_origin(&headers) || !same(parameters.get(TOKEN), &visitor.csrf) {
        return Err(ErrorCode::Forbidden.into());
    }
    let (request, taken) = bounded(request);
    let multipart =
        Multipart::from_request(request, &state).await.map_err(|_| ErrorCode::UnsupportedMediaType)?;
    let Ok(_permit) = state.uploads.try_acquire() else {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(5));
    };
    let mut read = Read::default();
    let whole = take(&state, &visitor, multipart, &taken, &mut read).await;
    let typed = Fields::of(read.texts);
    let added = match (whole, read.upload) {
        (Err(problem), _) => Err(problem),
        (Ok(()), None) => Err(ErrorCode::MissingFile.into()),
        (Ok(()), Some(upload)) => match attribution(&typed) {
            Ok(said) => {
                state.service.original_upload(&visitor.actor, upload, said).await.map_err(Problem::from)
            }
            Err(problem) => Err(problem),
        },
    };
    match added {
        Ok(item) => Ok(go_on(&format!("/desk/archive/{}", item.id), "original_added")),
        Err(problem) => again(&state, visitor, reader, problem, typed).await,
    }
}

async fn take(
    state: &AppState,
    visitor: &Visitor,
    mut multipart: Multipart,
    taken: &Taken,
    read: &mut Read,
) -> Result<(), Problem> {
    while let Some(mut field) = in_time(state, multipart.next_field()).await? {
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" && read.upload.is_none() {
            if field.file_name().is_some_and(|name| !name.is_empty()) {
                read.upload = Some(store(state, visitor, field, taken).await?);
            }
            continue;
        }
        if !TEXTS.contains(&name.as_str()) || read.texts.iter().any(|(had, _)| *had == name) {
            return Err(ErrorCode::BadRequest.into());
        }
        let text = words(state, &mut field, taken).await?;
        read.texts.push((name, text));
    }
    Ok(())
}

async fn store(
    state: &AppState,
    visitor: &Visitor,
    mut field: Field<'_>,
    taken: &Taken,
) -> Result<Upload, Problem> {
    let mut upload = state.service.original_upload_start(&visitor.actor).await?;
    while let Some(chunk) = in_time(state, field.chunk()).await? {
        taken.add(chunk.len());
        upload.write(&chunk).await?;
        state.metrics.upload_bytes.inc_by(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
    }
    Ok(upload)
}

async fn words(state: &AppState, field: &mut Field<'_>, taken: &Taken) -> Result<String, Problem> {
    let mut bytes = Vec::new();
    while let Some(chunk) = in_time(state, field.chunk()).await? {
        taken.add(chunk.len());
        if bytes.len() + chunk.len() > FIELD_BYTES {
            return Err(ErrorCode::BadRequest.into());
        }
        bytes.extend_from_slice(&chunk);
    }
    String::from_utf8(bytes).map(|text| text.trim().to_owned()).map_err(|_| ErrorCode::BadRequest.into())
}

/// Fails when nothing comes for too long.
async fn in_time<T>(
    state: &AppState,
    next: impl Future<Output = Result<T, MultipartError>>,
) -> Result<T, Problem> {
    match tokio::time::timeout(state.settings.upload_idle_time, next).await {
        Ok(Ok(next)) => Ok(next),
        Ok(Err(error)) if error.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(ErrorCode::MediaTooLarge.into())
        }
        Ok(Err(_)) => Err(ErrorCode::BadRequest.into()),
        Err(_) => Err(ErrorCode::RequestTimeout.into()),
    }
}
