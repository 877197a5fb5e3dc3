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
mod handled;
mod have;
mod limits;
mod lock;
mod login;
mod pragma;
mod round;
mod session;
mod unversioned;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use outcrop_format::escape::Escaped;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::limits::MAX_CONTENT;
use outcrop_repo::tx::{DatabaseError, Failure};
use outcrop_xfer::card::notice::{Comment, Notice};
use outcrop_xfer::login::Login;
use outcrop_xfer::{Card, Limits, MediaType, Writer};

pub use self::error::HandleError;
use self::error::{Refusal, Stop};
pub use self::handled::{HandleStarted, Handled, Operation};
use self::round::{Doors, Round};
use crate::{Env, Observer, Reply, Request};

/// What a server decides about the requests that it answers.
#[derive(Clone)]
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
    /// When a round that must write does so.
    pub writing: Writing,
    /// Who watches.
    pub observer: Arc<dyn Observer>,
}

impl fmt::Debug for HandleOptions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandleOptions")
            .field("trust", &self.trust)
            .field("address", &self.address)
            .field("base_url", &self.base_url)
            .field("writing", &self.writing)
            .finish_non_exhaustive()
    }
}

/// Whose rights a request has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trust {
    /// Those of everyone, and of the user whose login it holds.
    Login,
    /// Those of everyone, and of this user: who passes the request on has made sure of that, as a
    /// web server does. A login that the request holds counts beside it; one of the same user needs
    /// no proof, since the web server may know another password.
    User(String),
    /// All: it comes from someone who has the file itself, as over SSH.
    Owner,
}

/// When a round that must write does so. Servers in which writers queue answer in two steps: first
/// with [`Deferred`](Self::Deferred), and what ends so once more with [`AtOnce`](Self::AtOnce) when
/// its turn has come. Then no thread waits for another writer, and no round that only reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Writing {
    /// As soon as that turns out. Other writers are waited for, as long as the database does.
    #[default]
    WhenNeeded,
    /// Not in this call. It ends with [`HandleError::MustWrite`], and nothing has happened.
    Deferred {
        /// Whether that is so too for what only helps later rounds. Without it, such is left to one
        /// of them.
        chores: bool,
    },
    /// From its start on.
    AtOnce,
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
            writing: Writing::WhenNeeded,
            observer: Arc::new(()),
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
/// assert!(reply.text().starts_with(announcement.as_bytes()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn handle_sync(
    repo: &Repo,
    request: Request,
    options: &HandleOptions<'_>,
) -> Result<Reply, HandleError> {
    let Request { cards, media, login } = request;
    let message = Message { text: cards.into_bytes(), media, login };
    let bytes = message.text.len();
    let address = options.address.as_deref();
    options.observer.handle_started(&HandleStarted::new(address, bytes, media));
    let mut handled = Handled::default();
    let answer = in_transaction(repo, &message, options, &mut handled);
    let answer = answer.map(|answer| match answer {
        Ok(reply) => reply,
        Err(refusal) => {
            handled.refusal = Some(String::from_utf8_lossy(&refusal.words).into_owned());
            refused(&refusal, media, options)
        }
    });
    handled.counts.bytes_received = bytes as u64;
    match &answer {
        Ok(reply) => {
            handled.counts.bytes_sent = reply.cards.len() as u64;
            options.observer.handle_completed(Ok(&handled));
        }
        // It will come again.
        Err(HandleError::MustWrite) => {}
        Err(error) => options.observer.handle_completed(Err(error)),
    }
    answer
}

/// A request whose cards are in one piece.
struct Message {
    text: Bytes,
    media: MediaType,
    login: Option<Login<'static>>,
}

/// The answer, or why there is none but that.
type Answer = Result<Reply, Refusal>;

/// Answers in one transaction: one that reads, or if there is something to write, one that writes.
fn in_transaction(
    repo: &Repo,
    message: &Message,
    options: &HandleOptions<'_>,
    handled: &mut Handled,
) -> Result<Answer, HandleError> {
    if options.writing != Writing::AtOnce {
        let with_chores = options.writing != Writing::Deferred { chores: false };
        if let Some(answer) = read_only(repo, message, options, with_chores, handled)? {
            return Ok(answer);
        }
        if options.writing != Writing::WhenNeeded {
            return Err(HandleError::MustWrite);
        }
    }
    let tx = match repo.write() {
        Ok(tx) => tx,
        // What only helps later rounds can wait for one of them.
        Err(error) if is_locked_out(&error) => {
            let answer = read_only(repo, message, options, false, handled)?;
            return answer.ok_or_else(|| error.into());
        }
        Err(error) => return Err(error.into()),
    };
    *handled = Handled::default();
    match Round::begin(Doors::Write(&tx), message, options).and_then(|round| round.answer(handled))
    {
        Ok(reply) => {
            tx.commit()?;
            handled.wrote = true;
            Ok(Ok(reply))
        }
        Err(Stop::Refused(refusal)) => Ok(Err(refusal)),
        Err(Stop::Failed(error)) => Err(error),
        Err(Stop::MustWrite) => Err(HandleError::CannotWrite),
    }
}

/// Answers without writing, unless something must be written; `can_write` says whether to start
/// over with the right to write would help.
fn read_only(
    repo: &Repo,
    message: &Message,
    options: &HandleOptions<'_>,
    can_write: bool,
    handled: &mut Handled,
) -> Result<Option<Answer>, HandleError> {
    *handled = Handled::default();
    let tx = repo.read()?;
    let doors = Doors::Read(&tx, can_write);
    match Round::begin(doors, message, options).and_then(|round| round.answer(handled)) {
        Ok(reply) => Ok(Some(Ok(reply))),
        Err(Stop::Refused(refusal)) => Ok(Some(Err(refusal))),
        Err(Stop::MustWrite) => Ok(None),
        Err(Stop::Failed(error)) => Err(error),
    }
}

/// Whether nobody may write now, or ever.
fn is_locked_out(error: &DatabaseError) -> bool {
    matches!(error.failure(), Failure::Busy | Failure::ReadOnly | Failure::CannotOpen)
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
    Reply { cards: out.finish(), media }
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
