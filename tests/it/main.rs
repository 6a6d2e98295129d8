//! The one integration-test binary.

mod api_decisions;
mod api_document;
mod api_intake;
mod api_operations;
mod api_publication;
mod api_refusals;
mod architecture;
mod check_bad_input;
mod check_output;
mod check_program;
mod serve_crash;
mod serve_people;
mod serve_process;
mod support;
