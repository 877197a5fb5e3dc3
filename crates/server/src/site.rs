//! What a server of repositories shows at its address: rounds, pages, and whether it is well.

use std::convert::Infallible;
use std::task::{Context, Poll};

use http::{Method, Request, StatusCode};
use hyper::body::Body;
use outcrop_sync::BoxFuture;
use tokio::task::spawn_blocking;
use tower_service::Service;

use crate::answer::{self, Answer, Refusal};
use crate::hosting::NotFound;
use crate::log::{self, Access};
use crate::service::{XferService, failed};
use crate::{pages, way};

/// An [`XferService`] with pages for people and answers for those who watch over servers.
///
/// | request | answer |
/// |---|---|
/// | `POST` | a round, by [`XferService`] |
/// | `GET /healthz` | 200 while the process answers at all |
/// | `GET /readyz` | 200 while there is something to serve, else 503 |
/// | `GET` of a folder | the repositories in it |
/// | `GET` of a repository | what it is, how to clone it, the newest check-ins, open branches |
///
/// Pages show what the user `nobody` may read, and no more. They come without scripts.
#[derive(Debug, Clone)]
pub struct Site {
    rounds: XferService,
    lists: bool,
}

impl Site {
    /// Shows what a service serves.
    #[must_use]
    pub fn new(rounds: XferService) -> Self {
        Self { rounds, lists: true }
    }

    /// Lists no folders: whoever wants a repository must know its name.
    #[must_use]
    pub fn without_lists(self) -> Self {
        Self { lists: false, ..self }
    }

    pub(crate) const fn rounds(&self) -> &XferService {
        &self.rounds
    }

    async fn answer<B>(&self, request: Request<B>) -> Answer {
        let path = request.uri().path();
        match self.rounds.below(path) {
            Some("/healthz") => answer::text(StatusCode::OK, "ok"),
            Some("/readyz") => self.readiness().await,
            Some(_) => self.page(request).await.unwrap_or_else(|refusal| *refusal),
            None => answer::text(StatusCode::NOT_FOUND, "no such page"),
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

    async fn page<B>(&self, request: Request<B>) -> Result<Answer, Refusal> {
        let hosting = self.rounds.hosting();
        let host = pages::host(request.headers()).unwrap_or("localhost").to_owned();
        let whole = request.uri().path().to_owned();
        let below = self.rounds.below(&whole).unwrap_or_default().to_owned();
        let prefix = whole.strip_suffix(&below).unwrap_or_default().to_owned();
        let scheme = if way::is_secure(request.extensions()) { "https" } else { "http" };
        let place = pages::Place { scheme, host, prefix, lists: self.lists };
        let made = self.rounds.in_turn(move || {
            pages::page(&hosting, &below, &place).map_err(|error| match error {
                pages::NoPage::NotFound(error) => {
                    log::not_found(&below, &error);
                    match error {
                        NotFound::Unusable(_) => failed(),
                        _ => Box::new(pages::nothing()),
                    }
                }
                pages::NoPage::Database(error) => {
                    log::page_failed(&below, &error);
                    failed()
                }
            })
        });
        made.await?
    }
}

impl<B> Service<Request<B>> for Site
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match *request.method() {
            Method::POST => self.rounds.call(request),
            Method::GET | Method::HEAD => {
                let (site, access) = (self.clone(), Access::begin(&request));
                // The body, if there is one, means nothing.
                let request = request.map(drop);
                Box::pin(async move {
                    let answer = site.answer(request).await;
                    access.end(&answer);
                    Ok(answer)
                })
            }
            _ => {
                let access = Access::begin(&request);
                let answer = *answer::not_allowed("GET, HEAD, POST");
                access.end(&answer);
                Box::pin(async move { Ok(answer) })
            }
        }
    }
}
