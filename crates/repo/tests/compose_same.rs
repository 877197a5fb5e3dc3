//! What is composed here is, byte by byte, what the real `fossil` writes for the same.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod history_support;
mod store_support;

use std::collections::BTreeMap;
use std::fs;

use history_support::History;
use outcrop_format::hash::HashName;
use outcrop_repo::artifact::checksum::Checksum;
use outcrop_repo::artifact::{Artifact, CheckIn, Cherrypick, FileMode, Kind, Tag, Text};
use outcrop_repo::commit::{Author, Change, CheckInRequest, ManifestForm, NewBranch};
use outcrop_repo::compose::{
    NewAttachment, NewCheckIn, NewControl, NewFile, NewTag, NewTechnote, NewTicket, NewTicketField,
    NewWiki,
};
use outcrop_repo::tx::WriteTx;
use outcrop_repo::{Repo, Rid};
use store_support::{Fossil, artifacts, moment};

fn plain(text: Text<'_>) -> String {
    String::from_utf8(text.decode().into_owned()).unwrap()
}

fn leaked(text: Text<'_>) -> &'static str {
    plain(text).leak()
}

fn tags(tags: &[Tag<'_>]) -> Vec<NewTag<'static>> {
    let new = |tag: &Tag<'_>| NewTag {
        action: tag.action,
        name: leaked(tag.name),
        target: tag.target,
        value: tag.value.map(leaked),
    };
    tags.iter().rev().map(new).collect()
}

fn check_in(parsed: &CheckIn<'_>, checksum: Option<Checksum>) -> Vec<u8> {
    let files: Vec<_> = parsed
        .files
        .iter()
        .rev()
        .map(|file| NewFile {
            name: leaked(file.name).as_bytes(),
            content: file.content,
            mode: file.mode(),
            old_name: file.old_name.map(|name| leaked(name).as_bytes()),
        })
        .collect();
    let check_in = NewCheckIn {
        baseline: parsed.baseline,
        comment: leaked(parsed.comment.unwrap()),
        date: parsed.date,
        files: &files,
        mimetype: parsed.mimetype.map(leaked),
        parents: &parsed.parents,
        cherrypicks: &parsed.cherrypicks,
        repository_checksum: checksum,
        tags: &tags(&parsed.tags),
        user: leaked(parsed.user.unwrap()),
    };
    check_in.compose().unwrap()
}

/// The same artifact, composed. Its R card is taken over if it has one.
fn composed_anew(artifact: &Artifact<'_>) -> Vec<u8> {
    match artifact {
        Artifact::CheckIn(parsed) => check_in(parsed, None),
        Artifact::Control(parsed) => {
            let (tags, user) = (tags(&parsed.tags), plain(parsed.user));
            NewControl { date: parsed.date, tags: &tags, user: &user }.compose().unwrap()
        }
        Artifact::Wiki(parsed) => NewWiki {
            comment: parsed.comment.map(leaked),
            date: parsed.date,
            title: leaked(parsed.title),
            mimetype: parsed.mimetype.map(leaked),
            parents: &parsed.parents,
            user: leaked(parsed.user),
            text: str::from_utf8(parsed.text).unwrap(),
        }
        .compose()
        .unwrap(),
        Artifact::Technote(parsed) => NewTechnote {
            comment: parsed.comment.map(leaked),
            date: parsed.date,
            time: parsed.event.time,
            id: str::from_utf8(parsed.event.id).unwrap(),
            mimetype: parsed.mimetype.map(leaked),
            parents: &parsed.parents,
            tags: &tags(&parsed.tags),
            user: parsed.user.map(leaked),
            text: str::from_utf8(parsed.text).unwrap(),
        }
        .compose()
        .unwrap(),
        Artifact::Ticket(parsed) => {
            let fields: Vec<_> = parsed
                .fields
                .iter()
                .rev()
                .map(|field| NewTicketField {
                    name: str::from_utf8(field.name).unwrap(),
                    is_appended: field.is_appended,
                    value: leaked(field.value),
                })
                .collect();
            let (id, user) = (str::from_utf8(parsed.id).unwrap(), leaked(parsed.user));
            NewTicket { date: parsed.date, fields: &fields, id, user }.compose().unwrap()
        }
        Artifact::Attachment(parsed) => NewAttachment {
            file_name: leaked(parsed.link.path),
            target: leaked(parsed.link.target),
            content: parsed.link.content,
            comment: parsed.comment.map(leaked),
            date: parsed.date,
            mimetype: parsed.mimetype.map(leaked),
            user: parsed.user.map(leaked),
        }
        .compose()
        .unwrap(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn artifacts_of_fossil_are_composed_anew() {
    let fossil = Fossil::find();
    let history = History::make(&fossil);
    let repo = Repo::open(&history.repository).unwrap();
    let tx = repo.read().unwrap();
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (rid, name) in artifacts(&history.repository) {
        let content = tx.content(rid).unwrap();
        let Ok(artifact) = Artifact::parse(&content) else { continue };
        let kind = artifact.kind();
        *seen.entry(kind.to_string()).or_default() += 1;
        let mut theirs = content.to_vec();
        if kind == Kind::CheckIn {
            // Of the checksum only the digits are known: it is compared by committing the same.
            let lines = theirs.split_inclusive(|&byte| byte == b'\n');
            let mut kept: Vec<u8> =
                lines.filter(|line| !matches!(line[0], b'R' | b'Z')).flatten().copied().collect();
            kept.extend(outcrop_repo::artifact::checksum::z_line(&kept));
            theirs = kept;
        }
        let ours = composed_anew(&artifact);
        assert_eq!(
            String::from_utf8(ours).unwrap(),
            String::from_utf8(theirs).unwrap(),
            "{kind} {name}"
        );
    }
    let kinds: Vec<_> = seen.keys().map(String::as_str).collect();
    let expected =
        ["attachment", "check-in", "control artifact", "technote", "ticket change", "wiki page"];
    assert_eq!(kinds, expected);
}

/// What the real one has just committed, and the same in a copy from before.
struct Twin<'a> {
    fossil: &'a Fossil,
    day: u32,
}

impl<'a> Twin<'a> {
    fn new(fossil: &'a Fossil, init: &[&str]) -> Self {
        let date = ["--date-override", "2024-01-01T00:00:00"];
        fossil.run(&[&["init", "-A", "alice"], init, &date, &["t.fossil"]].concat());
        fs::create_dir(fossil.path("work")).unwrap();
        fossil.run_in("work", &["open", "../t.fossil"]);
        // Later releases forbid delta manifests unless told otherwise.
        for name in ["mtime-changes", "forbid-delta-manifests"] {
            fossil.run_in("work", &["settings", name, "off"]);
        }
        fossil.run_in("work", &["settings", "allow-symlinks", "on"]);
        Self { fossil, day: 1 }
    }

    fn work(&self, arguments: &[&str]) {
        self.fossil.run_in("work", arguments);
    }

    /// Both commit; the names have to be the same.
    fn commit(
        &mut self,
        arguments: &[&str],
        ours: impl FnOnce(&WriteTx, CheckInRequest<'_>) -> HashName,
    ) {
        self.day += 1;
        let (fossil, date) = (self.fossil, format!("2024-01-{:02}T10:00:00.000", self.day));
        self.work(&["addremove"]);
        fs::copy(fossil.path("t.fossil"), fossil.path("copy.fossil")).unwrap();
        let basic = ["commit", "--no-warnings", "-m", "what\nwas done", "--date-override", &date];
        let parent = self.current();
        self.work(&[&basic, arguments].concat());
        let repo = Repo::open(fossil.path("copy.fossil")).unwrap();
        let tx = repo.write().unwrap();
        let parent = tx.rid_of(&parent).unwrap();
        let author = Author { login: "alice", at: moment(&date) };
        let ours = ours(&tx, CheckInRequest::new(parent, "what\nwas done", author));
        let (ours_rid, theirs) = (tx.rid_of(&ours).unwrap().unwrap(), self.current());
        let shown = |tx: &WriteTx, rid: Rid| String::from_utf8(tx.content(rid).unwrap().to_vec());
        let real = Repo::open(fossil.path("t.fossil")).unwrap();
        let real = real.write().unwrap();
        let theirs_rid = real.rid_of(&theirs).unwrap().unwrap();
        assert_eq!(shown(&tx, ours_rid), shown(&real, theirs_rid));
        assert_eq!(ours, theirs, "the content is the same, the names are not");
    }

    fn current(&self) -> HashName {
        let said = self.fossil.run_in("work", &["test-name-to-id", "current"]);
        let said = String::from_utf8(said).unwrap();
        said.trim_end().strip_prefix("current -> ").unwrap().parse().unwrap()
    }
}

fn made(tx: &WriteTx, request: &CheckInRequest<'_>) -> HashName {
    tx.check_in(request).unwrap().name
}

/// The commits that both make, one on the other.
fn same_history(init: &[&str]) {
    let fossil = Fossil::find();
    let mut twin = Twin::new(&fossil, init);
    let many: Vec<_> = (0..40)
        .map(|number| (format!("many/{number}.txt"), format!("number {number}\n")))
        .collect();
    for (name, content) in &many {
        fossil.write(&format!("work/{name}"), content);
    }
    fossil.write("work/a b.txt", "a\n");
    fossil.write("work/run", "#!/bin/sh\n");
    set_executable(&fossil, "work/run");
    std::os::unix::fs::symlink("a b.txt", fossil.path("work/link")).unwrap();
    twin.commit(&[], |tx, request| {
        let mut changes: Vec<_> =
            many.iter().map(|(name, content)| Change::put(name, content.as_bytes())).collect();
        let put = |path, content, mode| Change::Put { path, content, mode: Some(mode) };
        changes.push(put("a b.txt", b"a\n".as_slice(), FileMode::Regular));
        changes.push(put("run", b"#!/bin/sh\n", FileMode::Executable));
        changes.push(put("link", b"a b.txt", FileMode::Symlink));
        made(tx, &CheckInRequest { changes: &changes, ..request })
    });

    fossil.write("work/a b.txt", "a on a branch\n");
    let arguments =
        ["--branch", "a branch", "--branchcolor", "#aabbcc", "--tag", "x", "--tag", "b y"];
    twin.commit(&arguments, |tx, request| {
        let branch = Some(NewBranch { name: "a branch", background: Some("#aabbcc") });
        let changes = [Change::put("a b.txt", b"a on a branch\n")];
        made(tx, &CheckInRequest { branch, tags: &["x", "b y"], changes: &changes, ..request })
    });

    twin.work(&["mv", "--hard", "run", "dir/run2"]);
    twin.work(&["rm", "--hard", "many/3.txt"]);
    twin.commit(&["--bgcolor", "#123456", "--mimetype", "text/plain"], |tx, request| {
        let rename = Change::Rename { from: "run", to: "dir/run2" };
        let changes = [rename, Change::Remove { path: "many/3.txt" }];
        let (background, mimetype) = (Some("#123456"), Some("text/plain"));
        made(tx, &CheckInRequest { changes: &changes, background, mimetype, ..request })
    });

    // A first difference has to be asked for.
    twin.work(&["mv", "--hard", "a b.txt", "c.txt"]);
    twin.commit(&["--delta"], |tx, request| {
        let changes = [Change::Rename { from: "a b.txt", to: "c.txt" }];
        made(tx, &CheckInRequest { changes: &changes, form: ManifestForm::Delta, ..request })
    });
    // From then on they are made where they pay.
    let mut deltas = Vec::new();
    for round in 0..6 {
        let edited: Vec<_> = (round * 3..round * 3 + 3)
            .map(|number| (format!("many/1{number:02}.txt"), format!("new {number}\n")))
            .collect();
        for (name, content) in &edited {
            fossil.write(&format!("work/{name}"), content);
        }
        twin.commit(&[], |tx, request| {
            let changes: Vec<_> =
                edited.iter().map(|(name, text)| Change::put(name, text.as_bytes())).collect();
            let done = tx.check_in(&CheckInRequest { changes: &changes, ..request }).unwrap();
            deltas.push(done.is_delta);
            done.name
        });
    }
    // Until too much is different, and there is a new one to start from.
    assert!(deltas[0] && deltas.contains(&false), "{deltas:?}");

    twin.work(&["update", "trunk"]);
    twin.work(&["merge", "--integrate", "a branch"]);
    twin.commit(&[], |tx, request| {
        let merged = [tx.resolve("a branch", None).unwrap().rid];
        let changes = as_at(tx, request.parent.unwrap(), merged[0]);
        let changes: Vec<_> = changes.iter().map(OwnedChange::borrowed).collect();
        made(
            tx,
            &CheckInRequest { merged: &merged, integrates: true, changes: &changes, ..request },
        )
    });

    fossil.write("work/more", "more\n");
    twin.commit(&["--branch", "short", "--close"], |tx, request| {
        let branch = Some(NewBranch { name: "short", background: None });
        let changes = [Change::put("more", b"more\n")];
        made(tx, &CheckInRequest { branch, closes: true, changes: &changes, ..request })
    });
    twin.work(&["update", "trunk"]);
    twin.work(&["merge", "--cherrypick", "short"]);
    twin.work(&["settings", "repo-cksum", "off"]);
    twin.commit(&[], |tx, request| {
        let target = tx.resolve("short", None).unwrap().name;
        let cherrypicks = [Cherrypick { is_backout: false, target, base: None }];
        let changes = [Change::put("more", b"more\n")];
        made(tx, &CheckInRequest { cherrypicks: &cherrypicks, changes: &changes, ..request })
    });
}

fn set_executable(fossil: &Fossil, name: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(fossil.path(name), fs::Permissions::from_mode(0o755)).unwrap();
}

/// A change that owns what it puts.
enum OwnedChange {
    Put(String, Vec<u8>, FileMode),
    Rename(String, String),
    Remove(String),
}

impl OwnedChange {
    fn borrowed(&self) -> Change<'_> {
        match self {
            Self::Put(path, content, mode) => Change::Put { path, content, mode: Some(*mode) },
            Self::Rename(from, to) => Change::Rename { from, to },
            Self::Remove(path) => Change::Remove { path },
        }
    }
}

/// What makes the files of one check-in those of another, with the renames that a merge finds.
fn as_at(tx: &WriteTx, from: Rid, to: Rid) -> Vec<OwnedChange> {
    let text = |name: &[u8]| String::from_utf8(name.to_vec()).unwrap();
    let mut changes: Vec<_> = [("run", "dir/run2"), ("a b.txt", "c.txt")]
        .map(|(from, to)| OwnedChange::Rename(from.into(), to.into()))
        .into();
    let target = tx.files_at(to).unwrap();
    let is_gone = |name: &[u8]| target.iter().all(|file| file.name != name);
    for file in tx.files_at(from).unwrap() {
        let is_renamed = [b"run".as_slice(), b"a b.txt"].contains(&file.name.as_slice());
        if is_gone(&file.name) && !is_renamed {
            changes.push(OwnedChange::Remove(text(&file.name)));
        }
    }
    for file in &target {
        let content = tx.content(tx.rid_of(&file.content).unwrap().unwrap()).unwrap();
        changes.push(OwnedChange::Put(text(&file.name), content.to_vec(), file.mode));
    }
    changes
}

#[test]
fn check_ins_are_those_that_fossil_makes() {
    same_history(&[]);
}

#[test]
fn check_ins_with_sha1_names_are_those_that_fossil_makes() {
    same_history(&["--sha1"]);
}
