//! One round: the part that blocks.
//!
//! A round may take several steps, between which no thread is held:
//!
//! ```text
//! run ─┬─► Done
//!      ├─► MustWait, and once more when the login may be looked at
//!      └─► MustWrite, and once more when it is this round's turn to write
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Round`] |
//! | `login.rs` | who a request says that it is from |
//! | `witness.rs` | hearing from the handler what has come of it |

mod login;
mod witness;

use std::sync::Arc;
use std::time::SystemTime;

use http::StatusCode;
use outcrop_repo::Repo;
use outcrop_repo::tx::{DatabaseError, Failure};
use outcrop_sync::{
    HandleError, HandleOptions, Handled, Observer, Request, TraceParent, Trust, Writing,
};
use outcrop_xfer::{Chunks, Limits, MediaType};
use tokio::sync::OwnedSemaphorePermit;

use crate::answer::{self, Answer, Reason, Refusal};
use crate::body::{Bound, Held};
use crate::caller::Caller;
use crate::doorman::{Attempt, Doorman, Outcome, Ticket};
use crate::hosting::Hosted;
use crate::limits;
use crate::log::{self, Decision};
use crate::metrics::Metrics;
use crate::metrics::labels::{Error, Method};
use crate::service::{Handler, failed};
use crate::trust::{self, Claims, NotTrusted};
use witness::Witness;

/// What a client has sent.
pub(crate) struct Sent {
    pub(crate) media: MediaType,
    /// How large it may be.
    pub(crate) bound: Bound,
    pub(crate) held: Held,
    /// The cookies, one of which may hold the login.
    pub(crate) cookies: Option<String>,
    /// What comes beside the cards.
    pub(crate) claims: Claims,
    /// The trace that it is part of.
    pub(crate) trace_parent: Option<TraceParent>,
}

/// What all rounds of a service share.
#[derive(Clone)]
pub(crate) struct Rules {
    pub(crate) handler: Arc<Handler>,
    pub(crate) limits: Limits,
    /// Where the folder is, as clients have it.
    pub(crate) base_url: Option<String>,
    /// Who watches beside us.
    pub(crate) observer: Option<Arc<dyn Observer>>,
    pub(crate) doorman: Doorman,
    pub(crate) metrics: Metrics,
}

/// A round under way.
pub(crate) struct Round {
    pub(crate) hosted: Hosted,
    pub(crate) sent: Sent,
    pub(crate) caller: Caller,
    pub(crate) rules: Rules,
    /// The request, opened, as long as the next step follows at once.
    opened: Option<Request>,
    /// Whom it says that it is from, once that is known.
    claimed: Option<String>,
    /// Whether it has a login of its own, which is looked at last.
    has_card: bool,
    /// The right to try to log in.
    pub(crate) ticket: Option<Arc<Ticket>>,
    /// The right to write.
    pub(crate) turn: Option<OwnedSemaphorePermit>,
}

/// What a step has come to.
pub(crate) enum Step {
    Done(Box<Done>),
    /// The login may not be looked at yet.
    MustWait(Attempt),
    /// It must write, and it is not its turn.
    MustWrite,
}

/// A round that was answered.
pub(crate) struct Done {
    pub(crate) media: MediaType,
    pub(crate) body: Chunks,
    /// What has come of it, if the handler has told.
    pub(crate) handled: Option<Handled>,
}

impl Round {
    pub(crate) fn new(hosted: Hosted, sent: Sent, caller: Caller, rules: Rules) -> Self {
        let (opened, claimed, has_card, ticket, turn) = (None, None, false, None, None);
        Self { hosted, sent, caller, rules, opened, claimed, has_card, ticket, turn }
    }

    /// Forgets what takes memory and can be made anew: the next step does not follow at once.
    pub(crate) fn put_aside(&mut self) {
        self.opened = None;
        self.sent.held.leave_closed();
    }

    /// Takes a step, or gives what is answered instead.
    pub(crate) fn run(&mut self, writing: Writing) -> Result<Step, Refusal> {
        let request = self.open()?;
        if self.ticket.is_none()
            && let Some(user) = self.find_login(&request)?
        {
            let attempt = Attempt { address: self.caller.network(), user };
            match self.rules.doorman.try_admit(&attempt) {
                Some(ticket) => self.ticket = Some(Arc::new(ticket)),
                None => return Ok(Step::MustWait(attempt)),
            }
        }
        let trust = self.trust()?;
        let witness = Arc::new(Witness::new(self.ticket.clone()));
        let options = HandleOptions {
            trust,
            address: self.caller.address.map(|address| address.to_string()),
            base_url: self.rules.base_url.as_deref().map(|base| self.below(base)),
            limits: self.rules.limits,
            writing,
            batches: Some(Arc::clone(&self.hosted.batches)),
            observer: self.watched_by(&witness),
            ..HandleOptions::default()
        };
        let reply = match (self.rules.handler)(&self.hosted.repo, request, &options) {
            Ok(reply) => reply,
            Err(HandleError::MustWrite) => return Ok(Step::MustWrite),
            Err(error) => return Err(self.unanswered(&error)),
        };
        let handled = witness.told();
        if let Some(handled) = &handled {
            self.decision().made(handled);
            if handled.login_failed {
                self.rules.metrics.login_failed(Method::Card);
            }
        }
        let media = reply.media;
        let body = reply.into_body().map_err(|error| {
            log::round_failed(self.repo().path(), &error);
            failed()
        })?;
        Ok(Step::Done(Box::new(Done { media, body, handled })))
    }

    fn repo(&self) -> &Repo {
        &self.hosted.repo
    }

    /// Where this repository is.
    fn below(&self, base: &str) -> String {
        let base = base.trim_end_matches('/');
        if self.hosted.name.is_empty() {
            base.to_owned()
        } else {
            format!("{base}/{}", self.hosted.name)
        }
    }

    fn watched_by(&self, witness: &Arc<Witness>) -> Arc<dyn Observer> {
        let witness: Arc<dyn Observer> = Arc::clone(witness) as _;
        match &self.rules.observer {
            Some(other) => Arc::new(vec![Arc::clone(other), witness]),
            None => witness,
        }
    }

    /// The request, out of its envelope.
    fn open(&mut self) -> Result<Request, Refusal> {
        if let Some(request) = &self.opened {
            return Ok(request.clone());
        }
        let Sent { media, held, cookies, trace_parent, .. } = &self.sent;
        let (body, cookies) = (held.body.clone(), cookies.as_deref());
        let opened = Request::from_body(*media, body, cookies, &self.rules.limits);
        let mut request = opened.map_err(|error| {
            let words = format!("this is no message of the Fossil sync protocol: {error}");
            no_message(&words)
        })?;
        request.trace_parent = *trace_parent;
        self.opened = Some(request.clone());
        Ok(request)
    }

    /// Finds out who the request says that it is from, if that has to be proven.
    fn find_login(&mut self, request: &Request) -> Result<Option<String>, Refusal> {
        let claims = &self.sent.claims;
        let by_basic = if claims.is_empty() {
            None
        } else {
            let tx = self.repo().read().map_err(|error| self.broken(&error))?;
            let user = trust::to_be_proven(&tx, claims).map_err(|error| self.broken(&error))?;
            user.map(str::to_owned)
        };
        let by_card = login::claimed(request, &self.rules.limits);
        self.has_card = by_card.is_some();
        self.claimed = by_basic.or(by_card);
        Ok(self.claimed.clone())
    }

    /// Whose rights the request has beside those of everyone.
    fn trust(&self) -> Result<Trust, Refusal> {
        if self.sent.claims.is_empty() {
            return Ok(Trust::Login);
        }
        let tx = self.repo().read().map_err(|error| self.broken(&error))?;
        match trust::trust(&tx, &self.sent.claims, SystemTime::now()) {
            Ok(trust) => {
                if !self.has_card {
                    self.tell_doorman(Outcome::Succeeded);
                }
                Ok(trust)
            }
            Err(NotTrusted::Database(error)) => Err(self.broken(&error)),
            Err(NotTrusted::WrongPassword) => {
                self.tell_doorman(Outcome::Failed);
                self.rules.metrics.login_failed(Method::Basic);
                self.decision().login_failed("request");
                Err(answer::wrong_password())
            }
        }
    }

    fn tell_doorman(&self, outcome: Outcome) {
        if let Some(ticket) = &self.ticket {
            ticket.tell(outcome);
        }
    }

    pub(crate) fn decision(&self) -> Decision<'_> {
        Decision {
            repository: self.repo().path(),
            address: self.caller.address,
            claimed: self.claimed.as_deref(),
        }
    }

    /// What a client is told when there is no answer.
    fn unanswered(&self, error: &HandleError) -> Refusal {
        self.rules.metrics.error(Error::from(error));
        log::round_failed(self.repo().path(), error);
        if error.is_transient() {
            let words = "another program uses the repository: try again in a moment";
            answer::later(Reason::Busy, words, limits::RETRY_AFTER)
        } else if matches!(error, HandleError::Database(error) if error.failure() == Failure::Full)
        {
            let words = "the server's disk is full, and nothing of this round was stored: whoever \
                         runs the server must make room first";
            answer::refused(Reason::DiskFull, words)
        } else {
            failed()
        }
    }

    fn broken(&self, error: &DatabaseError) -> Refusal {
        self.rules.metrics.error(Error::from(error));
        log::round_failed(self.repo().path(), error);
        failed()
    }
}

/// A body of the right type that is none. All of it was read, so the connection can go on.
fn no_message(words: &str) -> Refusal {
    let mut answer: Answer = answer::text(StatusCode::BAD_REQUEST, words);
    answer.extensions_mut().insert(Reason::NoMessage);
    Box::new(answer)
}
