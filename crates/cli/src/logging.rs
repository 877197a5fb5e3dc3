//! What a server logs, as lines.

use std::{fs::OpenOptions, io, path::Path, sync::Mutex};

use clap::ValueEnum;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::output::Output;

/// How a server logs.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct LoggingArgs {
    /// Log what is at least so urgent to stderr [default: warn; info with -v, error with -q]
    #[arg(long = "log-level", value_name = "LEVEL", value_enum)]
    level: Option<Level>,
    /// The form of the log: lines for people, or a JSON object a line
    #[arg(long = "log-format", value_name = "FORM", value_enum, default_value = "text")]
    form: Form,
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

impl LoggingArgs {
    /// Whether every line on stderr is JSON.
    pub(crate) fn is_json(self) -> bool {
        self.form == Form::Json
    }

    /// Logs to stderr from now on.
    pub(crate) fn start(self, output: Output) {
        log(self.level.map_or_else(|| usual(output), Level::filter), self.form, io::stderr);
    }
}

impl Level {
    const fn filter(self) -> LevelFilter {
        match self {
            Self::Off => LevelFilter::OFF,
            Self::Error => LevelFilter::ERROR,
            Self::Warn => LevelFilter::WARN,
            Self::Info => LevelFilter::INFO,
            Self::Debug => LevelFilter::DEBUG,
            Self::Trace => LevelFilter::TRACE,
        }
    }
}

/// Logs to stderr: what is wrong, or with -v all requests too.
pub(crate) fn to_stderr(output: Output) {
    log(usual(output), Form::Text, io::stderr);
}

/// Logs to the end of a file.
pub(crate) fn to_file(output: Output, path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    log(usual(output), Form::Text, Mutex::new(file));
    Ok(())
}

fn usual(output: Output) -> LevelFilter {
    match (output.verbose, output.quiet) {
        (true, _) => LevelFilter::INFO,
        (false, true) => LevelFilter::ERROR,
        (false, false) => LevelFilter::WARN,
    }
}

fn log<W>(level: LevelFilter, form: Form, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let subscriber =
        tracing_subscriber::fmt().with_writer(writer).with_max_level(level).with_ansi(false);
    // If something logs already, it goes on.
    let _ = match form {
        Form::Text => subscriber.with_target(false).try_init(),
        Form::Json => subscriber.json().flatten_event(true).with_span_list(false).try_init(),
    };
}
