//! Every way of a sync, and what its observer is told.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;

use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use observe_support::{Each, Faulty, Notes, PASSWORD, Scene, pulling, status, unreachable};
use outcrop_repo::config::Areas;
use outcrop_sync::{
    Account, BoxFuture, Breaker, Control, HandleOptions, MemoryTransport, Observer, Remote,
    Remotes, ReplayTransport, Reply, Request, Retry, SyncError, SyncOptions, TableCounts,
    Transport, TransportError, sync, sync_blocking,
};

/// A wait that a test can wait for.
const SOON: Retry =
    Retry { attempts: 3, wait: Duration::from_millis(2), budget: Duration::from_secs(9) };

#[test]
fn a_pull_and_a_push() {
    let scene = Scene::new(2);
    let notes = Notes::default();
    sync_blocking(&scene.client, &scene.transport(), pulling(notes.clone())).unwrap();
    assert_eq!(
        notes.take(),
        [
            "started pull client.fossil -",
            "round 1",
            "trace 1",
            "reply 1 in 0",
            "round 2",
            "trace 2",
            "received 11",
            "received 11",
            "reply 2 in 2",
            "completed in 2"
        ]
    );
    let other = Scene::new(0);
    let account = Account::new("dev", PASSWORD);
    let options = SyncOptions {
        observer: Arc::new(notes.clone()),
        ..SyncOptions::push().with_account(account)
    };
    sync_blocking(&scene.client, &other.transport(), options).unwrap();
    assert_eq!(
        notes.take(),
        [
            "started push client.fossil -",
            "round 1",
            "trace 1",
            "reply 1 in 0",
            "sent",
            "sent",
            "round 2",
            "trace 2",
            "reply 2 in 0",
            "completed in 0"
        ]
    );
}

#[test]
fn a_repository_that_cannot_be_read() {
    let scene = Scene::new(0);
    let notes = Notes::default();
    std::fs::write(scene.path("client.fossil"), "no database\n".repeat(1000)).unwrap();
    let server = ReplayTransport::default();
    sync_blocking(&scene.client, &server, pulling(notes.clone())).unwrap_err();
    assert_eq!(notes.take(), ["started pull client.fossil -", "error database"]);
    assert!(server.requests().is_empty());
}

#[test]
fn a_server_that_is_left_alone() {
    let scene = Scene::new(0);
    let (notes, breaker) = (Notes::default(), Breaker::new());
    let options = || SyncOptions { breaker: breaker.clone(), ..pulling(notes.clone()) };
    for _ in 0..3 {
        let server = Faulty::new(ReplayTransport::default(), |_| Some(status(403)));
        sync_blocking(&scene.client, &server, options()).unwrap_err();
        let told = ["started pull client.fossil somewhere", "round 1", "trace 1", "error status"];
        assert_eq!(notes.take(), told);
    }
    let server = ReplayTransport::default();
    sync_blocking(&scene.client, &server, options()).unwrap_err();
    assert_eq!(notes.take(), ["started pull client.fossil -", "error left_alone"]);
    assert!(server.requests().is_empty());
}

#[test]
fn a_session_that_is_cancelled_before_and_while_it_waits() {
    struct Silent(Control);
    impl Transport for Silent {
        fn exchange(&self, _: Request) -> BoxFuture<'_, Result<Reply, TransportError>> {
            self.0.cancel();
            Box::pin(std::future::pending())
        }
    }
    let scene = Scene::new(0);
    let (notes, control) = (Notes::default(), Control::new());
    let options = SyncOptions { control: control.clone(), ..pulling(notes.clone()) };
    let server = Silent(control);
    for _ in 0..2 {
        let error = sync_blocking(&scene.client, &server, options.clone()).unwrap_err();
        assert!(matches!(error, SyncError::Cancelled));
        let told = ["started pull client.fossil -", "round 1", "trace 1", "error cancelled"];
        assert_eq!(notes.take(), told);
    }
}

#[test]
fn a_session_whose_future_is_dropped() {
    let scene = Scene::new(0);
    let (notes, control) = (Notes::default(), Control::new());
    control.pause();
    let options = SyncOptions { control, ..pulling(notes.clone()) };
    let server = ReplayTransport::default();
    let mut session = Box::pin(sync(&scene.client, &server, options));
    let polled = session.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    assert_eq!(notes.take()[0], "started pull client.fossil -");
    drop(session);
    assert_eq!(notes.take().last().unwrap(), "error cancelled");
}

#[test]
fn attempts_that_fail() {
    let scene = Scene::new(1);
    let notes = Notes::default();
    let options = SyncOptions { retry: SOON, ..pulling(notes.clone()) };
    let flaky = Faulty::new(scene.transport(), |number| match number {
        1 => Some(unreachable()),
        2 => Some(status(503)),
        _ => None,
    });
    sync_blocking(&scene.client, &flaky, options.clone()).unwrap();
    assert_eq!(
        notes.take(),
        [
            "started pull client.fossil somewhere",
            "round 1",
            "trace 1",
            "retrying 1 after 1: unreachable",
            "trace 1",
            "retrying 1 after 2: status",
            "trace 1",
            "reply 1 in 0",
            "round 2",
            "trace 2",
            "received 11",
            "reply 2 in 1",
            "completed in 1"
        ]
    );
    let dead = Faulty::new(scene.transport(), |_| Some(unreachable()));
    sync_blocking(&scene.client, &dead, options).unwrap_err();
    let told = notes.take();
    assert_eq!(told[3], "retrying 1 after 1: unreachable");
    assert_eq!(told[5], "retrying 1 after 2: unreachable");
    assert_eq!(told[6..], ["trace 1", "error unreachable"]);
}

#[test]
fn replies_that_end_a_session() {
    let name = outcrop_format::hash::HashName::sha3_of(b"new\n");
    for (reply, told) in [
        (
            format!("file {name} 4\nnew\nerror not\\sauthorized\\sto\\sread\n"),
            &[
                "received 4",
                "reply 1 in 1: the server refuses: not authorized to read",
                "error refused",
            ][..],
        ),
        (
            "error login\\sfailed\n".to_owned(),
            &[
                "reply 1 in 0: the server does not accept the login; check user and password",
                "error login_failed",
            ][..],
        ),
        (format!("file {name} 4\nold\n"), &["error artifact"][..]),
        ("<html>\n".to_owned(), &["error web_page"][..]),
        ("push a\n".to_owned(), &["error bad_reply"][..]),
    ] {
        let scene = Scene::new(0);
        let notes = Notes::default();
        let server = ReplayTransport::new([reply]);
        sync_blocking(&scene.client, &server, pulling(notes.clone())).unwrap_err();
        let all = notes.take();
        assert_eq!(all[..3], ["started pull client.fossil -", "round 1", "trace 1"]);
        assert!(all.ends_with(&told.iter().map(|&note| note.to_owned()).collect::<Vec<_>>()));
        assert_eq!(all.iter().filter(|note| note.starts_with("reply")).count(), 1, "{all:?}");
    }
}

#[test]
fn a_server_in_the_place_of_another() {
    let scene = Scene::new(0);
    let notes = Notes::default();
    let remote = |name: &str, works: bool| {
        let fault = move |_| (!works).then(unreachable);
        Remote::new(name, Box::new(Faulty::new(scene.transport(), fault)))
    };
    let run = |remotes: &Remotes| {
        let options = SyncOptions { retry: Retry::NEVER, ..pulling(notes.clone()) };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(remotes.sync(&scene.client, options)).map(|(name, _)| name.to_owned())
    };
    let mut remotes = Remotes::new();
    remotes.push(remote("near", false));
    remotes.push(remote("far", true));
    assert_eq!(run(&remotes).unwrap(), "far");
    assert_eq!(
        notes.take(),
        [
            "started pull client.fossil somewhere",
            "round 1",
            "trace 1",
            "error unreachable",
            "from near to far: unreachable",
            "started pull client.fossil somewhere",
            "round 1",
            "trace 1",
            "reply 1 in 0",
            "completed in 0"
        ]
    );
    let mut remotes = Remotes::new();
    remotes.push(remote("near", false));
    remotes.push(remote("far", false));
    run(&remotes).unwrap_err();
    let changes: Vec<_> = notes.take().into_iter().filter(|note| note.contains(" to ")).collect();
    assert_eq!(changes, ["from near to far: unreachable"]);
}

#[test]
fn each_session_has_an_observer_of_its_own_if_one_is_made() {
    let scene = Scene::new(1);
    let each = Each::default();
    sync_blocking(&scene.client, &scene.transport(), pulling(each.clone())).unwrap();
    let dead = Faulty::new(scene.transport(), |_| Some(status(404)));
    sync_blocking(&scene.client, &dead, pulling(each.clone())).unwrap_err();
    let told: Vec<_> = each.0.lock().unwrap().iter().map(Notes::take).collect();
    let [one, two] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (one[0].as_str(), one.last().unwrap().as_str()),
        ("started pull client.fossil -", "completed in 1")
    );
    assert_eq!(two[1..], ["round 1", "trace 1", "error status"]);
}

#[test]
fn several_observers_are_told_the_same_and_nothing_else() {
    let scene = Scene::new(2);
    let (one, two, each) = (Notes::default(), Notes::default(), Each::default());
    let several: Vec<Arc<dyn Observer>> =
        vec![Arc::new(()), Arc::new(one.clone()), Arc::new(each.clone()), Arc::new(two.clone())];
    let several: Arc<dyn Observer> = Arc::new(several);
    let options = SyncOptions { retry: SOON, observer: several.clone(), ..SyncOptions::pull() };
    let options = SyncOptions { config_pull: Areas::NONE, ..options };
    let handling = HandleOptions { observer: several.clone(), ..HandleOptions::default() };
    let server = MemoryTransport::new(scene.server.clone(), handling);
    let flaky = Faulty::new(server, |number| (number == 1).then(unreachable));
    sync_blocking(&scene.client, &flaky, options.clone()).unwrap();
    let dead = Faulty::new(scene.transport(), |_| Some(status(404)));
    sync_blocking(&scene.client, &dead, options).unwrap_err();
    several.remote_changed("a", "b", &SyncError::Cancelled);
    several.table_sync_started("t");
    several.table_sync_completed("t", &TableCounts::default());
    let told = one.take();
    let of_each: Vec<_> = each.0.lock().unwrap().iter().flat_map(Notes::take).collect();
    // The first that names a trace is enough.
    let trace = |note: &String| note.starts_with("trace ");
    let without_traces = || told.iter().filter(|note| !trace(note)).cloned().collect::<Vec<_>>();
    assert_eq!(two.take(), without_traces());
    assert!(told.iter().any(trace));
    for word in
        ["started", "round", "retrying", "reply", "completed", "error", "received", "from a to b"]
            .into_iter()
            .chain(["table t", "table t in 0", "asked", "answered", "trace"])
    {
        assert!(told.iter().any(|note| note.starts_with(word)), "{word}: {told:?}");
    }
    // Those for one session, or one request, hear nothing of what is between sessions.
    let mut of_sessions = without_traces();
    of_sessions.retain(|note| !note.starts_with("table") && !note.starts_with("from"));
    let sorted = |mut notes: Vec<String>| {
        notes.sort();
        notes
    };
    assert_eq!(sorted(of_each), sorted(of_sessions));
    assert!(
        Vec::<Arc<dyn Observer>>::from([Arc::new(()) as Arc<dyn Observer>]).for_one().is_none()
    );
}
