//! What a new artifact takes the place of is stored as a delta of it, and stays what it was.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // a test stops at what it does not expect

use outcrop_repo::artifact::Moment;
use outcrop_repo::commit::{Author, Change, CheckInRequest, WikiEdit};
use outcrop_repo::create::CreateOptions;
use outcrop_repo::{Repo, Rid};

fn lines(count: usize, last: &str) -> Vec<u8> {
    let mut text: String =
        (0..count).map(|line| ["line ", &line.to_string(), "\n"].concat()).collect();
    text.push_str(last);
    text.into_bytes()
}

#[test]
fn old_versions_are_deltas_of_the_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let day = |day: &str| Moment::parse(["2024-01-0", day].concat().as_bytes()).unwrap();
    let options = CreateOptions::new("alice", day("1"));
    let repo = Repo::create(path, &options, &mut |bytes| bytes.fill(1)).unwrap().repo;
    let tx = repo.write().unwrap();
    let mut tip = tx.resolve("trunk", None).unwrap().rid;
    let mut made: Vec<(Rid, Rid)> = Vec::new();
    for (at, last) in [("2", "first"), ("3", "second"), ("4", "third")] {
        let content = lines(200, last);
        let files: Vec<_> = (0..20).map(|file| format!("folder/file{file}")).collect();
        let mut changes = vec![Change::put("changing", &content)];
        if at == "2" {
            changes.extend(files.iter().map(|file| Change::put(file, b"the same")));
        }
        let author = Author { login: "alice", at: day(at) };
        let request =
            CheckInRequest { changes: &changes, ..CheckInRequest::new(Some(tip), last, author) };
        tip = tx.check_in(&request).unwrap().rid;
        let file = tx.file_at(tip, b"changing").unwrap().unwrap();
        made.push((tip, tx.rid_of(&file.content).unwrap().unwrap()));
        assert_eq!(tx.content(made.last().unwrap().1).unwrap(), content);
    }
    let source = |rid| tx.blob(rid).unwrap().unwrap().source;
    for pair in made.windows(2) {
        assert_eq!(source(pair[0].0), Some(pair[1].0), "the check-in before");
        assert_eq!(source(pair[0].1), Some(pair[1].1), "the file before");
    }
    assert_eq!(source(made[2].0), None, "the newest stands whole");
    assert_eq!(source(made[2].1), None);
    assert_eq!(tx.content(made[0].1).unwrap(), lines(200, "first"));

    let mut pages = Vec::new();
    for (at, last) in [("5", "first"), ("6", "second")] {
        let text = String::from_utf8(lines(100, last)).unwrap();
        let edit = WikiEdit { title: "Page", text: &text, mimetype: None, comment: None };
        let author = Author { login: "alice", at: day(at) };
        pages.push(tx.write_wiki(&edit, author).unwrap().rid);
    }
    assert_eq!((source(pages[0]), source(pages[1])), (Some(pages[1]), None));
    tx.commit().unwrap();
    let report = repo.read().unwrap().verify(|_| {}).unwrap();
    assert!(report.is_sound(), "{report}");
}
