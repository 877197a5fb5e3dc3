//! Artifacts that the real fossil made are read as what they are.
// Tests say what they expect by unwrapping, and shared helpers need no documentation.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic
)]

#[expect(dead_code, reason = "damaging goldens is for other tests")]
mod artifact_support;

use artifact_support::{Golden, goldens};
use outcrop_repo::artifact::{
    Artifact, Attachment, CheckIn, Control, FileMode, Forum, Kind, ParseError, Plain, TagAction,
    Technote, Ticket, Wiki,
};

/// Parses the golden of this name and looks at it.
fn golden(name: &str, look: impl FnOnce(Artifact<'_>)) {
    let found: Vec<Golden> = goldens().into_iter().filter(|g| g.name == name).collect();
    assert_eq!(found.len(), 1, "no golden named {name}");
    look(Artifact::parse(&found[0].bytes).unwrap_or_else(|error| panic!("{name}: {error}")));
}

macro_rules! golden_of_kind {
    ($function:ident, $kind:ident) => {
        fn $function(name: &str, look: impl FnOnce($kind<'_>)) {
            golden(name, |artifact| match artifact {
                Artifact::$kind(inner) => look(inner),
                other => panic!("{name} is a {}", other.kind()),
            });
        }
    };
}

golden_of_kind!(check_in, CheckIn);
golden_of_kind!(control, Control);
golden_of_kind!(wiki, Wiki);
golden_of_kind!(ticket, Ticket);
golden_of_kind!(attachment, Attachment);
golden_of_kind!(technote, Technote);
golden_of_kind!(forum, Forum);

#[test]
fn each_golden_is_of_the_kind_in_its_name() {
    for golden in goldens() {
        let kind = match golden.name.split('-').next().unwrap() {
            "checkin" => Kind::CheckIn,
            "cluster" => Kind::Cluster,
            "control" => Kind::Control,
            "wiki" => Kind::Wiki,
            "ticket" => Kind::Ticket,
            "attachment" => Kind::Attachment,
            "technote" => Kind::Technote,
            "forum" => Kind::Forum,
            "plain" => {
                let error = Artifact::parse(&golden.bytes).unwrap_err();
                assert_eq!(error, ParseError::Plain(Plain::NoChecksum));
                continue;
            }
            other => panic!("a golden starts with {other}"),
        };
        let artifact = Artifact::parse(&golden.bytes);
        let artifact = artifact.unwrap_or_else(|error| panic!("{}: {error}", golden.name));
        assert_eq!(artifact.kind(), kind, "{}", golden.name);
    }
}

#[test]
fn check_ins() {
    check_in("checkin-initial", |it| {
        assert_eq!(it.comment.unwrap().to_string(), "initial empty check-in");
        assert_eq!(it.date.to_string(), "2024-01-01T00:00:00.000");
        assert!(it.files.is_empty() && it.parents.is_empty());
        assert_eq!(it.tags[0].action, TagAction::Propagate);
        assert_eq!(it.tags[0].name.raw(), b"branch");
        assert_eq!(it.tags[0].value.unwrap().raw(), b"trunk");
    });
    check_in("checkin-files", |it| {
        assert_eq!(it.comment.unwrap().to_string(), "Add files: a \\ backslash,\na second line");
        assert_eq!(it.date.to_string(), "2024-01-02T03:04:05.678");
        assert_eq!(it.files.len(), 123);
        let modes: Vec<_> = it.files.iter().filter(|f| f.mode() == FileMode::Executable).collect();
        assert_eq!(modes.len(), 1);
        assert_eq!(modes[0].name.raw(), b"src/run.sh");
        assert!(it.files.iter().any(|f| f.name.to_string() == "name with spaces.txt"));
        assert_eq!(it.repository_checksum.unwrap().len(), 32);
        assert!(!it.is_delta());
    });
    check_in("checkin-merge", |it| {
        assert_eq!(it.parents.len(), 2);
        assert!(it.is_delta() || !it.files.is_empty());
    });
    check_in("checkin-cherrypick", |it| {
        assert_eq!(it.cherrypicks.len(), 1);
        assert!(!it.cherrypicks[0].is_backout);
    });
    check_in("checkin-backout", |it| assert!(it.cherrypicks[0].is_backout));
    check_in("checkin-branch", |it| {
        let names: Vec<_> = it.tags.iter().map(|tag| tag.name.to_string()).collect();
        assert!(names.contains(&"sym-two words".to_owned()), "{names:?}");
        assert!(it.tags.iter().any(|tag| tag.action == TagAction::Cancel));
        assert!(it.tags.iter().all(|tag| tag.target.is_none()));
    });
    check_in("checkin-rename", |it| {
        let renamed: Vec<_> = it.files.iter().filter(|f| f.old_name.is_some()).collect();
        assert_eq!(renamed.len(), 1);
        assert_eq!(renamed[0].name.raw(), b"src/start.sh");
        assert_eq!(renamed[0].old_name.unwrap().raw(), b"src/run.sh");
    });
}

#[test]
fn delta_manifests() {
    check_in("checkin-delta", |it| {
        assert!(it.is_delta());
        assert_eq!(it.baseline, it.parents.first().copied());
        assert_eq!(it.files.len(), 1);
    });
    check_in("checkin-delta-removal", |it| {
        let removed: Vec<_> = it.files.iter().filter(|f| f.content.is_none()).collect();
        assert_eq!(removed.len(), 1);
        assert_eq!(removed[0].name.raw(), b"src/deep/part7.txt");
    });
}

#[test]
fn check_ins_of_other_times_and_tools() {
    check_in("checkin-early", |it| {
        assert!(it.parents.is_empty());
        assert_eq!(it.files.len(), 1, "the reserved name is passed over");
        assert_eq!(it.files[0].permissions, b"");
        assert_eq!(it.user.unwrap().raw(), b"drh");
    });
    check_in("checkin-upper", |it| {
        assert_eq!(it.date.to_string(), "2024-01-19T23:00:00.000");
        let content = it.files[0].content.unwrap().to_string();
        assert_eq!(content, "abcdef1111111111111111111111111111111111");
    });
    for signed in ["checkin-pgp", "checkin-ssh"] {
        check_in(signed, |it| assert_eq!(it.comment.unwrap().raw(), b"Signed"));
    }
}

#[test]
fn clusters() {
    golden("cluster", |artifact| match artifact {
        Artifact::Cluster(cluster) => {
            assert!(cluster.members.len() >= 100);
            assert!(cluster.members.is_sorted());
        }
        other => panic!("{}", other.kind()),
    });
}

#[test]
fn control_artifacts() {
    control("control-add", |it| {
        assert_eq!(it.tags.len(), 1);
        assert_eq!(it.tags[0].action, TagAction::Add);
        assert_eq!(it.tags[0].name.raw(), b"sym-release");
        assert_eq!(it.tags[0].value.unwrap().raw(), b"1.0");
        assert!(it.tags[0].target.is_some());
    });
    control("control-cancel", |it| assert_eq!(it.tags[0].action, TagAction::Cancel));
    control("control-amend", |it| {
        let names: Vec<_> = it.tags.iter().map(|tag| tag.name.to_string()).collect();
        assert_eq!(names, ["bgcolor", "comment", "user"]);
        assert_eq!(it.tags[1].value.unwrap().to_string(), "A better comment");
    });
}

#[test]
fn wiki_pages() {
    wiki("wiki-fossil", |it| {
        assert_eq!(it.title.to_string(), "Home Page");
        assert_eq!(it.text, b"<b>Fossil</b> text\n");
        assert!(it.parents.is_empty());
        assert_eq!(it.user.raw(), b"alice");
    });
    wiki("wiki-markdown", |it| {
        assert_eq!(it.mimetype.unwrap().raw(), b"text/x-markdown");
        assert_eq!(it.text, b"# Markdown\n\ntext\n");
    });
    wiki("wiki-plain", |it| {
        assert_eq!(it.mimetype.unwrap().raw(), b"text/plain");
        assert_eq!(it.text, b"plain text, no newline at its end");
    });
    wiki("wiki-edit", |it| assert_eq!(it.parents.len(), 1));
}

#[test]
fn tickets() {
    ticket("ticket-new", |it| {
        let title = it.fields.iter().find(|field| field.name == b"title").unwrap();
        assert_eq!(title.value.to_string(), "It breaks");
        assert_eq!(it.id.len(), 40);
    });
    ticket("ticket-change", |it| {
        let comment = it.fields.iter().find(|field| field.name == b"comment").unwrap();
        assert!(comment.is_appended);
        assert_eq!(comment.value.to_string(), " and more");
    });
}

#[test]
fn attachments() {
    attachment("attachment-wiki", |it| {
        assert_eq!(it.link.file_name(), b"a picture.txt".as_slice());
        assert_eq!(it.link.target.to_string(), "Home Page");
        assert!(it.link.content.is_some());
    });
    attachment("attachment-technote", |it| assert_eq!(it.link.target.raw().len(), 40));
    attachment("attachment-removal", |it| assert_eq!(it.link.content, None));
}

#[test]
fn technotes() {
    technote("technote", |it| {
        assert_eq!(it.event.time.to_string(), "2024-01-14T12:00:00.000");
        assert_eq!(it.comment.unwrap().to_string(), "First release");
        assert_eq!(it.text, b"A note\n");
        let names: Vec<_> = it.tags.iter().map(|tag| tag.name.to_string()).collect();
        assert_eq!(names, ["bgcolor", "sym-news", "sym-release"]);
    });
    technote("technote-edit", |it| {
        assert_eq!(it.parents.len(), 1);
        assert_eq!(it.mimetype.unwrap().raw(), b"text/x-markdown");
    });
    technote("technote-swapped", |it| {
        assert_eq!(it.parents.len(), 1);
        assert_eq!(it.mimetype.unwrap().raw(), b"text/plain");
    });
}

#[test]
fn forum_posts() {
    forum("forum-thread", |it| {
        assert_eq!(it.title.unwrap().to_string(), "A thread");
        assert_eq!(it.text, b"First.\n\n\n");
        assert_eq!(it.thread_root, None);
    });
    forum("forum-reply", |it| {
        assert!(it.thread_root.is_some() && it.in_reply_to.is_some());
        assert_eq!(it.parent, None);
    });
    forum("forum-edit", |it| {
        assert!(it.parent.is_some());
        assert_eq!(it.text, b"");
    });
}
