//! Second factor: set up with the password, confirmed with a code; recovery codes are shown once.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podlinnik_domain::error_code::ErrorCode;

use super::page::{Part, again};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};

/// Longest base32 text that is shown again.
const LONGEST_KEY: usize = 64;

#[derive(Template)]
#[template(path = "second_factor.html")]
struct SetupPage {
    shell: Shell,
    refusal: Option<Refusal>,
    /// In groups of four, for typing in.
    key: String,
    /// A `data:` address of the picture; none when the page is shown again.
    picture: Option<String>,
}

#[derive(Template)]
#[template(path = "recovery_codes.html")]
struct CodesPage {
    shell: Shell,
    codes: Vec<String>,
}

/// `POST /desk/account/second-factor`
pub(super) async fn begin(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    match state.service.second_factor_begin(&visitor.actor, fields.get("password")).await {
        Ok(setup) => {
            let language = reader.language;
            let picture = format!("data:image/svg+xml;base64,{}", STANDARD.encode(setup.qr_svg));
            let page = SetupPage {
                refusal: None,
                key: grouped(&setup.secret_base32),
                picture: Some(picture),
                shell: reader.shell(Some(visitor), Section::Account),
            };
            show(&page, language)
        }
        Err(error) => {
            again(&state, visitor, reader, Part::SecondFactor, error.into(), Fields::default()).await
        }
    }
}

/// `POST /desk/account/second-factor/confirm`
pub(super) async fn confirm(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let language = reader.language;
    let code: String = fields.get("code").chars().filter(|letter| !letter.is_whitespace()).collect();
    match state.service.second_factor_confirm(&visitor.actor, &code).await {
        Ok(codes) => {
            let shell = reader.shell(Some(visitor), Section::Account);
            show(&CodesPage { shell, codes }, language)
        }
        Err(error) if error.code() == ErrorCode::ValidationFailed => {
            let key = fields.get("key").chars().filter(char::is_ascii_alphanumeric).take(LONGEST_KEY);
            let page = SetupPage {
                refusal: Some(Refusal::of(error.into(), language)?),
                key: grouped(&key.collect::<String>()),
                picture: None,
                shell: reader.shell(Some(visitor), Section::Account),
            };
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page, language)
        }
        Err(error) => {
            again(&state, visitor, reader, Part::SecondFactor, error.into(), Fields::default()).await
        }
    }
}

/// `POST /desk/account/second-factor/remove`
pub(super) async fn remove(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    match state.service.second_factor_remove(&visitor.actor, fields.get("password")).await {
        Ok(()) => Ok(go_on("/desk/account", "second_factor_off")),
        Err(error) => {
            again(&state, visitor, reader, Part::SecondFactor, error.into(), Fields::default()).await
        }
    }
}

/// Groups of four.
fn grouped(key: &str) -> String {
    let letters: Vec<char> = key.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_key_is_typed_in_groups() {
        assert_eq!(super::grouped("JBSWY3DPEHPK3PXP"), "JBSW Y3DP EHPK 3PXP");
        assert_eq!(super::grouped("ABCDE"), "ABCD E");
    }
}
