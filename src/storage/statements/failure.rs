//! What goes wrong inside a transaction, and how a guard of the database becomes the store's own error.

use podlinnik_storage::StoreError;

/// Either an answer for the caller, or an error of the engine that is still to be looked at.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The caller's answer.
    Answer(StoreError),
    /// The engine's error.
    Engine(sqlx::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Answer(error)
    }
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Engine(error)
    }
}

impl Failure {
    /// Whether the same transaction may succeed if it is simply run again: a serialisation failure, a deadlock, a busy file.
    pub(crate) fn is_transient(&self) -> bool {
        let Self::Engine(sqlx::Error::Database(error)) = self else { return false };
        error.code().is_some_and(|code| crate::engine::TRANSIENT.contains(&code.as_ref()))
    }

    /// Whether the connection is gone: what was only read can be read over another.
    pub(crate) fn is_lost(&self) -> bool {
        match self {
            Self::Engine(sqlx::Error::Io(_)) => true,
            // what a server says last when it is stopped: `admin_shutdown`, `crash_shutdown`
            Self::Engine(sqlx::Error::Database(error)) => {
                error.code().is_some_and(|code| matches!(code.as_ref(), "57P01" | "57P02"))
            }
            _ => false,
        }
    }
}

const GUARDED: &str = "change the record";

impl From<Failure> for StoreError {
    fn from(failure: Failure) -> Self {
        let error = match failure {
            Failure::Answer(answer) => return answer,
            Failure::Engine(error) => error,
        };
        let Some(database) = error.as_database_error() else { return Self::Engine(Box::new(error)) };
        let message = database.message();
        // SQLite names a broken constraint in the message only, PostgreSQL in a field of its own.
        let names = |part: &str| {
            message.contains(part) || database.constraint().is_some_and(|name| name.contains(part))
        };
        if names("guard:same_person") || names("_person_") {
            Self::SamePerson { action: GUARDED }
        } else if names("guard:claimed") {
            Self::Claimed { action: GUARDED }
        } else if names("guard:break_glass") {
            Self::BreakGlass
        } else if names("guard:checklist") {
            Self::Checklist
        } else if names("guard:verdict_outdated") {
            Self::VerdictOutdated
        } else if names("guard:stale") {
            Self::Stale { action: GUARDED }
        } else if names("guard:") {
            let state = message.split("guard:").nth(1).unwrap_or("guarded");
            Self::WrongState { action: GUARDED, state: state.to_owned() }
        } else if database.is_unique_violation() {
            let unique = [
                ("users_login_unique", "users.login", "login"),
                ("organisations_code_unique", "organisations.code", "organisation code"),
                ("tokens_secret_unique", "tokens.secret_sha256", "token secret"),
                ("one_live_per", "jobs.", "job for this record"),
                ("verdicts_one_", "verdicts.case_id", "verdict of this case"),
                ("archive_items_one_live", "archive_items.sha256", "original"),
                ("corrections_one_open", "corrections.notice_id", "correction of this notice"),
                ("releases_key", "releases.verdict_id", "release of this verdict"),
                ("sign_in_links_one_live", "sign_in_links.user_id", "sign-in link of this user"),
            ];
            let what = unique
                .into_iter()
                .find(|(constraint, column, _)| names(constraint) || names(column))
                .map_or("identifier", |(_, _, what)| what);
            Self::Conflict { what }
        } else if database.is_foreign_key_violation() {
            let referred = [
                ("_organisation_exists", "organisation"),
                ("_parent_exists", "organisation"),
                ("_user_exists", "user"),
                ("_author_exists", "user"),
                ("_actor_exists", "user"),
                ("_claimant_exists", "user"),
                ("_approver_exists", "user"),
                ("_evidence_exists", "evidence"),
            ];
            let what = referred
                .into_iter()
                .find(|(constraint, _)| names(constraint))
                .map_or("record that is referred to", |(_, what)| what);
            Self::Missing { what }
        } else {
            Self::Engine(Box::new(error))
        }
    }
}
