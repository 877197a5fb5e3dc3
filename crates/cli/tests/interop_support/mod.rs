//! Stock and ours, as client and as server, in all four pairs.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::Arc,
};

use outcrop_oracle::{Options, Stock, StockServer, compare};

/// One of the two programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Side {
    Stock,
    Ours,
}

/// What a client's run came to.
#[derive(Debug)]
pub(crate) struct Came {
    pub(crate) well: bool,
    pub(crate) said: String,
}

/// A repository with a history, users, a private branch, a wiki page and unversioned files. All
/// passwords are the name of the user and `-pw`.
pub(crate) fn project(stock: &Stock) -> PathBuf {
    let repository = stock.path("origin.fossil");
    let file = repository.to_str().unwrap();
    stock.ok(&["init", "-A", "alice", "--project-name", "Test", file]);
    for (user, rights) in
        [("admin", "s"), ("writer", "vy"), ("looker", "u"), ("keeper", "gvxy"), ("none", "")]
    {
        stock.ok(&["user", "new", user, "", &format!("{user}-pw"), "-R", file]);
        stock.ok(&["user", "capabilities", user, rights, "-R", file]);
    }
    work(stock, &repository, "first", &[]);
    work(stock, &repository, "hidden", &["--private"]);
    stock.write("page", "A *page*\n");
    stock.ok(&["wiki", "create", "A page", "page", "-R", file]);
    stock.ok(&["uv", "add", "page", "--as", "a.txt", "-R", file]);
    stock.ok(&["uv", "add", "page", "--as", "dir/b.txt", "-R", file]);
    repository
}

/// What is done in some scene.
const WORKS: [&str; 8] = ["first", "hidden", "news", "mine", "secret", "theirs", "lost", "missed"];

/// Some check-ins on a branch of their own, made by stock.
pub(crate) fn work(stock: &Stock, repository: &Path, name: &str, more: &[&str]) {
    let folder = repository.with_extension(format!("work-{name}"));
    fs::create_dir_all(&folder).unwrap();
    stock.ok_in(&folder, &["open", "--force", "--nosync", repository.to_str().unwrap()]);
    stock.ok_in(&folder, &["settings", "autosync", "off"]);
    for number in 0..4 {
        fs::write(folder.join(format!("{name}{number}")), "some words\n".repeat(40)).unwrap();
        // Of another size each time: stock looks at size and second to see what has changed.
        let text = format!("{name} {number}\n").repeat(40 + number);
        fs::write(folder.join("a.txt"), text).unwrap();
        stock.ok_in(&folder, &["addremove"]);
        let comment = format!("{name} {number}");
        // The same work is the same artifacts, wherever it is done.
        let hour = WORKS.iter().position(|work| *work == name).unwrap();
        let date = format!("2026-01-02T{hour:02}:{number:02}:00");
        let commit = ["commit", "--no-warnings", "--allow-fork", "--allow-older", "-m", &comment];
        let commit = [&commit[..], &["--date-override", &date]].concat();
        let branch = ["--branch", name];
        let branch = if number == 0 { &branch[..] } else { &[] };
        let more = if number == 0 { more } else { &[] };
        stock.ok_in(&folder, &[&commit[..], branch, more].concat());
    }
    stock.ok_in(&folder, &["close", "--force"]);
}

/// A server of either kind.
enum Server {
    Stock(StockServer),
    Ours { child: Child, address: String },
}

impl Server {
    fn start(side: Side, stock: &Arc<Stock>, repository: &Path) -> Self {
        if side == Side::Stock {
            return Self::Stock(StockServer::start(stock, repository));
        }
        let mut command = Command::new(env!("CARGO_BIN_EXE_outcrop"));
        command.arg("serve").arg(repository).args(["--listen", "127.0.0.1:0", "--json"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.split_once("http://127.0.0.1:").unwrap().1;
        let port = port.split(|c: char| !c.is_ascii_digit()).next().unwrap();
        Self::Ours { child, address: format!("127.0.0.1:{port}") }
    }

    fn address(&self) -> &str {
        match self {
            Self::Stock(server) => server.address(),
            Self::Ours { address, .. } => address,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Self::Ours { child, .. } = self {
            // As a system ends it: so it brings its log into the file.
            let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            assert!(told.is_ok_and(|told| told.success()) && child.wait().unwrap().success());
        }
    }
}

/// A client of one kind and a server of one kind, with a folder of their own.
pub(crate) struct Pair {
    pub(crate) client: Side,
    pub(crate) stock: Arc<Stock>,
    folder: PathBuf,
    server: Server,
}

impl Pair {
    fn new(client: Side, server: Side, stock: &Arc<Stock>, origin: &Path, scene: &str) -> Self {
        let folder = stock.path(format!("{scene}-{client:?}-{server:?}"));
        fs::create_dir_all(&folder).unwrap();
        let repository = folder.join("server.fossil");
        fs::copy(origin, &repository).unwrap();
        let server = Server::start(server, stock, &repository);
        Self { client, stock: Arc::clone(stock), folder, server }
    }

    /// A file in the folder of the pair; `server` is what is served.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.fossil"))
    }

    pub(crate) fn url(&self, user: &str, password: &str) -> String {
        match user {
            "" => format!("http://{}/", self.server.address()),
            user => format!("http://{user}:{password}@{}/", self.server.address()),
        }
    }

    /// Runs the client, whatever comes of it.
    pub(crate) fn run(&self, stock: &[&str], ours: &[&str]) -> Came {
        let output = match self.client {
            Side::Stock => self.stock.run_in(&self.folder, stock),
            Side::Ours => {
                let mut command = Command::new(env!("CARGO_BIN_EXE_outcrop"));
                command.args(ours).current_dir(&self.folder).stdin(Stdio::null());
                command.env("USER", "alice").env_remove("OUTCROP_PASSWORD").output().unwrap()
            }
        };
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let said = text(&output.stdout) + &text(&output.stderr);
        // Stock's exit code does not tell that a sync has failed.
        let well =
            output.status.success() && !said.contains("Error:") && !said.contains("Fossil error");
        Came { well, said }
    }

    /// Clones into a file of this name.
    pub(crate) fn clone(&self, name: &str, user: &str, more: &[&str]) -> Came {
        let (url, file) = (self.url(user, &format!("{user}-pw")), self.file(name));
        let file = file.to_str().unwrap();
        let stock = [&["clone", "--no-open", "-A", "alice"], more, &[&url, file]].concat();
        let ours = [&["clone", "-A", "alice"], more, &[&url, file]].concat();
        self.run(&stock, &ours)
    }

    /// A clone that must be there to begin with.
    pub(crate) fn cloned(&self, name: &str, user: &str, more: &[&str]) {
        let came = self.clone(name, user, more);
        assert!(came.well, "{}", came.said);
    }

    /// `sync`, `pull` or `push` of a clone, as a user.
    pub(crate) fn exchange(&self, verb: &[&str], name: &str, user: &str, more: &[&str]) -> Came {
        let (url, file) = (self.url(user, &format!("{user}-pw")), self.file(name));
        let words = [verb, more, &[&url, "-R", file.to_str().unwrap()]].concat();
        self.run(&words, &words)
    }
}

/// What a scene leaves behind: repositories to compare, and how each run came out.
pub(crate) type Left = (Vec<PathBuf>, Vec<bool>);

/// All that two repositories share. Passwords are drawn by lot, and rights are those of the release,
/// so users are compared apart.
pub(crate) fn all() -> Options {
    Options::default().without("user")
}

/// Plays a scene with all four pairs. What stock leaves behind with itself is what all others must
/// leave behind.
pub(crate) fn play(scene: &str, options: &Options, play: impl Fn(&Pair) -> Left) {
    let stock = Arc::new(Stock::find());
    let origin = project(&stock);
    let mut expected: Option<Left> = None;
    for client in [Side::Stock, Side::Ours] {
        for server in [Side::Stock, Side::Ours] {
            let pair = Pair::new(client, server, &stock, &origin, scene);
            let left = play(&pair);
            // Ended before the files are looked at.
            drop(pair);
            let who = format!("{scene}: {client:?} client, {server:?} server");
            for repository in &left.0 {
                stock.test_integrity(repository);
            }
            let Some((repositories, outcomes)) = &expected else {
                expected = Some(left);
                continue;
            };
            assert_eq!(outcomes, &left.1, "{who}");
            assert_eq!(repositories.len(), left.0.len());
            for (one, other) in repositories.iter().zip(&left.0) {
                assert_eq!(users(&stock, one), users(&stock, other), "{who}");
                let differences = compare(one, other, options);
                assert!(differences.is_empty(), "{who}: {}: {differences}", other.display());
            }
        }
    }
}

/// The users of a repository. What the first ones may do is not the same in all releases.
fn users(stock: &Stock, repository: &Path) -> String {
    stock.sql(repository, "SELECT uid, login FROM user ORDER BY uid;")
}
