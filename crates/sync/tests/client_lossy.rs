//! Sessions over a web server that hangs, or cuts its replies off: what was lost is asked for again,
//! and nothing is stored twice.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;
mod support;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use observe_support::{Notes, PASSWORD, Scene, pulling};
use outcrop_repo::Repo;
use outcrop_sync::{
    Account, CloneOptions, HandleError, HandleOptions, Handled, HttpOptions, HttpTransport,
    Observer, Request, Retry, SyncError, SyncOptions, TransportError, clone_blocking, handle_sync,
    sync_blocking,
};
use outcrop_xfer::{Limits, MediaType};
use support::{Act, Seen, Server, field, reply};

/// What becomes of a reply on its way.
#[derive(Clone, Copy)]
enum Loss {
    None,
    /// It never comes.
    Hangs,
    /// Of its bytes so many hundredths come.
    CutAt(usize),
}

/// Counts what has come to a server.
#[derive(Default)]
struct Received(Mutex<Vec<u64>>);

impl Observer for Received {
    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        self.0.lock().unwrap().push(handled.unwrap().counts.received);
    }
}

/// Serves a repository; the replies to the first requests are lost in these ways.
fn serve(repo: Repo, losses: &'static [Loss], received: Arc<Received>) -> Server {
    let number = AtomicUsize::new(0);
    Server::start(move |seen| {
        let at = number.fetch_add(1, Ordering::SeqCst);
        let whole = answer(&repo, seen, received.clone());
        match losses.get(at).copied().unwrap_or(Loss::None) {
            Loss::None => Act::Send(whole),
            Loss::Hangs => Act::Hang,
            Loss::CutAt(part) => Act::SendAndClose(whole[..whole.len() * part / 100].to_vec()),
        }
    })
}

fn answer(repo: &Repo, seen: &Seen, observer: Arc<dyn Observer>) -> Vec<u8> {
    let media: MediaType = field(&seen.head, "content-type").unwrap().parse().unwrap();
    let body = Bytes::copy_from_slice(&seen.body);
    let request = Request::from_body(media, body, None, &Limits::default()).unwrap();
    let options = HandleOptions { observer, ..HandleOptions::default() };
    let answered = handle_sync(repo, request, &options).unwrap();
    let media = answered.media;
    reply("200 OK", media.as_str(), &answered.into_body().unwrap().to_vec())
}

const STALL: Duration = Duration::from_millis(150);

fn transport(server: &Server) -> HttpTransport {
    let options = HttpOptions { stall: STALL, ..HttpOptions::default() };
    HttpTransport::with_options(server.origin.parse().unwrap(), options)
}

const SOON: Retry =
    Retry { attempts: 4, wait: Duration::from_millis(2), budget: Duration::from_secs(9) };

fn artifacts(repo: &Repo) -> usize {
    let report = repo.read().unwrap().verify(|_| {}).unwrap();
    assert!(report.is_sound() && report.phantoms == 0, "{report}");
    repo.read().unwrap().unclustered(None, 1_000).unwrap().len()
}

#[test]
fn a_server_that_hangs_ends_an_attempt_and_not_the_session() {
    const LOSSES: &[Loss] = &[Loss::Hangs, Loss::None, Loss::Hangs];
    let scene = Scene::new(3);
    let server = serve(scene.server.clone(), LOSSES, Arc::default());
    let notes = Notes::default();
    let started = Instant::now();
    let options = SyncOptions { retry: SOON, ..pulling(notes.clone()) };
    let done = sync_blocking(&scene.client, &transport(&server), options).unwrap();
    assert!(started.elapsed() >= 2 * STALL);
    assert_eq!((done.rounds, done.total.received, server.seen().len()), (2, 3, 4));
    let retries: Vec<_> =
        notes.take().into_iter().filter(|note| note.starts_with("retrying")).collect();
    assert_eq!(retries, ["retrying 1 after 1: stalled", "retrying 2 after 1: stalled"]);
    // No attempt lasts longer than that, and no session tries for ever.
    let server = serve(scene.server.clone(), &[Loss::Hangs; 9], Arc::default());
    let options = SyncOptions { retry: SOON, ..SyncOptions::pull() };
    let error = sync_blocking(&scene.client, &transport(&server), options).unwrap_err();
    assert!(matches!(error, SyncError::Transport(TransportError::Stalled { .. })), "{error}");
    assert_eq!(server.seen().len(), 4);
}

#[test]
fn replies_that_are_cut_off_are_asked_for_again() {
    const LOSSES: &[Loss] =
        &[Loss::CutAt(0), Loss::CutAt(10), Loss::None, Loss::CutAt(70), Loss::CutAt(99)];
    let scene = Scene::new(40);
    let server = serve(scene.server.clone(), LOSSES, Arc::default());
    let options = SyncOptions { retry: SOON, ..SyncOptions::pull() };
    let done = sync_blocking(&scene.client, &transport(&server), options.clone()).unwrap();
    assert_eq!((done.rounds, done.total.received), (2, 40), "each counts once");
    assert_eq!(server.seen().len(), 6);
    assert_eq!(artifacts(&scene.client), artifacts(&scene.server));
    // No two requests are the same message.
    let bodies: std::collections::HashSet<_> =
        server.seen().into_iter().map(|seen| seen.body).collect();
    assert_eq!(bodies.len(), 6);

    // What a clone asks for ahead may be lost too.
    let tx = scene.server.write().unwrap();
    tx.set_setting("max-download", "300", observe_support::moment()).unwrap();
    tx.commit().unwrap();
    let server = serve(scene.server.clone(), LOSSES, Arc::default());
    let mut cloning = CloneOptions::new();
    cloning.sync.retry = SOON;
    let cloned = clone_blocking(scene.path("clone"), &transport(&server), cloning);
    let (repo, done) = cloned.unwrap();
    assert_eq!(done.sync.total.received, 41);
    assert!(server.seen().len() > 10, "{}", server.seen().len());
    assert_eq!(artifacts(&repo), artifacts(&scene.server));
}

#[test]
fn what_was_pushed_is_there_once_though_no_reply_came() {
    const LOSSES: &[Loss] = &[Loss::None, Loss::CutAt(50), Loss::CutAt(0), Loss::Hangs];
    // Here it is the client who has more.
    let (scene, other) = (Scene::new(0), Scene::new(25));
    let received = Arc::new(Received::default());
    let server = serve(scene.server.clone(), LOSSES, received.clone());
    let options = SyncOptions { retry: SOON, max_send: 300, ..SyncOptions::push() };
    let options = options.with_account(Account::new("dev", PASSWORD));
    let done = sync_blocking(&other.server, &transport(&server), options).unwrap();
    assert_eq!(done.total.sent, 25, "{done:?}");
    assert_eq!(artifacts(&scene.server), artifacts(&other.server));
    let received = received.0.lock().unwrap().clone();
    assert_eq!(received.iter().sum::<u64>(), 25, "{received:?}");
    assert_eq!(received.len(), done.rounds as usize + 3, "three replies were lost");
}
