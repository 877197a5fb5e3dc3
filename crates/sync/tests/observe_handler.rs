//! Every way of a handled request, and what the server's observer is told.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

mod observe_support;
mod support;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use observe_support::{Each, Notes, PASSWORD, PROJECT, Scene, pulling};
use outcrop_format::hash::HashName;
use outcrop_repo::{OpenOptions, Repo};
use outcrop_sync::{
    HandleOptions, HttpTransport, MemoryTransport, Observer, Request, TraceParent, Traced,
    handle_sync, sync_blocking,
};
use outcrop_xfer::login::{Login, Secret};
use support::{Act, Server, reply};

fn options(observer: impl Observer + 'static) -> HandleOptions<'static> {
    let address = Some("10.1.2.3".to_owned());
    HandleOptions { observer: Arc::new(observer), address, ..HandleOptions::default() }
}

fn request(password: Option<&str>, cards: &str) -> Request {
    let login = password.map(|password| {
        let secret = Secret::new(PROJECT, "dev", password);
        let login = Login::sign("dev", &secret, [cards.as_bytes()]).unwrap();
        Login { user: login.user.into_owned(), ..login }
    });
    Request { login, ..Request::new(Bytes::copy_from_slice(cards.as_bytes()).into()) }
}

fn file(content: &str) -> String {
    format!("file {} {}\n{content}", HashName::sha3_of(content.as_bytes()), content.len())
}

const VERSION: &str = "pragma client-version 22900 20260821 165942\n";

const ASKED: &str = "asked server.fossil by 10.1.2.3 -";

#[test]
fn answers_and_refusals() {
    let scene = Scene::new(1);
    let notes = Notes::default();
    let name = HashName::sha3_of(b"artifact 0\n");
    let push = format!("push 0 {PROJECT}\n");
    for (password, cards, told) in [
        (None, VERSION.to_owned(), "answered ping in 0 out 0"),
        (None, format!("{VERSION}pull 0 {PROJECT}\ngimme {name}\n"), "answered pull in 0 out 1"),
        (Some(PASSWORD), format!("pull 0 {PROJECT}\n"), "answered pull to dev in 0 out 0"),
        // It begins as a round that reads, and starts over as one that writes.
        (
            Some(PASSWORD),
            format!("{push}{}", file("new\n")),
            "answered push to dev wrote in 1 out 0",
        ),
        (
            None,
            format!("{push}{}", file("not\n")),
            "answered push in 0 out 0: not authorized to write",
        ),
        (Some("wrong"), push.clone(), "answered ping login failed in 0 out 0: login failed"),
        (None, "pull 0 c0de\n".to_owned(), "answered pull in 0 out 0: wrong project"),
        (None, "quarry\n".to_owned(), "answered ping in 0 out 0: bad command: quarry\n"),
    ] {
        let answered =
            handle_sync(&scene.server, request(password, &cards), &options(notes.clone()));
        answered.unwrap();
        assert_eq!(notes.take(), [ASKED, told], "{cards}");
    }
}

#[test]
fn a_request_that_cannot_be_answered() {
    let scene = Scene::new(1);
    let notes = Notes::default();
    let push = format!("push 0 {PROJECT}\n{}", file("new\n"));
    let only_read = Repo::open_read_only(scene.server.path()).unwrap();
    handle_sync(&only_read, request(Some(PASSWORD), &push), &options(notes.clone())).unwrap_err();
    let [asked, failed] = &notes.take()[..] else { panic!() };
    assert_eq!((asked.as_str(), failed.as_str()), (ASKED, "failed database"));

    let writer = scene.server.write().unwrap();
    let impatient = OpenOptions::new().patience(Duration::from_millis(5));
    let impatient = impatient.open(scene.server.path()).unwrap();
    let error = handle_sync(&impatient, request(Some(PASSWORD), &push), &options(notes.clone()));
    assert!(error.unwrap_err().is_transient());
    assert_eq!(notes.take(), [ASKED, "failed database"]);

    writer.unset_setting("project-code").unwrap();
    writer.commit().unwrap();
    handle_sync(&scene.server, request(None, "pull 0 0\n"), &options(notes.clone())).unwrap_err();
    assert_eq!(notes.take(), [ASKED, "failed no_project_code"]);
}

#[test]
fn each_request_has_an_observer_of_its_own_if_one_is_made() {
    let scene = Scene::new(1);
    let each = Each::default();
    let server = MemoryTransport::new(scene.server.clone(), options(each.clone()));
    sync_blocking(&scene.client, &server, pulling(())).unwrap();
    let told: Vec<_> = each.0.lock().unwrap().iter().map(Notes::take).collect();
    assert_eq!(told, [[ASKED, "answered pull in 0 out 0"], [ASKED, "answered pull in 0 out 1"]]);
}

#[test]
fn where_nobody_listens_nothing_is_made() {
    assert!(Traced.for_one().is_none());
}

#[test]
fn a_request_tells_which_trace_it_belongs_to() {
    let scene = Scene::new(1);
    let (ours, theirs) = (Notes::default(), Notes::default());
    let server = MemoryTransport::new(scene.server.clone(), options(theirs.clone()));
    sync_blocking(&scene.client, &server, pulling(ours)).unwrap();
    let trace = "07".repeat(16);
    let asked: Vec<_> = theirs.take().into_iter().filter(|note| note.contains("asked")).collect();
    let parent = |round| format!("asked server.fossil by 10.1.2.3 00-{trace}-{round:016x}-01");
    assert_eq!(asked, [parent(1), parent(2)]);
}

#[test]
fn over_http_the_trace_is_a_header() {
    let scene = Scene::new(1);
    let repo = scene.server.clone();
    let media = "application/x-fossil";
    let server = Server::start(move |seen| {
        let body = Bytes::copy_from_slice(&seen.body);
        let limits = outcrop_xfer::Limits::default();
        let request = Request::from_body(media.parse().unwrap(), body, None, &limits).unwrap();
        let answer = handle_sync(&repo, request, &HandleOptions::default()).unwrap();
        Act::Send(reply("200 OK", media, &answer.into_body().unwrap().to_vec()))
    });
    let url = server.origin.replace("//", &format!("//dev:{PASSWORD}@")) + "/p?token=hush";
    let transport = HttpTransport::new(&url).unwrap();
    let notes = Notes::default();
    sync_blocking(&scene.client, &transport, pulling(notes.clone())).unwrap();
    assert_eq!(notes.take()[0], format!("started pull client.fossil {}/p", server.origin));
    for (at, seen) in server.seen().iter().enumerate() {
        let header = seen.head.lines().find_map(|line| line.strip_prefix("traceparent: "));
        let parent: TraceParent = header.unwrap().parse().unwrap();
        assert_eq!(parent.trace_id(), [7; 16]);
        assert_eq!(parent.span_id(), (at as u64 + 1).to_be_bytes());
    }
    assert_eq!(server.seen().len(), 2);
    sync_blocking(&scene.client, &transport, pulling(())).unwrap();
    assert!(!server.seen()[2].head.contains("traceparent"));
}
