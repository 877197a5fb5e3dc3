//! What a server has done and does, in numbers.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Metrics`]: the numbers, and the page that shows them |
//! | `labels.rs` | the words that tell them apart |
//! | `moved.rs` | what rounds have moved |
//! | `histogram.rs` | durations |
//! | `text.rs` | Prometheus' text format |

mod histogram;
pub(crate) mod labels;
mod moved;
mod text;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use http::StatusCode;
use outcrop_sync::Handled;

use crate::answer::Reason;
use histogram::Histogram;
use labels::{Error, Method, OPERATIONS, Outcome, STATUSES};
use moved::Moved;
pub(crate) use text::CONTENT_TYPE;
use text::Page;

/// The numbers of a server. Clones count together: give the same to the service and to whoever
/// listens.
#[derive(Debug, Clone, Default)]
pub struct Metrics(Arc<Numbers>);

#[derive(Debug)]
struct Numbers {
    started: SystemTime,
    rounds: [[AtomicU64; Outcome::WORDS.len()]; OPERATIONS.len()],
    durations: [Histogram; OPERATIONS.len()],
    moved: Moved,
    body_bytes_received: AtomicU64,
    body_bytes_sent: AtomicU64,
    refused: [AtomicU64; Reason::WORDS.len()],
    responses: [AtomicU64; STATUSES.len()],
    errors: [AtomicU64; Error::WORDS.len()],
    login_failures: [AtomicU64; Method::WORDS.len()],
    logins_delayed: AtomicU64,
    writer_waits: Histogram,
    writers_waiting: AtomicU64,
    connections: AtomicU64,
    connections_open: AtomicU64,
    connections_refused: AtomicU64,
    handshakes_failed: AtomicU64,
}

/// What is looked at only when someone asks.
#[derive(Debug, Default)]
pub(crate) struct Levels {
    pub(crate) rounds_running: usize,
    pub(crate) rounds_waiting: usize,
    pub(crate) logins_waiting: usize,
    pub(crate) repositories_open: usize,
}

/// A round that is over.
#[derive(Debug)]
pub(crate) struct Finished<'a> {
    /// What came of it, if the handler has told.
    pub(crate) handled: Option<&'a Handled>,
    pub(crate) outcome: Outcome,
    /// With the wait for its turn.
    pub(crate) took: Duration,
    /// Bytes of the body that came.
    pub(crate) received: usize,
    /// Bytes of the body that goes out.
    pub(crate) sent: usize,
}

/// Something that is counted for as long as it lives.
#[derive(Debug)]
pub(crate) struct Present {
    metrics: Metrics,
    of: fn(&Numbers) -> &AtomicU64,
}

impl Drop for Present {
    fn drop(&mut self) {
        (self.of)(&self.metrics.0).fetch_sub(1, Ordering::Relaxed);
    }
}

impl Default for Numbers {
    fn default() -> Self {
        Self {
            started: SystemTime::now(),
            rounds: Default::default(),
            durations: Default::default(),
            moved: Moved::default(),
            body_bytes_received: AtomicU64::default(),
            body_bytes_sent: AtomicU64::default(),
            refused: Default::default(),
            responses: Default::default(),
            errors: Default::default(),
            login_failures: Default::default(),
            logins_delayed: AtomicU64::default(),
            writer_waits: Histogram::default(),
            writers_waiting: AtomicU64::default(),
            connections: AtomicU64::default(),
            connections_open: AtomicU64::default(),
            connections_refused: AtomicU64::default(),
            handshakes_failed: AtomicU64::default(),
        }
    }
}

fn add(number: Option<&AtomicU64>, more: u64) {
    if let Some(number) = number {
        number.fetch_add(more, Ordering::Relaxed);
    }
}

impl Metrics {
    fn present(&self, of: fn(&Numbers) -> &AtomicU64) -> Present {
        of(&self.0).fetch_add(1, Ordering::Relaxed);
        Present { metrics: self.clone(), of }
    }

    pub(crate) fn connection(&self) -> Present {
        add(Some(&self.0.connections), 1);
        self.present(|numbers| &numbers.connections_open)
    }

    pub(crate) fn connection_refused(&self) {
        add(Some(&self.0.connections_refused), 1);
    }

    pub(crate) fn handshake_failed(&self) {
        add(Some(&self.0.handshakes_failed), 1);
    }

    pub(crate) fn writer_waits(&self) -> Present {
        self.present(|numbers| &numbers.writers_waiting)
    }

    pub(crate) fn writer_waited(&self, for_: Duration) {
        self.0.writer_waits.observe(for_);
    }

    pub(crate) fn login_failed(&self, method: Method) {
        add(self.0.login_failures.get(method as usize), 1);
    }

    pub(crate) fn login_delayed(&self) {
        add(Some(&self.0.logins_delayed), 1);
    }

    pub(crate) fn error(&self, error: Error) {
        add(self.0.errors.get(error as usize), 1);
    }

    /// Counts an answer, and why it is no other one.
    pub(crate) fn answered(&self, status: StatusCode, reason: Option<Reason>) {
        add(self.0.responses.get(labels::status(status)), 1);
        if let Some(reason) = reason {
            add(self.0.refused.get(reason as usize), 1);
        }
    }

    pub(crate) fn round(&self, finished: &Finished<'_>) {
        let at = labels::operation(finished.handled);
        let of_operation = self.0.rounds.get(at);
        add(of_operation.and_then(|rounds| rounds.get(finished.outcome as usize)), 1);
        if let Some(durations) = self.0.durations.get(at) {
            durations.observe(finished.took);
        }
        if let Some(handled) = finished.handled {
            self.0.moved.add(&handled.counts);
        }
        add(Some(&self.0.body_bytes_received), finished.received as u64);
        add(Some(&self.0.body_bytes_sent), finished.sent as u64);
    }

    /// All numbers, as Prometheus reads them.
    pub(crate) fn page(&self, levels: &Levels) -> String {
        let mut page = Page::default();
        self.about_rounds(&mut page);
        self.0.moved.write(&mut page);
        self.about_requests(&mut page);
        self.about_now(&mut page, levels);
        page.finish()
    }

    fn about_rounds(&self, page: &mut Page) {
        let numbers = &self.0;
        let mut rounds = page
            .counter("outcrop_rounds_total", "Rounds of the sync protocol, by what came of them.");
        for (operation, of_operation) in OPERATIONS.iter().zip(&numbers.rounds) {
            for (outcome, count) in Outcome::WORDS.iter().zip(of_operation) {
                let labels = [("operation", *operation), ("outcome", *outcome)];
                rounds = rounds.number(&labels, load(count));
            }
        }
        let mut durations = page.histogram(
            "outcrop_round_duration_seconds",
            "How long rounds took from the last byte of the request on, waiting included.",
        );
        for (operation, histogram) in OPERATIONS.iter().zip(&numbers.durations) {
            durations = durations.durations(&[("operation", operation)], histogram);
        }
        page.histogram(
            "outcrop_writer_wait_seconds",
            "How long rounds that write have waited for others that write to the repository.",
        )
        .durations(&[], &numbers.writer_waits);
        let errors = "Rounds that had no answer, by what has failed.";
        by_word(page, "outcrop_errors_total", errors, "kind", Error::WORDS, &numbers.errors);
        page.counter(
            "outcrop_body_bytes_received_total",
            "Bytes of the bodies of rounds, as they came.",
        )
        .number(&[], load(&numbers.body_bytes_received));
        page.counter(
            "outcrop_body_bytes_sent_total",
            "Bytes of the bodies of replies, as they went.",
        )
        .number(&[], load(&numbers.body_bytes_sent));
    }

    fn about_requests(&self, page: &mut Page) {
        let numbers = &self.0;
        let responses = "Answers of any kind, by their status.";
        let name = "outcrop_http_responses_total";
        by_word(page, name, responses, "code", &STATUSES, &numbers.responses);
        let refused = "Requests that did not become a round, by the reason.";
        let name = "outcrop_requests_refused_total";
        by_word(page, name, refused, "reason", Reason::WORDS, &numbers.refused);
        let failures = "Logins that failed, by how the login came.";
        let name = "outcrop_login_failures_total";
        by_word(page, name, failures, "method", Method::WORDS, &numbers.login_failures);
        page.counter("outcrop_logins_delayed_total", "Logins that had to wait after failed ones.")
            .number(&[], load(&numbers.logins_delayed));
        page.counter("outcrop_connections_total", "Connections that were accepted.")
            .number(&[], load(&numbers.connections));
        page.counter(
            "outcrop_connections_refused_total",
            "Connections that were closed because their address had too many.",
        )
        .number(&[], load(&numbers.connections_refused));
        page.counter(
            "outcrop_tls_handshakes_failed_total",
            "Connections on which no encryption was agreed on.",
        )
        .number(&[], load(&numbers.handshakes_failed));
    }

    fn about_now(&self, page: &mut Page, levels: &Levels) {
        let open = load(&self.0.connections_open);
        page.gauge("outcrop_connections_open", "Connections that are open.").number(&[], open);
        for (name, help, level) in [
            ("outcrop_rounds_running", "Rounds and pages under way.", levels.rounds_running),
            (
                "outcrop_rounds_waiting",
                "Rounds and pages that wait for their turn.",
                levels.rounds_waiting,
            ),
            (
                "outcrop_logins_waiting",
                "Rounds that wait since logins have failed.",
                levels.logins_waiting,
            ),
            (
                "outcrop_repositories_open",
                "Repositories that are kept open.",
                levels.repositories_open,
            ),
        ] {
            page.gauge(name, help).number(&[], level);
        }
        page.gauge("outcrop_writers_waiting", "Rounds that wait for others that write.")
            .number(&[], load(&self.0.writers_waiting));
        let started = self.0.started.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        page.gauge("outcrop_start_time_seconds", "When the server began, since 1970.")
            .number(&[], started.as_secs_f64());
        page.gauge("outcrop_build_info", "The release, in a label.")
            .number(&[("version", env!("CARGO_PKG_VERSION"))], 1);
    }
}

fn load(number: &AtomicU64) -> u64 {
    number.load(Ordering::Relaxed)
}

/// A counter for each of some words.
fn by_word(
    page: &mut Page,
    name: &str,
    help: &str,
    label: &str,
    words: &[&str],
    numbers: &[AtomicU64],
) {
    let mut family = page.counter(name, help);
    for (word, number) in words.iter().zip(numbers) {
        family = family.number(&[(label, word)], load(number));
    }
}
