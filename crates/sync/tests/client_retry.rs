//! Trying again, leaving a server alone, and going to another one.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use observe_support::{Faulty, Notes, PASSWORD, Scene, pulling, status, unreachable};
use outcrop_sync::{
    Account, Breaker, CloneError, CloneOptions, Observer, Remote, Remotes, ReplayTransport, Reply,
    Retry, Retrying, SyncError, SyncOptions, SyncOutcome, TransportError, sync_blocking,
};
use outcrop_xfer::MediaType;

/// Many attempts, and waits that a test can wait for.
const SOON: Retry =
    Retry { attempts: 9, wait: Duration::from_millis(2), budget: Duration::from_secs(9) };

#[allow(clippy::unnecessary_wraps)] // it stands among errors
fn reply(cards: &str) -> Result<Reply, TransportError> {
    let cards = Bytes::copy_from_slice(cards.as_bytes()).into();
    Ok(Reply { cards, media: MediaType::Compressed })
}

fn wants_authorization() -> TransportError {
    let (origin, challenge) = ("here".to_owned(), "Basic realm=\"x\"".to_owned());
    TransportError::Authorization { origin, challenge, sent: true }
}

/// A server that wants to be asked less often.
fn too_many(after: Option<Duration>) -> TransportError {
    let (origin, words) = ("here".to_owned(), "slow down".to_owned());
    TransportError::Status { origin, status: 429, words, retry_after: after }
}

/// One session with a server that answers so; gives how many requests it has made, too.
fn pull_from(
    scene: &Scene,
    answers: Vec<Result<Reply, TransportError>>,
    options: &SyncOptions,
) -> (Result<SyncOutcome, SyncError>, usize) {
    let server = ReplayTransport::with_results(answers);
    let done = sync_blocking(&scene.client, &server, options.clone());
    (done, server.requests().len())
}

#[test]
fn three_refusals_in_a_row_are_enough_in_whatever_form() {
    type Refusal = fn() -> Result<Reply, TransportError>;
    let refusals: [(Refusal, &str); 5] = [
        (|| Err(status(401)), "status 401"),
        (|| Err(status(403)), "status 403"),
        (|| Err(wants_authorization()), "HTTP authorization"),
        (|| reply("error not\\sauthorized\\sto\\sread\n"), "not authorized to read"),
        (|| reply("error login\\sfailed\n"), "does not accept the login"),
    ];
    for (refusal, words) in refusals {
        let scene = Scene::new(0);
        let breaker = Breaker::new();
        let options = SyncOptions { retry: SOON, breaker: breaker.clone(), ..SyncOptions::pull() };
        for refused in 1..=3 {
            assert!(!breaker.is_open());
            let (done, requests) = pull_from(&scene, vec![refusal()], &options);
            let error = done.unwrap_err();
            assert!(error.is_denial() && !error.is_transient(), "{refused}: {error}");
            assert_eq!(requests, 1, "{words}: asked once a session");
        }
        assert!(breaker.is_open());
        let (done, requests) = pull_from(&scene, vec![reply("")], &options);
        let error = done.unwrap_err();
        assert!(matches!(error, SyncError::LeftAlone { refusals: 3, .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
        assert_eq!(requests, 0, "{words}: nobody is asked any more");
        // Someone has seen to it.
        breaker.close();
        pull_from(&scene, vec![reply("")], &options).0.unwrap();
    }
}

#[test]
fn a_session_that_is_told_to_slow_down_does_so_twice() {
    let scene = Scene::new(0);
    let notes = Notes::default();
    let options = SyncOptions { retry: SOON, ..pulling(notes.clone()) };
    let answers = |count| std::iter::repeat_with(|| Err(too_many(None))).take(count);
    let (done, requests) = pull_from(&scene, answers(9).collect(), &options);
    let error = done.unwrap_err();
    assert!(matches!(&error, SyncError::LeftAlone { refusals: 3, .. }), "{error}");
    assert!(error.to_string().contains("slow down"), "{error}");
    assert_eq!(requests, 3);
    let told = notes.take();
    let retries = told.iter().filter(|note| note.starts_with("retrying 1 after")).count();
    assert_eq!((retries, told.last().unwrap().as_str()), (2, "error left_alone"));
    // It stays so for whoever has the same breaker.
    assert_eq!(pull_from(&scene, vec![reply("")], &options).1, 0);

    let options = SyncOptions { breaker: Breaker::new(), ..options };
    let twice = answers(2).chain([reply("")]).collect();
    let (done, requests) = pull_from(&scene, twice, &options);
    assert_eq!((done.unwrap().rounds, requests), (1, 3));
    assert!(!options.breaker.is_open());
}

#[test]
fn a_round_that_goes_well_lets_the_count_begin_anew() {
    let scene = Scene::new(0);
    let breaker = Breaker::new();
    let options = SyncOptions { breaker: breaker.clone(), ..SyncOptions::pull() };
    let refuse = || pull_from(&scene, vec![Err(status(403))], &options).0.unwrap_err();
    for _ in 0..3 {
        refuse();
        refuse();
        pull_from(&scene, vec![reply("")], &options).0.unwrap();
    }
    refuse();
    refuse();
    assert!(!breaker.is_open());
    // What is no refusal counts for nothing.
    for answer in [
        Err(status(404)),
        Err(TransportError::ReplayEnded),
        reply("error wrong\\sproject\n"),
        reply("error it\\sbroke\n"),
        reply("push a\n"),
    ] {
        let error = pull_from(&scene, vec![answer], &options).0.unwrap_err();
        assert!(!error.is_denial() && !breaker.is_open(), "{error}");
    }
    refuse();
    assert!(breaker.is_open());
}

/// Writes down how long a session waits.
#[derive(Default, Clone)]
struct Waits(Arc<Mutex<Vec<(u32, u32, Duration)>>>);

impl Waits {
    fn take(&self) -> Vec<(u32, u32, Duration)> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Waits {
    fn retrying(&self, retrying: &Retrying<'_>) {
        self.0.lock().unwrap().push((retrying.round, retrying.failed, retrying.wait));
    }
}

fn busy(after: Option<Duration>) -> TransportError {
    let (origin, words) = ("here".to_owned(), "busy".to_owned());
    TransportError::Status { origin, status: 503, words, retry_after: after }
}

#[test]
fn patience_that_a_server_asks_for_is_had_within_the_budget() {
    let scene = Scene::new(0);
    let waits = Waits::default();
    let ms = Duration::from_millis;
    let retry = Retry { attempts: 9, wait: ms(1), budget: ms(50) };
    let options = SyncOptions { retry, ..pulling(waits.clone()) };
    let after = |wait| Err(busy(Some(ms(wait))));
    let started = Instant::now();
    let (done, requests) = pull_from(&scene, vec![after(20), after(20), reply("")], &options);
    assert_eq!((done.unwrap().rounds, requests), (1, 3));
    assert!(started.elapsed() >= ms(40), "it is waited for");
    assert_eq!(waits.take(), [(1, 1, ms(20)), (1, 2, ms(20))]);
    // The third time there is not so much patience left.
    let (done, requests) = pull_from(&scene, vec![after(20), after(20), after(20)], &options);
    let error = done.unwrap_err();
    assert!(error.is_transient() && error.to_string().contains("status 503"), "{error}");
    assert_eq!((requests, waits.take().len()), (3, 2));
    // A day is not waited for at all.
    let started = Instant::now();
    let (done, requests) =
        pull_from(&scene, vec![Err(busy(Some(Duration::from_hours(24))))], &options);
    assert!(done.is_err() && started.elapsed() < Duration::from_secs(9));
    assert_eq!((requests, waits.take().len()), (1, 0));
}

#[test]
fn attempts_are_counted_for_each_request_and_patience_for_all() {
    let scene = Scene::new(0);
    let waits = Waits::default();
    let ms = Duration::from_millis;
    let name = "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a";
    let promise = || reply(&format!("igot {name}\n"));
    let retry = Retry { attempts: 3, ..SOON };
    let options = SyncOptions { retry, ..pulling(waits.clone()) };
    let lost = || Err(unreachable());
    let answers = vec![lost(), lost(), promise(), lost(), lost(), reply("")];
    let (done, requests) = pull_from(&scene, answers, &options);
    assert_eq!((done.unwrap().rounds, requests), (2, 6));
    let rounds: Vec<_> = waits.take().iter().map(|&(round, failed, _)| (round, failed)).collect();
    assert_eq!(rounds, [(1, 1), (1, 2), (2, 1), (2, 2)]);
    let (done, requests) = pull_from(&scene, vec![lost(), lost(), lost(), reply("")], &options);
    assert!(matches!(done, Err(SyncError::Transport(TransportError::Unreachable { .. }))));
    assert_eq!((requests, waits.take().len()), (3, 2));

    let retry = Retry { attempts: 3, wait: ms(1), budget: ms(45) };
    let options = SyncOptions { retry, ..pulling(waits.clone()) };
    let after = |wait| Err(busy(Some(ms(wait))));
    let answers = vec![after(20), promise(), after(20), promise(), after(20), promise()];
    let (done, requests) = pull_from(&scene, answers, &options);
    assert!(done.unwrap_err().is_transient());
    assert_eq!((requests, waits.take().len()), (5, 2), "two waits of 20 ms, and none of 60 in all");
}

#[test]
fn what_does_not_pass_is_not_tried_again() {
    let name = outcrop_format::hash::HashName::sha3_of(b"new\n");
    let answers = || {
        let (origin, reason) = ("here".to_owned(), "no".to_owned());
        let (content_type, words) = ("text/html".to_owned(), "no".to_owned());
        vec![
            Err(status(401)),
            Err(status(403)),
            Err(status(404)),
            Err(status(501)),
            Err(wants_authorization()),
            Err(TransportError::NotHttp { origin: origin.clone(), reason: reason.clone() }),
            Err(TransportError::NotFossil { origin: origin.clone(), content_type, words }),
            Err(TransportError::Redirect { origin: origin.clone(), reason: reason.clone() }),
            Err(TransportError::TooLarge { origin: origin.clone(), limit: 1 }),
            Err(TransportError::Tls { origin, reason }),
            reply("error not\\sauthorized\\sto\\sread\n"),
            reply("error login\\sfailed\n"),
            reply("error anything\\selse\n"),
            reply("quarry\n"),
            reply("reqconfig /all\n"),
            reply("<html>\n"),
            reply(&format!("file {name} 4\nold\n")),
            reply(&format!("file {name} 400\nnew\n")),
        ]
    };
    for at in 0..answers().len() {
        let scene = Scene::new(0);
        let waits = Waits::default();
        let options = SyncOptions { retry: SOON, ..pulling(waits.clone()) };
        let answer = answers().swap_remove(at);
        let what = format!("{answer:?}");
        let (done, requests) = pull_from(&scene, vec![answer, reply("")], &options);
        let error = done.unwrap_err();
        assert!(!error.is_transient(), "{what}: {error}");
        assert_eq!((requests, waits.take().len()), (1, 0), "{what}: {error}");
    }
}

/// Servers that fail as they are told, and who hears of it.
struct Remoted {
    scene: Scene,
    notes: Notes,
    remotes: Remotes,
    asked: Vec<Arc<Mutex<usize>>>,
}

impl Remoted {
    fn new(faults: Vec<Box<dyn Fn(usize) -> Option<TransportError> + Send + Sync>>) -> Self {
        let scene = Scene::new(1);
        let (mut remotes, mut asked) = (Remotes::new(), Vec::new());
        for (fault, name) in faults.into_iter().zip(["near", "far", "farther"]) {
            let count = Arc::<Mutex<usize>>::default();
            asked.push(Arc::clone(&count));
            let fault = move |number| {
                *count.lock().unwrap() = number;
                fault(number)
            };
            let transport = Box::new(Faulty::new(scene.transport(), fault));
            let account = Account::new("dev", PASSWORD);
            remotes.push(Remote::new(name, transport).with_account(account));
        }
        Self { scene, notes: Notes::default(), remotes, asked }
    }

    fn sync(&self, retry: Retry) -> Result<(String, SyncOutcome), SyncError> {
        let options = SyncOptions { retry, ..pulling(self.notes.clone()) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let synced = runtime.block_on(self.remotes.sync(&self.scene.client, options));
        synced.map(|(name, done)| (name.to_owned(), done))
    }

    /// How many requests each server has seen.
    fn asked(&self) -> Vec<usize> {
        self.asked.iter().map(|count| *count.lock().unwrap()).collect()
    }

    /// What was said of changes from one server to another.
    fn changes(&self) -> Vec<String> {
        self.notes.take().into_iter().filter(|note| note.starts_with("from ")).collect()
    }
}

#[test]
fn another_server_takes_the_place_of_one_that_is_left_alone() {
    let place = Remoted::new(vec![Box::new(|_| Some(status(403))), Box::new(|_| None)]);
    // A refusal may be for the user, who would be refused elsewhere too.
    for _ in 0..3 {
        assert!(place.sync(SOON).unwrap_err().is_denial());
        assert_eq!((place.asked()[1], place.changes().len()), (0, 0));
    }
    let (server, done) = place.sync(SOON).unwrap();
    assert_eq!((server.as_str(), done.total.received), ("far", 1));
    assert_eq!(place.changes(), ["from near to far: left_alone"]);
    // The first is not asked again, until someone has seen to it.
    assert_eq!(place.asked()[0], 3);
    place.sync(SOON).unwrap();
    assert_eq!(place.asked()[0], 3);
    place.remotes.iter().next().unwrap().breaker().close();
    place.sync(SOON).unwrap_err();
    assert_eq!(place.asked()[0], 4);
}

#[test]
fn another_server_is_asked_for_the_rest_at_once() {
    // The one is told to slow down, the next answers once and is gone.
    let place = Remoted::new(vec![
        Box::new(|_| Some(too_many(None))),
        Box::new(|number| (number > 1).then(unreachable)),
        Box::new(|_| None),
    ]);
    let retry = Retry { attempts: 4, ..SOON };
    let (server, done) = place.sync(retry).unwrap();
    assert_eq!((server.as_str(), done.total.received), ("farther", 1));
    assert_eq!(place.asked(), [3, 5, done.rounds as usize]);
    assert_eq!(
        place.changes(),
        ["from near to far: left_alone", "from far to farther: unreachable"]
    );
}

#[test]
fn what_goes_wrong_everywhere_is_told_of_all_servers_and_anything_else_at_once() {
    let nowhere = || Box::new(|_: usize| Some(unreachable())) as Box<_>;
    let place = Remoted::new(vec![nowhere(), Box::new(|_| Some(busy(None)))]);
    let error = place.sync(Retry::NEVER).unwrap_err();
    let SyncError::NoRemote { reasons } = &error else { panic!("{error}") };
    assert!(reasons[0].starts_with("near: cannot reach"), "{reasons:?}");
    assert!(reasons[1].starts_with("far: ") && reasons[1].contains("503"), "{reasons:?}");
    assert_eq!((place.asked(), place.changes().len()), (vec![1, 1], 1));

    let place = Remoted::new(vec![Box::new(|_| Some(status(404))), Box::new(|_| None)]);
    let error = place.sync(SOON).unwrap_err();
    assert!(error.to_string().contains("404"), "{error}");
    assert_eq!((place.asked(), place.changes().len()), (vec![1, 0], 0));
    assert!(matches!(
        Remoted::new(Vec::new()).sync(SOON),
        Err(SyncError::NoRemote { reasons }) if reasons.is_empty()
    ));
}

#[test]
fn a_clone_that_is_complete_is_not_begun_elsewhere() {
    // What a resumed clone asks for at last is whether it has missed something meanwhile.
    let place =
        Remoted::new(vec![Box::new(|number| (number > 2).then(unreachable)), Box::new(|_| None)]);
    let tx = place.scene.server.write().unwrap();
    tx.set_setting("max-download", "1", observe_support::moment()).unwrap();
    tx.commit().unwrap();
    let path = place.scene.path("clone.fossil");
    let clone = |remotes: &Remotes| {
        let mut options = CloneOptions::new();
        options.sync.retry = Retry::NEVER;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(remotes.clone(&path, options)).map(|(name, ..)| name.to_owned())
    };
    let mut only_near = Remotes::new();
    let dead = |number: usize| (number > 1).then(unreachable);
    only_near.push(Remote::new("near", Box::new(Faulty::new(place.scene.transport(), dead))));
    let error = clone(&only_near).unwrap_err();
    assert!(error.to_string().contains("clone into"), "{error}");
    let error = clone(&place.remotes).unwrap_err();
    assert!(matches!(error, CloneError::Behind { .. }), "{error}");
    assert!(error.to_string().contains("the clone is complete"), "{error}");
    assert_eq!(place.asked()[1], 0);
}
