//! Many who read, one who writes: a long push keeps nobody from pulling, and who else wants to push
//! waits outside.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_server::{Hosting, ListenOptions, ServiceOptions, XferService};
use outcrop_sync::{HandleOptions, Request, Rng as _, SystemRng, Writing, handle_sync};
use served::{Fossil, PATIENCE, Served, body, create, post, project_code, signed};

/// A server of a folder in which every round that writes waits for a word; two rounds at a time.
fn start(folder: &Path) -> (Served, mpsc::Receiver<()>, mpsc::Sender<()>, Arc<AtomicUsize>) {
    let (begun, begins) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let most = Arc::new(AtomicUsize::new(0));
    let (seen, writing) = (Arc::clone(&most), AtomicUsize::new(0));
    let options = ServiceOptions { rounds: 2, ..ServiceOptions::default() };
    let handler = move |repo: &Repo, request: Request, options: &HandleOptions<'_>| {
        if options.writing != Writing::AtOnce {
            return handle_sync(repo, request, options);
        }
        seen.fetch_max(writing.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        begun.send(()).unwrap();
        gate.lock().unwrap().recv().unwrap();
        let reply = handle_sync(repo, request, options);
        writing.fetch_sub(1, Ordering::SeqCst);
        reply
    };
    let rounds = XferService::with_handler(Hosting::new(folder).unwrap(), options, handler);
    (Served::start(rounds, ListenOptions::default()), begins, go, most)
}

/// Waits until a metric has a value.
fn await_metric(served: &Served, line: &str) {
    let begun = Instant::now();
    while !served.get("/metrics").contains(&format!("\n{line}\n")) {
        assert!(begun.elapsed() < PATIENCE, "{line}: {}", served.get("/metrics"));
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_long_push_keeps_nobody_from_reading() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("one.fossil");
    let password = create(&file);
    let code = project_code(&file);
    let (served, begins, go, most) = start(folder.path());
    let push = |number: usize| {
        let content = format!("content {number}\n");
        let name = HashName::sha3_of(content.as_bytes());
        let cards = format!("push 0 {code}\nfile {name} {}\n{content}", content.len());
        served.ask(signed("/one", &code, "alice", &password, &cards))
    };
    let pull = |more: &str| {
        let begun = Instant::now();
        let answer = served.ask(post("/one", &format!("pull 0 {code}\n{more}")));
        assert!(body(&answer).contains("igot ") && answer.ends_with("errors 0\n"), "{answer}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    };
    thread::scope(|scope| {
        let push = &push;
        let pushing: Vec<_> = (0..8).map(|number| scope.spawn(move || push(number))).collect();
        begins.recv_timeout(PATIENCE).unwrap();
        await_metric(&served, "outcrop_writers_waiting 7");
        // Two rounds at a time, one of which writes: the others are not in the way of who reads.
        await_metric(&served, "outcrop_rounds_running 1");
        (0..10).for_each(|_| pull(""));
        // Nor is a clone, a login, or a page.
        assert!(served.ask(post("/one", "clone 3 1\n")).contains("clone_seqno 0\n"));
        let cards = format!("pull 0 {code}\n");
        let answer = served.ask(signed("/one", &code, "alice", &password, &cards));
        assert!(answer.ends_with("errors 0\n"), "{answer}");
        assert!(served.get("/one").contains("initial empty check-in"));
        for _ in 0..8 {
            go.send(()).unwrap();
        }
        for pushing in pushing {
            let answer = pushing.join().unwrap();
            assert!(answer.ends_with("errors 0\n"), "{answer}");
        }
    });
    assert_eq!(most.load(Ordering::SeqCst), 1, "one at a time");
    await_metric(&served, "outcrop_writers_waiting 0");
    assert!(served.stop());
}

#[test]
fn a_pull_makes_clusters_without_waiting_in_line() {
    let fossil = Fossil::find();
    let file = fossil.path("root/one.fossil");
    let password = create(&file);
    let code = project_code(&file);
    // As many artifacts as make a cluster due.
    fossil.run(&["clone", file.to_str().unwrap(), "clone.fossil"]);
    std::fs::create_dir(fossil.path("work")).unwrap();
    fossil.run_in("work", &["open", "--nosync", file.to_str().unwrap()]);
    for number in 0..120 {
        let mut content = vec![0; 40];
        SystemRng.fill(&mut content).unwrap();
        std::fs::write(fossil.path("work").join(number.to_string()), content).unwrap();
    }
    fossil.run_in("work", &["addremove"]);
    fossil.run_in("work", &["commit", "--no-warnings", "-m", "many"]);
    let (served, begins, go, _) = start(&fossil.path("root"));
    let pull = || {
        let answer = served.ask(post("/one", &format!("pull 0 {code}\n")));
        assert!(answer.ends_with("errors 0\n"), "{answer}");
        answer.matches("igot ").count()
    };
    thread::scope(|scope| {
        let cards = format!("push 0 {code}\nfile {} 2\nx\n", HashName::sha3_of(b"x\n"));
        let request = signed("/one", &code, "alice", &password, &cards);
        let served = &served;
        let pushing = scope.spawn(move || served.ask(request));
        begins.recv_timeout(PATIENCE).unwrap();
        assert_eq!(pull(), 1, "the cluster");
        go.send(()).unwrap();
        assert!(pushing.join().unwrap().ends_with("errors 0\n"));
    });
    assert!(served.stop());
    fossil.finds_it_whole(&file);
}

#[test]
fn repositories_do_not_wait_for_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["one", "two"].map(|name| folder.path().join(format!("{name}.fossil")));
    let passwords = files.each_ref().map(|file| create(file));
    let (served, begins, go, most) = start(folder.path());
    thread::scope(|scope| {
        for (at, name) in ["/one", "/two"].into_iter().enumerate() {
            let code = project_code(&files[at]);
            let cards = format!("push 0 {code}\nfile {} 2\nx\n", HashName::sha3_of(b"x\n"));
            let request = signed(name, &code, "alice", &passwords[at], &cards);
            let served = &served;
            scope.spawn(move || assert!(served.ask(request).ends_with("errors 0\n")));
        }
        for _ in 0..2 {
            begins.recv_timeout(PATIENCE).unwrap();
        }
        go.send(()).unwrap();
        go.send(()).unwrap();
    });
    assert_eq!(most.load(Ordering::SeqCst), 2);
    assert!(served.stop());
}
