//! Check-ins to be pushed and pulled, and so many that stock's import would take hours.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use outcrop_oracle::Random;
use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::commit::{Author, Change, CheckInRequest};
use outcrop_repo::read::EventKind;
use outcrop_repo::receive::Origin;

use crate::stage::USER;

/// Adds small check-ins to the trunk of a repository: each changes a line of one small file.
pub(crate) fn grow(repository: &Path, check_ins: usize) {
    let repo = Repo::open(repository).unwrap();
    let tx = repo.write().unwrap();
    let mut parent = tx.resolve("trunk", Some(EventKind::CheckIn)).unwrap().rid;
    for number in 0..check_ins {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let name = format!("notes/note{}.txt", number % 10);
        let text = format!("Note {number}\n{now:?}\n{}", "A line that stays.\n".repeat(50));
        let changes = [Change::put(&name, text.as_bytes())];
        let comment = format!("Note {number}");
        let at = Moment::since_1970(u64::try_from(now.as_millis()).unwrap());
        let author = Author { login: USER, at };
        let request = CheckInRequest {
            changes: &changes,
            ..CheckInRequest::new(Some(parent), &comment, author)
        };
        parent = tx.check_in(&request).unwrap().rid;
    }
    tx.commit().unwrap();
    // Stock copies the file alone.
    repo.settle().unwrap();
}

/// Check-ins that one transaction makes.
const AT_ONCE: usize = 1000;
/// Files that each changes.
const CHANGED: usize = 4;
/// When they begin, in milliseconds since 1970, and how far they are apart.
const BEGINNING: u64 = 1_700_000_000_000;
const APART: u64 = 60_000;

/// Goes on with the trunk of a corpus in its own manner: check-ins that change a few lines of some
/// files.
pub(crate) fn extend(repository: &Path, check_ins: usize) {
    let repo = Repo::open(repository).unwrap();
    let tx = repo.read().unwrap();
    let mut parent = tx.resolve("trunk", Some(EventKind::CheckIn)).unwrap().rid;
    let mut files: Vec<(String, Vec<String>)> = tx
        .files_at(parent)
        .unwrap()
        .into_iter()
        .filter_map(|file| {
            let content = tx.content(tx.rid_of(&file.content).unwrap()?).unwrap();
            let lines =
                String::from_utf8(content.to_vec()).ok()?.lines().map(str::to_owned).collect();
            Some((String::from_utf8(file.name).ok()?, lines))
        })
        .collect();
    drop(tx);
    let mut random = Random::new(check_ins as u64);
    let mut at = BEGINNING;
    let tx = repo.write().unwrap();
    // Otherwise all files would be read for each. An import does without it too.
    tx.set_setting("repo-cksum", "off", Moment::since_1970(at)).unwrap();
    tx.commit().unwrap();
    for begun in (0..check_ins).step_by(AT_ONCE) {
        let tx = repo.write().unwrap();
        for number in begun..check_ins.min(begun + AT_ONCE) {
            let touched = change_some(&mut random, &mut files, number);
            let texts: Vec<_> =
                touched.iter().map(|file| (&files[*file].0, files[*file].1.join("\n"))).collect();
            let changes: Vec<_> =
                texts.iter().map(|(name, text)| Change::put(name, text.as_bytes())).collect();
            at += APART;
            let author = Author { login: USER, at: Moment::since_1970(at) };
            let comment = format!("Change {number}");
            let request = CheckInRequest {
                changes: &changes,
                allow_older: true,
                ..CheckInRequest::new(Some(parent), &comment, author)
            };
            parent = tx.check_in(&request).unwrap().rid;
        }
        tx.commit().unwrap();
    }
    // Whoever has so many has pushed them long since, and was pulled from.
    let tx = repo.write().unwrap();
    tx.clear_unsent().unwrap();
    let origin = Origin { user: None, at: Moment::since_1970(at), nonce: None, address: None };
    let mut receiver = tx.receiver(origin);
    receiver.make_clusters().unwrap();
    receiver.finish().unwrap();
    tx.commit().unwrap();
    repo.settle().unwrap();
}

/// Changes lines of some files: which.
fn change_some(
    random: &mut Random,
    files: &mut [(String, Vec<String>)],
    number: usize,
) -> BTreeSet<usize> {
    let mut changed = BTreeSet::new();
    while changed.len() < CHANGED {
        // Some files change more often than others.
        let file = random.below(files.len()).min(random.below(files.len()));
        let lines = &mut files[file].1;
        let place = random.below(lines.len());
        lines[place] = format!("line {number} {:x}", random.any());
        changed.insert(file);
    }
    changed
}
