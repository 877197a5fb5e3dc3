//! How a service is set up.

use std::fmt;
use std::num::NonZero;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use outcrop_sync::{HttpUrl, Observer};
use outcrop_xfer::Limits;

use crate::caller::Proxies;
use crate::limits;
use crate::metrics::Metrics;

/// The bounds of an [`XferService`](crate::XferService), and what it knows of the world around it.
#[derive(Clone)]
pub struct ServiceOptions {
    /// Bounds of messages. A body may not be larger than a message.
    pub limits: Limits,
    /// Bytes of a message from who does not log in, in repositories where not everyone may write. A
    /// handler that knows of other logins than those of cards, cookies and headers wants as many as a
    /// message may have.
    pub stranger_message: usize,
    /// Rounds and pages that are worked on at a time. Each takes a thread of those that the runtime has for
    /// blocking work, and some memory that mostly stays with the thread: a server on a runtime of its
    /// own keeps small if that has few more of them than there are rounds.
    pub rounds: usize,
    /// Rounds and pages that may wait for their turn. Further ones are refused with status 503.
    pub waiting: usize,
    /// How long they may wait.
    pub patience: Duration,
    /// How long a client may send nothing of a body.
    pub body_stall: Duration,
    /// The part of the path before the names of repositories, where the service is mounted.
    pub prefix: String,
    /// Where clients find what is served: the one repository, or the folder of all. Without it pages
    /// tell what each client has asked for.
    pub base_url: Option<HttpUrl>,
    /// The proxies in front, whose word on who calls counts.
    pub proxies: Proxies,
    /// Who watches each round.
    pub observer: Option<Arc<dyn Observer>>,
    /// Where all is counted.
    pub metrics: Metrics,
}

impl Default for ServiceOptions {
    fn default() -> Self {
        Self {
            limits: Limits::DEFAULT,
            stranger_message: limits::STRANGER_MESSAGE,
            rounds: rounds_at_a_time(),
            waiting: limits::WAITING,
            patience: limits::PATIENCE,
            body_stall: limits::BODY_STALL,
            prefix: String::new(),
            base_url: None,
            proxies: Proxies::default(),
            observer: None,
            metrics: Metrics::default(),
        }
    }
}

/// As many rounds as this machine works on well.
fn rounds_at_a_time() -> usize {
    let cores = thread::available_parallelism().map_or(1, NonZero::get);
    (cores * limits::ROUNDS_EACH_CORE).clamp(limits::FEWEST_ROUNDS, limits::MOST_ROUNDS)
}

impl fmt::Debug for ServiceOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServiceOptions")
            .field("limits", &self.limits)
            .field("stranger_message", &self.stranger_message)
            .field("rounds", &self.rounds)
            .field("waiting", &self.waiting)
            .field("prefix", &self.prefix)
            .field("base_url", &self.base_url)
            .field("proxies", &self.proxies)
            .finish_non_exhaustive()
    }
}
