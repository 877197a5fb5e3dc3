//! Files, the timeline, branches, pages and tickets are read as the real `fossil` shows them.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod history_support;
mod store_support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use history_support::History;
use outcrop_repo::artifact::FileMode;
use outcrop_repo::read::{EventKind, FilesError, Lineage, TimelineEntry, TimelineFilter};
use outcrop_repo::ticket::TicketMatch;
use outcrop_repo::tx::ReadTx;
use outcrop_repo::{Repo, Rid};
use store_support::{Fossil, moment, rows};

fn named(tx: &ReadTx, name: &str) -> Rid {
    tx.resolve(name, None).unwrap().rid
}

/// All lines, asked for a few at a time.
fn timeline(tx: &ReadTx, filter: &TimelineFilter<'_>) -> Vec<TimelineEntry> {
    let mut entries: Vec<TimelineEntry> = Vec::new();
    loop {
        let from = entries.last().map(|entry| entry.position);
        let page = tx.timeline(filter, from, 7).unwrap();
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

#[test]
fn files_of_every_check_in_are_those_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    let check_ins = TimelineFilter { kind: Some(EventKind::CheckIn), ..TimelineFilter::default() };
    let check_ins = timeline(&tx, &check_ins);
    assert_eq!(check_ins.len(), 11);
    let (mut deltas, mut special) = (0, BTreeSet::new());
    for check_in in &check_ins {
        let name = check_in.name.to_string();
        deltas += u32::from(tx.content(check_in.rid).unwrap().starts_with(b"B "));
        let files = tx.files_at(check_in.rid).unwrap();
        let repository = history.repository.to_str().unwrap();
        let listed = fossil.say(&["ls", "-R", repository, "-r", &name, "-v"]);
        let mut theirs: Vec<_> = listed.lines().map(|line| line[20..].trim().to_owned()).collect();
        let mut ours: Vec<_> = files
            .iter()
            .map(|file| format!("{}  {}", file.size.unwrap(), String::from_utf8_lossy(&file.name)))
            .collect();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs);

        history.work(&["checkout", "--force", &name]);
        for file in &files {
            let path = fossil.path("work").join(str::from_utf8(&file.name).unwrap());
            let found = fs::symlink_metadata(&path).unwrap();
            let (mode, content) = if found.is_symlink() {
                let target = fs::read_link(&path).unwrap().to_str().unwrap().to_owned();
                (FileMode::Symlink, target.into_bytes())
            } else if found.permissions().mode() & 0o100 != 0 {
                (FileMode::Executable, fs::read(&path).unwrap())
            } else {
                (FileMode::Regular, fs::read(&path).unwrap())
            };
            assert_eq!(file.mode, mode, "{}", path.display());
            assert!(file.content.verify(&content), "{}", path.display());
            special.insert(format!("{:?} {}", mode, file.old_name.is_some()));
            assert_eq!(tx.file_at(check_in.rid, &file.name).unwrap().as_ref(), Some(file));
        }
    }
    assert!(deltas >= 2, "{deltas} delta manifests");
    assert_eq!(special.len(), 4, "{special:?}");
    let tip = named(&tx, "tip");
    assert_eq!(tx.file_at(tip, b"many/7.txt").unwrap(), None);
    let page = tx.resolve("Some Page", Some(EventKind::Wiki)).unwrap().rid;
    assert!(matches!(tx.files_at(page), Err(FilesError::NotACheckIn(rid)) if rid == page));
}

fn told(entries: &[TimelineEntry]) -> Vec<String> {
    let seconds = |entry: &TimelineEntry| entry.time.to_string()[..19].replace('T', " ");
    let line = |entry: &TimelineEntry| {
        let branch = entry.branch.clone().unwrap_or_default();
        let mut tags = entry.tags.clone();
        tags.sort();
        let (user, tags) = (&entry.user, tags.join(", "));
        format!("{}|{}|{user}|{branch}|{tags}|{}", entry.name, seconds(entry), entry.comment)
    };
    entries.iter().map(line).collect()
}

fn their_timeline(fossil: &Fossil, arguments: &[&str]) -> Vec<String> {
    let format = ["timeline", "-n", "0", "-R", "h.fossil", "-F", "%H|%d|%a|%b|%t|%c"];
    let said = fossil.say(&[&format, arguments].concat());
    let lines = said.lines().filter(|line| line.contains('|'));
    lines
        .map(|line| {
            let mut parts: Vec<_> = line.split('|').map(str::to_owned).collect();
            let mut tags: Vec<_> = parts[4].split(", ").collect();
            tags.sort_unstable();
            parts[4] = tags.join(", ");
            parts.join("|")
        })
        .collect()
}

#[test]
fn the_timeline_is_that_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    let all = TimelineFilter::default();
    let mut kinds = vec![(all, vec![])];
    for kind in EventKind::ALL {
        let filter = TimelineFilter { kind: Some(kind), ..all };
        kinds.push((filter, vec!["-t", kind.letters()]));
    }
    let on_branch =
        TimelineFilter { branch: Some("feature"), kind: Some(EventKind::CheckIn), ..all };
    kinds.push((on_branch, vec!["-t", "ci", "-b", "feature"]));
    let until = TimelineFilter { until: Some(moment("2024-01-04T10:00:00")), ..all };
    kinds.push((until, vec!["before", "2024-01-04 10:00:00"]));
    let since = TimelineFilter { since: Some(moment("2024-01-04T10:00:00")), ..all };
    kinds.push((since, vec!["after", "2024-01-04 10:00:00"]));
    for (filter, arguments) in kinds {
        let entries = timeline(&tx, &filter);
        let (mut ours, mut theirs) = (told(&entries), their_timeline(&fossil, &arguments));
        assert!(entries.is_sorted_by(|one, other| one.time >= other.time));
        // Stock tells in any order what happened at the same time.
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs, "{arguments:?}");
        assert!(!ours.is_empty() || arguments == ["-t", "f"], "{arguments:?}");
    }
    for entry in timeline(&tx, &all) {
        assert_eq!(tx.event(entry.rid).unwrap(), Some(entry));
    }
    let by_bob = timeline(&tx, &TimelineFilter { user: Some("bob"), ..all });
    assert_eq!(by_bob.iter().map(|entry| &*entry.comment).collect::<Vec<_>>(), ["picked one"]);
    let amended = timeline(&tx, &TimelineFilter { user: Some("carol"), ..all });
    assert_eq!(amended.len(), 1);
    let leaves: Vec<_> = timeline(&tx, &all)
        .into_iter()
        .filter(|entry| entry.is_leaf)
        .map(|entry| (entry.comment, entry.branch.unwrap()))
        .collect();
    let expected =
        [("tip of the trunk", "trunk"), ("dead end", "old"), ("more on feature", "feature")];
    assert_eq!(leaves, expected.map(|(comment, branch)| (comment.to_owned(), branch.to_owned())));
    let coloured: Vec<_> = timeline(&tx, &all).into_iter().filter_map(|e| e.background).collect();
    assert_eq!(coloured, ["#123456", "#aabbcc"]);
}

#[test]
fn ancestors_and_descendants_are_those_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    let hashes = |walk: &mut dyn Iterator<Item = Rid>| -> BTreeSet<String> {
        walk.map(|rid| tx.blob(rid).unwrap().unwrap().name.to_string()).collect()
    };
    let picks = rows(&history.repository, "SELECT parentid, childid FROM cherrypick", |row| {
        let rid = |column| Rid::new(row.get(column).unwrap()).unwrap();
        (rid(0), rid(1))
    });
    assert_eq!(picks.len(), 1);
    for name in ["tip", "feature", "old", "v1.0", "root:trunk"] {
        let rid = named(&tx, name);
        let theirs = |which: &str| -> BTreeSet<String> {
            let said = their_timeline(&fossil, &[which, name, "-t", "ci"]);
            said.iter().map(|line| line[..64].to_owned()).collect()
        };
        let back = |from| tx.ancestors(from, Lineage::All).map(Result::unwrap);
        let ancestors: BTreeSet<Rid> = back(rid).collect();
        // What was picked is no ancestor, but stock tells it among them.
        let picked = picks.iter().filter(|(_, into)| ancestors.contains(into));
        let all = ancestors.iter().copied().chain(picked.map(|(pick, _)| *pick));
        assert_eq!(hashes(&mut all.into_iter()), theirs("parents"), "{name}");
        let mut forth = tx.descendants(rid, Lineage::All).map(Result::unwrap);
        assert_eq!(hashes(&mut forth), theirs("children"), "{name}");
    }
    let line: Vec<_> = tx.ancestors(named(&tx, "tip"), Lineage::Primary).collect();
    assert_eq!(line.len(), 6);
    assert_eq!(tx.descendants(named(&tx, "root:trunk"), Lineage::Primary).count(), 11);
    let parents = tx.parents(named(&tx, "root:tip")).unwrap();
    assert!(parents.is_empty());
    let merged: Vec<Rid> =
        rows(&history.repository, "SELECT cid FROM plink WHERE NOT isprim", |row| {
            Rid::new(row.get(0).unwrap()).unwrap()
        });
    assert_eq!(merged.len(), 2);
    for check_in in merged {
        let parents = tx.parents(check_in).unwrap();
        assert_eq!(parents.iter().map(|p| p.is_primary).collect::<Vec<_>>(), [true, false]);
    }
}

#[test]
fn branches_and_tags_are_those_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    let listed = |arguments: &[&str]| -> Vec<String> {
        let said = fossil.say(&[arguments, &["-R", "h.fossil"]].concat());
        said.lines().map(|line| line.trim_start_matches(['*', '#', ' ']).to_owned()).collect()
    };
    let open = listed(&["branch", "list"]);
    let closed = listed(&["branch", "list", "-c"]);
    assert_eq!((open.len(), closed.len()), (2, 1));
    let branches = tx.branches("", 10).unwrap();
    let of = |closed: bool| -> Vec<_> {
        let some = branches.iter().filter(|branch| branch.is_closed == closed);
        some.map(|branch| branch.name.clone()).collect()
    };
    assert_eq!((of(false), of(true)), (open, closed));
    for branch in &branches {
        assert_eq!(branch.tip, tx.resolve(&branch.name, None).unwrap().name);
    }
    assert_eq!(tx.branches("feature", 1).unwrap()[0].name, "old");
    let mut still_open: Vec<_> = branches.iter().filter(|branch| !branch.is_closed).collect();
    still_open.sort_by_key(|branch| std::cmp::Reverse(branch.last));
    let told: Vec<_> = tx.open_branches(10).unwrap();
    assert_eq!(told.len(), still_open.len());
    for (told, branch) in told.iter().zip(still_open) {
        assert_eq!((&told.name, told.tip, told.last), (&branch.name, branch.tip, branch.last));
    }
    assert_eq!(tx.open_branches(1).unwrap(), told[..1]);
    assert_eq!((tx.count_check_ins(100).unwrap(), tx.count_check_ins(5).unwrap()), (11, 5));
    let count: u64 = branches.iter().map(|branch| branch.check_ins).sum();
    assert_eq!(count, 11);

    let mut tags = listed(&["tag", "list"]);
    tags.sort();
    assert_eq!(tx.tag_names("", 100).unwrap(), tags);
    assert_eq!(tx.tag_names("", 2).unwrap(), tags[..2]);
    assert_eq!(tx.tag_names(&tags[1], 100).unwrap(), tags[2..]);
    for name in ["v1.0", "feature", "tip"] {
        let mut theirs = listed(&["tag", "list", "--raw", "-t", "cancel", "--inverse", name]);
        theirs.sort();
        let ours = tx.tags_on(named(&tx, name), "", 100).unwrap();
        let ours: Vec<_> = ours
            .into_iter()
            .map(|tag| tag.value.map_or_else(|| tag.name.clone(), |v| format!("{}={v}", tag.name)))
            .collect();
        assert_eq!(ours, theirs, "{name}");
    }
}

#[test]
fn pages_are_those_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    let say = |arguments: &[&str]| fossil.say(&[arguments, &["-R", "h.fossil"]].concat());
    let pages = tx.wiki_pages("", 100).unwrap();
    let titles: Vec<_> = pages.iter().map(|page| &*page.title).collect();
    assert_eq!(titles, say(&["wiki", "list", "--all"]).lines().collect::<Vec<_>>());
    let there: Vec<_> = pages.iter().filter(|page| !page.is_deleted).map(|p| &*p.title).collect();
    assert_eq!(there, say(&["wiki", "list"]).lines().collect::<Vec<_>>());
    assert_eq!(pages.iter().map(|page| page.versions).collect::<Vec<_>>(), [2, 2]);
    assert_eq!(tx.wiki_pages("Some Page", 100).unwrap().len(), 1);
    for title in &there {
        let page = tx.wiki_page(title).unwrap().unwrap();
        assert_eq!(String::from_utf8(page.text).unwrap(), say(&["wiki", "export", title]));
        assert_eq!(
            (page.user.as_deref(), page.mimetype.as_deref()),
            (Some("alice"), Some("text/x-markdown"))
        );
    }
    assert_eq!(tx.wiki_page("zero").unwrap().unwrap().text, b"");
    assert_eq!(tx.wiki_page("never").unwrap(), None);

    let notes = tx.technotes(None, 1).unwrap();
    let more = tx.technotes(notes.last().map(|note| note.position), 9).unwrap();
    let notes: Vec<_> = notes.into_iter().chain(more).collect();
    let theirs = say(&["wiki", "list", "-t", "-s"]);
    let ours: Vec<_> = notes
        .iter()
        .map(|note| format!("{} {}", note.id, note.time.to_string()[..19].replace('T', " ")))
        .collect();
    assert_eq!(ours, theirs.lines().collect::<Vec<_>>());
    for note in &notes {
        let text = tx.technote(&note.id).unwrap().unwrap().text;
        let theirs = say(&["wiki", "export", "-t", &note.id]);
        assert_eq!(String::from_utf8(text).unwrap(), theirs, "{}", note.comment);
    }
    let attached = tx.attachments("Some Page", "", 10).unwrap();
    assert_eq!(attached.len(), 1);
    assert_eq!((&*attached[0].file_name, &*attached[0].user), ("p1", "alice"));
    assert!(attached[0].content.verify(b"one\n"));
    assert!(tx.attachments("zero", "", 10).unwrap().is_empty());
    let page = tx.technotes(None, 9).unwrap()[0].rid;
    assert!(tx.page_text(named(&tx, "tip")).is_err() && tx.page_text(page).is_ok());
}

#[test]
fn tickets_are_those_of_fossil() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let id = repo.read().unwrap().tickets(0, 1).unwrap()[0].id.clone();
    history.work(&["ticket", "set", &id, "status", "Fixed", "+comment", "more"]);
    let tx = repo.read().unwrap();
    let said = fossil.say(&["ticket", "show", "0", "-R", "h.fossil"]);
    let mut lines = said.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    let header = lines.next().unwrap();
    let tickets = tx.tickets(0, 100).unwrap();
    assert_eq!(tickets.len(), 2);
    assert_eq!(tx.tickets(tickets[0].position, 100).unwrap(), tickets[1..]);
    for (ticket, line) in tickets.iter().zip(lines) {
        let TicketMatch::One(row) = tx.ticket(&ticket.id).unwrap() else { panic!("no ticket") };
        for (name, value) in header.iter().zip(line).filter(|(name, _)| !name.starts_with("tkt_")) {
            assert_eq!(row.text(name).unwrap_or_default(), value, "{name}");
        }
        assert_eq!(row.text("tkt_uuid").as_ref(), Some(&ticket.id));
    }
    let changes = tx.ticket_changes(&id, 0, 100).unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(tx.ticket_changes(&id, 1, 100).unwrap(), changes[1..]);
    assert!(tx.content(changes[1]).unwrap().windows(13).any(|line| line == b"\nJ +comment m"));
}
