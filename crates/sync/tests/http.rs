//! `HttpTransport` against a server that behaves in every way a server may.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod support;

use std::time::Duration;

use bytes::Bytes;
use outcrop_sync::{HttpOptions, HttpTransport, Reply, Transport as _, TransportError};
use outcrop_xfer::{Limits, MediaType};
use support::{Act, DEBUG, Server, ask, echo, reply, tls::Papers};

fn impatient(url: &str) -> HttpTransport {
    let options = HttpOptions { stall: Duration::from_millis(200), ..HttpOptions::default() };
    HttpTransport::with_options(url.parse().unwrap(), options)
}

async fn exchange(server: &Server) -> Result<Reply, TransportError> {
    impatient(&server.origin).exchange(ask("# hi\n")).await
}

#[tokio::test]
async fn one_connection_carries_many_rounds() {
    let server = Server::start(echo);
    let url = server.origin.replace("//", "//alice:sesame@") + "/p?q";
    let transport = HttpTransport::new(&url).unwrap();
    for cards in ["# one\n", "# two\n", "# three\n"] {
        let reply = transport.exchange(ask(cards)).await.unwrap();
        assert_eq!((&reply.text()[..], reply.media), (cards.as_bytes(), MediaType::Debug));
    }
    for seen in server.seen() {
        assert_eq!(seen.connection, 0);
        assert!(seen.head.starts_with("post /p?q http/1.1\r\n"), "{}", seen.head);
        assert!(seen.head.contains(&format!("content-length: {}\r\n", seen.body.len())));
        assert!(seen.head.contains("content-type: application/x-fossil-debug\r\n"));
        assert!(!seen.head.contains("alice") && !seen.head.contains("chunked"));
    }
}

#[tokio::test]
async fn rounds_at_the_same_time_have_connections_of_their_own() {
    let server = Server::start(echo);
    let transport = HttpTransport::new(&server.origin).unwrap();
    let (one, two) =
        tokio::join!(transport.exchange(ask("# one\n")), transport.exchange(ask("# two\n")));
    assert_eq!((one.unwrap().text(), two.unwrap().text()), ("# one\n".into(), "# two\n".into()));
}

#[tokio::test]
async fn a_closed_connection_is_opened_again() {
    // The first server says that it closes, the second just does.
    for announce in ["Connection: close\r\n", ""] {
        let server = Server::start(move |_| {
            Act::SendAndClose(
                format!(
                    "HTTP/1.1 200 OK\r\nContent-Type: {DEBUG}\r\n{announce}\
                     Content-Length: 5\r\n\r\n# hi\n"
                )
                .into(),
            )
        });
        let transport = HttpTransport::new(&server.origin).unwrap();
        for _ in 0..3 {
            transport.exchange(ask("# hi\n")).await.unwrap();
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(server.seen().last().unwrap().connection, 2);
    }
}

#[tokio::test]
async fn replies_may_be_framed_in_three_ways() {
    for framed in [
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n",
        "HTTP/1.0 200 OK\r\n",
    ] {
        let server = Server::start(move |_| {
            let body = if framed.contains("chunked") {
                "2\r\n# \r\n3;x=y\r\nhi\n\r\n0\r\n\r\n"
            } else {
                "# hi\n"
            };
            Act::SendAndClose(format!("{framed}Content-Type: {DEBUG}\r\n\r\n{body}").into())
        });
        assert_eq!(exchange(&server).await.unwrap().text(), "# hi\n", "{framed}");
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    let error = impatient(&url).exchange(ask("")).await.unwrap_err();
    assert!(matches!(error, TransportError::Unreachable { .. }), "{error}");
    assert!(error.is_transient());
}

#[tokio::test]
async fn silence_is_a_stall_in_the_head_and_in_the_body() {
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Type: {DEBUG}\r\nContent-Length: 9\r\n\r\n#");
    for first in [None, Some(cut)] {
        let server = Server::start(move |_| match &first {
            None => Act::Hang,
            Some(cut) => Act::Send(cut.clone().into()),
        });
        let error = exchange(&server).await.unwrap_err();
        assert!(matches!(error, TransportError::Stalled { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_broken_connection_is_worth_a_retry() {
    let cut = format!("HTTP/1.1 200 OK\r\nContent-Type: {DEBUG}\r\nContent-Length: 9\r\n\r\n#");
    for bytes in [String::new(), "HTTP/1.1 200".into(), cut] {
        let server = Server::start(move |_| Act::SendAndClose(bytes.clone().into()));
        let error = exchange(&server).await.unwrap_err();
        assert!(matches!(error, TransportError::Interrupted { .. }), "{error}");
        assert!(error.is_transient());
    }
}

#[tokio::test]
async fn other_protocols_are_told_from_http() {
    let server = Server::start(|_| Act::SendAndClose(b"SSH-2.0-OpenSSH_9.2\r\n\r\n".to_vec()));
    let error = exchange(&server).await.unwrap_err();
    assert!(matches!(error, TransportError::NotHttp { .. }), "{error}");
}

#[tokio::test]
async fn pages_for_people_are_quoted() {
    let page = b"<title>Sorry</title>";
    for (status, expected) in [("200 OK", false), ("404 Not Found", true)] {
        let server = Server::start(move |_| Act::Send(reply(status, "text/html", page)));
        let error = exchange(&server).await.unwrap_err();
        assert!(error.to_string().contains("\"Sorry\""), "{error}");
        let is_status = matches!(error, TransportError::Status { status: 404, .. });
        assert_eq!(is_status, expected, "{error}");
    }
}

#[tokio::test]
async fn large_replies_and_bad_envelopes_are_refused() {
    let limits = Limits { message: 4, ..Limits::default() };
    let server = Server::start(echo);
    let options = HttpOptions { limits, ..HttpOptions::default() };
    let transport = HttpTransport::with_options(server.origin.parse().unwrap(), options);
    let error = transport.exchange(ask("# hi\n")).await.unwrap_err();
    assert!(matches!(error, TransportError::TooLarge { limit: 4, .. }), "{error}");

    let server =
        Server::start(|_| Act::Send(reply("200 OK", "application/x-fossil", b"\0\0\0\x09junk")));
    let error = exchange(&server).await.unwrap_err();
    assert!(matches!(error, TransportError::Envelope(_)), "{error}");
}

#[tokio::test]
async fn redirects_are_followed_and_remembered() {
    let target = Server::start(echo);
    let to = target.origin.clone();
    for status in ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"] {
        let head =
            format!("HTTP/1.1 {status}\r\nLocation: {to}/new/xfer\r\nContent-Length: 0\r\n\r\n");
        let server = Server::start(move |_| Act::Send(head.clone().into()));
        let transport = HttpTransport::new(&server.origin).unwrap();
        for _ in 0..2 {
            let reply = transport.exchange(ask("# hi\n")).await.unwrap();
            assert_eq!(reply.text(), "# hi\n");
        }
        assert_eq!(server.seen().len(), 1, "{status}");
    }
    assert!(target.seen().iter().all(|seen| seen.head.starts_with("post /new http/1.1")));
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let round = "HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n";
    let server = Server::start(move |_| Act::Send(round.into()));
    let error = exchange(&server).await.unwrap_err();
    assert!(matches!(error, TransportError::Redirect { .. }), "{error}");
    assert_eq!(server.seen().len(), 20);
}

/// A server with a certificate for `localhost`, and the authority that signed it, in PEM form.
fn encrypted(act: impl Fn(&support::Seen) -> Act + Send + Sync + 'static) -> (Server, Bytes) {
    let papers = Papers::for_hosts(&["localhost"]);
    (papers.serve(None, act).0, papers.pem)
}

fn trusting(url: &str, authority: Bytes) -> HttpTransport {
    let options = HttpOptions { extra_authorities: Some(authority), ..HttpOptions::default() };
    HttpTransport::with_options(url.parse().unwrap(), options)
}

#[tokio::test]
async fn encrypted_rounds_share_a_connection_too() {
    let (server, authority) = encrypted(echo);
    let transport = trusting(&server.origin, authority);
    for _ in 0..2 {
        assert_eq!(transport.exchange(ask("# hi\n")).await.unwrap().text(), "# hi\n");
    }
    assert_eq!(server.seen().last().unwrap().connection, 0);
}

#[tokio::test]
async fn unknown_authorities_and_other_names_are_refused() {
    let (server, authority) = encrypted(echo);
    let error = exchange(&server).await.unwrap_err();
    assert!(matches!(error, TransportError::Tls { .. }), "{error}");
    let by_number = server.origin.replace("localhost", "127.0.0.1");
    let error = trusting(&by_number, authority).exchange(ask("")).await.unwrap_err();
    assert!(matches!(error, TransportError::Tls { .. }), "{error}");
    assert!(!error.is_transient());
    assert_eq!(server.seen().len(), 0);
}

#[tokio::test]
async fn https_never_becomes_http() {
    let plain = Server::start(echo);
    let head =
        format!("HTTP/1.1 301 Moved\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", plain.origin);
    let (server, authority) = encrypted(move |_| Act::Send(head.clone().into()));
    let transport = trusting(&server.origin, authority);
    let error = transport.exchange(ask("# hi\n")).await.unwrap_err();
    assert!(matches!(error, TransportError::Redirect { .. }), "{error}");
    assert_eq!(plain.seen().len(), 0);
}

#[tokio::test]
async fn https_to_a_plain_port_is_no_secure_connection() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        std::io::Write::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        // Reads to the end, so that closing does not destroy the answer on its way.
        std::io::copy(&mut stream, &mut std::io::sink()).unwrap();
    });
    let error = impatient(&url).exchange(ask("")).await.unwrap_err();
    assert!(matches!(error, TransportError::Tls { .. }), "{error}");
}
