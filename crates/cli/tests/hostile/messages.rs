//! Messages of clients: bombs, lies, floods.

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;

use crate::scene::{Scene, file, name, pull, push, seal, signed};
use crate::table::{Case, USUAL, is_full, run, scaled};

/// Bytes of a bomb that a stranger may just have opened.
fn bomb() -> usize {
    scaled(16 << 20, 60 << 20)
}

#[test]
fn envelopes_that_are_bombs_or_lies() {
    run(
        &[],
        &[
            Case {
                name: "zeros to the limit of strangers, in an envelope",
                act: |scene| scene.ask_sealed(&seal(&vec![0; bomb()])),
                answer: "error ",
                memory: USUAL + (120 << 20),
            },
            Case {
                name: "an envelope that holds more than a stranger may send",
                act: |scene| scene.ask_sealed(&declaring(80 << 20, 90_000)),
                answer: "413 Payload Too Large",
                memory: USUAL,
            },
            Case {
                name: "an envelope that declares 4 GiB",
                act: |scene| scene.ask_sealed(&declaring(u32::MAX, 1_000)),
                answer: "400 Bad Request",
                memory: USUAL,
            },
            Case {
                name: "an envelope that holds more than it declares",
                act: |scene| {
                    let mut body = seal(&vec![b'\n'; 1 << 20]);
                    body[..4].copy_from_slice(&10_u32.to_be_bytes());
                    scene.ask_sealed(&body)
                },
                answer: "more than the 10 bytes declared",
                memory: USUAL,
            },
            Case {
                name: "an envelope that holds less than it declares",
                act: |scene| {
                    let mut body = seal(b"# hi\n");
                    body[..4].copy_from_slice(&1_000_u32.to_be_bytes());
                    scene.ask_sealed(&body)
                },
                answer: "not the 1000 declared",
                memory: USUAL,
            },
            Case {
                name: "a body that is longer than a message may be, declared only",
                act: |scene| {
                    scene.send(
                        b"POST / HTTP/1.0\r\nContent-Type: application/x-fossil\r\n\
                          Content-Length: 9999999999999\r\n\r\n",
                    )
                },
                answer: "413 Payload Too Large",
                memory: USUAL,
            },
            Case {
                name: "cards beyond what a stranger may send, uncompressed",
                act: |scene| scene.ask(vec![b'\n'; (64 << 20) + 1]),
                answer: "without a login a message may have",
                memory: USUAL + (64 << 20),
            },
            Case {
                name: "as many bytes by alice",
                act: |scene| {
                    let comment = format!("# {}\n", "x".repeat(60_000));
                    scene.ask(signed(comment.repeat(1_150).as_bytes()))
                },
                answer: "errors 0",
                memory: USUAL + 2 * (65 << 20),
            },
        ],
    );
}

/// An envelope of so many bytes of noise that declares a content.
fn declaring(content: u32, noise: usize) -> Vec<u8> {
    let zlib = [0x78, 0x9c];
    [&content.to_be_bytes()[..], &zlib, &vec![7; noise]].concat()
}

#[test]
fn payloads_that_are_bombs_or_lies() {
    run(
        &[],
        &[
            Case {
                name: "a cfile of 100 MB of zeros that is not what it is called",
                act: |scene| {
                    let content = vec![0; scaled(10_000_000, 100_000_000)];
                    scene.ask_as_alice(cfile(&name(b"x"), content.len(), &seal(&content)))
                },
                answer: "error ",
                memory: USUAL + 250_000_000,
            },
            Case {
                name: "a cfile that says it is 900 MB",
                act: |scene| {
                    let body = declaring(900_000_000, 900_000);
                    scene.ask_as_alice(cfile(&name(b"x"), 900_000_000, &body))
                },
                answer: "error ",
                memory: USUAL + (20 << 20),
            },
            Case {
                name: "a file that is not what it is called",
                act: |scene| scene.ask_as_alice(push(&format!("file {} 4\nlie\n", name(b"true")))),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a file that says it is longer than the message",
                act: |scene| scene.ask_as_alice(push(&format!("file {} 999999999\nx", name(b"")))),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a file of more bytes than any may have",
                act: |scene| {
                    scene.ask_as_alice(push(&format!("file {} 18446744073709551616\n", name(b""))))
                },
                answer: "error ",
                memory: USUAL,
            },
        ],
    );
}

/// A push of an artifact in its envelope.
fn cfile(name: &str, size: usize, sealed: &[u8]) -> Vec<u8> {
    let card = format!("cfile {name} {size} {}\n", sealed.len());
    [push(&card).as_bytes(), sealed, b"\n"].concat()
}

#[test]
fn artifacts_of_great_size() {
    run(
        &[],
        &[
            Case {
                name: "a manifest of 100 MB",
                act: |scene| push_one(scene, &manifest(scaled(1_000_000, 100_000_000))),
                answer: "errors 0",
                memory: if is_full() { 1_200_000_000 } else { 300 << 20 },
            },
            Case {
                name: "a million tags",
                act: |scene| push_one(scene, &tags(scaled(2_000, 1_000_000))),
                answer: "errors 0",
                memory: if is_full() { 1_000_000_000 } else { USUAL },
            },
        ],
    );
}

/// Pushes an artifact, which is held then.
fn push_one(scene: &Scene, content: &[u8]) -> String {
    let answer = scene.ask_as_alice([push("").as_bytes(), &file(content)].concat());
    let tx = Repo::open(scene.file()).unwrap().read().unwrap();
    let held = tx.blob_named(&HashName::sha3_of(content)).unwrap();
    assert!(held.is_some_and(|row| row.size.is_some()), "it is held: {answer}");
    answer
}

/// Closes an artifact by its checksum.
fn closed(text: &str) -> Vec<u8> {
    let sum = outcrop_repo::artifact::checksum::z_line(text.as_bytes());
    [text.as_bytes(), &sum].concat()
}

fn manifest(bytes: usize) -> Vec<u8> {
    let hash = name(b"");
    let lines = (0..bytes / 80).map(|file| format!("F file{file:09} {hash}\n"));
    let files: String = lines.collect();
    closed(&format!("C large\nD 2026-01-02T03:04:05\n{files}U alice\n"))
}

fn tags(count: usize) -> Vec<u8> {
    let tags: String = (0..count).map(|tag| format!("T +tag{tag:09} {}\n", name(b""))).collect();
    closed(&format!("D 2026-01-02T03:04:05\n{tags}U alice\n"))
}

#[test]
fn floods_of_cards() {
    run(
        &[],
        &[
            Case {
                name: "a million announcements by nobody",
                act: |scene| scene.ask(pull(&lines("igot", scaled(200_000, 1_000_000)))),
                answer: "errors 0",
                memory: if is_full() { 600 << 20 } else { 200 << 20 },
            },
            Case {
                name: "a million announcements by alice, each a phantom",
                act: |scene| scene.ask_as_alice(push(&lines("igot", scaled(2_000, 1_000_000)))),
                answer: "errors 0",
                memory: if is_full() { 1_000 << 20 } else { 200 << 20 },
            },
            Case {
                name: "a million requests for what is not there",
                act: |scene| scene.ask(pull(&lines("gimme", scaled(20_000, 1_000_000)))),
                answer: "errors 0",
                memory: if is_full() { 600 << 20 } else { 200 << 20 },
            },
            Case {
                name: "a clone from the greatest number that there is",
                act: |scene| scene.ask("clone 3 9223372036854775807\n"),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a clone from a number that is none",
                act: |scene| scene.ask("clone 3 99999999999999999999999\n"),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a clone from before the first",
                act: |scene| scene.ask("clone 3 -9223372036854775808\n"),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a line without an end",
                act: |scene| scene.ask(vec![b'a'; 10_000_000]),
                answer: "error ",
                memory: USUAL,
            },
            Case {
                name: "a card of a million words",
                act: |scene| scene.ask("pragma ".to_owned() + &"x ".repeat(30_000)),
                answer: "error ",
                memory: USUAL,
            },
        ],
    );
}

fn lines(card: &str, count: usize) -> String {
    (0..count).map(|number| format!("{card} {number:040x}\n")).collect()
}
