//! Replies of servers that mean harm.

use std::io::Write as _;
use std::net::TcpStream;
use std::thread;
use std::time::Duration;

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;

use crate::scene::{file, name};
use crate::servers::{Asks, ServerCase, answer, cards, run, sealed, sound};
use crate::table::{USUAL, scaled};

/// What a server says to a clone at first.
fn codes() -> String {
    format!("push {0} {0}\n", "ab".repeat(20))
}

/// An artifact of a number, as a card.
fn numbered(number: usize) -> String {
    String::from_utf8(file(format!("content {number}\n").as_bytes())).unwrap()
}

/// Says how long a body is, sends its beginning, and then nothing for longer than anyone waits.
fn begin_a_body(stream: &mut TcpStream, length: u64, body: &str) {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/x-fossil";
    write!(stream, "{head}\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
    thread::sleep(Duration::from_secs(30));
}

fn is_held(repo: &Repo, content: &[u8]) -> bool {
    let tx = repo.read().unwrap();
    let row = tx.blob_named(&HashName::sha3_of(content)).unwrap();
    row.is_some_and(|row| tx.content(row.rid).is_ok())
}

#[test]
fn clones_that_get_nowhere() {
    run(&[
        ServerCase {
            name: "a clone without content, and always a next batch",
            asks: Asks::Clone,
            act: |number, stream| {
                cards(stream, format!("clone_seqno {}\n{}", 10 * number, codes()));
            },
            code: 1,
            says: "nothing",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "a clone whose number only falls",
            asks: Asks::Clone,
            act: |number, stream| {
                let next = 1_000_000_usize.saturating_sub(number);
                cards(stream, format!("clone_seqno {next}\n{}{}", codes(), numbered(1)));
            },
            code: 1,
            says: "nothing",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "a clone whose next number is none",
            asks: Asks::Clone,
            act: |_, stream| {
                cards(stream, format!("clone_seqno 99999999999999999999\n{}", codes()));
            },
            code: 1,
            says: "clone_seqno",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "a clone of what is not what it is called",
            asks: Asks::Clone,
            act: |_, stream| {
                let lie = format!("file {} 4\nlie\n", name(b"truth"));
                cards(stream, format!("clone_seqno 0\n{}{lie}{}", codes(), numbered(1)));
            },
            code: 1,
            says: "",
            memory: USUAL,
            after: |repo| assert!(!is_held(repo, b"truth")),
        },
        ServerCase {
            name: "a clone that ends at once",
            asks: Asks::Clone,
            act: |_, _| {},
            code: 4,
            says: "connection",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "a clone that hangs within a reply",
            asks: Asks::Clone,
            act: |_, stream| begin_a_body(stream, 1_000, "half"),
            code: 4,
            says: "2",
            memory: USUAL,
            after: sound,
        },
    ]);
}

#[test]
fn replies_that_are_none() {
    run(&[
        ServerCase {
            name: "a page for people",
            asks: Asks::Pull,
            act: |_, stream| {
                let page = b"<html><title>Please log in</title><script>x()</script></html>";
                answer(stream, "200 OK", "Content-Type: text/html\r\n", page);
            },
            code: 1,
            says: "Please log in",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "redirects in a circle",
            asks: Asks::Pull,
            act: |number, stream| {
                let to = format!("Location: /{}\r\n", number % 2);
                answer(stream, "302 Found", &to, b"");
            },
            code: 1,
            says: "redirect",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "a head without an end",
            asks: Asks::Pull,
            act: |_, stream| {
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
                while stream.write_all(&b"X: y\r\n".repeat(1_000)).is_ok() {}
            },
            code: 1,
            says: "HTTP",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "go on, go on, go on",
            asks: Asks::Pull,
            act: |_, stream| {
                while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {}
            },
            code: 1,
            says: "more than 100 answers of status 1xx",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "a body that says it has 5 TB",
            asks: Asks::Pull,
            act: |_, stream| begin_a_body(stream, 5_000_000_000_000, ""),
            code: 1,
            says: "1090519040",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "an envelope that holds more than it declares",
            asks: Asks::Pull,
            act: |_, stream| {
                let mut bomb = outcrop_format::envelope::seal(&vec![b'\n'; 20 << 20]).unwrap();
                bomb[..4].copy_from_slice(&1_000_u32.to_be_bytes());
                sealed(stream, &bomb);
            },
            code: 1,
            says: "more than the 1000 bytes declared",
            memory: USUAL,
            after: sound,
        },
        ServerCase {
            name: "an envelope that declares 4 GiB",
            asks: Asks::Pull,
            act: |_, stream| sealed(stream, b"\xff\xff\xff\xff\x78\x9c0123456789"),
            code: 1,
            says: "4294967295",
            memory: USUAL,
            after: sound,
        },
    ]);
}

#[test]
fn content_that_was_not_asked_for() {
    run(&[
        ServerCase {
            name: "private content, unasked",
            asks: Asks::Pull,
            act: |_, stream| {
                let secret = String::from_utf8(file(b"secret\n")).unwrap();
                cards(stream, format!("private\n{secret}"));
            },
            code: 0,
            says: "",
            memory: USUAL,
            after: |repo| {
                let tx = repo.read().unwrap();
                let row = tx.blob_named(&HashName::sha3_of(b"secret\n")).unwrap();
                assert!(row.is_none_or(|row| row.private), "it never becomes public");
            },
        },
        ServerCase {
            name: "configuration, unasked",
            asks: Asks::Sync,
            act: |_, stream| {
                let rows = ["1999999999 'project-name' value 'hacked'", "drop table user;"];
                let card = |row: &&str| format!("config /config {}\n{row}\n", row.len());
                let user = "1999999999 'mallory' pw 'hacked' cap 's'";
                let user = format!("config /user {}\n{user}\n", user.len());
                cards(stream, rows.iter().map(card).collect::<String>() + &user);
            },
            code: 0,
            says: "",
            memory: USUAL,
            after: |repo| {
                let tx = repo.read().unwrap();
                assert_ne!(tx.setting("project-name").unwrap().as_deref(), Some("hacked"));
                assert!(tx.user("mallory").unwrap().is_none());
            },
        },
        ServerCase {
            name: "content under the name of another",
            asks: Asks::Pull,
            act: |_, stream| cards(stream, format!("file {} 4\nlie\n", name(b"truth"))),
            code: 1,
            says: "",
            memory: USUAL,
            after: |repo| assert!(!is_held(repo, b"truth")),
        },
        ServerCase {
            name: "a million announcements of nothing",
            asks: Asks::Pull,
            act: |number, stream| {
                let count = scaled(20_000, 1_000_000);
                let line = |at: usize| format!("igot {:040x}\n", at + number * count);
                cards(stream, (0..count).map(line).collect::<String>());
            },
            code: 0,
            says: "",
            memory: if crate::table::is_full() { 1_200 << 20 } else { USUAL },
            after: sound,
        },
        ServerCase {
            name: "deltas that are made of each other",
            asks: Asks::Pull,
            act: |_, stream| {
                let (one, other) = (name(b"one"), name(b"other"));
                let cycle = format!("file {one} {other} 7\n1\n1:x0;file {other} {one} 7\n1\n1:x0;");
                cards(stream, cycle);
            },
            code: 0,
            says: "",
            memory: USUAL,
            after: |repo| assert!(![&b"one"[..], b"other"].iter().any(|name| is_held(repo, name))),
        },
    ]);
}
