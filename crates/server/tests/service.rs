//! HTTP at its edges: what is refused, how, and what the server bears.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::io::{Read as _, Write as _};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;
use outcrop_repo::Repo;
use outcrop_server::{Hosting, ListenOptions, ServiceOptions, XferService};
use outcrop_sync::{HandleOptions, Reply, Request, handle_sync};
use outcrop_xfer::login::{Login, Secret};
use outcrop_xfer::{Limits, MediaType};
use served::{PATIENCE, Served, body, create, header, post, rest};
use tempfile::TempDir;

/// A folder with the repository `one`.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    create(&folder.path().join("one.fossil"));
    folder
}

fn rounds(folder: &TempDir, options: ServiceOptions) -> XferService {
    XferService::new(Hosting::new(folder.path()).unwrap(), options)
}

fn start(folder: &TempDir) -> Served {
    Served::start(rounds(folder, ServiceOptions::default()), ListenOptions::default())
}

/// A server whose handler tells of each request, and answers when it is let.
fn start_gated(
    folder: &TempDir,
    options: ServiceOptions,
) -> (Served, mpsc::Receiver<()>, mpsc::Sender<()>) {
    let (begun, begins) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let hosting = Hosting::new(folder.path()).unwrap();
    let rounds = XferService::with_handler(hosting, options, move |repo, request, options| {
        begun.send(()).unwrap();
        gate.lock().unwrap().recv().unwrap();
        handle_sync(repo, request, options)
    });
    (Served::start(rounds, ListenOptions::default()), begins, go)
}

#[test]
fn a_reply_has_the_type_of_its_request_and_an_exact_length() {
    let folder = folder();
    let served = start(&folder);
    for media in [MediaType::Debug, MediaType::Uncompressed, MediaType::Compressed] {
        let request = post("/one", "pragma client-version 22100 20230226 192424\n")
            .replace("application/x-fossil-debug", media.as_str());
        let mut stream = served.connect();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        assert!(head.starts_with("HTTP/1.0 200 OK\r\n"), "{head}");
        assert_eq!(header(&head, "content-type"), Some(media.as_str()));
        assert_eq!(header(&head, "content-length"), Some(&*(answer.len() - end).to_string()));
        assert_eq!(header(&head, "transfer-encoding"), None);
        let text = Bytes::copy_from_slice(&answer[end..]);
        let text = media.open(text, &Limits::default()).unwrap();
        assert!(text.starts_with(b"pragma server-version "), "{text:?}");
    }
    assert!(served.stop());
}

#[test]
fn what_is_no_round_is_told_so() {
    let folder = folder();
    let served = start(&folder);
    let wrong_type = |kind: &str| post("/one", "").replace("application/x-fossil-debug", kind);
    for (request, status) in [
        (wrong_type("text/plain"), "415 Unsupported Media Type"),
        (wrong_type("application/x-www-form-urlencoded"), "415 Unsupported Media Type"),
        (wrong_type("application/x-fossil-other"), "415 Unsupported Media Type"),
        (wrong_type("text/plain").replace("/one", "/none"), "415 Unsupported Media Type"),
        (post("/none", ""), "404 Not Found"),
        (post("/", ""), "404 Not Found"),
        (post("/../one", ""), "404 Not Found"),
        (post("/one", "").replace("POST", "PUT"), "405 Method Not Allowed"),
        (post("/one", "").replace("POST", "DELETE"), "405 Method Not Allowed"),
        (post("/one", "").replace("POST", "OPTIONS"), "405 Method Not Allowed"),
        (post("/one", "no envelope").replace("-debug", ""), "400 Bad Request"),
    ] {
        let answer = served.ask(&request);
        assert!(answer.starts_with(&format!("HTTP/1.0 {status}\r\n")), "{request}\n{answer}");
        assert_eq!(header(&answer, "content-length"), Some(&*body(&answer).len().to_string()));
        assert_eq!(header(&answer, "allow").is_some(), status.starts_with("405"));
    }
    let unknown = served.ask(post("/one", "what is this\n"));
    assert!(unknown.starts_with("HTTP/1.0 200 OK\r\n"), "{unknown}");
    assert!(body(&unknown).starts_with("error "), "{unknown}");
    assert!(served.ask("gibberish\r\n\r\n").starts_with("HTTP/1.1 400 "));
    assert!(served.stop());
}

#[test]
fn a_connection_is_kept_or_closed_as_the_client_wants() {
    let folder = folder();
    let served = start(&folder);
    let round = |headers: &str| {
        post("/one", "# hi\n")
            .replace("HTTP/1.0", "HTTP/1.1")
            .replace("\r\nHost", &format!("{headers}\r\nHost"))
    };
    let mut stream = served.connect();
    for _ in 0..3 {
        stream.write_all(round("").as_bytes()).unwrap();
        let mut answer = String::new();
        while !answer.ends_with("errors 0\n") {
            let mut some = [0; 4096];
            let len = stream.read(&mut some).unwrap();
            assert_ne!(len, 0, "{answer}");
            answer.push_str(str::from_utf8(&some[..len]).unwrap());
        }
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    }
    for request in [round("\r\nConnection: close"), post("/one", "# hi\n")] {
        let begun = Instant::now();
        // The client does not close its side: who waited for that would wait for long.
        let answer = served.ask(&request);
        assert!(answer.ends_with("errors 0\n"), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(1));
    }
    // One that says that it has nothing more to say still gets its reply.
    let mut stream = served.connect();
    stream.write_all(post("/one", "# hi\n").as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    assert!(rest(&mut stream).ends_with("errors 0\n"));
    assert!(served.stop());
}

#[test]
fn a_login_may_come_as_a_cookie() {
    let folder = folder();
    let password = create(&folder.path().join("two.fossil"));
    let repo = Repo::open(folder.path().join("two.fossil")).unwrap();
    let code = repo.read().unwrap().setting("project-code").unwrap().unwrap();
    let served = start(&folder);
    let cards = format!("push 0000 {code}\n");
    for (password, told) in [(&*password, None), ("wrong", Some("login\\sfailed"))] {
        let secret = Secret::new(&code, "alice", password);
        let login = Login::sign("alice", &secret, [cards.as_bytes()]).unwrap();
        let cookie = format!("\r\nCookie: other=1\r\nCookie: {}\r\nHost", login.to_cookie());
        let answer = served.ask(post("/two", &cards).replace("\r\nHost", &cookie));
        let error = body(&answer).lines().find_map(|line| line.strip_prefix("error "));
        assert_eq!(error, told, "{answer}");
    }
    let without = served.ask(post("/two", &cards));
    assert!(body(&without).contains("error not\\sauthorized\\sto\\swrite\n"), "{without}");
    assert!(served.stop());
}

#[test]
fn bodies_that_are_too_large_are_not_read() {
    let folder = folder();
    let limits = Limits { message: 1_000, ..Limits::DEFAULT };
    let options = ServiceOptions { limits, ..ServiceOptions::default() };
    let served = Served::start(rounds(&folder, options), ListenOptions::default());
    let cards = format!("# {}\n", "x".repeat(997));
    assert!(served.ask(post("/one", &cards)).starts_with("HTTP/1.0 200 "));
    // Only the head is sent: the answer does not wait for the rest.
    let head = post("/one", "").replace("Content-Length: 0", "Content-Length: 1001");
    let answer = served.ask(head);
    assert!(answer.starts_with("HTTP/1.0 413 "), "{answer}");
    // A client that sends it all before it reads finds the answer too.
    let answer = served.ask(post("/one", &"x".repeat(5_000_000)));
    assert!(answer.starts_with("HTTP/1.0 413 ") && answer.contains("1000 bytes"), "{answer}");
    // Without a length, it shows on the way.
    let chunk = format!("190\r\n{}\r\n", "x".repeat(400));
    let chunked = post("/one", "")
        .replace("HTTP/1.0", "HTTP/1.1")
        .replace("Content-Length: 0", "Transfer-Encoding: chunked");
    let answer = served.ask(format!("{chunked}{}", chunk.repeat(3)));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    // An envelope that promises more than it may hold.
    let bomb = MediaType::Compressed.seal(Bytes::from(vec![b'#'; 100_000]).into()).unwrap();
    let head = post("/one", "").replace("-debug", "");
    let head = head.replace("Content-Length: 0", &format!("Content-Length: {}", bomb.len()));
    let answer = served.ask([head.as_bytes(), &bomb.to_vec()].concat());
    assert!(answer.starts_with("HTTP/1.0 400 "), "{answer}");
    assert!(served.stop());
}

#[test]
fn slow_clients_are_given_up() {
    let folder = folder();
    let short = Duration::from_millis(300);
    let options = ServiceOptions { body_stall: short, ..ServiceOptions::default() };
    let connections = ListenOptions { head: short, reply_stall: short, ..ListenOptions::default() };
    let hosting = Hosting::new(folder.path()).unwrap();
    let rounds = XferService::with_handler(hosting, options, |_, request, _| {
        // More than the system takes for a client that does not read.
        let text = Bytes::from(vec![b'#'; 64_000_000]);
        Ok(Reply { cards: text.into(), media: request.media })
    });
    let served = Served::start(rounds, connections);

    let half_a_body = post("/one", "1234567890").replace("67890", "");
    for (sent, answered) in
        [("", ""), ("POST /one HT", "HTTP/1.1 408 "), (&half_a_body, "HTTP/1.0 408 ")]
    {
        let begun = Instant::now();
        let answer = served.ask(sent);
        assert!(begun.elapsed() < PATIENCE / 2, "{sent}");
        assert!(answer.is_empty() || answer.starts_with(answered), "{sent}: {answer}");
        assert_eq!(answer.is_empty(), answered != "HTTP/1.0 408 ", "{sent}: {answer}");
    }
    let mut stream = served.connect();
    stream.write_all(post("/one", "# hi\n").as_bytes()).unwrap();
    thread::sleep(short * 5);
    let mut answer = Vec::new();
    let broken = stream.read_to_end(&mut answer);
    assert!(broken.is_err() || answer.len() < 64_000_000, "{} bytes", answer.len());
    // Who reads, if late, gets all of it.
    assert!(served.ask(post("/one", "# hi\n")).len() > 64_000_000);
    assert!(served.stop());
}

#[test]
fn who_comes_too_many_is_told_when_to_come_again() {
    let folder = folder();
    let options = ServiceOptions { rounds: 1, waiting: 1, ..ServiceOptions::default() };
    let (served, begins, go) = start_gated(&folder, options);
    thread::scope(|scope| {
        let (tell, told) = mpsc::channel();
        let ask = || {
            let (tell, served) = (tell.clone(), &served);
            scope.spawn(move || tell.send(served.ask(post("/one", "# hi\n"))).unwrap());
        };
        ask();
        begins.recv_timeout(PATIENCE).unwrap();
        // One of these waits, whichever comes first.
        (0..3).for_each(|_| ask());
        for _ in 0..2 {
            let answer = told.recv_timeout(PATIENCE).unwrap();
            assert!(answer.starts_with("HTTP/1.0 503 "), "{answer}");
            assert_eq!(header(&answer, "retry-after"), Some("5"));
        }
        // Whoever looks after the server is not in the queue.
        assert!(served.get("/healthz").ends_with("\r\n\r\nok\n"));
        assert!(served.get("/readyz").ends_with("\r\n\r\nready\n"));
        for _ in 0..2 {
            go.send(()).unwrap();
            let answer = told.recv_timeout(PATIENCE).unwrap();
            assert!(answer.ends_with("errors 0\n"), "{answer}");
        }
    });
    assert!(served.stop());
}

#[test]
fn healthz_answers_under_load() {
    let folder = folder();
    let options = ServiceOptions { rounds: 4, ..ServiceOptions::default() };
    let hosting = Hosting::new(folder.path()).unwrap();
    let rounds = XferService::with_handler(hosting, options, |repo, request, options| {
        thread::sleep(Duration::from_millis(20));
        handle_sync(repo, request, options)
    });
    let served = Served::start(rounds, ListenOptions::default());
    thread::scope(|scope| {
        for _ in 0..32 {
            scope.spawn(|| {
                for _ in 0..4 {
                    let answer = served.ask(post("/one", "# hi\n"));
                    assert!(answer.ends_with("errors 0\n"), "{answer}");
                }
            });
        }
        for _ in 0..50 {
            let begun = Instant::now();
            assert!(served.get("/healthz").starts_with("HTTP/1.0 200 "));
            assert!(begun.elapsed() < Duration::from_secs(1));
        }
    });
    assert!(served.stop());
}

#[test]
fn a_round_ends_though_its_client_is_gone_and_a_panic_ends_only_its_own() {
    let folder = folder();
    let ended = Arc::new(Mutex::new(0));
    let (begun, begins) = mpsc::channel();
    let hosting = Hosting::new(folder.path()).unwrap();
    let options = ServiceOptions { rounds: 1, ..ServiceOptions::default() };
    let count = Arc::clone(&ended);
    let handler = move |repo: &Repo, request: Request, options: &HandleOptions<'_>| {
        assert!(!request.cards.to_vec().starts_with(b"# panic"), "as the test wants it");
        begun.send(()).unwrap();
        thread::sleep(Duration::from_millis(200));
        *count.lock().unwrap() += 1;
        handle_sync(repo, request, options)
    };
    let rounds = XferService::with_handler(hosting, options, handler);
    let served = Served::start(rounds, ListenOptions::default());
    let mut gone = served.connect();
    gone.write_all(post("/one", "# hi\n").as_bytes()).unwrap();
    begins.recv_timeout(PATIENCE).unwrap();
    drop(gone);
    let answer = served.ask(post("/one", "# panic\n"));
    assert!(answer.starts_with("HTTP/1.0 500 "), "{answer}");
    assert!(served.ask(post("/one", "# hi\n")).ends_with("errors 0\n"));
    assert!(served.stop());
    assert_eq!(*ended.lock().unwrap(), 2);
}
