//! A form of the case's page that was refused: what was typed stands in it again, beside the case as it is now.

use axum::http::StatusCode;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::{Language, Text};

use crate::problem::Problem;
use crate::ui::form::Fields;
use crate::ui::refusal::Refusal;

/// A form of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CaseForm {
    Triage,
    Parking,
    Unclaim,
    Note,
}

/// What was tried with one of them.
#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) form: CaseForm,
    pub(super) fields: Fields,
    pub(super) refusal: Refusal,
    pub(super) status: StatusCode,
}

impl Attempt {
    /// What is told of a refusal that the person can mend on the page.
    ///
    /// # Errors
    /// The problem itself where they cannot.
    pub(super) fn refused(
        form: CaseForm,
        fields: Fields,
        problem: Problem,
        language: Language,
    ) -> Result<Self, Problem> {
        let mended = matches!(
            problem.code(),
            ErrorCode::ValidationFailed
                | ErrorCode::ReasonRequired
                | ErrorCode::StaleRevision
                | ErrorCode::WrongState
                | ErrorCode::ClaimedByAnother
        );
        if !mended {
            return Err(problem);
        }
        let refusal = if problem.code() == ErrorCode::StaleRevision {
            let changed = Text {
                ru: "Пока вы писали, дело изменилось. Посмотрите, каково оно теперь, и сохраните ещё раз.",
                en: "The case changed while you were writing. See how it stands now, and save again.",
            };
            Refusal::saying(changed, language)
        } else {
            Refusal::told(&problem, language)
        };
        Ok(Self { form, fields, refusal: refusal.keeping(), status: problem.status() })
    }

    /// What was typed into a field of `form`; nothing where another form was tried.
    pub(super) fn typed(&self, form: CaseForm, field: &str) -> Option<&str> {
        (self.form == form).then(|| self.fields.get(field))
    }
}
