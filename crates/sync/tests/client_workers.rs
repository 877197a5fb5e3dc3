//! Who does the steps of a session: what is short is told apart from what may take long.
#![allow(missing_docs, clippy::unwrap_used)]

mod observe_support;

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use observe_support::Scene;
use outcrop_sync::{
    BoxFuture, CloneOptions, SyncError, SyncOptions, Threads, ThreadsIfLong, Unversioned, Workers,
    clone_blocking, sync_blocking,
};

/// Counts pieces of work.
#[derive(Default)]
struct Counting {
    long: AtomicUsize,
    brief: AtomicUsize,
}

impl Workers for Counting {
    fn work(&self, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        self.long.fetch_add(1, Ordering::SeqCst);
        Threads.work(work)
    }

    fn work_briefly(&self, work: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        self.brief.fetch_add(1, Ordering::SeqCst);
        ThreadsIfLong.work_briefly(work)
    }

    fn sleep(&self, time: std::time::Duration) -> BoxFuture<'static, Result<(), SyncError>> {
        Threads.sleep(time)
    }
}

/// Syncs with a server that has so many artifacts more: how many steps may have been long, and how
/// many were brief.
fn steps(newer: u32, options: SyncOptions) -> [usize; 2] {
    let scene = Scene::new(newer);
    let workers: &'static Counting = Box::leak(Box::default());
    let options = SyncOptions { workers, ..options };
    let outcome = sync_blocking(&scene.client, &scene.transport(), options).unwrap();
    // The server may have made clusters of them.
    assert!(outcome.total.received >= u64::from(newer));
    [&workers.long, &workers.brief].map(|count| count.load(Ordering::SeqCst))
}

#[test]
fn a_session_of_little_has_no_long_step() {
    // It is begun, asks, and takes the reply, which is what remains of a pull of nothing.
    assert_eq!(steps(0, SyncOptions::pull()), [0, 3]);
    let [long, brief] = steps(3, SyncOptions::push_pull());
    assert!(long == 0 && brief > 3, "{brief}");
}

#[test]
fn what_may_take_long_is_no_brief_step() {
    // The first reply announces all of them.
    let [long, brief] = steps(1_500, SyncOptions::pull());
    assert!(long > 0 && brief > 0, "{long} {brief}");
    let with_files = SyncOptions { unversioned: Unversioned::Sync, ..SyncOptions::push_pull() };
    let [long, _] = steps(0, with_files);
    assert_eq!(long, 2, "all but its beginning");
}

#[test]
fn the_steps_of_a_clone_may_take_long() {
    let scene = Scene::new(3);
    let workers: &'static Counting = Box::leak(Box::default());
    let mut options = CloneOptions::default();
    options.sync.workers = workers;
    clone_blocking(scene.path("clone.fossil"), &scene.transport(), options).unwrap();
    // It is begun, asks, stores and completes what has come.
    assert!(workers.long.load(Ordering::SeqCst) > 3);
}
