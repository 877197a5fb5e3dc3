//! Check-ins: manifests, whole or as a difference from a baseline.

use outcrop_format::escape;
use outcrop_format::hash::HashName;

use super::cards::{Cards, all_different, shown};
use super::error::ComposeError;
use super::tag::NewTag;
use crate::artifact::checksum::Checksum;
use crate::artifact::{Cherrypick, FileMode, Moment, name};

/// A check-in to be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewCheckIn<'a> {
    /// The check-in whose files this one starts from. With one, the artifact is a *delta manifest*
    /// and [`files`](Self::files) are the differences only.
    pub baseline: Option<HashName>,
    /// What was done.
    pub comment: &'a str,
    /// When.
    pub date: Moment,
    /// The files, in any order.
    pub files: &'a [NewFile<'a>],
    /// The type of the comment's text; Fossil's own wiki markup if `None`.
    pub mimetype: Option<&'a str>,
    /// What this check-in comes from, the primary parent first.
    pub parents: &'a [HashName],
    /// Single check-ins that were merged or backed out.
    pub cherrypicks: &'a [Cherrypick],
    /// The checksum over names and content of all files, those of the baseline too.
    pub repository_checksum: Option<Checksum>,
    /// Tags on this check-in or others.
    pub tags: &'a [NewTag<'a>],
    /// Who did it.
    pub user: &'a str,
}

/// A file of a check-in to be composed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewFile<'a> {
    /// The path of the file from the root of the check-out.
    pub name: &'a [u8],
    /// The content. `None` says that a file of the baseline is gone.
    pub content: Option<HashName>,
    /// Whether it is to be executed, or a symbolic link.
    pub mode: FileMode,
    /// The path of the same file in the parent, if it is renamed.
    pub old_name: Option<&'a [u8]>,
}

impl NewCheckIn<'_> {
    /// The bytes of the artifact.
    pub fn compose(&self) -> Result<Vec<u8>, ComposeError> {
        let mut cards = Cards::default();
        cards.optional_name(b'B', self.baseline.as_ref());
        cards.comment(Some(self.comment))?;
        cards.date(self.date);
        self.write_files(&mut cards)?;
        cards.mimetype(self.mimetype)?;
        cards.parents(self.parents)?;
        self.write_cherrypicks(&mut cards)?;
        if let Some(checksum) = &self.repository_checksum {
            cards.card(b'R', &[checksum.as_bytes()]);
        }
        cards.tags(self.tags)?;
        cards.user(self.user)?;
        Ok(cards.close())
    }

    /// F cards, in the order of the names as bytes.
    fn write_files(&self, cards: &mut Cards) -> Result<(), ComposeError> {
        let mut files: Vec<_> = self.files.iter().collect();
        files.sort_unstable_by_key(|file| file.name);
        all_different("file", files.iter().map(|file| shown(file.name)))?;
        for file in files {
            if file.content.is_none() && self.baseline.is_none() {
                return Err(ComposeError::NoContent(shown(file.name)));
            }
            file.write(cards)?;
        }
        Ok(())
    }

    /// Q cards, merged ones before those backed out, as Fossil sorts them.
    fn write_cherrypicks(&self, cards: &mut Cards) -> Result<(), ComposeError> {
        let written = |pick: &Cherrypick| {
            let sign = if pick.is_backout { '-' } else { '+' };
            (format!("{sign}{}", pick.target), pick.base.map(|base| base.to_string()))
        };
        let mut picks: Vec<_> = self.cherrypicks.iter().map(written).collect();
        picks.sort_unstable();
        all_different("cherry-pick", picks.iter().map(|(pick, _)| pick))?;
        for (pick, base) in &picks {
            match base {
                Some(base) => cards.card(b'Q', &[pick.as_bytes(), base.as_bytes()]),
                None => cards.card(b'Q', &[pick.as_bytes()]),
            }
        }
        Ok(())
    }
}

impl NewFile<'_> {
    fn write(&self, cards: &mut Cards) -> Result<(), ComposeError> {
        check_name(self.name)?;
        let name = escape::encode(self.name);
        let Some(content) = &self.content else {
            cards.card(b'F', &[&name]);
            return Ok(());
        };
        let content = content.to_hex();
        let permissions = match self.mode {
            FileMode::Regular => b"",
            FileMode::Executable => b"x".as_slice(),
            FileMode::Symlink => b"l",
        };
        match self.old_name.filter(|old_name| *old_name != self.name) {
            Some(old_name) => {
                check_name(old_name)?;
                // The old name is the fourth word, so there has to be a third.
                let permissions = if permissions.is_empty() { b"w" } else { permissions };
                let old_name = escape::encode(old_name);
                cards.card(b'F', &[&name, content.as_bytes(), permissions, &old_name]);
            }
            None if permissions.is_empty() => cards.card(b'F', &[&name, content.as_bytes()]),
            None => cards.card(b'F', &[&name, content.as_bytes(), permissions]),
        }
        Ok(())
    }
}

fn check_name(path: &[u8]) -> Result<(), ComposeError> {
    if path.contains(&0) {
        return Err(ComposeError::Nul("file name"));
    }
    if !name::is_simple_path(path) {
        return Err(ComposeError::NotAPath(shown(path)));
    }
    if name::is_reserved_file(path) {
        return Err(ComposeError::Reserved(shown(path)));
    }
    Ok(())
}
