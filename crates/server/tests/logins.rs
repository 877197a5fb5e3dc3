//! Who is let in: failed logins that make the next one wait, passwords by HTTP's Basic scheme, and
//! the word of a service in front. What stock takes is asked of the real `fossil`.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use base64::Engine as _;
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt as _, Full};
use outcrop_server::{Hosting, ListenOptions, Proxies, RemoteUser, ServiceOptions, XferService};
use outcrop_xfer::login::{Login, Secret};
use served::{
    Fossil, PATIENCE, Served, body, create, header, post, project_code, set, signed, with_header,
};
use tower_service::Service as _;

/// A repository, its code, and the password of `alice`.
struct Project {
    _folder: tempfile::TempDir,
    file: PathBuf,
    code: String,
    password: String,
}

impl Project {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("one.fossil");
        let password = create(&file);
        let code = project_code(&file);
        Self { _folder: folder, file, code, password }
    }

    fn service(&self, options: ServiceOptions) -> XferService {
        XferService::new(Hosting::new(&self.file).unwrap(), options)
    }

    /// A server that believes who comes from this machine.
    fn serve(&self) -> Served {
        let networks = vec!["127.0.0.1".parse().unwrap()];
        let proxies = Proxies { networks, ..Proxies::default() };
        let options = ServiceOptions { proxies, ..ServiceOptions::default() };
        Served::start(self.service(options), ListenOptions::default())
    }

    /// Asks to push as `alice`, coming from an address; gives what is answered.
    fn push(&self, served: &Served, password: &str, from: &str) -> String {
        let cards = format!("push 0 {}\n# {from} {:?}\n", self.code, Instant::now());
        let request = signed("/", &self.code, "alice", password, &cards);
        served.ask(with_header(&request, &format!("X-Forwarded-For: {from}")))
    }
}

/// A number among the metrics.
fn counted(served: &Served, name: &str) -> u64 {
    let metrics = served.get("/metrics");
    let line = metrics.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|number| number.trim().parse().ok()).unwrap_or_else(|| panic!("{metrics}"))
}

#[test]
fn failed_logins_make_the_next_one_wait_but_nobody_elses() {
    let project = Project::new();
    let served = project.serve();
    for _ in 0..3 {
        let answer = project.push(&served, "wrong", "192.0.2.1");
        assert!(body(&answer).starts_with("error login\\sfailed\n"), "{answer}");
    }
    let delayed = || counted(&served, "outcrop_logins_delayed_total");
    assert_eq!(delayed(), 0, "the first ones are free");
    std::thread::scope(|scope| {
        let guess = scope.spawn(|| project.push(&served, "wrong", "192.0.2.1"));
        let begun = Instant::now();
        while counted(&served, "outcrop_logins_waiting") == 0 {
            assert!(begun.elapsed() < PATIENCE);
        }
        // Meanwhile, the same user elsewhere, and others without a login at the same address.
        let answer = project.push(&served, &project.password, "198.51.100.1");
        assert!(body(&answer).ends_with(" errors 0\n"), "{answer}");
        let nobody = with_header(&post("/", "# hi\n"), "X-Forwarded-For: 192.0.2.1");
        assert!(served.ask(nobody).ends_with("errors 0\n"));
        assert_eq!(delayed(), 1);
        assert!(body(&guess.join().unwrap()).starts_with("error login\\sfailed\n"));
    });
    assert_eq!(counted(&served, "outcrop_login_failures_total{method=\"card\"}"), 4);
    assert_eq!(counted(&served, "outcrop_logins_waiting"), 0);
    assert!(served.stop());
}

#[test]
fn a_login_that_hides_waits_too() {
    let project = Project::new();
    let served = project.serve();
    for number in 0..4 {
        let tail = format!("push 0 {}\n# {number}\n", project.code);
        let secret = Secret::new(&project.code, "alice", "wrong");
        let login = Login::sign("alice", &secret, [tail.as_bytes()]).unwrap();
        let card = format!("login alice {} {}\n", login.nonce, login.signature);
        let answer = served.ask(post("/", &format!("# a comment\npragma x\n{card}{tail}")));
        assert!(body(&answer).starts_with("error login\\sfailed\n"), "{answer}");
    }
    assert_eq!(counted(&served, "outcrop_logins_delayed_total"), 1);
    assert!(served.stop());
}

#[test]
fn a_large_request_does_not_wait_with_its_body() {
    let project = Project::new();
    let served = project.serve();
    for _ in 0..4 {
        project.push(&served, "wrong", "192.0.2.1");
    }
    let cards = format!("push 0 {}\n# {}\n", project.code, "x".repeat(60_000)).repeat(20);
    let request = signed("/", &project.code, "alice", &project.password, &cards);
    let answer = served.ask(with_header(&request, "X-Forwarded-For: 192.0.2.1"));
    assert!(answer.starts_with("HTTP/1.0 429 "), "{answer}");
    assert_eq!(header(&answer, "retry-after"), Some("30"));
    assert!(served.stop());
}

fn basic(credentials: &str) -> String {
    let encoded = base64::prelude::BASE64_STANDARD.encode(credentials);
    format!("Authorization: Basic {encoded}")
}

/// What stock answers to a request.
fn stock(file: &Path, request: &str) -> String {
    let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let home = file.parent().unwrap();
    let mut command = Command::new(program);
    command.args(["http", "--nossl", "--ipaddr", "192.0.2.1", file.to_str().unwrap()]);
    command.env("HOME", home).env("FOSSIL_HOME", home).env("USER", "alice");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
    String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned()
}

#[test]
fn passwords_by_the_basic_scheme_count_as_they_do_for_stock() {
    let project = Project::new();
    let fossil = Fossil::find();
    let path = project.file.to_str().unwrap();
    let sql = |sql: &str| fossil.run(&["sql", "--no-repository", path, sql]);
    // One in clear text, one that may do nothing, one that is found by an address, one whose time is
    // over, and one that nobody can be.
    sql("INSERT INTO user(login,pw,cap,info) VALUES('clear','open sesame','i','')");
    sql("INSERT INTO user(login,pw,cap,info) VALUES('powerless','pw','','')");
    sql("INSERT INTO user(login,pw,cap,info) VALUES('carl','pw','i','Carl <carl@x.example>')");
    sql("INSERT INTO user(login,pw,cap,info) VALUES('past','pw','i','expires 2020-01-01')");
    sql("UPDATE user SET pw='pw' WHERE login='developer'");
    let served = project.serve();
    let push = || format!("push 0 {}\n# {:?}\n", project.code, Instant::now());
    let right = format!("alice:{}", project.password);
    for is_on in [false, true] {
        set(&project.file, "http_authentication_ok", if is_on { "1" } else { "0" });
        for (number, (credentials, is_right)) in [
            (Some(&*right), true),
            (Some("clear:open sesame"), true),
            (Some("carl@x.example:pw"), true),
            (Some("carl@x.example:no"), false),
            (Some("past:pw"), false),
            (Some("clear:open"), false),
            (Some("alice:"), false),
            (Some("powerless:pw"), false),
            (Some("developer:pw"), false),
            (Some("mallory:pw"), false),
            // Nobody is named: that is no attempt.
            (Some("alice"), false),
            (None, false),
        ]
        .into_iter()
        .enumerate()
        {
            let is_attempt = is_on && credentials.is_some_and(|text| text.contains(':'));
            let mut request = post("/xfer", &push());
            if let Some(credentials) = credentials {
                request = with_header(&request, &basic(credentials));
            }
            let theirs = stock(&project.file, &request);
            let from = format!("X-Forwarded-For: 192.0.2.{number}");
            let ours = served.ask(with_header(&request, &from));
            for (who, answer) in [("stock", &theirs), ("ours", &ours)] {
                let what = format!("{who}, {is_on} {credentials:?}: {answer}");
                let status = answer.split(' ').nth(1);
                let expected = if is_attempt && !is_right { "401" } else { "200" };
                assert_eq!(status, Some(expected), "{what}");
                let may_push = !answer.contains("not\\sauthorized\\sto\\swrite");
                assert_eq!(may_push, is_on && (is_right || is_attempt), "{what}");
            }
            assert_eq!(header(&ours, "www-authenticate").is_some(), is_attempt && !is_right);
        }
    }
    assert!(served.stop());
}

#[test]
fn stock_pushes_with_a_password_by_the_basic_scheme() {
    let project = Project::new();
    let fossil = Fossil::find();
    set(&project.file, "http_authentication_ok", "on");
    let served = project.serve();
    fossil.run(&["clone", &served.url(""), "clone.fossil"]);
    std::fs::create_dir(fossil.path("clone")).unwrap();
    fossil.run_in("clone", &["open", "../clone.fossil"]);
    fossil.run_in("clone", &["settings", "autosync", "off"]);
    fossil.commit("clone", "a.txt", "text\n", &[]);
    let credentials = format!("alice:{}", project.password);
    let push = |more: &[&str]| {
        let pushed = fossil.attempt("clone", &[&["push", "--once"], more].concat());
        String::from_utf8_lossy(&pushed.stdout).into_owned()
    };
    assert!(push(&[]).contains("not authorized to write"));
    // The sole proof: there is no login in the message itself.
    let said = push(&["--httpauth", &credentials]);
    assert!(said.contains("Artifacts sent: 2"), "{said}");
    assert!(served.stop());
    assert_eq!(fossil.artifacts(&project.file), fossil.artifacts(&fossil.path("clone.fossil")));
    let delivered = "SELECT login FROM rcvfrom JOIN user USING(uid) ORDER BY rcvid DESC LIMIT 1";
    let path = project.file.to_str().unwrap();
    assert_eq!(fossil.run(&["sql", "--no-repository", path, delivered]).trim(), "'alice'");
}

#[test]
fn guesses_by_the_basic_scheme_wait_too() {
    let project = Project::new();
    set(&project.file, "http_authentication_ok", "on");
    let served = project.serve();
    for _ in 0..4 {
        let answer = served.ask(with_header(&post("/", "# hi\n"), &basic("alice:wrong")));
        assert!(answer.starts_with("HTTP/1.0 401 "), "{answer}");
    }
    assert_eq!(counted(&served, "outcrop_logins_delayed_total"), 1);
    assert_eq!(counted(&served, "outcrop_login_failures_total{method=\"basic\"}"), 4);
    let metrics = served.get("/metrics");
    assert!(metrics.contains("{reason=\"wrong_password\"} 4\n"), "{metrics}");
    assert!(served.stop());
}

#[test]
fn who_has_a_password_does_not_guess_those_of_others_with_it() {
    let project = Project::new();
    let fossil = Fossil::find();
    let path = project.file.to_str().unwrap();
    let eve = "INSERT INTO user(login,pw,cap,info) VALUES('eve','pw','i','')";
    fossil.run(&["sql", "--no-repository", path, eve]);
    set(&project.file, "http_authentication_ok", "on");
    let served = project.serve();
    for number in 0..4 {
        let cards = format!("push 0 {}\n# {number}\n", project.code);
        let guess = signed("/", &project.code, "alice", "wrong", &cards);
        let answer = served.ask(with_header(&guess, &basic("eve:pw")));
        assert!(body(&answer).starts_with("error login\\sfailed\n"), "{answer}");
    }
    assert_eq!(counted(&served, "outcrop_logins_delayed_total"), 1);
    assert!(served.stop());
}

#[tokio::test]
async fn the_word_of_a_service_in_front_counts_where_that_is_wanted() {
    let project = Project::new();
    for (is_on, user, may_push) in
        [("off", "alice", false), ("on", "alice", true), ("on", "mallory", false)]
    {
        set(&project.file, "remote_user_ok", is_on);
        let mut service = project.service(ServiceOptions::default());
        let cards = format!("push 0 {}\n", project.code);
        let mut request = Request::post("/")
            .header("content-type", "application/x-fossil-debug")
            .body(Full::new(Bytes::from(cards)))
            .unwrap();
        request.extensions_mut().insert(RemoteUser(user.to_owned()));
        let answer = service.call(request).await.unwrap();
        assert_eq!(answer.status(), 200);
        let text = answer.into_body().collect().await.unwrap().to_bytes();
        let refused = text.starts_with(b"error not\\sauthorized\\sto\\swrite");
        assert_eq!(!refused, may_push, "{user}: {text:?}");
        service.close().await;
    }
}
