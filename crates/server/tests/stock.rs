//! The real `fossil` clones from our server, pushes to it and pulls from it.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

#[path = "../examples/axum.rs"]
mod axum_example;
#[path = "../examples/mount.rs"]
mod mount;
mod served;

use std::fs;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use outcrop_repo::Repo;
use outcrop_server::{Hosting, ListenOptions, ServiceOptions, XferService};
use outcrop_sync::{HandleOptions, Request, Rng as _, SystemRng, handle_sync};
use served::{Fossil, Served, create};

fn start(hosting: Hosting) -> Served {
    Served::start(XferService::new(hosting, ServiceOptions::default()), ListenOptions::default())
}

#[test]
fn two_repositories_of_a_folder_are_cloned_changed_and_pulled() {
    let fossil = Fossil::find();
    let root = fossil.path("root");
    let passwords = ["one.fossil", "sub/two.fossil"].map(|name| create(&root.join(name)));
    let served = start(Hosting::new(&root).unwrap());
    for ((path, name), password) in
        [("one", "one"), ("sub/two.fossil", "two")].iter().zip(&passwords)
    {
        fossil.clone_and_open(&served.url(path), password, name);
        fossil.run(&["clone", &served.url(path), &format!("{name}-copy.fossil")]);
        fossil.commit(name, "a.txt", format!("{name}\n"), &[]);
        fossil.commit(name, "b.bin", vec![7; 600_000], &[]);
        fossil.run(&["pull", "-R", &format!("{name}-copy.fossil")]);
    }
    assert!(served.stop());
    let files = ["one.fossil", "sub/two.fossil"].map(|name| root.join(name));
    for (file, name) in files.iter().zip(["one", "two"]) {
        let artifacts = fossil.artifacts(file);
        assert_eq!(artifacts.lines().count(), 5, "{artifacts}");
        for copy in [format!("{name}.fossil"), format!("{name}-copy.fossil")] {
            assert_eq!(fossil.artifacts(&fossil.path(&copy)), artifacts, "{copy}");
        }
        fossil.finds_it_whole(file);
        // The log was brought into the file.
        let log = format!("{}-wal", file.display());
        assert!(fs::metadata(log).map_or(true, |log| log.len() == 0));
    }
    assert_ne!(fossil.artifacts(&files[0]), fossil.artifacts(&files[1]));
}

#[test]
fn a_repository_alone_is_found_at_any_path() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    let password = create(&file);
    let served = start(Hosting::new(&file).unwrap());
    for (number, path) in ["", "any/path"].into_iter().enumerate() {
        let name = format!("clone{number}");
        fossil.clone_and_open(&served.url(path), &password, &name);
        fossil.commit(&name, &format!("{name}.txt"), &name, &[]);
    }
    let refused = fossil.attempt("", &["push", &served.url(""), "-R", "clone0.fossil", "--once"]);
    let said = String::from_utf8_lossy(&refused.stdout).into_owned();
    assert!(said.contains("not authorized to write"), "{said}");
    assert!(served.stop());
    assert_eq!(fossil.artifacts(&file).lines().count(), 5);
    fossil.finds_it_whole(&file);
}

#[test]
fn what_others_write_meanwhile_is_served() {
    let fossil = Fossil::find();
    let root = fossil.path("root");
    let password = create(&root.join("one.fossil"));
    let served = start(Hosting::new(&root).unwrap());
    fossil.clone_and_open(&served.url("one"), &password, "one");
    // Stock opens the file itself, while it is served.
    let file = root.join("one.fossil");
    fs::write(fossil.path("page"), "A *page*\n").unwrap();
    fossil.run(&["wiki", "create", "A page", "page", "-R", file.to_str().unwrap()]);
    fossil.commit("one", "a.txt", "text\n", &[]);
    // A repository that comes later.
    fs::copy(fossil.path("one.fossil"), root.join("later.fossil")).unwrap();
    fossil.run(&["clone", &served.url("later"), "later.fossil"]);
    assert_eq!(fossil.run(&["wiki", "list", "-R", "later.fossil"]).trim(), "A page");
    assert!(served.stop());
    fossil.finds_it_whole(&file);
}

#[test]
fn a_round_under_way_ends_before_the_server_does() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    let password = create(&file);
    let (begun, begins) = mpsc::channel();
    let handler = move |repo: &Repo, request: Request, options: &HandleOptions<'_>| {
        if request.cards.len() > 100_000 {
            begun.send(()).unwrap();
            thread::sleep(Duration::from_millis(500));
        }
        handle_sync(repo, request, options)
    };
    let hosting = Hosting::new(&file).unwrap();
    let rounds = XferService::with_handler(hosting, ServiceOptions::default(), handler);
    let mut served = Served::start(rounds, ListenOptions::default());
    fossil.clone_and_open(&served.url(""), &password, "clone");
    let mut content = vec![0; 200_000];
    SystemRng.fill(&mut content).unwrap();
    fossil.run_in("clone", &["settings", "autosync", "off"]);
    fossil.commit("clone", "large.bin", content, &[]);
    let pushed = thread::scope(|scope| {
        let pushing = scope.spawn(|| fossil.attempt("clone", &["push"]));
        begins.recv_timeout(served::PATIENCE).unwrap();
        served.ask_to_stop();
        pushing.join().unwrap()
    });
    assert!(served.stop());
    // The reply came too. Neither the exit code nor the table `unsent` would tell: stock ends with
    // 0 when it reached nobody, and empties the table as it sends.
    let said = String::from_utf8_lossy(&pushed.stdout);
    assert!(pushed.stderr.is_empty() && !said.contains("Error"), "{pushed:?}");
    assert!(said.contains("Round-trips: 1   Artifacts sent: 2"), "{said}");
    assert_eq!(fossil.artifacts(&file), fossil.artifacts(&fossil.path("clone.fossil")));
    fossil.finds_it_whole(&file);
}

#[test]
fn the_service_is_mounted_beside_other_routes() {
    let fossil = Fossil::find();
    let password = create(&fossil.path("root/project.fossil"));
    let hosting = Hosting::new(fossil.path("root")).unwrap();
    let (tell, told) = mpsc::channel();
    thread::spawn(move || {
        served::runtime().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            mount::run(listener, hosting).await
        })
    });
    let address = told.recv().unwrap();
    let url = format!("http://{address}/fossil/project");
    fossil.clone_and_open(&url, &password, "clone");
    fossil.commit("clone", "a.txt", "text\n", &[]);
    let ask = |request: &str| {
        let mut stream = served::connect(address);
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        served::rest(&mut stream)
    };
    assert!(ask("GET /healthz HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nok\n"));
    assert!(ask("GET /fossil/project HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 405 "));
    assert!(ask(&served::post("/fossil/none", "")).starts_with("HTTP/1.0 404 "));
    assert!(ask(&served::post("/fossils/project", "")).starts_with("HTTP/1.0 404 "));
    assert!(ask(&served::post("/project", "")).starts_with("HTTP/1.0 404 "));
    let served_now = fossil.artifacts(&fossil.path("root/project.fossil"));
    assert_eq!(served_now, fossil.artifacts(&fossil.path("clone.fossil")));
}

#[test]
fn the_service_is_mounted_in_axum() {
    let fossil = Fossil::find();
    let file = fossil.path("root/project.fossil");
    let password = create(&file);
    let hosting = Hosting::new(fossil.path("root")).unwrap();
    let (tell, told) = mpsc::channel();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = thread::spawn(move || {
        served::runtime().block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            tell.send(listener.local_addr().unwrap()).unwrap();
            axum_example::run(listener, hosting, async { drop(stopped.await) }).await;
        });
    });
    let address = told.recv().unwrap();
    let url = format!("http://{address}/fossil/project");
    fossil.clone_and_open(&url, &password, "clone");
    fossil.commit("clone", "a.txt", "text\n", &[]);
    let ask = |request: &str| {
        let mut stream = served::connect(address);
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        served::rest(&mut stream)
    };
    assert!(ask("GET /healthz HTTP/1.0\r\n\r\n").ends_with("\r\n\r\nfine\n"));
    assert!(ask("GET /fossil/project HTTP/1.0\r\n\r\n").starts_with("HTTP/1.0 405 "));
    let round = ask(&served::post("/fossil/project", "# hi\n"));
    let length = served::body(&round).len().to_string();
    assert_eq!(served::header(&round, "content-length"), Some(&*length), "{round}");
    drop(stop);
    serving.join().unwrap();
    // The address is known that the artifacts came from.
    let path = file.to_str().unwrap();
    let from = "SELECT ipaddr FROM rcvfrom ORDER BY rcvid DESC LIMIT 1";
    assert_eq!(fossil.run(&["sql", "--no-repository", path, from]).trim(), "'127.0.0.1'");
    assert_eq!(fossil.artifacts(&file), fossil.artifacts(&fossil.path("clone.fossil")));
}
