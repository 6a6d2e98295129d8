//! `podlinnik worker`: a worker without an API.

use std::sync::Arc;

use podlinnik_pipeline::Analyser;
use podlinnik_pipeline::trace::Tracer;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::arguments::Worker;
use crate::exit::{DONE, Exit, Failure};
use crate::service::assemble;
use crate::settings::{AnalysisSettings, FileSettings, ServeFlags, ServeSettings, StoreSettings};

pub(super) fn run(arguments: Worker, file: &FileSettings) -> Result<Exit, Failure> {
    let analysis = AnalysisSettings::new(&arguments.analysis, file);
    let mut store = StoreSettings::new(&arguments.store, file)?;
    store.migrate = !arguments.no_migrate;
    let flags = ServeFlags { workers: arguments.workers, ..ServeFlags::default() };
    let serve = ServeSettings::new(&flags, file)?;
    let analyser = Arc::new(Analyser::new(analysis.analyser(serve.workers)?)?);
    let tracer = Tracer::open(analysis.analyser(serve.workers)?)?;
    super::block_on(async {
        let public_url = serve.public_url.clone().unwrap_or_else(|| format!("http://{}", serve.listen));
        let service = assemble(&store, &serve, analysis.limit_bytes, public_url, Some(analyser)).await?;
        let archive = super::archive::of(&service, &store, analysis.limits())?;
        let service = service.with_archive(archive).with_tracer(tracer);
        let stop = CancellationToken::new();
        let signals = stop_signal(stop.clone())?;
        let name = worker_name();
        tracing::info!(worker = name, slots = serve.workers, "worker {name} started");
        service.run_worker(&name, serve.workers, stop).await;
        signals.abort();
        tracing::info!("stopped");
        Ok(DONE)
    })
}

/// A name that tells this worker from others in the same store.
pub(super) fn worker_name() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    format!("{}-{}", host.trim(), std::process::id())
}

/// Cancels `stop` on SIGTERM or ctrl-c; a second one ends the process at once, which loses nothing but time.
pub(super) fn stop_signal(stop: CancellationToken) -> Result<tokio::task::JoinHandle<()>, Failure> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(tokio::spawn(async move {
        for last in [false, true] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if last {
                std::process::exit(130);
            }
            tracing::info!("stopping; once more to stop at once");
            stop.cancel();
        }
    }))
}
