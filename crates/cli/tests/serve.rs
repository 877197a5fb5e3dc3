//! `outcrop serve`, driven by the real client.
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

use std::{
    fs,
    io::Write as _,
    net::TcpStream,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use support::serving::{Serving, artifacts, get, is_whole};
use support::{Fossil, outcrop, run};

#[test]
fn the_first_five_minutes() {
    let fossil = Fossil::new();
    let folder = fossil.path().join("new folder");
    let path = folder.to_str().unwrap();
    let serving = Serving::start(&["--create", "-v", path], 5);
    let address = serving.address();
    let [made, admin, at, _, paste] = &serving.lines[..] else { panic!("{:?}", serving.lines) };
    assert_eq!(*made, format!("Made {path}/demo.fossil"));
    assert_eq!(*at, format!("Serving {path} at http://{address}/"));
    let password = admin.split('"').nth(1).unwrap();
    assert!(admin.starts_with("admin-user: alice (") && password.len() == 16, "{admin}");

    // The line is pasted as it is.
    let words: Vec<_> = paste.split_whitespace().collect();
    assert_eq!((words[0], *words.last().unwrap()), ("fossil", "clone.fossil"));
    fossil.run(&words[1..]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.commit(&checkout, "first.txt", "first\n");
    let served = folder.join("demo.fossil");
    assert_eq!(
        artifacts(&fossil, &served),
        artifacts(&fossil, &fossil.path().join("clone.fossil"))
    );

    // Someone else, without a login.
    fossil.run(["clone", &format!("http://{address}/demo"), "second.fossil"]);
    let second = fossil.checkout("second.fossil", "second");
    assert_eq!(fs::read_to_string(second.join("first.txt")).unwrap(), "first\n");
    fossil.commit(&checkout, "later.txt", "later\n");
    fossil.run_in(&second, ["update"]);
    assert_eq!(fs::read_to_string(second.join("later.txt")).unwrap(), "later\n");

    // A second repository needs no restart.
    fs::copy(fossil.path().join(Fossil::REPOSITORY), folder.join("other.fossil")).unwrap();
    fossil.run(["clone", &format!("http://{address}/other"), "other.fossil"]);
    let page = get(&address, "/demo");
    assert!(page.contains("later.txt") && page.contains("first.txt"), "{page}");
    let list = get(&address, "/");
    assert!(list.contains("href=\"/demo\"") && list.contains("href=\"/other\""), "{list}");
    assert!(get(&address, "/healthz").starts_with("HTTP/1.0 200 "));
    assert!(get(&address, "/../x").starts_with("HTTP/1.0 404 "));

    let password = password.to_owned();
    let (code, log) = serving.terminate();
    assert_eq!(code, 0, "{log}");
    assert!(log.lines().any(|line| line.contains("POST \"/demo\" 200")), "{log}");
    assert!(log.contains("WARN") && log.contains("hidden, or leads upwards"), "{log}");
    assert!(!log.contains(&password), "{log}");
    is_whole(&fossil, &served);
}

#[test]
fn json_is_one_line_and_create_leaves_what_is_there_alone() {
    let fossil = Fossil::new();
    let file = fossil.path().join("made.fossil");
    let path = file.to_str().unwrap();
    let mut codes = Vec::new();
    for is_new in [true, false] {
        let args = ["--create", "--admin-user", "bob", "--json", path];
        let serving = Serving::start(&args, 1);
        let line: serde_json::Value = serde_json::from_str(&serving.lines[0]).unwrap();
        assert_eq!(line["listening"], format!("http://{}/", serving.address()));
        let created = &line["created"];
        assert_eq!(created.is_null(), !is_new, "{line}");
        if is_new {
            assert_eq!((&created["admin_user"], &created["file"]), (&"bob".into(), &path.into()));
            let clone: Vec<_> = created["clone"].as_str().unwrap().split_whitespace().collect();
            fossil.run(&clone[1..]);
        }
        let sql = "SELECT value FROM config WHERE name='project-code'";
        codes.push(fossil.run(["sql", "--no-repository", path, sql]));
        assert_eq!(serving.process.interrupt(), 0);
    }
    assert_eq!(codes[0], codes[1]);
}

#[test]
fn what_cannot_be_served_is_told_before_anything_is_made() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let repository = repository.to_str().unwrap();
    let serving = Serving::start(&[repository], 1);
    let taken = serving.address();
    let new = fossil.path().join("new.fossil");
    let text = fossil.path().join("work/one.txt");
    for (args, code, words) in [
        (vec![new.to_str().unwrap()], 1, "name a .fossil file, or a folder of them"),
        (vec![text.to_str().unwrap()], 1, "is not a SQLite database"),
        (
            vec!["--create", "--admin-user", "a", "--listen", &taken, new.to_str().unwrap()],
            1,
            "use --listen",
        ),
        (vec!["--admin-user", "x", repository], 2, "--create"),
        (vec!["--listen", "nowhere", repository], 2, "--listen"),
    ] {
        let failed = run(["serve"].iter().chain(&args));
        assert_eq!((failed.code, &failed.stdout[..]), (code, ""), "{args:?}: {}", failed.stderr);
        assert!(failed.stderr.contains(words), "{args:?}: {}", failed.stderr);
    }
    assert!(!new.exists());
    assert_eq!(serving.terminate().0, 0);
}

#[test]
fn an_end_that_waits_for_a_slow_client_has_an_end_itself() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    for (grace, words) in [("0.5", "after 0.5 s"), ("60", "after the second signal")] {
        let args = ["--grace", grace, "--timeout", "60", repository.to_str().unwrap()];
        let serving = Serving::start(&args, 1);
        let mut slow = TcpStream::connect(serving.address()).unwrap();
        let head = "POST / HTTP/1.0\r\nContent-Type: application/x-fossil\r\n\
                    Content-Length: 9\r\n\r\nhalf";
        slow.write_all(head.as_bytes()).unwrap();
        // It is known to the server once another one has been answered.
        assert!(get(&serving.address(), "/healthz").starts_with("HTTP/1.0 200 "));
        if grace == "60" {
            serving.ask_to_end();
            thread::sleep(Duration::from_millis(300));
        }
        let begun = Instant::now();
        let (code, log) = serving.terminate();
        assert_eq!(code, 1, "{log}");
        assert!(log.contains(words), "{log}");
        assert!(begun.elapsed() < Duration::from_secs(20));
    }
}

#[test]
fn nothing_is_lost_when_the_end_comes_during_a_push() {
    let fossil = Fossil::new();
    let file = fossil.path().join(Fossil::REPOSITORY);
    let path = file.to_str().unwrap().to_owned();
    let mut serving = Serving::start(&[&path], 1);
    let address = serving.address();
    let url = format!("http://alice:sesame@{address}/");
    fossil.run(["clone", "--save-http-password", &url, "clone.fossil"]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.run_in(&checkout, ["settings", "autosync", "off"]);
    let clone = fossil.path().join("clone.fossil");
    let mut interrupted = 0;
    for (number, delay) in [5, 30, 60, 120, 240, 480].into_iter().enumerate() {
        // Several rounds: a client sends no more than 250,000 bytes in each.
        for part in 0..8_u32 {
            let noise = Command::new("head").args(["-c", "150000", "/dev/urandom"]).output();
            fs::write(checkout.join(format!("{number}-{part}")), noise.unwrap().stdout).unwrap();
        }
        fossil.run_in(&checkout, ["addremove"]);
        fossil.run_in(&checkout, ["commit", "--no-warnings", "-m", "noise"]);
        let before = artifacts(&fossil, &file);
        let pushed = thread::scope(|scope| {
            let pushing = scope.spawn(|| fossil.push_in(&checkout));
            thread::sleep(Duration::from_millis(delay));
            let (code, log) = serving.terminate();
            assert_eq!(code, 0, "{log}");
            pushing.join().unwrap()
        });
        is_whole(&fossil, &file);
        let after = artifacts(&fossil, &file);
        let kept = before.lines().all(|name| after.lines().any(|other| other == name));
        assert!(kept, "artifacts are gone");
        let all = artifacts(&fossil, &clone);
        interrupted += usize::from(after != all && after != before);
        // A client that was told that all is there can rely on it.
        assert!(!pushed || after == all, "a push was acknowledged and is not there");

        let mut command = outcrop(["serve", "--listen", &address, &path]);
        serving = Serving::spawn(&mut command, 1);
        assert!(fossil.push_in(&checkout), "the rest is not pushed");
        assert_eq!(artifacts(&fossil, &file), all);
    }
    assert!(interrupted > 0, "no push was interrupted: the test tests nothing");
    assert_eq!(serving.terminate().0, 0);
    is_whole(&fossil, &file);
}
