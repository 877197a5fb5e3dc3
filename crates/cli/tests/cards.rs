//! `outcrop cards` over everything that stock put on the wire.
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
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::Stdio,
};

use serde_json::Value;
use support::{outcrop, ran, run};

fn wire() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire")
}

fn capture(name: &str) -> String {
    wire().join(name).to_str().unwrap().to_owned()
}

/// Every captured message, as `RELEASE/SCENARIO/FILE`, in order.
fn captures() -> Vec<String> {
    let mut found = Vec::new();
    for release in ["2.21", "2.29"] {
        for scenario in fs::read_dir(wire().join(release)).unwrap() {
            for file in fs::read_dir(scenario.unwrap().path()).unwrap() {
                let path = file.unwrap().path();
                if path.extension().is_some_and(|extension| extension == "http") {
                    let name = path.strip_prefix(wire()).unwrap().to_str().unwrap();
                    found.push(name.to_owned());
                }
            }
        }
    }
    found.sort();
    found
}

#[test]
fn every_capture_is_read_but_those_that_hold_something_else() {
    let names = captures();
    assert!(names.len() > 600, "{}", names.len());
    let paths = names.iter().map(|name| capture(name));
    let read = run(["cards".to_owned(), "--json".to_owned()].into_iter().chain(paths));
    let all: Value = serde_json::from_str(&read.stdout).unwrap();

    let mut faults = Vec::new();
    for (name, message) in names.iter().zip(all["messages"].as_array().unwrap()) {
        if let Some(error) = message["error"]["message"].as_str() {
            let short = error.split(": \"").next().unwrap();
            faults.push(format!("{name}: {short}"));
        } else if !name.starts_with("2.21/bad-command") && !name.starts_with("2.29/bad-command") {
            assert!(!message["cards"].as_array().unwrap().is_empty(), "{name}");
        }
    }
    let expected = include_str!("cards/faults.txt");
    assert_eq!(faults.join("\n") + "\n", expected);
    assert_eq!(read.code, 1);
    let error: Value = serde_json::from_str(&read.stderr).unwrap();
    assert_eq!(
        error["error"],
        format!("{} of {} messages could not be read", faults.len(), names.len())
    );
}

#[test]
fn a_message_is_printed_card_by_card() {
    let read = run(["cards", &capture("2.29/ping/01-request.http")]);
    let lines: Vec<&str> = read.stdout.lines().collect();
    assert!(
        lines[0].ends_with("01-request.http: application/x-fossil, 153 bytes (181 as text)"),
        "{lines:?}"
    );
    assert_eq!(
        lines[1..],
        [
            "     0  login       alice 5ef4c62394e5a7b62f09f841aa80d670514bbdc7 \
             d2aab0612c9df011f3aa491d72bb194ad7ea7d3e",
            "     1  pragma      client-version 22900 20260821 165942",
            "     2  #           C411DEC84F8E46C7D3262A42AEC75925FC40DC21",
        ]
    );
}

#[test]
fn payloads_are_sized_and_their_start_is_shown_on_demand() {
    let file = capture("2.21/clone-v3/01-reply.http");
    let short = run(["cards", &file]).stdout;
    assert!(short.contains(" cfile ") && short.contains("  + "), "{short}");
    let long = run(["cards", "-v", &file]).stdout;
    assert!(long.lines().count() > short.lines().count());
    assert!(long.contains("| \\x00\\x00"), "{long}");
    assert_eq!(run(["cards", "--quiet", &file]).stdout, "");
}

#[test]
fn a_bad_file_does_not_stop_the_others() {
    let (page, good) =
        (capture("2.21/wrong-hash/01-reply.http"), capture("2.29/ping/01-reply.http"));
    let read = run(["cards", "/no/such/file", &page, &good]);
    assert_eq!(read.code, 1);
    assert!(read.stdout.contains("server-version 22900"), "{}", read.stdout);
    let errors: Vec<&str> = read.stderr.lines().collect();
    assert!(errors[0].contains("/no/such/file: "), "{errors:?}");
    assert!(errors[1].contains("text/html") && errors[1].contains("Bad Request"), "{errors:?}");
    assert_eq!(errors[2], "outcrop: 2 of 3 messages could not be read");
}

/// Runs `outcrop cards` with something on its standard input.
fn piped(args: &[&str], input: &[u8]) -> support::Ran {
    let mut command = outcrop(["cards"]);
    let child = command
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    ran(&child.wait_with_output().unwrap())
}

#[test]
fn errors_tell_the_card_and_the_byte() {
    let read = piped(&["-"], b"# hello\ngimme 12345\n");
    assert_eq!(read.code, 1);
    assert!(read.stdout.contains("     0  #           hello"), "{}", read.stdout);
    assert!(read.stderr.starts_with("outcrop: -: card 1 at byte 14: gimme: "), "{}", read.stderr);

    let read = piped(&["-", "--json"], b"# hello\ngimme 12345\n");
    let all: Value = serde_json::from_str(&read.stdout).unwrap();
    let message = &all["messages"][0];
    assert_eq!(message["cards"][0]["kind"], "#");
    assert_eq!((&message["error"]["card"], &message["error"]["offset"]), (&1.into(), &14.into()));
}

#[test]
fn bare_bodies_have_the_type_that_is_told() {
    let file = fs::read(capture("2.29/ping/01-reply.http")).unwrap();
    let head = file.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
    for name in ["compressed", "application/x-fossil"] {
        let read = piped(&["-", "--type", name], &file[head..]);
        assert_eq!(read.code, 0, "{}", read.stderr);
        assert!(read.stdout.contains("server-version"), "{}", read.stdout);
    }
    assert_eq!(piped(&["-", "--type", "debug"], &file[head..]).code, 1);
    assert_eq!(piped(&["-", "--type", "html"], b"").code, 2);
}

#[test]
fn limits_hold() {
    let text = b"cookie 0123456789\ncookie 0123456789\n";
    assert_eq!(piped(&["-"], text).code, 0);
    for limit in ["--limit-line=16", "--limit-cards=1", "--limit-message=20"] {
        let read = piped(&["-", limit], text);
        assert_eq!(read.code, 1, "{limit}");
        assert!(
            read.stderr.contains("more than") || read.stderr.contains("longer than"),
            "{}",
            read.stderr
        );
    }
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let mut child = outcrop(["cards", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let input = b"# a line that nobody reads\n".repeat(50_000);
    child.stdin.take().unwrap().write_all(&input).unwrap();
    let ran = ran(&child.wait_with_output().unwrap());
    assert_eq!((ran.code, &ran.stderr[..]), (0, ""));
}
