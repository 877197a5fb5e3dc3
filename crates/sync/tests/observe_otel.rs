//! What OpenTelemetry is told, as a collector receives it: an OTLP receiver in this process.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

#[path = "observe_support/collector.rs"]
mod collector;
mod observe_support;
mod support;

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use collector::{Collector, Span};
use observe_support::{Faulty, PASSWORD, PROJECT, Scene, pulling, status, unreachable};
use opentelemetry::Context;
use opentelemetry::trace::{Span as _, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry_sdk::trace::SdkTracerProvider;
use outcrop_repo::Repo;
use outcrop_repo::config::Areas;
use outcrop_sync::{
    Account, CloneOptions, Counts, HandleOptions, HttpTransport, MemoryTransport, Observer as _,
    Otel, Otlp, OtlpError, ReplayTransport, Request, Retry, SyncOptions, TraceParent, Traffic,
    Unversioned, clone_blocking, handle_sync, sync_blocking,
};
use outcrop_xfer::Limits;
use outcrop_xfer::login::{Login, Secret};
use support::{Act, Server, reply};

/// Kinds of spans, as the protocol numbers them.
const INTERNAL: i32 = 1;
const SERVER: i32 = 2;
const CLIENT: i32 = 3;

const SOON: Retry =
    Retry { attempts: 3, wait: Duration::from_millis(2), budget: Duration::from_secs(9) };

fn started(collector: &Collector, service: &str) -> Otlp {
    Otlp::start(collector.endpoint(), service).unwrap()
}

fn handling(observer: Otel) -> HandleOptions<'static> {
    let address = Some("10.1.2.3".to_owned());
    HandleOptions { observer: Arc::new(observer), address, ..HandleOptions::default() }
}

/// Serves a repository over HTTP, and tells an observer.
fn serve(repo: Repo, observer: Otel) -> Server {
    let media = "application/x-fossil";
    Server::start(move |seen| {
        let body = Bytes::copy_from_slice(&seen.body);
        let request = Request::from_body(media.parse().unwrap(), body, None, &Limits::default());
        let header = seen.head.lines().find_map(|line| line.strip_prefix("traceparent: "));
        let trace_parent = header.map(|value| value.parse::<TraceParent>().unwrap());
        let request = Request { trace_parent, ..request.unwrap() };
        let answer = handle_sync(&repo, request, &handling(observer.clone())).unwrap();
        Act::Send(reply("200 OK", media, &answer.into_body().unwrap().to_vec()))
    })
}

fn signed(password: &str, cards: &str) -> Request {
    let secret = Secret::new(PROJECT, "dev", password);
    let signed = Login::sign("dev", &secret, [cards.as_bytes()]).unwrap();
    let login = Login { user: signed.user.into_owned(), ..signed };
    Request { login: Some(login), ..Request::new(Bytes::copy_from_slice(cards.as_bytes()).into()) }
}

/// The one span that is below another.
#[track_caller]
fn child<'s>(spans: &'s [Span], of: &Span) -> &'s Span {
    let mut below = spans.iter().filter(|span| span.parent == of.id);
    let found = below.next().unwrap_or_else(|| panic!("nothing below {of:?}"));
    assert!(below.next().is_none() && found.trace == of.trace);
    found
}

#[test]
fn client_and_server_are_one_trace() {
    let scene = Scene::new(2);
    let collector = Collector::start();
    let (ours, theirs) = (started(&collector, "a client"), started(&collector, "a server"));
    let server = serve(scene.server.clone(), theirs.observer());
    let transport = HttpTransport::new(&format!("{}/project?x", server.origin)).unwrap();
    let done = sync_blocking(&scene.client, &transport, pulling(ours.observer())).unwrap();
    ours.shutdown().unwrap();
    theirs.shutdown().unwrap();

    let session = collector.only("outcrop.session");
    assert_eq!((session.kind, session.parent.len(), session.is_error), (INTERNAL, 0, false));
    assert_eq!((session.service.as_str(), session.scope.as_str()), ("a client", "outcrop"));
    assert_eq!((session.get("outcrop.operation"), session.get("outcrop.received")), ("pull", "2"));
    assert_eq!(session.get("outcrop.rounds"), "2");
    assert_eq!(session.get("outcrop.bytes_received"), done.total.bytes_received.to_string());
    assert!(session.get("outcrop.repository").ends_with("client.fossil"));
    assert!(!session.attributes.contains_key("outcrop.sent"));

    let requests = collector.named("outcrop.request");
    let mut rounds = collector.named("outcrop.round");
    rounds.sort_by_key(|round| round.get("outcrop.round").to_owned());
    assert_eq!((rounds.len(), requests.len(), collector.spans().len()), (2, 2, 5));
    let port = server.origin.rsplit(':').next().unwrap();
    for (round, number) in rounds.iter().zip(["1", "2"]) {
        assert_eq!((&round.parent, &round.trace), (&session.id, &session.trace));
        assert_eq!((round.kind, round.get("outcrop.round")), (CLIENT, number));
        assert_eq!((round.get("server.address"), round.get("server.port")), ("127.0.0.1", port));
        assert_eq!(round.get("url.full"), format!("{}/project", server.origin));
        let request = child(&requests, round);
        assert_eq!((request.kind, request.service.as_str()), (SERVER, "a server"));
        assert_eq!(request.get("client.address"), "10.1.2.3");
        assert_eq!(request.get("outcrop.operation"), "pull");
        assert_eq!(request.get("outcrop.wrote"), "false");
        assert_eq!(request.get("outcrop.bytes_sent"), round.get("outcrop.bytes_received"));
    }
    assert_eq!(child(&requests, &rounds[1]).get("outcrop.sent"), "2");
    what_was_measured_is_what_has_moved(&collector, &done.total);
}

fn what_was_measured_is_what_has_moved(collector: &Collector, total: &Counts) {
    let (bytes_received, bytes_sent) = (total.bytes_received, total.bytes_sent);
    let Traffic { sent, received } = total.traffic.unwrap();
    let pull = ("outcrop.operation", "pull");
    let [come, gone] = ["receive", "transmit"].map(|way| [("network.io.direction", way), pull]);
    for (metric, about, value) in [
        ("outcrop.client.sessions", &[pull][..], 1),
        ("outcrop.client.rounds", &[pull], 2),
        ("outcrop.client.round.duration", &[pull], 2),
        ("outcrop.client.artifacts", &come, 2),
        ("outcrop.client.io", &come, bytes_received),
        ("outcrop.client.io", &gone, bytes_sent),
        ("outcrop.client.network.io", &come, received),
        ("outcrop.client.network.io", &gone, sent),
    ] {
        assert_eq!(collector.value(metric, about), value, "{metric}");
    }
    for (metric, about, value) in [
        ("outcrop.server.rounds", &[pull][..], 2),
        ("outcrop.server.round.duration", &[pull], 2),
        ("outcrop.server.artifacts", &gone, 2),
        ("outcrop.server.io", &gone, bytes_received),
        ("outcrop.server.io", &come, bytes_sent),
    ] {
        assert_eq!(collector.value(metric, about), value, "{metric}");
    }
    for point in collector.points() {
        let unit = match point.metric.rsplit('.').next().unwrap() {
            "duration" => "s",
            "io" => "By",
            "artifacts" => "{artifact}",
            "sessions" => "{session}",
            "rounds" => "{round}",
            other => panic!("{other}"),
        };
        assert_eq!(point.unit, unit, "{point:?}");
    }
}

#[test]
fn what_is_not_shut_down_is_sent_when_it_is_dropped() {
    let scene = Scene::new(0);
    let collector = Collector::start();
    let otlp = started(&collector, "outcrop");
    let options = pulling(otlp.observer());
    sync_blocking(&scene.client, &scene.transport(), options.clone()).unwrap();
    drop(otlp);
    assert_eq!(collector.named("outcrop.session").len(), 1);
    // An observer that is left over does no harm.
    sync_blocking(&scene.client, &scene.transport(), options).unwrap();
    assert_eq!(collector.named("outcrop.session").len(), 1);
}

#[test]
fn a_session_is_part_of_what_it_is_begun_in() {
    let scene = Scene::new(0);
    let (collector, meters) = (Collector::start(), opentelemetry::global::meter_provider());
    let otlp = started(&collector, "theirs");
    // An application's own provider, which hands on nothing: only its identity counts here.
    let own = SdkTracerProvider::default();
    let span = own.tracer("app").start("work");
    let (trace, id) = (span.span_context().trace_id(), span.span_context().span_id());
    let work = Context::current_with_span(span);
    let _inside = work.attach();
    sync_blocking(&scene.client, &scene.transport(), pulling(otlp.observer())).unwrap();
    let memory = MemoryTransport::new(scene.server.clone(), handling(otlp.observer()));
    sync_blocking(&scene.client, &memory, pulling(Otel::new(&own, &*meters))).unwrap();
    otlp.shutdown().unwrap();
    let session = collector.only("outcrop.session");
    assert_eq!(session.trace, trace.to_bytes());
    assert_eq!(session.parent, id.to_bytes());
    // The requests of the other session were sampled by that provider, and so are the answers.
    let requests = collector.named("outcrop.request");
    assert!(!requests.is_empty() && requests.iter().all(|span| span.trace == trace.to_bytes()));
}

#[test]
fn a_session_within_a_session_is_part_of_that() {
    let (scene, inner) = (Scene::new(1), Scene::new(0));
    let collector = Collector::start();
    let otlp = started(&collector, "outcrop");
    let own = otlp.observer().for_one().unwrap();
    let options = SyncOptions { observer: own, ..SyncOptions::pull() };
    let within = options.clone();
    let server = Faulty::new(scene.transport(), move |number| {
        if number == 1 {
            sync_blocking(&inner.client, &inner.transport(), within.clone()).unwrap();
        }
        None
    });
    sync_blocking(&scene.client, &server, options).unwrap();
    otlp.shutdown().unwrap();
    // The inner one ends first.
    let [inner, outer] = &collector.named("outcrop.session")[..] else { panic!() };
    assert_eq!((outer.parent.len(), &inner.parent, &inner.trace), (0, &outer.id, &outer.trace));
    assert_eq!((outer.get("outcrop.rounds"), inner.get("outcrop.rounds")), ("2", "1"));
    let rounds = collector.named("outcrop.round");
    assert_eq!(rounds.iter().filter(|round| round.parent == inner.id).count(), 1);
    assert_eq!(rounds.iter().filter(|round| round.parent == outer.id).count(), 2);
}

#[test]
fn what_fails_is_an_error() {
    let scene = Scene::new(1);
    let collector = Collector::start();
    let otlp = started(&collector, "outcrop");
    let options = || SyncOptions { retry: SOON, ..pulling(otlp.observer()) };
    let flaky = Faulty::new(scene.transport(), |number| (number == 1).then(|| status(503)));
    sync_blocking(&scene.client, &flaky, options()).unwrap();
    let dead = Faulty::new(scene.transport(), |_| Some(unreachable()));
    let mut cloning = CloneOptions::new();
    cloning.sync = options();
    clone_blocking(scene.path("clone"), &dead, cloning).unwrap_err();
    let server = ReplayTransport::new(["message mind\\sit\nerror not\\sfor\\syou\n"]);
    let both = SyncOptions { push: true, ..options() };
    sync_blocking(&scene.client, &server, both).unwrap_err();
    otlp.shutdown().unwrap();

    let sessions = collector.named("outcrop.session");
    let rounds = collector.named("outcrop.round");
    let session = |operation: &str| {
        let of = |span: &&Span| span.get("outcrop.operation") == operation;
        (sessions.iter().find(of).unwrap(), rounds.iter().rfind(of).unwrap())
    };
    let (pull, _) = session("pull");
    assert!(!pull.is_error && pull.get("outcrop.received") == "1");
    let first = rounds.iter().find(|round| round.parent == pull.id).unwrap();
    let retried = first.event("no reply, trying again");
    assert_eq!((retried["error.type"].as_str(), first.is_error), ("status", false));
    assert_eq!(retried["http.response.status_code"], "503");

    let (clone, round) = session("clone");
    for span in [clone, round] {
        assert!(span.is_error && span.words.contains("connection refused"), "{span:?}");
        assert_eq!(span.get("error.type"), "unreachable");
    }
    assert!(clone.event("exception")["exception.message"].contains("connection refused"));
    assert_eq!(round.events.len(), 2, "{round:?}");

    let (sync, round) = session("sync");
    for span in [sync, round] {
        assert_eq!((span.get("error.type"), span.is_error), ("refused", true));
        assert_eq!(span.words, "the server refuses: not for you");
    }
    assert_eq!(round.event("the server says")["outcrop.words"], "mind it");
    assert!(round.attributes.contains_key("outcrop.bytes_received"));

    let of = |operation, error| [("error.type", error), ("outcrop.operation", operation)];
    let value = |metric: &str, about: &[_]| collector.value(metric, about);
    assert_eq!(value("outcrop.client.retries", &of("pull", "status")), 1);
    assert_eq!(value("outcrop.client.retries", &of("clone", "unreachable")), 2);
    for of in [of("clone", "unreachable"), of("sync", "refused")] {
        for metric in ["sessions", "errors", "rounds", "round.duration"] {
            assert_eq!(value(&format!("outcrop.client.{metric}"), &of), 1);
        }
    }
}

#[test]
fn requests_that_are_refused_or_have_no_answer() {
    let scene = Scene::new(0);
    let collector = Collector::start();
    let otlp = started(&collector, "outcrop");
    let ask = |request| handle_sync(&scene.server, request, &handling(otlp.observer()));
    ask(signed("wrong", "pull 0 0\n")).unwrap();
    ask(signed(PASSWORD, &format!("push 0 {PROJECT}\nquarry\n"))).unwrap();
    // A client whose trace is not recorded is not traced here either, but counted.
    let parent = TraceParent::new([1; 16], [2; 8], false);
    ask(Request { trace_parent: parent, ..signed(PASSWORD, "# hello\n") }).unwrap();
    let tx = scene.server.write().unwrap();
    tx.unset_setting("project-code").unwrap();
    tx.commit().unwrap();
    ask(signed(PASSWORD, "pull 0 0\n")).unwrap_err();
    otlp.shutdown().unwrap();

    let [login, refused, failed] = &collector.named("outcrop.request")[..] else {
        panic!("{:?}", collector.spans())
    };
    assert_eq!((login.get("error.type"), login.is_error), ("login_failed", false));
    assert_eq!((refused.get("error.type"), refused.is_error), ("refused", false));
    assert_eq!(refused.get("outcrop.refusal"), "bad command: quarry");
    assert_eq!(refused.get("user.name"), "dev");
    assert_eq!((failed.get("error.type"), failed.is_error), ("no_project_code", true));
    failed.event("exception");
    let of = |operation, error| [("error.type", error), ("outcrop.operation", operation)];
    for (operation, error) in
        [("ping", "login_failed"), ("push", "refused"), ("unknown", "no_project_code")]
    {
        for metric in ["rounds", "round.duration", "errors"] {
            let metric = format!("outcrop.server.{metric}");
            assert_eq!(collector.value(&metric, &of(operation, error)), 1, "{metric}");
        }
    }
    assert_eq!(collector.value("outcrop.server.rounds", &[("outcrop.operation", "ping")]), 1);
}

#[test]
fn no_secret_is_ever_told() {
    let scene = Scene::new(1);
    let collector = Collector::start();
    let otlp = started(&collector, "outcrop");
    let url = |server: &Server| server.origin.replace("//", &format!("//dev:{PASSWORD}@"));
    let server = serve(scene.server.clone(), otlp.observer());
    let transport = HttpTransport::new(&(url(&server) + "/p?token=hush")).unwrap();
    let everything = SyncOptions {
        push: true,
        private: true,
        unversioned: Unversioned::Sync,
        config_pull: Areas::ALL,
        ..pulling(otlp.observer()).with_account(Account::new("dev", PASSWORD))
    };
    sync_blocking(&scene.client, &transport, everything.clone()).unwrap();
    let cloning = CloneOptions { sync: everything.clone(), ..CloneOptions::new() };
    clone_blocking(scene.path("clone"), &transport, cloning).unwrap();
    let wrong = everything.with_account(Account::new("dev", "hush-hush"));
    sync_blocking(&scene.client, &transport, wrong).unwrap_err();
    let bad = Bytes::from_static(b"login dev 5e4e70 51641641 and more words than it may have\n");
    handle_sync(&scene.server, Request::new(bad.into()), &handling(otlp.observer())).unwrap();
    otlp.shutdown().unwrap();
    let text = collector.everything();
    assert!(text.contains("login_failed") && text.contains("user.name"));
    for hidden in [PASSWORD, "hush", "5e4e70", "51641641"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

#[test]
fn a_collector_that_is_down_costs_nothing() {
    let scene = Scene::new(1);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let otlp = Otlp::start(&format!("http://{nobody}"), "outcrop").unwrap();
    sync_blocking(&scene.client, &scene.transport(), pulling(otlp.observer())).unwrap();
    let error = otlp.shutdown().unwrap_err();
    assert!(error.to_string().contains("check the address"), "{error}");

    let full = Collector::start_with(|_| Act::Send(reply("507 Full", "text/plain", b"no")));
    let otlp = started(&full, "outcrop");
    sync_blocking(&scene.client, &scene.transport(), pulling(otlp.observer())).unwrap();
    let error = otlp.shutdown().unwrap_err();
    assert!(matches!(&error, OtlpError::Undelivered { reason, .. } if reason.contains("507")));
}

#[test]
fn a_collector_that_hangs_is_waited_for_at_the_end_and_not_for_long() {
    let scene = Scene::new(1);
    let silent = Collector::start_with(|_| Act::Hang);
    let otlp = started(&silent, "outcrop");
    let begun = Instant::now();
    sync_blocking(&scene.client, &scene.transport(), pulling(otlp.observer())).unwrap();
    assert!(begun.elapsed() < Duration::from_secs(2), "a round has waited");
    assert!(matches!(otlp.shutdown(), Err(OtlpError::Undelivered { .. })));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
}

#[test]
fn addresses_that_are_none() {
    for bad in ["", "localhost:4318", "ftp://x", "http://"] {
        assert!(matches!(Otlp::start(bad, "x"), Err(OtlpError::Endpoint(_))), "{bad}");
    }
    let error = Otlp::start("http://a:hush@localhost:4318", "x").unwrap_err();
    assert!(
        matches!(error, OtlpError::Credentials) && !format!("{error} {error:?}").contains("hush")
    );
    let otlp = Otlp::start("http://localhost:4318/base/", "x").unwrap();
    assert!(format!("{otlp:?}").contains("http://localhost:4318/base\""), "{otlp:?}");
}
