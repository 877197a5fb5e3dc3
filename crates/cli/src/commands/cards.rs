//! `outcrop cards`: decode messages and print their cards.

use std::{
    fmt::Display,
    fs::File,
    io::{self, Read, Write},
    path::PathBuf,
};

use bytes::Bytes;
use outcrop_xfer::{Limits, MediaType};
use serde::Serialize;

use crate::{
    capture,
    failure::{Exit, Failure},
    output::Output,
    show::{self, CardRow, Counts},
};

/// Decode sync messages and print their cards
///
/// A FILE is an HTTP message as `outcrop record` or `fossil --httptrace` keeps it, a bare body (name
/// its --type), or card text. A file that cannot be read does not stop the others; the exit code is
/// then 1.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CardsArgs {
    /// Files to decode; - stands for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the bodies are: compressed, debug (text), uncompressed, or a content type
    #[arg(long = "type", value_name = "TYPE", value_parser = media_type)]
    media: Option<MediaType>,
    /// Bytes of the largest message
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.message)]
    limit_message: usize,
    /// Bytes of the largest payload
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.payload)]
    limit_payload: usize,
    /// Bytes of the longest line
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.line)]
    limit_line: usize,
    /// Cards of the longest message
    #[arg(long, value_name = "COUNT", default_value_t = Limits::DEFAULT.cards)]
    limit_cards: usize,
}

const EXAMPLES: &str = "\
With --json: messages, a list of file, content_type, body_bytes, text_bytes, cards (a list of
index, offset, kind, arguments and payload_bytes) and error (null, or message, card and offset).

Examples:
  outcrop cards captures/01-request.http        what a client said
  outcrop cards captures/*.http -v              and how the payloads begin
  outcrop cards --quiet captures/*.http         only what cannot be read
  outcrop cards --json 02-reply.http | jq '.messages[].cards[] | select(.kind == \"igot\")'
  curl -s https://example.org/xfer … | outcrop cards --type compressed -";

fn media_type(name: &str) -> Result<MediaType, String> {
    match name {
        "compressed" => Ok(MediaType::Compressed),
        "debug" | "text" => Ok(MediaType::Debug),
        "uncompressed" => Ok(MediaType::Uncompressed),
        _ => name.parse().map_err(|error| format!("{error}")),
    }
}

/// What to decode, and how.
#[derive(Debug)]
pub(crate) struct Settings {
    files: Vec<PathBuf>,
    media: Option<MediaType>,
    limits: Limits,
}

impl CardsArgs {
    pub(crate) fn resolve(self) -> Settings {
        Settings {
            files: self.files,
            media: self.media,
            limits: Limits {
                message: self.limit_message,
                payload: self.limit_payload,
                line: self.limit_line,
                cards: self.limit_cards,
                ..Limits::DEFAULT
            },
        }
    }
}

/// A file, as `--json` has it.
#[derive(Debug, Serialize)]
struct Decoded {
    file: String,
    content_type: Option<&'static str>,
    body_bytes: Option<usize>,
    text_bytes: Option<usize>,
    cards: Vec<CardRow>,
    error: Option<Fault>,
}

/// Why a file is not read to its end; card and offset are told if it is a card's fault.
#[derive(Debug, Serialize)]
struct Fault {
    message: String,
    card: Option<usize>,
    offset: Option<usize>,
}

impl Fault {
    fn new(message: &impl Display) -> Self {
        Self { message: message.to_string(), card: None, offset: None }
    }
}

impl From<outcrop_xfer::Error> for Fault {
    fn from(error: outcrop_xfer::Error) -> Self {
        Self { card: Some(error.card), offset: Some(error.offset), ..Self::new(&error) }
    }
}

/// A message out of its file.
struct Opened {
    media: MediaType,
    body_bytes: usize,
    text: Bytes,
}

pub(crate) fn run(settings: &Settings, output: Output) -> Result<Exit, Failure> {
    let faults = if output.json { decode_all(settings)? } else { print_all(settings, output)? };
    match &faults[..] {
        [] => Ok(Exit::Done),
        // With text it has been told already.
        [_] if settings.files.len() == 1 && !output.json => Ok(Exit::Failed),
        [fault] if settings.files.len() == 1 => Err(Failure::new(Exit::Failed, fault)),
        faults => {
            let (failed, files) = (faults.len(), settings.files.len());
            let message = format!("{failed} of {files} messages could not be read");
            Err(Failure::new(Exit::Failed, &message))
        }
    }
}

/// Prints all files as one object; gives what was wrong with those that could not be read.
fn decode_all(settings: &Settings) -> Result<Vec<String>, Failure> {
    #[derive(Serialize)]
    struct All {
        messages: Vec<Decoded>,
    }
    let messages: Vec<_> = (settings.files.iter()).map(|path| decode(path, settings)).collect();
    let faults = (messages.iter())
        .filter_map(|one| Some(format!("{}: {}", one.file, one.error.as_ref()?.message)))
        .collect();
    Output::object(&All { messages })?;
    Ok(faults)
}

fn decode(path: &PathBuf, settings: &Settings) -> Decoded {
    let mut decoded = Decoded {
        file: path.display().to_string(),
        content_type: None,
        body_bytes: None,
        text_bytes: None,
        cards: Vec::new(),
        error: None,
    };
    match open(path, settings) {
        Ok(opened) => {
            decoded.content_type = Some(opened.media.as_str());
            decoded.body_bytes = Some(opened.body_bytes);
            decoded.text_bytes = Some(opened.text.len());
            for row in show::rows(&opened.text, settings.limits) {
                match row {
                    Ok(row) => decoded.cards.push(row),
                    Err(error) => decoded.error = Some(error.into()),
                }
            }
        }
        Err(fault) => decoded.error = Some(fault),
    }
    decoded
}

/// Prints the files one after the other; gives what was wrong with those that could not be read.
fn print_all(settings: &Settings, output: Output) -> Result<Vec<String>, Failure> {
    let mut faults = Vec::new();
    for path in &settings.files {
        if let Err(fault) = print(path, settings, output)? {
            let fault = format!("{}: {}", path.display(), fault.message);
            output.error(&fault);
            faults.push(fault);
        }
    }
    Ok(faults)
}

fn print(
    path: &PathBuf,
    settings: &Settings,
    output: Output,
) -> Result<Result<(), Fault>, Failure> {
    let opened = match open(path, settings) {
        Ok(opened) => opened,
        Err(fault) => return Ok(Err(fault)),
    };
    if output.quiet {
        let counted = Counts::of(&opened.text, settings.limits);
        return Ok(counted.map(|_| ()).map_err(Fault::from));
    }
    let mut out = Output::results();
    let heading = format!(
        "{}: {}, {} bytes ({} as text)",
        path.display(),
        opened.media,
        opened.body_bytes,
        opened.text.len()
    );
    writeln!(out, "{}", output.stdout.faint(&heading))?;
    for row in show::rows(&opened.text, settings.limits) {
        match row {
            Ok(row) => row.write(&mut out, output.stdout, output.verbose)?,
            Err(error) => {
                // The cards before the fault come before the error.
                out.flush()?;
                return Ok(Err(error.into()));
            }
        }
    }
    out.flush()?;
    Ok(Ok(()))
}

fn open(path: &PathBuf, settings: &Settings) -> Result<Opened, Fault> {
    let file = read(path, settings.limits.message).map_err(|error| Fault::new(&error))?;
    let message = capture::read(&file, settings.media).map_err(|error| Fault::new(&error))?;
    let body_bytes = message.body.len();
    let text = message.media.open(message.body, &settings.limits);
    Ok(Opened { media: message.media, body_bytes, text: text.map_err(|error| Fault::new(&error))? })
}

/// Reads a file of up to `limit` bytes and a head.
fn read(path: &PathBuf, limit: usize) -> io::Result<Bytes> {
    const HEAD: usize = 64 * 1024;
    let source: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(path)?)
    };
    let room = limit.saturating_add(HEAD);
    let mut file = Vec::new();
    source.take((room as u64).saturating_add(1)).read_to_end(&mut file)?;
    if file.len() > room {
        return Err(io::Error::other(format!(
            "larger than the limit of {limit} bytes; raise --limit-message"
        )));
    }
    Ok(file.into())
}
