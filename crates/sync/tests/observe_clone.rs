//! Every way of a clone, and what its observer is told.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use observe_support::{Faulty, Notes, Scene, status, unreachable};
use outcrop_sync::{
    CloneError, CloneOptions, Control, Observer, Progress, Remote, Remotes, ReplayTransport, Retry,
    RoundOutcome, Started, SyncError, SyncOutcome, clone, clone_blocking,
};

fn cloning(observer: impl Observer + 'static) -> CloneOptions {
    let mut options = CloneOptions::new();
    options.sync.observer = Arc::new(observer);
    options.sync.retry =
        Retry { attempts: 2, wait: Duration::from_millis(2), budget: Duration::from_secs(9) };
    options
}

/// A server that sends its artifacts in many batches.
fn batches(scene: &Scene) {
    let tx = scene.server.write().unwrap();
    tx.set_setting("max-download", "1", observe_support::moment()).unwrap();
    tx.commit().unwrap();
}

#[test]
fn a_clone_in_one_batch_and_in_many() {
    let scene = Scene::new(2);
    let notes = Notes::default();
    clone_blocking(scene.path("one"), &scene.transport(), cloning(notes.clone())).unwrap();
    let told = notes.take();
    assert_eq!(told[..3], ["started clone one -", "round 1", "trace 1"]);
    assert_eq!(told.iter().filter(|note| note.starts_with("received ")).count(), 3);
    assert_eq!(told[told.len() - 3..], ["reply 2 in 0", "completing", "completed in 3"]);

    batches(&scene);
    clone_blocking(scene.path("many"), &scene.transport(), cloning(notes.clone())).unwrap();
    let told = notes.take();
    let rounds: Vec<_> = told.iter().filter_map(|note| note.strip_prefix("round ")).collect();
    let replies: Vec<_> = told.iter().filter_map(|note| note.strip_prefix("reply ")).collect();
    assert!(rounds.len() > 2, "{told:?}");
    for (at, (round, reply)) in rounds.iter().zip(&replies).enumerate() {
        assert!((at + 1).to_string() == **round && reply.starts_with(&format!("{round} in ")));
    }
    assert_eq!(rounds.len(), replies.len());
    assert_eq!(told.last().unwrap(), "completed in 3");
}

#[test]
fn a_clone_that_does_not_begin() {
    let scene = Scene::new(0);
    let notes = Notes::default();
    let server = ReplayTransport::default();
    let path = scene.path("client.fossil");
    let error = clone_blocking(&path, &server, cloning(notes.clone())).unwrap_err();
    assert!(matches!(error, CloneError::Exists(_)), "{error}");
    assert_eq!(notes.take(), ["started clone client.fossil -", "error no_clone"]);

    let options = CloneOptions { protocol: 9, ..cloning(notes.clone()) };
    clone_blocking(scene.path("new"), &server, options).unwrap_err();
    assert_eq!(notes.take(), ["started clone new -", "error no_clone"]);

    let nowhere = scene.path("no/such/folder");
    clone_blocking(nowhere, &server, cloning(notes.clone())).unwrap_err();
    assert_eq!(notes.take(), ["started clone folder -", "error no_clone"]);
    assert!(server.requests().is_empty());
}

#[test]
fn a_clone_that_is_refused_and_one_that_is_interrupted() {
    let scene = Scene::new(2);
    let notes = Notes::default();
    let server = ReplayTransport::new(["error not\\sauthorized\\sto\\sclone\n"]);
    clone_blocking(scene.path("none"), &server, cloning(notes.clone())).unwrap_err();
    assert_eq!(notes.take(), ["started clone none -", "round 1", "trace 1", "error refused"]);

    batches(&scene);
    let cut = Faulty::new(scene.transport(), |number| (number > 2).then(|| status(404)));
    let error = clone_blocking(scene.path("half"), &cut, cloning(notes.clone())).unwrap_err();
    assert!(matches!(error, CloneError::Interrupted { .. }), "{error}");
    let told = notes.take();
    assert_eq!(told.last().unwrap(), "error status");
    assert_eq!(told.iter().filter(|note| note.starts_with("error")).count(), 1);
    // The request for the next batch had been made when the reply before it was stored.
    let at = |note: &str| told.iter().position(|told| told == note).unwrap();
    assert!(at("round 3") < at("reply 2 in 1"), "{told:?}");

    // What was interrupted is gone on with, also if a batch that is asked for ahead gets lost once.
    let flaky = Faulty::new(scene.transport(), |number| (number == 2).then(unreachable));
    clone_blocking(scene.path("half"), &flaky, cloning(notes.clone())).unwrap();
    let told = notes.take();
    assert_eq!(told[0], "started clone half somewhere");
    assert!(told.contains(&"retrying 2 after 1: unreachable".to_owned()), "{told:?}");
    assert_eq!(told.last().unwrap(), "completed in 1");
}

/// Takes the file away when all has come.
struct Thief(Notes, PathBuf);

impl Observer for Thief {
    fn started(&self, started: &Started<'_>) {
        self.0.started(started);
    }

    fn round_completed(&self, round: &RoundOutcome, so_far: &SyncOutcome) {
        self.0.round_completed(round, so_far);
    }

    fn completed(&self, outcome: &SyncOutcome) {
        self.0.completed(outcome);
    }

    fn error(&self, error: &SyncError) {
        self.0.error(error);
    }

    fn progress(&self, progress: &Progress) {
        if matches!(progress, Progress::Completing(_)) && self.1.exists() {
            fs::remove_file(&self.1).unwrap();
        }
    }
}

#[test]
fn a_clone_that_cannot_be_completed() {
    let scene = Scene::new(0);
    let notes = Notes::default();
    let path = scene.path("gone");
    let options = cloning(Thief(notes.clone(), path.clone()));
    let error = clone_blocking(&path, &scene.transport(), options).unwrap_err();
    assert!(error.cause().is_none(), "{error}");
    let told = notes.take();
    assert_eq!(told, ["started clone gone -", "reply 1 in 1", "reply 2 in 0", "error no_clone"]);
}

#[test]
fn a_clone_whose_future_is_dropped() {
    let scene = Scene::new(0);
    let notes = Notes::default();
    let mut options = cloning(notes.clone());
    options.sync.control = Control::new();
    options.sync.control.pause();
    let server = ReplayTransport::default();
    let mut cloned = Box::pin(clone(scene.path("new"), &server, options));
    assert!(cloned.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(cloned);
    assert_eq!(notes.take(), ["started clone new -", "error cancelled"]);
}

#[test]
fn a_clone_that_goes_on_elsewhere() {
    let scene = Scene::new(2);
    batches(&scene);
    let notes = Notes::default();
    let mut remotes = Remotes::new();
    let lost = Faulty::new(scene.transport(), |number| (number > 2).then(unreachable));
    remotes.push(Remote::new("near", Box::new(lost)));
    remotes.push(Remote::new("far", Box::new(scene.transport())));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let cloned = remotes.clone(scene.path("new"), cloning(notes.clone()));
    assert_eq!(runtime.block_on(cloned).unwrap().0, "far");
    let told = notes.take();
    let at = |note: &str| told.iter().position(|told| told == note).unwrap();
    assert!(at("error unreachable") < at("from near to far: unreachable"));
    assert!(at("from near to far: unreachable") < at("started clone new -"), "{told:?}");
    assert_eq!(told.last().unwrap(), "completed in 1");
}
