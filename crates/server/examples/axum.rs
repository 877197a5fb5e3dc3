//! Rounds beside the routes of an axum program, on a listener of ours that knows time limits, TLS and
//! a graceful end.
//!
//! ```text
//! cargo run -p outcrop-server --example axum -- repositories
//! curl http://127.0.0.1:8080/healthz
//! fossil clone http://127.0.0.1:8080/fossil/project project.fossil
//! ```

use axum::Router;
use axum::routing::get;
use outcrop_server::{Hosting, ListenOptions, Listeners, ServiceOptions, XferService, serve};

/// The program's own routes, and the repositories below `/fossil`.
///
/// Behind `axum::serve` the service works too; then a layer has to tell it the
/// [`Peer`](outcrop_server::Peer) of each request, or nobody knows who calls.
fn routes(rounds: XferService) -> Router {
    Router::new()
        .route("/", get(async || "hello\n"))
        .route("/healthz", get(async || "fine\n"))
        // What is nested sees the rest of the path.
        .nest_service("/fossil", rounds)
}

/// Serves until `shutdown` is done and no round is under way.
pub(crate) async fn run(
    listeners: impl Into<Listeners>,
    hosting: Hosting,
    shutdown: impl Future<Output = ()>,
) {
    let rounds = XferService::new(hosting, ServiceOptions::default());
    serve(listeners, routes(rounds.clone()), ListenOptions::default(), shutdown).await;
    rounds.close().await;
}

#[allow(dead_code, reason = "the test of this example calls `run`")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
        run(listener, Hosting::new(path)?, std::future::pending()).await;
        Ok(())
    })
}
