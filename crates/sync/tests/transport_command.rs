//! Rounds through an external command, which stock runs as we do.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod client_support;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use bytes::Bytes;
use client_support::{account, commit, open, project, same};
use outcrop_oracle::{Options, Stock};

use outcrop_sync::{
    Address, CloneOptions, CommandTransport, ProcessOptions, Request, SyncOptions, Transport as _,
    TransportError, clone_blocking, sync_blocking,
};
use outcrop_xfer::Limits;

const URL: &str = "http://writer:writer-pw@example.org:8080/p/q";

/// A command that notes its arguments and takes messages to a repository.
fn command(stock: &Stock, repository: &Path) -> String {
    let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let script = format!(
        "#!/bin/sh\n\
         echo \"$#:$1\" >>{home}/arguments\n\
         head -n 1 \"$2\" >>{home}/first\n\
         echo this is said aloud\n\
         length=$(wc -c <\"$2\" | tr -d ' ')\n\
         {{ printf 'POST / HTTP/1.0\\r\\nContent-Type: application/x-fossil-uncompressed\\r\\n'\n\
         printf 'Content-Length: %s\\r\\n\\r\\n' \"$length\"; cat \"$2\"; }} |\n\
         FOSSIL_HOME={home} {program} http --nossl {repository} |\n\
         LC_ALL=C sed '1,/^\\r$/d' >\"$3\"\n",
        home = stock.path("").display(),
        repository = repository.display(),
    );
    stock.write("command", script);
    let path = stock.path("command");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

fn lines(stock: &Stock, name: &str) -> Vec<String> {
    let text = fs::read_to_string(stock.path(name)).unwrap();
    fs::remove_file(stock.path(name)).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn transport(command: &str, options: ProcessOptions) -> CommandTransport {
    let address: Address = URL.parse().unwrap();
    CommandTransport::new(command, &address, options)
}

#[test]
fn a_command_serves_stock_and_us_alike() {
    let stock = Stock::find();
    let repository = project(&stock, "origin");
    let command = command(&stock, &repository);
    let theirs = stock.path("theirs.fossil");
    let arguments = ["clone", "--no-open", "--once", "--transport-command", &command, URL];
    stock.ok(&[&arguments[..], &[theirs.to_str().unwrap()]].concat());
    let of_stock = (lines(&stock, "arguments"), lines(&stock, "first"));

    let ours = stock.path("ours.fossil");
    let server = transport(&command, ProcessOptions::default());
    let options = CloneOptions::new().with_account(account("writer"));
    let (repo, done) = clone_blocking(&ours, &server, options).unwrap();
    let of_ours = (lines(&stock, "arguments"), lines(&stock, "first"));
    same(&ours, &theirs, &Options::derived());

    // The same arguments, and the first message of a clone begins in the same way.
    assert_eq!(of_stock.0[0], format!("3:{URL}"));
    assert_eq!(of_ours.0[0], of_stock.0[0]);
    let first_word = |line: &str| line.split(' ').next().map(str::to_owned);
    assert_eq!(first_word(&of_ours.1[0]), first_word(&of_stock.1[0]));
    assert!(done.sync.total.traffic.unwrap().received > 1000, "{done:?}");

    // Later messages hold the login, so that the command need not know how to make one.
    let checkout = open(&stock, &ours, "checkout");
    stock.write("checkout/new", "new");
    stock.ok_in(&checkout, &["user", "default", "writer"]);
    commit(&stock, &checkout, "new", &["--user-override", "writer"]);
    let options = SyncOptions::push().with_account(account("writer"));
    let done = sync_blocking(&repo, &server, options).unwrap();
    assert!(done.total.sent >= 2, "{done:?}");
    assert!(lines(&stock, "first")[0].starts_with("login writer "));
}

fn alive(pid: &str) -> bool {
    Command::new("kill").args(["-0", pid]).stderr(Stdio::null()).status().unwrap().success()
}

/// What comes of one message.
async fn exchange(command: &str, options: ProcessOptions) -> Result<Bytes, TransportError> {
    let request = Request::new(Bytes::from_static(b"# hi\n").into());
    Ok(transport(command, options).exchange(request).await?.text())
}

/// A command that does something with `$1`, `$2` and `$3`.
fn does(what: &str) -> String {
    format!("it() {{ {what}; }}; it")
}

#[tokio::test]
async fn messages_are_plain_and_replies_may_be_empty() {
    let options = ProcessOptions::default;
    assert_eq!(exchange(&does("cat $2 >$3"), options()).await.unwrap(), "# hi\n");
    assert_eq!(exchange(&does("mv $2 $3"), options()).await.unwrap(), "# hi\n");
    assert_eq!(exchange("true", options()).await.unwrap(), "");
}

#[tokio::test]
async fn commands_that_fail_are_told_without_the_password() {
    for (what, words) in [
        ("echo no luck >&2; return 3", ["exit status: 3", "no luck"]),
        ("kill -9 $$", ["signal: 9", "it ended"]),
        ("/no/such/command", ["exit status: 127", "not found"]),
    ] {
        let error = exchange(&does(what), ProcessOptions::default()).await.unwrap_err();
        assert!(matches!(error, TransportError::Program { .. }), "{error}");
        let said = format!("{error} {error:?}");
        assert!(words.iter().all(|words| said.contains(words)), "{said}");
        assert!(!said.contains("writer-pw"), "{said}");
    }
    let shown = format!("{:?}", transport("true", ProcessOptions::default()));
    assert!(!shown.contains("writer-pw"), "{shown}");
}

#[tokio::test]
async fn commands_end_in_time_and_within_bounds() {
    let started = Instant::now();
    let limits = Limits { message: 1000, ..Limits::default() };
    let limited = || ProcessOptions {
        command: Duration::from_millis(300),
        limits,
        ..ProcessOptions::default()
    };
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    let what = format!("sleep 600 & echo $! >{}; wait", note.display());
    let error = exchange(&does(&what), limited()).await.unwrap_err();
    assert!(matches!(error, TransportError::Stalled { .. }), "{error}");
    // What the command has started ends with it.
    let pid = fs::read_to_string(note).unwrap();
    while alive(pid.trim()) {
        assert!(started.elapsed() < Duration::from_secs(10), "{pid} lives on");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let patient = ProcessOptions { command: Duration::from_mins(1), ..limited() };
    for what in ["yes >$3; true", "head -c 1001 /dev/zero >$3"] {
        let error = exchange(&does(what), patient.clone()).await.unwrap_err();
        assert!(matches!(error, TransportError::TooLarge { limit: 1000, .. }), "{error}");
    }
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test]
async fn files_of_messages_are_gone_afterwards_and_nobody_elses_before() {
    let folder = tempfile::tempdir().unwrap();
    let note = folder.path().join("note");
    let what = format!("ls -ld $(dirname $2) >{}; dirname $2 >>{}", note.display(), note.display());
    exchange(&does(&what), ProcessOptions::default()).await.unwrap();
    let note = fs::read_to_string(note).unwrap();
    let mut lines = note.lines();
    assert!(lines.next().unwrap().starts_with("drwx------"), "{note}");
    assert!(!Path::new(lines.next().unwrap()).exists(), "{note}");
}
