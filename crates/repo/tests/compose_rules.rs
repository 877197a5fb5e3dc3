//! What breaks a rule is not composed, and the error says which rule.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

use outcrop_format::hash::HashName;
use outcrop_repo::artifact::{Cherrypick, FileMode, Moment, TagAction};
use outcrop_repo::compose::{
    ComposeError, NewAttachment, NewCheckIn, NewCluster, NewControl, NewFile, NewForum, NewTag,
    NewTechnote, NewTicket, NewTicketField, NewWiki,
};

fn now() -> Moment {
    Moment::parse(b"2024-05-06T07:08:09").unwrap()
}

fn some() -> HashName {
    HashName::sha3_of(b"some")
}

fn check_in<'a>(files: &'a [NewFile<'a>], tags: &'a [NewTag<'a>]) -> NewCheckIn<'a> {
    NewCheckIn {
        baseline: None,
        comment: "why",
        date: now(),
        files,
        mimetype: None,
        parents: &[],
        cherrypicks: &[],
        repository_checksum: None,
        tags,
        user: "alice",
    }
}

fn file(name: &str) -> NewFile<'_> {
    let content = Some(some());
    NewFile { name: name.as_bytes(), content, mode: FileMode::Regular, old_name: None }
}

#[test]
fn files_have_paths_once_each_and_content() {
    let refused = |files: &[NewFile<'_>]| check_in(files, &[]).compose().unwrap_err();
    for name in ["", "/a", "a//b", "../a", "a/."] {
        assert_eq!(refused(&[file(name)]), ComposeError::NotAPath(name.into()));
    }
    assert_eq!(refused(&[file("a\0b")]), ComposeError::Nul("file name"));
    assert_eq!(refused(&[file("b/_FOSSIL_")]), ComposeError::Reserved("b/_FOSSIL_".into()));
    let twice = [file("a"), file("b"), file("a")];
    assert_eq!(refused(&twice), ComposeError::Repeated("file", "a".into()));
    let gone = NewFile { content: None, ..file("a") };
    assert_eq!(refused(&[gone]), ComposeError::NoContent("a".into()));
    let renamed = NewFile { old_name: Some(b"/"), ..file("a") };
    assert_eq!(refused(&[renamed]), ComposeError::NotAPath("/".into()));
}

#[test]
fn a_check_in_has_comment_user_and_different_origins() {
    let good = check_in(&[], &[]);
    let refused = |check_in: NewCheckIn<'_>| check_in.compose().unwrap_err();
    assert!(good.compose().is_ok());
    assert_eq!(refused(NewCheckIn { comment: "", ..good }), ComposeError::Empty("comment"));
    assert_eq!(refused(NewCheckIn { user: "", ..good }), ComposeError::Empty("user"));
    assert_eq!(refused(NewCheckIn { comment: "a\0b", ..good }), ComposeError::Nul("comment"));
    let parents = [some(), HashName::sha3_of(b"other"), some()];
    let twice = ComposeError::Repeated("parent", some().to_string());
    assert_eq!(refused(NewCheckIn { parents: &parents, ..good }), twice);
    let pick = Cherrypick { is_backout: false, target: some(), base: None };
    let twice = ComposeError::Repeated("cherry-pick", format!("+{}", some()));
    assert_eq!(refused(NewCheckIn { cherrypicks: &[pick, pick], ..good }), twice);
}

#[test]
fn tags_have_names_and_targets_where_they_may() {
    let add = |name| NewTag::on_itself(TagAction::Add, name, None);
    let refused = |tags: &[NewTag<'_>]| check_in(&[], tags).compose().unwrap_err();
    for name in ["", "abc", "0012", "a\0"] {
        assert_eq!(refused(&[add(name)]), ComposeError::TagName(name.into()));
    }
    assert_eq!(refused(&[add("x"), add("x")]), ComposeError::Repeated("tag", "x".into()));
    let value = NewTag { value: Some("\0"), ..add("x") };
    assert_eq!(refused(&[value]), ComposeError::Nul("tag's value"));

    let control = NewControl { date: now(), tags: &[add("x")], user: "alice" };
    assert_eq!(control.compose(), Err(ComposeError::TagOnItself("x".into())));
    let targeted = NewTag { target: Some(some()), ..add("x") };
    let cancelled = NewTag { action: TagAction::Cancel, ..add("x") };
    for tag in [targeted, cancelled] {
        let technote = NewTechnote { tags: &[tag], ..technote() };
        assert_eq!(technote.compose(), Err(ComposeError::TagOnAnother("x".into())));
    }
}

fn technote() -> NewTechnote<'static> {
    NewTechnote {
        comment: None,
        date: now(),
        time: now(),
        id: "0123456789012345678901234567890123456789",
        mimetype: None,
        parents: &[],
        tags: &[],
        user: None,
        text: "",
    }
}

#[test]
fn identifiers_and_names_have_their_form() {
    assert!(technote().compose().is_ok());
    for id in ["", "abc", "0123456789ABCDEF0123456789ABCDEF01234567"] {
        let refused = NewTechnote { id, ..technote() }.compose();
        assert_eq!(refused, Err(ComposeError::NotAnIdentifier(id.into(), "technote")));
        let fields = [NewTicketField { name: "x", is_appended: false, value: "" }];
        let refused = NewTicket { date: now(), fields: &fields, id, user: "alice" }.compose();
        assert_eq!(refused, Err(ComposeError::NotAnIdentifier(id.into(), "ticket")));
    }
    for title in ["", " a", "a ", "a  b", "a\n", &"a".repeat(101)] {
        let page = NewWiki {
            comment: None,
            date: now(),
            title,
            mimetype: None,
            parents: &[],
            user: "alice",
            text: "",
        };
        assert_eq!(page.compose(), Err(ComposeError::PageName(title.into())));
    }
}

#[test]
fn a_ticket_changes_named_fields() {
    let id = technote().id;
    let change = |names: &[&str]| {
        let fields: Vec<_> = names
            .iter()
            .map(|name| NewTicketField { name, is_appended: false, value: "" })
            .collect();
        NewTicket { date: now(), fields: &fields, id, user: "alice" }.compose()
    };
    assert!(change(&["b", "a"]).is_ok());
    assert_eq!(change(&[]), Err(ComposeError::Empty("field")));
    assert_eq!(change(&["a", "a"]), Err(ComposeError::Repeated("field", "a".into())));
    for name in ["", "+a", "a b", "a\n"] {
        assert_eq!(change(&[name]), Err(ComposeError::FieldName(name.into())));
    }
}

#[test]
fn attachments_posts_and_clusters_have_what_they_need() {
    let attachment = NewAttachment {
        file_name: "a",
        target: "page",
        content: None,
        comment: None,
        date: now(),
        mimetype: None,
        user: None,
    };
    let refused = |attachment: NewAttachment<'_>| attachment.compose().unwrap_err();
    assert!(attachment.compose().is_ok());
    let no_path = NewAttachment { file_name: "../a", ..attachment };
    assert_eq!(refused(no_path), ComposeError::NotAPath("../a".into()));
    let no_target = NewAttachment { target: "", ..attachment };
    assert_eq!(refused(no_target), ComposeError::PageName(String::new()));

    let post = NewForum {
        date: now(),
        thread_root: None,
        title: Some("hello"),
        in_reply_to: Some(some()),
        mimetype: None,
        parent: None,
        user: "alice",
        text: "",
    };
    assert_eq!(post.compose(), Err(ComposeError::TitledReply));
    let nothing = NewForum { title: None, in_reply_to: None, ..post };
    assert_eq!(nothing.compose(), Err(ComposeError::Empty("title")));
    let twice = NewCluster { members: &[some(), some()] };
    let repeated = ComposeError::Repeated("member", some().to_string());
    assert_eq!(twice.compose(), Err(repeated));
}
