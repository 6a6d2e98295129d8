//! `GET /`: what this is, and "has this been verified?" for everybody.

use askama::Template;
use axum::response::Response;

use super::shell::{Reader, Section, Shell, show};
use super::visitor::Visitor;
use crate::problem::Problem;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome {
    shell: Shell,
}

/// The page.
pub(crate) fn page(visitor: Option<Visitor>, reader: Reader) -> Result<Response, Problem> {
    let shell = reader.shell(visitor, Section::Public);
    let language = shell.language;
    show(&Welcome { shell }, language)
}
