//! F cards: the files of a check-in.

use std::borrow::Cow;

use outcrop_format::hash::HashName;

use super::{
    error::{ParseError, Problem},
    lines::Lines,
    name,
    text::Text,
};

/// One F card.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileCard<'a> {
    /// The path of the file from the root of the check-out.
    pub name: Text<'a>,
    /// The content. `None` says that a file of the baseline is gone.
    pub content: Option<HashName>,
    /// The letters of the permissions, empty for an ordinary file. [`mode`](Self::mode) reads them.
    pub permissions: &'a [u8],
    /// The path of the same file in the parent, if it was renamed.
    pub old_name: Option<Text<'a>>,
}

/// What the permissions of a file come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FileMode {
    /// An ordinary file.
    Regular,
    /// `x`: a file to execute.
    Executable,
    /// `l`: a symbolic link, with its target as content.
    Symlink,
}

impl FileMode {
    /// What the letters of permissions come to; those that are not known count for nothing.
    pub(crate) fn of(permissions: &[u8]) -> Self {
        if permissions.contains(&b'x') {
            Self::Executable
        } else if permissions.contains(&b'l') {
            Self::Symlink
        } else {
            Self::Regular
        }
    }
}

impl FileCard<'_> {
    /// What the permissions come to.
    #[must_use]
    pub fn mode(&self) -> FileMode {
        FileMode::of(self.permissions)
    }
}

/// Reads the F cards of one check-in, which stand in the order of their decoded names.
#[derive(Debug, Default)]
pub(super) struct FileCards<'a> {
    /// The decoded name of the last file kept; empty, and so before all others, at first.
    previous: Cow<'a, [u8]>,
    files: Vec<FileCard<'a>>,
}

impl<'a> FileCards<'a> {
    /// Reads what stands behind the card of a file of this name.
    pub(super) const fn after(previous: Cow<'a, [u8]>) -> Self {
        Self { previous, files: Vec::new() }
    }

    /// Reads one card. In a delta manifest the content may be missing.
    pub(super) fn read(&mut self, card: &mut Lines<'a>, is_delta: bool) -> Result<(), ParseError> {
        let name = card.text("file name")?;
        let decoded = name.decode();
        check_path(card, &decoded)?;
        let content = match card.optional_hash()? {
            None if !is_delta => return Err(card.error(Problem::MissingWord("artifact name"))),
            content => content,
        };
        let permissions = card.next_word().unwrap_or_default();
        let old_name = card.optional_text();
        if let Some(old_name) = old_name {
            check_path(card, &old_name.decode())?;
        }
        if self.previous >= decoded {
            return Err(card.error(Problem::Unsorted));
        }
        // Passed over as Fossil does, even for the order of the cards below.
        if !name::is_reserved_file(&decoded) {
            self.previous = decoded;
            self.files.push(FileCard { name, content, permissions, old_name });
        }
        Ok(())
    }

    /// The files of all cards read.
    pub(super) fn into_files(self) -> Vec<FileCard<'a>> {
        self.files
    }
}

fn check_path(card: &Lines<'_>, decoded: &[u8]) -> Result<(), ParseError> {
    if name::is_simple_path(decoded) { Ok(()) } else { Err(card.error(Problem::NotAPath)) }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, check, check_in};
    use super::*;

    #[test]
    fn permissions_and_old_name_are_read() {
        let cards = format!("F a\\sb {HASH} x\nF c {HASH} l old\\sc\nF d {HASH}  e\nF f {HASH} w");
        check_in(&cards, |check_in| {
            let files = &check_in.files;
            assert_eq!(files[0].name.to_string(), "a b");
            assert_eq!(files[0].mode(), FileMode::Executable);
            assert_eq!(files[0].old_name, None);
            assert_eq!(files[1].mode(), FileMode::Symlink);
            assert_eq!(files[1].old_name.unwrap().to_string(), "old c");
            assert_eq!(files[2].mode(), FileMode::Regular);
            assert_eq!(files[2].old_name.unwrap().raw(), b"e");
            assert_eq!(files[3].mode(), FileMode::Regular);
            assert_eq!(files[3].content, HashName::parse(HASH.as_bytes()).ok());
        });
    }

    #[test]
    fn rules_of_the_card() {
        for (cards, problem) in [
            ("F", Some(Problem::MissingWord("file name"))),
            ("F a", Some(Problem::MissingWord("artifact name"))),
            ("F a HASH", None),
            ("F a HASH ", None),
            ("F a HASH w b", None),
            ("F a HASH w b c", Some(Problem::TooManyWords)),
            ("F a HASH w ", Some(Problem::NotAPath)),
            ("F a HASH w ../b", Some(Problem::NotAPath)),
            ("F a 12", Some(Problem::NotAHash)),
            ("F /a HASH", Some(Problem::NotAPath)),
            ("F a\\0/../b HASH", None),
            ("F  HASH", Some(Problem::NotAPath)),
            ("F a HASH\nF b HASH", None),
            ("F a HASH\nF a HASH", Some(Problem::Unsorted)),
            ("F b HASH\nF a HASH", Some(Problem::Unsorted)),
            ("F a! HASH\nF a\\sb HASH", Some(Problem::Unsorted)),
            ("F a\\sb HASH\nF a! HASH", None),
        ] {
            let cards = cards.replace("HASH", HASH);
            check(&format!("C x\nD 2020-01-01\n{cards}\nU me\n"), problem);
        }
    }

    #[test]
    fn bookkeeping_files_are_passed_over() {
        let cards = format!("F _FOSSIL_ {HASH}\nF _FOSSIL_ {HASH}\nF a {HASH}");
        check_in(&cards, |check_in| {
            assert_eq!(check_in.files.len(), 1);
            assert_eq!(check_in.files[0].name.raw(), b"a");
        });
    }

    #[test]
    fn only_a_delta_manifest_can_take_a_file_away() {
        let cards = format!("B {HASH}\nC x\nD 2020-01-01\nF a\nF b {HASH}\nU me\n");
        check(&cards, None);
        let cards = format!("B {HASH}\nC x\nD 2020-01-01\nF a \nU me\n");
        check(&cards, Some(Problem::NotAHash));
    }
}
