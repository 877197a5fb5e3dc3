//! `outcrop record` between the real client and the real server.
#![cfg(unix)]
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

use std::{fs, path::Path};

use support::{Fossil, Recording, run};

/// The recorded files in their order.
fn recorded(folder: &Path) -> Vec<String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort();
    files
}

#[test]
fn a_clone_and_a_push_are_recorded_and_can_be_read() {
    let fossil = Fossil::new();
    let (_server, address) = fossil.serve();
    let folder = fossil.path().join("captures");
    let upstream = format!("http://{address}/");
    let mut recording = Recording::start(&["--upstream", &upstream, folder.to_str().unwrap()]);

    recording.line();
    let line = recording.line();
    let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap();
    assert!(line.trim_start().starts_with("fossil clone http://127.0.0.1:"), "{line}");

    let with_password = url.replace("//", "//alice:sesame@");
    fossil.run(["clone", &with_password, "copy.fossil"]);
    let checkout = fossil.checkout("copy.fossil", "copy");
    fossil.run_in(&checkout, ["settings", "autosync", "off"]);
    fossil.commit(&checkout, "three.txt", "three\n");
    fossil.run_in(&checkout, ["push", "--once", &with_password]);

    let names = "SELECT group_concat(uuid) FROM (SELECT uuid FROM blob ORDER BY uuid)";
    assert_eq!(
        fossil.run(["sql", "-R", "copy.fossil", names]),
        fossil.run(["sql", "-R", Fossil::REPOSITORY, names]),
        "the push arrived"
    );

    let files = recorded(&folder);
    let exchanges: Vec<String> = (0..files.len() / 2).map(|_| recording.line()).collect();
    assert!(exchanges[0].starts_with("01  > 3 cards: pragma, clone, #  < "), "{exchanges:?}");
    assert!(exchanges.iter().any(|line| line.contains(" cfile")), "{exchanges:?}");
    assert!(exchanges.iter().any(|line| line.contains("push, ") && line.contains(" file")));

    let read = run(["cards".to_owned()].into_iter().chain(files.clone()));
    assert_eq!((read.code, &read.stderr[..]), (0, ""), "{}", read.stdout);
    assert!(read.stdout.contains("login       alice "));
    assert!(!read.stdout.contains("sesame"));
    assert_eq!(recording.process.interrupt(), 0);

    let loud = Recording::start(&["--upstream", &upstream, folder.to_str().unwrap(), "-v"]);
    cards_are_shown_on_demand(loud);
    let again = Recording::start(&["--upstream", &upstream, folder.to_str().unwrap(), "--json"]);
    numbering_goes_on(again, &fossil, files.len() / 2 + 1);
}

fn cards_are_shown_on_demand(mut recording: Recording) {
    recording.line();
    let line = recording.line();
    let url = line.split_whitespace().find(|word| word.starts_with("http")).unwrap();
    assert_eq!(run(["ping", url]).code, 0);
    let lines: Vec<String> = (0..4).map(|_| recording.line()).collect();
    assert!(lines[0].contains("> 2 cards: pragma, #  < 2 cards: pragma, #"), "{lines:?}");
    assert!(lines[1].starts_with(">      0  pragma      client-version"), "{lines:?}");
    assert!(lines[3].starts_with("<      0  pragma      server-version"), "{lines:?}");
    assert_eq!(recording.process.interrupt(), 0);
}

fn numbering_goes_on(mut recording: Recording, fossil: &Fossil, before: usize) {
    let first: serde_json::Value = serde_json::from_str(&recording.line()).unwrap();
    fossil.run(["pull", first["listening"].as_str().unwrap(), "-R", "copy.fossil"]);
    let exchange: serde_json::Value = serde_json::from_str(&recording.line()).unwrap();
    assert_eq!(exchange["number"], before + 1);
    assert_eq!(exchange["request"]["cards"]["pull"], 1, "{exchange}");
    assert!(exchange["reply"]["body_bytes"].as_u64() > Some(0));
    assert_eq!(recording.process.interrupt(), 0);
}

#[test]
fn without_a_server_the_client_is_told_why() {
    let fossil = Fossil::new();
    let folder = fossil.path().join("captures");
    let upstream = "http://127.0.0.1:1/";
    let mut recording =
        Recording::start(&["--upstream", upstream, folder.to_str().unwrap(), "--json"]);
    let first: serde_json::Value = serde_json::from_str(&recording.line()).unwrap();

    let pinged = run(["ping", first["listening"].as_str().unwrap()]);
    assert_eq!(pinged.code, 1);
    assert!(
        pinged.stderr.contains("502") && pinged.stderr.contains("cannot reach"),
        "{}",
        pinged.stderr
    );

    let exchange: serde_json::Value = serde_json::from_str(&recording.line()).unwrap();
    assert!(exchange["reply"]["error"].as_str().unwrap().contains("cannot reach"), "{exchange}");
    assert_eq!(recorded(&folder).len(), 1, "the request alone");
    assert_eq!(recording.process.interrupt(), 0);
}
