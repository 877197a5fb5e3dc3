//! A server process of ours with a small repository, and the bytes that clients send to it.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use outcrop_format::envelope;
use outcrop_repo::Repo;
use outcrop_xfer::login::{Login, Secret};

use crate::support::Fossil;
use crate::support::serving::{PATIENCE, Serving, address_of, get};
use crate::table::is_full;

/// The repository that each case begins with, made by stock once. Its user `alice` has all rights.
static MADE: LazyLock<Made> = LazyLock::new(|| {
    let fossil = Fossil::new();
    let project = fossil.project_code();
    Made { file: fossil.path().join(Fossil::REPOSITORY), project, _fossil: fossil }
});

struct Made {
    file: PathBuf,
    project: String,
    _fossil: Fossil,
}

/// A copy of the repository, alone in a folder.
pub(crate) fn copy_to(folder: &Path) -> PathBuf {
    let file = folder.join("project.fossil");
    fs::copy(&MADE.file, &file).unwrap();
    file
}

/// What a server serves.
#[derive(Clone, Copy)]
pub(crate) enum Serves {
    /// The repository, whatever the path.
    File,
    /// The folder that it is in.
    Folder,
}

/// A server, and the repository that it serves.
pub(crate) struct Scene {
    folder: tempfile::TempDir,
    serving: Serving,
    pub(crate) address: String,
}

impl Scene {
    pub(crate) fn new(options: &[&str], what: Serves) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = copy_to(folder.path());
        let path = match what {
            Serves::File => &file,
            Serves::Folder => folder.path(),
        };
        let at = ["--listen", "127.0.0.1:0", path.to_str().unwrap()];
        let (serving, line) = Serving::at(&[options, &at].concat());
        let address = address_of(&line["listening"]);
        Self { folder, serving, address }
    }

    pub(crate) fn server_id(&self) -> u32 {
        self.serving.process.0.id()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.folder.path().join("project.fossil")
    }

    /// Whether it still answers.
    pub(crate) fn is_well(&self) {
        let answer = get(&self.address, "/healthz");
        assert!(answer.starts_with("HTTP/1.0 200 "), "{answer}");
    }

    /// Ends the server, which has not panicked; the repository is sound.
    pub(crate) fn end(self) {
        let (exit, log) = self.serving.terminate();
        assert!(exit == 0 && !log.contains("panicked"), "{exit}: {log}");
        let tx = Repo::open(self.folder.path().join("project.fossil")).unwrap().read().unwrap();
        let all = outcrop_repo::verify::Subset::ALL;
        let report = tx.verify_artifacts(all, |_| {}).unwrap();
        assert!(report.artifacts_are_sound(), "{report:?}");
    }

    /// Sends bytes, and reads until the server closes. A connection that breaks off says so.
    pub(crate) fn send(&self, request: &[u8]) -> String {
        read_on(&mut self.sent(request))
    }

    /// A connection over which bytes were sent.
    fn sent(&self, request: &[u8]) -> TcpStream {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        // What is larger takes longer.
        let patience = if is_full() { PATIENCE * 100 } else { PATIENCE };
        stream.set_read_timeout(Some(patience)).unwrap();
        // The server may have heard enough before all of it is sent.
        let _ = stream.write_all(request);
        stream
    }

    /// Sends cards as nobody.
    pub(crate) fn ask(&self, cards: impl AsRef<[u8]>) -> String {
        self.send(&post("", "application/x-fossil-debug", cards.as_ref()))
    }

    /// Sends cards as alice.
    pub(crate) fn ask_as_alice(&self, cards: impl AsRef<[u8]>) -> String {
        self.ask(signed(cards.as_ref()))
    }

    /// Sends what may be an envelope, as nobody; gives what is in the one that comes back.
    pub(crate) fn ask_sealed(&self, body: &[u8]) -> String {
        let mut answer = Vec::new();
        let mut stream = self.sent(&post("", "application/x-fossil", body));
        let _ = stream.read_to_end(&mut answer);
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head") + 4;
        let (head, sealed) = answer.split_at(end);
        let opened = envelope::open(sealed, 1 << 20).unwrap_or_else(|_| sealed.to_vec());
        String::from_utf8_lossy(&[head, &opened].concat()).into_owned()
    }
}

/// All that comes until the end, however it comes.
pub(crate) fn read_on(stream: &mut TcpStream) -> String {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    match (read, answer.is_empty()) {
        (Err(error), true) => format!("no answer: {error}"),
        (_, true) => "no answer".to_owned(),
        _ => answer,
    }
}

/// A request with a body. Headers end with a new line.
pub(crate) fn post(headers: &str, media: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST / HTTP/1.0\r\nContent-Type: {media}\r\n{headers}Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// The login of alice over some cards.
pub(crate) fn login(cards: &[u8]) -> Login<'static> {
    let secret = Secret::new(&MADE.project, "alice", "sesame");
    let login = Login::sign("alice", &secret, [cards]).unwrap();
    Login { user: login.user.into_owned(), ..login }
}

/// Cards behind the login of alice.
pub(crate) fn signed(cards: &[u8]) -> Vec<u8> {
    let login = login(cards);
    let line = format!("login {} {} {}\n", login.user.to_text(), login.nonce, login.signature);
    [line.as_bytes(), cards].concat()
}

/// A push by whoever may.
pub(crate) fn push(cards: &str) -> String {
    format!("push {} {}\n{cards}", "c".repeat(40), MADE.project)
}

/// A pull.
pub(crate) fn pull(cards: &str) -> String {
    format!("pull {} {}\n{cards}", "c".repeat(40), MADE.project)
}

pub(crate) fn seal(content: &[u8]) -> Vec<u8> {
    envelope::seal(content).unwrap()
}

/// The name of an artifact.
pub(crate) fn name(content: &[u8]) -> String {
    outcrop_format::hash::HashName::sha3_of(content).to_string()
}

/// An artifact as a card.
pub(crate) fn file(content: &[u8]) -> Vec<u8> {
    let card = format!("file {} {}\n", name(content), content.len());
    [card.as_bytes(), content].concat()
}
