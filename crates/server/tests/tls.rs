//! TLS: the real `fossil` by HTTPS, certificates that change, and clients that do not shake hands.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

#[path = "served/tls.rs"]
mod authority;
mod served;

use std::io::{Read as _, Write as _};
use std::time::{Duration, Instant};

use authority::{Authority, Speaking};
use outcrop_repo::Repo;
use outcrop_server::{Hosting, ListenOptions, ServiceOptions, Tls, XferService};
use outcrop_sync::{HandleOptions, Request, Rng as _, SystemRng, handle_sync};
use served::{Fossil, PATIENCE, Served, create, post};

fn start(file: &std::path::Path, tls: &Tls, options: ListenOptions) -> Served {
    let service = ServiceOptions { metrics: options.metrics.clone(), ..ServiceOptions::default() };
    let rounds = XferService::new(Hosting::new(file).unwrap(), service);
    let tls = tls.clone();
    Served::start_behind(rounds, options, |listener| listener.with_tls(tls))
}

#[test]
fn stock_clones_pushes_and_pulls_by_https() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    let password = create(&file);
    let authority = Authority::new(&fossil.path("ca.pem"));
    let tls = authority.tls();
    let served = start(&file, &tls, ListenOptions::default());
    let url = served.url("").replace("http://127.0.0.1", "https://localhost");
    // Stock refuses whom nobody vouches for.
    let stranger = fossil.attempt("", &["clone", &url, "stranger.fossil"]);
    let said = String::from_utf8_lossy(&stranger.stdout).into_owned();
    assert!(!fossil.path("stranger.fossil").exists() || !stranger.status.success(), "{said}");

    let trusting = fossil.trusting(&authority.file);
    trusting.clone_and_open(&url, &password, "clone");
    trusting.run(&["clone", &url, "copy.fossil"]);
    trusting.commit("clone", "a.bin", vec![7; 600_000], &[]);
    trusting.run(&["pull", "-R", "copy.fossil"]);
    assert!(served.stop());
    for copy in ["clone.fossil", "copy.fossil"] {
        assert_eq!(fossil.artifacts(&fossil.path(copy)), fossil.artifacts(&file), "{copy}");
    }
    fossil.finds_it_whole(&file);
}

#[test]
fn answers_are_whole_and_the_end_is_told() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    create(&file);
    let authority = Authority::new(&fossil.path("ca.pem"));
    let served = start(&file, &authority.tls(), ListenOptions::default());
    for version in ["HTTP/1.0", "HTTP/1.1"] {
        let request = post("/", "# hi\n").replace("HTTP/1.0", version);
        let request = request.replacen("\r\n", "\r\nConnection: close\r\n", 1);
        let begun = Instant::now();
        let mut stream = Speaking::to(served.address, &authority);
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        // An end that was not announced would be an error.
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(&format!("{version} 200 OK\r\n")), "{answer}");
        let length = served::body(&answer).len().to_string();
        assert_eq!(served::header(&answer, "content-length"), Some(&*length));
        assert!(begun.elapsed() < Duration::from_secs(2));
    }
    // Its pages know how they are reached.
    let mut stream = Speaking::to(served.address, &authority);
    stream.write_all(b"GET / HTTP/1.0\r\nHost: example.org\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.contains("fossil clone https://example.org/"), "{page}");
    assert_eq!(Speaking::to(served.address, &authority).protocol(), "http/1.1");
    assert!(served.stop());
}

#[test]
fn who_does_not_shake_hands_keeps_nobody_waiting() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    create(&file);
    let authority = Authority::new(&fossil.path("ca.pem"));
    let head = Duration::from_millis(500);
    let options = ListenOptions { head, ..ListenOptions::default() };
    let served = start(&file, &authority.tls(), options);
    let mut silent: Vec<_> = (0..20).map(|_| served.connect()).collect();
    let mut plain = served.connect();
    plain.write_all(b"GET /healthz HTTP/1.0\r\n\r\n").unwrap();
    let begun = Instant::now();
    assert!(Speaking::to(served.address, &authority).get("/healthz").ends_with("ok\n"));
    assert!(begun.elapsed() < PATIENCE / 2);
    for stream in &mut silent {
        assert_eq!(stream.read(&mut [0; 9]).unwrap_or(0), 0);
    }
    // HTTP without TLS is answered with an alert, not with HTTP.
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"));
    let metrics = Speaking::to(served.address, &authority).get("/metrics");
    assert!(metrics.contains("\noutcrop_tls_handshakes_failed_total 21\n"), "{metrics}");
    assert!(served.stop());
}

#[test]
fn a_new_certificate_leaves_connections_alone() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    create(&file);
    let old = Authority::new(&fossil.path("old.pem"));
    let [certificate, key] = ["certificate.pem", "key.pem"].map(|name| fossil.path(name));
    old.write(&certificate, &key);
    let tls = Tls::from_files(&certificate, &key).unwrap();
    let served = start(&file, &tls, ListenOptions::default());
    let mut kept = Speaking::to(served.address, &old);
    let round = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let answers = |stream: &mut Speaking| {
        stream.write_all(round.as_bytes()).unwrap();
        let mut answer = [0; 4_096];
        let len = stream.read(&mut answer).unwrap();
        assert!(answer[..len].starts_with(b"HTTP/1.1 200 OK\r\n"));
    };
    answers(&mut kept);
    std::fs::write(&key, "not a key").unwrap();
    assert!(tls.reload().is_err());
    answers(&mut Speaking::to(served.address, &old));

    let new = Authority::new(&fossil.path("new.pem"));
    new.write(&certificate, &key);
    tls.reload().unwrap();
    answers(&mut Speaking::to(served.address, &new));
    assert!(Speaking::attempt(served.address, &old).is_err());
    answers(&mut kept);
    drop(kept);
    assert!(served.stop());
}

#[test]
fn a_push_under_way_ends_before_the_server_does() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    let password = create(&file);
    let authority = Authority::new(&fossil.path("ca.pem"));
    let (begun, begins) = std::sync::mpsc::channel();
    let handler = move |repo: &Repo, request: Request, options: &HandleOptions<'_>| {
        if request.cards.len() > 100_000 {
            begun.send(()).unwrap();
            std::thread::sleep(Duration::from_millis(500));
        }
        handle_sync(repo, request, options)
    };
    let hosting = Hosting::new(&file).unwrap();
    let rounds = XferService::with_handler(hosting, ServiceOptions::default(), handler);
    let tls = authority.tls();
    let mut served =
        Served::start_behind(rounds, ListenOptions::default(), |listener| listener.with_tls(tls));
    let url = served.url("").replace("http://127.0.0.1", "https://localhost");
    let trusting = fossil.trusting(&authority.file);
    trusting.clone_and_open(&url, &password, "clone");
    let mut content = vec![0; 200_000];
    SystemRng.fill(&mut content).unwrap();
    trusting.run_in("clone", &["settings", "autosync", "off"]);
    trusting.commit("clone", "large.bin", content, &[]);
    let pushed = std::thread::scope(|scope| {
        let pushing = scope.spawn(|| trusting.attempt("clone", &["push"]));
        begins.recv_timeout(PATIENCE).unwrap();
        served.ask_to_stop();
        pushing.join().unwrap()
    });
    assert!(served.stop());
    let said = String::from_utf8_lossy(&pushed.stdout);
    assert!(pushed.stderr.is_empty() && said.contains("Artifacts sent: 2"), "{pushed:?}");
    assert_eq!(fossil.artifacts(&file), fossil.artifacts(&fossil.path("clone.fossil")));
    fossil.finds_it_whole(&file);
}
