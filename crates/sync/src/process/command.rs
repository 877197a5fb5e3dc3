//! Rounds through an external command: stock's `--transport-command`.

use std::{fmt, fs, io, io::Read as _, path::Path, process::Stdio, time::Duration};

use bytes::Bytes;
use outcrop_xfer::{Chunks, MediaType};
use tempfile::TempDir;
use tokio::{task::spawn_blocking, time::sleep};

use super::{
    ProcessOptions,
    child::Ending,
    last_words::LastWords,
    quote::for_shell,
    running::{GRACE, Reach, Running, shell},
};
use crate::{Address, BoxFuture, Reply, Request, Traffic, Transport, TransportError, meter::Meter};

/// How often it is seen whether the command has ended, and how much it has written.
const GLANCE: Duration = Duration::from_millis(10);

/// Carries rounds through a command that is run for each of them, as stock's `--transport-command`
/// does.
///
/// The shell runs `COMMAND URL REQUEST REPLY`. `URL` is the server's, with the user and the password
/// if the address holds them. The file `REQUEST` holds the cards as text, without compression, and
/// first of all the login card of the [`Request`] if it has one. (Stock leaves that to the command.)
/// The command writes the cards of the reply to the file `REPLY`, without compression, and ends with
/// status 0. What it prints goes to our standard error, and there is nothing for it to read.
///
/// Must be used within a Tokio runtime that has its I/O and time drivers enabled.
///
/// ```
/// use outcrop_sync::{CommandTransport, Env, ProcessOptions, ping};
/// # tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
/// # if cfg!(windows) { return Ok(()); }
///
/// let command = "answer() { echo message $1 >$3; }; answer";
/// let url = "http://example.org/project".parse().unwrap();
/// let server = CommandTransport::new(command, &url, ProcessOptions::default());
/// let pong = ping(&server, Env::system(), None).await?;
/// assert_eq!(pong.messages, ["http://example.org/project"]);
/// # Ok::<(), outcrop_sync::SyncError>(())
/// # }).unwrap();
/// ```
pub struct CommandTransport {
    command: String,
    /// May hold a password.
    url: String,
    options: ProcessOptions,
    meter: Meter,
}

impl CommandTransport {
    /// A transport to the server at an address.
    #[must_use]
    pub fn new(command: &str, address: &Address, options: ProcessOptions) -> Self {
        let (command, url) = (command.to_owned(), address.with_password());
        Self { command, url, options, meter: Meter::default() }
    }

    async fn carry(&self, request: Request) -> Result<Reply, TransportError> {
        let body = Request { media: MediaType::Uncompressed, ..request }.into_body()?;
        self.meter.add_sent(body.len());
        let folder = blocking(move || write_request(body)).await.map_err(|e| self.failed(&e))?;
        self.run(folder.path()).await?;
        let limit = self.options.limits.message;
        let read = blocking(move || read_reply(folder.path(), limit)).await;
        let text = read.map_err(|error| self.failed(&error))?.ok_or_else(|| self.too_large())?;
        self.meter.add_received(text.len());
        Ok(Reply::from_body(MediaType::Uncompressed, text, &self.options.limits)?)
    }

    /// Runs the command on the two files in a folder.
    async fn run(&self, folder: &Path) -> Result<(), TransportError> {
        let (request, reply) = (folder.join(REQUEST), folder.join(REPLY));
        let mut line = self.command.clone();
        for word in [self.url.as_str(), &request.to_string_lossy(), &reply.to_string_lossy()] {
            line.push(' ');
            line.push_str(&for_shell(word));
        }
        let mut command = shell(&line);
        command.stdin(Stdio::null()).stdout(io::stderr()).stderr(Stdio::piped());
        let running = Running::start(&mut command, Reach::Group);
        let mut running = running.map_err(|error| self.failed(&error))?;
        let (_, _, errors) = running.pipes();
        let errors = errors.ok_or_else(|| io::Error::other("the command has no pipe"));
        let words = errors.and_then(LastWords::listen).map_err(|error| self.failed(&error))?;
        let mut waited = Duration::ZERO;
        let status = loop {
            if let Some(status) = running.status() {
                break status;
            }
            if waited >= self.options.command {
                let (origin, limit) = (self.origin(), self.options.command);
                return Err(TransportError::Stalled { origin, limit });
            }
            // A command that never stops writing would fill the disk.
            if reply.metadata().is_ok_and(|file| file.len() > self.most()) {
                return Err(self.too_large());
            }
            sleep(GLANCE).await;
            waited += GLANCE;
        };
        if status.success() {
            return Ok(());
        }
        let words = words.take(GRACE).await;
        let reason = Ending { status: Some(status), words: String::new() }.how();
        Err(TransportError::Program { origin: self.origin(), reason, words })
    }

    fn most(&self) -> u64 {
        u64::try_from(self.options.limits.message).unwrap_or(u64::MAX)
    }

    fn origin(&self) -> String {
        format!("the transport command `{}`", self.command)
    }

    fn too_large(&self) -> TransportError {
        TransportError::TooLarge { origin: self.origin(), limit: self.options.limits.message }
    }

    fn failed(&self, error: &io::Error) -> TransportError {
        let (origin, words) = (self.origin(), String::new());
        TransportError::Program { origin, reason: error.to_string(), words }
    }
}

/// The names of the two files.
const REQUEST: &str = "request";
const REPLY: &str = "reply";

/// Writes a request to a folder of its own, which others cannot look into.
fn write_request(body: Chunks) -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("outcrop-");
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o700));
    let folder = builder.tempdir()?;
    let mut file = fs::File::create(folder.path().join(REQUEST))?;
    for chunk in body {
        io::Write::write_all(&mut file, &chunk)?;
    }
    Ok(folder)
}

/// Reads the reply, unless it is larger than the limit. None at all is an empty one, as for stock.
fn read_reply(folder: &Path, limit: usize) -> io::Result<Option<Bytes>> {
    let file = match fs::File::open(folder.join(REPLY)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Some(Bytes::new())),
        file => file?,
    };
    let most = u64::try_from(limit).unwrap_or(u64::MAX);
    let mut text = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut text)?;
    Ok((text.len() <= limit).then(|| text.into()))
}

/// Does work that blocks.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    spawn_blocking(work).await.map_err(io::Error::other)?
}

impl Transport for CommandTransport {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        Box::pin(self.carry(request))
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.meter.traffic())
    }
}

impl fmt::Debug for CommandTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CommandTransport").field("command", &self.command).finish_non_exhaustive()
    }
}
