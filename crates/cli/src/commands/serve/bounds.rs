//! What clients may do to a server.

use std::time::Duration;

use outcrop_server::{ListenOptions, Metrics, Proxies, ServiceOptions, limits};
use outcrop_xfer::Limits;

use crate::commands::seconds;

/// What clients may do to a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Limits")]
pub(super) struct BoundsArgs {
    /// Bytes of the largest message
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.message)]
    limit_message: usize,
    /// Bytes of the largest message without a login, in repositories where not everyone may push
    #[arg(long, value_name = "BYTES", default_value_t = limits::STRANGER_MESSAGE)]
    limit_stranger: usize,
    /// Requests that are worked on at a time [default: two for each core, from 4 to 16]
    #[arg(long, value_name = "N")]
    rounds: Option<usize>,
    /// Requests that may wait for their turn; further ones are refused with status 503
    #[arg(long, value_name = "N", default_value_t = limits::WAITING)]
    waiting: usize,
    /// Connections at a time; further ones wait to be accepted
    #[arg(long, value_name = "N", default_value_t = limits::CONNECTIONS)]
    connections: usize,
    /// Connections at a time from one address; further ones are told so and closed. Unless this is
    /// set, this machine may have more; those that --trust-proxy names always may [default: 128]
    #[arg(long, value_name = "N")]
    connections_each: Option<usize>,
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
        proxies: &Proxies,
    ) -> (ServiceOptions, ListenOptions) {
        let usual = ServiceOptions::default();
        let service = ServiceOptions {
            limits: Limits { message: self.limit_message, ..Limits::DEFAULT },
            stranger_message: self.limit_stranger,
            rounds: self.rounds.unwrap_or(usual.rounds),
            waiting: self.waiting,
            body_stall: self.timeout,
            metrics: metrics.clone(),
            ..usual
        };
        let usual = ListenOptions::default();
        let local = if self.connections_each.is_none() { usual.proxies } else { Vec::new() };
        let connections = ListenOptions {
            connections_each: self.connections_each.unwrap_or(usual.connections_each),
            proxies: local.into_iter().chain(proxies.networks.iter().copied()).collect(),
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
