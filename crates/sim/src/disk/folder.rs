//! Names in folders, and what of them survives a loss of power.
//!
//! A name is a matter of its folder: a file that was made may be gone again, and one that was removed
//! may be there again, until the folder itself has reached the disk. SQLite sees to that when the
//! first bytes of a new journal or log are to last, and when a rollback journal is removed; not when a
//! log is.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use outcrop_oracle::Random;

use super::image::Image;

/// What has changed in folders that have not reached the disk since.
#[derive(Debug, Default)]
pub(super) struct Folders {
    /// Databases that were made.
    made: BTreeSet<String>,
    /// Files that were removed, as they were.
    removed: BTreeMap<String, Image>,
}

impl Folders {
    pub(super) fn made(&mut self, path: &str) {
        self.made.insert(path.to_owned());
    }

    /// A file is removed. It is no matter what has become of the name since the folder was kept.
    pub(super) fn removed(&mut self, path: &str, image: Image) {
        self.removed.entry(path.to_owned()).or_insert(image);
    }

    /// The folder of this file reaches the disk, as it is.
    pub(super) fn keep(&mut self, path: &str) {
        let folder = Path::new(path).parent();
        self.made.retain(|name| Path::new(name).parent() != folder);
        self.removed.retain(|name, _| Path::new(name).parent() != folder);
    }

    /// What a loss of power does to the names that are `lost`: those that are gone, and those that are
    /// back.
    pub(super) fn lose_power(
        &mut self,
        lost: impl Fn(&str) -> bool,
        random: &mut Random,
    ) -> (Vec<String>, Vec<(String, Image)>) {
        let made = self.made.iter().filter(|path| lost(path));
        let gone: Vec<String> = made.filter(|_| random.one_in(2)).cloned().collect();
        let mut back = Vec::new();
        for (path, image) in self.removed.iter().filter(|(path, _)| lost(path)) {
            if random.one_in(2) {
                back.extend(image.after_power_loss(random).map(|left| (path.clone(), left)));
            }
        }
        self.made.retain(|path| !lost(path));
        self.removed.retain(|path, _| !lost(path));
        (gone, back)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often, of a hundred times, a name is gone, and one is back.
    fn lost(change: impl Fn(&mut Folders)) -> (usize, usize) {
        let (mut gone, mut back) = (0, 0);
        for seed in 0..100 {
            let mut folders = Folders::default();
            let mut log = Image::default();
            log.write(0, b"log");
            log.sync();
            folders.made("n1/new");
            folders.removed("n1/old-wal", log);
            change(&mut folders);
            let (names, files) =
                folders.lose_power(|path| path.starts_with("n1/"), &mut Random::new(seed));
            gone += names.len();
            back += files.iter().filter(|(_, file)| file.bytes() == b"log").count();
            let (names, files) = folders.lose_power(|_| true, &mut Random::new(seed));
            assert!(names.is_empty() && files.is_empty(), "once is enough");
        }
        (gone, back)
    }

    #[test]
    fn names_may_be_lost_until_their_folder_is_kept() {
        let some = 30..70;
        let (gone, back) = lost(|_| {});
        assert!(some.contains(&gone) && some.contains(&back), "{gone} {back}");
        let (gone, back) = lost(|folders| folders.keep("n2/any"));
        assert!(some.contains(&gone) && some.contains(&back), "{gone} {back}");
        assert_eq!(lost(|folders| folders.keep("n1/new-journal")), (0, 0));
    }

    #[test]
    fn what_comes_back_is_what_the_folder_has_kept() {
        let (_, back) = lost(|folders| folders.removed("n1/old-wal", Image::default()));
        assert!(back > 0);
    }
}
