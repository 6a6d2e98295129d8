//! `GET /`: what this is, and "has this been verified?" for everybody, out of what is public.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::hash::Sha256;
use podlinnik_pipeline::public::PublicAnswer;

use super::form::Fields;
use super::open::NoticeEntry;
use super::shell::{Reader, Section, Shell, show};
use super::visitor::Visitor;
use crate::problem::Problem;
use crate::state::AppState;

/// What is told of something that somebody asked about.
struct Asked {
    /// What was asked about: a digest or an address.
    what: String,
    /// It is the digest of a file.
    is_file: bool,
    /// What was asked about is neither a digest nor an address.
    unreadable: bool,
    found: Vec<NoticeEntry>,
}

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    shell: Shell,
    asked: Option<Asked>,
    /// What was typed.
    link: String,
    sha256: String,
    /// The latest notices.
    latest: Vec<NoticeEntry>,
}

/// Notices shown below.
const LATEST: u32 = 3;

/// The page. `query` may ask about a file by `sha256` or about a `link`.
pub(crate) async fn page(
    state: &AppState,
    visitor: Option<Visitor>,
    reader: Reader,
    query: &str,
) -> Result<Response, Problem> {
    let fields = Fields::parse(query.as_bytes())?;
    let shell = reader.shell(visitor, Section::Public);
    let reading = shell.reading();
    let language = shell.language;
    let (sha256, link) = (fields.get("sha256").to_owned(), fields.get("link").to_owned());
    let asked = if !sha256.is_empty() {
        let found = match sha256.to_ascii_lowercase().parse::<Sha256>() {
            Ok(digest) => Some(state.service.published_about_media(digest).await?),
            Err(_) => None,
        };
        Some((sha256.clone(), true, found))
    } else if !link.is_empty() {
        let found = match state.service.published_about_address(&link).await {
            Ok(found) => Some(found),
            Err(error) => {
                let problem = Problem::from(error);
                if problem.status() != StatusCode::UNPROCESSABLE_ENTITY {
                    return Err(problem);
                }
                None
            }
        };
        Some((link.clone(), false, found))
    } else {
        None
    };
    let asked = asked.map(|(what, is_file, found): (String, bool, Option<Vec<PublicAnswer>>)| Asked {
        what,
        is_file,
        unreadable: found.is_none(),
        found: found.unwrap_or_default().iter().map(|one| NoticeEntry::answer(one, reading)).collect(),
    });
    let latest = state.service.published_notices(None, None, LATEST).await?.items;
    let latest = latest.iter().map(|(notice, verdict)| NoticeEntry::new(notice, verdict, reading)).collect();
    show(&Welcome { shell, asked, link, sha256, latest }, language)
}
