//! What is composed is read back as it went in, whatever the values; what breaks a rule is refused.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)] // a test stops at what it does not expect

use outcrop_format::hash::HashName;
use outcrop_repo::artifact::checksum::Checksum;
use outcrop_repo::artifact::{Artifact, Cherrypick, FileMode, Moment, Tag, TagAction, Text};
use outcrop_repo::compose::{
    ComposeError, NewAttachment, NewCheckIn, NewCluster, NewControl, NewFile, NewForum, NewTag,
    NewTechnote, NewTicket, NewTicketField, NewWiki,
};
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;

/// Text with all that has to be escaped, and characters of several bytes.
fn text() -> impl Strategy<Value = String> {
    "[a-c \n\t\r\\\\\u{b}\u{c}é€F]{1,12}"
}

fn path() -> impl Strategy<Value = Vec<u8>> {
    "[a-c \n\\\\é+]{1,4}(/[a-c \t]{1,3}){0,2}".prop_map(String::into_bytes)
}

fn name() -> impl Strategy<Value = HashName> {
    (any::<bool>(), 0_u8..30).prop_map(|(short, seed)| {
        if short { HashName::sha1_of(&[seed]) } else { HashName::sha3_of(&[seed]) }
    })
}

fn names() -> impl Strategy<Value = Vec<HashName>> {
    btree_set(0_u8..30, 0..4)
        .prop_map(|seeds| seeds.into_iter().map(|seed| HashName::sha3_of(&[seed])).collect())
        .prop_shuffle()
}

fn moment() -> impl Strategy<Value = Moment> {
    (200_000_000_000_000_i64..220_000_000_000_000)
        .prop_map(|millis| Moment::from_julian_millis(millis).unwrap())
}

fn action() -> impl Strategy<Value = TagAction> {
    prop_oneof![Just(TagAction::Add), Just(TagAction::Propagate), Just(TagAction::Cancel)]
}

fn mode() -> impl Strategy<Value = FileMode> {
    prop_oneof![Just(FileMode::Regular), Just(FileMode::Executable), Just(FileMode::Symlink)]
}

type OwnedTag = (TagAction, String, Option<HashName>, Option<String>);

fn tags() -> impl Strategy<Value = Vec<OwnedTag>> {
    let tag = (action(), "(sym-|x)[ -~é]{0,6}", option::of(name()), option::of(text()));
    vec(tag, 1..6).prop_map(|mut tags| {
        tags.sort_by_key(|tag| (tag.0 as u8, tag.1.clone(), tag.2.map(|name| name.to_string())));
        tags.dedup_by_key(|tag| (tag.0, tag.1.clone(), tag.2));
        tags
    })
}

fn new_tag((action, name, target, value): &OwnedTag) -> NewTag<'_> {
    NewTag { action: *action, name, target: *target, value: value.as_deref() }
}

fn new_tags(tags: &[OwnedTag]) -> Vec<NewTag<'_>> {
    tags.iter().map(new_tag).collect()
}

fn plain(text: Text<'_>) -> String {
    String::from_utf8(text.decode().into_owned()).unwrap()
}

fn same_tags(parsed: &[Tag<'_>], tags: &[OwnedTag]) {
    let sorted = |mut tags: Vec<OwnedTag>| {
        tags.sort_by_key(|tag| format!("{tag:?}"));
        tags
    };
    let parsed = parsed
        .iter()
        .map(|tag| (tag.action, plain(tag.name), tag.target, tag.value.map(plain)))
        .collect();
    assert_eq!(sorted(parsed), sorted(tags.to_vec()));
}

proptest! {
    #[test]
    fn check_ins(
        (baseline, comment, date, user) in (option::of(name()), text(), moment(), text()),
        files in vec((path(), option::of(name()), mode(), option::of(path())), 0..8),
        (mimetype, parents) in (option::of(text()), names()),
        picks in names(),
        (checksum, tags) in (any::<bool>(), tags()),
    ) {
        let mut files = files;
        files.sort_by(|one, other| one.0.cmp(&other.0));
        files.dedup_by(|one, other| one.0 == other.0);
        for (name, content, mode, old_name) in &mut files {
            if baseline.is_none() && content.is_none() {
                *content = Some(HashName::sha3_of(name));
            }
            if content.is_none() {
                (*mode, *old_name) = (FileMode::Regular, None);
            }
            if old_name.as_ref() == Some(name) {
                *old_name = None;
            }
        }
        let mut unsorted: Vec<NewFile<'_>> = files
            .iter()
            .map(|(name, content, mode, old_name)| NewFile {
                name, content: *content, mode: *mode, old_name: old_name.as_deref(),
            })
            .collect();
        unsorted.reverse();
        let picks: Vec<_> = picks
            .into_iter()
            .enumerate()
            .map(|(at, target)| Cherrypick {
                is_backout: at % 2 == 1, target, base: (at == 0).then_some(target),
            })
            .collect();
        let repository_checksum = checksum.then(|| Checksum::of(b"x"));
        let bytes = NewCheckIn {
            baseline, comment: &comment, date, files: &unsorted, mimetype: mimetype.as_deref(),
            parents: &parents, cherrypicks: &picks, repository_checksum,
            tags: &new_tags(&tags), user: &user,
        }.compose().unwrap();
        let Ok(Artifact::CheckIn(parsed)) = Artifact::parse(&bytes) else { panic!("no check-in") };
        prop_assert_eq!(parsed.baseline, baseline);
        prop_assert_eq!(parsed.comment.map(plain), Some(comment));
        prop_assert_eq!(parsed.date, date);
        let read: Vec<_> = parsed
            .files
            .iter()
            .map(|file| {
                let old_name = file.old_name.map(|name| name.decode().into_owned());
                (file.name.decode().into_owned(), file.content, file.mode(), old_name)
            })
            .collect();
        prop_assert_eq!(read, files);
        prop_assert_eq!(parsed.mimetype.map(plain), mimetype);
        prop_assert_eq!(parsed.parents, parents);
        prop_assert_eq!(parsed.cherrypicks.len(), picks.len());
        prop_assert!(picks.iter().all(|pick| parsed.cherrypicks.contains(pick)));
        prop_assert_eq!(
            parsed.repository_checksum,
            repository_checksum.as_ref().map(|checksum| checksum.as_bytes().as_slice())
        );
        prop_assert_eq!(parsed.user.map(plain), Some(user));
        same_tags(&parsed.tags, &tags);
    }

    #[test]
    fn control_artifacts(date in moment(), tags in tags(), user in text()) {
        let mut tags = tags;
        tags.retain(|tag| tag.2.is_some());
        let bytes = NewControl { date, tags: &new_tags(&tags), user: &user }.compose();
        if tags.is_empty() {
            prop_assert_eq!(bytes, Err(ComposeError::Empty("tag")));
            return Ok(());
        }
        let bytes = bytes.unwrap();
        let Ok(Artifact::Control(parsed)) = Artifact::parse(&bytes) else { panic!("no control") };
        prop_assert_eq!((parsed.date, plain(parsed.user)), (date, user));
        same_tags(&parsed.tags, &tags);
    }

    #[test]
    fn pages(
        (comment, mimetype) in (option::of(text()), option::of(text())),
        (date, parents, user) in (moment(), names(), text()),
        (title, body) in ("[a-cé](_[a-z\\\\]){0,9}", "[a-c \nWZ\\\\é]{0,20}"),
    ) {
        let title = title.replace('_', " ");
        let bytes = NewWiki {
            comment: comment.as_deref(), date, title: &title, mimetype: mimetype.as_deref(),
            parents: &parents, user: &user, text: &body,
        }.compose().unwrap();
        let Ok(Artifact::Wiki(parsed)) = Artifact::parse(&bytes) else { panic!("no page") };
        prop_assert_eq!(parsed.comment.map(plain), comment);
        prop_assert_eq!((parsed.date, plain(parsed.title)), (date, title));
        prop_assert_eq!(parsed.mimetype.map(plain), mimetype);
        prop_assert_eq!((parsed.parents, plain(parsed.user)), (parents, user));
        prop_assert_eq!(parsed.text, body.as_bytes());
    }

    #[test]
    fn technotes(
        (comment, mimetype, user) in (option::of(text()), option::of(text()), option::of(text())),
        (date, time, parents, tags) in (moment(), moment(), names(), tags()),
        (id, body) in ("[0-9a-f]{40}", "[a-c \nWZ\\\\é]{0,20}"),
    ) {
        let mut tags = tags;
        for tag in &mut tags {
            (tag.0, tag.2) = (TagAction::Add, None);
        }
        tags.sort_by(|one, other| one.1.cmp(&other.1));
        tags.dedup_by(|one, other| one.1 == other.1);
        let bytes = NewTechnote {
            comment: comment.as_deref(), date, time, id: &id, mimetype: mimetype.as_deref(),
            parents: &parents, tags: &new_tags(&tags), user: user.as_deref(), text: &body,
        }.compose().unwrap();
        let Ok(Artifact::Technote(parsed)) = Artifact::parse(&bytes) else { panic!("no technote") };
        prop_assert_eq!(parsed.comment.map(plain), comment);
        prop_assert_eq!((parsed.date, parsed.event.time), (date, time));
        prop_assert_eq!(parsed.event.id, id.as_bytes());
        prop_assert_eq!(parsed.mimetype.map(plain), mimetype);
        prop_assert_eq!((parsed.parents, parsed.user.map(plain)), (parents, user));
        prop_assert_eq!(parsed.text, body.as_bytes());
        same_tags(&parsed.tags, &tags);
    }

    #[test]
    fn ticket_changes(
        fields in vec(("[a-z_é]{1,5}", any::<bool>(), "[a \n\\\\]{0,5}"), 1..6),
        (date, id, user) in (moment(), "[0-9a-f]{40}", text()),
    ) {
        let mut fields = fields;
        fields.sort_by(|one, other| (!one.1, &one.0).cmp(&(!other.1, &other.0)));
        fields.dedup_by(|one, other| (one.1, &one.0) == (other.1, &other.0));
        let new: Vec<_> = fields
            .iter()
            .rev()
            .map(|(name, is_appended, value)| NewTicketField {
                name, is_appended: *is_appended, value,
            })
            .collect();
        let bytes = NewTicket { date, fields: &new, id: &id, user: &user }.compose().unwrap();
        let Ok(Artifact::Ticket(parsed)) = Artifact::parse(&bytes) else { panic!("no ticket") };
        let read: Vec<_> = parsed
            .fields
            .iter()
            .map(|field| {
                let name = String::from_utf8(field.name.to_vec()).unwrap();
                (name, field.is_appended, plain(field.value))
            })
            .collect();
        prop_assert_eq!(read, fields);
        prop_assert_eq!((parsed.date, plain(parsed.user)), (date, user));
        prop_assert_eq!(parsed.id, id.as_bytes());
    }

    #[test]
    fn attachments(
        (path, target) in ("[a-c é]{1,4}(/[a-c]{1,3}){0,2}", "[a-cé](_[a-z]){0,9}"),
        (content, comment) in (option::of(name()), option::of(text())),
        (date, mimetype, user) in (moment(), option::of(text()), option::of(text())),
    ) {
        let target = target.replace('_', " ");
        let bytes = NewAttachment {
            file_name: &path, target: &target, content, comment: comment.as_deref(), date,
            mimetype: mimetype.as_deref(), user: user.as_deref(),
        }.compose().unwrap();
        let Ok(Artifact::Attachment(parsed)) = Artifact::parse(&bytes) else { panic!("no file") };
        prop_assert_eq!((plain(parsed.link.path), plain(parsed.link.target)), (path, target));
        prop_assert_eq!((parsed.link.content, parsed.date), (content, date));
        prop_assert_eq!(parsed.comment.map(plain), comment);
        prop_assert_eq!(parsed.mimetype.map(plain), mimetype);
        prop_assert_eq!(parsed.user.map(plain), user);
    }

    #[test]
    fn posts(
        (date, user, body) in (moment(), text(), "[a-c \nWZ\\\\é]{0,20}"),
        (root, title, mimetype) in (name(), option::of(text()), option::of(text())),
        (reply, parent) in (option::of(name()), option::of(name())),
    ) {
        let in_reply_to = reply.filter(|_| title.is_none());
        let bytes = NewForum {
            date, thread_root: Some(root), title: title.as_deref(), in_reply_to,
            mimetype: mimetype.as_deref(), parent, user: &user, text: &body,
        }.compose().unwrap();
        let Ok(Artifact::Forum(parsed)) = Artifact::parse(&bytes) else { panic!("no post") };
        prop_assert_eq!((parsed.date, plain(parsed.user)), (date, user));
        prop_assert_eq!(parsed.title.map(plain), title);
        prop_assert_eq!(parsed.mimetype.map(plain), mimetype);
        prop_assert_eq!((parsed.thread_root, parsed.in_reply_to), (Some(root), in_reply_to));
        prop_assert_eq!((parsed.parent, parsed.text), (parent, body.as_bytes()));
    }

    #[test]
    fn clusters(members in names()) {
        let composed = NewCluster { members: &members }.compose();
        if members.is_empty() {
            prop_assert_eq!(composed, Err(ComposeError::Empty("member")));
            return Ok(());
        }
        let bytes = composed.unwrap();
        let Ok(Artifact::Cluster(parsed)) = Artifact::parse(&bytes) else { panic!("no cluster") };
        let mut sorted: Vec<_> = members.iter().map(ToString::to_string).collect();
        sorted.sort();
        let read: Vec<_> = parsed.members.iter().map(ToString::to_string).collect();
        prop_assert_eq!(read, sorted);
    }
}
