//! What clients may do to a server.

use std::time::Duration;

use outcrop_server::{ListenOptions, Metrics, ServiceOptions, limits};
use outcrop_xfer::Limits;

use crate::commands::seconds;

/// What clients may do to a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct BoundsArgs {
    /// Bytes of the largest message
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.message)]
    limit_message: usize,
    /// Requests that are worked on at a time
    #[arg(long, value_name = "N", default_value_t = limits::ROUNDS)]
    rounds: usize,
    /// Requests that may wait for their turn; further ones are refused with status 503
    #[arg(long, value_name = "N", default_value_t = limits::WAITING)]
    waiting: usize,
    /// Connections at a time; further ones wait to be accepted
    #[arg(long, value_name = "N", default_value_t = limits::CONNECTIONS)]
    connections: usize,
    /// Give up on a client that sends and takes nothing for this many seconds
    #[arg(long, value_name = "SECONDS", default_value = "15", value_parser = seconds)]
    timeout: Duration,
    /// How many seconds the rounds under way get when the server is to end
    #[arg(long, value_name = "SECONDS", default_value = "30", value_parser = seconds)]
    grace: Duration,
}

impl BoundsArgs {
    pub(super) fn resolve(
        self,
        metrics: &Metrics,
        half_close: bool,
    ) -> (ServiceOptions, ListenOptions) {
        let service = ServiceOptions {
            limits: Limits { message: self.limit_message, ..Limits::DEFAULT },
            rounds: self.rounds,
            waiting: self.waiting,
            body_stall: self.timeout,
            metrics: metrics.clone(),
            ..ServiceOptions::default()
        };
        let connections = ListenOptions {
            connections: self.connections,
            head: self.timeout,
            reply_stall: self.timeout,
            half_close,
            grace: self.grace,
            metrics: metrics.clone(),
        };
        (service, connections)
    }
}
