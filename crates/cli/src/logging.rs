//! What a server logs, as lines.

use std::{fs::OpenOptions, io, path::Path, sync::Mutex};

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::output::Output;

/// Logs to stderr: what is wrong, or with -v all requests too.
pub(crate) fn to_stderr(output: Output) {
    log(output, io::stderr);
}

/// Logs to the end of a file.
pub(crate) fn to_file(output: Output, path: &Path) -> io::Result<()> {
    let file = OpenOptions::new().create(true).append(true).open(path)?;
    log(output, Mutex::new(file));
    Ok(())
}

fn log<W>(output: Output, writer: W)
where
    W: for<'w> MakeWriter<'w> + Send + Sync + 'static,
{
    let level = match (output.verbose, output.quiet) {
        (true, _) => LevelFilter::INFO,
        (false, true) => LevelFilter::ERROR,
        (false, false) => LevelFilter::WARN,
    };
    let subscriber = tracing_subscriber::fmt()
        .with_writer(writer)
        .with_max_level(level)
        .with_ansi(false)
        .with_target(false);
    // If something logs already, it goes on.
    let _ = subscriber.try_init();
}
