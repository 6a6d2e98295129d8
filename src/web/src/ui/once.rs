//! A secret that is shown once, with a button that copies it.

use askama::Template;
use axum::response::Response;
use podlinnik_domain::language::Text;

use super::shell::{Section, Shell, show};
use crate::problem::Problem;

/// What stands around a secret.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) title: Text,
    pub(super) label: Text,
    pub(super) advice: Text,
}

/// The page with a secret.
#[derive(Template)]
#[template(path = "once.html")]
pub(super) struct OncePage {
    shell: Shell,
    shown: &'static Shown,
    secret: String,
    /// A line below it: how long it works, for whom.
    pub(super) note: Option<String>,
    /// Where to go on.
    back: String,
}

impl OncePage {
    fn title(&self) -> &'static str {
        self.shell.say(self.shown.title)
    }

    fn label(&self) -> &'static str {
        self.shell.say(self.shown.label)
    }

    fn advice(&self) -> &'static str {
        self.shell.say(self.shown.advice)
    }

    pub(super) fn new(shell: Shell, shown: &'static Shown, secret: String, back: &str) -> Self {
        Self { shell, shown, secret, note: None, back: back.to_owned() }
    }

    /// With a line below the secret.
    pub(super) fn with_note(mut self, note: String) -> Self {
        self.note = Some(note);
        self
    }

    /// The answer; nothing keeps it.
    pub(super) fn answer(&self) -> Result<Response, Problem> {
        show(self, self.shell.language)
    }
}
