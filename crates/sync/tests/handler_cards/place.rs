//! A repository with something of everything, and a user for each letter.

use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::receive::{Incoming, Origin, Payload, Receiver};
use outcrop_repo::tables::{Author, Row};

use super::USERS;
use super::handler_support::{Fossil, PROJECT};
use super::kept::devices;

/// What is in the repository.
pub(crate) struct Place {
    /// The only check-in.
    pub(crate) tip: HashName,
    /// An artifact that a cluster names.
    pub(crate) public: HashName,
    /// One that is private.
    pub(crate) private: HashName,
    /// The key of a row of the table `devices`.
    pub(crate) row: HashName,
}

impl Place {
    /// Makes `base.fossil`.
    pub(crate) fn new(fossil: &Fossil) -> Self {
        let now = Moment::parse(b"2024-01-02T03:04:05").unwrap();
        let options = CreateOptions {
            project_code: Some(PROJECT.to_owned()),
            ..CreateOptions::new("admin", now)
        };
        let path = fossil.path("base.fossil");
        let made = Repo::create(&path, &options, &mut |bytes| bytes.fill(3)).unwrap();
        let place = fill(&made.repo, made.initial_check_in, now);
        // Stock makes the table in which the subscribers are.
        fossil.run(&["alerts", "subscribers", "-R", "base.fossil"]);
        fossil.sql("base.fossil", &keep());
        place
    }
}

/// Puts in artifacts, an unversioned file and an extension table.
fn fill(repo: &Repo, tip: HashName, now: Moment) -> Place {
    let tx = repo.write().unwrap();
    let mut receiver = tx.receiver(Origin { user: None, at: now, nonce: None, address: None });
    let private = receive(&mut receiver, b"a secret\n", true);
    let public = receive(&mut receiver, b"public\n", false);
    // Enough for a cluster.
    for number in 0..120 {
        receive(&mut receiver, format!("artifact {number}\n").as_bytes(), false);
    }
    receiver.make_clusters().unwrap();
    receiver.put_unversioned("a.txt", b"unversioned\n", 1_700_000_000).unwrap();
    receiver.finish().unwrap();
    let name = "devices".parse().unwrap();
    tx.define_table(&name, &devices(), 1).unwrap();
    let table = tx.table(&name).unwrap().unwrap();
    let row = Row::parse(&devices(), br#"{"address":"x","id":"first"}"#).unwrap();
    tx.put_row(&table, &row, 10, Author::Authority).unwrap();
    tx.commit().unwrap();
    Place { tip, public, private, row: row.key_hash() }
}

fn receive(receiver: &mut Receiver<'_>, content: &[u8], private: bool) -> HashName {
    let name = HashName::sha3_of(content);
    let payload = Payload::Plain(content);
    receiver.receive(&Incoming { name, source: None, payload, private }).unwrap();
    name
}

/// What puts in the users and the configuration. The newest cluster is one that another one names.
fn keep() -> String {
    let users = USERS.map(|(letters, _)| {
        format!(
            "INSERT INTO user(login, pw, cap) VALUES('u-{letters}', 'u-{letters}-pw', '{letters}');"
        )
    });
    format!(
        "DELETE FROM unclustered WHERE rid=(SELECT max(rid) FROM blob); {} \
         UPDATE user SET cap='' WHERE login IN ('nobody', 'anonymous'); \
         UPDATE user SET cap='eiy' WHERE login='developer'; \
         UPDATE user SET cap='oe' WHERE login='reader'; \
         INSERT INTO concealed VALUES('{}', 1700000000, 'who@example.org'); \
         INSERT INTO shun(uuid, mtime, scom) VALUES('{}', 1700000000, 'why'); \
         INSERT INTO subscriber(semail, suname, sverified, sctime, mtime, ssub) \
           VALUES('s@example.org', 's', 1, 1700000000, 1700000000, 'a'); \
         REPLACE INTO config(name, value, mtime) VALUES('css', 'c', 1700000000), \
           ('project-name', 'p', 1700000000), ('header', 'h', 1700000000), \
           ('ticket-common', 't', 1700000000), ('xfer-push-script', '', 1700000000), \
           ('walias:/a', '/b', 1700000000), ('interwiki:i', '{{}}', 1700000000), \
           ('syncwith:http://elsewhere.example.org/', '', strftime('%s','now')+0);",
        users.concat(),
        "11".repeat(20),
        "ab".repeat(20),
    )
}
