//! Answers for those who watch over servers.

use std::convert::Infallible;
use std::task::{Context, Poll};

use http::{Method, Request, StatusCode};
use outcrop_sync::BoxFuture;
use tokio::task::spawn_blocking;
use tower_service::Service;

use crate::answer::{self, Answer};
use crate::log::{self, Access};
use crate::metrics;
use crate::service::{XferService, failed};

/// Whether a server is well, and what it does: for an address of its own, which nobody else needs
/// to reach. [`Site`](crate::Site) has them too.
///
/// | request | answer |
/// |---|---|
/// | `GET /healthz` | 200 while the process answers at all |
/// | `GET /readyz` | 200 while there is something to serve, else 503 |
/// | `GET /metrics` | what was counted, in Prometheus' text format |
#[derive(Debug, Clone)]
pub struct Probes {
    rounds: XferService,
}

impl Probes {
    /// Watches over a service.
    #[must_use]
    pub fn new(rounds: XferService) -> Self {
        Self { rounds }
    }

    /// The answer, if the path is one of these.
    pub(crate) async fn answer(&self, path: &str) -> Option<Answer> {
        match path {
            "/healthz" => Some(answer::text(StatusCode::OK, "ok")),
            "/readyz" => Some(self.readiness().await),
            "/metrics" => {
                let page = self.rounds.metrics();
                Some(answer::plain(StatusCode::OK, metrics::CONTENT_TYPE, page))
            }
            _ => None,
        }
    }

    async fn readiness(&self) -> Answer {
        let hosting = self.rounds.hosting();
        match spawn_blocking(move || hosting.check()).await {
            Ok(Ok(())) => answer::text(StatusCode::OK, "ready"),
            Ok(Err(error)) => {
                log::not_ready(&error);
                answer::text(StatusCode::SERVICE_UNAVAILABLE, "not ready")
            }
            Err(_) => *failed(),
        }
    }
}

impl<B> Service<Request<B>> for Probes {
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut access = Access::begin(&request, &self.rounds.caller(&request));
        access.is_probe = true;
        let (probes, path) = (self.clone(), request.uri().path().to_owned());
        let is_get = matches!(*request.method(), Method::GET | Method::HEAD);
        Box::pin(async move {
            let mut answer = if is_get {
                let found = probes.answer(&path).await;
                found.unwrap_or_else(|| answer::text(StatusCode::NOT_FOUND, "no such page"))
            } else {
                *answer::not_allowed("GET, HEAD")
            };
            access.end(&mut answer, &probes.rounds.options().metrics);
            Ok(answer)
        })
    }
}
