//! Watching, pausing, cancelling and retrying; and the clones of captured servers.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::create::CreateOptions;
use outcrop_sync::{
    BoxFuture, CloneOptions, Control, HandleOptions, MemoryTransport, Observer, Progress,
    ReplayTransport, Reply, Request, Retry, RoundOutcome, Started, SyncError, SyncOptions,
    SyncOutcome, Transport, TransportError, Unversioned, clone_blocking, sync_blocking,
};
use outcrop_xfer::{Limits, MediaType};
use tempfile::TempDir;

/// A repository, and a copy of it.
fn twins(folder: &TempDir) -> [Repo; 2] {
    let now = Moment::parse(b"2024-05-06T07:08:09").unwrap();
    let [one, two] = ["one", "two"].map(|name| folder.path().join(name));
    let mut next = 0;
    let mut random = |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            next += 1;
            next
        });
    };
    drop(Repo::create(&one, &CreateOptions::new("alice", now), &mut random).unwrap());
    fs::copy(&one, &two).unwrap();
    [one, two].map(|path| Repo::open(path).unwrap())
}

/// Fails for a while, in a way that passes.
struct Flaky<T> {
    to: T,
    failures: AtomicU32,
    seen: Mutex<HashSet<Vec<u8>>>,
}

impl<T: Transport> Transport for Flaky<T> {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        let is_new = self.seen.lock().unwrap().insert(request.cards.to_vec());
        assert!(is_new, "the same message twice");
        let left = self
            .failures
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        if left.is_ok() {
            let source = io::Error::from(io::ErrorKind::ConnectionRefused);
            let origin = "here".to_owned();
            return Box::pin(async { Err(TransportError::Unreachable { origin, source }) });
        }
        self.to.exchange(request)
    }
}

/// Writes down what it is told.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn add(&self, note: impl Into<String>) {
        self.0.lock().unwrap().push(note.into());
    }
}

impl Observer for Notes {
    fn started(&self, started: &Started<'_>) {
        self.add(format!("started {} {} {}", started.clone, started.pull, started.push));
    }

    fn round_started(&self, round: u32, bytes: usize) {
        assert!(bytes > 0);
        self.add(format!("round {round}"));
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        assert_eq!(round.round, so_far.rounds);
        self.add(format!("reply {}", round.round));
    }

    fn completed(&self, outcome: &SyncOutcome) {
        self.add(format!("completed {}", outcome.total.received));
    }

    fn error(&self, error: &SyncError) {
        self.add(format!("error {error}"));
    }

    fn progress(&self, progress: &Progress) {
        match progress {
            Progress::Received { bytes, .. } => assert!(*bytes > 0),
            Progress::Completing(step) => self.add(format!("{:?} of {}", step.stage, step.total)),
            _ => {}
        }
    }
}

#[test]
fn a_session_is_watched_and_what_fails_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let [client, server] = twins(&folder);
    let notes = Arc::new(Notes::default());
    let server = MemoryTransport::new(server, HandleOptions::default());
    let flaky = Flaky { to: server, failures: AtomicU32::new(2), seen: Mutex::default() };
    let retry = Retry { attempts: 3, wait: Duration::from_millis(1), ..Retry::default() };
    let observer: Arc<dyn Observer> = notes.clone();
    let options = SyncOptions { retry, observer, ..SyncOptions::pull() };
    sync_blocking(&client, &flaky, options.clone()).unwrap();
    flaky.failures.store(3, Ordering::Relaxed);
    let error = sync_blocking(&client, &flaky, options).unwrap_err();
    assert!(error.is_transient(), "{error}");
    let path = folder.path().join("clone");
    let mut options = CloneOptions::new();
    options.sync.observer = notes.clone();
    clone_blocking(path, &flaky, options).unwrap();
    let notes = notes.0.lock().unwrap().join(", ");
    assert_eq!(
        notes,
        "started false true false, round 1, reply 1, completed 0, \
         started false true false, round 1, error cannot reach here: connection refused; \
         check the address, and that the server is running, \
         started true false false, round 1, reply 1, round 2, reply 2, Artifacts of 1, Meanings of 1, completed 1"
    );
}

/// Never answers, and cancels whoever asks.
struct Silent(Control);

impl Transport for Silent {
    fn exchange(&self, _: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        self.0.cancel();
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_session_that_waits_can_be_cancelled() {
    let folder = tempfile::tempdir().unwrap();
    let [client, _] = twins(&folder);
    let control = Control::new();
    let options = SyncOptions { control: control.clone(), ..SyncOptions::pull() };
    let cancelled = sync_blocking(&client, &Silent(control), options);
    assert!(matches!(cancelled, Err(SyncError::Cancelled)), "{cancelled:?}");
    client.write().unwrap().commit().unwrap();
}

/// The card text of a captured message.
fn captured(path: &Path) -> Bytes {
    let message = fs::read(path).unwrap();
    let split = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap() + 4;
    let head = String::from_utf8_lossy(&message[..split]).into_owned();
    let media = head.lines().find_map(|line| line.strip_prefix("Content-Type: ")).unwrap();
    let media: MediaType = media.trim().parse().unwrap();
    media.open(Bytes::copy_from_slice(&message[split..]), &Limits::default()).unwrap()
}

/// The lines of a request that do not differ from one time to the next.
fn lines(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text).into_owned();
    let fixed = |line: &&str| !line.starts_with("# ") && !line.starts_with("pragma client-version");
    text.lines().filter(fixed).map(str::to_owned).collect()
}

#[test]
fn captured_servers_are_cloned_with_the_requests_of_stock() {
    for release in ["2.21", "2.29"] {
        for scenario in ["clone-v3", "clone-v3-batches", "clone-unversioned"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire");
            let folder = folder.join(release).join(scenario);
            let messages = |kind: &str| -> Vec<Bytes> {
                let paths = (1..).map(|number| folder.join(format!("{number:02}-{kind}.http")));
                paths.take_while(|path| path.exists()).map(|path| captured(&path)).collect()
            };
            let server = ReplayTransport::new(messages("reply"));
            let path = tempfile::tempdir().unwrap();
            let mut options = CloneOptions::new();
            // Stock knows no tables, and so does not ask for them.
            options.sync.tables = false;
            if scenario == "clone-unversioned" {
                options.sync.unversioned = Unversioned::Sync;
            }
            let (repo, outcome) =
                clone_blocking(path.path().join("clone"), &server, options).unwrap();
            let asked: Vec<_> =
                server.requests().iter().map(|request| lines(&request.cards.to_vec())).collect();
            let mut stocks: Vec<_> = messages("request").iter().map(|text| lines(text)).collect();
            // Some scenarios have a second clone.
            let second = stocks.iter().skip(1).position(|lines| *lines == ["clone 3 1"]);
            stocks.truncate(second.map_or(stocks.len(), |rounds| rounds + 1));
            // Stock goes another round after the last artifacts, and asks for nothing.
            stocks.pop_if(|last| last.is_empty());
            assert_eq!(asked, stocks, "{release}/{scenario}");
            assert_eq!(outcome.project_code, "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a");
            assert_eq!((outcome.sync.missing, outcome.sync.rounds as usize), (0, stocks.len()));
            assert!(
                outcome.sync.total.received > 5 && repo.read().unwrap().partial_clone().is_ok()
            );
        }
    }
}
