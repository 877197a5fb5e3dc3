//! `outcrop record`: stand between a client and a server, and keep every message.

use std::{
    io::{self, Write},
    net::SocketAddr,
    path::PathBuf,
};

use bytes::Bytes;
use outcrop_server::record::{Exchange, ExchangeError, RecordOptions, Recorded, Recorder};
use outcrop_xfer::Limits;
use serde::Serialize;

use super::{NetworkArgs, url};
use crate::{
    capture,
    failure::{Exit, Failure},
    interruption::Interruption,
    output::{Output, printable},
    show::{self, Counts},
};

/// Record what a client and a server say to each other
///
/// Listens, passes every request on to the upstream repository, and keeps both messages as
/// DIR/NN-request.http and DIR/NN-reply.http, which `outcrop cards` reads. Numbering goes on after
/// what DIR holds. Ctrl-C ends it.
///
/// With -v the cards of both messages follow the line of each exchange.
///
/// With --json each line is an object: first the address, then one for each exchange.
// No `Debug`: the URL may hold a password.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct RecordArgs {
    // No doc comment: it would take the brackets for links.
    #[arg(
        long,
        value_name = "URL",
        help = "The repository to pass requests on to: http[s]://HOST[:PORT][/PATH]"
    )]
    upstream: String,
    /// Where to listen; port 0 stands for any that is free
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Bytes of the largest body
    #[arg(long, value_name = "BYTES", default_value_t = Limits::DEFAULT.message)]
    limit_message: usize,
    /// Folder for the messages; made if it is not there
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    #[command(flatten)]
    network: NetworkArgs,
}

const EXAMPLES: &str = "\
With --json: listening and upstream first; then for each exchange number, request and reply, both
of file, body_bytes, cards (how many of each kind) and error.

Examples:
  outcrop record --upstream https://fossil-scm.org/home captures
  outcrop record --upstream http://127.0.0.1:8080/ --listen 127.0.0.1:9090 captures
  outcrop cards captures/*.http                 afterwards, or meanwhile";

/// What to record.
#[derive(Debug)]
pub(crate) struct Settings {
    options: RecordOptions,
}

impl RecordArgs {
    pub(crate) fn resolve(self) -> Result<Settings, Failure> {
        let upstream = url(&self.upstream)?;
        let extra_authorities = self.network.authorities()?;
        Ok(Settings {
            options: RecordOptions {
                listen: self.listen,
                max_body: self.limit_message,
                stall: self.network.timeout,
                extra_authorities,
                ..RecordOptions::new(upstream, self.folder)
            },
        })
    }
}

pub(crate) async fn run(settings: Settings, output: Output) -> Result<Exit, Failure> {
    let upstream = settings.options.upstream.clone();
    let folder = settings.options.folder.clone();
    // Caught from before the address is told: whoever has read it may end us.
    let mut interruption =
        Interruption::catch().map_err(|error| Failure::new(Exit::Failed, &error))?;
    let recorder = Recorder::bind(settings.options).await;
    let recorder = recorder.map_err(|error| Failure::new(Exit::Failed, &error))?;

    let address = format!("http://{}/", recorder.local_addr());
    if output.json {
        Output::object(&Listening { listening: &address, upstream: upstream.to_string() })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "Recording {upstream} to {}. Try", folder.display())?;
        let line = format!("fossil clone {address} copy.fossil");
        writeln!(out, "  {}", output.stdout.key(&line))?;
        out.flush()?;
    }
    // Recording goes on when nobody reads what is printed.
    let observer = move |exchange: &Exchange| drop(print(exchange, output));
    recorder.run(interruption.come(), observer).await;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Listening<'a> {
    listening: &'a str,
    upstream: String,
}

/// An exchange, as `--json` has it.
#[derive(Serialize)]
struct Row {
    number: u64,
    request: Side,
    reply: Side,
}

#[derive(Serialize)]
struct Side {
    file: Option<String>,
    body_bytes: Option<usize>,
    cards: Option<Counts>,
    error: Option<String>,
}

impl Side {
    fn of(message: &Recorded) -> Self {
        let counted = count(message);
        Self {
            file: Some(message.path.display().to_string()),
            body_bytes: Some(message.body.len()),
            error: counted.as_ref().err().cloned(),
            cards: counted.ok(),
        }
    }

    fn missing(error: &ExchangeError) -> Self {
        Self { file: None, body_bytes: None, cards: None, error: Some(error.to_string()) }
    }

    fn text(&self, output: Output) -> String {
        match (&self.cards, &self.error) {
            (Some(cards), _) => cards.to_string(),
            (None, error) => {
                let error = error.as_deref().unwrap_or_default();
                output.stdout.bad(&printable(error))
            }
        }
    }
}

/// The text of a message, or why there is none.
fn text(message: &Recorded) -> Result<Bytes, String> {
    let captured = capture::read_parts(&message.head, &message.body, None);
    let captured = captured.map_err(|error| error.to_string())?;
    let text = captured.media.open(captured.body, &Limits::default());
    text.map_err(|error| error.to_string())
}

/// The cards of a message, or why they cannot be read.
fn count(message: &Recorded) -> Result<Counts, String> {
    Counts::of(&text(message)?, Limits::default()).map_err(|error| error.to_string())
}

fn print(exchange: &Exchange, output: Output) -> io::Result<()> {
    if output.quiet && !output.json {
        if let Err(error) = &exchange.reply {
            output.error(error);
        }
        return Ok(());
    }
    let row = Row {
        number: exchange.number,
        request: Side::of(&exchange.request),
        reply: match &exchange.reply {
            Ok(reply) => Side::of(reply),
            Err(error) => Side::missing(error),
        },
    };
    if output.json {
        return Output::object(&row);
    }
    let mut out = Output::results();
    let number = output.stdout.key(&format!("{:02}", row.number));
    let (request, reply) = (row.request.text(output), row.reply.text(output));
    writeln!(out, "{number}  > {request}  < {reply}")?;
    if output.verbose {
        print_cards('>', &exchange.request, output, &mut out)?;
        if let Ok(reply) = &exchange.reply {
            print_cards('<', reply, output, &mut out)?;
        }
    }
    out.flush()
}

/// Prints the cards up to the first that cannot be read; the line before has told of that one.
fn print_cards(
    direction: char,
    message: &Recorded,
    output: Output,
    out: &mut impl Write,
) -> io::Result<()> {
    let text = text(message).unwrap_or_default();
    for row in show::rows(&text, Limits::default()).map_while(Result::ok) {
        write!(out, "{direction} ")?;
        row.write(out, output.stdout, false)?;
    }
    Ok(())
}
