//! The real `fossil`, and tickets that ask much of it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use outcrop_format::escape;
use outcrop_format::hash::HashName;
use tempfile::TempDir;

use super::{Change, TicketMeaning};
use crate::artifact::checksum::z_line;
use crate::artifact::{Artifact, Moment, Ticket};
use crate::markup::links;
use crate::receive::{Incoming, Origin, Payload};
use crate::tx::WriteTx;
use crate::{Repo, Rid};

/// The real `fossil`, with a folder for its files.
pub(super) struct Fossil {
    program: String,
    folder: TempDir,
}

impl Fossil {
    pub(super) fn find() -> Self {
        let program = std::env::var("OUTCROP_FOSSIL").unwrap_or_else(|_| "fossil".to_owned());
        let fossil = Self { program, folder: tempfile::tempdir().unwrap() };
        fossil.run(&["version"]);
        fossil
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs it, successfully, and gives what it prints.
    pub(super) fn run(&self, arguments: &[&str]) -> String {
        let output = Command::new(&self.program)
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("FOSSIL_HOME", self.folder.path())
            .env("USER", "alice")
            .env_remove("FOSSIL_USER")
            .output()
            .unwrap_or_else(|error| {
                panic!(
                    "cannot run `{}` ({error}): fossil is missing: apt-get install fossil, or \
                     set OUTCROP_FOSSIL to its path",
                    self.program
                )
            });
        assert!(output.status.success(), "fossil {arguments:?}: {output:?}");
        // Text that is not UTF-8 is compared by its digits.
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    pub(super) fn sql(&self, file: &str, sql: &str) -> String {
        self.run(&["sql", "-R", file, sql])
    }

    pub(super) fn configure(&self, file: &str, name: &str, value: &str) {
        let value = value.replace('\'', "''");
        let sql = format!("REPLACE INTO config(name, value, mtime) VALUES('{name}', '{value}', 1)");
        self.sql(file, &sql);
    }

    /// The rows of `ticket` and `ticketchng`, every value with its type and its bytes.
    pub(super) fn ticket_rows(&self, file: &str) -> BTreeMap<String, Vec<String>> {
        let mut rows = BTreeMap::new();
        for table in ["ticket", "ticketchng"] {
            let sql = format!("SELECT hex(name) FROM pragma_table_xinfo('{table}') ORDER BY cid");
            let values: Vec<_> = lines(&self.sql(file, &sql))
                .iter()
                .map(|name| format!("\"{}\"", unhex(name).replace('"', "\"\"")))
                .map(|name| {
                    format!(
                        "iif(typeof({name}) = 'text', 'text ' || hex({name}), \
                         typeof({name}) || ' ' || quote({name}))"
                    )
                })
                .collect();
            if values.is_empty() {
                continue;
            }
            let sql = format!("SELECT {} FROM {table} ORDER BY rowid", values.join(" || ', ' || "));
            let found = self.sql(file, &sql);
            rows.insert(table.to_owned(), found.lines().map(str::to_owned).collect());
        }
        rows
    }

    /// The timeline's rows of tickets.
    pub(super) fn events(&self, file: &str) -> Vec<String> {
        let sql = "SELECT objid || ' ' || tagname || ' ' || \
                   CAST(round(event.mtime * 86400000) AS INTEGER) || ' ' || hex(user) || ' ' || \
                   hex(comment) || ' ' || hex(brief) \
                   FROM event LEFT JOIN tag USING(tagid) WHERE type = 't' ORDER BY objid";
        lines(&self.sql(file, sql))
    }

    /// The links from tickets.
    pub(super) fn backlinks(&self, file: &str) -> Vec<String> {
        let sql = "SELECT target || ' ' || srcid || ' ' || \
                   CAST(round(mtime * 86400000) AS INTEGER) FROM backlink WHERE srctype = 1";
        let mut links = lines(&self.sql(file, sql));
        links.sort();
        links
    }
}

fn lines(said: &str) -> Vec<String> {
    said.lines().map(|line| line.trim_matches('\'').to_owned()).collect()
}

fn unhex(digits: &str) -> String {
    let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
    String::from_utf8((0..digits.len()).step_by(2).map(byte).collect()).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02X}").unwrap();
        digits
    })
}

/// What `events` and `backlinks` of [`Fossil`] give, from what was made here.
pub(super) fn told(uuid: &[u8], meaning: &TicketMeaning<'_>) -> (Vec<(Rid, String)>, Vec<String>) {
    let uuid = String::from_utf8_lossy(uuid);
    let events = meaning.events.iter().map(|event| {
        let [user, comment, brief] = [&event.user, &event.comment, &event.brief].map(|t| hex(t));
        let (rid, at) = (event.rid.get(), event.at.julian_millis());
        (event.rid, format!("{rid} tkt-{uuid} {at} {user} {comment} {brief}"))
    });
    let found = meaning.texts.iter().flat_map(|text| {
        let (rid, at) = (text.rid.get(), text.at.julian_millis());
        let targets = links(&text.text, text.markup).into_iter();
        targets.map(move |target| format!("{target} {rid} {at}"))
    });
    (events.collect(), found.collect())
}

/// Numbers that look random and are the same on every run (`SplitMix64`).
pub(super) struct Random(pub(super) u64);

impl Random {
    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) >> 33).unwrap() % bound.max(1)
    }

    pub(super) fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

/// A change as an artifact. Fields are put in order; of equal names the last counts.
pub(super) fn compose(date: &str, fields: &[(&str, Vec<u8>)], uuid: &str, user: &str) -> Vec<u8> {
    let fields: BTreeMap<&str, &Vec<u8>> =
        fields.iter().map(|(name, value)| (*name, value)).collect();
    let mut text = format!("D {date}\n").into_bytes();
    for (name, value) in fields {
        text.extend_from_slice(format!("J {name}").as_bytes());
        if !value.is_empty() {
            text.push(b' ');
            text.extend_from_slice(&escape::encode(value));
        }
        text.push(b'\n');
    }
    text.extend_from_slice(format!("K {uuid}\n").as_bytes());
    text.extend_from_slice(&[b"U ", &*escape::encode(user.as_bytes()), b"\n"].concat());
    let z = z_line(&text);
    text.extend_from_slice(&z);
    text
}

pub(super) fn store(tx: &WriteTx, artifacts: &[Vec<u8>]) {
    let at = Moment::parse(b"2024-01-02T03:04:06").unwrap();
    let mut receiver = tx.receiver(Origin { user: Some(1), at, nonce: None, address: None });
    for content in artifacts {
        let name = HashName::sha3_of(content);
        let payload = Payload::Plain(content);
        receiver.receive(&Incoming { name, source: None, payload, private: false }).unwrap();
    }
}

/// Calls `look` with every ticket of a repository and its changes in order.
pub(super) fn each_ticket(tx: &WriteTx, mut look: impl FnMut(&[u8], &[Change<'_>])) {
    let mut contents = Vec::new();
    for rid in (1..).map_while(Rid::new) {
        let Some(row) = tx.blob(rid).unwrap() else { break };
        contents.push((row.rid, tx.content(row.rid).unwrap()));
    }
    let mut tickets: BTreeMap<&[u8], Vec<(Rid, Ticket<'_>)>> = BTreeMap::new();
    for (rid, content) in &contents {
        if let Ok(Artifact::Ticket(ticket)) = Artifact::parse(content) {
            tickets.entry(ticket.id).or_default().push((*rid, ticket));
        }
    }
    for (uuid, mut changes) in tickets {
        changes.sort_by_key(|(rid, ticket)| (ticket.date, *rid));
        let changes: Vec<_> =
            changes.iter().map(|(rid, ticket)| Change { rid: *rid, ticket }).collect();
        look(uuid, &changes);
    }
}

/// Makes the tables anew, and links all tickets; gives events and links as [`Fossil`] would.
pub(super) fn rebuild(path: &Path) -> (Vec<String>, Vec<String>) {
    let repo = Repo::open(path).unwrap();
    let tx = repo.write().unwrap();
    tx.make_ticket_tables().unwrap();
    let (mut events, mut links) = (Vec::new(), Vec::new());
    each_ticket(&tx, |uuid, changes| {
        let meaning = tx.link_ticket(uuid, changes).unwrap();
        let (mut of_this, linked) = told(uuid, &meaning);
        events.append(&mut of_this);
        links.extend(linked);
    });
    tx.commit().unwrap();
    events.sort();
    links.sort();
    links.dedup();
    (events.into_iter().map(|(_, event)| event).collect(), links)
}
