//! The form with the one file that is hashed: its name is the type of its content, `photo` or `video`.

use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest as _, Multipart, Request};
use axum::http::StatusCode;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::people::Actor;
use podlinnik_pipeline::recognition::exchange::Signal;
use serde::Deserialize;

use super::{PICTURE_BYTES, refused, signal_named};
use crate::problem::Problem;
use crate::state::AppState;

/// What is handed in: one of the two.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form for the API document; the form is read as a stream")]
pub(crate) struct ContentForm {
    /// A picture: `pdq`, and `sha256` if asked for.
    #[schema(value_type = Option<String>, format = Binary)]
    photo: Option<Vec<u8>>,
    /// A clip: `sha256`. A clip has no PDQ hash; `podlinnik signature` makes what it is looked up by.
    #[schema(value_type = Option<String>, format = Binary)]
    video: Option<Vec<u8>>,
}

/// Which signals are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct TypesQuery {
    /// Signal types, separated by commas; `pdq` for a picture and `sha256` for a clip if left out.
    #[param(example = "pdq")]
    types: Option<String>,
}

/// Signals by type.
pub(super) type Signals = std::collections::BTreeMap<String, String>;

/// Reads the form and computes the signals.
pub(super) async fn signals(
    state: &AppState,
    actor: &Actor,
    query: &TypesQuery,
    request: Request,
) -> Result<Signals, Problem> {
    let Ok(_permit) = state.lookups.try_acquire() else {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(2));
    };
    let mut form =
        Multipart::from_request(request, state).await.map_err(|_| ErrorCode::UnsupportedMediaType)?;
    let mut content: Option<(bool, Vec<u8>)> = None;
    while let Some(field) = form.next_field().await.map_err(|error| broken(&error))? {
        let photo = match field.name() {
            Some("photo") => true,
            Some("video") => false,
            _ => return Err(refused("form", "one file named `photo` or `video`")),
        };
        if content.is_some() {
            return Err(refused("form", "only one file"));
        }
        let bytes = field.bytes().await.map_err(|error| broken(&error))?;
        if bytes.len() > PICTURE_BYTES {
            return Err(ErrorCode::MediaTooLarge.into());
        }
        content = Some((photo, bytes.into()));
    }
    let (photo, bytes) = content.ok_or(ErrorCode::MissingFile)?;
    let mut signals = Signals::new();
    let wanted = wanted(query, photo)?;
    if wanted.contains(&Signal::Sha256) {
        signals.insert(Signal::Sha256.code().to_owned(), Sha256::of(&bytes).to_string());
    }
    if wanted.contains(&Signal::Pdq) {
        let hash = state.service.picture_hash(actor, bytes).await?;
        signals.insert(Signal::Pdq.code().to_owned(), hash.pdq);
    }
    Ok(signals)
}

fn wanted(query: &TypesQuery, photo: bool) -> Result<Vec<Signal>, Problem> {
    let Some(types) = query.types.as_deref() else {
        return Ok(vec![if photo { Signal::Pdq } else { Signal::Sha256 }]);
    };
    let names = types.split(',').map(str::trim).filter(|name| !name.is_empty());
    let wanted = names.map(signal_named).collect::<Result<Vec<_>, _>>()?;
    if wanted.is_empty() || (!photo && wanted.contains(&Signal::Pdq)) {
        return Err(refused("types", "`pdq` (pictures only) or `sha256`"));
    }
    Ok(wanted)
}

fn broken(error: &MultipartError) -> Problem {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ErrorCode::MediaTooLarge.into()
    } else {
        ErrorCode::BadRequest.into()
    }
}
