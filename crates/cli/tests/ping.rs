//! `outcrop ping` against the real server, and against what is none.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::Arc,
    thread,
};

use support::serving::Serving;
use support::{Fossil, outcrop, ran, run, schema};
use tokio_rustls::rustls::{
    ServerConfig, ServerConnection, StreamOwned, crypto::ring, pki_types::PrivateKeyDer,
};

/// Answers one request with these bytes, over what `wrap` makes of the connection.
fn answer<S: Read + Write>(
    bytes: Vec<u8>,
    wrap: impl FnOnce(TcpStream) -> S + Send + 'static,
) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let mut stream = wrap(stream);
        let mut seen = Vec::new();
        // A ping ends its cards with a comment, compressed: the head's end and some bytes will do.
        while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
            let mut some = [0; 4096];
            let len = stream.read(&mut some).unwrap_or(0);
            if len == 0 {
                return;
            }
            seen.extend_from_slice(&some[..len]);
        }
        let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
        // Until the client is done, so that closing does not destroy the reply on its way.
        let _ = stream.read(&mut [0]);
    });
    port
}

/// A ping as stock's server answered it.
const PONG: &[u8] = include_bytes!("../../../testdata/wire/2.29/ping/01-reply.http");

#[test]
fn the_real_server_answers() {
    let fossil = Fossil::new();
    let (_server, address) = fossil.serve();
    let pinged = run(["ping", &format!("http://{address}/")]);
    assert_eq!((pinged.code, &pinged.stderr[..]), (0, ""), "{}", pinged.stdout);
    assert!(pinged.stdout.contains("speaks like Fossil 2."), "{}", pinged.stdout);
    assert!(pinged.stdout.contains("clock       agrees"), "{}", pinged.stdout);

    let pinged = run(["--json", "ping", &format!("http://{address}/")]);
    let json: serde_json::Value = serde_json::from_str(&pinged.stdout).unwrap();
    assert!(json["version"]["number"].as_u64() >= Some(20_000), "{json}");
    assert_eq!(json["logged_in"], false);
    assert!(json["clock_skew_seconds"].as_i64().unwrap().abs() <= 1, "{json}");
}

#[test]
fn the_real_server_takes_and_refuses_logins() {
    let fossil = Fossil::new();
    let (_server, address) = fossil.serve();
    let code = fossil.project_code();

    let url = format!("http://alice:sesame@{address}/");
    let good = run(["ping", &url, "--project-code", &code]);
    assert_eq!((good.code, &good.stderr[..]), (0, ""), "{}", good.stdout);
    assert!(good.stdout.contains("login       accepted"), "{}", good.stdout);

    let url = format!("http://alice@{address}/");
    let mut bad = outcrop(["ping", &url, "--project-code", &code]);
    let bad = ran(&bad.env("OUTCROP_PASSWORD", "hush-hush").output().unwrap());
    assert_eq!(bad.code, 3, "{}", bad.stdout);
    assert!(bad.stderr.contains("login failed"), "{}", bad.stderr);

    let url = format!("http://alice:hush-hush@{address}/");
    let unsigned = run(["ping", &url, "-v"]);
    assert_eq!(unsigned.code, 0);
    assert!(unsigned.stderr.contains("--project-code"), "{}", unsigned.stderr);
    assert!(
        unsigned.stderr.contains(">      0  pragma      client-version"),
        "{}",
        unsigned.stderr
    );
    assert!(unsigned.stdout.contains("login       none"), "{}", unsigned.stdout);
    for shown in [good, bad, unsigned] {
        let shown = shown.stdout + &shown.stderr;
        assert!(!shown.contains("hush-hush") && !shown.contains("sesame"), "{shown}");
    }
}

#[test]
fn a_dead_port_is_a_matter_of_the_network() {
    let free = TcpListener::bind("127.0.0.1:0").and_then(|one| one.local_addr());
    let url = format!("http://alice:hush-hush@{}/", free.unwrap());
    let dead = run(["ping", &url, "--json"]);
    assert_eq!((dead.code, &dead.stdout[..]), (4, ""));
    let error: serde_json::Value = serde_json::from_str(&dead.stderr).unwrap();
    let error = error["error"].as_str().unwrap();
    assert!(error.contains("cannot reach") && !error.contains("hush"), "{error}");
}

#[test]
fn a_server_is_ready_while_it_can_open_what_it_serves() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("repositories");
    std::fs::create_dir(&folder).unwrap();
    let serving = Serving::start(&[folder.to_str().unwrap()], 1);
    let url = format!("http://{}/", serving.address());
    let ready = run(["ping", "--ready", &url]);
    let said = format!("{url}readyz says: ready\n");
    assert_eq!((ready.code, ready.stdout, &ready.stderr[..]), (0, said, ""));
    let ready = run(["ping", "--ready", &url, "--json"]);
    let json = serde_json::from_str(&ready.stdout).unwrap();
    assert_eq!(schema::faults(&json, &schema::read("ping")), [""; 0]);
    assert_eq!(json["ready"], true);

    // A repository has no such page.
    let repository = run(["ping", "--ready", &format!("{url}project")]);
    assert_eq!((repository.code, &repository.stdout[..]), (1, ""));
    assert!(repository.stderr.contains("status 404"), "{}", repository.stderr);
    std::fs::remove_dir(&folder).unwrap();
    let gone = run(["ping", "--ready", &url]);
    assert_eq!((gone.code, &gone.stdout[..]), (3, ""));
    assert!(gone.stderr.contains("/readyz says: not ready"), "{}", gone.stderr);
    assert_eq!(serving.terminate().0, 0);
    assert_eq!(run(["ping", "--ready", &url]).code, 4);
}

#[test]
fn readiness_is_told_by_servers_that_speak_http() {
    let port = answer(b"SSH-2.0-OpenSSH\r\n".to_vec(), |stream| stream);
    let other = run(["ping", "--ready", &format!("http://127.0.0.1:{port}")]);
    assert_eq!(other.code, 1);
    assert!(other.stderr.contains("does not answer in HTTP"), "{}", other.stderr);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    assert_eq!(run(["ping", "--ready", &url, "--timeout", "0.2"]).code, 4);
}

#[test]
fn a_silent_server_is_a_matter_of_the_network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let silent = run(["ping", &url, "--timeout", "0.2"]);
    assert_eq!(silent.code, 4);
    assert!(silent.stderr.contains("nothing was sent or received for 0.2 s"), "{}", silent.stderr);
}

#[test]
fn a_web_page_is_quoted() {
    let page = "<html><title>Welcome</title><p>to a site";
    let reply = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {}\r\n\r\n{page}",
        page.len()
    );
    let port = answer(reply.into(), |stream| stream);
    let pinged = run(["ping", &format!("http://127.0.0.1:{port}/")]);
    assert_eq!(pinged.code, 1);
    assert!(pinged.stderr.contains("\"Welcome to a site\""), "{}", pinged.stderr);
}

#[test]
fn an_authority_of_ones_own_is_trusted_if_it_is_named() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![signed.cert.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let serve = || {
        let config = config.clone();
        let port = answer(PONG.to_vec(), move |stream| {
            StreamOwned::new(ServerConnection::new(config).unwrap(), stream)
        });
        format!("https://localhost:{port}/")
    };

    let scratch = tempfile::tempdir().unwrap();
    let authority = scratch.path().join("authority.pem");
    std::fs::write(&authority, signed.cert.pem()).unwrap();
    let trusted = run(["ping", &serve(), "--ca", authority.to_str().unwrap()]);
    assert_eq!((trusted.code, &trusted.stderr[..]), (0, ""));
    assert!(trusted.stdout.contains("Fossil 2.29"), "{}", trusted.stdout);

    let unknown = run(["ping", &serve()]);
    assert_eq!(unknown.code, 1);
    assert!(unknown.stderr.contains("no secure connection"), "{}", unknown.stderr);

    let missing = run(["ping", &serve(), "--ca", "/no/such/file"]);
    assert_eq!(missing.code, 1);
    assert!(missing.stderr.contains("cannot read /no/such/file"), "{}", missing.stderr);
}

#[test]
fn bad_urls_are_wrong_usage() {
    for url in ["ftp://example.org", "example.org", "http://", "http://h:x"] {
        let bad = run(["ping", url]);
        assert_eq!((bad.code, &bad.stdout[..]), (2, ""), "{url}");
    }
    let bad = run(["ping", "http://alice:hush/hush@example.org"]);
    assert_eq!(bad.code, 2);
    assert!(bad.stderr.contains("%2F") && !bad.stderr.contains("hush"), "{}", bad.stderr);
    let bad = run(["--json", "ping"]);
    assert_eq!(bad.code, 2);
    let error: serde_json::Value = serde_json::from_str(&bad.stderr).unwrap();
    assert!(error["error"].as_str().unwrap().contains("<URL>"), "{error}");
}
