//! Check-ins whose files are mostly those of another, which was parsed before.
//!
//! A check-in names all files of the project, and tells most of them with the very lines of the
//! check-in that its delta builds upon. A line that was parsed is not parsed again: what is the same
//! in both is passed over, and only the other lines are looked into. Where anything is out of the
//! ordinary there is no answer, and the check-in is parsed as any other.

use std::borrow::Cow;
use std::ops::Range;

use super::clearsign::Unsigned;
use super::file::FileCards;
use super::lines::Lines;
use super::{Kind, Text};

/// The F cards of a check-in without a baseline, all of which are well-formed and count.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FamiliarFiles {
    /// Where they stand in the text.
    pub(crate) cards: Range<usize>,
    pub(crate) has_renames: bool,
}

impl FamiliarFiles {
    /// Finds the F cards of a text. `known` are the F cards of another check-in of which the same is
    /// true, and which renames nothing. What stands before and behind is not looked at.
    pub(crate) fn find(text: &[u8], known: &[u8]) -> Option<Self> {
        let start = start_of_files(text)?;
        let (mut before, mut after) = (known, text.get(start..)?);
        // The name of the last file that was passed.
        let mut previous: Cow<'_, [u8]> = Cow::Borrowed(b"");
        let mut has_renames = false;
        loop {
            let same = same_lines(before, after);
            if same > 0 {
                let (run, rest) = after.split_at_checked(same)?;
                if previous >= name_in(run)? {
                    return None;
                }
                previous = name_in(last_line(run))?;
                (before, after) = (before.get(same..)?, rest);
            }
            if !after.starts_with(b"F ") {
                break;
            }
            let (line, rest) = first_line(after)?;
            let (name, is_renamed) = parse(line, previous)?;
            has_renames |= is_renamed;
            // To where the other one has this file, or would have it.
            while let Some(known) = name_in(before)
                && known <= name
            {
                before = first_line(before)?.1;
            }
            (previous, after) = (name, rest);
        }
        let end = text.len() - after.len();
        (end > start).then_some(Self { cards: start..end, has_renames })
    }
}

/// Where the first F card stands, if no other cards stand above it than those of a check-in without a
/// baseline. Below others it is out of place, or a line of a page's text.
fn start_of_files(text: &[u8]) -> Option<usize> {
    let mut start = 0;
    while let Some(rest) = text.get(start..)
        && !rest.starts_with(b"F ")
    {
        if !rest.starts_with(b"C ") && !rest.starts_with(b"D ") {
            return None;
        }
        start += memchr::memchr(b'\n', rest)? + 1;
    }
    (start < text.len()).then_some(start)
}

/// Parses one F card; gives the name, and whether the file was renamed.
fn parse<'a>(line: &'a [u8], previous: Cow<'a, [u8]>) -> Option<(Cow<'a, [u8]>, bool)> {
    let mut lines = Lines::new(Kind::CheckIn, Unsigned { text: line, header: b"" });
    let mut cards = FileCards::after(previous);
    lines.next_card().ok()??;
    cards.read(&mut lines, false).ok()?;
    lines.next_card().ok()?.is_none().then_some(())?;
    let [file] = *cards.into_files() else { return None };
    Some((file.name.decode(), file.old_name.is_some()))
}

/// The name in the first of some F cards that were parsed before; `None` if there is none.
fn name_in(cards: &[u8]) -> Option<Cow<'_, [u8]>> {
    let name = cards.strip_prefix(b"F ")?;
    let end = name.iter().position(|byte| matches!(byte, b' ' | b'\n' | 0))?;
    Some(Text::from_raw(name.get(..end)?).decode())
}

fn first_line(cards: &[u8]) -> Option<(&[u8], &[u8])> {
    cards.split_at_checked(memchr::memchr(b'\n', cards)? + 1)
}

fn last_line(cards: &[u8]) -> &[u8] {
    let above = cards.strip_suffix(b"\n").and_then(|cards| memchr::memrchr(b'\n', cards));
    above.and_then(|newline| cards.get(newline + 1..)).unwrap_or(cards)
}

/// How many bytes of whole lines are the same in both.
pub(crate) fn same_lines(a: &[u8], b: &[u8]) -> usize {
    // Long stretches at once, and then narrowed down.
    let mut same = 0;
    for block in [4096, 256, 32] {
        let rest = |text| <[u8]>::get(text, same..).unwrap_or_default().chunks_exact(block);
        same += rest(a).zip(rest(b)).take_while(|(a, b)| a == b).count() * block;
    }
    let rest = a.iter().zip(b).skip(same);
    same += rest.take_while(|(a, b)| a == b).count();
    let newline = memchr::memrchr(b'\n', a.get(..same).unwrap_or_default());
    newline.map_or(0, |newline| newline + 1)
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, HASH2, closed};
    use super::super::{Artifact, CheckIn};
    use super::*;
    use proptest::prelude::*;

    fn check_in(text: &[u8]) -> Option<CheckIn<'_>> {
        match Artifact::parse(text) {
            Ok(Artifact::CheckIn(check_in)) => Some(check_in),
            _ => None,
        }
    }

    /// Lines of F cards, good and bad, by number.
    fn line(name: u8, kind: u8) -> String {
        let hash = if kind.is_multiple_of(2) { HASH } else { HASH2 };
        match kind {
            0..=5 => format!("F {name:03} {hash}\n"),
            6 => format!("F {name:03}\\sx {hash} x\n"),
            7 => format!("F {name:03} {hash} w old\n"),
            8 => format!("F {name:03}\n"),
            9 => format!("F {name:03}/../a {hash}\n"),
            10 => format!("F {name:03} {hash} w old more\n"),
            11 => "F _FOSSIL_ 12\n".to_owned(),
            12 => format!("F _FOSSIL_ {hash}\n"),
            13 => format!("F {name:03} {}\n", hash.to_ascii_uppercase()),
            _ => format!("F {name:03}\0{hash}\n"),
        }
    }

    fn manifest(lines: &[(u8, u8)]) -> Vec<u8> {
        let files: String = lines.iter().map(|(name, kind)| line(*name, *kind)).collect();
        closed(&format!("C x\nD 2020-01-01\n{files}U me\n"))
    }

    /// Whatever is found is what parsing finds too.
    fn agree(known: &[u8], text: &[u8]) -> Option<FamiliarFiles> {
        let of_known = check_in(known)?;
        let lines = of_known.file_cards(known)?;
        let cards = &known[lines];
        let plain = of_known.files.len() == cards.split_inclusive(|byte| *byte == b'\n').count()
            && of_known.files.iter().all(|file| file.old_name.is_none());
        if !plain {
            return None;
        }
        let found = FamiliarFiles::find(text, cards)?;
        let parsed = check_in(text).expect("what has only good files is a check-in");
        assert_eq!(parsed.file_cards(text), Some(found.cards.clone()));
        let lines = text[found.cards.clone()].split_inclusive(|byte| *byte == b'\n').count();
        assert_eq!(lines, parsed.files.len());
        let renames = parsed.files.iter().any(|file| file.old_name.is_some());
        assert_eq!(renames, found.has_renames);
        Some(found)
    }

    proptest! {
        #[test]
        fn what_is_familiar_is_parsed_alike(
            mut lines in prop::collection::vec((0..30_u8, 0..6_u8), 1..30),
            edits in prop::collection::vec((any::<prop::sample::Index>(), 0..30_u8, 0..16_u8), 0..6),
            sorted in any::<bool>(),
        ) {
            lines.sort_unstable();
            lines.dedup_by_key(|(name, _)| *name);
            let known = manifest(&lines);
            for (at, name, kind) in edits {
                match kind {
                    15 => { lines.remove(at.index(lines.len())); }
                    kind => lines.insert(at.index(lines.len() + 1), (name, kind)),
                }
                if lines.is_empty() {
                    break;
                }
            }
            if sorted {
                lines.sort_unstable();
                lines.dedup_by_key(|(name, _)| *name);
            }
            agree(&known, &manifest(&lines));
        }
    }

    #[test]
    fn usual_changes_are_familiar() {
        let before: Vec<_> = (0..40).map(|name| (name, 0)).collect();
        let known = manifest(&before);
        for edit in [(5, 1), (0, 1), (39, 6), (20, 7), (41, 0)] {
            let mut after = before.clone();
            after.retain(|(name, _)| *name != edit.0);
            after.push(edit);
            after.sort_unstable();
            let found = agree(&known, &manifest(&after)).expect("familiar");
            assert_eq!(found.has_renames, edit.1 == 7);
        }
        let without: Vec<_> = before.iter().copied().filter(|(name, _)| name % 7 != 0).collect();
        assert!(agree(&known, &manifest(&without)).is_some());
        assert_eq!(agree(&known, &manifest(&[])), None);
    }

    #[test]
    fn what_is_odd_is_left_to_the_parser() {
        let known = manifest(&[(1, 0), (3, 0)]);
        for lines in [
            [(1, 0), (1, 0)],
            [(3, 0), (1, 0)],
            [(1, 0), (2, 9)],
            [(2, 10), (3, 0)],
            [(1, 0), (2, 12)],
            [(4, 1), (3, 0)],
        ] {
            assert_eq!(agree(&known, &manifest(&lines)), None, "{lines:?}");
        }
        let delta = format!("B {HASH}\nC x\nD 2020-01-01\nF 001 {HASH}\nU me\n");
        // Out of place.
        let late = format!("C x\nD 2020-01-01\nP {HASH}\nF 001 {HASH}\nU me\n");
        // Lines of a text.
        let files = format!("F 001 {HASH}\n");
        let page = format!("D 2020-01-01\nL Home\nU me\nW {}\n{files}\n", files.len());
        for text in [delta, late, page] {
            assert_eq!(agree(&known, &closed(&text)), None, "{text}");
        }
    }

    #[test]
    fn whole_lines_are_the_same() {
        let (a, b) = ("F a 1\nF b 2\nF c 3\n", "F a 1\nF b 3\n");
        assert_eq!(same_lines(a.as_bytes(), b.as_bytes()), 6);
        assert_eq!(same_lines(a.as_bytes(), a.as_bytes()), a.len());
        assert_eq!(same_lines(b"", b.as_bytes()), 0);
        let long = "F name 0123456789\n".repeat(500);
        let other = long.replacen('9', "8", 1);
        assert_eq!(same_lines(long.as_bytes(), other.as_bytes()), 0);
        assert_eq!(same_lines(long.as_bytes(), format!("{long}F z 1\n").as_bytes()), long.len());
    }
}
