//! When a clone commits the batches that it gets, seen from outside while it runs.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use observe_support::{Scene, moment};
use outcrop_repo::Repo;
use outcrop_sync::{
    BoxFuture, Clock, CloneError, CloneOptions, Env, HandleOptions, MemoryTransport, Reply,
    Request, Transport, TransportError, clone_blocking,
};

/// A clock on which so many seconds pass from one look to the next.
struct Steps {
    seconds: u64,
    looks: AtomicU64,
}

impl Steps {
    const fn of(seconds: u64) -> Self {
        Self { seconds, looks: AtomicU64::new(0) }
    }
}

impl Clock for Steps {
    fn now(&self) -> SystemTime {
        let noon = 1_769_860_800;
        let passed = self.seconds * self.looks.fetch_add(1, Ordering::Relaxed);
        SystemTime::UNIX_EPOCH + Duration::from_secs(noon + passed)
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

static STILL: Steps = Steps::of(0);
static QUICK: Steps = Steps::of(2);

/// A server of small batches that looks into the file of the clone whenever it is asked.
struct Watching {
    server: MemoryTransport,
    clone: PathBuf,
    /// With which artifact the clone would go on if it were resumed, each time.
    seen: Mutex<Vec<u32>>,
    /// How many requests are answered.
    answers: usize,
}

impl Watching {
    fn new(scene: &Scene, clone: PathBuf, answers: usize) -> Self {
        let tx = scene.server.write().unwrap();
        tx.set_setting("max-download", "2000", moment()).unwrap();
        tx.commit().unwrap();
        let server = MemoryTransport::new(scene.server.clone(), HandleOptions::default());
        Self { server, clone, seen: Mutex::default(), answers }
    }

    fn marks(&self) -> BTreeSet<u32> {
        self.seen.lock().unwrap().iter().copied().collect()
    }
}

/// `None` once the clone is whole.
fn mark(clone: &PathBuf) -> Option<u32> {
    let repo = Repo::open_partial_clone(clone).unwrap();
    Some(repo.read().unwrap().partial_clone().unwrap()?.seqno)
}

impl Transport for Watching {
    fn exchange(&self, request: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
        let mut seen = self.seen.lock().unwrap();
        seen.extend(mark(&self.clone));
        if seen.len() > self.answers {
            let (origin, words) = ("a test".to_owned(), String::new());
            let error = TransportError::Status { origin, status: 404, retry_after: None, words };
            return Box::pin(async { Err(error) });
        }
        self.server.exchange(request)
    }
}

fn cloning(clock: &'static Steps) -> CloneOptions {
    let mut options = CloneOptions::new();
    options.sync.env = Env { clock, ..Env::system() };
    options
}

#[test]
fn batches_that_come_quickly_are_committed_together() {
    let scene = Scene::new(300);
    let path = scene.path("still.fossil");
    let server = Watching::new(&scene, path.clone(), usize::MAX);
    let (repo, outcome) = clone_blocking(&path, &server, cloning(&STILL)).unwrap();
    let marks = server.marks();
    assert!(outcome.sync.rounds > 8 && marks.len() <= 3, "{} {marks:?}", outcome.sync.rounds);
    assert!(repo.read().unwrap().blob_named(&Scene::first_new()).unwrap().is_some());
}

#[test]
fn where_time_passes_each_batch_is_committed() {
    let scene = Scene::new(300);
    let path = scene.path("quick.fossil");
    let server = Watching::new(&scene, path.clone(), usize::MAX);
    let (_, outcome) = clone_blocking(&path, &server, cloning(&QUICK)).unwrap();
    let marks = server.marks();
    assert!(marks.len() > 6, "{} {marks:?}", outcome.sync.rounds);
}

#[test]
fn what_has_come_before_a_failure_is_kept() {
    let scene = Scene::new(300);
    let path = scene.path("failed.fossil");
    let server = Watching::new(&scene, path.clone(), 6);
    let error = clone_blocking(&path, &server, cloning(&STILL)).unwrap_err();
    assert!(matches!(error, CloneError::Interrupted { .. }), "{error}");
    let kept = mark(&path).unwrap();
    assert!(kept > *server.marks().last().unwrap(), "{kept} {:?}", server.marks());
    let server = Watching::new(&scene, path.clone(), usize::MAX);
    let (repo, _) = clone_blocking(&path, &server, cloning(&STILL)).unwrap();
    assert_eq!(server.seen.lock().unwrap().first(), Some(&kept));
    assert!(repo.read().unwrap().blob_named(&Scene::first_new()).unwrap().is_some());
}
