//! Rounds over SSH, ours beside stock's: through a stand-in for `ssh`, and through the real one.
#![cfg(unix)]
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests say what they expect by unwrapping"
)]

mod client_support;

use std::{
    fs,
    io::{self, Write as _},
    net::{TcpListener, TcpStream},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use client_support::{commit, open, project, same, sound};
use outcrop_oracle::{Options, Stock};
use outcrop_repo::Repo;
use outcrop_sync::{
    Account, CloneError, CloneOptions, ProcessOptions, Retry, SshTransport, SyncError, SyncOptions,
    TransportError, clone_blocking, sync_blocking,
};

/// The program at the far end.
fn fossil() -> String {
    std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned())
}

/// Writes a program.
fn program(stock: &Stock, name: &str, script: &str) -> PathBuf {
    stock.write(name, format!("#!/bin/sh\n{script}\n"));
    let path = stock.path(name);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A stand-in for `ssh`: notes its arguments, and has a shell run what the host should, in an
/// environment of its own.
fn stand_in(stock: &Stock, environment: &str) -> String {
    let home = stock.path("");
    let script = format!(
        "for word; do printf '[%s]' \"$word\"; done >>{0}/arguments; echo >>{0}/arguments\n\
         while [ \"$1\" != -- ]; do shift; done; shift; shift\n\
         exec env SSH_CONNECTION='127.0.0.1 1 127.0.0.1 2' FOSSIL_HOME={0} USER=alice HOME={0} \
         {environment} sh -c \"$*\"",
        home.display(),
    );
    program(stock, "ssh", &script).to_str().unwrap().to_owned()
}

fn arguments(stock: &Stock) -> Vec<String> {
    let text = fs::read_to_string(stock.path("arguments")).unwrap();
    fs::remove_file(stock.path("arguments")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn transport(url: &str, ssh: &str) -> SshTransport {
    let options = ProcessOptions { ssh_command: ssh.to_owned(), ..ProcessOptions::default() };
    SshTransport::new(url.parse().unwrap(), options)
}

/// Clones, pulls and pushes, by stock and by us, and compares what comes of it.
fn clone_pull_push(stock: &Stock, ssh: &str, url: &dyn Fn(&Path) -> String) {
    let sides = ["theirs", "ours"].map(|name| {
        let server = stock.copy(&project_once(stock), &format!("{name}-server.fossil"));
        let client = stock.path(format!("{name}.fossil"));
        (name, url(&server), server, client)
    });
    for (name, url, server, client) in &sides {
        let file = client.to_str().unwrap();
        let is_ours = *name == "ours";
        let ours = transport(url, ssh);
        if is_ours {
            let options = CloneOptions { admin: Some("alice".into()), ..CloneOptions::new() };
            let sync = SyncOptions { private: true, ..options.sync };
            // A login means nothing here, so that a wrong one does no harm.
            let options = CloneOptions { sync, ..options }.with_account(Account::new("eve", "x"));
            clone_blocking(client, &ours, options).unwrap();
        } else {
            let command = ["clone", "--no-open", "--once", "--private", "-A", "alice"];
            stock.ok(&[&command[..], &["-c", ssh, url, file]].concat());
        }
        // Something new on both sides.
        for (repository, on) in [(server, "server"), (client, "client")] {
            let checkout = open(stock, repository, &format!("{name}-{on}"));
            stock.write(format!("{name}-{on}/new"), on);
            let date = ["--date-override", "2030-01-02T03:04:05", "--user-override", "alice"];
            commit(stock, &checkout, on, &[&["--branch", on], &date[..]].concat());
            stock.ok_in(&checkout, &["close", "--force"]);
        }
        if is_ours {
            let repo = Repo::open(client).unwrap();
            let options = SyncOptions { private: true, ..SyncOptions::push_pull() };
            let done = sync_blocking(&repo, &ours, options).unwrap();
            assert!(done.total.sent > 0 && done.total.received > 0, "{done:?}");
            let again = sync_blocking(&repo, &ours, SyncOptions::push_pull()).unwrap();
            assert_eq!((again.total.sent, again.total.received), (0, 0), "{again:?}");
        } else {
            stock.ok(&["sync", url, "-R", file, "--once", "--private", "-c", ssh]);
        }
        sound(stock, client);
    }
    let [(_, _, server, client), (_, _, our_server, our_client)] = &sides;
    let mut options = Options::derived();
    options.content = true;
    same(our_client, client, &options);
    same(our_server, server, &options.without("unclustered"));
}

/// A project, made once for each scratch folder.
fn project_once(stock: &Stock) -> PathBuf {
    let made = stock.path("origin.fossil");
    if made.exists() { made } else { project(stock, "origin") }
}

#[test]
fn clones_pulls_and_pushes_are_stocks() {
    let stock = Stock::find();
    let ssh = stand_in(&stock, "");
    let query = match fossil().as_str() {
        "fossil" => String::new(),
        path => format!("?fossil={path}"),
    };
    clone_pull_push(&stock, &ssh, &|server| {
        let query = &query;
        format!("ssh://alice@example.org:2222/{}{query}", server.display())
    });
    let mut seen = arguments(&stock);
    let plain = seen[0].replace("theirs-server", "ours-server");
    assert!(plain.starts_with("[-p][2222][-T][--][alice@example.org]["), "{plain}");
    assert!(plain.contains("fossil][test-http][/"), "{plain}");
    // One program carries all rounds of a session; its command is that of stock.
    seen.retain(|line| line.contains("ours-server"));
    assert_eq!(seen, [&plain[..]; 3]);
}

#[test]
fn odd_names_of_files_are_names_of_files() {
    let stock = Stock::find();
    let ssh = stand_in(&stock, &format!("PATH=\"{}:$PATH\"", stock.path("bin").display()));
    program_at_home(&stock);
    let name = "it's; touch $(pwd) `oops` & \"more\".fossil";
    let file = stock.path(name);
    stock.ok(&["init".as_ref(), file.as_os_str()]);
    let escaped = percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC);
    for url in [format!("ssh://h/~/{escaped}"), format!("ssh://h/$HOME/{escaped}")] {
        let server = transport(&url, &ssh);
        let copy = stock.path("copy.fossil");
        let (_, done) = clone_blocking(&copy, &server, CloneOptions::new()).unwrap();
        assert_eq!(done.sync.total.received, 1);
        fs::remove_file(copy).unwrap();
    }
    assert!(!stock.path("oops").exists());
}

/// Has `~/bin/fossil` be the real program.
fn program_at_home(stock: &Stock) {
    program(stock, "bin/fossil", &format!("exec {} \"$@\"", in_full(&fossil())));
}

/// A program with its path.
fn in_full(name: &str) -> String {
    let script = format!("command -v {name}");
    let output = Command::new("sh").args(["-c", &script]).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn a_host_is_told_where_programs_are_if_it_does_not_know() {
    let stock = Stock::find();
    program_at_home(&stock);
    let ssh = stand_in(&stock, "PATH=/bin.nowhere \"$(command -v env)\" ENV=x");
    // `env` and `sh` themselves are found by their path.
    let script = fs::read_to_string(&ssh).unwrap();
    let script = script.replace("sh -c", &format!("{} -c", in_full("sh")));
    fs::write(&ssh, script).unwrap();
    let repository = project(&stock, "origin");
    let server = transport(&format!("ssh://h/{}", repository.display()), &ssh);
    let copy = stock.path("copy.fossil");
    clone_blocking(&copy, &server, CloneOptions::new()).unwrap();
    let seen = arguments(&stock);
    let added = "[PATH=$HOME/bin:/usr/local/bin:/opt/homebrew/bin:$PATH][fossil][test-http]";
    assert_eq!(seen.len(), 2, "{seen:?}");
    assert!(!seen[0].contains("PATH=") && seen[1].contains(added), "{seen:?}");
    // What was found out is known from then on.
    sync_blocking(&Repo::open(&copy).unwrap(), &server, SyncOptions::pull()).unwrap();
    assert!(!stock.path("arguments").exists() || arguments(&stock)[0].contains(added));

    // A program that the address names is where it says.
    let url = format!("ssh://h/{}?fossil=no/fossil", repository.display());
    let error = failure(&stock, &transport(&url, &ssh));
    assert!(matches!(error, TransportError::Program { .. }), "{error}");
    assert!(error.to_string().contains("no/fossil"), "{error}");
    assert_eq!(arguments(&stock).len(), 1);
}

/// Why a clone has failed.
fn failure(stock: &Stock, server: &SshTransport) -> TransportError {
    let copy = stock.path("failed.fossil");
    let mut options = CloneOptions::new();
    options.sync.retry = Retry::NEVER;
    match clone_blocking(copy, server, options) {
        Err(CloneError::Refused(error)) => match *error {
            SyncError::Transport(error) => error,
            other => panic!("{other:?}"),
        },
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_ssh_says_is_told() {
    let stock = Stock::find();
    for (words, passes) in [
        ("ssh: connect to host h port 22: Connection refused", true),
        ("alice@h: Permission denied (publickey).", false),
        ("Host key verification failed.", false),
    ] {
        let script =
            format!("echo >>{}; echo '{words}' >&2; exit 255", stock.path("arguments").display());
        let ssh = program(&stock, "ssh", &script);
        let error = failure(&stock, &transport("ssh://alice@h/a", ssh.to_str().unwrap()));
        let said = error.to_string();
        assert!(said.contains(words) && said.contains("ssh://alice@h"), "{said}");
        assert_eq!(error.is_transient(), passes, "{said}");
        // Nobody is asked for a password twice.
        assert_eq!(arguments(&stock).len(), 1);
    }
    let error = failure(&stock, &transport("ssh://h/a", "/no/such/ssh"));
    assert!(error.to_string().contains("exit status: 127"), "{error}");
}

/// A real `sshd`, on a port of its own and with keys of its own.
struct Sshd {
    process: Child,
    port: u16,
    /// The command that reaches it.
    ssh: String,
}

impl Sshd {
    /// Starts it, or says why not.
    fn start(stock: &Stock) -> Result<Self, String> {
        let sshd = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/lib/ssh/sshd"];
        let sshd = sshd.into_iter().find(|path| Path::new(path).exists()).ok_or("no sshd")?;
        for key in ["host-key", "user-key"] {
            let path = stock.path(key);
            let made = Command::new("ssh-keygen")
                .args(["-q", "-t", "ed25519", "-N", "", "-f"])
                .arg(path)
                .status();
            made.map_err(|error| format!("no ssh-keygen: {error}"))?;
        }
        let free = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = free.local_addr().unwrap().port();
        drop(free);
        let folder = stock.path("");
        let at = |name: &str| folder.join(name).display().to_string();
        stock.write(
            "sshd.conf",
            format!(
                "ListenAddress 127.0.0.1:{port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
                 StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin yes\n\
                 SetEnv FOSSIL_HOME={2} FOSSIL_USER=alice\n",
                at("host-key"),
                at("user-key.pub"),
                folder.display(),
            ),
        );
        // Started by root, it wants a folder that packages make only when they start it.
        let _ = fs::create_dir("/run/sshd");
        let log = fs::File::create(stock.path("sshd.log")).unwrap();
        let process = Command::new(sshd)
            .args(["-D", "-e", "-f", &at("sshd.conf")])
            .stdin(Stdio::null())
            .stderr(log)
            .spawn()
            .map_err(|error| error.to_string())?;
        let ssh = format!(
            "ssh -F none -e none -i {} -o IdentitiesOnly=yes -o BatchMode=yes \
             -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile={} ",
            at("user-key"),
            at("known-hosts")
        );
        let sshd = Self { process, port, ssh };
        let started = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if started.elapsed() > Duration::from_secs(10) {
                return Err(fs::read_to_string(stock.path("sshd.log")).unwrap());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(sshd)
    }
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

#[test]
fn the_real_ssh_carries_rounds() {
    let stock = Stock::find();
    let sshd = match Sshd::start(&stock) {
        Ok(sshd) => sshd,
        Err(why) if std::env::var_os("OUTCROP_NEEDS_SSHD").is_none() => {
            // Not by `eprintln!`, which nobody sees of a test that passes.
            let words =
                format!("NOT CHECKED: rounds over the real ssh; no sshd runs here: {why}\n");
            io::stderr().write_all(words.as_bytes()).unwrap();
            return;
        }
        Err(why) => panic!("no sshd runs here: {why}"),
    };
    let program = in_full(&fossil());
    clone_pull_push(&stock, &sshd.ssh, &|server| {
        format!("ssh://127.0.0.1:{}/{}?fossil={program}", sshd.port, server.display())
    });

    let url = format!("ssh://127.0.0.1:{}//no/such.fossil?fossil={program}", sshd.port);
    let error = failure(&stock, &transport(&url, &sshd.ssh));
    assert!(error.to_string().contains("ssh://127.0.0.1"), "{error}");
    let stranger = sshd.ssh.replace("user-key", "host-key");
    let error = failure(&stock, &transport(&url, &stranger));
    assert!(error.to_string().contains("Permission denied"), "{error}");
    assert!(!error.is_transient());
}
