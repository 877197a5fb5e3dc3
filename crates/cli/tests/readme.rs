//! What the README tells people to type, typed. (Its Rust examples are tests of the crate `outcrop`.)
//!
//! Servers listen at free ports instead of those that the README names, and the passwords are those
//! that the program prints; nothing else is changed.
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

use std::{
    fs,
    net::TcpListener,
    os::unix::{fs::symlink, net::UnixStream},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

use support::{
    Background, Fossil, outcrop, ran,
    serving::{PATIENCE, Serving, address_of, ask, get, post},
};

const README: &str = include_str!("../../../README.md");

/// Where the README has its server.
const PLACE: &str = "127.0.0.1:8080";

/// Where it has its relay.
const RELAY: &str = "127.0.0.1:9090";

/// The login that it uses.
const LOGIN: &str = "alice:PASSWORD";

/// The blocks of a language, in their order, each with the heading that it stands below.
fn blocks(language: &str) -> Vec<(&'static str, String)> {
    let mut blocks = Vec::new();
    let (mut heading, mut open) = ("", None);
    for line in README.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(of), None) => open = Some((of, String::new())),
            (Some(_), Some((of, text))) => {
                if *of == language {
                    blocks.push((heading, std::mem::take(text)));
                }
                open = None;
            }
            (None, Some((_, text))) => text.extend([line, "\n"]),
            (None, None) => heading = line.strip_prefix("## ").unwrap_or(heading),
        }
    }
    blocks
}

/// Blocks of the shell below a heading.
fn below(heading: &str) -> Vec<String> {
    let all = blocks("sh").into_iter().filter(|(above, _)| *above == heading);
    let found: Vec<_> = all.map(|(_, text)| text).collect();
    assert!(!found.is_empty(), "nothing to type below {heading:?}");
    found
}

/// The commands that serve, as words.
fn servers(block: &str) -> Vec<Vec<String>> {
    let lines = block.replace("\\\n", " ");
    let serving = lines.lines().filter(|line| line.starts_with("outcrop serve "));
    serving.map(words).collect()
}

/// Words of a shell, of which some stand between single quotes.
fn words(line: &str) -> Vec<String> {
    let parts = line.split('\'').enumerate();
    let words = parts.flat_map(|(at, part)| {
        let quoted = at % 2 == 1;
        let split: Vec<_> =
            if quoted { vec![part] } else { part.split_ascii_whitespace().collect() };
        split.into_iter().map(str::to_owned)
    });
    words.take_while(|word| word != "#").collect()
}

/// A folder as the README has it, and a shell there.
struct Scene {
    fossil: Fossil,
    folder: PathBuf,
    /// What stands for what in the README.
    here: Vec<(&'static str, String)>,
}

impl Scene {
    fn new() -> Self {
        let fossil = Fossil::new();
        let folder = fossil.path().join("readme");
        fs::create_dir_all(folder.join("bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_outcrop"), folder.join("bin/outcrop")).unwrap();
        fs::create_dir(folder.join("repositories")).unwrap();
        let made = outcrop(["init", "repositories/project.fossil"]).current_dir(&folder).output();
        assert_eq!(ran(&made.unwrap()).code, 0);
        let pair = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        fs::write(folder.join("chain.pem"), pair.cert.pem()).unwrap();
        fs::write(folder.join("key.pem"), pair.signing_key.serialize_pem()).unwrap();
        Self { fossil, folder, here: Vec::new() }
    }

    /// Types a block.
    fn types(&self, block: &str) -> String {
        let mut script =
            "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n".to_owned();
        script += block;
        for (there, here) in &self.here {
            script = script.replace(there, here);
        }
        let path = std::env::var("PATH").unwrap();
        let mut command = Command::new("bash");
        command
            .args(["-c", &script])
            .current_dir(&self.folder)
            .env("PATH", format!("{}:{path}", self.folder.join("bin").display()))
            .env("HOME", &self.folder)
            .env("FOSSIL_HOME", &self.folder)
            .env("USER", "alice")
            .env_remove("FOSSIL_USER")
            .env_remove("OUTCROP_PASSWORD");
        for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(name);
        }
        let done = ran(&command.stdin(Stdio::null()).output().unwrap());
        assert_eq!(done.code, 0, "{script}\nprinted {}\nand said {}", done.stdout, done.stderr);
        done.stdout
    }

    /// Starts a server as it is told, at a free port.
    fn serves(&self, told: &[String]) -> (Serving, serde_json::Value) {
        let mut args: Vec<&str> = told[2..].iter().map(String::as_str).collect();
        if let Some(at) = args.iter().position(|word| *word == "--listen") {
            args.drain(at..at + 2);
        }
        let mut command = outcrop(["serve", "--json", "--listen", "127.0.0.1:0"]);
        for word in args {
            command.arg(if word == "127.0.0.1:9100" { "127.0.0.1:0" } else { word });
        }
        let serving = Serving::spawn(command.current_dir(&self.folder), 1);
        let line = serving.lines.first().unwrap_or_else(|| panic!("{told:?} does not serve"));
        let ready = serde_json::from_str(line).unwrap();
        (serving, ready)
    }
}

/// A port that nobody has now.
fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

#[test]
fn the_tour_works_as_it_is_written() {
    let mut scene = Scene::new();
    let two = &below("Two commands")[0];
    let mut lines = two.lines();
    let first = lines.next().unwrap().strip_prefix("cargo run --release -p outcrop-cli -- ");
    let first = words(first.expect("the first command runs the program"));
    let second = words(lines.next().unwrap());
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(&second[0]).is_file());

    let mut command = outcrop(&first);
    command.args(["--listen", "127.0.0.1:0"]).current_dir(&scene.folder);
    let serving = Serving::spawn(&mut command, 5);
    let paste = serving.lines[4].trim();
    let login = paste.split("://").nth(1).unwrap().split('@').next().unwrap();
    scene.here =
        vec![(LOGIN, login.to_owned()), (PLACE, serving.address()), (RELAY, free_address())];
    let tour = below("A minute's tour");
    let typed = tour[0].lines().next().unwrap();
    assert_eq!(
        typed.replace(LOGIN, login).replace(PLACE, &serving.address()),
        paste,
        "the README shows the line that is printed"
    );
    let printed: Vec<_> = tour.iter().map(|block| scene.types(block)).collect();
    let all = printed.concat();
    for expected in ["Hello", "hello.txt", "outcrop_rounds_total", "pulled from", "file"] {
        assert!(all.contains(expected), "no {expected:?} in {all}");
    }
    let (mirror, served) = ("mirror.fossil", "demo/demo.fossil");
    let artifacts = |file| support::serving::artifacts(&scene.fossil, &scene.folder.join(file));
    assert_eq!(artifacts(mirror), artifacts(served), "what was pushed was pulled");
    let (code, stderr) = serving.terminate();
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn all_ways_to_operate_it_work() {
    let scene = Scene::new();
    for block in below("Operating it") {
        let serving = servers(&block);
        if serving.is_empty() {
            scene.types(&block);
        }
        for told in serving {
            let (server, ready) = scene.serves(&told);
            let has_tls = ready["listening"].as_str().unwrap().starts_with("https:");
            let place = if ready["metrics"].is_null() { "listening" } else { "metrics" };
            if !has_tls {
                let alive = get(&address_of(&ready[place]), "/healthz");
                assert!(alive.ends_with("\r\n\r\nok\n"), "{told:?}: {alive}");
            }
            assert_eq!(has_tls, told.contains(&"--tls-cert".to_owned()));
            let (code, stderr) = server.terminate();
            assert_eq!(code, 0, "{told:?}: {stderr}");
        }
    }
}

/// nginx, ended with the test.
fn nginx(folder: &Path, location: &str) -> (Background, PathBuf) {
    let (socket, at) = (folder.join("nginx.sock"), folder.display());
    let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    let temporary = kinds.map(|of| format!("{of}_temp_path {at}/{of};\n")).concat();
    let conf = format!(
        "daemon off; master_process off; pid {at}/nginx.pid; error_log {at}/nginx.log;\nevents {{}}\nhttp {{\n\
         access_log off;\n{temporary}server {{ listen unix:{}; {location} }}\n}}\n",
        socket.display()
    );
    fs::write(folder.join("nginx.conf"), conf).unwrap();
    let child = Command::new("nginx")
        .args(["-p".as_ref(), folder.as_os_str(), "-c".as_ref(), "nginx.conf".as_ref()])
        .stderr(Stdio::null())
        .spawn()
        .expect("nginx is needed: apt-get install nginx-light");
    let child = Background(child);
    let begun = Instant::now();
    while UnixStream::connect(&socket).is_err() {
        assert!(begun.elapsed() < PATIENCE, "nginx does not come up");
        sleep(Duration::from_millis(20));
    }
    (child, socket)
}

#[test]
fn a_proxy_as_it_is_shown_passes_all_on() {
    let scene = Scene::new();
    let all = below("Operating it").concat();
    let behind = servers(&all).into_iter().find(|told| told.contains(&"--trust-proxy".to_owned()));
    let (server, ready) = scene.serves(&behind.expect("a server behind a proxy"));
    let location = blocks("nginx")[0].1.replace(PLACE, &address_of(&ready["listening"]));
    let (_nginx, socket) = nginx(&scene.folder, &location);
    let say = |request: &str| ask(UnixStream::connect(&socket).unwrap(), request);
    let page = say("GET /code/project HTTP/1.0\r\nHost: code.example.org\r\n\r\n");
    assert!(page.contains("https://code.example.org/code/project"), "{page}");
    let round = say(&post("/code/project", "", "pragma client-version 22100\npull x y\n"));
    assert!(round.starts_with("HTTP/1.1 200"), "{round}");
    assert_eq!(server.terminate().0, 0);
}
