//! The cards: what each takes, and how it is seen that it was taken.

use outcrop_format::envelope;
use outcrop_format::hash::HashName;
use outcrop_repo::Repo;

use super::handler_support::PROJECT;
use super::kept::{configuration, tables};
use super::place::Place;

const READ: &str = "not authorized to read";
pub(crate) const WRITE: &str = "not authorized to write";
const CLONE: &str = "not authorized to clone";
const PRIVATE: &str = "not authorized to sync private content";
const FILES: &str = "Write permissions for unversioned files missing";
pub(crate) const CONFIG: &str = "not authorized to push configuration";

/// Nothing is said: the card is passed over.
pub(crate) const SILENT: &str = "";

/// What nobody has.
pub(crate) const NEVER: char = '-';

/// What the user `who` does that is to be told from what others do.
pub(crate) struct Deed<'a> {
    pub(crate) who: &'a str,
    pub(crate) place: &'a Place,
}

/// How it is seen that a card has been taken.
pub(crate) enum Seen {
    /// The reply holds this.
    Told(fn(&Deed<'_>) -> String),
    /// It stands in the repository.
    Done(fn(&Repo, &Deed<'_>) -> bool),
}

/// What stock's server makes of it.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum InStock {
    /// The same.
    Same,
    /// Something else, on purpose.
    Otherwise(&'static str),
    /// It is not asked, for this reason.
    Spared(&'static str),
}

pub(crate) struct Cell {
    pub(crate) what: &'static str,
    /// One letter for each byte.
    pub(crate) cards: fn(&Deed<'_>) -> String,
    /// The abilities that it takes, with the words that one hears without: the first missing counts.
    pub(crate) needs: &'static [(char, &'static str)],
    pub(crate) seen: Seen,
    pub(crate) stock: InStock,
}

fn pull() -> String {
    format!("pull 0 {PROJECT}\n")
}

pub(crate) fn push() -> String {
    format!("push 0 {PROJECT}\n")
}

/// An artifact of a user's own.
pub(crate) fn own(kind: &str, deed: &Deed<'_>) -> (HashName, String) {
    let text = format!("{kind} of {}\n", deed.who);
    (HashName::sha3_of(text.as_bytes()), text)
}

fn file(kind: &str, deed: &Deed<'_>) -> String {
    let (name, text) = own(kind, deed);
    format!("file {name} {}\n{text}", text.len())
}

fn has(repo: &Repo, name: &HashName) -> bool {
    repo.read().unwrap().blob_named(name).unwrap().is_some_and(|row| !row.is_phantom())
}

fn is_locked(repo: &Repo, deed: &Deed<'_>) -> bool {
    let locks = repo.read().unwrap().check_in_locks().unwrap();
    locks.iter().any(|lock| lock.client == client(deed).as_bytes())
}

/// The name of a user's check-out.
pub(crate) fn client(deed: &Deed<'_>) -> String {
    HashName::sha1_of(deed.who.as_bytes()).to_string()
}

pub(crate) fn cell(
    what: &'static str,
    cards: fn(&Deed<'_>) -> String,
    needs: &'static [(char, &'static str)],
    seen: Seen,
    stock: InStock,
) -> Cell {
    Cell { what, cards, needs, seen, stock }
}

/// All of them. What one changes is there for those that follow.
pub(crate) fn cells() -> Vec<Cell> {
    [artifacts(), wishes(), files(), configuration(), tables()].into_iter().flatten().collect()
}

fn artifacts() -> Vec<Cell> {
    use Seen::{Done, Told};
    vec![
        cell("pull", |_| pull(), &[('o', READ)], Told(|_| "errors 0".into()), InStock::Same),
        cell("push", |_| push(), &[('i', WRITE)], Told(|_| "errors 0".into()), InStock::Same),
        cell(
            "clone",
            |_| "clone 3 2000000\n".into(),
            &[('g', CLONE)],
            Told(|_| "clone_seqno 0".into()),
            InStock::Same,
        ),
        cell(
            "cfile",
            |deed| {
                let (name, text) = own("cfile", deed);
                let sealed = envelope::seal(text.as_bytes()).unwrap();
                let letters: String = sealed.iter().map(|&byte| char::from(byte)).collect();
                format!("{}cfile {name} {} {}\n{letters}", push(), text.len(), sealed.len())
            },
            &[('i', WRITE)],
            Done(|repo, deed| has(repo, &own("cfile", deed).0)),
            InStock::Spared("it takes the length of what came for that of the artifact"),
        ),
        cell(
            "file without a push",
            |deed| file("stray", deed),
            &[(NEVER, WRITE)],
            Done(|repo, deed| has(repo, &own("stray", deed).0)),
            InStock::Same,
        ),
        cell(
            "private file",
            |deed| format!("{}private\n{}", push(), file("private", deed)),
            &[('i', WRITE), ('x', PRIVATE)],
            Done(|repo, deed| has(repo, &own("private", deed).0)),
            InStock::Spared("it says the same, and then takes the artifact for a public one"),
        ),
        cell(
            "gimme",
            |deed| format!("{}gimme {}\n", pull(), deed.place.public),
            &[('o', READ)],
            Told(|deed| format!("file {} ", deed.place.public)),
            InStock::Same,
        ),
        cell(
            "gimme without a pull",
            |deed| format!("gimme {}\n", deed.place.public),
            &[(NEVER, SILENT)],
            Told(|deed| format!("file {} ", deed.place.public)),
            InStock::Same,
        ),
        cell(
            "gimme of what is private",
            |deed| format!("pragma send-private\n{}gimme {}\n", pull(), deed.place.private),
            &[('o', READ), ('x', PRIVATE)],
            Told(|deed| format!("private\nfile {} ", deed.place.private)),
            InStock::Same,
        ),
    ]
}

fn wishes() -> Vec<Cell> {
    use Seen::{Done, Told};
    vec![
        cell(
            "send-catalog",
            |_| format!("{}pragma send-catalog\n", pull()),
            &[('o', READ)],
            Told(|deed| format!("igot {}\n", deed.place.public)),
            InStock::Same,
        ),
        cell(
            "send-catalog without a pull",
            |_| "pragma send-catalog\n".into(),
            &[(NEVER, SILENT)],
            Told(|deed| format!("igot {}\n", deed.place.public)),
            InStock::Same,
        ),
        cell(
            "req-clusters",
            |_| "pragma req-clusters\n".into(),
            &[('o', SILENT)],
            Told(|_| "# sending-clusters\nigot ".into()),
            InStock::Otherwise("stock tells everyone which clusters there are"),
        ),
        cell(
            "req-links",
            |_| "pragma req-links\n".into(),
            &[('o', SILENT)],
            Told(|_| "pragma link http://elsewhere.example.org".into()),
            InStock::Otherwise("stock tells everyone where else the project is"),
        ),
        cell(
            "client-url",
            |deed| format!("pragma client-url http://{}.example.org/\n", client(deed)),
            &[('i', SILENT)],
            Done(|repo, deed| {
                let settings = repo.read().unwrap().settings().unwrap();
                let url = format!("syncfrom:http://{}.example.org", client(deed));
                settings.iter().any(|setting| setting.name.starts_with(&url))
            }),
            InStock::Same,
        ),
        cell(
            "ci-lock",
            |deed| format!("pragma ci-lock {} {}\n", deed.place.tip, client(deed)),
            &[('o', SILENT), ('i', SILENT)],
            Done(is_locked),
            InStock::Otherwise("stock locks for everyone, and tells everyone who holds a lock"),
        ),
        cell(
            "ci-unlock",
            |deed| format!("pragma ci-unlock {}\n", client(deed)),
            &[('i', SILENT)],
            Done(|repo, deed| !is_locked(repo, deed)),
            // That stock takes the locks of everyone off cannot be seen from its answer.
            InStock::Same,
        ),
    ]
}

fn files() -> Vec<Cell> {
    use Seen::{Done, Told};
    vec![
        cell(
            "uv-hash",
            |deed| format!("pragma uv-hash {}\n", deed.place.tip),
            &[('o', SILENT)],
            Told(|_| "uvigot a.txt ".into()),
            InStock::Same,
        ),
        cell(
            "uvfile",
            |deed| {
                let (hash, text) = own("uvfile", deed);
                format!("uvfile by-{} 1700000000 {hash} {} 0\n{text}", deed.who, text.len())
            },
            &[('y', FILES)],
            Done(|repo, deed| {
                let name = format!("by-{}", deed.who);
                repo.read().unwrap().unversioned_file(&name).unwrap().is_some()
            }),
            InStock::Otherwise("2.21 takes nothing either, and says nothing"),
        ),
        cell(
            "uvgimme",
            |_| "uvgimme a.txt\n".into(),
            &[('o', SILENT)],
            Told(|_| "uvfile a.txt ".into()),
            InStock::Otherwise("stock sends to everyone who knows a name"),
        ),
    ]
}
