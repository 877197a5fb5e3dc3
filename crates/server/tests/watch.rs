//! What a server tells those who watch over it: metrics, and ids of requests.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::float_cmp,
    clippy::string_slice,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "tests say what they expect by unwrapping"
)]

#[path = "served/exposition.rs"]
mod exposition;
mod served;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use exposition::Page;
use outcrop_server::{Hosting, ListenOptions, Metrics, ServiceOptions, Site, XferService};
use outcrop_sync::{HandleError, Handled, Observer};
use served::{Fossil, PATIENCE, Served, body, create, header, post, with_header};

fn page(served: &Served) -> Page {
    let answer = served.get("/metrics");
    assert_eq!(header(&answer, "content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    Page::read(body(&answer))
}

#[test]
fn rounds_of_stock_are_counted() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    let password = create(&file);
    let metrics = Metrics::default();
    let options = ServiceOptions { metrics: metrics.clone(), ..ServiceOptions::default() };
    let rounds = XferService::new(Hosting::new(&file).unwrap(), options);
    let served = Served::start(rounds, ListenOptions { metrics, ..ListenOptions::default() });
    let before = page(&served);
    fossil.clone_and_open(&served.url(""), &password, "clone");
    fossil.commit("clone", "a.bin", vec![7; 600_000], &[]);
    fossil.attempt("", &["push", &served.url(""), "-R", "clone.fossil", "--once"]);
    served.ask(post("/", "# hi\n"));
    served.ask(post("/", "what is this\n"));
    served.ask(post("/", "").replace("-debug", "-other"));
    let after = page(&served);
    assert!(before.keys().eq(after.keys()), "no label comes from clients");
    let grown = |key: &str| after.number(key) - before.number(key);
    let rounds = |operation: &str, outcome: &str| {
        let labels = format!("{{operation=\"{operation}\",outcome=\"{outcome}\"}}");
        grown(&format!("outcrop_rounds_total{labels}"))
    };
    assert!(rounds("clone", "ok") >= 1.0 && rounds("sync", "ok") >= 1.0);
    assert_eq!((rounds("push", "refused"), rounds("ping", "ok")), (1.0, 1.0));
    assert_eq!(rounds("unknown", "failed"), 0.0);
    for (key, least) in [
        ("outcrop_artifacts_received_total", 2.0),
        ("outcrop_artifacts_sent_total", 1.0),
        ("outcrop_check_ins_linked_total", 1.0),
        ("outcrop_card_bytes_received_total", 600_000.0),
        ("outcrop_body_bytes_received_total", 600.0),
        ("outcrop_body_bytes_sent_total", 100.0),
        ("outcrop_writer_wait_seconds_count", 1.0),
        ("outcrop_round_duration_seconds_count{operation=\"clone\"}", 1.0),
        ("outcrop_connections_total", 5.0),
        ("outcrop_http_responses_total{code=\"200\"}", 5.0),
    ] {
        assert!(grown(key) >= least, "{key}: {}", grown(key));
    }
    assert_eq!(grown("outcrop_requests_refused_total{reason=\"wrong_type\"}"), 1.0);
    assert_eq!(grown("outcrop_http_responses_total{code=\"415\"}"), 1.0);
    assert_eq!(after.number("outcrop_repositories_open"), 1.0);
    // The others are closed; the server may need a moment to see that.
    let begun = Instant::now();
    while page(&served).number("outcrop_connections_open") > 1.0 {
        assert!(begun.elapsed() < PATIENCE);
        std::thread::sleep(Duration::from_millis(20));
    }
    assert_eq!(after.number("outcrop_rounds_running"), 0.0);
    let version = format!("outcrop_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"));
    assert_eq!(after.number(&version), 1.0);
    assert!(served.stop());
}

#[tokio::test]
async fn metrics_need_not_be_shown_to_everyone() {
    use http_body_util::Empty;
    use tower_service::Service as _;
    let folder = tempfile::tempdir().unwrap();
    let hosting = Hosting::new(folder.path()).unwrap();
    let rounds = XferService::new(hosting, ServiceOptions::default());
    for (shows, status) in [(true, 200), (false, 404)] {
        let mut site = Site::new(rounds.clone()).show_metrics(shows);
        for (path, status) in [("/metrics", status), ("/healthz", 200), ("/readyz", 200)] {
            let request = http::Request::get(path).body(Empty::<bytes::Bytes>::new()).unwrap();
            assert_eq!(site.call(request).await.unwrap().status(), status, "{path}");
        }
    }
    let mut probes = outcrop_server::Probes::new(rounds);
    for (method, path, status) in
        [("GET", "/metrics", 200), ("HEAD", "/healthz", 200), ("GET", "/", 404), ("POST", "/", 405)]
    {
        let request = http::Request::builder().method(method).uri(path).body(()).unwrap();
        assert_eq!(probes.call(request).await.unwrap().status(), status, "{method} {path}");
    }
}

#[test]
fn a_request_has_an_id_that_may_come_with_it() {
    let folder = tempfile::tempdir().unwrap();
    create(&folder.path().join("one.fossil"));
    let hosting = Hosting::new(folder.path()).unwrap();
    let rounds = XferService::new(hosting, ServiceOptions::default());
    let served = Served::start(rounds, ListenOptions::default());
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("traceparent: 00-{trace}-b7ad6b7169203331-01");
    for request in [post("/one", "# hi\n"), "GET /one HTTP/1.0\r\n\r\n".to_owned()] {
        let answer = served.ask(with_header(&request, &parent));
        assert_eq!(header(&answer, "x-request-id"), Some(trace));
        let ids = [(); 2].map(|()| {
            let answer = served.ask(&request);
            header(&answer, "x-request-id").unwrap().to_owned()
        });
        assert!(ids[0] != ids[1] && ids[0].len() == 32, "{ids:?}");
    }
    assert!(served.stop());
}

/// Counts the rounds that are over.
#[derive(Default)]
struct Counting(AtomicUsize);

impl Observer for Counting {
    fn handle_completed(&self, handled: Result<&Handled, &HandleError>) {
        assert!(handled.is_ok());
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn who_watches_rounds_hears_of_each_once() {
    let fossil = Fossil::find();
    let file = fossil.path("served.fossil");
    let password = create(&file);
    let counting = Arc::new(Counting::default());
    let observer: Arc<dyn Observer> = counting.clone();
    let options = ServiceOptions { observer: Some(observer), ..ServiceOptions::default() };
    let rounds = XferService::new(Hosting::new(&file).unwrap(), options);
    let served = Served::start(rounds, ListenOptions::default());
    fossil.clone_and_open(&served.url(""), &password, "clone");
    fossil.commit("clone", "a.txt", "text\n", &[]);
    let metrics = page(&served);
    let rounds = metrics.keys().filter(|key| key.starts_with("outcrop_rounds_total{"));
    let rounds: f64 = rounds.map(|key| metrics.number(key)).sum();
    assert_eq!(counting.0.load(Ordering::Relaxed), rounds as usize);
    assert!(rounds >= 3.0);
    assert!(served.stop());
}
