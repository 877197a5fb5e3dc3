//! Which files differ between two check-ins, told by their text.
//!
//! A check-in names all files of the project, and most of that text is the same in the check-in
//! before it. So the text is compared first, and only lines that differ are looked into.

use std::cmp::Ordering;

use bytes::Bytes;
use outcrop_format::hash::HashName;

use super::files::{self, Change, File, Files};
use crate::artifact::{CheckIn, FamiliarFiles, FileMode, Text, same_lines, without_files};

/// The F cards of a check-in.
#[derive(Debug, Clone)]
pub(super) struct FileText {
    cards: Bytes,
    /// Where they stand in the artifact.
    start: usize,
    has_renames: bool,
}

/// Where the F cards of an artifact stand, for finding them again.
#[derive(Debug, Clone, Copy)]
pub(super) struct FilePlace {
    start: usize,
    end: usize,
    has_renames: bool,
}

impl FileText {
    /// `None` for a delta manifest, and for one with cards that count for nothing.
    pub(super) fn new(check_in: &CheckIn<'_>, content: &Bytes) -> Option<Self> {
        let has_renames = check_in.files.iter().any(|file| file.old_name.is_some());
        let range = check_in.file_cards(content).unwrap_or_default();
        let (start, cards) = (range.start, content.slice(range));
        let lines = memchr::memchr_iter(b'\n', &cards).count();
        let is_plain = check_in.baseline.is_none() && lines == check_in.files.len();
        is_plain.then_some(Self { cards, start, has_renames })
    }

    /// Finds the F cards of a text that is much like another one; see [`FamiliarFiles`].
    pub(super) fn beside(content: &Bytes, neighbour: &Self) -> Option<Self> {
        if neighbour.has_renames {
            return None;
        }
        let found = FamiliarFiles::find(content, &neighbour.cards)?;
        let FamiliarFiles { cards, has_renames } = found;
        Some(Self { start: cards.start, cards: content.slice(cards), has_renames })
    }

    /// Where it stands in the artifact.
    pub(super) const fn place(&self) -> FilePlace {
        let Self { start, has_renames, .. } = *self;
        FilePlace { start, end: start + self.cards.len(), has_renames }
    }

    /// The F cards that stood at this place before, in the same artifact.
    pub(super) fn at(place: FilePlace, content: &Bytes) -> Option<Self> {
        let FilePlace { start, end, has_renames } = place;
        let is_there = start <= end && end <= content.len();
        is_there.then(|| Self { cards: content.slice(start..end), start, has_renames })
    }

    /// See [`without_files`].
    pub(super) fn cut_from(&self, content: &[u8]) -> Vec<u8> {
        without_files(content, self.start..self.start + self.cards.len())
    }

    /// Bytes that it keeps from being freed.
    pub(super) fn len(&self) -> usize {
        self.cards.len()
    }

    fn files(&self) -> Files<'_> {
        Files::plain(lines(&self.cards).filter_map(file).collect())
    }
}

/// Calls `found` with all files, as ones that are new.
pub(super) fn added(text: &FileText, mut found: impl FnMut(&Change<'_>)) {
    for file in lines(&text.cards).filter_map(file) {
        found(&file.added());
    }
}

/// Calls `found` with what differs in `child`, seen from `parent`.
pub(super) fn changes(parent: &FileText, child: &FileText, mut found: impl FnMut(&Change<'_>)) {
    if child.has_renames {
        let (parent, child) = (parent.files(), child.files());
        return files::changes(&parent, &child).iter().for_each(found);
    }
    let (mut before, mut after) = (&*parent.cards, &*child.cards);
    loop {
        let same = same_lines(before, after);
        before = before.get(same..).unwrap_or_default();
        after = after.get(same..).unwrap_or_default();
        let (old, old_rest) = first_line(before);
        let (new, new_rest) = first_line(after);
        let order = match (&old, &new) {
            (None, None) => return,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(old), Some(new)) => old.name.cmp(&new.name),
        };
        if order != Ordering::Greater {
            before = old_rest;
        }
        if order != Ordering::Less {
            after = new_rest;
        }
        match (order, old, new) {
            (Ordering::Less, Some(old), _) => found(&old.gone()),
            (Ordering::Greater, _, Some(new)) => found(&new.added()),
            (Ordering::Equal, Some(old), Some(new))
                if old.content != new.content || old.mode != new.mode =>
            {
                found(&new.change(old.content, None));
            }
            _ => {}
        }
    }
}

fn lines(cards: &[u8]) -> impl Iterator<Item = &[u8]> {
    cards.split_inclusive(|byte| *byte == b'\n')
}

/// The file of the first line, and what is behind it.
fn first_line(cards: &[u8]) -> (Option<File<'_>>, &[u8]) {
    let line = lines(cards).next().unwrap_or_default();
    (file(line), cards.get(line.len()..).unwrap_or_default())
}

/// The file of an F card that was parsed before.
fn file(line: &[u8]) -> Option<File<'_>> {
    let line = line.strip_suffix(b"\n")?;
    let mut words = line.split(|byte| matches!(byte, b' ' | 0)).skip(1);
    let name = Text::from_raw(words.next()?).decode();
    let content = HashName::parse(&words.next()?.to_ascii_lowercase()).ok();
    let mode = FileMode::of(words.next().unwrap_or_default());
    let old_name = words.next().map(|name| Text::from_raw(name).decode());
    Some(File { name, content, mode, old_name })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::{Artifact, checksum};
    use proptest::prelude::*;

    /// A check-in with the files of these numbers: the content, the mode and whether it was renamed
    /// go by the second number.
    fn check_in(files: &std::collections::BTreeMap<u8, u8>) -> Bytes {
        let mut text = b"C x\nD 2024-01-02T03:04:05\n".to_vec();
        for (name, version) in files {
            let content = HashName::sha1_of(&[*version % 4]);
            let mode = [" w", " x", " l", ""][usize::from(*version / 4 % 4)];
            let old =
                if *version >= 250 { format!("{mode} old\\s{name}") } else { mode.to_owned() };
            let old = if mode.is_empty() && *version >= 250 { String::new() } else { old };
            text.extend(format!("F {name:03}\\sname {content}{old}\n").into_bytes());
        }
        text.extend(b"U me\n");
        text.extend(checksum::z_line(&text));
        text.into()
    }

    fn parsed(content: &Bytes) -> CheckIn<'_> {
        match Artifact::parse(content) {
            Ok(Artifact::CheckIn(check_in)) => check_in,
            other => panic!("{other:?}"),
        }
    }

    fn told(changes: &[Change<'_>]) -> Vec<String> {
        let mut told: Vec<_> = changes.iter().map(|change| format!("{change:?}")).collect();
        told.sort();
        told
    }

    proptest! {
        /// The text tells what the parsed lists of files tell.
        #[test]
        fn text_and_files_agree(
            before in prop::collection::btree_map(0..40_u8, any::<u8>(), 0..40),
            edits in prop::collection::btree_map(0..40_u8, any::<Option<u8>>(), 0..8),
        ) {
            let mut after = before.clone();
            for (name, version) in edits {
                match version {
                    Some(version) => after.insert(name, version),
                    None => after.remove(&name),
                };
            }
            let contents = [check_in(&before), check_in(&after)];
            let [parent, child] = contents.each_ref().map(parsed);
            let lists = [Files::new(&parent, None), Files::new(&child, None)];
            let texts = [FileText::new(&parent, &contents[0]), FileText::new(&child, &contents[1])];
            let [Some(parent), Some(child)] = texts else { panic!("plain lists") };
            let mut seen = Vec::new();
            changes(&parent, &child, |change| seen.push(format!("{change:?}")));
            seen.sort();
            prop_assert_eq!(seen, told(&files::changes(&lists[0], &lists[1])));
        }
    }

    /// Digits may be upper case, and a NUL parts words.
    #[test]
    fn odd_cards_are_read_as_the_parser_reads_them() {
        let hash = "0123456789abcdef0123456789abcdef01234567";
        let upper = hash.to_ascii_uppercase();
        let mut text = format!(
            "C x\nD 2020-01-01\nF a\\sb {upper} x\nF b {hash}\0\0old\nF c {hash}  old\nU me\n"
        )
        .into_bytes();
        text.extend(checksum::z_line(&text));
        let content = Bytes::from(text);
        let check_in = parsed(&content);
        let text = FileText::new(&check_in, &content).unwrap();
        let read: Vec<_> = lines(&text.cards).filter_map(file).collect();
        let told = |file: &File<'_>| format!("{:?}", (file.added(), &file.old_name));
        let cards: Vec<_> = check_in.files.iter().map(File::new).collect();
        assert_eq!(cards.len(), 3);
        assert!(cards.iter().map(told).eq(read.iter().map(told)));
    }
}
