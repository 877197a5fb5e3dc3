//! `outcrop serve` with pages by the real `fossil`, and with hooks.
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
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    os::unix::fs::PermissionsExt as _,
    process::{Child, Command, Stdio},
};

use support::{Background, Fossil, outcrop, run};

/// Starts a server on a free port; gives its address too.
fn serve(args: &[&str]) -> (Background, String) {
    let mut command = outcrop(["serve", "--listen", "127.0.0.1:0", "--json"]);
    let mut child = command.args(args).stdout(Stdio::piped()).spawn().unwrap();
    let address = address(&mut child);
    (Background(child), address)
}

/// Where a server listens, as it says.
fn address(server: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let address = line["listening"].as_str().unwrap().trim_matches('/').rsplit('/').next();
    address.unwrap().to_owned()
}

fn get(address: &str, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: example.org\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn pages_are_those_of_stock_if_it_is_there() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let repository = repository.to_str().unwrap();
    let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let (server, address) = serve(&["--web", &program, repository]);
    assert!(get(&address, "/timeline").contains("two.txt"));
    assert!(get(&address, "/login").contains("type=\"password\""));
    assert!(get(&address, "/healthz").ends_with("ok\n"));
    fossil.run(["clone", &format!("http://{address}/"), "clone.fossil"]);
    assert_eq!(server.interrupt(), 0);
    let missing = run(["serve", "--web", "/no/such/fossil", "--listen", "127.0.0.1:0", repository]);
    assert_eq!((missing.code, &*missing.stdout), (1, ""));
    assert!(missing.stderr.contains("--web: cannot run /no/such/fossil"), "{}", missing.stderr);
    let alone = run(["serve", "--web-pages", "3", repository]);
    assert_eq!(alone.code, 2, "{}", alone.stderr);
}

#[test]
fn a_push_is_told_even_if_the_server_ends_at_once() {
    let fossil = Fossil::new();
    let root = fossil.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::rename(fossil.path().join(Fossil::REPOSITORY), root.join("one.fossil")).unwrap();
    let told = fossil.path().join("told");
    let hook = format!("sleep 1; cat >>'{}'", told.display());
    let (server, address) = serve(&["--on-push", &hook, root.to_str().unwrap()]);
    let url = format!("http://alice:sesame@{address}/one");
    fossil.run(["clone", "--save-http-password", &url, "clone.fossil"]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.commit(&checkout, "three.txt", "three\n");
    let id = server.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut server = server;
    assert!(server.0.wait().unwrap().success());
    let line: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(&told).unwrap()).unwrap();
    assert_eq!((&line["repository"], &line["user"]), (&"one".into(), &"alice".into()));
    assert_eq!(line["check_in_list"][0]["comment"], "three.txt");

    let bad = run(["serve", "--on-push", "http://alice:secret@:x/", root.to_str().unwrap()]);
    assert_eq!((bad.code, bad.stderr.contains("secret")), (2, false), "{}", bad.stderr);
}

#[test]
fn what_programs_complain_of_is_logged() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let stand_in = fossil.path().join("stand-in");
    let script = "#!/bin/sh\n[ \"$1\" = version ] && echo 'This is fossil version 2.21' && exit\n\
                  printf 'cannot do that\\nInjected WARN\\r line\\n' >&2; exit 1\n";
    fs::write(&stand_in, script).unwrap();
    fs::set_permissions(&stand_in, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = outcrop(["serve", "--listen", "127.0.0.1:0", "--json", "--grace", "1"]);
    command.arg("--web").arg(&stand_in).args(["--on-push", "echo 'no time' >&2; exit 3"]);
    let mut child =
        command.arg(&repository).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let address = address(&mut child);
    let answer = get(&address, "/timeline");
    assert!(answer.starts_with("HTTP/1.0 502 ") && answer.contains("its log says why"), "{answer}");
    let url = format!("http://alice:sesame@{address}/");
    fossil.run(["clone", "--save-http-password", &url, "clone.fossil"]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.commit(&checkout, "three.txt", "three\n");
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{log}");
    for words in [
        "cannot do that",
        "Injected WARN\\r line",
        "it ended before it had said anything",
        "echo says: no time",
        "a push to \"server\" was not told to echo: it ended with exit status: 3; again in 1 s",
        "since the server ends: {\"event\":\"push\",\"repository\":\"server\"",
    ] {
        assert!(log.contains(words), "{words}: {log}");
    }
}
