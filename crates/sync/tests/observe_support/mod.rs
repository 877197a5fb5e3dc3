//! An observer that writes down all that it is told, repositories to sync, and transports that fail.
// Each test uses what it needs.
#![allow(dead_code)]

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_repo::user::NewUser;
use outcrop_sync::{
    BoxFuture, HandleError, HandleOptions, HandleStarted, Handled, MemoryTransport, Observer,
    Progress, Reply, Request, Retrying, RoundOutcome, Started, SyncError, SyncOptions, SyncOutcome,
    TableCounts, TraceParent, Transport, TransportError,
};
use tempfile::TempDir;

/// What tells the project of all tests from others.
pub(crate) const PROJECT: &str = "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a";

/// The password of all users. No observer may ever tell it.
pub(crate) const PASSWORD: &str = "open-sesame";

pub(crate) fn moment() -> Moment {
    Moment::parse(b"2024-01-02T03:04:05").unwrap()
}

/// A repository that serves, and a copy of it from before its newest artifacts.
pub(crate) struct Scene {
    folder: TempDir,
    pub(crate) server: Repo,
    pub(crate) client: Repo,
}

impl Scene {
    /// The server has so many artifacts that the client lacks, and a user `dev` who may do all.
    pub(crate) fn new(newer: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = CreateOptions {
            project_code: Some(PROJECT.to_owned()),
            ..CreateOptions::new("admin", moment())
        };
        let path = folder.path().join("server.fossil");
        let server = Repo::create(&path, &options, &mut |bytes| bytes.fill(3)).unwrap().repo;
        let tx = server.write().unwrap();
        let capabilities = Capabilities::parse("gisxy");
        let user = NewUser { login: "dev", password: Some(PASSWORD), capabilities, contact: "" };
        tx.add_user(&user, moment()).unwrap();
        tx.commit().unwrap();
        let copy = folder.path().join("client.fossil");
        fs::copy(&path, &copy).unwrap();
        let client = Repo::open(copy).unwrap();
        let tx = server.write().unwrap();
        let mut receiver =
            tx.receiver(Origin { user: None, at: moment(), nonce: None, address: None });
        for number in 0..newer {
            let content = format!("artifact {number}\n").into_bytes();
            let name = HashName::sha3_of(&content);
            let payload = Payload::Plain(&content);
            receiver.receive(&Incoming { name, source: None, payload, private: false }).unwrap();
        }
        receiver.finish().unwrap();
        tx.commit().unwrap();
        Self { folder, server, client }
    }

    /// The name of the first artifact that the client lacks.
    pub(crate) fn first_new() -> HashName {
        HashName::sha3_of(b"artifact 0\n")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The server, in memory.
    pub(crate) fn transport(&self) -> MemoryTransport {
        MemoryTransport::new(self.server.clone(), HandleOptions::default())
    }
}

/// Pulls, and tells this observer.
pub(crate) fn pulling(observer: impl Observer + 'static) -> SyncOptions {
    SyncOptions { observer: Arc::new(observer), ..SyncOptions::pull() }
}

/// Writes down what it is told: clones write to the same list.
#[derive(Default, Clone)]
pub(crate) struct Notes(Arc<Mutex<Vec<String>>>);

impl Notes {
    pub(crate) fn add(&self, note: impl Into<String>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(note.into());
    }

    fn ends_with(&self, note: &str) -> bool {
        let notes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        notes.last().is_some_and(|last| last == note)
    }

    /// What was written since the last time.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Observer for Notes {
    fn started(&self, started: &Started<'_>) {
        let file = started.repository.file_name().unwrap().to_str().unwrap();
        let remote = started.remote.unwrap_or("-");
        self.add(format!("started {} {file} {remote}", started.operation().as_str()));
    }

    fn round_started(&self, round: u32, bytes: usize) {
        assert!(bytes > 0);
        self.add(format!("round {round}"));
    }

    fn trace_parent(&self, round: u32) -> Option<TraceParent> {
        self.add(format!("trace {round}"));
        TraceParent::new([7; 16], u64::from(round).to_be_bytes(), true)
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        let Retrying { round, failed, wait, error, .. } = retrying;
        assert!(!wait.is_zero());
        self.add(format!("retrying {round} after {failed}: {}", error.kind()));
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        assert_eq!(round.round, so_far.rounds);
        let error = round.error.as_deref().map(|words| format!(": {words}")).unwrap_or_default();
        self.add(format!("reply {} in {}{error}", round.round, round.counts.received));
    }

    fn table_sync_started(&self, table: &str) {
        self.add(format!("table {table}"));
    }

    fn table_sync_completed(&self, table: &str, counts: &TableCounts) {
        self.add(format!("table {table} in {}", counts.received));
    }

    fn completed(&self, outcome: &SyncOutcome) {
        self.add(format!("completed in {}", outcome.total.received));
    }

    fn error(&self, error: &SyncError) {
        self.add(format!("error {}", error.kind()));
    }

    fn progress(&self, progress: &Progress) {
        self.add(match progress {
            Progress::Received { bytes, .. } => format!("received {bytes}"),
            Progress::Sent { .. } => "sent".to_owned(),
            // How far that has come does not matter here.
            Progress::Completing(_) if self.ends_with("completing") => return,
            Progress::Completing(_) => "completing".to_owned(),
            _ => "?".to_owned(),
        });
    }

    fn remote_changed(&self, from: &str, to: &str, error: &SyncError) {
        self.add(format!("from {from} to {to}: {}", error.kind()));
    }

    fn handle_started(&self, started: &HandleStarted<'_>) {
        assert!(started.bytes > 0);
        let file = started.repository.file_name().unwrap().to_str().unwrap();
        let parent = started.trace_parent.map_or_else(|| "-".to_owned(), |one| one.to_string());
        self.add(format!("asked {file} by {} {parent}", started.address.unwrap_or("-")));
    }

    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        self.add(match handled {
            Ok(handled) => {
                let Handled { operation, user, login_failed, refusal, wrote, counts, .. } = handled;
                assert!(counts.bytes_sent > 0 && counts.bytes_received > 0);
                let mut note = format!("answered {}", operation.as_str());
                let words = |user: &String| format!(" to {user}");
                note += &user.as_ref().map(words).unwrap_or_default();
                note += if *login_failed { " login failed" } else { "" };
                note += if *wrote { " wrote" } else { "" };
                let moved = format!(" in {} out {}", counts.received, counts.sent);
                note += &moved;
                let words = |words: &String| format!(": {words}");
                note += &refusal.as_ref().map(words).unwrap_or_default();
                note
            }
            Err(error) => format!("failed {}", error.kind()),
        });
    }
}

/// Leaves watching to one of its own for each session and each request.
#[derive(Default, Clone)]
pub(crate) struct Each(pub(crate) Arc<Mutex<Vec<Notes>>>);

impl Observer for Each {
    fn for_one(&self) -> Option<Arc<dyn Observer>> {
        let notes = Notes::default();
        self.0.lock().unwrap().push(notes.clone());
        Some(Arc::new(notes))
    }
}

/// What a test does with a request before it goes on its way: an error in the place of a reply.
pub(crate) type Fault = dyn Fn(usize) -> Option<TransportError> + Send + Sync;

/// A transport that may fail: it is told the number of the request, from 1.
pub(crate) struct Faulty<T> {
    to: T,
    requests: Mutex<usize>,
    fault: Box<Fault>,
}

impl<T> Faulty<T> {
    pub(crate) fn new(
        to: T,
        fault: impl Fn(usize) -> Option<TransportError> + Send + Sync + 'static,
    ) -> Self {
        Self { to, requests: Mutex::new(0), fault: Box::new(fault) }
    }
}

impl<T: Transport> Transport for Faulty<T> {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        let mut requests = self.requests.lock().unwrap();
        *requests += 1;
        match (self.fault)(*requests) {
            Some(error) => Box::pin(async { Err(error) }),
            None => self.to.exchange(request),
        }
    }

    fn address(&self) -> Option<String> {
        Some("somewhere".to_owned())
    }
}

/// Nobody is there.
pub(crate) fn unreachable() -> TransportError {
    let source = io::Error::from(io::ErrorKind::ConnectionRefused);
    TransportError::Unreachable { origin: "here".to_owned(), source }
}

/// The answer of a web server.
pub(crate) fn status(status: u16) -> TransportError {
    let (origin, words) = ("here".to_owned(), "no".to_owned());
    TransportError::Status { origin, status, words, retry_after: None }
}
