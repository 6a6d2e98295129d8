//! Known items that the item of a case is a copy of, in words.

use podlinnik_domain::recognition::{CopyStanding, time_code};
use podlinnik_pipeline::recognition::KnownCopyAnswer;

use crate::ui::shell::Shell;

/// A known item that this one is a copy of, in words.
pub(super) struct Copy<'a> {
    pub(super) copy: &'a KnownCopyAnswer,
    pub(super) shell: &'a Shell,
}

impl Copy<'_> {
    pub(super) fn sentence(&self) -> String {
        let standing = self.copy.standing;
        match &self.copy.known.verdict {
            Some(verdict) => {
                format!(
                    "{}: {}",
                    self.shell.say(standing.judged()),
                    self.shell.say(verdict.proposal.kind.text())
                )
            }
            None => self.shell.say(standing.open()).to_owned(),
        }
    }

    pub(super) fn closeness(&self) -> &'static str {
        self.shell.say(self.copy.closeness.text())
    }

    pub(super) fn spans(&self) -> String {
        let codes = |[from_s, until_s]: [f64; 2]| format!("{}–{}", time_code(from_s), time_code(until_s));
        let (here, there) = (codes(self.copy.copy.suspect_span_s), codes(self.copy.copy.known_span_s));
        format!("{here} ↔ {there}")
    }

    pub(super) fn address(&self) -> Option<String> {
        self.copy.case_in_sight.then(|| format!("/desk/cases/{}", self.copy.known.case.id))
    }

    pub(super) fn class(&self) -> &'static str {
        match self.copy.standing {
            CopyStanding::Confirmed => "info",
            CopyStanding::Different => "warn",
            CopyStanding::Suggested => "",
        }
    }
}
