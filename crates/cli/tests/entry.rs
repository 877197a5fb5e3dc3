//! `outcrop http`, `test-http`, `cgi` and `scgi`, driven by the real client and beside the real
//! program.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]
mod front;
#[expect(dead_code, reason = "each test file uses a part")]
mod support;

use std::{
    collections::BTreeSet,
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::{Command, Stdio},
};

use bytes::Bytes;
use front::{Way, listen};
use outcrop_xfer::{Limits, MediaType};
use support::{Background, Fossil, outcrop};

/// The names of all artifacts whose content is there.
fn artifacts(fossil: &Fossil, file: &str) -> String {
    fossil.run(["sql", "-R", file, "SELECT uuid FROM blob WHERE size>=0 ORDER BY uuid"])
}

fn sql(fossil: &Fossil, file: &str, sql: &str) -> String {
    fossil.run(["sql", "-R", file, sql]).trim().trim_matches('\'').to_owned()
}

/// Clones, pushes and pulls by stock's client: over `url` as alice, and over `other` as nobody.
fn goes_round(fossil: &Fossil, url: &str, other: &str) {
    fossil.run(["clone", "--save-http-password", url, "clone.fossil"]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    let served = Fossil::REPOSITORY;
    assert_eq!(artifacts(fossil, "clone.fossil"), artifacts(fossil, served));
    fossil.run(["clone", other, "second.fossil"]);
    for number in 0..3_u32 {
        let noise = "x".repeat(number as usize * 40_000) + &number.to_string();
        fossil.commit(&checkout, &format!("{number}.txt"), &noise);
    }
    assert!(fossil.push_in(&checkout));
    assert_eq!(artifacts(fossil, "clone.fossil"), artifacts(fossil, served));
    fossil.run(["pull", "-R", "second.fossil"]);
    assert_eq!(artifacts(fossil, "second.fossil"), artifacts(fossil, served));
    let said = fossil.run(["test-integrity", "-R", served]);
    assert!(said.contains(" 0 errors"), "{said}");
}

fn get(address: SocketAddr, path: &str, headers: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.0\r\nHost: example.org\r\n{headers}\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// A program in the place of `ssh`: it runs the command here, as a server of SSH does there.
fn stand_in_for_ssh(fossil: &Fossil) -> String {
    let ssh = fossil.path().join("ssh");
    let script = "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done\nshift 2\n\
                  echo \"$*\" >>ssh.log\n\
                  SSH_CONNECTION='192.0.2.9 4711 192.0.2.1 22' exec sh -c \"$*\"\n";
    fs::write(&ssh, script).unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    // Stock's client runs no program that has another name.
    symlink(env!("CARGO_BIN_EXE_outcrop"), fossil.path().join("fossil")).unwrap();
    ssh.to_str().unwrap().to_owned()
}

#[test]
fn stock_clones_pushes_and_pulls_over_ssh() {
    let fossil = Fossil::new();
    let ssh = stand_in_for_ssh(&fossil);
    let (served, ours) = (fossil.path().join(Fossil::REPOSITORY), fossil.path().join("fossil"));
    let work = fossil.path().join("work");
    fs::write(work.join("secret"), "nobody may know\n").unwrap();
    fossil.run_in(&work, ["add", "secret"]);
    fossil.run_in(&work, ["commit", "-m", "secret", "--private", "--branch", "hidden"]);
    let url = format!("ssh://host/{}?fossil={}", served.display(), ours.display());
    fossil.run(["clone", "--private", "--ssh-command", &ssh, &url, "clone.fossil"]);
    fossil.run(["settings", "ssh-command", &ssh, "-R", "clone.fossil"]);
    // All that is private came along.
    assert_eq!(artifacts(&fossil, "clone.fossil"), artifacts(&fossil, Fossil::REPOSITORY));
    let log = fs::read_to_string(fossil.path().join("ssh.log")).unwrap();
    assert!(log.contains("test-http"), "{log}");

    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.run_in(&checkout, ["update", "trunk"]);
    for number in 0..4_u32 {
        let noise: Vec<_> = (0..60_000).map(|at| (at * (number + 1) % 977).to_string()).collect();
        fossil.commit(&checkout, &format!("{number}.txt"), &noise.join(" "));
    }
    assert!(fossil.push_in(&checkout));
    fs::write(checkout.join("page"), "unversioned\n").unwrap();
    fossil.run_in(&checkout, ["uv", "add", "page"]);
    fossil.run_in(&checkout, ["uv", "sync"]);
    assert_eq!(artifacts(&fossil, "clone.fossil"), artifacts(&fossil, Fossil::REPOSITORY));
    assert_eq!(sql(&fossil, Fossil::REPOSITORY, "SELECT name FROM unversioned"), "page");
    // All of it is the owner's, from where the client is.
    let from = "SELECT DISTINCT login||' '||r.ipaddr FROM rcvfrom r JOIN user USING(uid) \
                WHERE r.ipaddr<>''";
    assert_eq!(sql(&fossil, Fossil::REPOSITORY, from), "alice 192.0.2.9");
    let said = fossil.run(["test-integrity", "-R", Fossil::REPOSITORY]);
    assert!(said.contains(" 0 errors"), "{said}");
}

#[test]
fn a_key_may_be_good_for_one_command_that_wants_a_login() {
    let fossil = Fossil::new();
    let ssh = fossil.path().join("ssh");
    let ours = env!("CARGO_BIN_EXE_outcrop");
    // As `command=` in authorized_keys has it: whatever the client wants to run.
    let folder = fossil.path().join("root");
    fs::create_dir(&folder).unwrap();
    fs::rename(fossil.path().join(Fossil::REPOSITORY), folder.join("one.fossil")).unwrap();
    let script = format!(
        "#!/bin/sh\nSSH_CONNECTION='192.0.2.9 1 192.0.2.1 22' exec {ours} http {}\n",
        folder.display()
    );
    fs::write(&ssh, script).unwrap();
    fs::set_permissions(&ssh, fs::Permissions::from_mode(0o755)).unwrap();
    let ssh = ssh.to_str().unwrap();
    fossil.run(["clone", "--ssh-command", ssh, "ssh://host/one", "clone.fossil"]);
    assert_eq!(artifacts(&fossil, "clone.fossil"), artifacts(&fossil, "root/one.fossil"));
    fossil.run(["settings", "ssh-command", ssh, "-R", "clone.fossil"]);
    let checkout = fossil.checkout("clone.fossil", "clone");
    fossil.run_in(&checkout, ["settings", "autosync", "off"]);
    fossil.commit(&checkout, "a.txt", "text\n");
    // Over SSH stock's client sends no login.
    assert!(!fossil.push_in(&checkout));
}

/// Runs a program to its end with this on standard input.
fn filter(command: &mut Command, input: &[u8]) -> Vec<u8> {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().stdout
}

/// The status of an answer, its content type, and its cards but for those that tell of the server.
fn essence(answer: &[u8]) -> (String, String, BTreeSet<String>) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let mut body = Bytes::copy_from_slice(&answer[end + 4..]);
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
    };
    // Over SSH, stock complains behind its answer that there are no more requests.
    body.truncate(header("content-length").parse().unwrap());
    let kind = header("content-type");
    let media: MediaType = kind.parse().unwrap();
    let text = media.open(body, &Limits::DEFAULT).unwrap();
    let is_own = |line: &str| {
        ["# ", "pragma server-version", "push ", "clone_seqno"]
            .iter()
            .any(|own| line.starts_with(own))
    };
    let text = String::from_utf8_lossy(&text);
    let lines = text.lines().filter(|line| !is_own(line)).map(str::to_owned).collect();
    let status = head.lines().next().unwrap().split_once(' ').unwrap().1.to_owned();
    (status, kind, lines)
}

#[test]
fn captured_requests_are_answered_as_by_stock() {
    let fossil = Fossil::new();
    let captures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire");
    // The project of all captures.
    let code = "UPDATE config SET value='5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a' \
                WHERE name='project-code'";
    sql(&fossil, Fossil::REPOSITORY, code);
    for file in ["ours.fossil", "stock.fossil"] {
        fs::copy(fossil.path().join(Fossil::REPOSITORY), fossil.path().join(file)).unwrap();
    }
    let stock = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let mut compared = 0;
    for scenario in
        ["clone-v3", "clone-v2", "pull", "pull-nothing", "bad-command", "push-refused", "ssh"]
    {
        for release in ["2.21", "2.29"] {
            let path = captures.join(release).join(scenario).join("01-request.http");
            let Ok(request) = fs::read(&path) else { continue };
            let over_ssh = scenario == "ssh";
            let run = |program: &str, file: &str| {
                let mut command = Command::new(program);
                command.current_dir(fossil.path()).env("HOME", fossil.path());
                if over_ssh {
                    command.env("SSH_CONNECTION", "192.0.2.9 1 192.0.2.1 22").arg("test-http");
                } else {
                    command.args(["http", "--ipaddr", "192.0.2.9"]);
                    if program == stock {
                        command.args(["--nojail", "--nossl"]);
                    }
                }
                filter(command.arg(file), &request)
            };
            let (ours, theirs) =
                (run(env!("CARGO_BIN_EXE_outcrop"), "ours.fossil"), run(&stock, "stock.fossil"));
            let form: &[u8] = if over_ssh { b"Status: 200 OK\r\n" } else { b"HTTP/1." };
            assert!(ours.starts_with(form) && theirs.starts_with(form), "{scenario} of {release}");
            assert_eq!(essence(&ours), essence(&theirs), "{scenario} of {release}");
            compared += 1;
        }
    }
    assert!(compared >= 10, "only {compared} captures were found");
}

#[test]
fn inetd_passes_a_connection_on() {
    let fossil = Fossil::new();
    let path = fossil.path().join(Fossil::REPOSITORY).to_str().unwrap().to_owned();
    let address = listen(Way::Inetd { arguments: vec!["http".to_owned(), path] });
    goes_round(&fossil, &format!("http://alice:sesame@{address}/"), &format!("http://{address}/x"));
    let from =
        sql(&fossil, Fossil::REPOSITORY, "SELECT group_concat(DISTINCT ipaddr) FROM rcvfrom");
    assert!(from.contains("127.0.0.1"), "{from}");
    let page = get(address, "/", "");
    assert!(page.starts_with("HTTP/1.0 200 OK\r\n") && page.contains("0.txt"), "{page}");
    // What is wrong is not told between the lines of an answer.
    let none = listen(Way::Inetd { arguments: vec!["http".to_owned(), "/".to_owned()] });
    let missing = get(none, "/../x", "");
    assert!(missing.starts_with("HTTP/1.0 404 ") && !missing.contains("WARN"), "{missing}");
}

#[test]
fn requests_on_standard_input_are_answered_once_and_faults_told() {
    let fossil = Fossil::new();
    let path = fossil.path().join(Fossil::REPOSITORY);
    let two = b"GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n";
    for command in ["http", "test-http"] {
        let mut program = outcrop([command]);
        let answer = String::from_utf8(filter(program.arg(&path), two)).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(answer.contains("connection: close\r\n") && answer.matches("HTTP/1").count() == 1);
    }
    // Over SSH a client that does not say that it goes on is answered once.
    let mut over_ssh = outcrop(["http"]);
    let answer = filter(over_ssh.arg(&path).env("SSH_CONNECTION", "192.0.2.1 1 ::1 2"), two);
    let answer = String::from_utf8(answer).unwrap();
    assert!(answer.starts_with("HTTP/1.0 200 OK\r\nConnection: close\r\n"), "{answer}");
    assert_eq!(answer.matches("HTTP/1").count(), 1);
    let mut none = outcrop(["http", "/no/such/file.fossil"]);
    let answer = String::from_utf8(filter(&mut none, two)).unwrap();
    assert!(answer.starts_with("HTTP/1.0 500 ") && !answer.contains("no/such"), "{answer}");
}

/// Writes a script of a web server.
fn script(fossil: &Fossil, name: &str, lines: &str) -> std::path::PathBuf {
    let path = fossil.path().join(name);
    let text = format!("#!{} cgi\n# a script\n{lines}\n", env!("CARGO_BIN_EXE_outcrop"));
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[test]
fn a_web_server_passes_requests_on_by_cgi() {
    let fossil = Fossil::new();
    let folder = fossil.path().display();
    let lines = format!("repository: {folder}/{}\nlocalauth\n", Fossil::REPOSITORY);
    let log = fossil.path().join("log");
    let script = script(&fossil, "one.cgi", &format!("errorlog: {}\n{lines}", log.display()));
    let way = |user| Way::Cgi { script: script.clone(), place: "/cgi-bin/one", user };
    let address = listen(way(None));
    let url = format!("{address}/cgi-bin/one");
    goes_round(&fossil, &format!("http://alice:sesame@{url}"), &format!("http://{url}/x"));
    let page = get(address, "/cgi-bin/one", "");
    assert!(page.contains("http://example.org/cgi-bin/one"), "{page}");
    // By hand, it tells what it makes of the script, to where that says.
    filter(outcrop(["cgi"]).arg(&script).env_remove("GATEWAY_INTERFACE"), b"");
    let noted = fs::read_to_string(&log).unwrap();
    assert_eq!(noted.matches("line 5: `localauth` is not done here").count(), 1, "{noted}");

    // Whom the web server has let in counts where the repository says so, whatever the password.
    let checkout = fossil.path().join("clone");
    fossil.run_in(&checkout, ["settings", "autosync", "off"]);
    let pushed = |user, login: &str, name: &str| {
        let url = format!("http://{login}:wrong@{}/cgi-bin/one", listen(way(user)));
        fossil.commit(&checkout, name, name);
        // It fails, or it is refused.
        let _ = fossil.attempt_in(&checkout, ["push", "--once", &url]);
        artifacts(&fossil, "clone.fossil") == artifacts(&fossil, Fossil::REPOSITORY)
    };
    assert!(!pushed(Some("alice"), "alice", "before"));
    let on = "INSERT INTO config(name,value,mtime) VALUES('remote_user_ok','1',1)";
    sql(&fossil, Fossil::REPOSITORY, on);
    assert!(pushed(Some("alice"), "alice", "vouched"));
    sql(&fossil, Fossil::REPOSITORY, "UPDATE user SET cap='ei' WHERE login='developer'");
    assert!(!pushed(Some("developer"), "developer", "no password"));
    assert!(!pushed(Some("bob"), "alice", "another"));
    assert!(!pushed(None, "alice", "nobody"));
}

#[test]
fn a_folder_by_cgi_is_shown_only_if_its_script_says_so_and_may_have_pages_of_stock() {
    let fossil = Fossil::new();
    let root = fossil.path().join("root");
    fs::create_dir(&root).unwrap();
    fs::copy(fossil.path().join(Fossil::REPOSITORY), root.join("one.fossil")).unwrap();
    let directory = format!("directory: {}\n", root.display());
    let place = "/repos";
    let serve = |name: &str, more: &str| {
        let script = script(&fossil, name, &format!("{directory}{more}"));
        listen(Way::Cgi { script, place, user: None })
    };
    let plain = serve("plain.cgi", "");
    assert!(get(plain, "/repos/", "").starts_with("HTTP/1.0 404 "));
    assert!(get(plain, "/repos/one", "").contains("two.txt"));
    assert!(get(plain, "/repos/one", "").contains("fossil clone http://example.org/repos/one"));
    fossil.run(["clone", &format!("http://{plain}/repos/one"), "clone.fossil"]);
    let listed = serve("listed.cgi", "repolist");
    assert!(get(listed, "/repos/", "").contains("href=\"/repos/one\""));

    let stock = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
    let paged = serve("paged.cgi", &format!("web: {stock}\nskin: ardoise\n"));
    let timeline = get(paged, "/repos/one/timeline", "");
    assert!(
        timeline.contains("<base href=\"http://example.org/repos/one/timeline\""),
        "{timeline}"
    );
    fossil.run(["pull", &format!("http://{paged}/repos/one"), "-R", "clone.fossil"]);
    // What is not set up rightly is the log's to tell.
    let broken = serve("broken.cgi", "repository: /no/such/file.fossil");
    let answer = get(broken, "/repos/one", "");
    assert!(answer.starts_with("HTTP/1.0 500 ") && !answer.contains("no/such"), "{answer}");
}

#[test]
fn a_web_server_passes_requests_on_by_scgi() {
    let fossil = Fossil::new();
    let path = fossil.path().join(Fossil::REPOSITORY);
    let mut command = outcrop(["scgi", "--listen", "127.0.0.1:0", "--prefix", "/code", "--json"]);
    let mut child = command.arg(&path).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let process = Background(child);
    let line: serde_json::Value = serde_json::from_str(&line).unwrap();
    let server: SocketAddr = line["listening"].as_str().unwrap().parse().unwrap();
    let address = listen(Way::Scgi { server, place: "/code" });
    let url = format!("{address}/code");
    goes_round(&fossil, &format!("http://alice:sesame@{url}"), &format!("http://{url}/x"));
    let page = get(address, "/code", "");
    assert!(page.contains("http://example.org/code"), "{page}");
    // What is no SCGI is told so, and does no harm.
    let mut stream = TcpStream::connect(server).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("Status: 400 Bad Request\r\n"), "{answer}");
    assert_eq!(process.interrupt(), 0);
}
