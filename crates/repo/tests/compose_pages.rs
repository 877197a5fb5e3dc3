//! Pages, tickets, tags, attachments and posts written by us alone: the real `fossil` reads them.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod commit_support;
mod store_support;

use commit_support::{Ours, tip};
use outcrop_repo::artifact::{Moment, TagAction};
use outcrop_repo::commit::{AttachmentEdit, TagChange, TechnoteEdit, WikiEdit};
use outcrop_repo::compose::{NewCluster, NewForum, NewTicketField};
use outcrop_repo::read::EventKind;
use outcrop_repo::tx::WriteTx;
use store_support::{moment, origin, rows, whole};

const TICKET: &str = "1234567890123456789012345678901234567890";
const TECHNOTE: &str = "abcdef7890123456789012345678901234567890";

#[test]
fn pages_tickets_tags_and_attachments_are_read() {
    let mut ours = Ours::new();
    let page = |text| WikiEdit { title: "A Page", mimetype: None, text, comment: None };
    ours.write(|tx, author| {
        let first = WikiEdit { mimetype: Some("text/x-markdown"), ..page("# one\n") };
        tx.write_wiki(&first, author).unwrap();
    });
    ours.write(|tx, author| tx.write_wiki(&page("# two\nwith W 5 lines\n"), author).unwrap());
    assert_eq!(ours.say(&["wiki", "export", "A Page"]), "# two\nwith W 5 lines\n");
    let read = ours.repo.read().unwrap().wiki_page("A Page").unwrap().unwrap();
    assert_eq!(read.mimetype.as_deref(), Some("text/x-markdown"));
    let attach = |content| AttachmentEdit {
        target: "A Page",
        file_name: "some file.txt",
        content,
        comment: Some("why not"),
    };
    let content = b"attached\n".as_slice();
    ours.write(|tx, author| tx.attach(&attach(Some(content)), author).unwrap());
    let attached = ours.say(&["test-list-attachments", "-latest"]);
    assert!(attached.contains("some file.txt"), "{attached}");
    let file = ours.repo.read().unwrap().attachments("A Page", "", 9).unwrap().remove(0);
    assert_eq!((&*file.file_name, &*file.comment), ("some file.txt", "why not"));
    assert!(file.content.verify(content));
    ours.write(|tx, author| tx.attach(&attach(None), author).unwrap());
    assert!(ours.repo.read().unwrap().attachments("A Page", "", 9).unwrap().is_empty());

    let technote = |text, comment| TechnoteEdit {
        id: TECHNOTE,
        time: moment("2024-01-15T12:00:00"),
        comment,
        mimetype: Some("text/plain"),
        text,
        tags: &["news", "b c"],
        background: Some("#ffeeff"),
    };
    ours.write(|tx, author| tx.write_technote(&technote("first\n", "a note"), author).unwrap());
    ours.write(|tx, author| tx.write_technote(&technote("second\n", "a note!"), author).unwrap());
    assert_eq!(ours.say(&["wiki", "export", "-t", TECHNOTE]), "second\n");
    assert_eq!(ours.say(&["wiki", "export", "-t", "news"]), "second\n");
    assert_eq!(ours.repo.read().unwrap().technotes(None, 9).unwrap().len(), 1);

    let field = |name, value| NewTicketField { name, is_appended: false, value };
    ours.write(|tx, author| {
        let fields = [field("title", "It fails\nbadly"), field("status", "Open")];
        tx.change_ticket(TICKET, &fields, author).unwrap();
    });
    ours.write(|tx, author| {
        let appended = NewTicketField { is_appended: true, ..field("comment", " and more") };
        tx.change_ticket(TICKET, &[field("status", "Fixed"), appended], author).unwrap();
    });
    let shown = ours.say(&["ticket", "show", "0", "--quote"]);
    assert!(shown.contains("It\\sfails\\nbadly") && shown.contains("Fixed"), "{shown}");
    let changes = ours.say(&["ticket", "history", TICKET]);
    assert!(changes.contains("Append to comment:  and more"), "{changes}");

    ours.write(|tx, author| {
        let target = tip(tx, "trunk");
        let change = |action, name, value| TagChange { action, name, target, value };
        let changes = [
            change(TagAction::Propagate, "bgcolor", Some("#ff0000")),
            change(TagAction::Add, "sym-v 1", None),
            change(TagAction::Add, "comment", Some("amended\nby us")),
            change(TagAction::Cancel, "sym-trunk", None),
        ];
        tx.change_tags(&changes, author).unwrap()
    });
    let tags = ours.say(&["tag", "list", "v 1", "--raw", "-t", "cancel", "--inverse"]);
    let tags: Vec<_> = tags.lines().collect();
    assert_eq!(tags.len(), 5, "{tags:?}");
    assert!(ours.say(&["timeline", "-t", "ci"]).contains("amended by us"));
    let deleted = ours.write(|tx, author| tx.write_wiki(&page(""), author).unwrap());
    assert_eq!(ours.say(&["wiki", "list"]), "");
    let versions = ours.repo.read().unwrap().parents(deleted.rid).unwrap();
    assert_eq!(versions.len(), 1);
    ours.is_sound();
}

#[test]
fn forum_posts_and_clusters_are_read() {
    let mut ours = Ours::new();
    let post = |date, title| NewForum {
        date,
        thread_root: None,
        title,
        in_reply_to: None,
        mimetype: Some("text/plain"),
        parent: None,
        user: "alice",
        text: "hello\n",
    };
    let receive = |tx: &WriteTx, bytes: &[u8]| {
        let incoming = whole(bytes);
        let mut receiver = tx.receiver(origin());
        receiver.receive(&incoming).unwrap();
        receiver.finish().unwrap();
        incoming.name
    };
    let (root, reply) = ours.write(|tx, author| {
        let minute = |minutes: i64| {
            Moment::from_julian_millis(author.at.julian_millis() + minutes * 60_000).unwrap()
        };
        let root = receive(tx, &post(author.at, Some("A thread")).compose().unwrap());
        let reply = NewForum {
            thread_root: Some(root),
            in_reply_to: Some(root),
            text: "a reply\n",
            ..post(minute(1), None)
        };
        let reply = receive(tx, &reply.compose().unwrap());
        let edited = NewForum {
            thread_root: Some(root),
            parent: Some(root),
            text: "hello again\n",
            ..post(minute(2), Some("A better title"))
        };
        receive(tx, &edited.compose().unwrap());
        receive(tx, &NewCluster { members: &[reply, root] }.compose().unwrap());
        (root, reply)
    });
    let told = ours.say(&["timeline", "-n", "0", "-t", "f", "-F", "%h|%c|%a"]);
    assert!(told.contains("Reply: A better title|alice"), "{told}");
    assert!(told.contains("Edit: A better title|alice"), "{told}");
    let tx = ours.repo.read().unwrap();
    let clustered = rows(
        &ours.path,
        "SELECT count(*) FROM unclustered WHERE rid IN (SELECT rid FROM blob b JOIN event e \
         ON e.objid = b.rid WHERE e.type = 'f')",
        |row| row.get::<_, i64>(0).unwrap(),
    );
    assert_eq!(clustered, [1], "the cluster takes two of three posts");
    assert_eq!(tx.resolve(&root.to_string(), Some(EventKind::Forum)).unwrap().name, root);
    assert!(tx.rid_of(&reply).unwrap().is_some());
    drop(tx);
    ours.is_sound();
}
