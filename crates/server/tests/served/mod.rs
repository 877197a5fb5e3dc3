//! A server in this process, raw sockets to talk to it, and the real `fossil`.
// Each test uses what it needs.
#![allow(dead_code, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::create::CreateOptions;
use outcrop_server::{Gateway, GatewayOptions, ListenOptions, Listener, Site, XferService, serve};
use outcrop_sync::{Rng as _, SystemRng};
use outcrop_xfer::login::{Login, Secret};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

/// How long a test waits for an answer before it fails.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// A server, running on a thread of its own.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: JoinHandle<bool>,
}

impl Served {
    /// All that a server offers, on a free port.
    pub(crate) fn start(rounds: XferService, options: ListenOptions) -> Self {
        Self::run(rounds, options, None, |listener| listener)
    }

    /// The same, on a listener that something is done to.
    pub(crate) fn start_behind(
        rounds: XferService,
        options: ListenOptions,
        prepare: impl FnOnce(Listener) -> Listener + Send + 'static,
    ) -> Self {
        Self::run(rounds, options, None, prepare)
    }

    /// The same, with pages by stock Fossil.
    pub(crate) fn start_with_pages(
        rounds: XferService,
        options: ListenOptions,
        pages: GatewayOptions,
    ) -> Self {
        Self::run(rounds, options, Some(pages), |listener| listener)
    }

    fn run(
        rounds: XferService,
        options: ListenOptions,
        pages: Option<GatewayOptions>,
        prepare: impl FnOnce(Listener) -> Listener + Send + 'static,
    ) -> Self {
        let (stop, stopped) = oneshot::channel::<()>();
        let (tell, told) = std::sync::mpsc::channel();
        let thread = thread::spawn(move || {
            runtime().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                tell.send(listener.local_addr().unwrap()).unwrap();
                let site = Site::new(rounds.clone());
                let gateway = match pages {
                    Some(pages) => Gateway::open(site, pages).await.unwrap(),
                    None => Gateway::closed(site),
                };
                let listener = prepare(listener.into());
                let ended = serve(listener, gateway, options, async { drop(stopped.await) }).await;
                rounds.close().await;
                ended
            })
        });
        Self { address: told.recv().unwrap(), stop: Some(stop), thread }
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn ask_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Stops it; gives whether all requests came to their end.
    pub(crate) fn stop(mut self) -> bool {
        self.ask_to_stop();
        self.thread.join().unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address)
    }

    /// Sends bytes, and reads until the server closes.
    pub(crate) fn ask(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_ref()).unwrap();
        rest(&mut stream)
    }

    pub(crate) fn get(&self, path: &str) -> String {
        self.ask(format!("GET {path} HTTP/1.0\r\nHost: example.org:81\r\n\r\n"))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }
}

pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream
}

/// All that comes until the end.
pub(crate) fn rest(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// A message of card text, as stock's releases send it: by HTTP/1.0.
pub(crate) fn post(path: &str, cards: &str) -> String {
    format!(
        "POST {path} HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/x-fossil-debug\r\n\
         Content-Length: {}\r\n\r\n{cards}",
        cards.len()
    )
}

/// The value of a header.
pub(crate) fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    let (head, _) = answer.split_once("\r\n\r\n")?;
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

pub(crate) fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

/// A message that somebody signs, as stock's releases send it since they know cookies.
pub(crate) fn signed(path: &str, code: &str, user: &str, password: &str, cards: &str) -> String {
    let secret = Secret::new(code, user, password);
    let login = Login::sign(user, &secret, [cards.as_bytes()]).unwrap();
    with_header(&post(path, cards), &format!("Cookie: {}", login.to_cookie()))
}

/// A request with one header more.
pub(crate) fn with_header(request: &str, header: &str) -> String {
    request.replacen("\r\n", &format!("\r\n{header}\r\n"), 1)
}

/// The code of a repository's project.
pub(crate) fn project_code(file: &Path) -> String {
    let repo = Repo::open(file).unwrap();
    repo.read().unwrap().setting("project-code").unwrap().unwrap()
}

/// Changes a setting.
pub(crate) fn set(file: &Path, name: &str, value: &str) {
    let tx = Repo::open(file).unwrap().write().unwrap();
    tx.set_setting(name, value, Moment::parse(b"2024-01-02T03:04:05").unwrap()).unwrap();
    tx.commit().unwrap();
}

/// A new repository. Its administrator is `alice`; gives the password.
pub(crate) fn create(path: &Path) -> String {
    let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
    let mut options = CreateOptions::new("alice", now);
    options.project_name = Some("The <b>project</b>".to_owned());
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut random = |bytes: &mut [u8]| SystemRng.fill(bytes).unwrap();
    Repo::create(path, &options, &mut random).unwrap().admin_password
}

/// The real `fossil`, with a folder for its files.
pub(crate) struct Fossil {
    program: String,
    folder: Arc<TempDir>,
    /// The authority that it trusts.
    authority: Option<PathBuf>,
}

impl Fossil {
    pub(crate) fn find() -> Self {
        let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let fossil = Self { program, folder, authority: None };
        fossil.run(&["version"]);
        fossil
    }

    /// The same program in the same folder, but trusting an authority that nobody else knows.
    pub(crate) fn trusting(&self, authority: &Path) -> Self {
        let (program, folder) = (self.program.clone(), Arc::clone(&self.folder));
        Self { program, folder, authority: Some(authority.to_owned()) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs it in a folder below its own; whatever comes of it.
    pub(crate) fn attempt(&self, folder: &str, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(self.path(folder)).stdin(Stdio::null());
        command.env("HOME", self.folder.path()).env("FOSSIL_HOME", self.folder.path());
        command.env("USER", "alice").env_remove("FOSSIL_USER");
        if let Some(authority) = &self.authority {
            command.env("SSL_CERT_FILE", authority);
        }
        command.output().unwrap_or_else(|error| {
            panic!(
                "cannot run `{}` ({error}): fossil is missing: apt-get install fossil, or set \
                 OUTCROP_FOSSIL to its path",
                self.program
            )
        })
    }

    /// Runs it, successfully, and gives what it prints.
    pub(crate) fn run_in(&self, folder: &str, arguments: &[&str]) -> String {
        let output = self.attempt(folder, arguments);
        assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        self.run_in("", arguments)
    }

    /// What `fossil http` answers to a request.
    pub(crate) fn answer(&self, repository: &str, request: &str) -> String {
        let mut command = Command::new(&self.program);
        command.args(["http", "--nojail", "--ipaddr", "192.0.2.7", repository]);
        command.env("HOME", self.folder.path()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(request.as_bytes()).unwrap();
        String::from_utf8_lossy(&child.wait_with_output().unwrap().stdout).into_owned()
    }

    /// Clones with a password that is kept, and opens a check-out beside the clone.
    pub(crate) fn clone_and_open(&self, url: &str, password: &str, name: &str) {
        let url = url.replace("//", &format!("//alice:{password}@"));
        let file = format!("{name}.fossil");
        self.run(&["clone", "--save-http-password", &url, &file]);
        fs::create_dir(self.path(name)).unwrap();
        self.run_in(name, &["open", &format!("../{file}")]);
    }

    /// Checks a file in; stock pushes at once.
    pub(crate) fn commit(
        &self,
        checkout: &str,
        file: &str,
        content: impl AsRef<[u8]>,
        more: &[&str],
    ) {
        fs::write(self.path(checkout).join(file), content).unwrap();
        self.run_in(checkout, &["add", file]);
        let commit = ["commit", "--no-warnings", "-m", file];
        self.run_in(checkout, &[&commit, more].concat());
    }

    /// The names of all artifacts whose content is there.
    pub(crate) fn artifacts(&self, file: &Path) -> String {
        let sql = "SELECT uuid FROM blob WHERE size>=0 ORDER BY uuid";
        self.run(&["sql", "--no-repository", file.to_str().unwrap(), sql])
    }

    /// Checks a repository as stock does, without a word about each artifact.
    pub(crate) fn finds_it_whole(&self, file: &Path) {
        let said = self.run(&["test-integrity", "-R", file.to_str().unwrap()]);
        assert!(said.contains(" 0 errors"), "{}", said.lines().last().unwrap_or_default());
    }
}
