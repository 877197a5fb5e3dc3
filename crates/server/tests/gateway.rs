//! Pages by the real `fossil`, behind our server; and what comes of programs that are none.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod served;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use outcrop_server::{
    Gateway, GatewayOptions, Hosting, ListenOptions, ServiceOptions, Site, XferService,
};
use served::{Fossil, PATIENCE, Served, create, post};

const FORM: &str = "application/x-www-form-urlencoded";

fn rounds(root: &Path) -> XferService {
    XferService::new(Hosting::new(root).unwrap(), ServiceOptions::default())
}

fn options() -> GatewayOptions {
    let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    GatewayOptions { program: program.into(), ..GatewayOptions::default() }
}

fn start(root: &Path, options: GatewayOptions) -> Served {
    let connections = ListenOptions { half_close: false, ..ListenOptions::default() };
    Served::start_with_pages(rounds(root), connections, options)
}

/// The repositories `one` and `sub/two`, served with pages.
fn served() -> (Fossil, Served, String) {
    let fossil = Fossil::find();
    let password = create(&fossil.path("root/one.fossil"));
    create(&fossil.path("root/sub/two.fossil"));
    let served = start(&fossil.path("root"), options());
    (fossil, served, password)
}

/// Posts a form as a browser does that has it from the same server.
fn form(path: &str, fields: &str, cookie: &str) -> String {
    format!(
        "POST {path} HTTP/1.0\r\nHost: example.org:81\r\nUser-Agent: Mozilla/5.0\r\n\
         Referer: http://example.org:81{path}\r\nCookie: {cookie}\r\nContent-Type: {FORM}\r\n\
         Content-Length: {}\r\n\r\n{fields}",
        fields.len()
    )
}

/// The value of a header.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

/// Logs in; gives the cookie.
fn log_in(served: &Served, repository: &str, password: &str) -> String {
    let fields = format!("u=alice&p={password}&in=Login&g=timeline");
    let answer = served.ask(form(&format!("{repository}/login"), &fields, ""));
    assert!(answer.starts_with("HTTP/1.0 302 "), "{answer}");
    let cookie = header(&answer, "set-cookie").unwrap();
    assert!(cookie.to_lowercase().contains(&format!("path={repository}")), "{cookie}");
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn a_repository_has_the_pages_of_stock_and_rounds_stay_ours() {
    let (fossil, served, password) = served();
    let home = served.get("/one");
    assert!(home.starts_with("HTTP/1.0 302 "), "{home}");
    assert_eq!(header(&home, "location"), Some("http://example.org:81/one/index"));
    let timeline = served.get("/one/timeline");
    assert!(timeline.starts_with("HTTP/1.0 200 OK\r\n"), "{timeline}");
    assert!(timeline.contains("initial empty check-in"), "{timeline}");
    assert!(timeline.contains("<base href=\"http://example.org:81/one/timeline\""), "{timeline}");
    assert_eq!(header(&timeline, "content-length"), Some(&*body(&timeline).len().to_string()));
    assert_eq!(header(&timeline, "connection"), None);
    let two = served.get("/sub/two/timeline?n=1");
    assert!(two.contains("<base href=\"http://example.org:81/sub/two/timeline\""), "{two}");
    // A head alone is as long as the page would be.
    let head = served.ask("HEAD /one/style.css HTTP/1.0\r\nHost: example.org:81\r\n\r\n");
    let style = served.get("/one/style.css");
    assert_eq!(header(&head, "content-length"), header(&style, "content-length"), "{head}");
    assert_eq!((body(&head), body(&style).is_empty()), ("", false));
    // What is not served here may be a page there: names that are hidden, or lead upwards.
    assert!(served.get("/one/doc/tip/.hidden").starts_with("HTTP/1.0 404 "));
    assert!(served.get("/one/no-such-page").contains("no-such-page"));

    // Rounds, folders and what is for those who watch over servers are ours.
    let list = served.get("/");
    assert!(list.contains("href=\"/one\"") && list.contains("href=\"/sub/\""), "{list}");
    assert!(served.get("/healthz").ends_with("\r\n\r\nok\n"));
    assert!(served.get("/readyz").ends_with("\r\n\r\nready\n"));
    assert!(served.get("/none").starts_with("HTTP/1.0 404 "));
    assert!(served.get("/none/timeline").starts_with("HTTP/1.0 404 "));
    assert!(served.ask(post("/one", "# hi\n")).ends_with(" errors 0\n"));
    for (path, kind) in
        [("/one/xfer", FORM), ("/one/%78fer", FORM), ("/one", "application/x-fossils")]
    {
        let answer = served.ask(post(path, "# hi\n").replace("application/x-fossil-debug", kind));
        assert!(answer.starts_with("HTTP/1.0 415 "), "{path} {kind}: {answer}");
    }
    let put = served.ask(post("/one/timeline", "").replace("POST", "PUT"));
    assert!(put.starts_with("HTTP/1.0 405 "), "{put}");

    // A clone, a push and a pull beside all that.
    fossil.clone_and_open(&served.url("one"), &password, "clone");
    fossil.commit("clone", "a.txt", "text\n", &[]);
    assert!(served.get("/one/timeline").contains("a.txt"));
    let archive = served.get("/one/tarball/trunk/x.tar.gz");
    assert_eq!(header(&archive, "content-type"), Some("application/x-compressed"), "{archive}");
    assert!(served.stop());
    fossil.finds_it_whole(&fossil.path("root/one.fossil"));
}

#[test]
fn a_repository_alone_has_its_pages_at_the_root_and_below_a_prefix() {
    let fossil = Fossil::find();
    let file = fossil.path("one.fossil");
    create(&file);
    let alone = start(&file, options());
    let home = alone.get("/");
    assert_eq!(header(&home, "location"), Some("http://example.org:81/index"));
    assert!(alone.get("/timeline").contains("<base href=\"http://example.org:81/timeline\""));
    assert!(alone.get("/healthz").ends_with("\r\n\r\nok\n"));
    assert!(alone.stop());

    let service = ServiceOptions { prefix: "/code/".to_owned(), ..ServiceOptions::default() };
    let rounds = XferService::new(Hosting::new(&file).unwrap(), service);
    let below = Served::start_with_pages(rounds, ListenOptions::default(), options());
    assert!(below.get("/code/timeline").contains("href=\"http://example.org:81/code/timeline\""));
    assert!(below.get("/timeline").starts_with("HTTP/1.0 404 "));
    assert!(below.stop());
}

#[test]
fn a_page_is_edited_by_form_and_arrives_by_our_pull() {
    let (fossil, served, password) = served();
    fossil.run(&["clone", &served.url("one"), "clone.fossil"]);
    let cookie = log_in(&served, "/one", &password);
    let ask = |path: &str| {
        served.ask(format!(
            "GET {path} HTTP/1.0\r\nHost: example.org:81\r\nUser-Agent: Mozilla/5.0\r\n\
             Cookie: other=1\r\nCookie: {cookie}\r\n\r\n"
        ))
    };
    let page = ask("/one/wikiedit?name=Hello");
    assert!(page.starts_with("HTTP/1.0 200 ") && page.contains("alice"), "{page}");
    let text = "A page. ".repeat(50_000);
    let fields =
        format!("page=Hello&isnew=1&mimetype=text/plain&content={}", text.replace(' ', "+"));
    let saved = served.ask(form("/one/wikiajax/save", &fields, &cookie));
    assert!(saved.starts_with("HTTP/1.0 200 "), "{saved}");
    // Who has not logged in may not.
    let refused = served.ask(form("/one/wikiajax/save", &fields.replace("A+page", "Nothing"), ""));
    assert!(!refused.starts_with("HTTP/1.0 200 ") || refused.contains("error"), "{refused}");
    fossil.run(&["pull", "-R", "clone.fossil"]);
    let pulled = fossil.run(&["wiki", "export", "Hello", "-R", "clone.fossil"]);
    assert_eq!(pulled.trim(), text.trim());
    // The address of whoever wrote is that of the client.
    let path = fossil.path("root/one.fossil");
    let sql = "SELECT ipaddr FROM rcvfrom ORDER BY rcvid DESC LIMIT 1";
    let address = fossil.run(&["sql", "--no-repository", path.to_str().unwrap(), sql]);
    assert!(address.contains("127.0.0.1"), "{address}");
    assert!(served.stop());
}

#[test]
fn headers_give_nobody_rights_addresses_or_names() {
    let (fossil, served, _) = served();
    let path = fossil.path("root/one.fossil");
    let path = path.to_str().unwrap();
    let set = "INSERT OR REPLACE INTO config(name,value,mtime) \
               VALUES('remote_user_ok','1',1),('access-log','1',1)";
    fossil.run(&["sql", "--no-repository", path, set]);
    let ask = |headers: &str| {
        served.ask(format!(
            "GET /one/timeline HTTP/1.0\r\nHost: example.org:81\r\nUser-Agent: Mozilla/5.0\r\n\
             {headers}\r\n"
        ))
    };
    // Fossil reads lines of 2,000 bytes, and takes what is left of a longer one for another: given
    // such a request as it is, it believes the client.
    let long = |rest: &str| format!("Cookie: {}{rest}\r\n", "x".repeat(1999 - "Cookie: ".len()));
    for header in ["HTTPS: on\r\n", &long("https: on")] {
        let request = format!("GET /timeline HTTP/1.0\r\nHost: example.org:81\r\n{header}\r\n");
        assert!(fossil.answer(path, &request).contains("https://example.org:81/timeline"));
    }
    let plain = ask("");
    assert!(plain.contains("/one/login"), "{plain}");
    for headers in [
        "Remote-User: alice\r\n".to_owned(),
        "Remote_User: alice\r\n".to_owned(),
        "X-Remote-User: alice\r\n".to_owned(),
        "HTTPS: on\r\n".to_owned(),
        "X-Forwarded-For: 192.0.2.99\r\n".to_owned(),
        "X-Forwarded-Proto: https\r\n".to_owned(),
        "Script-Name: /elsewhere\r\n".to_owned(),
        "Gateway-Interface: CGI/1.0\r\n".to_owned(),
        long("https: on"),
        long("x-forwarded-for: 192.0.2.99"),
    ] {
        let page = ask(&headers);
        assert!(page.starts_with("HTTP/1.0 200 "), "{headers}: {page}");
        assert!(!page.contains("https://example.org") && !page.contains("elsewhere"), "{headers}");
        assert!(!page.contains("logout") && page.contains("/login"), "{headers}: {page}");
    }
    // Neither do queries, or a host that is none.
    assert!(!served.get("/one/timeline?REMOTE_USER=alice&HTTPS=on").contains("https://example"));
    let odd = served.ask("GET /one/timeline HTTP/1.0\r\nHost: a\"><i/\r\n\r\n");
    assert!(odd.contains("http://localhost/one/timeline") && !odd.contains("a\"><i"), "{odd}");
    // A failed login is noted with the address of the client.
    served.ask(
        form("/one/login", "u=alice&p=wrong&in=Login", "")
            .replace("\r\nCookie: ", "\r\nX-Forwarded-For: 192.0.2.99\r\nCookie: "),
    );
    let sql = "SELECT group_concat(ipaddr) FROM accesslog";
    let noted = fossil.run(&["sql", "--no-repository", path, sql]);
    assert!(noted.contains("127.0.0.1") && !noted.contains("192.0.2.99"), "{noted}");
    assert!(served.stop());
}

#[test]
fn where_a_repository_lies_is_not_told() {
    let (fossil, served, _) = served();
    let (root, name) = (fossil.path("root"), fossil.path("root/broken.fossil"));
    create(&name);
    // Damaged past what our own look at a repository sees.
    let sql = "PRAGMA writable_schema=ON; DELETE FROM sqlite_schema WHERE name IN ('event','user')";
    fossil.run(&["sql", "--no-repository", name.to_str().unwrap(), sql]);
    let root = root.to_str().unwrap();
    for path in ["/broken/timeline", "/broken/login", "/broken", "/one/stat", "/one/test_env"] {
        let page = served.get(path);
        assert!(!page.contains(root), "{path}: {page}");
    }
    assert!(served.stop());
}

/// A program in the place of Fossil: it says what Fossil says of itself, and does this for a page.
fn stand_in(folder: &Path, script: &str) -> PathBuf {
    let path = folder.join("stand-in");
    let version = "[ \"$1\" = version ] && echo 'This is fossil version 2.21' && exit";
    fs::write(&path, format!("#!/bin/sh\n{version}\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A repository whose pages are made by a script.
fn scripted(script: &str, mut options: GatewayOptions) -> (tempfile::TempDir, Served) {
    let folder = tempfile::tempdir().unwrap();
    create(&folder.path().join("root/one.fossil"));
    options.program = stand_in(folder.path(), script);
    let served = start(&folder.path().join("root"), options);
    (folder, served)
}

/// Waits for a file, and gives what is in it.
fn appears(path: &Path) -> String {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Ok(text) = fs::read_to_string(path)
            && text.ends_with('\n')
        {
            return text.trim().to_owned();
        }
        thread::sleep(Duration::from_millis(20));
    }
    panic!("{} does not appear", path.display());
}

/// Waits until a process is gone.
fn is_gone(id: &str) {
    let begun = Instant::now();
    let is_there = || {
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
        !stat.is_empty() && !stat.contains(") Z ")
    };
    while is_there() {
        assert!(begun.elapsed() < PATIENCE, "process {id} goes on");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_program_that_fails_is_answered_for() {
    let quick = || GatewayOptions { page_time: Duration::from_secs(1), ..options() };
    for (script, status, words) in [
        ("exit 1", 502, "could not be made"),
        ("cat >/dev/null; echo 'cannot open' >&2; exit 1", 502, "could not be made"),
        ("echo garbage", 502, "could not be made"),
        ("printf 'HTTP/1.0 200 OK\\r\\n\\r\\nno length'", 502, "could not be made"),
        (
            "printf 'HTTP/1.0 200 OK\\r\\nX: '; head -c 200000 /dev/zero | tr '\\0' x",
            502,
            "could not be made",
        ),
        ("sleep 60", 504, "after one second"),
        (
            "head -c 500000 /dev/zero >&2; printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok'",
            200,
            "ok",
        ),
    ] {
        let (folder, served) = scripted(script, quick());
        let answer = served.get("/one/timeline");
        assert!(answer.starts_with(&format!("HTTP/1.0 {status} ")), "{script}: {answer}");
        assert!(answer.contains(words), "{script}: {answer}");
        assert!(!answer.contains(folder.path().to_str().unwrap()), "{answer}");
        assert!(served.stop(), "{script}");
    }
}

#[test]
fn a_process_ends_with_its_client_or_its_time() {
    let script = "echo $$ >../pid; sleep 300 & echo $! >../child; \
                  printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\nhalf'; wait";
    // The client goes away.
    let (folder, served) = scripted(script, options());
    let mut client = served.connect();
    client.write_all(b"GET /one/timeline HTTP/1.0\r\n\r\n").unwrap();
    let mut some = [0; 9];
    client.read_exact(&mut some).unwrap();
    let pids = [appears(&folder.path().join("pid")), appears(&folder.path().join("child"))];
    drop(client);
    for pid in &pids {
        is_gone(pid);
    }
    // And before there is an answer.
    let (other, waits) = scripted("echo $$ >../pid; sleep 300", options());
    let mut client = waits.connect();
    client.write_all(b"GET /one/timeline HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let pid = appears(&other.path().join("pid"));
    drop(client);
    is_gone(&pid);
    assert!(waits.stop());
    assert!(served.stop());
    // Its time is up: the reply breaks off, for everyone to see.
    let (folder, served) =
        scripted(script, GatewayOptions { page_time: Duration::from_secs(1), ..options() });
    let answer = served.get("/one/timeline");
    assert!(answer.ends_with("\r\n\r\nhalf"), "{answer}");
    is_gone(&appears(&folder.path().join("pid")));
    is_gone(&appears(&folder.path().join("child")));
    assert!(served.stop());
}

#[test]
fn bodies_are_passed_on_as_they_come_and_have_bounds() {
    let echo = "cat >../got & printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nyes'; wait";
    let short = Duration::from_millis(400);
    let bounds = GatewayOptions { body: 1_000_000, body_stall: short, ..options() };
    let (folder, served) = scripted(
        "head -c 9 >../start; cat >/dev/null; printf 'HTTP/1.0 200 OK\\r\\nContent-Length: 3\\r\\n\\r\\nyes'",
        bounds.clone(),
    );
    let ask = |length: &str, body: &str| {
        served.ask(format!(
            "POST /one/x HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Type: {FORM}\r\n{length}\r\n\r\n{body}"
        ))
    };
    assert!(ask("Content-Length: 1000001", "").starts_with("HTTP/1.1 413 "));
    assert!(ask("Transfer-Encoding: chunked", "0\r\n\r\n").starts_with("HTTP/1.1 411 "));
    assert!(ask("Content-Length: 9", "slow").starts_with("HTTP/1.1 408 "));
    let large = "x".repeat(1_000_000);
    let answer = ask("Content-Length: 1000000", &large);
    assert!(answer.ends_with("\r\n\r\nyes"), "{answer}");
    // The start was there before the end had been sent.
    fs::remove_file(folder.path().join("start")).unwrap();
    let mut client = served.connect();
    write!(client, "POST /one/x HTTP/1.0\r\nContent-Type: {FORM}\r\nContent-Length: 4\r\n\r\nab")
        .unwrap();
    let begun = Instant::now();
    while !folder.path().join("start").exists() {
        assert!(begun.elapsed() < PATIENCE);
    }
    client.write_all(b"cd").unwrap();
    assert!(served::rest(&mut client).ends_with("\r\n\r\nyes"));
    assert!(served.stop());
    // A program that wants none of it answers all the same.
    let (_folder, served) = scripted(&echo.replace("cat >../got &", "exec <&-;"), bounds);
    let answer = served.ask(post("/one/x", &large).replace("application/x-fossil-debug", FORM));
    assert!(answer.ends_with("\r\n\r\nyes"), "{answer}");
    assert!(served.stop());
}

#[test]
fn pages_are_bounded_in_number_and_rounds_do_not_wait_for_them() {
    let bounds = GatewayOptions { pages: 1, waiting: 0, ..options() };
    let (folder, served) = scripted("echo $$ >../pid; sleep 300", bounds);
    let mut client = served.connect();
    client.write_all(b"GET /one/timeline HTTP/1.1\r\nHost: h\r\n\r\n").unwrap();
    let pid = appears(&folder.path().join("pid"));
    let answer = served.get("/one/timeline");
    assert!(answer.starts_with("HTTP/1.0 503 "), "{answer}");
    assert!(served.ask(post("/one", "# hi\n")).ends_with(" errors 0\n"));
    drop(client);
    is_gone(&pid);
    assert!(served.stop());
}

#[test]
fn what_is_no_fossil_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let open = |program: &str| {
        let options = GatewayOptions { program: program.into(), ..GatewayOptions::default() };
        let site = Site::new(rounds(folder.path()));
        served::runtime().block_on(Gateway::open(site, options)).unwrap_err().to_string()
    };
    assert!(open("/no/such/program").contains("apt-get install fossil"));
    assert!(open("/bin/true").contains("does not say that it is fossil"));
}
