//! A caller has a part of the places, and the others are for others.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use outcrop_server::{
    GatewayOptions, Hosting, ListenOptions, Metrics, Network, Proxies, ServiceOptions, XferService,
};
use served::{PATIENCE, Served, create};

fn rounds(root: &Path, options: ServiceOptions) -> XferService {
    XferService::new(Hosting::new(root).unwrap(), options)
}

/// What looks like Fossil, and is never done with a page.
fn endless(folder: &Path) -> PathBuf {
    let path = folder.join("endless");
    let version = "[ \"$1\" = version ] && echo 'This is fossil version 2.21' && exit";
    fs::write(&path, format!("#!/bin/sh\n{version}\nsleep 300\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// What has come when nothing more comes for a while.
fn told(client: &mut TcpStream) -> String {
    client.set_read_timeout(Some(Duration::from_secs(1))).unwrap();
    let mut answer = String::new();
    let _ = client.read_to_string(&mut answer);
    answer
}

#[test]
fn who_wants_all_pages_gets_a_part_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    create(&root.join("one.fossil"));
    let pages = GatewayOptions {
        program: endless(folder.path()),
        pages: 2,
        pages_each: 1,
        patience: Duration::from_millis(300),
        ..GatewayOptions::default()
    };
    // Whoever calls says through a proxy who it is.
    let proxies = Proxies { networks: Network::loopback().to_vec(), local: false };
    let service = rounds(&root, ServiceOptions { proxies, ..ServiceOptions::default() });
    let connections = ListenOptions { half_close: false, ..ListenOptions::default() };
    let served = Served::start_with_pages(service, connections, pages);
    let ask = |address: &str| {
        let mut client = served.connect();
        let head = format!("GET /one/timeline HTTP/1.0\r\nX-Forwarded-For: {address}\r\n\r\n");
        client.write_all(head.as_bytes()).unwrap();
        client
    };
    let mut slow = ask("192.0.2.1");
    assert_eq!(told(&mut slow), "");
    assert!(told(&mut ask("192.0.2.1")).starts_with("HTTP/1.0 503 "));
    let mut other = ask("192.0.2.2");
    assert_eq!(told(&mut other), "", "there is a place for somebody else");
    assert!(told(&mut ask("192.0.2.3")).starts_with("HTTP/1.0 503 "), "and for no third one");
    drop((slow, other));
    assert!(served.stop());
}

#[test]
fn who_has_too_many_connections_is_told_so() {
    let folder = tempfile::tempdir().unwrap();
    create(&folder.path().join("one.fossil"));
    let metrics = Metrics::default();
    let options = ListenOptions {
        connections_each: 2,
        proxies: Vec::new(),
        metrics: metrics.clone(),
        ..ListenOptions::default()
    };
    let service = ServiceOptions { metrics, ..ServiceOptions::default() };
    let served = Served::start(rounds(folder.path(), service), options);
    let taken = [served.connect(), served.connect()];
    let mut third = served.connect();
    let answer = told(&mut third);
    assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains(&format!("\r\nContent-Length: {}", body.len())), "{answer}");
    assert!(body.starts_with("too many connections from this address"), "{answer}");
    drop(taken);
    let begun = Instant::now();
    let metrics = loop {
        // Until the server has heard that they are gone.
        let mut client = served.connect();
        client.write_all(b"GET /metrics HTTP/1.0\r\n\r\n").unwrap();
        let answer = told(&mut client);
        if answer.starts_with("HTTP/1.0 200 ") {
            break answer;
        }
        assert!(begun.elapsed() < PATIENCE, "{answer}");
    };
    let refused = metrics.lines().find(|line| line.starts_with("outcrop_connections_refused"));
    assert!(refused.is_some_and(|line| !line.ends_with(" 0")), "{metrics}");
    assert!(served.stop());
}
