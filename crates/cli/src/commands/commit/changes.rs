//! What becomes of the files of the parent.

use std::collections::BTreeSet;

use bytes::Bytes;
use outcrop_repo::{artifact::FileMode, commit::Change, tx::ReadTx};

use super::{CommitArgs, Gathered, Place};
use crate::failure::{Exit, Failure};

/// The changes of a check-in, in the order in which they take effect.
#[derive(Debug, Default)]
pub(super) struct Changes {
    /// Old names and new ones.
    pub(super) renamed: Vec<(String, String)>,
    pub(super) removed: BTreeSet<String>,
    pub(super) put: Vec<Put>,
    /// What the files of the parent are called.
    pub(super) before: BTreeSet<String>,
}

/// A file that gets a content.
#[derive(Debug)]
pub(super) struct Put {
    pub(super) name: String,
    pub(super) content: Bytes,
    mode: Option<FileMode>,
}

impl Changes {
    pub(super) fn new(
        tx: &ReadTx,
        args: &CommitArgs,
        place: &Place,
        gathered: &Gathered,
    ) -> Result<Self, Failure> {
        let files = place.parent.map(|parent| tx.files_at(parent)).transpose()?.unwrap_or_default();
        let names = files.into_iter().filter_map(|file| String::from_utf8(file.name).ok());
        let mut changes = Self { before: names.collect(), ..Self::default() };
        let renames = args.rename.chunks_exact(2);
        for (old, new) in renames.filter_map(|pair| Some((pair.first()?, pair.last()?))) {
            changes.rename(old, new)?;
        }
        for name in &args.remove {
            let meant = changes.meant(name)?;
            changes.removed.extend(meant);
        }
        if args.mirror {
            changes.mirror(gathered)?;
        }
        for (name, file) in &gathered.files {
            if changes.removed.contains(name) {
                let message = format!("{name:?} is both removed and given: leave out one of them");
                return Err(Failure::new(Exit::Usage, &message));
            }
            let (content, mode) = (file.content.clone(), file.mode);
            changes.put.push(Put { name: name.clone(), content, mode });
        }
        Ok(changes)
    }

    /// A file, or all files of a folder.
    fn meant(&self, name: &str) -> Result<Vec<String>, Failure> {
        let folder = name.trim_end_matches('/');
        let is_meant = |file: &&String| {
            file.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        let meant: Vec<_> = self.before.iter().filter(is_meant).cloned().collect();
        if !meant.is_empty() && !folder.is_empty() {
            return Ok(meant);
        }
        let message = format!(
            "the check-in before has neither a file nor a folder {name:?}: `outcrop ls` lists what \
             it has"
        );
        Err(Failure::new(Exit::Failed, &message))
    }

    fn rename(&mut self, old: &str, new: &str) -> Result<(), Failure> {
        let (from, to) = (old.trim_end_matches('/'), new.trim_end_matches('/'));
        for name in self.meant(old)? {
            let rest = name.strip_prefix(from).unwrap_or_default();
            let new = format!("{to}{rest}");
            self.renamed.push((name, new));
        }
        Ok(())
    }

    /// Removes what the folders do not have any more. What they have and was left out stays.
    fn mirror(&mut self, gathered: &Gathered) -> Result<(), Failure> {
        if gathered.folders.is_empty() {
            let message = "--mirror needs a folder: there is none among the paths";
            return Err(Failure::new(Exit::Usage, &message));
        }
        let is_below = |name: &str, folder: &str| {
            folder.is_empty() || name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
        };
        let is_left_out = |name: &String| {
            let mut left_out = gathered.left_out.iter();
            left_out.any(|left| {
                left == name || (left.ends_with('/') && name.starts_with(left.as_str()))
            })
        };
        let renamed: BTreeSet<_> = self.renamed.iter().map(|(old, _)| old).collect();
        let gone = self.before.iter().filter(|name| {
            gathered.folders.iter().any(|folder| is_below(name, folder))
                && !gathered.files.contains_key(*name)
                && !renamed.contains(name)
                && !is_left_out(name)
        });
        self.removed.extend(gone.cloned().collect::<Vec<_>>());
        Ok(())
    }

    pub(super) fn borrowed(&self) -> Vec<Change<'_>> {
        let renamed = self.renamed.iter().map(|(from, to)| Change::Rename { from, to });
        let removed = self.removed.iter().map(|path| Change::Remove { path });
        let put = self.put.iter().map(|Put { name, content, mode }| Change::Put {
            path: name,
            content,
            mode: *mode,
        });
        renamed.chain(removed).chain(put).collect()
    }
}
