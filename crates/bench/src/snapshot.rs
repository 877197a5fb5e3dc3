//! Whether repositories were written to.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use crate::stage::beside;

/// What is on disk of a repository. Readers too write to the index of the log, which is memory that
/// they share.
const WRITTEN: [&str; 3] = ["", "-journal", "-wal"];

/// Files as they were at a time.
pub(crate) struct Snapshot(Vec<(PathBuf, Content)>);

/// The bytes of a file, and when it was last written; nothing if it was not there.
#[derive(PartialEq, Eq)]
struct Content(Option<(Vec<u8>, SystemTime)>);

impl Snapshot {
    /// Looks at repositories.
    pub(crate) fn of(repositories: &[&Path]) -> Self {
        let all = repositories.iter();
        let files = all.flat_map(|repository| WRITTEN.map(|end| beside(repository, end)));
        Self(files.map(|file| (file.clone(), Content::of(&file))).collect())
    }

    /// How many bytes are others by now; one at least for a file that was written as it was.
    pub(crate) fn changed(&self) -> u64 {
        self.0.iter().map(|(file, before)| before.difference(&Content::of(file))).sum()
    }
}

impl Content {
    fn of(file: &Path) -> Self {
        let modified = fs::metadata(file).and_then(|file| file.modified());
        Self(modified.ok().map(|modified| (fs::read(file).unwrap(), modified)))
    }

    fn difference(&self, other: &Self) -> u64 {
        if self == other {
            return 0;
        }
        let [old, new] = [self, other].map(|of| of.0.as_ref().map_or(&[][..], |(bytes, _)| bytes));
        let changed = old.iter().zip(new).filter(|(old, new)| old != new).count();
        (changed + old.len().abs_diff(new.len())).max(1) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_and_every_touch_counts() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.fossil");
        fs::write(&file, "abcd").unwrap();
        let then = SystemTime::UNIX_EPOCH;
        let touch = |then| fs::File::options().write(true).open(&file).unwrap().set_modified(then);
        touch(then).unwrap();
        let before = Snapshot::of(&[&file]);
        assert_eq!(before.changed(), 0);
        touch(then + std::time::Duration::from_secs(1)).unwrap();
        assert_eq!(before.changed(), 1);
        fs::write(&file, "abCDe").unwrap();
        assert_eq!(before.changed(), 3);
        fs::write(beside(&file, "-wal"), "log").unwrap();
        assert_eq!(before.changed(), 6);
    }
}
