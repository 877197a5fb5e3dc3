//! Rounds beside the routes of another program: hyper, a router by hand, and no framework.
//!
//! ```text
//! cargo run -p outcrop-server --example mount -- repositories
//! curl http://127.0.0.1:8080/healthz
//! fossil clone http://127.0.0.1:8080/fossil/project project.fossil
//! ```

use std::convert::Infallible;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use outcrop_server::{Hosting, Peer, ServiceOptions, XferService};
use outcrop_sync::handle_sync;
use tokio::net::TcpListener;
use tower_service::Service as _;

/// Where the repositories are mounted.
const PREFIX: &str = "/fossil";

/// The other program's own answers, and those of the service.
async fn route(
    mut rounds: XferService,
    request: Request<Incoming>,
) -> Result<Response<BoxBody<Bytes, Infallible>>, Infallible> {
    if request.uri().path().starts_with(PREFIX) {
        return Ok(rounds.call(request).await?.map(BodyExt::boxed));
    }
    let (status, text) = match (request.method(), request.uri().path()) {
        (&Method::GET, "/healthz") => (StatusCode::OK, "ok\n"),
        (&Method::GET, "/") => (StatusCode::OK, "hello\n"),
        _ => (StatusCode::NOT_FOUND, "no such page\n"),
    };
    let mut response = Response::new(Full::from(text).boxed());
    *response.status_mut() = status;
    Ok(response)
}

/// Serves until the listener is dropped with the future.
pub(crate) async fn run(listener: TcpListener, hosting: Hosting) -> std::io::Result<()> {
    let options = ServiceOptions { prefix: PREFIX.to_owned(), ..ServiceOptions::default() };
    // A handler of one's own sees each round; here it counts on the log to be read.
    let rounds = XferService::with_handler(hosting, options, |repo, request, options| {
        let (address, bytes) = (options.address.clone().unwrap_or_default(), request.cards.len());
        tracing::info!("{address} sends {bytes} bytes to {}", repo.path().display());
        handle_sync(repo, request, options)
    });
    loop {
        let (stream, address) = listener.accept().await?;
        let rounds = rounds.clone();
        let service = service_fn(move |mut request: Request<Incoming>| {
            request.extensions_mut().insert(Peer::from(address));
            route(rounds.clone(), request)
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service);
        // A client that goes away is no concern of the server.
        tokio::spawn(async move { drop(connection.await) });
    }
}

#[allow(dead_code, reason = "the test of this example calls `run`")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:8080").await?;
        Ok(run(listener, Hosting::new(path)?).await?)
    })
}
