//! Rounds through other programs.
//!
//! ```text
//! Request ─► HTTP ─► stdin of ssh, or of any program ─► stdout ─► HTTP ─► Reply
//! Request ─► a file ─► external command ─► a file ─► Reply
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`ProcessTransport`]: any program that speaks HTTP over its pipes; [`ProcessOptions`] |
//! | `ssh.rs` | [`SshTransport`]: `fossil test-http` on another host |
//! | `command.rs` | [`CommandTransport`]: a command that is given two files |
//! | `carrier.rs` | requests over programs that are kept for the next one |
//! | `exchange.rs` | one request and its reply |
//! | `child.rs` | a program with pipes to it |
//! | `running.rs` | a program that was started, and how it is ended |
//! | `home.rs` | the runtime that pipes belong to |
//! | `last_words.rs` | what it complains about |
//! | `quote.rs` | words of a command line |
//! | `shell_words.rs` | what a shell need not stay for |

mod carrier;
mod child;
mod command;
mod exchange;
mod home;
mod last_words;
mod quote;
mod running;
mod shell_words;
mod ssh;

use std::time::Duration;

use outcrop_xfer::Limits;

use crate::{BoxFuture, Reply, Request, Traffic, Transport, TransportError};
use carrier::{Carrier, CarryError};
pub use command::CommandTransport;
pub use ssh::SshTransport;

/// How a transport through another program behaves.
#[derive(Debug, Clone)]
pub struct ProcessOptions {
    /// How long nothing may move, in either direction, before the program counts as stalled. A
    /// transfer may take as long as it likes while it moves.
    pub stall: Duration,
    /// The same until the first reply of a program: `ssh` may ask for a password first.
    pub first_reply: Duration,
    /// How long an external command may take for a round in all: what it moves is not seen.
    pub command: Duration,
    /// Bounds on replies.
    pub limits: Limits,
    /// The beginning of a command line that runs something on another host, for
    /// [`SshTransport`]: stock's setting `ssh-command`.
    pub ssh_command: String,
}

impl ProcessOptions {
    /// How long nothing may move, unless told otherwise.
    pub const STALL: Duration = Duration::from_secs(10);
    /// How long the first reply may take to begin, unless told otherwise.
    pub const FIRST_REPLY: Duration = Duration::from_mins(2);
    /// How long an external command may take, unless told otherwise.
    pub const COMMAND: Duration = Duration::from_hours(1);
    /// How something is run on another host, unless told otherwise: as stock does it.
    pub const SSH: &'static str = "ssh -e none";
}

impl Default for ProcessOptions {
    fn default() -> Self {
        Self {
            stall: Self::STALL,
            first_reply: Self::FIRST_REPLY,
            command: Self::COMMAND,
            limits: Limits::default(),
            ssh_command: Self::SSH.to_owned(),
        }
    }
}

/// Carries rounds over the pipes of a program that reads HTTP and writes HTTP, such as
/// `fossil test-http` in a container. One program carries many rounds if it can.
///
/// Must be used within a Tokio runtime that has its I/O and time drivers enabled; in each runtime it
/// starts a program anew. Dropped, it ends the program.
///
/// ```no_run
/// use outcrop_sync::{Env, ProcessOptions, ProcessTransport, ping};
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let command = "docker exec -i -e SSH_CONNECTION=x box fossil test-http /museum/a.fossil";
/// let server = ProcessTransport::new(command, ProcessOptions::default());
/// println!("{:?}", ping(&server, Env::system(), None).await?.version);
/// # Ok(()) }
/// ```
#[derive(Debug)]
pub struct ProcessTransport {
    command_line: String,
    carrier: Carrier,
}

impl ProcessTransport {
    /// A transport over the program that the shell makes of a command line. Of several programs that
    /// one line starts, not all may end with the transport before they notice that their pipes have.
    /// The command line shows in error messages, so it should hold no password.
    #[must_use]
    pub fn new(command_line: &str, options: ProcessOptions) -> Self {
        let carrier = Carrier::new(format!("`{command_line}`"), "localhost".to_owned(), options);
        Self { command_line: command_line.to_owned(), carrier }
    }

    async fn carry(&self, request: Request) -> Result<Reply, TransportError> {
        match self.carrier.carry(&self.command_line, request).await {
            Ok(reply) => Ok(reply),
            Err(CarryError::Other(error)) => Err(error),
            Err(CarryError::NoReply(said, ending)) => {
                Err(self.carrier.no_reply(said.as_deref(), ending))
            }
        }
    }
}

impl Transport for ProcessTransport {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        Box::pin(self.carry(request))
    }

    fn traffic(&self) -> Option<Traffic> {
        Some(self.carrier.meter.traffic())
    }
}
