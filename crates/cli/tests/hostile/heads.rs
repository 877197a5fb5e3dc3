//! Paths, headers and lengths that are not what they should be.

use crate::scene::{Scene, post};
use crate::table::{Case, USUAL, run, run_in_folder};

/// A message for some path.
fn at(scene: &Scene, path: &str) -> String {
    let request = post("", "application/x-fossil-debug", b"# hi\n");
    let request = String::from_utf8(request).unwrap();
    scene.send(request.replacen("POST / ", &format!("POST {path} "), 1).as_bytes())
}

/// A message by HTTP/1.1 with these headers, and all that follows them.
fn modern(scene: &Scene, headers: &str, rest: &str) -> String {
    let head = "POST / HTTP/1.1\r\nContent-Type: application/x-fossil-debug\r\n";
    scene.send(format!("{head}{headers}\r\n{rest}").as_bytes())
}

/// How many answers there are.
fn answers(text: &str) -> usize {
    text.matches("HTTP/1.").count()
}

#[test]
fn paths_that_lead_out() {
    run_in_folder(
        &[],
        &[
            Case {
                name: "a path that goes up",
                act: |scene| at(scene, "/../../../../etc/passwd/../project"),
                answer: "404 Not Found",
                memory: USUAL,
            },
            Case {
                name: "a path that goes up, encoded twice over",
                act: |scene| at(scene, "/%2e%2e/%252e%252e/..%2f..%5cetc/passwd"),
                answer: "404 Not Found",
                memory: USUAL,
            },
            Case {
                name: "a path with a NUL",
                act: |scene| at(scene, "/project%00"),
                answer: "404 Not Found",
                memory: USUAL,
            },
            Case {
                name: "a path with a NUL that is not encoded",
                act: |scene| at(scene, "/project\0"),
                answer: "400 Bad Request",
                memory: USUAL,
            },
            Case {
                name: "a path of 60,000 bytes",
                act: |scene| at(scene, &"/a".repeat(30_000)),
                answer: "404 Not Found",
                memory: USUAL,
            },
            Case {
                name: "a whole URL of somebody else as the path",
                act: |scene| at(scene, "http://evil.example/project"),
                answer: " errors 0",
                memory: USUAL,
            },
        ],
    );
}

#[test]
fn heads_that_are_too_much() {
    run(
        &[],
        &[
            Case {
                name: "a header of 100,000 bytes",
                act: |scene| {
                    let large = format!("X-Large: {}\r\n", "x".repeat(100_000));
                    scene.send(&post(&large, "application/x-fossil-debug", b"# hi\n"))
                },
                answer: "431 Request Header Fields Too Large",
                memory: USUAL,
            },
            Case {
                name: "a thousand headers",
                act: |scene| {
                    scene.send(&post(&"X: y\r\n".repeat(1_000), "application/x-fossil", b""))
                },
                answer: "431 Request Header Fields Too Large",
                memory: USUAL,
            },
            Case {
                name: "a head without an end",
                act: |scene| {
                    let endless = format!("GET / HTTP/1.1\r\n{}", "X: y\r\n".repeat(100_000));
                    scene.send(endless.as_bytes())
                },
                answer: "431 Request Header Fields Too Large",
                memory: USUAL,
            },
            Case {
                name: "a host that is a script",
                act: |scene| {
                    let host = "\"><script>alert(1)</script>";
                    let request = format!("GET / HTTP/1.0\r\nHost: {host}\r\n\r\n");
                    let answer = scene.send(request.as_bytes());
                    assert!(!answer.contains("<script>"), "{answer}");
                    answer
                },
                answer: "200 OK",
                memory: USUAL,
            },
            Case {
                name: "what is no HTTP",
                act: |scene| scene.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
                answer: "400 Bad Request",
                memory: USUAL,
            },
        ],
    );
}

#[test]
fn lengths_that_disagree() {
    run(
        &["--timeout", "1"],
        &[
            Case {
                name: "two lengths",
                act: |scene| {
                    let lengths = "Content-Length: 5\r\nContent-Length: 50\r\n";
                    modern(scene, lengths, "# hi\nGET /metrics HTTP/1.1\r\n\r\n")
                },
                answer: "400 Bad Request",
                memory: USUAL,
            },
            Case {
                name: "a length of two numbers",
                act: |scene| modern(scene, "Content-Length: 5, 6\r\n", "# hi\n"),
                answer: "400 Bad Request",
                memory: USUAL,
            },
            Case {
                name: "a length with a sign",
                act: |scene| modern(scene, "Content-Length: +5\r\n", "# hi\n"),
                answer: "400 Bad Request",
                memory: USUAL,
            },
            Case {
                name: "a length and chunks, and a request behind them",
                act: |scene| {
                    let both = "Content-Length: 60\r\nTransfer-Encoding: chunked\r\n";
                    let rest = "5\r\n# hi\n\r\n0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
                    let answer = modern(scene, both, rest);
                    assert_eq!(answers(&answer), 1, "no second request is seen: {answer}");
                    answer
                },
                // The chunks count, as HTTP says, and the connection ends.
                answer: "\r\nconnection: close\r\n",
                memory: USUAL,
            },
            Case {
                name: "an encoding that is not known",
                act: |scene| modern(scene, "Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"),
                answer: "400 Bad Request",
                memory: USUAL,
            },
            Case {
                name: "a chunk that says it is as large as can be",
                act: |scene| {
                    let chunk = "ffffffffffffffff\r\n# hi\n\r\n0\r\n\r\n";
                    modern(scene, "Transfer-Encoding: chunked\r\n", chunk)
                },
                answer: "40",
                memory: USUAL,
            },
            Case {
                name: "chunks with extensions without an end",
                act: |scene| {
                    let chunk = format!("5;{}\r\n# hi\n\r\n0\r\n\r\n", "x".repeat(100_000));
                    modern(scene, "Transfer-Encoding: chunked\r\n", &chunk)
                },
                answer: "400 Bad Request",
                memory: USUAL,
            },
        ],
    );
}
