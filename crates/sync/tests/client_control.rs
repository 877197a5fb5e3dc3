//! Pausing, resuming and cancelling sessions from other threads and tasks.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use observe_support::{Faulty, Scene, moment, unreachable};
use outcrop_repo::Repo;
use outcrop_sync::{
    BoxFuture, CloneError, CloneOptions, Control, MemoryTransport, Observer, Progress, Reply,
    Request, Retry, Retrying, RoundOutcome, SyncError, SyncOptions, SyncOutcome, Transport,
    TransportError, clone_blocking, sync, sync_blocking,
};

/// Artifacts that the server has more, one of which comes with each reply.
const NEWER: u32 = 5;

/// Longer than anything here should take, so that a test that waits for ever fails.
const PATIENCE: Duration = Duration::from_secs(20);

/// A server that sends one artifact at a time.
fn scene() -> Scene {
    let scene = Scene::new(NEWER);
    let tx = scene.server.write().unwrap();
    tx.set_setting("max-download", "100", moment()).unwrap();
    tx.commit().unwrap();
    scene
}

/// Counts requests, and does something at some of them.
struct Counting<F> {
    to: MemoryTransport,
    requests: Arc<AtomicUsize>,
    at: F,
}

impl<F: Fn(usize) + Send + Sync> Counting<F> {
    fn new(scene: &Scene, at: F) -> Self {
        Self { to: scene.transport(), requests: Arc::default(), at }
    }
}

impl<F: Fn(usize) + Send + Sync> Transport for Counting<F> {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        (self.at)(self.requests.fetch_add(1, Ordering::SeqCst) + 1);
        self.to.exchange(request)
    }
}

/// A server that pauses the session when a request of this number comes.
fn pausing_at(number: usize, scene: &Scene, control: &Control) -> Counting<impl Fn(usize) + use<>> {
    let control = control.clone();
    Counting::new(scene, move |request| {
        if request == number {
            control.pause();
        }
    })
}

/// Tells another thread of rounds that are completed, and of attempts that have failed.
struct Signals(Mutex<Sender<u32>>);

impl Signals {
    fn new() -> (Arc<Self>, Receiver<u32>) {
        let (sender, receiver) = channel();
        (Arc::new(Self(Mutex::new(sender))), receiver)
    }

    fn send(&self, round: u32) {
        // Whoever no longer listens does not matter.
        let _ = self.0.lock().unwrap().send(round);
    }
}

impl Observer for Signals {
    fn round_completed(&self, round: &RoundOutcome, _: &SyncOutcome) {
        self.send(round.round);
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        self.send(retrying.round);
    }
}

/// How many artifacts are here with their content.
fn held(repo: &Repo) -> usize {
    let report = repo.read().unwrap().verify(|_| {}).unwrap();
    assert!(report.is_sound(), "{report}");
    repo.read().unwrap().unclustered(None, 100).unwrap().len()
}

#[test]
fn a_paused_session_asks_for_nothing_and_holds_nothing_open() {
    let scene = scene();
    let control = Control::new();
    let (signals, rounds) = Signals::new();
    let server = pausing_at(2, &scene, &control);
    let requests = Arc::clone(&server.requests);
    let options =
        SyncOptions { control: control.clone(), observer: signals, ..SyncOptions::pull() };
    thread::scope(|scope| {
        let session = scope.spawn(|| sync_blocking(&scene.client, &server, options));
        // What is on its way is taken in.
        for round in 1..=2 {
            assert_eq!(rounds.recv_timeout(PATIENCE), Ok(round));
        }
        assert!(rounds.recv_timeout(Duration::from_millis(60)).is_err());
        assert_eq!(requests.load(Ordering::SeqCst), 2);
        assert!(!session.is_finished());
        // Others can use the file meanwhile.
        scene.client.write().unwrap().commit().unwrap();
        control.resume();
        let done = session.join().unwrap().unwrap();
        assert_eq!((done.total.received, done.missing), (u64::from(NEWER), 0));
    });
    assert_eq!(held(&scene.client), held(&scene.server));
}

#[test]
fn a_paused_session_can_be_cancelled_and_another_one_goes_on() {
    let scene = scene();
    let control = Control::new();
    let (signals, rounds) = Signals::new();
    let server = pausing_at(3, &scene, &control);
    let options =
        SyncOptions { control: control.clone(), observer: signals, ..SyncOptions::pull() };
    thread::scope(|scope| {
        let session = scope.spawn(|| sync_blocking(&scene.client, &server, options));
        while rounds.recv_timeout(PATIENCE).unwrap() < 3 {}
        control.cancel();
        let cancelled = session.join().unwrap().unwrap_err();
        assert!(matches!(cancelled, SyncError::Cancelled), "{cancelled}");
    });
    assert_eq!(server.requests.load(Ordering::SeqCst), 3);
    let before = held(&scene.client);
    assert_eq!(before, 1 + 2, "one artifact in each reply but the first");
    let done = sync_blocking(&scene.client, &server, SyncOptions::pull()).unwrap();
    assert_eq!((done.total.received, done.missing), (u64::from(NEWER) - 2, 0), "{done:?}");
}

#[test]
fn cancelling_ends_the_wait_for_another_attempt() {
    let scene = Scene::new(0);
    let control = Control::new();
    let (signals, rounds) = Signals::new();
    let wait = Duration::from_secs(50);
    let retry = Retry { attempts: 9, wait, budget: 9 * wait };
    let dead = Faulty::new(scene.transport(), |_| Some(unreachable()));
    let options =
        SyncOptions { retry, control: control.clone(), observer: signals, ..SyncOptions::pull() };
    let started = Instant::now();
    thread::scope(|scope| {
        let session = scope.spawn(|| sync_blocking(&scene.client, &dead, options));
        assert_eq!(rounds.recv_timeout(PATIENCE), Ok(1));
        control.cancel();
        assert!(matches!(session.join().unwrap(), Err(SyncError::Cancelled)));
    });
    assert!(started.elapsed() < PATIENCE);
}

/// Cancels a session when the first artifact comes.
struct Hasty(Control);

impl Observer for Hasty {
    fn progress(&self, progress: &Progress) {
        if matches!(progress, Progress::Received { .. }) {
            self.0.cancel();
        }
    }
}

#[test]
fn what_has_come_when_a_session_is_cancelled_is_stored() {
    // All artifacts come with one reply.
    let scene = Scene::new(NEWER);
    let control = Control::new();
    let observer = Arc::new(Hasty(control.clone()));
    let options = SyncOptions { control: control.clone(), observer, ..SyncOptions::pull() };
    let server = Counting::new(&scene, |_| {});
    let done = sync_blocking(&scene.client, &server, options.clone());
    // It was the last reply: there is nothing left that could be cancelled.
    assert_eq!(done.unwrap().total.received, u64::from(NEWER));
    assert_eq!(held(&scene.client), held(&scene.server));
    // A control that was used to cancel stays so.
    assert!(control.is_cancelled());
    let requests = server.requests.load(Ordering::SeqCst);
    let cancelled = sync_blocking(&scene.client, &server, options);
    assert!(matches!(cancelled, Err(SyncError::Cancelled)));
    assert_eq!(server.requests.load(Ordering::SeqCst), requests);
}

#[test]
fn a_clone_that_is_paused_and_cancelled_can_be_resumed() {
    let scene = scene();
    let path = scene.path("clone.fossil");
    let control = Control::new();
    let (signals, rounds) = Signals::new();
    let server = pausing_at(3, &scene, &control);
    let mut options = CloneOptions::new();
    (options.sync.control, options.sync.observer) = (control.clone(), signals);
    let error = thread::scope(|scope| {
        let session = scope.spawn(|| clone_blocking(&path, &server, options));
        assert_eq!(rounds.recv_timeout(PATIENCE), Ok(1));
        assert_eq!(rounds.recv_timeout(PATIENCE), Ok(2));
        thread::sleep(Duration::from_millis(60));
        assert!(!session.is_finished());
        assert_eq!(server.requests.load(Ordering::SeqCst), 3);
        control.cancel();
        session.join().unwrap().unwrap_err()
    });
    let is_kept = matches!(error, CloneError::Interrupted { .. });
    assert!(is_kept && matches!(error.cause(), Some(SyncError::Cancelled)), "{error}");
    let (repo, done) = clone_blocking(&path, &scene.transport(), CloneOptions::new()).unwrap();
    assert!(done.sync.total.received < u64::from(NEWER), "the rest: {done:?}");
    assert_eq!(held(&repo), held(&scene.server));
}

#[tokio::test]
async fn another_task_of_the_same_runtime_may_hold_the_control() {
    let scene = scene();
    let control = Control::new();
    control.pause();
    let server = Counting::new(&scene, |_| {});
    let requests = Arc::clone(&server.requests);
    let options = SyncOptions { control: control.clone(), ..SyncOptions::pull() };
    let holding = tokio::spawn(async move {
        tokio::time::sleep(Duration::from_millis(30)).await;
        let before = requests.load(Ordering::SeqCst);
        // Whoever pauses and resumes many times does no harm.
        for _ in 0..9 {
            control.resume();
            tokio::time::sleep(Duration::from_millis(1)).await;
            control.pause();
        }
        control.resume();
        before
    });
    let session = sync(&scene.client, &server, options);
    let done = tokio::time::timeout(PATIENCE, session).await.unwrap().unwrap();
    assert_eq!((holding.await.unwrap(), done.total.received), (0, u64::from(NEWER)));
}
