//! Rounds over the pipes of programs, which may behave in every way a program may.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use bytes::Bytes;
use outcrop_oracle::Stock;
use outcrop_sync::{
    Env, ProcessOptions, ProcessTransport, Request, Transport as _, TransportError, ping,
};
use outcrop_xfer::{Limits, MediaType};

fn ask(cards: &'static str) -> Request {
    Request { media: MediaType::Debug, ..Request::new(Bytes::from_static(cards.as_bytes()).into()) }
}

fn impatient() -> ProcessOptions {
    let stall = Duration::from_millis(300);
    ProcessOptions { stall, first_reply: stall, ..ProcessOptions::default() }
}

async fn exchange(command: &str, options: ProcessOptions) -> Result<Bytes, TransportError> {
    let transport = ProcessTransport::new(command, options);
    Ok(transport.exchange(ask("# hi\n")).await?.text())
}

/// A command that reads a request of `# hi` and says something.
fn saying(words: &str) -> String {
    format!(
        "while read -r line; do case $line in '# hi') printf '%b' '{words}'; break;; esac; done"
    )
}

const HEAD: &str = r"Status: 200 OK\r\nContent-Type: application/x-fossil-debug\r\n";

#[tokio::test]
async fn stock_answers_many_requests_over_one_pipe() {
    let stock = Stock::find();
    let file = stock.path("a.fossil");
    stock.ok(&["init", file.to_str().unwrap()]);
    let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let (count, home) = (stock.path("count"), stock.path(""));
    // Each start is noted.
    let command = format!(
        "export HOME={0} FOSSIL_HOME={0} SSH_CONNECTION='127.0.0.1 1 127.0.0.1 2'; echo >>{1}; \
         exec {program} test-http {2}",
        home.display(),
        count.display(),
        file.display()
    );
    let transport = ProcessTransport::new(&command, ProcessOptions::default());
    for _ in 0..3 {
        let pong = ping(&transport, Env::system(), None).await.unwrap();
        assert!(pong.version.is_some() && pong.errors.is_empty(), "{pong:?}");
    }
    assert_eq!(fs::read(&count).unwrap().len(), 1);
    let traffic = transport.traffic().unwrap();
    assert!(traffic.sent > 100 && traffic.received > 100, "{traffic:?}");

    // Without that variable it answers one, and says that it closes.
    let one = command.replace("export", "export X=");
    let transport = ProcessTransport::new(&one, ProcessOptions::default());
    for _ in 0..2 {
        ping(&transport, Env::system(), None).await.unwrap();
    }
}

#[tokio::test]
async fn a_content_type_belongs_to_a_program() {
    // Every program answers as if all requests had the content type of the first, as stock does.
    let command =
        format!("{}; sleep 15", saying(&format!("{HEAD}Content-Length: 2\\r\\n\\r\\n#\\n")));
    let transport = ProcessTransport::new(&command, impatient());
    assert_eq!(transport.exchange(ask("# hi\n")).await.unwrap().text(), "#\n");
    let other = Request { media: MediaType::Uncompressed, ..ask("# hi\n") };
    assert_eq!(transport.exchange(other).await.unwrap().text(), "#\n");
}

#[tokio::test]
async fn a_program_that_has_ended_is_started_again() {
    let words = format!("{HEAD}Content-Length: 2\\r\\n\\r\\n#\\n");
    let transport = ProcessTransport::new(&saying(&words), ProcessOptions::default());
    for _ in 0..3 {
        assert_eq!(transport.exchange(ask("# hi\n")).await.unwrap().text(), "#\n");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn replies_without_a_length_go_on_to_the_end() {
    let command = saying(&format!("hello\\n\\n{HEAD}\\r\\n# one\\n# two\\n"));
    assert_eq!(exchange(&command, impatient()).await.unwrap(), "# one\n# two\n");
}

#[tokio::test]
async fn programs_that_fail_are_told_with_their_last_words() {
    for (command, words) in [
        (
            "echo no such repository >&2; exit 3",
            ["it ended (exit status: 3)", "no such repository"],
        ),
        ("/no/such/program", ["exit status: 127", "not found"]),
        ("kill -9 $$", ["signal: 9", "before it replied"]),
        (
            "cat >/dev/null & echo Hello there; exit 1",
            ["no HTTP: \"Hello there\"", "exit status: 1"],
        ),
        ("exec >&-; sleep 15", ["it closed its output", "before it replied"]),
    ] {
        let error = exchange(command, ProcessOptions::default()).await.unwrap_err();
        assert!(matches!(error, TransportError::Program { .. }), "{error}");
        let said = error.to_string();
        assert!(words.iter().all(|words| said.contains(words)), "{said}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn a_program_that_breaks_off_is_worth_a_retry() {
    for words in [
        format!("{HEAD}Content-Length: 9\\r\\n\\r\\n#\\n"),
        HEAD.to_owned(),
        format!("{HEAD}Content-Length: nine\\r\\n\\r\\n#\\n"),
        format!("{HEAD}Transfer-Encoding: chunked\\r\\n\\r\\n0\\r\\n\\r\\n"),
    ] {
        let error = exchange(&saying(&words), impatient()).await.unwrap_err();
        assert!(matches!(error, TransportError::Interrupted { .. }), "{error}");
        assert!(error.is_transient());
    }
    // Also one that has answered before.
    let once = format!("{HEAD}Content-Length: 2\\r\\n\\r\\n#\\n");
    let command = format!("{}; head -c 50 >/dev/null; echo bye >&2; exit 4", saying(&once));
    let transport = ProcessTransport::new(&command, ProcessOptions::default());
    transport.exchange(ask("# hi\n")).await.unwrap();
    let error = transport.exchange(ask("# hi\n")).await.unwrap_err();
    assert!(matches!(error, TransportError::Interrupted { .. }), "{error}");
    assert!(error.to_string().contains("exit status: 4") && error.to_string().contains("bye"));
}

#[tokio::test]
async fn silence_is_a_stall() {
    let cut = format!("{}; sleep 15", saying(&format!("{HEAD}Content-Length: 9\\r\\n\\r\\n#")));
    for command in ["sleep 600", "cat >/dev/null; sleep 15", "yes no >&2", &cut] {
        let error = exchange(command, impatient()).await.unwrap_err();
        assert!(matches!(error, TransportError::Stalled { .. }), "{command}: {error}");
    }
    // The first reply may take its time.
    let late = format!("sleep 1; {}", saying(&format!("{HEAD}Content-Length: 2\\r\\n\\r\\n#\\n")));
    let options = ProcessOptions { first_reply: Duration::from_mins(1), ..impatient() };
    assert_eq!(exchange(&late, options).await.unwrap(), "#\n");
}

#[tokio::test]
async fn floods_are_dammed() {
    let limits = Limits { message: 1000, ..Limits::default() };
    let options = || ProcessOptions { limits, ..impatient() };
    let long = format!("{HEAD}Content-Length: 1001\\r\\n\\r\\n");
    for command in [saying(&long), format!("{}; yes", saying(&format!("{HEAD}\\r\\n")))] {
        let error = exchange(&command, options()).await.unwrap_err();
        assert!(matches!(error, TransportError::TooLarge { limit: 1000, .. }), "{error}");
    }
    let started = Instant::now();
    let error = exchange("yes", options()).await.unwrap_err();
    assert!(matches!(error, TransportError::Program { .. }), "{error}");
    assert!(error.to_string().contains("no HTTP: \"y y y"), "{error}");
    assert!(started.elapsed() < Duration::from_secs(20));
}

#[tokio::test]
async fn other_replies_are_quoted() {
    for (head, words) in [
        ("HTTP/1.0 404 Not Found\\r\\nContent-Type: text/html\\r\\n", "status 404"),
        ("Status: 301 Moved\\r\\nLocation: /x\\r\\n", "status 301"),
        ("Status: 200 OK\\r\\nContent-Type: text/html\\r\\n", "with text/html"),
        ("Status: 200 OK\\r\\n", "no content type"),
    ] {
        let page = format!("{head}Content-Length: 12\\r\\n\\r\\n<b>Sorry</b>");
        let error = exchange(&saying(&page), impatient()).await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains(words) && said.contains("\"Sorry\""), "{said}");
    }
}

#[tokio::test]
#[cfg(target_os = "linux")]
async fn whoever_gives_up_leaves_no_program_behind() {
    let folder = tempfile::tempdir().unwrap();
    let pid = folder.path().join("pid");
    let command = format!("echo $$ >{}; exec sleep 600", pid.display());
    let transport = ProcessTransport::new(&command, ProcessOptions::default());
    let waited = tokio::time::timeout(Duration::from_millis(500), transport.exchange(ask("")));
    assert!(waited.await.is_err());
    let pid = fs::read_to_string(pid).unwrap();
    let process = Path::new("/proc").join(pid.trim());
    let started = Instant::now();
    while process.exists() {
        assert!(started.elapsed() < Duration::from_secs(10), "{} lives on", process.display());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
