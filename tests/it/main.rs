//! The one integration-test binary.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; `allow-unwrap-in-tests` does not reach helpers"
)]

mod access;
mod api_accounts;
mod api_archive;
mod api_board;
mod api_copies;
mod api_corrections;
mod api_decisions;
mod api_delivery;
mod api_desk;
mod api_document;
mod api_hma;
mod api_intake;
mod api_lookup;
mod api_operations;
mod api_outward;
mod api_preview;
mod api_publication;
mod api_refusals;
mod api_uploads;
mod architecture;
mod archive;
mod check_bad_input;
mod check_output;
mod check_program;
mod dependencies;
mod eval;
mod links;
mod log;
mod log_stamps;
mod privacy;
mod retention;
mod secrets;
mod serve_crash;
mod serve_moving;
mod serve_people;
mod serve_process;
mod serve_uploads;
mod story;
mod support;
mod trace;
mod ui_account;
mod ui_admin;
mod ui_archive;
mod ui_case;
mod ui_notices;
mod ui_public;
mod ui_questions;
mod upgrade;
