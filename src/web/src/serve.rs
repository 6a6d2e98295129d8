//! Listeners and graceful shutdown.

use std::io;

use podlinnik_pipeline::Service;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::settings::WebSettings;
use crate::state::AppState;
use crate::{admin, router};

/// Serves the API on `listener` and, if there is one, metrics on `admin_listener` until `shutdown` is cancelled; then takes no new connection
/// and gives open requests [`WebSettings::shutdown_time`]. Waiting requests (SSE, long polls) end at once.
///
/// # Errors
/// If a listener fails.
pub async fn serve(
    listener: TcpListener,
    admin_listener: Option<TcpListener>,
    service: Service,
    settings: WebSettings,
    shutdown: CancellationToken,
) -> io::Result<()> {
    let shutdown_time = settings.shutdown_time;
    let state = AppState::new(service, settings, shutdown.clone());
    let admin_router = admin::router(state.clone());
    let public =
        axum::serve(listener, router::of(state)).with_graceful_shutdown(shutdown.clone().cancelled_owned());
    let stop = shutdown.clone();
    let admin = async move {
        match admin_listener {
            Some(listener) => {
                axum::serve(listener, admin_router).with_graceful_shutdown(stop.cancelled_owned()).await
            }
            None => Ok(()),
        }
    };
    let patience = async move {
        shutdown.cancelled().await;
        tokio::time::sleep(shutdown_time).await;
    };
    tokio::select! {
        result = async { tokio::try_join!(public, admin).map(|_| ()) } => result,
        () = patience => {
            tracing::warn!("open requests were cut off after {} s", shutdown_time.as_secs());
            Ok(())
        }
    }
}
