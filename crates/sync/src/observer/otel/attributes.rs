//! What spans and measurements say: names of OpenTelemetry's conventions where there are any.

use opentelemetry::KeyValue;
use opentelemetry::trace::Status;

use crate::{Counts, HttpUrl, SyncError, TransportError};

pub(super) const OPERATION: &str = "outcrop.operation";
pub(super) const REPOSITORY: &str = "outcrop.repository";
pub(super) const ROUND: &str = "outcrop.round";
pub(super) const ROUNDS: &str = "outcrop.rounds";
pub(super) const SKEW: &str = "outcrop.skew";
pub(super) const WORDS: &str = "outcrop.words";
pub(super) const WAIT: &str = "outcrop.wait";
pub(super) const STAGE: &str = "outcrop.stage";
pub(super) const TABLE: &str = "outcrop.table";
pub(super) const WROTE: &str = "outcrop.wrote";
pub(super) const REFUSAL: &str = "outcrop.refusal";
pub(super) const ERROR_TYPE: &str = "error.type";
pub(super) const CLIENT_ADDRESS: &str = "client.address";
pub(super) const USER: &str = "user.name";

/// The error type of a request that was refused.
pub(super) const REFUSED: &str = "refused";
/// The error type of a request from someone who is not who it says.
pub(super) const LOGIN_FAILED: &str = "login_failed";

/// The operation of a request that has no answer.
pub(super) const UNKNOWN: &str = "unknown";

const DIRECTION: &str = "network.io.direction";

pub(super) fn operation(operation: &'static str) -> KeyValue {
    KeyValue::new(OPERATION, operation)
}

pub(super) fn error_type(kind: &'static str) -> KeyValue {
    KeyValue::new(ERROR_TYPE, kind)
}

/// What has come, as against [`transmit`].
pub(super) fn receive() -> KeyValue {
    KeyValue::new(DIRECTION, "receive")
}

pub(super) fn transmit() -> KeyValue {
    KeyValue::new(DIRECTION, "transmit")
}

/// Where a session leads: all of the address, and host and port if it has them.
pub(super) fn of_remote(remote: &str) -> Vec<KeyValue> {
    let mut attributes = vec![KeyValue::new("url.full", remote.to_owned())];
    if let Ok(url) = remote.parse::<HttpUrl>() {
        attributes.push(KeyValue::new("server.address", url.host().to_owned()));
        attributes.push(KeyValue::new("server.port", i64::from(url.port())));
    }
    attributes
}

/// What has moved; what has not is left out.
pub(super) fn of_counts(counts: &Counts) -> impl Iterator<Item = KeyValue> {
    let traffic = counts.traffic.unwrap_or_default();
    let traffic = [("traffic_sent", traffic.sent), ("traffic_received", traffic.received)];
    let all = counts.iter().chain(traffic).filter(|&(_, count)| count > 0);
    all.map(|(name, count)| KeyValue::new(format!("outcrop.{name}"), number(count)))
}

pub(super) fn number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How something failed: its type, and the status if it was a web server that refused.
pub(super) fn of_error(error: &SyncError) -> Vec<KeyValue> {
    let mut attributes = vec![error_type(error.kind())];
    if let SyncError::Transport(error) = error {
        attributes.extend(of_status(error));
    }
    attributes
}

/// The status, if it was a web server that refused.
pub(super) fn of_status(error: &TransportError) -> Option<KeyValue> {
    let TransportError::Status { status, .. } = error else { return None };
    Some(KeyValue::new("http.response.status_code", i64::from(*status)))
}

/// One of several servers was given up.
pub(super) fn of_change(from: &str, to: &str, error: &SyncError) -> Vec<KeyValue> {
    let mut attributes = of_error(error);
    attributes.push(KeyValue::new("outcrop.from", from.to_owned()));
    attributes.push(KeyValue::new("outcrop.to", to.to_owned()));
    attributes
}

/// The status of a span that has failed.
pub(super) fn failed(error: &impl ToString) -> Status {
    Status::error(error.to_string())
}
