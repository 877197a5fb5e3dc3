//! Check-ins to be pushed and pulled.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use outcrop_repo::Repo;
use outcrop_repo::artifact::Moment;
use outcrop_repo::commit::{Author, Change, CheckInRequest};
use outcrop_repo::read::EventKind;

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
