//! Slow ones, half-closed ones, and very many.

use std::fs;
use std::io::Write as _;
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use crate::scene::{Scene, post, pull, read_on};
use crate::support::serving::{PATIENCE, get};
use crate::table::{Case, USUAL, run};

/// Connections that do nothing, if the system lets a process have so many.
const IDLE: usize = 10_000;

/// Files that a process needs beside connections.
const OTHER_FILES: usize = 200;

fn connect(scene: &Scene) -> TcpStream {
    let stream = TcpStream::connect(&scene.address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// Sends a request a byte at a time; gives the answer.
fn trickle(scene: &Scene, request: &[u8], pause: Duration) -> String {
    let mut stream = connect(scene);
    for byte in request {
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
        thread::sleep(pause);
    }
    read_on(&mut stream)
}

#[test]
fn slow_ones() {
    run(
        &["--timeout", "0.5"],
        &[
            Case {
                name: "a head of a byte at a time",
                act: |scene| {
                    let head = format!("GET / HTTP/1.1\r\nX: {}", "x".repeat(100));
                    trickle(scene, head.as_bytes(), Duration::from_millis(20))
                },
                // Who still sends when the server closes is told nothing, by the system.
                answer: "408 Request Timeout|no answer",
                memory: USUAL,
            },
            Case {
                name: "a body of a byte at a time",
                act: |scene| {
                    let body = vec![b'\n'; 1_000];
                    let request = post("", "application/x-fossil-debug", &body);
                    let head = request.len() - body.len();
                    let mut stream = connect(scene);
                    stream.write_all(&request[..head]).unwrap();
                    let begun = Instant::now();
                    while begun.elapsed() < Duration::from_secs(3)
                        && stream.write_all(b"\n").is_ok()
                    {
                        thread::sleep(Duration::from_millis(20));
                    }
                    assert!(begun.elapsed() >= Duration::from_millis(400));
                    read_on(&mut stream)
                },
                answer: "408 Request Timeout|no answer",
                memory: USUAL,
            },
            Case {
                name: "two hundred half heads, and a round beside them",
                act: |scene| {
                    let half = || {
                        let mut stream = connect(scene);
                        stream.write_all(b"POST / HTTP/1.1\r\nContent-").unwrap();
                        stream
                    };
                    let halves: Vec<_> = (0..200).map(|_| half()).collect();
                    let answer = scene.ask(pull(""));
                    drop(halves);
                    answer
                },
                answer: "errors 0",
                memory: USUAL,
            },
            Case {
                name: "a side that is closed behind the request",
                act: |scene| {
                    let mut stream = connect(scene);
                    let request = post("", "application/x-fossil-debug", pull("").as_bytes());
                    stream.write_all(&request).unwrap();
                    stream.shutdown(Shutdown::Write).unwrap();
                    read_on(&mut stream)
                },
                answer: "errors 0",
                memory: USUAL,
            },
            Case {
                name: "a side that is closed within the request",
                act: |scene| {
                    let mut stream = connect(scene);
                    let request = post("", "application/x-fossil-debug", pull("").as_bytes());
                    stream.write_all(&request[..request.len() - 5]).unwrap();
                    stream.shutdown(Shutdown::Write).unwrap();
                    read_on(&mut stream)
                },
                answer: "400 Bad Request",
                memory: USUAL,
            },
        ],
    );
}

#[test]
fn more_than_one_address_may_have() {
    run(
        &["--connections-each", "20"],
        &[Case {
            name: "more connections than one address may have",
            act: |scene| {
                let held: Vec<_> = (0..20).map(|_| connect(scene)).collect();
                let answer = read_on(&mut connect(scene));
                drop(held);
                let begun = Instant::now();
                while !get(&scene.address, "/healthz").starts_with("HTTP/1.0 200") {
                    assert!(begun.elapsed() < PATIENCE);
                    thread::sleep(Duration::from_millis(10));
                }
                answer
            },
            answer: "too many connections from this address",
            memory: USUAL,
        }],
    );
}

/// How many files a process may have open.
fn open_files() -> usize {
    let limits = fs::read_to_string("/proc/self/limits").unwrap();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap();
    line.split_whitespace().nth(3).unwrap().parse().unwrap_or(usize::MAX)
}

#[test]
fn ten_thousand_idle_connections() {
    run(
        // The first of them must still be there when the last is, however slow the machine.
        &["--connections", "20000", "--timeout", "600"],
        &[Case {
            name: "ten thousand connections that do nothing",
            act: |scene| {
                let count = IDLE.min(open_files().saturating_sub(OTHER_FILES));
                // Fewer prove less: whoever reads the log is to see it.
                println!("IDLE CONNECTIONS: {count} of {IDLE} (ulimit -n {})", open_files());
                eprintln!("IDLE CONNECTIONS: {count} of {IDLE} (ulimit -n {})", open_files());
                let held: Vec<_> = (0..count).map(|_| connect(scene)).collect();
                let answer = scene.ask(pull(""));
                let metrics = get(&scene.address, "/metrics");
                let open = metrics.lines().find_map(|line| {
                    line.strip_prefix("outcrop_connections_open ")?.parse::<usize>().ok()
                });
                assert!(open.unwrap() >= count, "{open:?} of {count} are open");
                drop(held);
                answer
            },
            answer: "errors 0",
            memory: 400 << 20,
        }],
    );
}
