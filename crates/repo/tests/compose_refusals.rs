//! What the real `fossil` would refuse to commit is refused, and leaves nothing behind.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

mod commit_support;
mod store_support;

use commit_support::{Ours, tip, write_branches, write_files};
use outcrop_repo::Rid;
use outcrop_repo::artifact::TagAction;
use outcrop_repo::commit::{
    AttachmentEdit, Author, Change, CheckInError, CheckInRequest, EditError, ManifestForm,
    NewBranch, TagChange, WikiEdit,
};
use outcrop_repo::compose::NewTicketField;
use outcrop_repo::tx::WriteTx;
use store_support::{artifacts, moment, tamper};

const TICKET: &str = "1234567890123456789012345678901234567890";

#[test]
fn what_fossil_would_refuse_is_refused_and_leaves_nothing() {
    let mut ours = Ours::new();
    write_files(&mut ours);
    write_branches(&mut ours);
    let before = artifacts(&ours.path);
    let repo = ours.repo.clone();
    let tx = repo.write().unwrap();
    let author = Author { login: "alice", at: moment("2024-02-01T11:00:00") };
    let at = |name| CheckInRequest::new(Some(tip(&tx, name)), "refused", author);
    let refused = |request: CheckInRequest<'_>| tx.check_in(&request).unwrap_err();
    let changes = &[Change::put("x", b"x")];
    let on_trunk = CheckInRequest { changes, ..at("trunk") };

    assert!(matches!(refused(at("trunk")), CheckInError::Empty));
    let same = &[Change::put("README.md", b"# Hello from a branch\n")];
    assert!(matches!(
        refused(CheckInRequest { changes: same, ..at("trunk") }),
        CheckInError::Empty
    ));
    let behind = tx.parents(tip(&tx, "trunk")).unwrap()[0].rid;
    let fork = CheckInRequest { parent: Some(behind), ..on_trunk };
    assert!(matches!(refused(fork), CheckInError::Fork(_)));
    let branch = Some(NewBranch { name: "trunk", background: None });
    let same_name = CheckInRequest { branch, ..on_trunk };
    assert!(matches!(refused(same_name), CheckInError::BranchExists(name) if name == "trunk"));
    assert!(matches!(
        refused(CheckInRequest { changes, ..at("a branch") }),
        CheckInError::Closed(_)
    ));
    let early = Author { at: moment("2024-01-01"), ..author };
    let early = CheckInRequest { author: early, ..on_trunk };
    assert!(matches!(refused(early), CheckInError::OlderThanParent(_)));
    let merged = [tip(&tx, "private")];
    let leaking = CheckInRequest { merged: &merged, ..on_trunk };
    assert!(matches!(refused(leaking), CheckInError::MergesPrivate(_)));
    let no_comment = CheckInRequest { comment: "", ..on_trunk };
    assert!(matches!(refused(no_comment), CheckInError::Compose(_)));
    let not_one = CheckInRequest { parent: Some(before[1].0), ..on_trunk };
    assert!(matches!(refused(not_one), CheckInError::NotACheckIn(_)));
    for (change, expected) in [
        (Change::put("../x", b"x"), "Path(\"../x\")"),
        (Change::put("a\\b", b"x"), "Path(\"a\\\\b\")"),
        (Change::put(".fslckout", b"x"), "Path(\".fslckout\")"),
        (Change::put("README.md/x", b"x"), "FileAndFolder(\"README.md\")"),
        (Change::put("dir", b"x"), "FileAndFolder(\"dir\")"),
        (Change::Remove { path: "none" }, "NoSuchFile(\"none\")"),
        (Change::Rename { from: "none", to: "y" }, "NoSuchFile(\"none\")"),
        (Change::Rename { from: "more", to: "link" }, "FileExists(\"link\")"),
        (Change::Rename { from: "more", to: "/y" }, "Path(\"/y\")"),
    ] {
        let error = refused(CheckInRequest { changes: &[change], ..at("trunk") });
        assert_eq!(format!("{error:?}"), expected);
    }
    refuses_edits(&tx, author);
    tx.commit().unwrap();
    assert_eq!(artifacts(&ours.path), before);

    tamper(&ours.path, "REPLACE INTO config(name, value) VALUES('forbid-delta-manifests', 1)");
    let mut tx = repo.write().unwrap();
    let delta = CheckInRequest { form: ManifestForm::Delta, ..on_trunk };
    assert!(matches!(tx.check_in(&delta), Err(CheckInError::DeltaForbidden)));
    // The same requests, allowed.
    for allowed in [
        CheckInRequest { allow_empty: true, ..CheckInRequest::new(on_trunk.parent, "x", author) },
        CheckInRequest { allow_fork: true, ..fork },
        CheckInRequest { allow_same_branch: true, ..same_name },
        CheckInRequest { allow_older: true, ..early },
        CheckInRequest { private: true, ..leaking },
    ] {
        let done = tx.check_in(&allowed).unwrap();
        assert!(!done.is_delta);
        // Each as if it were the only one.
        drop(tx);
        tx = repo.write().unwrap();
    }
}

fn refuses_edits(tx: &WriteTx, author: Author<'_>) {
    let target = tip(tx, "trunk");
    let tag = |name| TagChange { action: TagAction::Add, name, target, value: None };
    for name in ["wiki-x", "tkt-x", "event-x"] {
        let error = tx.change_tags(&[tag(name)], author).unwrap_err();
        assert!(matches!(error, EditError::ReservedTag(of) if of == name));
    }
    let nowhere = TagChange { target: Rid::new(9999).unwrap(), ..tag("sym-x") };
    assert!(matches!(tx.change_tags(&[nowhere], author), Err(EditError::NoTarget(_))));
    let error = |name| {
        let field = NewTicketField { name, is_appended: false, value: "x" };
        tx.change_ticket(TICKET, &[field], author).unwrap_err()
    };
    assert!(matches!(error("no_field"), EditError::NoSuchField(_)));
    assert!(matches!(error("tkt_uuid"), EditError::NoSuchField(_)));
    assert!(matches!(error("private_contact"), EditError::PrivateField(_)));
    let edit = AttachmentEdit { target: "none", file_name: "x", content: None, comment: None };
    assert!(matches!(tx.attach(&edit, author), Err(EditError::NothingToAttachTo(_))));
}

#[test]
fn attachments_are_refused_that_are_none_or_more() {
    let mut ours = Ours::new();
    let page = WikiEdit { title: "Page", mimetype: None, text: "text\n", comment: None };
    let written = ours.write(|tx, author| tx.write_wiki(&page, author).unwrap());
    ours.write(|tx, author| {
        let edit = AttachmentEdit { target: "Page", file_name: "x", content: None, comment: None };
        assert!(matches!(tx.attach(&edit, author), Err(EditError::NotAttached(..))));
        let artifact = tx.content(tx.rid_of(&written.name).unwrap().unwrap()).unwrap();
        let edit = AttachmentEdit { content: Some(&artifact), ..edit };
        assert!(matches!(tx.attach(&edit, author), Err(EditError::LooksLikeAnArtifact)));
    });
}
