//! Rounds through a proxy, ours beside stock's.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod client_support;
mod support;

use std::sync::Arc;

use outcrop_oracle::{Options, Stock};
use outcrop_sync::{
    CloneOptions, HttpOptions, HttpTransport, Transport as _, TransportError, clone_blocking,
    http::Proxy as Through,
};
use support::{Act, Server, ask, echo, field, proxy::Proxy, tls::Papers};

/// What `alice:sesame` is in `Basic` authorization.
const ALICE: &str = "Basic YWxpY2U6c2VzYW1l";

fn through(proxy: &str) -> HttpOptions {
    HttpOptions { proxy: proxy.parse().unwrap(), ..HttpOptions::default() }
}

fn transport(url: &str, options: HttpOptions) -> HttpTransport {
    HttpTransport::with_options(url.parse().unwrap(), options)
}

#[tokio::test]
async fn requests_are_sent_on_with_their_whole_address() {
    let server = Server::start(echo);
    let proxy = Proxy::start(server.socket(), Some(ALICE));
    let known = format!("http://alice:sesame@{}", proxy.address);
    let transport = transport("http://repo.example:81/p?q", through(&known));
    for cards in ["# one\n", "# two\n"] {
        assert_eq!(transport.exchange(ask(cards)).await.unwrap().text(), cards);
    }
    let seen = server.seen();
    assert!(
        seen[1].head.starts_with("post /p?q http/1.1\r\nhost: repo.example:81\r\n"),
        "{seen:?}"
    );
    let heads = proxy.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads[0].starts_with("POST http://repo.example:81/p?q HTTP/1.1\r\n"), "{heads:?}");
    assert_eq!(field(&heads[0], "proxy-authorization").as_deref(), Some(ALICE));
}

#[tokio::test]
async fn encrypted_rounds_go_through_a_tunnel() {
    let papers = Papers::for_hosts(&["repo.example"]);
    let (server, names) = papers.serve(None, echo);
    let proxy = Proxy::start(server.socket(), Some(ALICE));
    let options = HttpOptions {
        extra_authorities: Some(papers.pem),
        authorization: Some("bob:secret".parse().unwrap()),
        ..through(&format!("alice:sesame@{}", proxy.address))
    };
    let transport = transport("https://repo.example/p", options);
    for _ in 0..2 {
        assert_eq!(transport.exchange(ask("# hi\n")).await.unwrap().text(), "# hi\n");
    }
    // One tunnel carries both, and the proxy learns nothing but the host.
    let heads = proxy.heads();
    assert_eq!(heads.len(), 1, "{heads:?}");
    assert!(
        heads[0].starts_with("CONNECT repo.example:443 HTTP/1.1\r\nHost: repo.example:443\r\n")
    );
    assert_eq!(field(&heads[0], "authorization"), None);
    assert_eq!(names.lock().unwrap()[0].as_deref(), Some("repo.example"));
    // And the server nothing of the proxy.
    assert!(!server.seen()[0].head.contains("proxy-"), "{:?}", server.seen());
}

#[tokio::test]
async fn a_proxy_may_encrypt_too() {
    let server = Server::start(echo);
    let papers = Papers::for_hosts(&["localhost"]);
    // An encrypted front, behind which the proxy itself is.
    let proxy = Proxy::start(server.socket(), None);
    let inner = proxy.address.clone();
    let (front, _) = papers.serve(None, move |seen| {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect(&inner).unwrap();
        stream.write_all(seen.head.as_bytes()).unwrap();
        stream.write_all(&seen.body).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).unwrap();
        Act::SendAndClose(reply)
    });
    let options = HttpOptions { extra_authorities: Some(papers.pem), ..through(&front.origin) };
    let transport = transport("http://repo.example/p", options);
    assert_eq!(transport.exchange(ask("# hi\n")).await.unwrap().text(), "# hi\n");
    assert!(proxy.heads()[0].to_lowercase().starts_with("post http://repo.example/p"));
}

#[tokio::test]
async fn a_proxy_that_wants_to_know_who_asks_says_so() {
    let server = Server::start(echo);
    let proxy = Proxy::start(server.socket(), Some(ALICE));
    for (user, words) in [("", "it wants a user and a password"), ("eve:hush@", "refuses the user")]
    {
        for url in ["http://repo.example/", "https://repo.example/"] {
            let transport = transport(url, through(&format!("{user}{}", proxy.address)));
            let error = transport.exchange(ask("# hi\n")).await.unwrap_err();
            assert!(matches!(error, TransportError::Proxy { .. }), "{error}");
            let said = error.to_string();
            assert!(said.contains(words) && said.contains(&proxy.address), "{said}");
            assert!(!said.contains("hush") && !error.is_transient(), "{said}");
        }
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_proxy_that_is_not_there_or_reaches_nobody_is_told_from_the_server() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = free.local_addr().unwrap();
    drop(free);
    for url in ["http://repo.example/", "https://repo.example/"] {
        let error = transport(url, through(&nobody.to_string())).exchange(ask("")).await;
        let error = error.unwrap_err();
        assert!(error.to_string().contains(&format!("cannot reach the proxy http://{nobody}")));

        let proxy = Proxy::start(nobody, None);
        let error = transport(url, through(&proxy.address)).exchange(ask("# hi\n")).await;
        let error = error.unwrap_err();
        assert!(matches!(&error, TransportError::Status { status: 502, .. }), "{error}");
        assert!(error.to_string().contains("nobody!!") && error.is_transient(), "{error}");
    }
    // What is no proxy answers as it likes.
    let other = Server::start(|_| Act::SendAndClose(b"SSH-2.0-OpenSSH_9.2\r\n".to_vec()));
    let options = through(&other.socket().to_string());
    let error = transport("https://repo.example/", options).exchange(ask("")).await.unwrap_err();
    assert!(matches!(&error, TransportError::NotHttp { .. }), "{error}");
    assert!(error.to_string().contains("SSH-2.0"), "{error}");
}

#[tokio::test]
async fn a_proxy_can_be_left_out() {
    let server = Server::start(echo);
    let options = HttpOptions { proxy: Through::Off, ..HttpOptions::default() };
    let transport = transport(&server.origin, options);
    assert_eq!(transport.exchange(ask("# hi\n")).await.unwrap().text(), "# hi\n");
}

#[test]
fn clones_through_a_proxy_are_stocks() {
    let stock = Arc::new(Stock::find());
    let repository = client_support::project(&stock, "origin");
    let server = client_support::Server::start(&stock, &repository);
    let proxy = Proxy::start(server.address.parse().unwrap(), Some(ALICE));
    let known = format!("http://alice:sesame@{}", proxy.address);
    let url = "http://writer:writer-pw@repo.example:8080/";

    let theirs = stock.path("theirs.fossil");
    let theirs_name = theirs.to_str().unwrap();
    stock.ok(&["clone", "--no-open", "--once", "--proxy", &known, url, theirs_name]);
    let of_stock = proxy.heads();

    let options = CloneOptions::new().with_account(client_support::account("writer"));
    let transport = transport(url, through(&known));
    let ours = stock.path("ours.fossil");
    clone_blocking(&ours, &transport, options).unwrap();
    let of_ours = proxy.heads().split_off(of_stock.len());

    client_support::same(&ours, &theirs, &Options::derived());
    for head in [&of_stock[0], &of_ours[0]] {
        assert!(head.starts_with("POST http://"), "{head}");
        assert_eq!(field(head, "host").as_deref(), Some("repo.example:8080"), "{head}");
        assert_eq!(field(head, "proxy-authorization").as_deref(), Some(ALICE), "{head}");
    }
}
