//! Pushes of the real `fossil`, told to commands and to a server.
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
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use outcrop_server::hooks::{HookOptions, PushHooks, Target};
use outcrop_server::{Hosting, ListenOptions, ServiceOptions, XferService};
use outcrop_sync::{Rng as _, SystemRng, handle_sync};
use serde_json::Value;
use served::{Fossil, PATIENCE, Served, create};
use tokio::runtime::Runtime;

/// Hooks, and what they run on.
struct Hooked {
    runtime: Runtime,
    hooks: PushHooks,
    served: Served,
}

impl Hooked {
    fn start(root: &Path, targets: &[&str], delivery: Duration) -> Self {
        let runtime = Runtime::new().unwrap();
        let targets = targets.iter().map(|target| target.parse::<Target>().unwrap()).collect();
        let options = HookOptions {
            targets,
            root: Some(root.to_owned()),
            delivery,
            ..HookOptions::default()
        };
        let hooks = {
            let _inside = runtime.enter();
            PushHooks::start(options)
        };
        let hosting = Hosting::new(root).unwrap();
        let handler = hooks.around(handle_sync);
        let rounds = XferService::with_handler(hosting, ServiceOptions::default(), handler);
        Self { runtime, hooks, served: Served::start(rounds, ListenOptions::default()) }
    }

    /// Ends; gives how many pushes were not told.
    fn stop(self, grace: Duration) -> usize {
        let left = self.runtime.block_on(self.hooks.close(grace));
        assert!(self.served.stop());
        left
    }
}

/// The lines that a command has put into a file, once there are so many.
fn lines(path: &Path, count: usize) -> Vec<Value> {
    let begun = Instant::now();
    loop {
        let text = fs::read_to_string(path).unwrap_or_default();
        if text.ends_with('\n') && text.lines().count() >= count {
            return text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        }
        assert!(begun.elapsed() < PATIENCE, "{count} lines do not come: {text}");
        thread::sleep(Duration::from_millis(20));
    }
}

fn names(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

#[test]
fn a_command_is_told_who_has_pushed_what() {
    let fossil = Fossil::find();
    let root = fossil.path("root");
    let password = create(&root.join("sub/one.fossil"));
    let told = fossil.path("told");
    let command = format!("cat >>'{}'", told.display());
    let hooked = Hooked::start(&root, &[&command], PATIENCE);
    fossil.clone_and_open(&hooked.served.url("sub/one"), &password, "clone");
    let root_check_in = fossil.run_in("clone", &["sql", "SELECT uuid FROM blob WHERE rid=1"]);
    fossil.commit("clone", "a.txt", "text\n", &["--branch", "side"]);
    let first = &lines(&told, 1)[0];
    assert_eq!(first["event"], "push");
    assert_eq!(first["repository"], "sub/one");
    assert_eq!((&first["user"], &first["address"]), (&"alice".into(), &"127.0.0.1".into()));
    assert_eq!((&first["artifacts"], &first["check_ins"]), (&2.into(), &1.into()));
    assert_eq!(first["unversioned_files"], 0);
    let code =
        fossil.run_in("clone", &["sql", "SELECT value FROM config WHERE name='project-code'"]);
    assert_eq!(first["project_code"], code.trim().trim_matches('\''));
    let check_in = &first["check_in_list"][0];
    assert_eq!((&check_in["branch"], &check_in["user"]), (&"side".into(), &"alice".into()));
    assert_eq!((&check_in["comment"], &check_in["private"]), (&"a.txt".into(), &false.into()));
    assert_eq!(names(&check_in["parents"]), [root_check_in.trim().trim_matches('\'')]);
    let mut new = names(&first["artifact_names"]);
    new.sort_unstable();
    let known = fossil.run_in("clone", &["sql", "SELECT uuid FROM blob WHERE rid>1 ORDER BY uuid"]);
    let known: Vec<_> = known.lines().map(|line| line.trim_matches('\'')).collect();
    assert_eq!(new, known);
    assert!(check_in["time"].as_str().unwrap().ends_with('Z'));

    // Many rounds of one push are told as one, and only what has come is told.
    fossil.run_in("clone", &["settings", "autosync", "off"]);
    for number in 0..6_u8 {
        let mut noise = vec![number; 150_000];
        SystemRng.fill(&mut noise).unwrap();
        fossil.commit("clone", &format!("{number}.bin"), noise, &[]);
    }
    fossil.run_in("clone", &["push"]);
    let sum = |lines: &[Value], member: &str| -> u64 {
        lines.iter().map(|line| line[member].as_u64().unwrap()).sum()
    };
    // A slow machine may take them for two.
    let pushed = (2..).find_map(|count| {
        let pushed = lines(&told, count).split_off(1);
        (sum(&pushed, "artifacts") >= 12).then_some(pushed)
    });
    let pushed = pushed.unwrap();
    assert_eq!((sum(&pushed, "artifacts"), sum(&pushed, "check_ins")), (12, 6));
    assert!((pushed.len() as u64) < sum(&pushed, "rounds"), "{pushed:?}");
    let so_far = pushed.len() + 1;
    fossil.run(&["clone", &hooked.served.url("sub/one"), "other.fossil"]);
    fossil.run(&["pull", "-R", "other.fossil"]);
    fossil.run(&["push", &hooked.served.url("sub/one"), "-R", "clone.fossil", "--once"]);

    // Unversioned files.
    let file = root.join("sub/one.fossil");
    let rights = "UPDATE user SET cap='sy' WHERE login='alice'";
    fossil.run(&["sql", "--no-repository", file.to_str().unwrap(), rights]);
    fs::write(fossil.path("clone/page"), "unversioned\n").unwrap();
    fossil.run_in("clone", &["uv", "add", "page"]);
    fossil.run_in("clone", &["uv", "sync"]);
    let third = &lines(&told, so_far + 1)[so_far];
    assert_eq!((&third["artifacts"], &third["unversioned_files"]), (&0.into(), &1.into()));
    assert_eq!(names(&third["unversioned_names"]), ["page"]);
    assert_eq!(hooked.stop(PATIENCE), 0);
    assert_eq!(lines(&told, so_far + 1).len(), so_far + 1);
}

/// A server that answers each request with the next of these statuses, and then always with the
/// last; gives its address, and what it is sent.
fn listener(statuses: &'static [u16]) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (tell, told) = channel();
    thread::spawn(move || {
        for (at, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut request = String::new();
            while !request.contains("}\0") && !request.ends_with('}') {
                let mut some = [0; 4096];
                let len = stream.read(&mut some).unwrap();
                request.push_str(str::from_utf8(&some[..len]).unwrap());
            }
            let status = statuses.get(at).or(statuses.last()).unwrap();
            write!(stream, "HTTP/1.1 {status} So\r\nContent-Length: 0\r\n\r\n").unwrap();
            if tell.send(request).is_err() {
                return;
            }
        }
    });
    (address, told)
}

#[test]
fn an_address_is_told_until_it_has_taken_note() {
    let fossil = Fossil::find();
    let root = fossil.path("root");
    let password = create(&root.join("one.fossil"));
    let (address, told) = listener(&[500, 302, 204]);
    let target = format!("http://carol:s%40crt@{address}/hook?x=1");
    let hooked = Hooked::start(&root, &[&target], PATIENCE);
    fossil.clone_and_open(&hooked.served.url("one"), &password, "clone");
    fossil.commit("clone", "a.txt", "text\n", &[]);
    let requests: Vec<_> = (0..3).map(|_| told.recv_timeout(PATIENCE).unwrap()).collect();
    for request in &requests {
        let (head, body) = request.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /hook?x=1 HTTP/1.1\r\n"), "{head}");
        let head = head.to_lowercase();
        assert!(head.contains("\r\ncontent-type: application/json"), "{head}");
        assert!(head.contains(&format!("\r\nhost: {address}")), "{head}");
        assert!(head.contains("authorization: basic y2fyb2w6c0bjcnq="), "{head}");
        assert_eq!(Some(body), requests[0].split_once("\r\n\r\n").map(|(_, body)| body));
        let line: Value = serde_json::from_str(body).unwrap();
        assert_eq!((&line["repository"], &line["check_ins"]), (&"one".into(), &1.into()));
    }
    assert!(told.recv_timeout(Duration::from_secs(1)).is_err(), "told once more");
    assert_eq!(hooked.stop(PATIENCE), 0);
}

#[test]
fn a_push_does_not_wait_and_what_waits_is_told_at_the_end() {
    let fossil = Fossil::find();
    let root = fossil.path("root");
    let password = create(&root.join("one.fossil"));
    let told = fossil.path("told");
    let slow = format!("sleep 2; cat >>'{}'", told.display());
    let never = "sleep 600 & echo $! >>pid; wait; true"
        .replace("pid", fossil.path("pid").to_str().unwrap());
    let hooked = Hooked::start(&root, &[&slow, &never, "no-such-command"], Duration::from_mins(5));
    fossil.clone_and_open(&hooked.served.url("one"), &password, "clone");
    let begun = Instant::now();
    for number in 0..3 {
        fossil.commit("clone", &format!("{number}.txt"), "text\n", &[]);
    }
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    // Two places are told nothing: one never ends, and one is not there.
    assert!(hooked.stop(Duration::from_secs(6)) >= 2);
    let check_ins: u64 =
        lines(&told, 1).iter().map(|line| line["check_ins"].as_u64().unwrap()).sum();
    assert_eq!(check_ins, 3);
    // What the command had started has ended with it.
    let id = fs::read_to_string(fossil.path("pid")).unwrap();
    let stat = fs::read_to_string(format!("/proc/{}/stat", id.trim())).unwrap_or_default();
    assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
}

#[test]
fn what_a_command_leaves_behind_is_not_waited_for() {
    let fossil = Fossil::find();
    let root = fossil.path("root");
    let password = create(&root.join("one.fossil"));
    let told = fossil.path("told");
    // It keeps all three streams open.
    let command = format!("sleep 20 <&0 & cat >>'{}'", told.display());
    let hooked = Hooked::start(&root, &[&command], PATIENCE);
    fossil.clone_and_open(&hooked.served.url("one"), &password, "clone");
    fossil.commit("clone", "a.txt", "text\n", &[]);
    lines(&told, 1);
    let begun = Instant::now();
    assert_eq!(hooked.stop(PATIENCE), 0);
    assert!(begun.elapsed() < Duration::from_secs(10));
    assert_eq!(lines(&told, 1).len(), 1);
}

#[test]
fn a_command_has_only_so_long() {
    let fossil = Fossil::find();
    let root = fossil.path("root");
    let password = create(&root.join("one.fossil"));
    let told = fossil.path("told");
    let command =
        format!("[ -e again ] || {{ touch again; sleep 600; }}; cat >>'{}'", told.display());
    let command = format!("cd '{}'; {command}", root.display());
    let hooked = Hooked::start(&root, &[&command], Duration::from_secs(1));
    fossil.clone_and_open(&hooked.served.url("one"), &password, "clone");
    fossil.commit("clone", "a.txt", "text\n", &[]);
    assert_eq!(lines(&told, 1)[0]["check_ins"], 1);
    assert_eq!(hooked.stop(PATIENCE), 0);
}
