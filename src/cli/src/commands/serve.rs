//! `podlinnik serve`: API and worker in one process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use podlinnik_pipeline::trace::Tracer;
use podlinnik_pipeline::{Analyser, MediaAnalyser, Service};
use podlinnik_web::WebSettings;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::worker::{stop_signal, worker_name};
use crate::arguments::Serve;
use crate::exit::{DONE, Exit, Failure};
use crate::output;
use crate::service::assemble;
use crate::settings::{AnalysisSettings, FileSettings, ServeSettings, StoreSettings};

pub(super) fn run(arguments: Serve, file: &FileSettings) -> Result<Exit, Failure> {
    let analysis = AnalysisSettings::new(&arguments.analysis, file);
    let mut store = StoreSettings::new(&arguments.store, file)?;
    store.migrate = !arguments.no_migrate;
    let serve = ServeSettings::new(&arguments.serve, file)?;
    let slots = if arguments.no_worker { 0 } else { serve.workers };
    let analyser: Option<Arc<dyn MediaAnalyser>> = match slots {
        0 => None,
        slots => Some(Arc::new(Analyser::new(analysis.analyser(slots)?)?)),
    };
    let tracer = match slots {
        0 => None,
        slots => Some(Tracer::open(analysis.analyser(slots)?)?),
    };
    super::block_on(async {
        let listener = bind(serve.listen).await?;
        let address = listener.local_addr()?;
        let admin_listener = match serve.admin_listen {
            Some(address) => Some(bind(address).await?),
            None => None,
        };
        let public_url = serve.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let service = assemble(&store, &serve, analysis.limit_bytes, public_url.clone(), analyser).await?;
        let archive = super::archive::of(&service, &store, analysis.limits())?;
        let mut service = service.with_archive(archive);
        if let Some(tracer) = tracer {
            service = service.with_tracer(tracer);
        }
        greet(&service, &store, &public_url).await?;
        let mut notes = vec![AddressFile::write(&store.data.join("address"), &format!("http://{address}"))?];
        tracing::info!(%address, public_url, "listening on http://{address}");
        if let Some(admin) = &admin_listener {
            let admin = admin.local_addr()?;
            notes.push(AddressFile::write(&store.data.join("admin-address"), &format!("http://{admin}"))?);
            tracing::info!(%admin, "metrics on http://{admin}/metrics");
        }
        if !address.ip().is_loopback() {
            tracing::warn!("listening without TLS on {address}: put a proxy with TLS in front");
        }
        let stop = CancellationToken::new();
        let signal = stop_signal(stop.clone())?;
        let worker = spawn_worker(&service, slots, &stop);
        let settings = WebSettings { worker_slots: slots, ..WebSettings::default() };
        let served = podlinnik_web::serve(listener, admin_listener, service, settings, stop.clone()).await;
        stop.cancel();
        if let Some(worker) = worker {
            finish(worker).await;
        }
        signal.abort();
        drop(notes);
        tracing::info!("stopped");
        served.map_err(Failure::internal)?;
        Ok(DONE)
    })
}

async fn bind(address: std::net::SocketAddr) -> Result<TcpListener, Failure> {
    TcpListener::bind(address).await.map_err(|error| {
        Failure::usage(format!("cannot listen on {address}: {error}"))
            .hint("choose another address with --listen, port 0 takes a free one")
    })
}

fn spawn_worker(
    service: &Service,
    slots: usize,
    stop: &CancellationToken,
) -> Option<tokio::task::JoinHandle<()>> {
    (slots > 0).then(|| {
        let (service, stop) = (service.clone(), stop.clone());
        tokio::spawn(async move { service.run_worker(&worker_name(), slots, stop).await })
    })
}

/// The worker gives its jobs back within 10 seconds by itself; this is for the case that it does not.
async fn finish(worker: tokio::task::JoinHandle<()>) {
    match tokio::time::timeout(Duration::from_secs(15), worker).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!("the worker ended badly: {error}"),
        Err(_) => tracing::warn!("the worker did not stop in time; its lease will run out"),
    }
}

/// Says how the first administrator comes in, as long as nobody has.
async fn greet(service: &Service, store: &StoreSettings, public_url: &str) -> Result<(), Failure> {
    if let Some(link) = service.first_link().await? {
        let data = store.data.display();
        output::talk(&format!("first administrator: {}", link.address(public_url)));
        output::talk(&format!(
            "hint: the link works once, until {}; programs get tokens with\n  podlinnik user add --data '{data}' --login NAME --role ROLE",
            link.expires_at
        ));
    }
    Ok(())
}

/// A file in the data folder that says where the service listens; it goes when the service ends in an orderly way.
struct AddressFile(PathBuf);

impl AddressFile {
    fn write(path: &Path, address: &str) -> Result<Self, Failure> {
        let part = path.with_extension("part");
        std::fs::write(&part, format!("{address}\n"))?;
        std::fs::rename(&part, path)?;
        Ok(Self(path.to_owned()))
    }
}

impl Drop for AddressFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}
