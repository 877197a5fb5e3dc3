//! What clients may do to `outcrop serve`, and no more: with the real program, and raw sockets.
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

use std::fs;
use std::io::{Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use outcrop_repo::Repo;
use support::Fossil;
use support::serving::{PATIENCE, Serving, address_of, artifacts, ask, connect, get, post};

/// Starts it with some limits; gives the address.
fn start(fossil: &Fossil, limits: &[&str]) -> (Serving, String) {
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let at = ["--listen", "127.0.0.1:0", repository.to_str().unwrap()];
    let (serving, line) = Serving::at(&[limits, &at].concat());
    let address = address_of(&line["listening"]);
    (serving, address)
}

fn await_metric(address: &str, line: &str) {
    let begun = Instant::now();
    while !get(address, "/metrics").contains(&format!("\n{line}\n")) {
        assert!(begun.elapsed() < PATIENCE, "{line}: {}", get(address, "/metrics"));
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_unread() {
    let fossil = Fossil::new();
    let (serving, address) = start(&fossil, &["--limit-message", "1000"]);
    assert!(ask(connect(&address), &post("/", "", "# hi\n")).ends_with(" errors 0\n"));
    // No byte of the body is sent, and the answer is there.
    let head = post("/", "", "").replace("Content-Length: 0", "Content-Length: 1001");
    let answer = ask(connect(&address), &head);
    assert!(answer.starts_with("HTTP/1.0 413 ") && answer.contains("1000 bytes"), "{answer}");
    let metrics = get(&address, "/metrics");
    assert!(metrics.contains("refused_total{reason=\"too_large\"} 1\n"), "{metrics}");
    assert_eq!(serving.terminate().0, 0);
}

#[test]
fn slow_clients_are_given_up() {
    let fossil = Fossil::new();
    let (serving, address) = start(&fossil, &["--timeout", "0.5"]);
    let half = post("/", "", "1234567890").replace("67890", "");
    let kept = post("/", "", "# hi\n").replace("HTTP/1.0", "HTTP/1.1").replacen(
        "\r\n",
        "\r\nHost: localhost\r\n",
        1,
    );
    for (what, sent, status) in [
        ("idle from the start", "", ""),
        ("half a head", "POST / HT", "HTTP/1.1 408 "),
        ("half a body", &half, "HTTP/1.0 408 "),
        ("idle after an answer", &kept, "HTTP/1.1 200 "),
    ] {
        let begun = Instant::now();
        let answer = ask(connect(&address), sent);
        assert!(answer.starts_with(status) || answer.is_empty(), "{what}: {answer}");
        let took = begun.elapsed();
        assert!(took > Duration::from_millis(400) && took < PATIENCE / 2, "{what}: {took:?}");
    }
    assert_eq!(serving.terminate().0, 0);
}

#[test]
fn who_takes_nothing_of_a_reply_is_given_up() {
    let fossil = Fossil::new();
    // More than the system takes for a client that does not read.
    let mut noise = vec![0; 40_000_000];
    fs::File::open("/dev/urandom").unwrap().read_exact(&mut noise).unwrap();
    fs::write(fossil.path().join("work/large.bin"), &noise).unwrap();
    fossil.run_in(&fossil.path().join("work"), ["add", "large.bin"]);
    fossil.run_in(&fossil.path().join("work"), ["commit", "--no-warnings", "-m", "large"]);
    let (serving, address) = start(&fossil, &["--timeout", "0.5"]);
    let clone = "pragma client-version 22900 20260821 165942\nclone 3 1\n";
    let mut stream = connect(&address);
    stream.write_all(post("/", "", clone).as_bytes()).unwrap();
    thread::sleep(Duration::from_secs(3));
    let mut answer = Vec::new();
    let broken = stream.read_to_end(&mut answer);
    assert!(broken.is_err() || answer.len() < noise.len(), "{} bytes", answer.len());
    // Who reads gets all of it.
    fossil.run(["clone", &format!("http://{address}/"), "clone.fossil"]);
    let served = fossil.path().join(Fossil::REPOSITORY);
    let cloned = fossil.path().join("clone.fossil");
    assert_eq!(artifacts(&fossil, &served), artifacts(&fossil, &cloned));
    assert_eq!(serving.terminate().0, 0);
}

#[test]
fn a_push_that_waits_for_another_program_holds_up_nobody_who_reads() {
    let fossil = Fossil::new();
    let (serving, address) = start(&fossil, &["--rounds", "2"]);
    let url = format!("http://alice:sesame@{address}/");
    fossil.run(["clone", "--save-http-password", &url, "clone.fossil"]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.run_in(&checkout, ["settings", "autosync", "off"]);
    fossil.commit(&checkout, "three.txt", "three\n");
    let file = fossil.path().join(Fossil::REPOSITORY);
    // Another program writes, as a long push would.
    let writer = Repo::open(&file).unwrap().write().unwrap();
    thread::scope(|scope| {
        let pushing = scope.spawn(|| fossil.push_in(&checkout));
        await_metric(&address, "outcrop_rounds_running 1");
        let begun = Instant::now();
        for number in 0..3 {
            let url = format!("http://{address}/");
            fossil.run(["clone", &url, &format!("copy{number}.fossil")]);
        }
        assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
        assert!(!pushing.is_finished());
        drop(writer);
        assert!(pushing.join().unwrap());
    });
    assert_eq!(serving.terminate().0, 0);
    let cloned = fossil.path().join("clone.fossil");
    assert_eq!(artifacts(&fossil, &file), artifacts(&fossil, &cloned));
}

#[test]
fn too_many_are_told_when_to_come_again_and_healthz_answers() {
    let fossil = Fossil::new();
    let limits = ["--rounds", "1", "--waiting", "1"];
    let (serving, address) = start(&fossil, &limits);
    let url = format!("http://alice:sesame@{address}/");
    fossil.run(["clone", "--save-http-password", &url, "clone.fossil"]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.run_in(&checkout, ["settings", "autosync", "off"]);
    fossil.commit(&checkout, "three.txt", "three\n");
    let file = fossil.path().join(Fossil::REPOSITORY);
    let writer = Repo::open(&file).unwrap().write().unwrap();
    thread::scope(|scope| {
        let pushing = scope.spawn(|| fossil.push_in(&checkout));
        await_metric(&address, "outcrop_rounds_running 1");
        let round = || ask(connect(&address), &post("/", "", "# hi\n"));
        let waiting = scope.spawn(round);
        await_metric(&address, "outcrop_rounds_waiting 1");
        for _ in 0..3 {
            let begun = Instant::now();
            let refused = round();
            assert!(refused.starts_with("HTTP/1.0 503 "), "{refused}");
            assert!(refused.contains("\r\nretry-after: 5\r\n"), "{refused}");
            for path in ["/healthz", "/readyz"] {
                assert!(get(&address, path).starts_with("HTTP/1.0 200 "));
            }
            assert!(begun.elapsed() < Duration::from_secs(2));
        }
        drop(writer);
        assert!(waiting.join().unwrap().ends_with(" errors 0\n"));
        assert!(pushing.join().unwrap());
    });
    assert_eq!(serving.terminate().0, 0);
}

#[test]
fn stock_waits_after_failed_logins_and_its_neighbours_do_not() {
    let fossil = Fossil::new();
    let (serving, address) = start(&fossil, &[]);
    fossil.run(["clone", &format!("http://{address}/"), "clone.fossil"]);
    let pull = |password: &str| {
        let url = format!("http://alice:{password}@{address}/");
        let pulled = fossil.attempt(["pull", &url, "--once", "-R", "clone.fossil"]);
        pulled.stdout.contains("login failed")
    };
    let delayed = || {
        let metrics = get(&address, "/metrics");
        let number =
            metrics.lines().find_map(|line| line.strip_prefix("outcrop_logins_delayed_total "));
        number.unwrap().parse::<u32>().unwrap()
    };
    // Three are free; the next ones wait for a second, and for two.
    assert!((0..5).all(|_| pull("wrong")));
    let waited = delayed();
    assert!((1..=2).contains(&waited), "{waited}");
    fossil.run(["clone", &format!("http://{address}/"), "copy.fossil"]);
    assert_eq!(delayed(), waited, "who does not log in does not wait");
    // After five failures it is four seconds, for the right password too.
    assert!(!pull("sesame"));
    assert_eq!(delayed(), waited + 1);
    assert!(!pull("sesame"));
    assert_eq!(delayed(), waited + 1, "it is forgiven");
    let (exit, log) = serving.terminate();
    assert_eq!((exit, log.matches("login failed").count()), (0, 5), "{log}");
}
