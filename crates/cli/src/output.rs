//! Where words go: results to stdout, everything else to stderr.

use std::{
    env,
    fmt::Display,
    io::{self, BufWriter, IsTerminal, StdoutLock, Write},
};

use serde::Serialize;

/// What every command understands.
#[derive(Debug, clap::Args)]
pub(crate) struct Global {
    /// Print JSON instead of text, and errors as {"error": …} on stderr
    #[arg(long, global = true, help_heading = "Output")]
    pub(crate) json: bool,
    /// Print nothing but errors
    #[arg(long, short, global = true, help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Print more; each command says what
    #[arg(long, short, global = true, help_heading = "Output", conflicts_with = "quiet")]
    pub(crate) verbose: bool,
}

/// How the user wants to be spoken to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) quiet: bool,
    pub(crate) verbose: bool,
    /// Colours of stdout.
    pub(crate) stdout: Paint,
    /// Colours of stderr.
    pub(crate) stderr: Paint,
}

impl Output {
    pub(crate) fn new(global: &Global) -> Self {
        Self {
            json: global.json,
            quiet: global.quiet,
            verbose: global.verbose,
            stdout: Paint::on(&io::stdout()),
            stderr: Paint::on(&io::stderr()),
        }
    }

    /// Stdout, for as long as the result is held.
    pub(crate) fn results() -> BufWriter<StdoutLock<'static>> {
        BufWriter::new(io::stdout().lock())
    }

    /// Prints one JSON object as a line.
    pub(crate) fn object(object: &impl Serialize) -> io::Result<()> {
        let mut out = Self::results();
        serde_json::to_writer(&mut out, object)?;
        writeln!(out)?;
        out.flush()
    }

    /// Says what went wrong. When stderr is closed too, there is nobody to tell.
    pub(crate) fn error(self, message: impl Display) {
        if self.json {
            json_error(&message.to_string());
        } else {
            let name = self.stderr.bad("outcrop:");
            let _ = writeln!(io::stderr(), "{name} {}", printable(&message.to_string()));
        }
    }

    /// Says something that is no result and no error.
    pub(crate) fn note(self, message: impl Display) {
        if !self.quiet && !self.json {
            let _ = writeln!(io::stderr(), "{}", printable(&message.to_string()));
        }
    }
}

/// Says what went wrong, as JSON.
pub(crate) fn json_error(message: &str) {
    #[derive(Serialize)]
    struct Error<'a> {
        error: &'a str,
    }
    let mut stderr = io::stderr().lock();
    if serde_json::to_writer(&mut stderr, &Error { error: message }).is_ok() {
        let _ = writeln!(stderr);
    }
}

/// Words that others wrote, without the means to control a terminal.
pub(crate) fn printable(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_control() && c != '\n' {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    shown
}

/// The same in one line.
pub(crate) fn line(text: &str) -> String {
    printable(text).replace('\n', " ")
}

/// Colours, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Paint(bool);

impl Paint {
    fn on(stream: &impl IsTerminal) -> Self {
        let set = |name| env::var_os(name).filter(|value| !value.is_empty());
        let plain = set("NO_COLOR").is_some() || set("TERM").is_some_and(|term| term == "dumb");
        Self(stream.is_terminal() && !plain)
    }

    fn with(self, code: &str, text: &str) -> String {
        if self.0 { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }

    /// What one looks for: cyan.
    pub(crate) fn key(self, text: &str) -> String {
        self.with("36", text)
    }

    /// What one may pass over: faint.
    pub(crate) fn faint(self, text: &str) -> String {
        self.with("2", text)
    }

    /// What is wrong: red.
    pub(crate) fn bad(self, text: &str) -> String {
        self.with("31", text)
    }

    #[cfg(test)]
    pub(crate) const NONE: Self = Self(false);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_are_not_controlled_by_others() {
        assert_eq!(printable("a\x1b[2Jb\r\nä"), "a\\u{1b}[2Jb\\r\nä");
    }

    #[test]
    fn colour_is_an_option() {
        assert_eq!(Paint(true).bad("x"), "\x1b[31mx\x1b[0m");
        assert_eq!(Paint::NONE.key("x"), "x");
    }
}
