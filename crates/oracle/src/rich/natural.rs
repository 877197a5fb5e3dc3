//! What the real program's own commands make.

use std::path::Path;

use outcrop_format::envelope;
use rusqlite::Connection;

use super::{Artifact, Fate, Kind, Rich};
use crate::{Stock, random::Random, whole};

/// What an artifact may expand to.
const CONTENT_LIMIT: usize = 1 << 28;

/// Makes a repository with the real program's own commands alone, in stock's scratch folder.
///
/// Its tables are as the commands left them. The artifacts are in order of rids; they are dated by
/// the clock, so that no two runs make the same.
///
/// # Panics
///
/// If a command fails.
#[must_use]
pub fn natural(stock: &Stock, name: &str, seed: u64) -> Rich {
    let repository = stock.path(format!("{name}.fossil"));
    let new = ["new".as_ref(), "-A".as_ref(), "alice".as_ref(), repository.as_os_str()];
    stock.ok(&new);
    let work = format!("{}.work", repository.file_stem().unwrap().to_string_lossy());
    std::fs::create_dir(stock.path(&work)).unwrap();
    stock.ok_in(&work, &["open".as_ref(), repository.as_os_str()]);
    stock.ok_in(&work, &["settings", "mtime-changes", "off"]);
    // Later releases forbid them in new repositories.
    stock.ok_in(&work, &["settings", "forbid-delta-manifests", "off"]);
    let maker = Maker { stock, work };
    maker.history(&mut Random::new(seed));
    maker.pages();
    stock.ok_in(&maker.work, &["close", "--force"]);
    let artifacts = artifacts(stock, &repository);
    Rich { repository, artifacts }
}

struct Maker<'a> {
    stock: &'a Stock,
    work: String,
}

impl Maker<'_> {
    fn run(&self, arguments: &[&str]) -> String {
        self.stock.ok_in(&self.work, arguments)
    }

    fn write(&self, name: &str, content: &str) {
        self.stock.write(format!("{}/{name}", self.work), content);
    }

    fn commit(&self, message: &str, options: &[&str]) {
        self.run(&["addremove"]);
        let commit = ["commit", "--no-warnings", "--allow-empty", "--allow-fork", "-m", message];
        self.run(&[&commit, options].concat());
    }

    /// Branches, merges, picks, renames and amendments.
    fn history(&self, random: &mut Random) {
        let text = |random: &mut Random| -> String {
            let line = |line| format!("line {line} {}\n", random.below(3));
            (0..40).map(line).collect::<Vec<_>>().concat()
        };
        self.write("one.txt", &text(random));
        self.write("two words.txt", &text(random));
        self.commit("first", &["--tag", "start"]);
        self.write("side.txt", &text(random));
        self.commit("aside", &["--branch", "side", "--bgcolor", "#abcdef"]);
        self.write("side.txt", &text(random));
        self.commit("further aside, see [start]", &["--delta"]);
        self.run(&["update", "trunk"]);
        self.run(&["mv", "--hard", "one.txt", "uno.txt"]);
        self.commit("renamed", &[]);
        self.run(&["merge", "--cherrypick", "side"]);
        self.commit("picked", &[]);
        self.run(&["merge", "side"]);
        self.commit("merged", &["--delta"]);
        self.run(&["merge", "--backout", "current"]);
        self.commit("backed out", &[]);
        self.run(&["branch", "new", "empty branch", "trunk"]);
        self.run(&["tag", "add", "release-1", "current"]);
        self.run(&["tag", "add", "--propagate", "prop", "start", "value"]);
        self.run(&["tag", "cancel", "release-1", "current"]);
        self.run(&["amend", "side", "--close", "-m", "amended", "--author", "bob", "--hide"]);
        self.write("secret.txt", "nobody may know\n");
        self.commit("secret", &["--private", "--branch", "hidden"]);
        self.run(&["update", "trunk"]);
    }

    /// Wiki pages, tickets, attachments, technotes and unversioned files.
    fn pages(&self) {
        self.stock.write("page", "A *page* with [a-link]\n");
        self.run(&["wiki", "create", "A page", "../page", "--mimetype", "markdown"]);
        self.stock.write("page", "Another\n");
        self.run(&["wiki", "commit", "A page", "../page"]);
        self.run(&["wiki", "create", "A note", "../page", "--technote", "2023-04-05 06:07:08"]);
        self.run(&["ticket", "add", "title", "broken", "status", "Open", "comment", "it's so"]);
        let tickets = "SELECT tkt_uuid FROM ticket;\n";
        let repository = self.stock.path(&self.work).with_extension("fossil");
        let said = self.stock.sql(&repository, tickets);
        let ticket = said.trim().trim_matches('\'');
        self.run(&["ticket", "set", ticket, "status", "Closed", "+comment", "more"]);
        self.run(&["attachment", "add", "A page", "../page"]);
        self.run(&["uv", "add", "../page", "--as", "natural.txt"]);
    }
}

/// The artifacts of a repository in order of rids.
fn artifacts(stock: &Stock, repository: &Path) -> Vec<Artifact> {
    let copy = stock.copy(repository, "expanded.fossil");
    whole(stock, &copy);
    let connection = Connection::open(copy).unwrap();
    let sql = "SELECT uuid, content, rid IN (SELECT rid FROM private) FROM blob \
                WHERE size >= 0 ORDER BY rid";
    let mut statement = connection.prepare(sql).unwrap();
    let found = statement.query_map([], |row| {
        let sealed: Vec<u8> = row.get(1)?;
        Ok(Artifact {
            name: row.get(0)?,
            bytes: envelope::open(&sealed, CONTENT_LIMIT).unwrap(),
            kind: Kind::Natural,
            fate: if row.get(2)? { Fate::Private } else { Fate::Kept },
            kin: None,
        })
    });
    found.unwrap().map(Result::unwrap).collect()
}
