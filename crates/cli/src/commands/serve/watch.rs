//! Logs and metrics.

use std::str::FromStr;

use super::listen::Place;
use crate::logging::LoggingArgs;
use crate::telemetry::TelemetryArgs;

/// What those see who watch over a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Watching")]
pub(super) struct WatchArgs {
    #[command(flatten)]
    logging: LoggingArgs,
    /// Show /metrics, for Prometheus, beside what is served (on), not at all (off), or with /healthz
    /// and /readyz at a place of its own, as --listen names it
    #[arg(long, value_name = "WHERE", default_value = "on")]
    metrics: MetricsAt,
    #[command(flatten)]
    telemetry: TelemetryArgs,
}

/// Where metrics are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MetricsAt {
    /// Beside what is served.
    Everywhere,
    Nowhere,
    Only(Place),
}

impl FromStr for MetricsAt {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "on" => Ok(Self::Everywhere),
            "off" => Ok(Self::Nowhere),
            place => {
                place.parse().map(Self::Only).map_err(|error| format!("{error}, nor on or off"))
            }
        }
    }
}

impl WatchArgs {
    pub(super) fn logging(&self) -> LoggingArgs {
        self.logging
    }

    pub(super) fn telemetry(&self) -> TelemetryArgs {
        self.telemetry.clone()
    }

    pub(super) fn metrics(self) -> MetricsAt {
        self.metrics
    }
}
