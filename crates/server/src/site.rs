//! What a server of repositories shows at its address: rounds, pages, and whether it is well.

use std::convert::Infallible;
use std::task::{Context, Poll};

use http::{Method, Request, StatusCode};
use hyper::body::Body;
use outcrop_sync::BoxFuture;
use tower_service::Service;
use tracing::Instrument as _;

use crate::answer::{self, Answer, Refusal};
use crate::caller::Caller;
use crate::hosting::NotFound;
use crate::log::{self, Access};
use crate::pages::{self, Place};
use crate::probes::Probes;
use crate::service::{XferService, failed};

/// An [`XferService`] with pages for people and answers for those who watch over servers.
///
/// | request | answer |
/// |---|---|
/// | `POST` | a round, by [`XferService`] |
/// | `GET /healthz`, `/readyz`, `/metrics`, below the prefix or not | what [`Probes`] answer |
/// | `GET` of a folder | the repositories in it |
/// | `GET` of a repository | what it is, how to clone it, the newest check-ins, open branches |
///
/// Pages show what the user `nobody` may read, and no more. They come without scripts.
#[derive(Debug, Clone)]
pub struct Site {
    rounds: XferService,
    probes: Probes,
    shows_metrics: bool,
    lists: bool,
}

impl Site {
    /// Shows what a service serves.
    #[must_use]
    pub fn new(rounds: XferService) -> Self {
        Self { probes: Probes::new(rounds.clone()), rounds, shows_metrics: true, lists: true }
    }

    /// Lists no folders: whoever wants a repository must know its name.
    #[must_use]
    pub fn without_lists(self) -> Self {
        Self { lists: false, ..self }
    }

    pub(crate) const fn rounds(&self) -> &XferService {
        &self.rounds
    }

    /// Whether `/metrics` is shown to everyone who asks.
    #[must_use]
    pub fn show_metrics(mut self, shows: bool) -> Self {
        self.shows_metrics = shows;
        self
    }

    async fn answer<B>(&self, request: Request<B>, caller: Caller, access: &mut Access) -> Answer {
        let path = request.uri().path();
        let below = self.rounds.below(path);
        // Whoever watches is on this side of the proxy, as a rule, and knows of no prefix.
        let probe = below.unwrap_or(path);
        if (self.shows_metrics || probe != "/metrics")
            && let Some(answer) = self.probes.answer(probe).await
        {
            access.is_probe = true;
            return answer;
        }
        if below.is_none() {
            return answer::text(StatusCode::NOT_FOUND, "no such page");
        }
        self.page(request, caller).await.unwrap_or_else(|refusal| *refusal)
    }

    async fn page<B>(&self, request: Request<B>, caller: Caller) -> Result<Answer, Refusal> {
        let hosting = self.rounds.hosting();
        let whole = request.uri().path().to_owned();
        let below = self.rounds.below(&whole).unwrap_or_default().to_owned();
        let prefix = whole.strip_suffix(&below).unwrap_or_default();
        let base = self.rounds.options().base_url.as_ref();
        let place = Place { lists: self.lists, ..Place::asked_for(base, caller, prefix) };
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
        if request.method() == Method::POST {
            return self.rounds.call(request);
        }
        let site = self.clone();
        let caller = site.rounds.caller(&request);
        let mut access = Access::begin(&request, &caller);
        let span = access.span.clone();
        // The body, if there is one, means nothing.
        let request = request.map(drop);
        let answering = async move {
            let mut answer = match *request.method() {
                Method::GET | Method::HEAD => site.answer(request, caller, &mut access).await,
                _ => *answer::not_allowed("GET, HEAD, POST"),
            };
            access.end(&mut answer, &site.rounds.options().metrics);
            Ok(answer)
        };
        Box::pin(answering.instrument(span))
    }
}
