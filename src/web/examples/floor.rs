//! A handler that answers a constant: what `cargo xtask load` holds the service against. The address to listen on is its one argument.

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let address = std::env::args().nth(1).unwrap_or_else(|| "127.0.0.1:0".to_owned());
    let listener = TcpListener::bind(address).await?;
    axum::serve(listener, Router::new().route("/", get(async || "constant"))).await
}
