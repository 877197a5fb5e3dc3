//! Any two, three or five repositories, whatever has happened in each of them, end up with the same
//! once they have exchanged rounds, in whatever order they meet.
// A test says what it expects by unwrapping and panicking.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;

use outcrop_format::hash::HashName;
use outcrop_oracle::{Options, Stock, compare};
use outcrop_repo::artifact::{Moment, TagAction};
use outcrop_repo::commit::{Author, Change, CheckInRequest, NewBranch, TagChange, WikiEdit};
use outcrop_repo::compose::NewTicketField;
use outcrop_repo::create::CreateOptions;
use outcrop_repo::read::EventKind;
use outcrop_repo::receive::Origin;
use outcrop_repo::tables::{self, Column, ColumnType, Conflict, Definition, Row};
use outcrop_repo::tx::WriteTx;
use outcrop_repo::{Repo, Rid};
use outcrop_sync::{
    HandleOptions, Session, SyncOptions, SyncOutcome, Trust, Unversioned, handle_sync,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, TestRunner};
use tempfile::TempDir;

/// What happens somewhere.
#[derive(Debug, Clone)]
enum Deed {
    CheckIn {
        file: u8,
        text: u8,
        branch: Option<u8>,
        private: bool,
    },
    Tag {
        value: Option<u8>,
    },
    /// Takes off one of the tags that were put on anywhere.
    CancelTag {
        which: u8,
    },
    Wiki {
        title: u8,
        text: u8,
    },
    Ticket {
        id: u8,
        title: u8,
    },
    PutFile {
        name: u8,
        text: u8,
        at: u8,
    },
    RemoveFile {
        name: u8,
        at: u8,
    },
    PutRow {
        key: u8,
        text: u8,
        at: u8,
    },
    RemoveRow {
        key: u8,
        at: u8,
    },
    Sync {
        with: usize,
        direction: Direction,
        verily: bool,
    },
}

#[derive(Debug, Clone, Copy)]
enum Direction {
    Pull,
    Push,
    Both,
}

/// A few repositories, what happens where, and whom each meets in the end.
#[derive(Debug, Clone)]
struct Story {
    count: usize,
    deeds: Vec<(usize, Deed)>,
    /// Each repository but the first meets an earlier one: a tree that holds all together.
    tree: Vec<usize>,
    /// In which order they meet: each time all of them, in another order.
    orders: Vec<Vec<usize>>,
    /// Bytes of a request: little, so that a session needs many.
    max_send: usize,
}

fn deed(count: usize) -> impl Strategy<Value = Deed> {
    let small = || 0..4_u8;
    let branch = proptest::option::weighted(0.2, small());
    prop_oneof![
        6 => (small(), any::<u8>(), branch, prop::bool::weighted(0.15)).prop_map(
            |(file, text, branch, private)| Deed::CheckIn { file, text, branch, private }
        ),
        2 => proptest::option::of(small()).prop_map(|value| Deed::Tag { value }),
        1 => any::<u8>().prop_map(|which| Deed::CancelTag { which }),
        2 => (small(), any::<u8>()).prop_map(|(title, text)| Deed::Wiki { title, text }),
        1 => (small(), any::<u8>()).prop_map(|(id, title)| Deed::Ticket { id, title }),
        // Few names and few times, so that they meet.
        2 => (small(), small(), small())
            .prop_map(|(name, text, at)| Deed::PutFile { name, text, at }),
        1 => (small(), small()).prop_map(|(name, at)| Deed::RemoveFile { name, at }),
        2 => (small(), small(), small()).prop_map(|(key, text, at)| Deed::PutRow { key, text, at }),
        1 => (small(), small()).prop_map(|(key, at)| Deed::RemoveRow { key, at }),
        4 => (0..count, direction(), prop::bool::weighted(0.1))
            .prop_map(|(with, direction, verily)| Deed::Sync { with, direction, verily }),
    ]
}

fn direction() -> impl Strategy<Value = Direction> {
    prop_oneof![Just(Direction::Pull), Just(Direction::Push), Just(Direction::Both)]
}

fn story() -> impl Strategy<Value = Story> {
    prop_oneof![Just(2_usize), Just(3), Just(5)].prop_flat_map(|count| {
        let deeds = vec((0..count, deed(count)), 0..40);
        let tree: Vec<_> = (1..count).map(|one| 0..one).collect();
        let meetings: Vec<usize> = (0..count - 1).collect();
        let orders = vec(Just(meetings).prop_shuffle(), count - 1);
        let max_send = prop_oneof![Just(600_usize), Just(250_000)];
        (Just(count), deeds, tree, orders, max_send).prop_map(
            |(count, deeds, tree, orders, max_send)| Story { count, deeds, tree, orders, max_send },
        )
    })
}

/// Repositories of one project.
struct World {
    folder: TempDir,
    repos: Vec<Repo>,
    minutes: u32,
    max_send: usize,
    /// Tags that were put on, and what they are on.
    tags: Vec<(String, HashName)>,
}

fn moment(minutes: u32) -> Moment {
    let (day, hour, minute) = (minutes / 1440 + 1, minutes / 60 % 24, minutes % 60);
    Moment::parse(format!("2026-01-{day:02}T{hour:02}:{minute:02}:00").as_bytes()).unwrap()
}

fn seconds(at: u8) -> i64 {
    1_700_000_000 + i64::from(at)
}

impl World {
    fn new(count: usize, max_send: usize) -> Self {
        // In memory where that can be had: nothing here is about the disk.
        let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let first = folder.path().join("0.fossil");
        Repo::create(&first, &CreateOptions::new("alice", moment(0)), &mut |bytes| bytes.fill(7))
            .unwrap();
        let path = |number| folder.path().join(format!("{number}.fossil"));
        for number in 1..count {
            fs::copy(&first, path(number)).unwrap();
        }
        let repos = (0..count).map(|number| Repo::open(path(number)).unwrap()).collect();
        Self { folder, repos, minutes: 0, max_send, tags: Vec::new() }
    }

    fn write<T>(&mut self, at: usize, write: impl FnOnce(&WriteTx, Author<'_>) -> T) -> T {
        // No two artifacts have the same time: which of them counts would be a matter of order.
        self.minutes += 1;
        let tx = self.repos[at].write().unwrap();
        let done = write(&tx, Author { login: "alice", at: moment(self.minutes) });
        tx.commit().unwrap();
        done
    }

    fn happen(&mut self, at: usize, deed: &Deed) {
        match *deed {
            Deed::CheckIn { file, text, branch, private } => {
                self.write(at, |tx, author| check_in(tx, author, file, text, branch, private));
            }
            Deed::Tag { value } => self.tag(at, value),
            Deed::CancelTag { which } => self.cancel_tag(at, which),
            Deed::Wiki { title, text } => self.write(at, |tx, author| {
                let (title, text) = (format!("Page {title}"), format!("[trunk] says {text}"));
                let edit = WikiEdit { title: &title, mimetype: None, text: &text, comment: None };
                tx.write_wiki(&edit, author).unwrap();
            }),
            Deed::Ticket { id, title } => self.write(at, |tx, author| {
                let (id, value) = (id.to_string().repeat(40), format!("title {title}"));
                let field = NewTicketField { name: "title", value: &value, is_appended: false };
                tx.change_ticket(&id, &[field], author).unwrap();
            }),
            Deed::PutFile { name, text, at: time } => {
                self.write(at, |tx, author| {
                    let origin = Origin { user: None, at: author.at, nonce: None, address: None };
                    let (name, text) = (format!("file{name}"), "text ".repeat(usize::from(text)));
                    let mut receiver = tx.receiver(origin);
                    receiver.put_unversioned(&name, text.as_bytes(), seconds(time)).unwrap();
                });
            }
            Deed::RemoveFile { name, at: time } => {
                let tx = self.repos[at].write().unwrap();
                tx.delete_unversioned(&format!("file{name}"), seconds(time)).unwrap();
                tx.commit().unwrap();
            }
            Deed::PutRow { key, text, at: time } => self.change_row(at, key, Some(text), time),
            Deed::RemoveRow { key, at: time } => self.change_row(at, key, None, time),
            Deed::Sync { with, direction, verily } if with != at => {
                self.sync(at, with, direction, verily);
            }
            Deed::Sync { .. } => {}
        }
    }

    /// Puts a tag on the newest check-in. No two have the same name: which of two counts where one is
    /// inherited is a matter of order to Fossil.
    fn tag(&mut self, at: usize, value: Option<u8>) {
        let name = format!("mark{}", self.minutes);
        let value = value.map(|value| value.to_string());
        let action = if value.is_some() { TagAction::Propagate } else { TagAction::Add };
        let target = self.write(at, |tx, author| {
            let target = tip(tx);
            let change = TagChange { action, name: &name, target, value: value.as_deref() };
            tx.change_tags(&[change], author).unwrap();
            tx.blob(target).unwrap().unwrap().name
        });
        self.tags.push((name, target));
    }

    fn cancel_tag(&mut self, at: usize, which: u8) {
        let Some((name, target)) = self.tags.get(usize::from(which) % self.tags.len().max(1))
        else {
            return;
        };
        let (name, target) = (name.clone(), *target);
        self.write(at, |tx, author| {
            // Who has not heard of the check-in cannot take anything off it.
            if let Some(target) = tx.rid_of(&target).unwrap() {
                let action = TagAction::Cancel;
                let change = TagChange { action, name: &name, target, value: None };
                drop(tx.change_tags(&[change], author));
            }
        });
    }

    /// Writes a row, or deletes it.
    fn change_row(&self, at: usize, key: u8, text: Option<u8>, time: u8) {
        let tx = self.repos[at].write().unwrap();
        let name = "notes".parse().unwrap();
        let column =
            |name: &str, key| Column { name: name.to_owned(), kind: ColumnType::Text, key };
        let columns = vec![column("id", true), column("text", false)];
        let definition = Definition::new(columns, Conflict::MtimeWins).unwrap();
        tx.define_table(&name, &definition, 1).unwrap();
        let table = tx.table(&name).unwrap().unwrap();
        let author = tables::Author::User("alice");
        let json = match text {
            Some(text) => format!(r#"{{"id":"{key}","text":"{text}"}}"#),
            None => format!(r#"{{"id":"{key}"}}"#),
        };
        let row = Row::parse(&table.definition, json.as_bytes()).unwrap();
        match text {
            Some(_) => drop(tx.put_row(&table, &row, seconds(time), author).unwrap()),
            None => drop(tx.delete_row(&table, &row.key_hash(), seconds(time), author).unwrap()),
        }
        tx.commit().unwrap();
    }

    /// One session, which must end within as many rounds as there is something to say.
    fn sync(&self, at: usize, with: usize, direction: Direction, verily: bool) -> SyncOutcome {
        let options = match direction {
            Direction::Pull => SyncOptions::pull(),
            Direction::Push => SyncOptions::push(),
            Direction::Both => SyncOptions::push_pull(),
        };
        let options = SyncOptions {
            private: true,
            verily,
            unversioned: Unversioned::Sync,
            max_send: self.max_send,
            ..options
        };
        let mut session = Session::new(self.repos[at].clone(), options).unwrap();
        let answers = HandleOptions { trust: Trust::Owner, ..HandleOptions::default() };
        while let Some(request) = session.next_request().unwrap() {
            let reply = handle_sync(&self.repos[with], request, &answers).unwrap();
            session.receive(&reply).unwrap();
            let moved = moved(session.outcome());
            let rounds = u64::from(session.outcome().rounds);
            assert!(rounds <= 12 + moved, "{rounds} rounds moved {moved} things");
        }
        session.outcome().clone()
    }
}

/// How much has moved in a session.
fn moved(outcome: &SyncOutcome) -> u64 {
    let total = &outcome.total;
    total.received
        + total.sent
        + total.unversioned_received
        + total.unversioned_sent
        + total.rows_received
        + total.rows_sent
}

fn check_in(
    tx: &WriteTx,
    author: Author<'_>,
    file: u8,
    text: u8,
    branch: Option<u8>,
    private: bool,
) {
    let branch = branch.map(|branch| format!("branch {branch} at {}", author.at));
    let name = format!("file {file}");
    let content = format!("{text} and so on\n").repeat(30);
    let changes = [Change::put(&name, content.as_bytes())];
    let request = CheckInRequest {
        changes: &changes,
        branch: branch.as_deref().map(|name| NewBranch { name, background: None }),
        private: private && branch.is_some(),
        allow_fork: true,
        allow_empty: true,
        allow_older: true,
        allow_same_branch: true,
        ..CheckInRequest::new(Some(tip(tx)), "a change", author)
    };
    tx.check_in(&request).unwrap();
}

/// The newest check-in that is there.
fn tip(tx: &WriteTx) -> Rid {
    tx.resolve("tip", Some(EventKind::CheckIn)).unwrap().rid
}

/// Lets all of it happen, and then the repositories meet.
fn tell(story: &Story) -> World {
    let mut world = World::new(story.count, story.max_send);
    for (at, deed) in &story.deeds {
        world.happen(*at, deed);
    }
    // What someone knows travels at least one step along the tree each time.
    for order in &story.orders {
        for place in order {
            world.sync(place + 1, story.tree[*place], Direction::Both, false);
        }
    }
    world
}

fn is_the_same_everywhere(world: &World) {
    let path = |number: usize| world.folder.path().join(format!("{number}.fossil"));
    // Who announces what is another matter for each; and who has never had a file need not know that
    // it is deleted.
    let mut options = Options::default().without("unclustered").without("unversioned");
    options.content = true;
    for number in 1..world.repos.len() {
        let differences = compare(&path(0), &path(number), &options);
        assert!(differences.is_empty(), "0 and {number}: {differences}");
    }
    for repo in &world.repos {
        assert_eq!(files(repo), files(&world.repos[0]));
        let tx = repo.read().unwrap();
        let sums: Vec<_> =
            tx.tables().unwrap().iter().map(|table| tx.table_sum(table).unwrap()).collect();
        let first = world.repos[0].read().unwrap();
        let firsts = first.tables().unwrap();
        let firsts: Vec<_> = firsts.iter().map(|table| first.table_sum(table).unwrap()).collect();
        assert_eq!(sums, firsts);
        let report = tx.verify(|_| {}).unwrap();
        assert!(report.is_sound() && report.phantoms == 0 && report.pending == 0, "{report}");
    }
    // There is nothing left to say.
    for number in 1..world.repos.len() {
        let outcome = world.sync(number, 0, Direction::Both, false);
        assert_eq!(moved(&outcome), 0, "{outcome:?}");
    }
}

/// The unversioned files that are not deleted, all of them with their content.
fn files(repo: &Repo) -> Vec<String> {
    let tx = repo.read().unwrap();
    let files = tx.unversioned_files().unwrap().map(|file| file.unwrap());
    let live = files.filter(|file| file.hash.is_some()).map(|file| {
        assert!(file.held, "{file:?}");
        format!("{} {} {:?}", file.name, file.mtime, file.hash)
    });
    live.collect()
}

#[test]
fn all_converge_in_whatever_order_they_meet() {
    let cases = std::env::var("OUTCROP_CASES").ok().and_then(|cases| cases.parse().ok());
    let config = Config { cases: cases.unwrap_or(40), ..Config::default() };
    let mut runner = TestRunner::new(config);
    let told = runner.run(&story(), |story| {
        is_the_same_everywhere(&tell(&story));
        Ok(())
    });
    told.unwrap_or_else(|failure| panic!("{failure}"));
}

/// What comes out is sound to stock too.
#[test]
fn stock_finds_nothing_wrong_with_what_has_converged() {
    let stock = Stock::find();
    let mut runner = TestRunner::deterministic();
    for _ in 0..4 {
        let story = story().new_tree(&mut runner).unwrap().current();
        let world = tell(&story);
        for repo in &world.repos {
            stock.test_integrity(repo.path());
            let rebuilt = stock.copy(repo.path(), "rebuilt.fossil");
            stock.rebuild(&rebuilt);
            let differences = compare(repo.path(), &rebuilt, &Options::default());
            assert!(differences.is_empty(), "{story:?}: {differences}");
        }
    }
}
