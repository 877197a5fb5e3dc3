//! What `outcrop serve` tells those who run it: logs, metrics, and who was let in.
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

use serde_json::Value;
use support::serving::{Serving, address_of, ask, connect, get, post};
use support::{Fossil, outcrop, run};

/// The lines of a log that are about something.
fn about<'a>(log: &'a [Value], words: &str) -> Vec<&'a Value> {
    log.iter().filter(|line| line["message"].as_str().unwrap().contains(words)).collect()
}

#[test]
fn a_log_in_json_is_one_object_a_line() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let args = ["--log-format", "json", "--log-level", "info", "--listen", "127.0.0.1:0"];
    let (serving, line) = Serving::at(&[&args[..], &[repository.to_str().unwrap()]].concat());
    let address = address_of(&line["listening"]);
    fossil.run(["clone", &format!("http://alice:sesame@{address}/"), "clone.fossil"]);
    let code = fossil.project_code();
    let trace = "0af7651916cd43dd8448eb211c80319c";
    let parent = format!("traceparent: 00-{trace}-b7ad6b7169203331-01\r\n");
    ask(connect(&address), &post("/", &parent, &format!("push 0 {code}\n")));
    ask(connect(&address), &post("/", "", &format!("pull 0 {code}\npush 0 {code}\n")));
    ask(connect(&address), &post("/a%0ab\"c", "", "what\u{7} is this\n"));
    get(&address, "/healthz");
    let (exit, stderr) = serving.terminate();
    assert_eq!(exit, 0, "{stderr}");
    let log: Vec<Value> = stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(log.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()));

    let clone = about(&log, "clone allowed");
    assert!(!clone.is_empty() && clone[0]["repository"].as_str().unwrap().ends_with(".fossil"));
    let refused = about(&log, "push refused");
    assert_eq!(refused.len(), 1);
    assert_eq!(refused[0]["words"], "not authorized to write");
    assert_eq!(
        (&refused[0]["user"], &refused[0]["address"]),
        (&"\"nobody\"".into(), &"127.0.0.1".into())
    );
    let in_part = about(&log, "sync allowed in part");
    assert_eq!(in_part[0]["words"], "pull only - not authorized to push");
    // Both lines about one request have its id.
    let with_id: Vec<_> = log.iter().filter(|line| line["span"]["id"] == trace).collect();
    assert_eq!(with_id.len(), 2, "{with_id:?}");
    assert_eq!(with_id[1]["message"], "POST \"/\" 200");
    assert!(with_id[1]["received"].as_u64().unwrap() > 40);
    assert!(about(&log, "healthz").is_empty(), "probes are logged at debug");
    // Nothing of the login is there.
    assert!(!stderr.contains("sesame"));
}

#[test]
fn a_server_that_cannot_start_says_so_in_the_form_of_its_log() {
    let failed = run(["serve", "--log-format", "json", "--listen", "127.0.0.1:0", "/nowhere"]);
    assert_eq!(failed.code, 1);
    let line: Value = serde_json::from_str(&failed.stderr).unwrap();
    assert!(line["error"].as_str().unwrap().contains("/nowhere"), "{line}");
}

#[test]
fn who_was_refused_is_logged_and_levels_are_obeyed() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let repository = repository.to_str().unwrap();
    for (args, access, failures) in [
        (&["-v"][..], true, true),
        (&[], false, true),
        (&["-q"], false, false),
        (&["--log-level", "debug"], true, true),
        (&["--log-level", "off", "-v"], false, false),
    ] {
        let at = ["--listen", "127.0.0.1:0", repository];
        let (serving, line) = Serving::at(&[args, &at].concat());
        let address = address_of(&line["listening"]);
        let url = format!("http://alice:wrong-word@{address}/");
        let name = format!("clone{}.fossil", args.concat());
        fossil.run(["clone", &format!("http://{address}/"), &name]);
        let pulled = fossil.attempt(["pull", &url, "--once", "-R", &name]);
        assert!(pulled.stdout.contains("login failed"), "{pulled:?}");
        let (exit, log) = serving.terminate();
        assert_eq!(exit, 0);
        assert_eq!(log.contains("POST \"/\" 200"), access, "{args:?}: {log}");
        let failed = log.lines().find(|line| line.contains("refused: login failed"));
        assert_eq!(failed.is_some(), failures, "{args:?}: {log}");
        if let Some(failed) = failed {
            assert!(failed.contains("WARN") && failed.contains("user=\"alice\""), "{failed}");
            assert!(failed.contains("address=127.0.0.1 ") && failed.contains("id="), "{failed}");
        }
        assert!(!log.contains("wrong-word"), "{log}");
    }
}

#[test]
fn metrics_are_where_they_are_wanted() {
    let fossil = Fossil::new();
    let repository = fossil.path().join(Fossil::REPOSITORY);
    let repository = repository.to_str().unwrap();
    for (at, beside, apart) in
        [("on", true, false), ("off", false, false), ("127.0.0.1:0", false, true)]
    {
        let args = ["--metrics", at, "--listen", "127.0.0.1:0", repository];
        let (serving, line) = Serving::at(&args);
        let address = address_of(&line["listening"]);
        let shows = |address: &str| get(address, "/metrics").contains("\noutcrop_rounds_total{");
        assert_eq!((shows(&address), line["metrics"].is_string()), (beside, apart), "{at}");
        if apart {
            let apart = address_of(&line["metrics"]);
            assert!(shows(&apart) && get(&apart, "/readyz").ends_with("ready\n"));
        }
        assert_eq!(serving.terminate().0, 0);
    }
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for (at, code, words) in [(&*taken, 1, "use --metrics"), ("here", 2, "nor on or off")] {
        let failed = run(["serve", "--listen", "127.0.0.1:0", "--metrics", at, repository]);
        assert_eq!(failed.code, code);
        assert!(failed.stderr.contains(words), "{failed:?}");
    }
}

#[test]
fn behind_a_proxy_the_world_is_as_the_proxy_has_it() {
    let fossil = Fossil::new();
    let folder = fossil.path().join("served");
    let base = ["--base-url", "https://user:pw@code.example.org/fossil/", "--prefix", "fossil"];
    let args = ["--create", "--trust-proxy", "127.0.0.0/8", "--trust-proxy", "::1", "-v"];
    let at = ["--listen", "127.0.0.1:0", folder.to_str().unwrap()];
    let (serving, line) = Serving::at(&[&base[..], &args, &at].concat());
    let address = address_of(&line["listening"]);
    assert_eq!(line["base_url"], "https://code.example.org/fossil/");
    let clone = line["created"]["clone"].as_str().unwrap();
    assert!(clone.contains("@code.example.org/fossil/demo "), "{clone}");
    let page = get(&address, "/fossil/demo");
    assert!(
        page.contains("fossil clone https://code.example.org/fossil/demo demo.fossil"),
        "{page}"
    );
    assert!(get(&address, "/fossil/").contains("href=\"/fossil/demo\""));
    assert!(get(&address, "/demo").starts_with("HTTP/1.0 404 "));
    let header = "Forwarded: for=\"[2001:db8::7]:99\";proto=https\r\n";
    let round = ask(connect(&address), &post("/fossil/demo", header, "pragma req-links\n# hi\n"));
    assert!(round.ends_with(" errors 0\n"), "{round}");
    let (exit, log) = serving.terminate();
    assert_eq!(exit, 0);
    assert!(log.contains("address=2001:db8::7"), "{log}");

    for (args, words) in [
        (["--trust-proxy", "somewhere"], "10.0.0.0/8; nor unix"),
        (["--base-url", "ftp://x/"], "--base-url: a URL begins with http://"),
    ] {
        let failed = run(["serve"].iter().chain(&args).chain(&["x"]));
        assert_eq!(failed.code, 2);
        assert!(failed.stderr.contains(words), "{failed:?}");
    }
    let failed = outcrop(["serve", "--socket-mode", "600", "--listen", "127.0.0.1:0", "x"]);
    let failed = support::ran(&{ failed }.output().unwrap());
    assert!(failed.code == 2 && failed.stderr.contains("--listen unix:PATH only"), "{failed:?}");
}
