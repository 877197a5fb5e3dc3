//! The side of a sync that answers: one request in, one reply out.
//!
//! [`handle_sync`] reads a request card by card, does what the sender may have done, and writes the
//! reply. It blocks, it does no I/O but on the repository, and nothing of a round is remembered for
//! the next: whatever a client means by a request stands in the request.
//!
//! ```text
//! request ─► cards in their order ─► is it allowed? ─► runs of igot, gimme … looked up together
//!                                                                     │
//!   reply ◄─ clock ◄─ other places ◄─ announcements ◄─ what we lack ◄─┘ what was asked for
//! ```
//!
//! # Transactions
//!
//! A round is one transaction. It begins as one that only reads; a round that comes to something it
//! must write starts over as one that writes, which sees what others have written meanwhile. A
//! refusal undoes everything, and is all that the client is told. (Stock keeps what it had taken in
//! before the refusal.)
//!
//! # What is not done
//!
//! No TH1 script is run (`xfer-common-script` and its kind), and a log in through the web, by cookie
//! or by HTTP, means nothing here.

mod announce;
mod artifact;
mod clone;
mod config;
mod dispatch;
mod error;
mod have;
mod limits;
mod lock;
mod login;
mod pragma;
mod round;
mod session;
mod unversioned;

use std::time::SystemTime;

use bytes::Bytes;
use outcrop_format::escape::Escaped;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::limits::MAX_CONTENT;
use outcrop_repo::tx::{DatabaseError, Failure};
use outcrop_xfer::card::notice::{Comment, Notice};
use outcrop_xfer::login::Login;
use outcrop_xfer::{Card, Chunks, Limits, MediaType, Writer};

pub use self::error::HandleError;
use self::error::{Refusal, Stop};
use self::round::{Doors, Round};
use crate::{Env, Reply, Request};

/// What a server decides about the requests that it answers.
#[derive(Debug, Clone)]
pub struct HandleOptions<'a> {
    /// The clock.
    pub env: Env<'a>,
    /// Whose rights a request has.
    pub trust: Trust,
    /// Where the request comes from: kept with what it brings.
    pub address: Option<String>,
    /// Where this repository can be found: told to clients that ask for other places of the
    /// project. Without it they are told of none.
    pub base_url: Option<String>,
    /// How large a request may be.
    pub limits: Limits,
    /// How large an artifact may be.
    pub max_content: usize,
}

/// Whose rights a request has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Those of everyone, and of the user whose login it holds.
    Login,
    /// All: it comes from someone who has the file itself, as over SSH.
    Owner,
}

impl Default for HandleOptions<'static> {
    /// Requests from anywhere, and the clock of the operating system.
    fn default() -> Self {
        Self {
            env: Env::system(),
            trust: Trust::Login,
            address: None,
            base_url: None,
            limits: Limits::DEFAULT,
            max_content: MAX_CONTENT,
        }
    }
}

/// Answers one request.
///
/// Whatever a client sends has an answer, if only one that says what is wrong with it; an error here
/// is one of the repository.
///
/// ```
/// use bytes::Bytes;
/// use outcrop_repo::{Repo, artifact::Moment, create::CreateOptions};
/// use outcrop_sync::{HandleOptions, Request, handle_sync};
/// # let folder = tempfile::tempdir()?;
/// # let now = Moment::parse(b"2024-05-06T07:08:09").ok_or("not a date")?;
/// # let path = folder.path().join("new.fossil");
/// # let made = Repo::create(path, &CreateOptions::new("alice", now), &mut |_| {})?;
///
/// let text = format!("pull c0de {}\n", made.project_code);
/// let request = Request::new(Bytes::from(text).into());
/// let reply = handle_sync(&made.repo, request, &HandleOptions::default())?;
/// let announcement = format!("igot {}\n", made.initial_check_in);
/// assert!(reply.text.starts_with(announcement.as_bytes()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn handle_sync(
    repo: &Repo,
    request: Request,
    options: &HandleOptions<'_>,
) -> Result<Reply, HandleError> {
    let Request { cards, media, login } = request;
    let message = Message { text: in_one_piece(cards), media, login };
    match read_only(repo, &message, options, true) {
        Err(Stop::MustWrite) => {}
        answer => return finish(answer, &message, options),
    }
    let tx = match repo.write() {
        Ok(tx) => tx,
        // What only helps later rounds can wait for one of them.
        Err(error) if is_locked_out(&error) => {
            return match read_only(repo, &message, options, false) {
                Err(Stop::MustWrite) => Err(error.into()),
                answer => finish(answer, &message, options),
            };
        }
        Err(error) => return Err(error.into()),
    };
    let answer = Round::begin(Doors::Write(&tx), &message, options).and_then(Round::answer);
    if answer.is_ok() {
        tx.commit()?;
    }
    finish(answer, &message, options)
}

/// A request whose cards are in one piece.
struct Message {
    text: Bytes,
    media: MediaType,
    login: Option<Login<'static>>,
}

/// Answers without writing; `can_write` says whether to start over with the right to write would
/// help.
fn read_only(
    repo: &Repo,
    message: &Message,
    options: &HandleOptions<'_>,
    can_write: bool,
) -> Result<Reply, Stop> {
    let tx = repo.read()?;
    Round::begin(Doors::Read(&tx, can_write), message, options)?.answer()
}

/// Whether nobody may write now, or ever.
fn is_locked_out(error: &DatabaseError) -> bool {
    matches!(error.failure(), Failure::Busy | Failure::ReadOnly | Failure::CannotOpen)
}

/// The answer, or what the client is told instead.
fn finish(
    answer: Result<Reply, Stop>,
    message: &Message,
    options: &HandleOptions<'_>,
) -> Result<Reply, HandleError> {
    match answer {
        Ok(reply) => Ok(reply),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::MustWrite) => Err(HandleError::CannotWrite),
        Err(Stop::Refused(refusal)) => Ok(refused(&refusal, message.media, options)),
    }
}

/// What a client is told whose request is refused: why, and the time.
fn refused(refusal: &Refusal, media: MediaType, options: &HandleOptions<'_>) -> Reply {
    let mut out = Writer::new();
    if let Some(codes) = &refusal.codes {
        codes.push(&mut out);
    }
    if let Some(text) = Escaped::new(&refusal.words) {
        out.push(&Card::Error(Notice { text }));
    }
    tell_time(&mut out, options.env, 1);
    Reply { text: in_one_piece(out.finish()), media }
}

/// Ends a reply with the clock of this server, which clients compare with their own.
fn tell_time(out: &mut Writer, env: Env<'_>, errors: usize) {
    let now = moment(env).to_string();
    let to_the_second = now.split('.').next().unwrap_or_default();
    let text = format!(" timestamp {to_the_second} errors {errors}");
    if let Some(comment) = Comment::new(text.as_bytes()) {
        out.push(&Card::Comment(comment));
    }
}

/// The time it is, between 1970 and 9999.
fn moment(env: Env<'_>) -> Moment {
    let since = env.clock.now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let millis = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
    Moment::since_1970(millis)
}

fn in_one_piece(chunks: Chunks) -> Bytes {
    if chunks.slices().count() > 1 {
        return chunks.to_vec().into();
    }
    chunks.into_iter().next().unwrap_or_default()
}
