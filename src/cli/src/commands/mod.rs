//! One file per command.

mod archive;
mod blobs;
mod check;
mod config;
mod doctor;
mod eval;
mod eval_trace;
mod log;
mod media;
mod migrate;
mod models;
mod moving;
mod organisation;
mod pages;
mod recall;
mod retention;
mod serve;
mod signature;
mod token;
mod trace;
mod user;
mod verify;
mod worker;

use std::future::Future;

use podlinnik_pipeline::Service;

use crate::arguments::{Arguments, Command, Common};
use crate::exit::{Exit, Failure};
use crate::logging;
use crate::service::assemble;
use crate::settings::{
    AnalysisFlags, AnalysisSettings, FileSettings, ServeFlags, ServeSettings, StoreFlags, StoreSettings,
};

/// Does what the arguments ask.
pub(crate) fn dispatch(arguments: Arguments) -> Result<Exit, Failure> {
    let common = arguments.common;
    logging::start(common.log_format, default_filter(&arguments.command));
    let file = FileSettings::load(common.config.as_deref())?;
    crate::settings::install_regions(&common, &file)?;
    match arguments.command {
        Command::Check(check) => check::run(check, &common, &file),
        Command::Trace(trace) => trace::run(trace, &common, &file),
        Command::Signature(signature) => signature::run(&signature, &common, &file),
        Command::Eval(eval) => eval::run(&eval, &file),
        Command::EvalTrace(eval) => eval_trace::run(eval, &file),
        Command::Serve(serve) => serve::run(serve, &file),
        Command::Worker(worker) => worker::run(worker, &file),
        Command::Archive(archive) => archive::run(archive, &file),
        Command::Log(log) => log::run(log, &file),
        Command::Verify(verify) => verify::run(&verify),
        Command::User(user) => user::run(user, &file),
        Command::Token(token) => token::run(token, &file),
        Command::Organisation(organisation) => organisation::run(organisation, &file),
        Command::Models(models) => models::run(models, &file),
        Command::Recall(recall) => recall::run(recall, &file),
        Command::Retention(retention) => block_on(retention::run(retention, &file)),
        Command::Migrate(migrate) => block_on(migrate::run(&migrate, &file)),
        Command::Export(export) => block_on(moving::export(&export, &file)),
        Command::Import(import) => block_on(moving::import(&import, &file)),
        Command::Backup(backup) => block_on(moving::backup(&backup, &file)),
        Command::Restore(restore) => block_on(moving::restore(&restore, &file)),
        Command::Blobs(command) => block_on(blobs::run(command, &file)),
        Command::Doctor(doctor) => doctor::run(doctor, &common, &file),
        Command::Config(config) => config::run(&config, &common, &file),
    }
}

/// What is logged unless `RUST_LOG` says otherwise. `check` puts what went less than well into its report.
fn default_filter(command: &Command) -> &'static str {
    match command {
        Command::Serve(_) | Command::Worker(_) => "info",
        Command::Check(_) | Command::Eval(_) | Command::EvalTrace(_) => "error",
        _ => "warn",
    }
}

/// Runs an asynchronous command to its end.
fn block_on<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(work)
}

/// The service without an analyser, for commands that manage people.
async fn office(flags: &StoreFlags, file: &FileSettings) -> Result<Service, Failure> {
    let store = StoreSettings::new(flags, file)?;
    let serve = ServeSettings::new(&ServeFlags::default(), file)?;
    let limit = AnalysisSettings::new(&AnalysisFlags::default(), file).limit_bytes;
    assemble(&store, &serve, limit, String::new(), None).await
}

/// Which language a person is answered in.
fn language(common: &Common, file: &FileSettings) -> podlinnik_domain::language::Language {
    crate::settings::language(common, file)
}
