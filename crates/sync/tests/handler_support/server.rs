//! A repository of ours and those who send it rounds.

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload};
use outcrop_repo::user::NewUser;
use outcrop_sync::{HandleOptions, Request, handle_sync};
use outcrop_xfer::login::{Login, Secret};
use tempfile::TempDir;

use super::PROJECT;

pub(crate) const VERSION: &str = "pragma client-version 22900 20260821 165942\n";

pub(crate) struct Server {
    _folder: TempDir,
    pub(crate) repo: Repo,
}

pub(crate) fn moment() -> Moment {
    Moment::parse(b"2024-01-02T03:04:05").unwrap()
}

impl Server {
    /// A repository with users of some letters.
    pub(crate) fn new(users: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = CreateOptions {
            project_code: Some(PROJECT.to_owned()),
            ..CreateOptions::new("admin", moment())
        };
        let path = folder.path().join("server.fossil");
        let repo = Repo::create(path, &options, &mut |bytes| bytes.fill(3)).unwrap().repo;
        let tx = repo.write().unwrap();
        for (login, letters) in users {
            let capabilities = Capabilities::parse(letters);
            let user = NewUser { login, password: Some("pw"), capabilities, contact: "" };
            tx.add_user(&user, moment()).unwrap();
        }
        tx.commit().unwrap();
        Self { _folder: folder, repo }
    }

    /// Puts an artifact in, and gives its name.
    pub(crate) fn holds(&self, content: &[u8], private: bool) -> HashName {
        let tx = self.repo.write().unwrap();
        let origin = Origin { user: None, at: moment(), nonce: None, address: None };
        let name = HashName::sha3_of(content);
        let payload = Payload::Plain(content);
        let incoming = Incoming { name, source: None, payload, private };
        tx.receiver(origin).receive(&incoming).unwrap();
        tx.commit().unwrap();
        name
    }

    pub(crate) fn set(&self, name: &str, value: &str) {
        let tx = self.repo.write().unwrap();
        tx.set_setting(name, value, moment()).unwrap();
        tx.commit().unwrap();
    }

    /// Sends cards as a user, or as nobody; gives the reply.
    pub(crate) fn ask(&self, user: Option<&str>, cards: &str) -> String {
        self.ask_with(user, cards, &HandleOptions::default())
    }

    pub(crate) fn ask_with(
        &self,
        user: Option<&str>,
        cards: &str,
        options: &HandleOptions<'_>,
    ) -> String {
        let reply = handle_sync(&self.repo, request(user, cards), options).unwrap();
        String::from_utf8_lossy(&reply.text()).into_owned()
    }

    pub(crate) fn has(&self, name: &HashName) -> bool {
        self.repo.read().unwrap().blob_named(name).unwrap().is_some()
    }
}

pub(crate) fn request(user: Option<&str>, cards: &str) -> Request {
    let login = user.map(|user| {
        let secret = Secret::new(PROJECT, user, "pw");
        let login = Login::sign(user, &secret, [cards.as_bytes()]).unwrap();
        Login { user: login.user.into_owned(), ..login }
    });
    Request { login, ..Request::new(Bytes::copy_from_slice(cards.as_bytes()).into()) }
}

pub(crate) fn pull() -> String {
    format!("{VERSION}pull 0 {PROJECT}\n")
}

pub(crate) fn push() -> String {
    format!("{VERSION}push 0 {PROJECT}\n")
}

pub(crate) fn file(content: &str) -> String {
    format!("file {} {}\n{content}", HashName::sha3_of(content.as_bytes()), content.len())
}
