//! Encrypted rounds: who proves what to whom.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod client_support;
mod support;

use std::{
    fmt::{self, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use outcrop_oracle::{Options, Stock};
use outcrop_sync::{
    CloneOptions, HttpOptions, HttpTransport, Transport as _, TransportError, clone_blocking,
    http::Identity,
};
use support::{Act, ask, echo, tls::Papers};
use tracing::{Event, Level, Metadata, Subscriber, field::Visit, span};

async fn exchange(url: &str, options: HttpOptions) -> Result<String, TransportError> {
    let transport = HttpTransport::with_options(url.parse().unwrap(), options);
    let reply = transport.exchange(ask("# hi\n")).await?;
    Ok(String::from_utf8(reply.text().to_vec()).unwrap())
}

fn trusting(papers: &Papers) -> HttpOptions {
    HttpOptions { extra_authorities: Some(papers.pem.clone()), ..HttpOptions::default() }
}

/// What is wrong with a connection.
async fn fault(url: &str, options: HttpOptions) -> String {
    let error = exchange(url, options).await.unwrap_err();
    assert!(matches!(error, TransportError::Tls { .. }), "{error}");
    assert!(!error.is_transient());
    error.to_string()
}

#[tokio::test]
async fn names_are_asked_for_and_numbers_are_not() {
    let papers = Papers::for_hosts(&["localhost", "127.0.0.1"]);
    let (server, names) = papers.serve(None, echo);
    let by_number = server.origin.replace("localhost", "127.0.0.1");
    for url in [&server.origin, &by_number] {
        assert_eq!(exchange(url, trusting(&papers)).await.unwrap(), "# hi\n");
    }
    assert_eq!(*names.lock().unwrap(), [Some("localhost".to_owned()), None]);
}

#[tokio::test]
async fn faults_of_certificates_say_what_to_do() {
    let papers = Papers::for_hosts(&["localhost"]);
    let (server, _) = papers.serve(None, echo);
    let by_number = server.origin.replace("localhost", "127.0.0.1");
    let error = fault(&by_number, trusting(&papers)).await;
    assert!(error.contains("localhost") && error.contains("not for 127.0.0.1"), "{error}");
    let error = fault(&server.origin, HttpOptions::default()).await;
    assert!(error.contains("name that authority"), "{error}");

    let old = Papers::until(&["localhost"], 2001);
    let (server, _) = old.serve(None, echo);
    let error = fault(&server.origin, trusting(&old)).await;
    assert!(error.contains("has expired"), "{error}");
}

#[tokio::test]
async fn a_server_can_be_told_who_we_are() {
    let (papers, client) = (Papers::for_hosts(&["localhost"]), Papers::for_hosts(&["alice"]));
    let (server, _) = papers.serve(Some(&client), echo);
    let as_whom = |papers: Option<&Papers>| {
        papers.map(|papers| Identity::from_pem(&papers.identity()).unwrap())
    };
    let known = HttpOptions { identity: as_whom(Some(&client)), ..trusting(&papers) };
    assert_eq!(exchange(&server.origin, known).await.unwrap(), "# hi\n");

    let error = fault(&server.origin, trusting(&papers)).await;
    assert!(error.contains("asks for a certificate of ours"), "{error}");

    let other = Papers::for_hosts(&["eve"]);
    let unknown = HttpOptions { identity: as_whom(Some(&other)), ..trusting(&papers) };
    let error = fault(&server.origin, unknown).await;
    assert!(error.contains("does not accept our certificate"), "{error}");
    assert_eq!(server.seen().len(), 1);
}

#[test]
fn any_certificate_will_do_if_that_is_wanted_and_it_is_loud() {
    let old = Papers::until(&["elsewhere"], 2001);
    let (server, _) = old.serve(None, echo);
    let options = HttpOptions { accept_any_certificate: true, ..HttpOptions::default() };
    assert!(format!("{options:?}").contains("accept_any_certificate: true"), "{options:?}");

    let heard = Heard::default();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let said = tracing::subscriber::with_default(heard.clone(), || {
        runtime.block_on(exchange(&server.origin, options))
    });
    assert_eq!(said.unwrap(), "# hi\n");
    let heard = heard.0.lock().unwrap().clone();
    assert_eq!(heard.len(), 1, "{heard:?}");
    assert!(heard[0].contains("not checked") && heard[0].contains(&server.origin), "{heard:?}");
}

/// Stock as a server that encrypts, for as long as the value lives.
struct Encrypted {
    process: Child,
    url: String,
}

impl Encrypted {
    fn start(stock: &Stock, repository: &Path, papers: &Papers) -> Self {
        stock.write("papers.pem", papers.identity());
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
        let process = Command::new(program)
            .args(["server", "--localhost", "--port", &port.to_string(), "--cert"])
            .args([&stock.path("papers.pem"), repository])
            .env("HOME", stock.path(""))
            .env("FOSSIL_HOME", stock.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "stock does not serve");
            thread::sleep(Duration::from_millis(20));
        }
        Self { process, url: format!("https://localhost:{port}/") }
    }
}

impl Drop for Encrypted {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn stock_encrypts_as_a_server_and_proves_who_it_is_as_a_client() {
    let stock = Stock::find();
    let repository = client_support::project(&stock, "origin");
    let papers = Papers::for_hosts(&["localhost"]);
    let server = Encrypted::start(&stock, &repository, &papers);

    let theirs = stock.path("theirs.fossil");
    let command = ["clone", "--no-open", "--once", "--accept-any-cert", "--proxy", "off"];
    stock.ok(&[&command[..], &[&server.url, theirs.to_str().unwrap()]].concat());
    let ours = stock.path("ours.fossil");
    let transport = HttpTransport::with_options(server.url.parse().unwrap(), trusting(&papers));
    clone_blocking(&ours, &transport, CloneOptions::new()).unwrap();
    client_support::same(&ours, &theirs, &Options::derived());

    // The one PEM file that stock takes is the one that we take.
    let client = Papers::for_hosts(&["alice"]);
    let (gate, _) = papers.serve(Some(&client), |seen| match echo(seen) {
        // Stock reads on until the server closes.
        Act::Send(reply) => Act::SendAndClose(reply),
        other => other,
    });
    stock.write("client.pem", client.identity());
    let identity = stock.path("client.pem");
    let command = ["pull", &gate.origin, "-R", repository.to_str().unwrap(), "--once"];
    let more = ["--proxy", "off", "--accept-any-cert", "--ssl-identity"];
    stock.run(&[&command[..], &more, &[identity.to_str().unwrap()]].concat());
    assert!(gate.seen()[0].head.contains("user-agent: fossil/"), "{:?}", gate.seen());
    let read = Identity::from_pem(&std::fs::read(identity).unwrap()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let known = HttpOptions { identity: Some(read), ..trusting(&papers) };
    assert_eq!(runtime.block_on(exchange(&gate.origin, known)).unwrap(), "# hi\n");
}

/// Notes what is logged as a warning.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl Subscriber for Heard {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut line = Line(String::new());
        event.record(&mut line);
        self.0.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        write!(self.0, "{}={value:?} ", field.name()).unwrap();
    }
}
