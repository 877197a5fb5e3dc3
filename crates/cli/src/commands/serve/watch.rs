//! Logs and metrics.

use std::io;
use std::str::FromStr;

use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;

use super::listen::Place;
use crate::output::Output;

/// What those see who watch over a server.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Watching")]
pub(super) struct WatchArgs {
    /// Log what is at least so urgent to stderr [default: warn; info with -v, error with -q]
    #[arg(long, value_name = "LEVEL", value_enum)]
    log_level: Option<Level>,
    /// The form of the log: lines for people, or a JSON object a line
    #[arg(long, value_name = "FORM", value_enum, default_value = "text")]
    log_format: Form,
    /// Show /metrics, for Prometheus, beside what is served (on), not at all (off), or with /healthz
    /// and /readyz at a place of its own, as --listen names it
    #[arg(long, value_name = "WHERE", default_value = "on")]
    metrics: MetricsAt,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Level {
    Off,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Text,
    Json,
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

/// How to log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Logging {
    level: Option<Level>,
    form: Form,
}

impl WatchArgs {
    pub(super) fn logging(&self) -> Logging {
        Logging { level: self.log_level, form: self.log_format }
    }

    pub(super) fn metrics(self) -> MetricsAt {
        self.metrics
    }
}

impl Logging {
    /// Whether every line on stderr is JSON.
    pub(super) fn is_json(self) -> bool {
        self.form == Form::Json
    }

    /// Logs to stderr from now on.
    pub(super) fn start(self, output: Output) {
        let subscriber = tracing_subscriber::fmt()
            .with_writer(io::stderr)
            .with_max_level(self.level(output))
            .with_ansi(false);
        // If something logs already, it goes on.
        let _ = match self.form {
            Form::Text => subscriber.with_target(false).try_init(),
            Form::Json => subscriber.json().flatten_event(true).with_span_list(false).try_init(),
        };
    }

    fn level(self, output: Output) -> LevelFilter {
        let usual = match (output.verbose, output.quiet) {
            (true, _) => Level::Info,
            (false, true) => Level::Error,
            (false, false) => Level::Warn,
        };
        match self.level.unwrap_or(usual) {
            Level::Off => LevelFilter::OFF,
            Level::Error => LevelFilter::ERROR,
            Level::Warn => LevelFilter::WARN,
            Level::Info => LevelFilter::INFO,
            Level::Debug => LevelFilter::DEBUG,
            Level::Trace => LevelFilter::TRACE,
        }
    }
}
