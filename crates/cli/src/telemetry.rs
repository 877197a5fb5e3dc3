//! Telling a collector of OpenTelemetry what goes on.

use std::sync::Arc;

use outcrop_sync::{Observer, Otlp};
use tokio::task::spawn_blocking;

use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// What the program is called there, unless `OTEL_SERVICE_NAME` says otherwise.
const SERVICE: &str = "outcrop";

/// Telling a collector of OpenTelemetry.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct TelemetryArgs {
    // No doc comment: it would take the address for a link.
    // Not read by the command line's own parser, which would quote a bad one, password and all.
    #[arg(
        long = "otlp",
        value_name = "ENDPOINT",
        help = "Send traces and metrics to this collector of OpenTelemetry, by OTLP over HTTP: \
                http://localhost:4318"
    )]
    endpoint: Option<String>,
}

impl TelemetryArgs {
    /// Begins to send, if it is wanted.
    pub(crate) fn start(&self) -> Result<Telemetry, Failure> {
        let started = self.endpoint.as_deref().map(|endpoint| Otlp::start(endpoint, SERVICE));
        let started = started.transpose();
        started
            .map(Telemetry)
            .map_err(|error| Failure::new(Exit::Usage, &format!("--otlp: {error}")))
    }
}

/// What is sent there, if it is wanted.
#[derive(Debug)]
pub(crate) struct Telemetry(Option<Otlp>);

impl Telemetry {
    /// Who watches.
    pub(crate) fn observer(&self) -> Option<Arc<dyn Observer>> {
        self.0.as_ref().map(|otlp| Arc::new(otlp.observer()) as _)
    }

    /// Who watches, beside another one.
    pub(crate) fn beside(&self, other: Arc<dyn Observer>) -> Arc<dyn Observer> {
        match self.observer() {
            Some(own) => Arc::new(vec![other, own]),
            None => other,
        }
    }

    /// Sends what is left. That it cannot be sent changes nothing of what was done.
    pub(crate) async fn end(self, output: Output) {
        let Some(otlp) = self.0 else { return };
        // A panic there was reported by the runtime.
        if let Ok(Err(error)) = spawn_blocking(move || otlp.shutdown()).await {
            output.note(format_args!("warning: --otlp: {error}"));
        }
    }
}
