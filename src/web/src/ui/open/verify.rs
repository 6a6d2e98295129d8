//! `/verify`: a bundle against the transparency log, with the checks of `podlinnik verify`. Nothing of it is kept.

use askama::Template;
use axum::Router;
use axum::extract::multipart::MultipartError;
use axum::extract::{DefaultBodyLimit, Multipart, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Text;
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_pipeline::provenance::bundle::{self, Against, Checked, Part, Trust};
use podlinnik_pipeline::provenance::note::VerifierKey;
use tokio::sync::Semaphore;

use super::super::refusal::Refusal;
use super::super::shell::{Reader, Section, Shell, show, show_with};
use super::super::visitor::{MaybeVisitor, is_same_origin};
use super::super::wording::moment;
use super::super::zone::Reading;
use crate::problem::Problem;
use crate::state::AppState;

/// Largest bundle, in bytes: all that one may hold, and a little more.
const LARGEST: usize = 64 << 20;
/// What stands around the file in the form, in bytes.
const AROUND: usize = 64 << 10;
/// Longest key, in bytes.
const KEY_BYTES: usize = 1024;
/// Bundles that are checked at once; each may fill [`LARGEST`] bytes of memory twice over.
static CHECKS: Semaphore = Semaphore::const_new(2);

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/verify", get(form))
}

pub(super) fn upload_routes() -> Router<AppState> {
    Router::new().route("/verify/bundle", post(check)).layer(DefaultBodyLimit::max(LARGEST + AROUND))
}

/// One thing that was looked at, in words.
struct Line {
    holds: bool,
    words: &'static str,
    file: String,
    /// What is wrong, for specialists.
    problem: Option<String>,
}

/// What became of a bundle.
struct Outcome {
    name: String,
    holds: bool,
    /// The key was given and not taken out of the bundle.
    trusted: bool,
    /// The bundle could not be read at all.
    unreadable: Option<String>,
    lines: Vec<Line>,
    /// What the bundle says, name and value.
    facts: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "open_verify.html")]
struct VerifyPage {
    shell: Shell,
    refusal: Option<Refusal>,
    key: String,
    /// The key of this service's own log, where there is one.
    own_key: Option<String>,
    outcome: Option<Outcome>,
}

/// What the form sent.
#[derive(Debug, Default)]
struct Sent {
    name: String,
    bytes: Vec<u8>,
    key: String,
}

fn page(state: &AppState, shell: Shell, key: String) -> VerifyPage {
    let own_key = state.service.log().ok().map(|log| log.verifier().to_string());
    VerifyPage { shell, refusal: None, key, own_key, outcome: None }
}

async fn form(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
) -> Result<Response, Problem> {
    let shell = reader.shell(visitor, Section::Public);
    let language = shell.language;
    show(&page(&state, shell, String::new()), language)
}

async fn check(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    headers: HeaderMap,
    multipart: Multipart,
) -> Result<Response, Problem> {
    if !is_same_origin(&headers) {
        return Err(ErrorCode::Forbidden.into());
    }
    let shell = reader.shell(visitor, Section::Public);
    let reading = shell.reading();
    let language = reading.language;
    let mut sent = Sent::default();
    let outcome = match looked_at(multipart, &mut sent, reading).await {
        Ok(outcome) => outcome,
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        Err(problem) => {
            let mut page = page(&state, shell, sent.key);
            page.refusal = Some(Refusal::told(&problem, language));
            return show_with(problem.status(), &page, language);
        }
    };
    let mut page = page(&state, shell, sent.key);
    page.outcome = Some(outcome);
    show(&page, language)
}

/// Reads the form and checks what it holds.
async fn looked_at(multipart: Multipart, sent: &mut Sent, reading: Reading) -> Result<Outcome, Problem> {
    let Ok(_permit) = CHECKS.try_acquire() else {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(5));
    };
    read(multipart, sent).await?;
    if sent.bytes.is_empty() {
        return Err(ErrorCode::MissingFile.into());
    }
    let key = match sent.key.trim() {
        "" => None,
        text => Some(text.parse::<VerifierKey>().map_err(|_| Problem::field("key", "name+hash+base64"))?),
    };
    let bytes = std::mem::take(&mut sent.bytes);
    let checked = tokio::task::spawn_blocking(move || {
        bundle::read(&bytes)
            .map(|files| bundle::verify(&files, Against { key: key.as_ref(), ..Against::default() }))
    });
    let checked = checked.await.map_err(|_| Problem::new(ErrorCode::Internal))?;
    let name = sent.name.clone();
    Ok(match checked {
        Ok(checked) => outcome(name, &checked, reading),
        Err(error) => Outcome {
            name,
            holds: false,
            trusted: false,
            unreadable: Some(error.to_string()),
            lines: Vec::new(),
            facts: Vec::new(),
        },
    })
}

async fn read(mut multipart: Multipart, sent: &mut Sent) -> Result<(), Problem> {
    while let Some(field) = multipart.next_field().await.map_err(unreadable)? {
        match field.name() {
            Some("bundle") => {
                sent.name = field.file_name().unwrap_or_default().chars().take(200).collect();
                sent.bytes = field.bytes().await.map_err(unreadable)?.into();
            }
            Some("key") => {
                let text = field.text().await.map_err(unreadable)?;
                if text.len() > KEY_BYTES {
                    return Err(Problem::field("key", "at most 1024 bytes"));
                }
                sent.key = text.trim().to_owned();
            }
            _ => return Err(ErrorCode::BadRequest.into()),
        }
    }
    if sent.bytes.len() > LARGEST { Err(ErrorCode::BodyTooLarge.into()) } else { Ok(()) }
}

fn unreadable(error: MultipartError) -> Problem {
    let too_large = error.into_response().status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE;
    if too_large { ErrorCode::BodyTooLarge } else { ErrorCode::BadRequest }.into()
}

fn outcome(name: String, checked: &Checked, reading: Reading) -> Outcome {
    let language = reading.language;
    let lines = checked.findings.iter().map(|finding| Line {
        holds: finding.problem.is_none(),
        words: part(finding.part).in_language(language),
        file: finding.file.clone(),
        problem: finding.problem.clone(),
    });
    Outcome {
        name,
        holds: checked.holds(),
        trusted: checked.trust == Trust::Given,
        unreadable: None,
        lines: lines.collect(),
        facts: facts(checked, reading),
    }
}

/// What the bundle says; worth something only if it holds.
fn facts(checked: &Checked, reading: Reading) -> Vec<(&'static str, String)> {
    let language = reading.language;
    let mut facts = Vec::new();
    let said = |name: &str| {
        let value = checked.verdict.as_ref()?.get(name)?;
        Some(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    };
    let mut tell = |title: Text, value: Option<String>| {
        facts.extend(value.map(|value| (title.in_language(language), value)));
    };
    let kind = said("verdict_kind").map(|code| {
        code.parse::<VerdictKind>().map_or(code, |kind| kind.text().in_language(language).to_owned())
    });
    tell(Text { ru: "Вердикт", en: "Verdict" }, kind);
    tell(Text { ru: "Ревизия вердикта", en: "Revision of the verdict" }, said("revision"));
    let at = said("at").map(|text| text.parse().map_or(text, |at| moment(at, reading)));
    tell(Text { ru: "Вынесен", en: "Given" }, at);
    tell(Text { ru: "SHA-256 материала", en: "SHA-256 of the media" }, said("media_sha256"));
    if let Some(checkpoint) = &checked.checkpoint {
        tell(Text { ru: "Журнал", en: "Log" }, Some(checkpoint.origin.clone()));
        tell(Text { ru: "Записей в журнале", en: "Entries in the log" }, Some(checkpoint.size.to_string()));
    }
    let seen = checked.stamped().map(|seen| format!("{} — {}", moment(seen.at, reading), seen.authority));
    let none = Text {
        ru: "нет: вердикт ещё не заверен", en: "none that covers the verdict yet"
    };
    let seen = seen.unwrap_or_else(|| none.in_language(language).to_owned());
    tell(Text { ru: "Метка времени (RFC 3161)", en: "Time stamp (RFC 3161)" }, Some(seen));
    facts
}

/// What is looked at, as what holds if nothing is wrong.
const fn part(part: Part) -> Text {
    match part {
        Part::Manifest => Text {
            ru: "Файл тот самый, что в описи пакета",
            en: "The file is the one that the bundle's list names",
        },
        Part::Key => Text { ru: "Ключ журнала", en: "Key of the log" },
        Part::Stamp => Text {
            ru: "Метка времени подтверждает эту запись журнала",
            en: "The time stamp confirms the log",
        },
        Part::Checkpoint => Text {
            ru: "Контрольная точка журнала подписана ключом",
            en: "The log's checkpoint is signed by the key",
        },
        Part::Consistency => Text {
            ru: "Журнал продолжает прежнюю контрольную точку",
            en: "The log goes on from the earlier checkpoint",
        },
        Part::Entry => {
            Text { ru: "Запись журнала читается", en: "The log's entry can be read" }
        }
        Part::Proof => Text {
            ru: "Запись входит в журнал (путь до корня сходится)",
            en: "The entry is in the log (its path leads to the root)",
        },
        Part::Verdict => Text {
            ru: "Вердикт совпадает с записью", en: "The verdict agrees with its entry"
        },
        Part::Proposal => Text {
            ru: "Слова вердикта совпадают с записью",
            en: "The verdict's words agree with its entry",
        },
        Part::Evidence => Text {
            ru: "Доказательства совпадают с записью вердикта",
            en: "The evidence agrees with the verdict's entry",
        },
        Part::Media => Text {
            ru: "Отпечатки материала совпадают с записью вердикта",
            en: "The media's digests agree with the verdict's entry",
        },
        Part::Notice => Text {
            ru: "Текст опровержения совпадает с записью",
            en: "The notice's words agree with its entry",
        },
    }
}
