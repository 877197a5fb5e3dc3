//! Whatever is sent to a repository, by whomever, is answered; and nobody is told what is not for
//! them.

use std::{cell::RefCell, fs, path::PathBuf, time::SystemTime};

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_repo::{
    Repo,
    artifact::Moment,
    capability::Capabilities,
    create::CreateOptions,
    receive::{Incoming, Origin, Payload},
    user::NewUser,
};
use outcrop_sync::{HandleOptions, Reply, Request, handle_sync};
use outcrop_xfer::{
    Card, Reader,
    login::{Login, Secret},
};

/// The project of the captures in `testdata/wire`.
const PROJECT: &str = "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a";
const PASSWORD: &str = "a password that no fuzzer guesses";

/// Users and their letters; nobody has those of a new repository.
const USERS: [(Option<&str>, &str); 5] = [
    (None, "gjorz"),
    (Some("reader-only"), "o"),
    (Some("writer"), "iy"),
    (Some("trusted"), "ix"),
    (Some("owner"), "sxy"),
];

/// What only those with the letter `x` may see.
const PRIVATE: &[u8] = b"nobody may know that the answer is 42\n";

/// A repository of its own for each thread, and the file that it starts from each time.
struct Stage {
    _folder: tempfile::TempDir,
    pristine: PathBuf,
    used: PathBuf,
    repo: Repo,
    /// When the file in use was last known to be as it was.
    untouched: SystemTime,
}

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::new(Stage::new());
}

/// Sends the bytes as the cards of a request, as each of the users.
pub fn handler(bytes: &[u8]) {
    STAGE.with_borrow_mut(|stage| {
        for (user, letters) in USERS {
            stage.send(bytes, user, letters);
            stage.reset();
        }
    });
}

impl Stage {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (pristine, used) = (folder.path().join("pristine"), folder.path().join("used"));
        fill(&pristine);
        fs::copy(&pristine, &used).unwrap();
        let repo = Repo::open(&used).unwrap();
        let untouched = modified(&used);
        Self { _folder: folder, pristine, used, repo, untouched }
    }

    fn send(&self, cards: &[u8], user: Option<&str>, letters: &str) {
        let login = user.map(|user| {
            let login = Login::sign(user, &Secret::new(PROJECT, user, PASSWORD), [cards]).unwrap();
            Login { user: login.user.into_owned(), ..login }
        });
        let cards = Bytes::copy_from_slice(cards).into();
        let request = Request { login, ..Request::new(cards) };
        let reply = handle_sync(&self.repo, request, &HandleOptions::default()).unwrap();
        let refused = check_reply(&reply, letters);
        if refused || user.is_none() {
            // Everyone may read, and nobody may write: nothing that is sent changes that.
            assert_eq!(modified(&self.used), self.untouched, "what is refused leaves no trace");
        }
    }

    /// Takes back what was written.
    fn reset(&mut self) {
        if modified(&self.used) != self.untouched {
            fs::copy(&self.pristine, &self.used).unwrap();
            // Open connections would not notice.
            self.repo = Repo::open(&self.used).unwrap();
            self.untouched = modified(&self.used);
        }
    }
}

fn modified(file: &PathBuf) -> SystemTime {
    fs::metadata(file).unwrap().modified().unwrap()
}

/// A small project with something of each kind.
fn fill(path: &PathBuf) {
    let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
    let options = CreateOptions {
        project_code: Some(PROJECT.to_owned()),
        ..CreateOptions::new("admin", now)
    };
    let made = Repo::create(path, &options, &mut |bytes| bytes.fill(7)).unwrap();
    let tx = made.repo.write().unwrap();
    for (login, letters) in USERS {
        let (Some(login), capabilities) = (login, Capabilities::parse(letters)) else { continue };
        let user = NewUser { login, password: Some(PASSWORD), capabilities, contact: "" };
        tx.add_user(&user, now).unwrap();
    }
    let origin = Origin { user: Some(1), at: now, nonce: None, address: None };
    let mut receiver = tx.receiver(origin);
    for (content, private) in [
        (b"one line\nand another\n".repeat(10), false),
        (b"one line\nand another\n".repeat(11), false),
        (PRIVATE.to_vec(), true),
    ] {
        let name = HashName::sha3_of(&content);
        let payload = Payload::Plain(&content);
        receiver.receive(&Incoming { name, source: None, payload, private }).unwrap();
    }
    receiver.put_unversioned("a.txt", b"a file\n", 1_700_000_000).unwrap();
    drop(receiver);
    tx.commit().unwrap();
}

/// Checks that a reply can be read, and tells nothing that its reader may not know. Says whether it
/// is a refusal.
fn check_reply(reply: &Reply, letters: &str) -> bool {
    let private = HashName::sha3_of(PRIVATE);
    let may_see = letters.contains('x');
    let mut errors = 0;
    for card in Reader::new(&reply.text()) {
        match card.unwrap() {
            Card::File(file) => {
                assert!(may_see || file.name != private && file.source != Some(private));
            }
            Card::Cfile(file) => {
                assert!(may_see || file.name != private && file.source != Some(private));
            }
            Card::Config(config) if config.name.as_bytes() == b"/user" => {
                assert!(letters.contains('s'), "only administrators read users");
            }
            Card::Error(_) => errors += 1,
            _ => {}
        }
    }
    let leaks = reply.text().windows(PRIVATE.len()).any(|window| window == PRIVATE);
    assert!(may_see || !leaks, "what is private was sent");
    errors > 0 && reply.text().ends_with(b" errors 1\n")
}
