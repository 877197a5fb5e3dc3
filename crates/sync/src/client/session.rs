//! One sync, round by round, without I/O of its own but on the repository.
//!
//! | file | holds |
//! |---|---|
//! | `session.rs` | [`Session`]: a request out, a reply in |
//! | `state.rs` | what is remembered between rounds |
//! | `parent.rs` | the project that this one was made from |
//! | `request.rs` | writing a request |
//! | `ahead.rs` | the request for the next batch of a clone, before the last is stored |
//! | `give.rs` | artifacts into a request |
//! | `reply.rs` | reading a reply, card by card |
//! | `take.rs` | what a reply brings, into the repository |
//! | `tables.rs` | extension tables, in both directions |
//! | `unsettled.rs` | batches of a clone that become real together |
//! | `converge.rs` | whether another round is needed |

use std::collections::HashSet;
use std::fmt::Write as _;
use std::time::SystemTime;

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::config::Areas;
use outcrop_repo::tx::{ReadTx, WriteTx};
use outcrop_xfer::card::notice::Comment;
use outcrop_xfer::{Card, Chunks, Writer};

use super::converge::{Next, Standing, next};
use super::limits::{KNOWN_AT_MOST, NAMED_MISSING, PAGE};
use super::outcome::{RoundOutcome, SyncOutcome};
use super::parent::{only_from_parent, parent_of};
use super::state::{Announcing, Asking, Cloning, Configuring, Files, Giving};
use super::tables::Tables;
use super::unsettled::Unsettled;
use super::{SyncOptions, Unversioned};
use crate::{Counts, Credentials, Reply, Request, SyncError, Traffic};

/// Bytes of randomness in a message.
const NONCE: usize = 20;

/// How a reply came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// When: the server's clock is compared with it.
    pub at: SystemTime,
    /// What has travelled in the session so far, if whoever carries requests counts it.
    pub traffic: Option<Traffic>,
}

/// The side of a sync that asks.
///
/// It makes requests and takes replies, and leaves it to others to carry them: [`sync`](super::sync)
/// with a [`Transport`](crate::Transport), or a simulation.
///
/// ```text
/// next_request() ─► Some(request) ─► ( carried by someone ) ─► receive(reply) ─┐
///       ▲                                                                      │
///       └──────────────────────────────────────────────────────────────────────┘
/// next_request() ─► None: done
/// ```
///
/// An observer is told of the rounds. How the whole begins and ends is told by who carries requests.
///
/// Both methods block while they read and write the repository. No transaction is open between them,
/// but for a clone whose next batch has been [asked for](Self::request_ahead) by [`clone`](super::clone()).
#[derive(Debug)]
pub struct Session {
    pub(super) repo: Repo,
    pub(super) options: SyncOptions,
    pub(super) outcome: SyncOutcome,
    /// Content may be asked for.
    pub(super) pulls: bool,
    /// Content may be sent. It turns out with the first reply whether the server takes any.
    pub(super) pushes: bool,
    pub(super) server_code: String,
    /// Unknown until the first reply to a clone.
    pub(super) project_code: Option<String>,
    pub(super) clone: Option<Cloning>,
    pub(super) asking: Asking,
    pub(super) giving: Giving,
    pub(super) files: Files,
    pub(super) config: Configuring,
    pub(super) tables: Tables,
    /// What the server is known to have.
    pub(super) known: HashSet<HashName>,
    /// What has come and is not real yet.
    pub(super) unsettled: Unsettled,
    /// The last request was refused for what it offered, and is to be made again without that.
    pub(super) ask_again: bool,
    /// How many artifacts, unversioned files and rows were sent before the last request.
    pub(super) sent_before: [u64; 3],
    /// Rounds in a row in which nothing has moved.
    barren: u32,
    /// When the last reply came.
    pub(super) arrival: SystemTime,
    /// What the last reply has brought beside what is counted.
    pub(super) this_round: RoundOutcome,
    /// What had moved before the last round.
    counted: Counts,
    /// How many requests were made.
    requests: u32,
    /// The cards of the last request, without the comment that makes it unlike all others.
    last: Chunks,
    next: Next,
}

impl Session {
    /// A session with the repository on this side.
    pub fn new(repo: Repo, options: SyncOptions) -> Result<Self, SyncError> {
        let options = if options.from_parent { only_from_parent(options) } else { options };
        let tx = repo.read()?;
        let project_code =
            if options.from_parent { Some(parent_of(&tx)?) } else { tx.setting("project-code")? };
        let server_code = tx.setting("server-code")?.unwrap_or_else(|| "x".to_owned());
        let forbidden = tx.setting("dont-push")?.is_some_and(|value| is_on(&value));
        let mut files = Files::default();
        if options.unversioned != Unversioned::Leave {
            for file in tx.unversioned_files()? {
                let file = file?;
                if file.hash.is_some() && file.held {
                    files.to_send.insert(file.name, false);
                }
            }
        }
        drop(tx);
        let config = Configuring {
            to_ask: options.config_pull,
            to_send: options.config_push,
            asked: Areas::NONE,
        };
        Ok(Self {
            repo,
            outcome: SyncOutcome::default(),
            pulls: options.pull,
            pushes: options.push && !forbidden,
            server_code,
            project_code,
            clone: None,
            asking: Asking::new(),
            giving: Giving::default(),
            files,
            config,
            tables: Tables::default(),
            known: HashSet::new(),
            unsettled: Unsettled::nothing(),
            ask_again: false,
            sent_before: [0; 3],
            barren: 0,
            arrival: SystemTime::UNIX_EPOCH,
            this_round: RoundOutcome::default(),
            counted: Counts::default(),
            requests: 0,
            last: Chunks::default(),
            next: Next::Round,
            options,
        })
    }

    /// The next request; `None` if there is nothing left to do.
    pub fn next_request(&mut self) -> Result<Option<Request>, SyncError> {
        match self.next {
            Next::Round => {}
            Next::Done => return Ok(None),
            Next::Stuck => return Err(SyncError::CloneStuck),
        }
        self.sent_before = self.sent_so_far();
        let cards = self.compose()?;
        self.ask_again = false;
        self.send_off(cards).map(Some)
    }

    /// How many artifacts, unversioned files and rows were sent.
    pub(super) const fn sent_so_far(&self) -> [u64; 3] {
        let total = &self.outcome.total;
        [total.sent, total.unversioned_sent, total.rows_sent]
    }

    /// Makes a request of these cards.
    pub(super) fn send_off(&mut self, cards: Chunks) -> Result<Request, SyncError> {
        if !self.may_go_on() {
            return Err(SyncError::TooManyRounds { limit: self.options.max_rounds });
        }
        self.last = cards;
        self.requests += 1;
        let request = self.sign()?;
        let bytes = request.cards.len();
        self.outcome.total.bytes_sent += u64::try_from(bytes).unwrap_or(u64::MAX);
        self.options.observer.round_started(self.requests, bytes);
        Ok(self.traced(request))
    }

    /// Whether there may be another round.
    pub(super) const fn may_go_on(&self) -> bool {
        self.requests < self.options.max_rounds
    }

    /// Whether the last round has brought nothing.
    pub(super) const fn gets_nothing(&self) -> bool {
        self.barren > 0
    }

    /// The last request once more, as a message that no server has seen: for when it got no reply.
    pub fn repeat_request(&mut self) -> Result<Request, SyncError> {
        Ok(self.traced(self.sign()?))
    }

    /// The number of the last request, and with it of its round.
    pub(super) const fn round(&self) -> u32 {
        self.requests
    }

    /// Takes the reply to the last request, which has just come.
    pub fn receive(&mut self, reply: &Reply) -> Result<(), SyncError> {
        let at = self.options.env.clock.now();
        self.receive_from(reply, Arrival { at, traffic: None })
    }

    /// Takes the reply to the last request, which came in this way.
    pub fn receive_from(&mut self, reply: &Reply, arrival: Arrival) -> Result<(), SyncError> {
        self.take_in(reply, arrival, false)
    }

    /// Takes a reply. If more follow, it need not become real yet.
    pub(super) fn take_in(
        &mut self,
        reply: &Reply,
        arrival: Arrival,
        more_follows: bool,
    ) -> Result<(), SyncError> {
        self.arrival = arrival.at;
        let total = &mut self.outcome.total;
        total.traffic = arrival.traffic.or(total.traffic);
        let bytes = u64::try_from(reply.cards.len()).unwrap_or(u64::MAX);
        total.bytes_received = total.bytes_received.saturating_add(bytes);
        if let Some(clone) = &self.clone
            && self.outcome.total.bytes_received > clone.max_bytes
        {
            return Err(SyncError::CloneTooLarge { limit: clone.max_bytes });
        }
        let tx = match self.unsettled.take() {
            Some(tx) => tx,
            None if self.takes_nothing() => self.repo.write_notes()?,
            None => self.repo.write()?,
        };
        let first = self.outcome.rounds == 0;
        let taken = self.take_reply(&tx, &reply.text());
        if matches!(taken, Err(SyncError::Database(_) | SyncError::Link(_))) {
            return taken.map(|_| ());
        }
        self.outcome.rounds += 1;
        if let Ok(moved) = &taken {
            self.barren = if *moved { 0 } else { self.barren + 1 };
            self.after_round(&tx, first, *moved)?;
        }
        // What came before an error is good.
        if taken.is_ok() || !first || self.clone.is_none() {
            self.unsettled.keep(tx, reply.cards.len(), arrival.at);
            if taken.is_err() || !more_follows || self.unsettled.is_much(arrival.at) {
                self.settle()?;
            }
            self.tell_round(taken.as_ref().err());
        }
        taken.map(|_| ())
    }

    /// Makes real what has come.
    pub(super) fn settle(&mut self) -> Result<(), SyncError> {
        Ok(self.unsettled.settle()?)
    }

    /// Whether all that a reply leaves here are notes of what has been told.
    fn takes_nothing(&self) -> bool {
        let takes_content = self.pulls || self.clone.is_some();
        let takes_files = self.options.unversioned != Unversioned::Leave;
        !takes_content && !takes_files && self.config.asked == Areas::NONE
    }

    /// Tells what has come of the last round.
    fn tell_round(&mut self, error: Option<&SyncError>) {
        let round = RoundOutcome {
            round: self.outcome.rounds,
            counts: self.outcome.total.since(&self.counted),
            error: error.map(ToString::to_string),
            ..std::mem::take(&mut self.this_round)
        };
        self.counted = self.outcome.total;
        self.options.observer.round_completed(&round, &self.outcome);
    }

    /// What has come of the session so far.
    #[must_use]
    pub const fn outcome(&self) -> &SyncOutcome {
        &self.outcome
    }

    fn after_round(&mut self, tx: &WriteTx, first: bool, moved: bool) -> Result<(), SyncError> {
        if first {
            if self.pushes {
                tx.clear_unsent()?;
            }
            if let Some(remote) = &self.options.remember {
                let mut salt = [0];
                self.options.env.rng.fill(&mut salt).map_err(SyncError::Random)?;
                if self.options.from_parent {
                    tx.remember_parent(remote, salt[0], self.now())?;
                } else {
                    tx.remember_sync(remote, salt[0], self.now())?;
                }
                tx.remember_place(remote, self.now())?;
            }
        }
        if let Some(clone) = &self.clone {
            tx.note_partial_clone(&clone.partial)?;
        }
        let standing = Standing {
            cloning: self.is_cloning(),
            moved,
            to_say: self.has_to_say(),
            to_ask: self.may_ask(tx)?,
            barren: self.barren,
        };
        self.next = next(standing);
        if self.next == Next::Done {
            self.end_tables();
            self.list_missing(tx)?;
        }
        Ok(())
    }

    /// Whether more of a clone is to come.
    fn is_cloning(&self) -> bool {
        self.clone.as_ref().is_some_and(|clone| {
            let waits = clone.partial.seqno > 0 && clone.partial.protocol > 1;
            waits || self.outcome.rounds < 2
        })
    }

    fn has_to_say(&self) -> bool {
        let announces = !matches!(self.giving.announcing, Announcing::Over);
        let gives = self.pushes && (!self.giving.queue.is_empty() || announces);
        let sends_files = self.files.may_send && !self.files.to_send.is_empty();
        gives || sends_files || self.gives_rows() && self.tables.has_to_say() || self.ask_again
    }

    /// Whether phantoms are asked for: of a clone, only if its protocol sends nothing by itself.
    pub(super) fn asks_for_phantoms(&self) -> bool {
        self.clone.as_ref().map_or(self.pulls, |clone| clone.partial.protocol == 1)
    }

    /// Whether there is something to ask for that the server has not failed to give.
    fn may_ask(&self, tx: &ReadTx) -> Result<bool, SyncError> {
        let asks_otherwise = !self.files.to_ask.is_empty() || self.tables.has_to_ask();
        if asks_otherwise || !self.asking.to_prove.is_empty() {
            return Ok(true);
        }
        if !self.asks_for_phantoms() {
            return Ok(false);
        }
        let mut found = false;
        self.each_phantom(tx, |name| {
            found = !self.asking.withheld.contains(&name);
            !found
        })?;
        Ok(found)
    }

    /// Visits phantoms for as long as `visit` wants more.
    pub(super) fn each_phantom(
        &self,
        tx: &ReadTx,
        mut visit: impl FnMut(HashName) -> bool,
    ) -> Result<(), SyncError> {
        let mut after = None;
        loop {
            let page = tx.phantoms(after, PAGE, self.options.private)?;
            let Some(last) = page.last() else { return Ok(()) };
            after = Some(last.rid);
            if !page.iter().all(|member| visit(member.name)) {
                return Ok(());
            }
        }
    }

    fn list_missing(&mut self, tx: &ReadTx) -> Result<(), SyncError> {
        let (mut missing, mut names) = (0, Vec::new());
        self.each_phantom(tx, |name| {
            missing += 1;
            if names.len() < NAMED_MISSING {
                names.push(name);
            }
            true
        })?;
        (self.outcome.missing, self.outcome.missing_names) = (missing, names);
        Ok(())
    }

    /// Takes note that the server has an artifact.
    pub(super) fn knows(&mut self, name: HashName) {
        if self.known.len() < KNOWN_AT_MOST {
            self.known.insert(name);
        }
    }

    pub(super) fn now(&self) -> Moment {
        self.options.now()
    }

    /// Puts a request into the trace of the last round, if someone traces it.
    fn traced(&self, request: Request) -> Request {
        Request { trace_parent: self.options.observer.trace_parent(self.requests), ..request }
    }

    /// Makes a message of the last cards that is unlike all others, and signs it.
    fn sign(&self) -> Result<Request, SyncError> {
        let mut nonce = [0; NONCE];
        self.options.env.rng.fill(&mut nonce).map_err(SyncError::Random)?;
        let mut text = String::from(" ");
        for byte in nonce {
            // Writing to a string does not fail.
            let _ = write!(text, "{byte:02X}");
        }
        let mut end = Writer::new();
        if let Some(comment) = Comment::new(text.as_bytes()) {
            end.push(&Card::Comment(comment));
        }
        let cards: Chunks = self.last.clone().into_iter().chain(end.finish()).collect();
        let account = self.options.account.as_ref();
        // The first request of a clone cannot be signed: the project is not known yet.
        let credentials = account.filter(|_| self.project_code.is_some()).and_then(|account| {
            let password = account.password.expose();
            Credentials::new(&account.user, password, self.project_code.as_deref())
        });
        let login = credentials.and_then(|credentials| credentials.sign(&cards));
        Ok(Request { login, ..Request::new(cards) })
    }
}

/// Whether a setting is on, as Fossil reads it.
fn is_on(value: &str) -> bool {
    let value = value.to_ascii_lowercase();
    matches!(value.as_str(), "on" | "yes" | "true")
        || value.parse::<i64>().is_ok_and(|number| number != 0)
}
