//! Web servers in front of repositories: who is let in, where they send clients, and when.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod client_support;
mod support;

use std::{sync::Arc, time::Duration};

use outcrop_oracle::Stock;
use outcrop_sync::{HttpOptions, HttpTransport, Transport as _, TransportError};
use support::{Act, DEBUG, Seen, Server, ask, echo, reply, tls::Papers};

/// What `alice:sesame` is in `Basic` authorization.
const ALICE: &str = "Basic YWxpY2U6c2VzYW1l";

fn alice() -> HttpOptions {
    HttpOptions { authorization: Some("alice:sesame".parse().unwrap()), ..HttpOptions::default() }
}

fn transport(url: &str, options: HttpOptions) -> HttpTransport {
    HttpTransport::with_options(url.parse().unwrap(), options)
}

/// Lets in only Alice.
fn gate(seen: &Seen) -> Act {
    if seen.authorization.as_deref() == Some(ALICE) {
        return echo(seen);
    }
    let head = "HTTP/1.1 401 No\r\nWWW-Authenticate: Basic realm=\"gate\"\r\n";
    Act::Send(format!("{head}Content-Length: 5\r\n\r\nshut\n").into())
}

fn moved(status: u16, to: &str) -> Act {
    let head = format!("HTTP/1.1 {status} Moved\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    Act::Send(head.into())
}

#[tokio::test]
async fn a_gate_opens_for_whom_it_knows() {
    let server = Server::start(gate);
    let known = transport(&server.origin, alice());
    for _ in 0..2 {
        assert_eq!(known.exchange(ask("# hi\n")).await.unwrap().text(), "# hi\n");
    }
    let eve = HttpOptions { authorization: Some("eve:hush".parse().unwrap()), ..alice() };
    let nobody = HttpOptions { authorization: None, ..alice() };
    for (options, words) in [(nobody, "give a user and password for it"), (eve, "refuses the user")]
    {
        let error = transport(&server.origin, options).exchange(ask("")).await.unwrap_err();
        assert!(matches!(error, TransportError::Authorization { .. }), "{error}");
        let said = error.to_string();
        assert!(said.contains(words) && said.contains("Basic realm=\"gate\""), "{said}");
        assert!(!said.contains("hush") && !error.is_transient(), "{said}");
    }
    // A login in the URL is one of the repository.
    let url = server.origin.replace("//", "//alice:sesame@");
    let error = HttpTransport::new(&url).unwrap().exchange(ask("")).await.unwrap_err();
    assert!(matches!(error, TransportError::Authorization { sent: false, .. }), "{error}");
}

#[test]
fn stock_tells_gates_the_same() {
    let stock = Arc::new(Stock::find());
    let repository = client_support::project(&stock, "origin");
    let server = Server::start(|seen| match gate(seen) {
        Act::Send(bytes) => Act::SendAndClose(bytes),
        other => other,
    });
    let file = repository.to_str().unwrap();
    let user = ["--httpauth", "alice:sesame", "--proxy", "off"];
    let arguments = [&["pull", &server.origin, "-R", file, "--once"], &user[..]].concat();
    stock.run(&arguments);
    assert_eq!(server.seen()[0].authorization.as_deref(), Some(ALICE));
}

#[tokio::test]
async fn other_hosts_are_not_told() {
    let target = Server::start(echo);
    let (to, same) = (target.origin.clone(), "/new");
    let server = Server::start(move |seen| match seen.head.split(' ').nth(1).unwrap() {
        "/here" => moved(302, same),
        "/there" => moved(302, &to),
        _ => gate(seen),
    });
    let here = transport(&format!("{}/here", server.origin), alice());
    here.exchange(ask("# hi\n")).await.unwrap();
    assert_eq!(server.seen()[1].authorization.as_deref(), Some(ALICE));
    let there = transport(&format!("{}/there", server.origin), alice());
    for _ in 0..2 {
        there.exchange(ask("# hi\n")).await.unwrap();
    }
    assert_eq!(server.seen()[2].authorization.as_deref(), Some(ALICE));
    let seen = target.seen();
    assert_eq!(seen.len(), 2);
    assert!(seen.iter().all(|seen| seen.authorization.is_none()), "{seen:?}");
}

#[tokio::test]
async fn redirects_keep_the_login_of_the_repository_and_end_in_https() {
    let papers = Papers::for_hosts(&["localhost"]);
    let (target, _) = papers.serve(None, echo);
    let to = format!("{}/p/xfer", target.origin);
    let server = Server::start(move |_| moved(301, &to));
    let options = HttpOptions { extra_authorities: Some(papers.pem.clone()), ..alice() };
    let transport = transport(&server.origin, options);
    let secret = outcrop_xfer::login::Secret::new("c0de", "bob", "pw");
    let login = outcrop_xfer::login::Login::sign("bob", &secret, [&b"# hi\n"[..]]).unwrap();
    let login = outcrop_xfer::login::Login { user: login.user.into_owned(), ..login };
    let request = outcrop_sync::Request { login: Some(login), ..ask("# hi\n") };
    let reply = transport.exchange(request).await.unwrap();
    assert!(reply.text().starts_with(b"login bob "), "{reply:?}");
    assert!(target.seen()[0].head.starts_with("post /p http/1.1"), "{:?}", target.seen());
}

#[tokio::test]
async fn where_a_repository_has_moved_for_good_is_told() {
    let target = Server::start(echo);
    let to = target.origin.clone();
    let server = Server::start(move |seen| match seen.head.split(' ').nth(1).unwrap() {
        "/a" => moved(301, "/b"),
        "/b" => moved(308, &format!("{to}/c/xfer")),
        "/d" => moved(302, "/a"),
        _ => moved(307, "/b"),
    });
    for (path, expected) in [
        ("/a", Some(format!("{}/c", target.origin))),
        ("/b", Some(format!("{}/c", target.origin))),
        // What comes after a passing redirect is not where to look from now on.
        ("/d", None),
        ("/e", None),
    ] {
        let url = server.origin.replace("//", "//alice:pw@") + path;
        let transport = HttpTransport::new(&url).unwrap();
        assert_eq!(transport.moved(), None);
        for _ in 0..2 {
            transport.exchange(ask("# hi\n")).await.unwrap();
            assert_eq!(transport.moved(), expected, "{path}");
        }
    }
}

#[tokio::test]
async fn redirects_that_lead_nowhere_are_errors() {
    for (to, words) in [
        ("ssh://h/p", "bad address"),
        ("file:///etc/passwd", "bad address"),
        ("", "names no address"),
    ] {
        let field = if to.is_empty() { String::new() } else { format!("Location: {to}\r\n") };
        let head = format!("HTTP/1.1 301 Moved\r\n{field}Content-Length: 0\r\n\r\n");
        let server = Server::start(move |_| Act::Send(head.clone().into()));
        let error = transport(&server.origin, alice()).exchange(ask("")).await.unwrap_err();
        assert!(matches!(error, TransportError::Redirect { .. }), "{error}");
        assert!(error.to_string().contains(words), "{error}");
    }
    // 303 asks for a page, not for the same again.
    let server = Server::start(|_| moved(303, "/x"));
    let error = transport(&server.origin, alice()).exchange(ask("")).await.unwrap_err();
    assert!(matches!(error, TransportError::Status { status: 303, .. }), "{error}");
}

#[tokio::test]
async fn servers_say_when_to_come_again() {
    for (status, wanted, after, passes) in [
        (503, "7", Some(7), true),
        (429, "Fri, 21 Aug 2026 17:00:00 GMT", Some(18), true),
        (500, "soon", None, true),
        (501, "7", Some(7), false),
        (404, "7", Some(7), false),
    ] {
        let server = Server::start(move |_| {
            let head = format!("HTTP/1.1 {status} No\r\nRetry-After: {wanted}\r\n");
            let date = "Date: Fri, 21 Aug 2026 16:59:42 GMT\r\n";
            Act::Send(format!("{head}{date}Content-Length: 11\r\n\r\n<b>later</b>").into())
        });
        let error = transport(&server.origin, alice()).exchange(ask("")).await.unwrap_err();
        let (after, words) = (after.map(Duration::from_secs), error.to_string());
        assert_eq!((error.retry_after(), error.is_transient()), (after, passes), "{error}");
        assert!(words.contains(&status.to_string()) && words.contains("later"), "{error}");
    }
}

#[tokio::test]
async fn words_on_the_way_are_no_replies() {
    let server = Server::start(|seen| {
        let Act::Send(reply) = echo(seen) else { panic!() };
        Act::Send([b"HTTP/1.1 100 Continue\r\n\r\n", &reply[..]].concat())
    });
    let reply = transport(&server.origin, alice()).exchange(ask("# hi\n")).await.unwrap();
    assert_eq!(reply.text(), "# hi\n");
}

#[tokio::test]
async fn replies_of_other_kinds_are_quoted_with_their_status() {
    for (status, kind, words) in [
        ("200 OK", "text/html", "text/html"),
        ("200 OK", "application/json", "application/json"),
        ("418 Teapot", "text/html; charset=utf-8", "418"),
        ("403 Forbidden", DEBUG, "403"),
    ] {
        let page = b"<html><title>Wrong place</title><style>x{}</style>";
        let server = Server::start(move |_| Act::Send(reply(status, kind, page)));
        let error = transport(&server.origin, alice()).exchange(ask("")).await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains("\"Wrong place\"") && said.contains(words), "{said}");
        assert!(!error.is_transient());
    }
}
