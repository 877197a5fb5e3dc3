//! What checks of whole messages begin with: a small project, and what of it nobody may know.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_repo::user::NewUser;
use tempfile::TempDir;

/// The project of the captures in `testdata/wire`.
pub(crate) const PROJECT: &str = "5eed0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a0c7a";

/// The password of each user.
pub(crate) const PASSWORD: &str = "a password that no fuzzer guesses";

/// What only those with the letter `x` may see.
pub(crate) const PRIVATE: &[u8] = b"nobody may know that the answer is 42\n";

/// A repository of its own for each thread, and the file that it starts from each time.
pub(crate) struct Stage {
    _folder: TempDir,
    pristine: PathBuf,
    used: PathBuf,
    pub(crate) repo: Repo,
    /// When the file in use was last known to be as it was.
    untouched: SystemTime,
}

impl Stage {
    /// The file has this name; users have these letters, beside those of nobody.
    pub(crate) fn new(name: &str, users: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pristine = folder.path().join("pristine");
        fs::create_dir(folder.path().join("used")).unwrap();
        let used = folder.path().join("used").join(name);
        fill(&pristine, users);
        fs::copy(&pristine, &used).unwrap();
        let repo = Repo::open(&used).unwrap();
        let untouched = modified(&used);
        Self { _folder: folder, pristine, used, repo, untouched }
    }

    /// The folder that the file in use is in, alone.
    pub(crate) fn folder(&self) -> &Path {
        self.used.parent().unwrap()
    }

    /// Whether nothing was written since the last [`reset`](Self::reset).
    pub(crate) fn is_untouched(&self) -> bool {
        modified(&self.used) == self.untouched
    }

    /// Takes back what was written; gives whether there was something.
    pub(crate) fn reset(&mut self) -> bool {
        if self.is_untouched() {
            return false;
        }
        fs::copy(&self.pristine, &self.used).unwrap();
        // Open connections would not notice.
        self.repo = Repo::open(&self.used).unwrap();
        self.untouched = modified(&self.used);
        true
    }
}

fn modified(file: &Path) -> SystemTime {
    fs::metadata(file).unwrap().modified().unwrap()
}

/// Makes a small project with something of each kind.
fn fill(path: &Path, users: &[(&str, &str)]) {
    let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
    let options = CreateOptions {
        project_code: Some(PROJECT.to_owned()),
        ..CreateOptions::new("admin", now)
    };
    let made = Repo::create(path, &options, &mut |bytes| bytes.fill(7)).unwrap();
    let tx = made.repo.write().unwrap();
    for (login, letters) in users {
        let capabilities = Capabilities::parse(letters);
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

/// Whether some bytes have others in them.
pub(crate) fn holds(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}
