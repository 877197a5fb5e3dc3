//! Behind a proxy: what the handler, the pages and the file are told of clients and of the place.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::sync::mpsc;

use outcrop_repo::Repo;
use outcrop_server::{Hosting, ListenOptions, Proxies, ServiceOptions, XferService};
use outcrop_sync::{HandleOptions, Request, handle_sync};
use served::{Fossil, Served, create, post, project_code, signed, with_header};

/// What a handler is told: where a request comes from, and where the repository is.
type Told = mpsc::Receiver<(Option<String>, Option<String>)>;

/// A server of a file or a folder, and what its handler is told.
fn start(fossil: &Fossil, path: &str, options: ServiceOptions) -> (Served, Told) {
    let (tell, told) = mpsc::channel();
    let handler = move |repo: &Repo, request: Request, options: &HandleOptions<'_>| {
        tell.send((options.address.clone(), options.base_url.clone())).unwrap();
        handle_sync(repo, request, options)
    };
    let hosting = Hosting::new(fossil.path(path)).unwrap();
    let rounds = XferService::with_handler(hosting, options, handler);
    (Served::start(rounds, ListenOptions::default()), told)
}

#[test]
fn a_trusted_proxy_tells_who_calls_and_others_do_not() {
    let fossil = Fossil::find();
    let file = fossil.path("root/sub/one.fossil");
    let password = create(&file);
    let code = project_code(&file);
    for (networks, expected) in [(vec!["127.0.0.0/8"], "203.0.113.9"), (vec![], "127.0.0.1")] {
        let networks = networks.into_iter().map(|one| one.parse().unwrap()).collect();
        let proxies = Proxies { networks, ..Proxies::default() };
        let base_url = Some("https://code.example.org/fossil/".parse().unwrap());
        let options = ServiceOptions { proxies, base_url, ..ServiceOptions::default() };
        let (served, told) = start(&fossil, "root", options);
        let content = format!("from {expected}\n");
        let name = outcrop_format::hash::HashName::sha3_of(content.as_bytes());
        let cards = format!("push 0 {code}\nfile {name} {}\n{content}", content.len());
        let request = signed("/sub/one", &code, "alice", &password, &cards);
        let header = "X-Forwarded-For: 6.6.6.6, 203.0.113.9, 127.0.0.3";
        assert!(served.ask(with_header(&request, header)).ends_with("errors 0\n"));
        let base = "https://code.example.org/fossil/sub/one";
        let (address, base_url) = told.recv().unwrap();
        assert_eq!((address.as_deref(), base_url.as_deref()), (Some(expected), Some(base)));
        assert!(served.stop());
        // The file keeps it.
        let from = "SELECT ipaddr FROM rcvfrom ORDER BY rcvid DESC LIMIT 1";
        let kept = fossil.run(&["sql", "--no-repository", file.to_str().unwrap(), from]);
        assert_eq!(kept.trim(), format!("'{expected}'"));
    }
}

#[test]
fn clients_that_ask_for_other_places_hear_where_they_have_asked() {
    let fossil = Fossil::find();
    let file = fossil.path("one.fossil");
    create(&file);
    let sql = "INSERT INTO config(name,value,mtime) VALUES \
               ('syncwith:https://mirror.example.org/one','{}',strftime('%s','now'))";
    fossil.run(&["sql", "--no-repository", file.to_str().unwrap(), sql]);
    let url = "https://alice:secret@code.example.org/one".parse().unwrap();
    let with_url = ServiceOptions { base_url: Some(url), ..ServiceOptions::default() };
    for (options, is_told) in [(with_url, true), (ServiceOptions::default(), false)] {
        let (served, told) = start(&fossil, "one.fossil", options);
        let answer = served.ask(post("/", "pragma req-links\n"));
        let place = "pragma link https://mirror.example.org/one \
                     {\"src\":\"https://code.example.org/one\"} ";
        assert_eq!(answer.contains(place), is_told, "{answer}");
        assert_eq!(told.recv().unwrap().1.is_some(), is_told);
        assert!(served.stop());
    }
}

#[test]
fn pages_are_where_the_client_has_come() {
    let fossil = Fossil::find();
    create(&fossil.path("root/one.fossil"));
    let proxies = Proxies { networks: vec!["127.0.0.1".parse().unwrap()], local: false };
    let options = ServiceOptions { proxies, ..ServiceOptions::default() };
    let (served, _told) = start(&fossil, "root", options);
    let get = "GET /one HTTP/1.0\r\nHost: inside:8080\r\n\r\n";
    for (header, url) in [
        (
            "X-Forwarded-Proto: https\r\nX-Forwarded-Host: code.example.org",
            "https://code.example.org/one",
        ),
        ("Forwarded: for=192.0.2.1;proto=https;host=\"a.example:81\"", "https://a.example:81/one"),
        ("X-Forwarded-Host: \"><script>", "http://inside:8080/one"),
        ("X-Other: 1", "http://inside:8080/one"),
    ] {
        let page = served.ask(with_header(get, header));
        assert!(page.contains(&format!("fossil clone {url} one.fossil")), "{header}: {page}");
        assert!(!page.contains("<script"), "{page}");
    }
    assert!(served.stop());
}
