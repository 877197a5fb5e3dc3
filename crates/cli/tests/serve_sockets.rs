//! `outcrop serve` at other places: Unix sockets, several at a time, and what a supervisor passes on.
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

use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::{fs, io};

use support::serving::{PATIENCE, Serving, address_of, ask, connect, get, post};
use support::{Fossil, outcrop, run};

fn answers(path: &Path) -> bool {
    let stream = UnixStream::connect(path).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    ask(stream, &post("/", "", "# hi\n")).ends_with(" errors 0\n")
}

#[test]
fn several_places_are_served_and_the_socket_goes_with_the_server() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let socket = fossil.path().join("socket");
    let unix = format!("unix:{}", socket.display());
    let args = ["--listen", &unix, "--socket-mode", "600", "--listen", "127.0.0.1:0"];
    let start = || Serving::at(&[&args[..], &[repository.to_str().unwrap()]].concat());
    let (serving, line) = start();
    assert_eq!(line["listening"], unix);
    assert_eq!(line["addresses"].as_array().unwrap().len(), 2);
    assert_eq!(fs::metadata(&socket).unwrap().permissions().mode() & 0o777, 0o600);
    let address = address_of(&line["addresses"][1]);
    assert!(answers(&socket) && get(&address, "/healthz").ends_with("ok\n"));
    fossil.run(["clone", &format!("http://{address}/"), "clone.fossil"]);

    // While somebody answers there, nobody else can have the place.
    let refused = run(["serve", "--listen", &unix, repository.to_str().unwrap()]);
    assert_eq!(refused.code, 1);
    assert!(refused.stderr.contains("somebody answers there already; use --listen"), "{refused:?}");
    assert!(answers(&socket));
    // Whoever dies leaves the file behind, and the next one takes the place.
    serving.signal("-KILL");
    drop(serving);
    assert!(socket.exists());
    let (serving, _) = start();
    assert!(answers(&socket));
    assert_eq!(serving.terminate().0, 0);
    assert!(!socket.exists());

    let file = fossil.path().join("file");
    fs::write(&file, "mine").unwrap();
    let unix = format!("unix:{}", file.display());
    let refused = run(["serve", "--listen", &unix, repository.to_str().unwrap()]);
    assert!(refused.stderr.contains("a file that is no socket"), "{refused:?}");
    assert_eq!(fs::read(&file).unwrap(), b"mine");
}

/// Starts the server with sockets as systemd passes them: as descriptors 3 and 4.
fn pass(first: OwnedFd, second: Option<OwnedFd>, names: &str, args: &[&str]) -> Serving {
    let (count, moved) = match second {
        Some(_) => (2, "3<&0 4<&2 0</dev/null 2>&1"),
        None => (1, "3<&0 0</dev/null"),
    };
    let script = format!(
        "export LISTEN_FDS={count} LISTEN_PID=$$ LISTEN_FDNAMES={names}; exec \"$@\" {moved}"
    );
    let program = env!("CARGO_BIN_EXE_outcrop");
    let mut command = Command::new("sh");
    command.args(["-c", &script, "sh", program, "serve", "--json"]).args(args);
    command.stdin(first).stdout(Stdio::piped());
    command.stderr(second.map_or_else(Stdio::piped, Stdio::from));
    let mut child = command.spawn().unwrap();
    let mut lines = Vec::new();
    let stdout = child.stdout.take().unwrap();
    lines.extend(io::BufRead::lines(io::BufReader::new(stdout)).next().map(Result::unwrap));
    Serving { process: support::Background(child), lines }
}

#[test]
fn sockets_that_are_passed_on_are_served() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let repository = repository.to_str().unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap().to_string();
    let serving = pass(tcp.into(), None, "", &[repository]);
    assert!(serving.lines[0].contains(&format!("http://{address}/")), "{:?}", serving.lines);
    fossil.run(["clone", &format!("http://{address}/"), "clone.fossil"]);
    assert_eq!(serving.terminate(), (0, String::new()));

    // One that nobody serves would keep its clients waiting.
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let serving = pass(tcp.into(), None, "", &["--listen", "127.0.0.1:0", repository]);
    let (code, log) = serving.terminate();
    assert!(code == 0 && log.contains("are used: add --listen systemd"), "{log}");

    // By name: one for all, and one for those who watch.
    let path = fossil.path().join("socket");
    let unix = UnixListener::bind(&path).unwrap();
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap().to_string();
    let args = ["--metrics", "systemd:watch", repository];
    let serving = pass(unix.into(), Some(tcp.into()), "web:watch", &args);
    let line: serde_json::Value = serde_json::from_str(&serving.lines[0]).unwrap();
    assert_eq!((&line["listening"], address_of(&line["metrics"])), (&"systemd".into(), address));
    assert!(answers(&path));
    let address = address_of(&line["metrics"]);
    assert!(get(&address, "/metrics").contains("operation=\"ping\",outcome=\"ok\"} 1\n"));
    assert!(get(&address, "/").starts_with("HTTP/1.0 404 "));
    assert_eq!(serving.process.interrupt(), 0);
    // What systemd has made is for systemd to remove.
    assert!(path.exists());
}

#[test]
fn what_was_not_passed_on_is_told() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let repository = repository.to_str().unwrap();
    for place in ["systemd", "systemd:web"] {
        let failed = run(["serve", "--listen", place, repository]);
        assert_eq!(failed.code, 1);
        assert!(failed.stderr.contains("no such socket was passed on"), "{failed:?}");
    }
    // A socket of a kind that nobody can connect to.
    let datagram = UnixDatagram::unbound().unwrap();
    let mut command = Command::new("sh");
    let script = "export LISTEN_FDS=1 LISTEN_PID=$$; exec \"$@\" 3<&0 0</dev/null";
    command.args(["-c", script, "sh", env!("CARGO_BIN_EXE_outcrop"), "serve", repository]);
    let output = command.stdin(OwnedFd::from(datagram)).output().unwrap();
    let failed = support::ran(&output);
    assert_eq!(failed.code, 1);
    assert!(failed.stderr.contains("only stream sockets"), "{failed:?}");
}

#[test]
fn the_supervisor_hears_how_we_are() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let path = fossil.path().join("notify");
    let supervisor = UnixDatagram::bind(&path).unwrap();
    supervisor.set_read_timeout(Some(PATIENCE)).unwrap();
    let hear = || {
        let mut message = [0; 256];
        let len = supervisor.recv(&mut message).unwrap();
        String::from_utf8(message[..len].to_vec()).unwrap()
    };
    let mut command = outcrop(["serve", "--listen", "127.0.0.1:0"]);
    command.arg(&repository).env("NOTIFY_SOCKET", &path);
    let serving = Serving::spawn(&mut command, 1);
    assert_eq!(hear(), "READY=1\n");
    serving.signal("-HUP");
    let reloading = hear();
    let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").expect("a time");
    assert!(time.trim_end().parse::<u64>().unwrap() > 0);
    assert_eq!(hear(), "READY=1\n");
    // It goes on all the time.
    assert!(get(&serving.address(), "/healthz").ends_with("ok\n"));
    serving.ask_to_end();
    assert_eq!(hear(), "STOPPING=1\n");
    assert_eq!(serving.ended().0, 0);

    // A supervisor that is gone is no reason not to serve.
    drop(supervisor);
    let serving = Serving::spawn(&mut command, 1);
    assert!(get(&serving.address(), "/healthz").ends_with("ok\n"));
    let (code, log) = serving.terminate();
    assert_eq!(code, 0);
    assert!(log.contains("cannot tell the supervisor that we are ready"), "{log}");
}

#[test]
fn a_client_of_a_unix_socket_is_told_apart_by_a_trusted_proxy_only() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let socket = fossil.path().join("socket");
    let unix = format!("unix:{}", socket.display());
    for (trust, expected) in [(&["--trust-proxy", "unix"][..], "address=203.0.113.9"), (&[], "")] {
        let args = ["-v", "--listen", &unix, repository.to_str().unwrap()];
        let (serving, _) = Serving::at(&[trust, &args].concat());
        let stream = UnixStream::connect(&socket).unwrap();
        let header = "X-Forwarded-For: 6.6.6.6, 203.0.113.9\r\n";
        assert!(ask(stream, &post("/", header, "# hi\n")).ends_with(" errors 0\n"));
        let (code, log) = serving.terminate();
        assert_eq!(code, 0, "{log}");
        assert!(log.contains("POST \"/\" 200") && log.contains(expected), "{log}");
        assert_eq!(log.contains("address="), !expected.is_empty(), "{log}");
    }
}

#[test]
fn connections_beyond_the_limit_wait_but_those_who_watch_do_not() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let args = ["--connections", "2", "--timeout", "60", "--metrics", "127.0.0.1:0"];
    let args = [&args[..], &["--listen", "127.0.0.1:0", repository.to_str().unwrap()]].concat();
    let (serving, line) = Serving::at(&args);
    let (address, watch) = (address_of(&line["listening"]), address_of(&line["metrics"]));
    let idle = [connect(&address), connect(&address)];
    let begun = std::time::Instant::now();
    while !get(&watch, "/metrics").contains("\noutcrop_connections_open 2\n") {
        assert!(begun.elapsed() < PATIENCE);
    }
    std::thread::scope(|scope| {
        let third = scope.spawn(|| get(&address, "/healthz"));
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!third.is_finished());
        for path in ["/healthz", "/readyz"] {
            assert!(get(&watch, path).starts_with("HTTP/1.0 200 "));
        }
        drop(idle);
        assert!(third.join().unwrap().ends_with("ok\n"));
    });
    assert!(get(&address, "/metrics").starts_with("HTTP/1.0 404 "));
    assert_eq!(serving.terminate().0, 0);
}
