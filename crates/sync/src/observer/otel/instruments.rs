//! What is counted and measured.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::metrics::{Counter, Histogram, Meter};

use super::attributes::{receive, transmit};
use crate::Counts;

/// Where the bars of a histogram end, in seconds: those that OpenTelemetry names for requests, and a
/// few more, since a round of a clone may take long.
const BOUNDARIES: [f64; 17] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0,
    300.0,
];

/// What is counted of rounds, on either side.
struct RoundInstruments {
    rounds: Counter<u64>,
    duration: Histogram<f64>,
    artifacts: Counter<u64>,
    io: Counter<u64>,
    errors: Counter<u64>,
}

impl RoundInstruments {
    fn new(meter: &Meter, side: &str) -> Self {
        let count =
            |name: &str, unit, about| counter(meter, format!("outcrop.{side}.{name}"), unit, about);
        Self {
            rounds: count("rounds", "{round}", "Rounds that have ended"),
            duration: meter
                .f64_histogram(format!("outcrop.{side}.round.duration"))
                .with_unit("s")
                .with_description("How long a round takes")
                .with_boundaries(BOUNDARIES.to_vec())
                .build(),
            artifacts: count("artifacts", "{artifact}", "Artifacts that have moved"),
            io: count("io", "By", "Bytes of cards, before or after they are compressed"),
            errors: count("errors", "{error}", "What has failed"),
        }
    }

    fn round(&self, took: Duration, attributes: &[KeyValue]) {
        self.rounds.add(1, attributes);
        self.duration.record(took.as_secs_f64(), attributes);
    }

    fn moved(&self, counts: &Counts, operation: &KeyValue) {
        add(&self.artifacts, counts.received, counts.sent, operation);
        add(&self.io, counts.bytes_received, counts.bytes_sent, operation);
    }
}

/// What is counted of sessions.
pub(super) struct ClientInstruments {
    rounds: RoundInstruments,
    network: Counter<u64>,
    sessions: Counter<u64>,
    retries: Counter<u64>,
}

impl ClientInstruments {
    pub(super) fn new(meter: &Meter) -> Self {
        let count =
            |name: &str, unit, about| counter(meter, format!("outcrop.client.{name}"), unit, about);
        Self {
            rounds: RoundInstruments::new(meter, "client"),
            network: count("network.io", "By", "Bytes of bodies as they travelled"),
            sessions: count("sessions", "{session}", "Sessions that have ended"),
            retries: count("retries", "{retry}", "Attempts that are made again"),
        }
    }

    /// A round has ended.
    pub(super) fn round(&self, took: Duration, attributes: &[KeyValue]) {
        self.rounds.round(took, attributes);
    }

    /// Something has moved.
    pub(super) fn moved(&self, counts: &Counts, operation: &KeyValue) {
        self.rounds.moved(counts, operation);
        if let Some(traffic) = counts.traffic {
            add(&self.network, traffic.received, traffic.sent, operation);
        }
    }

    pub(super) fn retry(&self, attributes: &[KeyValue]) {
        self.retries.add(1, attributes);
    }

    /// A session has ended.
    pub(super) fn session(&self, operation: &KeyValue, error: Option<KeyValue>) {
        let mut attributes = vec![operation.clone()];
        attributes.extend(error);
        self.sessions.add(1, &attributes);
        if attributes.len() > 1 {
            self.rounds.errors.add(1, &attributes);
        }
    }
}

/// What is counted of requests that are answered.
pub(super) struct ServerInstruments(RoundInstruments);

impl ServerInstruments {
    pub(super) fn new(meter: &Meter) -> Self {
        Self(RoundInstruments::new(meter, "server"))
    }

    /// A request was answered, or not; without counts if it has no answer.
    pub(super) fn request(
        &self,
        took: Duration,
        operation: &KeyValue,
        error: Option<KeyValue>,
        counts: &Counts,
    ) {
        let mut attributes = vec![operation.clone()];
        attributes.extend(error);
        self.0.round(took, &attributes);
        self.0.moved(counts, operation);
        if attributes.len() > 1 {
            self.0.errors.add(1, &attributes);
        }
    }
}

fn counter(meter: &Meter, name: String, unit: &'static str, about: &'static str) -> Counter<u64> {
    meter.u64_counter(name).with_unit(unit).with_description(about).build()
}

/// Adds to both directions; nothing to one in which nothing has moved.
fn add(counter: &Counter<u64>, received: u64, sent: u64, operation: &KeyValue) {
    for (count, direction) in [(received, receive()), (sent, transmit())] {
        if count > 0 {
            counter.add(count, &[operation.clone(), direction]);
        }
    }
}
