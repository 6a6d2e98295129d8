//! The command line.
//!
//! - [`run`]: the whole program
//! - `arguments`: what can be typed; `settings`: defaults < file < environment < flags
//! - `commands`: one file per command
//! - `exit`: exit codes and how a failure is told; `output`: data on standard output; `logging`: talk on standard error
//! - `input`: a path or standard input → an open file; `service`: store, blobs and analyser put together

mod arguments;
mod commands;
mod exit;
mod input;
mod logging;
mod output;
mod service;
mod settings;

use std::os::unix::process::CommandExt as _;
use std::process::{Command, ExitCode};

use clap::Parser as _;

use crate::arguments::Arguments;
use crate::exit::Failure;

/// Parses the arguments and does what they ask. Started as the media reader's child, or to become the program for posts, it is
/// that and nothing else.
pub fn run() -> ExitCode {
    if std::env::args_os().nth(1).is_some_and(|first| first == podlinnik_media::reader::CHILD_ARGUMENT) {
        return podlinnik_media::reader::child_main();
    }
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == podlinnik_pipeline::fetch::posts::CHILD_ARGUMENT)
    {
        return podlinnik_pipeline::fetch::posts::child_main();
    }
    without_telemetry();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version go to standard output, everything else to standard error; a closed pipe changes nothing.
            let _ = error.print();
            return if error.use_stderr() { exit::USAGE.into() } else { ExitCode::SUCCESS };
        }
    };
    match commands::dispatch(arguments) {
        Ok(code) => code.into(),
        Err(failure) => tell(&failure),
    }
}

/// Begins anew, in the same process, with the variable that keeps ONNX Runtime from reporting to its makers, unless it is set. The library reads it while it is
/// loaded, and changing the environment of a process that runs is not safe. Where this fails the runtime is not loaded, which is said then.
fn without_telemetry() {
    use podlinnik_pipeline::{TELEMETRY_OFF, TELEMETRY_VARIABLE};
    if std::env::var_os(TELEMETRY_VARIABLE).is_some_and(|value| value == TELEMETRY_OFF) {
        return;
    }
    let mut arguments = std::env::args_os();
    let Ok(program) = std::env::current_exe() else { return };
    let mut command = Command::new(program);
    if let Some(name) = arguments.next() {
        command.arg0(name);
    }
    // Comes back only if it fails.
    let _ = command.args(arguments).env(TELEMETRY_VARIABLE, TELEMETRY_OFF).exec();
}

fn tell(failure: &Failure) -> ExitCode {
    output::talk(&failure.to_string());
    failure.code().into()
}
