//! The service that answers rounds.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Instant;

use http::{Method, Request, StatusCode};
use hyper::body::Body;
use outcrop_repo::Repo;
use outcrop_sync::{BoxFuture, HandleError, HandleOptions, Reply, handle_sync};
use tokio::sync::OwnedSemaphorePermit;
use tokio::task::spawn_blocking;
use tower_service::Service;
use tracing::{Instrument as _, Span};

use crate::answer::{self, Answer, Reason, Refusal};
use crate::body::{self, Bound, Unreadable};
use crate::caller::Caller;
use crate::doorman::Doorman;
use crate::gate::Gate;
use crate::hosting::{Hosted, Hosting, NotFound};
use crate::log::{self, Access};
use crate::metrics::labels::Outcome;
use crate::metrics::{Finished, Levels};
use crate::options::ServiceOptions;
use crate::round::{Done, Round, Rules, Sent};
use crate::stranger::Stranger;
use crate::{headers, limits, turns};

/// Answers one request of the protocol: [`handle_sync`], or something around it.
pub type Handler = dyn Fn(&Repo, outcrop_sync::Request, &HandleOptions<'_>) -> Result<Reply, HandleError>
    + Send
    + Sync;

/// Answers rounds over HTTP: a `tower` service for any body, to be mounted beside other routes.
///
/// A request is one of the protocol by its content type, whatever its path; the path says which
/// repository it is for ([`Hosting`]). Clones share everything, limits too. Must be used within a
/// Tokio runtime that has its time driver enabled: the work itself is done on the runtime's threads
/// for blocking work.
///
/// | request | status |
/// |---|---|
/// | a round | 200, an exact length, and the content type of the request |
/// | not POST | 405 |
/// | of another content type | 415 |
/// | for no repository | 404 |
/// | a body that is too large, comes too slowly, is no message | 413, 408, 400 |
/// | more at a time than may wait | 503, with `Retry-After` |
/// | a wrong password by HTTP's Basic scheme, where that counts | 401 |
/// | another login where too many have failed lately | 429, with `Retry-After` |
///
/// Each answer has an `x-request-id`: that of the request's `traceparent`, or a new one.
///
/// `examples/mount.rs` and `examples/axum.rs` have it beside other routes.
#[derive(Clone)]
pub struct XferService(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) hosting: Arc<Hosting>,
    options: ServiceOptions,
    /// What each round is answered by.
    rules: Rules,
    /// Rounds and pages under way.
    gate: Arc<Gate>,
    /// Memory for bodies, and for what is in them, in steps of [`limits::BODY_STEP`].
    bodies: Gate,
}

impl XferService {
    /// Serves repositories.
    #[must_use]
    pub fn new(hosting: Hosting, options: ServiceOptions) -> Self {
        Self::with_handler(hosting, options, handle_sync)
    }

    /// Serves repositories by a handler of one's own.
    ///
    /// A round that must write may come to it twice or three times, with different
    /// [`HandleOptions::writing`]: so pass the options on, and the error
    /// [`MustWrite`](HandleError::MustWrite) back.
    pub fn with_handler<H>(hosting: Hosting, options: ServiceOptions, handler: H) -> Self
    where
        H: Fn(&Repo, outcrop_sync::Request, &HandleOptions<'_>) -> Result<Reply, HandleError>
            + Send
            + Sync
            + 'static,
    {
        let steps = options.limits.message.div_ceil(limits::BODY_STEP);
        let memory = steps.saturating_mul(limits::LARGEST_BODIES);
        let rules = Rules {
            handler: Arc::new(handler),
            limits: options.limits,
            base_url: options.base_url.clone().map(|url| url.without_user().to_string()),
            observer: options.observer.clone(),
            doorman: Doorman::default(),
            metrics: options.metrics.clone(),
        };
        Self(Arc::new(Shared {
            hosting: Arc::new(hosting),
            rules,
            gate: Arc::new(Gate::new(options.rounds, options.waiting, options.patience)),
            bodies: Gate::new(memory, options.waiting, options.patience),
            options,
        }))
    }

    /// Waits for all rounds under way, lets no other begin, and brings all that was committed into
    /// the repository files themselves.
    pub async fn close(&self) {
        self.0.gate.close_when_empty().await;
        self.settle().await;
    }

    /// Brings all that was committed into the repository files themselves, as far as nobody uses
    /// them.
    pub async fn settle(&self) {
        let hosting = Arc::clone(&self.0.hosting);
        // A panic there was reported by the runtime.
        let unsettled = spawn_blocking(move || hosting.settle()).await.unwrap_or_default();
        for (path, error) in unsettled {
            log::unsettled(&path, error.as_ref());
        }
    }

    /// All that was counted, in Prometheus' text format.
    #[must_use]
    pub fn metrics(&self) -> String {
        let shared = &self.0;
        shared.options.metrics.page(&Levels {
            rounds_running: shared.gate.taken(),
            rounds_waiting: shared.gate.waiting(),
            logins_waiting: shared.rules.doorman.waiting(),
            repositories_open: shared.hosting.open_count(),
        })
    }

    pub(crate) fn hosting(&self) -> Arc<Hosting> {
        Arc::clone(&self.0.hosting)
    }

    pub(crate) fn options(&self) -> &ServiceOptions {
        &self.0.options
    }

    /// Who sends a request.
    pub(crate) fn caller<B>(&self, request: &Request<B>) -> Caller {
        Caller::of(request, &self.0.options.proxies)
    }

    /// A place for work that blocks, when its turn comes.
    pub(crate) async fn place(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.0.gate.enter(1).await.map_err(|_| answer::crowded())
    }

    /// The same for who had a place before, and has waited outside since: however many others wait.
    pub(crate) async fn place_again(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        self.0.gate.enter_again().await.map_err(|_| answer::crowded())
    }

    /// Takes room in memory for what is in the body of a request.
    pub(crate) async fn room_to_open(&self, sent: &mut Sent) -> Result<(), Refusal> {
        let taken = sent.held.take_room_to_open(&sent.bound, &self.0.bodies).await;
        taken.map_err(|error| unreadable(&error))
    }

    /// Does work that blocks.
    pub(crate) async fn work<T: Send + 'static>(
        &self,
        place: OwnedSemaphorePermit,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let span = Span::current();
        let working = spawn_blocking(move || {
            let done = span.in_scope(work);
            // Until then, also if the client is gone.
            drop(place);
            done
        });
        working.await.map_err(|_| failed())
    }

    /// Does work that blocks, when its turn comes.
    pub(crate) async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.place().await?;
        self.work(place, work).await
    }

    /// The path below the place where the service is mounted.
    pub(crate) fn below<'a>(&self, path: &'a str) -> Option<&'a str> {
        let prefix = self.0.options.prefix.trim_end_matches('/');
        let below = path.strip_prefix(prefix)?;
        (below.is_empty() || below.starts_with('/')).then_some(below)
    }
}

impl fmt::Debug for XferService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("XferService")
            .field("hosting", &self.0.hosting)
            .field("options", &self.0.options)
            .finish_non_exhaustive()
    }
}

impl<B> Service<Request<B>> for XferService
where
    B: Body + Send + 'static,
    B::Data: Send,
{
    type Response = Answer;
    type Error = Infallible;
    type Future = BoxFuture<'static, Result<Answer, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // Who comes too many is told so, and need not wonder.
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let service = self.clone();
        let caller = service.caller(&request);
        let mut access = Access::begin(&request, &caller);
        let span = access.span.clone();
        let answering = async move {
            let answer = service.answer(request, caller, &mut access).await;
            let mut answer = answer.unwrap_or_else(|refusal| *refusal);
            access.end(&mut answer, &service.0.options.metrics);
            Ok(answer)
        };
        Box::pin(answering.instrument(span))
    }
}

impl XferService {
    /// A refusal is an answer too.
    async fn answer<B>(
        &self,
        request: Request<B>,
        caller: Caller,
        access: &mut Access,
    ) -> Result<Answer, Refusal>
    where
        B: Body + Send,
        B::Data: Send,
    {
        let shared = &self.0;
        if request.method() != Method::POST {
            return Err(answer::not_allowed("POST"));
        }
        let Some(media) = headers::media_type(request.headers()) else {
            let words = "only messages of the Fossil sync protocol are taken here";
            return Err(answer::refused(Reason::WrongType, words));
        };
        let most = shared.options.limits.message;
        body::check_length(request.body(), most).map_err(|error| unreadable(&error))?;
        if shared.gate.is_full() {
            return Err(answer::crowded());
        }
        let Some(path) = self.below(request.uri().path()).map(str::to_owned) else {
            return Err(answer::refused(Reason::NoRepository, "no such repository"));
        };
        let hosted = shared.find(path).await?;

        let cookies = headers::cookies(request.headers());
        let claims = headers::claims(&request);
        let trace_parent = headers::trace_parent(request.headers());
        let stall = shared.options.body_stall;
        let stranger = Stranger {
            most: shared.options.stranger_message,
            address: caller.network(),
            doorman: shared.rules.doorman.clone(),
        };
        let is_named = stranger.has_login(cookies.as_deref());
        let mut bound = Bound { media, most, stranger: (!is_named).then(|| stranger.clone()) };
        let declared = request.body().size_hint().upper();
        if bound.may_not_come(declared) && stranger.is_none(&hosted, &claims).await? {
            bound.stranger = None;
        }
        let held = body::read(request.into_body(), &bound, stall, &shared.bodies).await;
        let held = held.map_err(|error| unreadable(&error))?;
        if let Err(error) = bound.check_opened(&held.body)
            && !stranger.is_none(&hosted, &claims).await?
        {
            return Err(unreadable(&error));
        }
        // From here on it is decided.
        bound.stranger = None;
        access.received = held.body.len();
        let sent = Sent { media, bound, held, cookies, claims, trace_parent };
        let round = Round::new(hosted, sent, caller, shared.rules.clone());
        let begun = Instant::now();
        let done = turns::take(self, round).await;
        access.worked = begun.elapsed();
        self.count(access, &done);
        let Done { media, body, .. } = done?;
        Ok(answer::chunks(StatusCode::OK, media.as_str(), body))
    }

    fn count(&self, access: &Access, done: &Result<Done, Refusal>) {
        let (handled, sent) = match done {
            Ok(done) => (done.handled.as_ref(), done.body.len()),
            Err(refusal) => match refusal.extensions().get::<Reason>() {
                Some(Reason::Failed | Reason::Busy | Reason::DiskFull) => (None, 0),
                // It did not come to a round.
                _ => return,
            },
        };
        let outcome = match done {
            Err(_) => Outcome::Failed,
            Ok(_) if handled.is_some_and(|handled| handled.refusal.is_some()) => Outcome::Refused,
            Ok(_) => Outcome::Ok,
        };
        let (took, received) = (access.worked, access.received);
        let finished = Finished { handled, outcome, took, received, sent };
        self.0.options.metrics.round(&finished);
    }
}

impl Shared {
    /// Looks for a repository.
    async fn find(&self, path: String) -> Result<Hosted, Refusal> {
        let hosting = Arc::clone(&self.hosting);
        let span = Span::current();
        let found = spawn_blocking(move || {
            let found = hosting.find(&path);
            if let Err(error) = &found {
                span.in_scope(|| log::not_found(&path, error));
            }
            found
        });
        found.await.map_err(|_| failed())?.map_err(|error| not_found(&error))
    }
}

/// What was not served, to a client: the same words for all that it may not know apart.
fn not_found(error: &NotFound) -> Refusal {
    match error {
        NotFound::Unusable(_) => failed(),
        _ => answer::refused(Reason::NoRepository, "no such repository"),
    }
}

/// Something that is no client's fault.
pub(crate) fn failed() -> Refusal {
    let words = "the repository cannot be served: the server's log says why";
    answer::refused(Reason::Failed, words)
}

pub(crate) fn unreadable(error: &Unreadable) -> Refusal {
    let reason = match error {
        Unreadable::TooLarge(_) | Unreadable::TooLargeForStranger(_) => Reason::TooLarge,
        Unreadable::LoginDoubted(_) => {
            let words = error.to_string();
            return answer::later(Reason::LoginDelayed, &words, limits::LONGEST_LOGIN_DELAY);
        }
        Unreadable::TooSlow => Reason::TooSlow,
        Unreadable::Broken => Reason::Broken,
        Unreadable::NoRoom => return answer::crowded(),
    };
    answer::refused(reason, &error.to_string())
}
