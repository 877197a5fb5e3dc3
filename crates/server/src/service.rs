//! The service that answers rounds.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use hyper::body::Body;
use outcrop_repo::Repo;
use outcrop_sync::{BoxFuture, HandleError, HandleOptions, Reply, handle_sync};
use outcrop_xfer::{Limits, MediaType};
use tokio::task::spawn_blocking;
use tower_service::Service;

use crate::answer::{self, Answer, Refusal};
use crate::body::{self, Unreadable};
use crate::gate::Gate;
use crate::hosting::{Hosted, Hosting, NotFound};
use crate::log::{self, Access};
use crate::round::{Round, Sent};
use crate::trust::RemoteUser;
use crate::{Peer, limits};

/// Answers one request of the protocol: [`handle_sync`], or something around it.
pub type Handler = dyn Fn(&Repo, outcrop_sync::Request, &HandleOptions<'_>) -> Result<Reply, HandleError>
    + Send
    + Sync;

/// The bounds of an [`XferService`].
#[derive(Debug, Clone)]
pub struct ServiceOptions {
    /// Bounds of messages. A body may not be larger than a message.
    pub limits: Limits,
    /// Rounds and pages that are worked on at a time.
    pub rounds: usize,
    /// Rounds and pages that may wait for their turn. Further ones are refused with status 503.
    pub waiting: usize,
    /// How long they may wait.
    pub patience: Duration,
    /// How long a client may send nothing of a body.
    pub body_stall: Duration,
    /// The part of the path before the names of repositories, where the service is mounted.
    pub prefix: String,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            rounds: limits::ROUNDS,
            waiting: limits::WAITING,
            patience: limits::PATIENCE,
            body_stall: limits::BODY_STALL,
            prefix: String::new(),
        }
    }
}

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
///
/// `examples/mount.rs` has it beside another route.
#[derive(Clone)]
pub struct XferService(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) hosting: Arc<Hosting>,
    handler: Arc<Handler>,
    options: ServiceOptions,
    /// Rounds and pages under way.
    gate: Arc<Gate>,
    /// Memory for bodies, in steps of [`limits::BODY_STEP`].
    bodies: Gate,
}

impl XferService {
    /// Serves repositories.
    #[must_use]
    pub fn new(hosting: Hosting, options: ServiceOptions) -> Self {
        Self::with_handler(hosting, options, handle_sync)
    }

    /// Serves repositories by a handler of one's own.
    pub fn with_handler<H>(hosting: Hosting, options: ServiceOptions, handler: H) -> Self
    where
        H: Fn(&Repo, outcrop_sync::Request, &HandleOptions<'_>) -> Result<Reply, HandleError>
            + Send
            + Sync
            + 'static,
    {
        let steps = options.limits.message.div_ceil(limits::BODY_STEP);
        let memory = steps.saturating_mul(limits::LARGEST_BODIES);
        Self(Arc::new(Shared {
            hosting: Arc::new(hosting),
            handler: Arc::new(handler),
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

    pub(crate) fn hosting(&self) -> Arc<Hosting> {
        Arc::clone(&self.0.hosting)
    }

    /// Does work that blocks, when its turn comes.
    pub(crate) async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        self.0.in_turn(work).await
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
        Box::pin(async move {
            let mut access = Access::begin(&request);
            let answer = service.answer(request, &mut access).await;
            let answer = answer.unwrap_or_else(|refusal| *refusal);
            access.end(&answer);
            Ok(answer)
        })
    }
}

impl XferService {
    /// A refusal is an answer too.
    async fn answer<B>(&self, request: Request<B>, access: &mut Access) -> Result<Answer, Refusal>
    where
        B: Body + Send,
        B::Data: Send,
    {
        let shared = &self.0;
        if request.method() != Method::POST {
            return Err(answer::not_allowed("POST"));
        }
        let Some(media) = media_type(request.headers()) else {
            let words = "only messages of the Fossil sync protocol are taken here";
            return Err(answer::unread(StatusCode::UNSUPPORTED_MEDIA_TYPE, words));
        };
        let most = shared.options.limits.message;
        body::check_length(request.body(), most).map_err(|error| unreadable(&error))?;
        if shared.gate.is_full() {
            return Err(answer::crowded(limits::RETRY_AFTER));
        }
        let Some(path) = self.below(request.uri().path()).map(str::to_owned) else {
            return Err(answer::unread(StatusCode::NOT_FOUND, "no such repository"));
        };
        let hosted = shared.find(path).await?;

        let cookies = cookies(request.headers());
        let address = request.extensions().get::<Peer>().map(|peer| peer.0.ip().to_string());
        let user = request.extensions().get::<RemoteUser>().cloned();
        let stall = shared.options.body_stall;
        let held = body::read(request.into_body(), most, stall, &shared.bodies).await;
        let held = held.map_err(|error| unreadable(&error))?;
        access.received = held.body.len();
        let round = Round {
            repo: hosted.repo,
            sent: Sent { media, held, cookies, address, user },
            handler: Arc::clone(&shared.handler),
            limits: shared.options.limits,
        };
        let begun = Instant::now();
        let reply = shared.in_turn(move || round.run());
        let (media, reply) = reply.await??;
        access.worked = begun.elapsed();
        Ok(answer::chunks(StatusCode::OK, media.as_str(), reply))
    }
}

impl Shared {
    /// Looks for a repository.
    async fn find(&self, path: String) -> Result<Hosted, Refusal> {
        let hosting = Arc::clone(&self.hosting);
        let found = spawn_blocking(move || {
            let found = hosting.find(&path);
            if let Err(error) = &found {
                log::not_found(&path, error);
            }
            found
        });
        found.await.map_err(|_| failed())?.map_err(|error| not_found(&error))
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Refusal> {
        let place = self.gate.enter(1).await;
        let place = place.map_err(|_| answer::crowded(limits::RETRY_AFTER))?;
        let working = spawn_blocking(move || {
            let done = work();
            // Until then, also if the client is gone.
            drop(place);
            done
        });
        working.await.map_err(|_| failed())
    }
}

/// What was not served, to a client: the same words for all that it may not know apart.
fn not_found(error: &NotFound) -> Refusal {
    match error {
        NotFound::Unusable(_) => failed(),
        _ => answer::unread(StatusCode::NOT_FOUND, "no such repository"),
    }
}

/// Something that is no client's fault.
pub(crate) fn failed() -> Refusal {
    let words = "the repository cannot be served: the server's log says why";
    answer::unread(StatusCode::INTERNAL_SERVER_ERROR, words)
}

pub(crate) fn unreadable(error: &Unreadable) -> Refusal {
    let status = match error {
        Unreadable::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
        Unreadable::TooSlow => StatusCode::REQUEST_TIMEOUT,
        Unreadable::Broken => StatusCode::BAD_REQUEST,
        Unreadable::NoRoom => return answer::crowded(limits::RETRY_AFTER),
    };
    answer::unread(status, &error.to_string())
}

fn media_type(headers: &HeaderMap) -> Option<MediaType> {
    headers.get(CONTENT_TYPE)?.to_str().ok()?.parse().ok()
}

/// All cookies, as one header would have them.
fn cookies(headers: &HeaderMap) -> Option<String> {
    let texts = |name: HeaderName| headers.get_all(name).into_iter();
    let cookies: Vec<_> = texts(COOKIE).filter_map(|value| value.to_str().ok()).collect();
    (!cookies.is_empty()).then(|| cookies.join("; "))
}
