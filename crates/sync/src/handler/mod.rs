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
//! A round is one transaction. It begins as one that only reads, and waits for nobody; a round that
//! comes to something it must write starts over as one that writes, which sees what others have
//! written meanwhile. Clusters that are due are made in a short transaction of their own before a
//! round that only reads. A refusal undoes everything, and is all that the client is told. (Stock
//! keeps what it had taken in before the refusal.)
//!
//! # What is not done
//!
//! No TH1 script is run (`xfer-common-script` and its kind), and a log in through the web, by cookie
//! or by HTTP, means nothing here.

mod announce;
mod artifact;
mod batches;
mod clone;
mod config;
mod dispatch;
mod error;
mod gather;
mod handled;
mod have;
mod limits;
mod lock;
mod login;
mod pragma;
mod round;
mod session;
mod table;
mod transaction;
mod unversioned;

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use outcrop_format::escape::Escaped;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::limits::MAX_CONTENT;
use outcrop_xfer::card::notice::{Comment, Notice};
use outcrop_xfer::login::Login;
use outcrop_xfer::{Card, Limits, MediaType, Writer};

pub use self::batches::{BatchRoom, Batches};
pub use self::error::HandleError;
use self::error::Refusal;
pub use self::handled::{HandleStarted, Handled, Operation};
use self::transaction::in_transaction;
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
    /// Batches that are kept for whoever clones next, of this very repository.
    pub batches: Option<Arc<Batches>>,
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
    Deferred,
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
            batches: None,
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
    let Request { cards, media, login, trace_parent } = request;
    let message = Message { text: cards.into_bytes(), media, login };
    let bytes = message.text.len();
    let with_own;
    let options = match options.observer.for_one() {
        Some(observer) => {
            with_own = HandleOptions { observer, ..options.clone() };
            &with_own
        }
        None => options,
    };
    let (repository, address) = (repo.path(), options.address.as_deref());
    options.observer.handle_started(&HandleStarted {
        repository,
        address,
        bytes,
        media,
        trace_parent,
    });
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
