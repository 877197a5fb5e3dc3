//! Check-ins: the manifests that say which files a version consists of and where it comes from.

use std::ops::Range;

use outcrop_format::hash::HashName;

use super::{
    date::Moment,
    error::{ParseError, Problem},
    file::{FileCard, FileCards},
    lines::Lines,
    tag::{Tag, TagCards},
    text::Text,
};

/// A check-in. Early releases left cards out that are written today, so most may be missing.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckIn<'a> {
    /// B: the check-in whose files this one starts from. If there is one, this is a *delta
    /// manifest*, and [`files`](Self::files) are the differences only.
    pub baseline: Option<HashName>,
    /// C: what was done.
    pub comment: Option<Text<'a>>,
    /// D: when.
    pub date: Moment,
    /// F: the files, in the order of their decoded names.
    pub files: Vec<FileCard<'a>>,
    /// N: the type of the comment's text.
    pub mimetype: Option<Text<'a>>,
    /// P: what this check-in comes from; the first is the primary parent, the others were merged.
    pub parents: Vec<HashName>,
    /// Q: single check-ins that were merged or backed out.
    pub cherrypicks: Vec<Cherrypick>,
    /// R: an MD5 checksum over names and content of all files, as text.
    pub repository_checksum: Option<&'a [u8]>,
    /// T: tags on this check-in or others.
    pub tags: Vec<Tag<'a>>,
    /// U: who did it.
    pub user: Option<Text<'a>>,
}

/// One Q card: changes taken over from, or back out of, another line of development.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cherrypick {
    /// Whether the changes were backed out rather than merged.
    pub is_backout: bool,
    /// The check-in whose changes they are.
    pub target: HashName,
    /// Where the changes begin; the target's primary parent if `None`.
    pub base: Option<HashName>,
}

impl<'a> CheckIn<'a> {
    pub(super) fn parse(cards: &mut Lines<'a>) -> Result<Self, ParseError> {
        let (mut baseline, mut comment, mut date, mut mimetype) = (None, None, None, None);
        let (mut repository_checksum, mut user) = (None, None);
        let (mut parents, mut cherrypicks) = (Vec::new(), Vec::new());
        let (mut files, mut tags) = (FileCards::default(), TagCards::default());
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'B' => baseline = Some(cards.hash()?),
                b'C' => comment = Some(cards.text("comment")?),
                b'D' => date = Some(cards.moment()?),
                b'F' => files.read(cards, baseline.is_some())?,
                b'N' => mimetype = Some(cards.text("mimetype")?),
                b'P' => cards.parents(&mut parents)?,
                b'Q' => cherrypicks.push(Cherrypick::read(cards)?),
                b'R' => repository_checksum = Some(cards.checksum()?),
                b'T' => {
                    tags.read(cards)?;
                }
                b'U' => user = Some(cards.login()),
                b'Z' => drop(cards.checksum()?),
                _ => return Err(cards.forbidden()),
            }
        }
        cards.finish()?;
        let check_in = Self {
            baseline,
            comment,
            date: cards.require(b'D', date)?,
            files: files.into_files(),
            mimetype,
            parents,
            cherrypicks,
            repository_checksum,
            tags: tags.into_tags(),
            user,
        };
        cards.require(b'C', check_in.is_marked().then_some(()))?;
        Ok(check_in)
    }

    /// The check-ins whose change this one took over; those that it backed out are not among them.
    pub(crate) fn picked(&self) -> impl Iterator<Item = HashName> {
        self.cherrypicks.iter().filter(|pick| !pick.is_backout).map(|pick| pick.target)
    }

    /// Where the F cards stand in the bytes that the check-in was parsed from.
    pub(crate) fn file_cards(&self, bytes: &[u8]) -> Option<Range<usize>> {
        let place = |card: &FileCard<'_>| {
            let name = card.name.raw().as_ptr() as usize;
            name.checked_sub(bytes.as_ptr() as usize).filter(|place| *place <= bytes.len())
        };
        let start = place(self.files.first()?)?.checked_sub(b"F ".len())?;
        let last = place(self.files.last()?)?;
        let line = bytes.get(last..)?.iter().position(|byte| *byte == b'\n')?;
        Some(start..last + line + 1)
    }

    /// The bytes that the check-in was parsed from, without F cards but the first: enough for
    /// [`Artifact::parse_again`](super::Artifact::parse_again).
    pub(crate) fn without_files(&self, bytes: &[u8]) -> Vec<u8> {
        match self.file_cards(bytes) {
            Some(cards) => without_files(bytes, cards),
            None => bytes.to_vec(),
        }
    }

    /// Whether this manifest holds its differences from a baseline only.
    #[must_use]
    pub const fn is_delta(&self) -> bool {
        self.baseline.is_some()
    }

    /// Whether there is anything that tells a check-in from a control artifact: files passed over,
    /// an empty P card, tags and a user do not.
    fn is_marked(&self) -> bool {
        self.baseline.is_some()
            || self.comment.is_some()
            || !self.files.is_empty()
            || !self.parents.is_empty()
            || !self.cherrypicks.is_empty()
            || self.repository_checksum.is_some()
    }
}

/// Leaves all but the first of the F cards out, which stand at this place.
pub(crate) fn without_files(bytes: &[u8], cards: Range<usize>) -> Vec<u8> {
    let first = bytes.get(cards.clone()).unwrap_or_default();
    let first = first.split_inclusive(|byte| *byte == b'\n').next().unwrap_or_default();
    let above = bytes.get(..cards.start).unwrap_or_default();
    [above, first, bytes.get(cards.end..).unwrap_or_default()].concat()
}

/// Leaves out too, of what [`without_files`] has left, what nobody asks a check-in for that is linked: the
/// last F card, and the R card. But where there is no comment, these may be what tells that it is a
/// check-in; and what is signed is left as it is.
pub(crate) fn without_any_files(rest: Vec<u8>) -> Vec<u8> {
    let lines = || rest.split_inclusive(|byte| *byte == b'\n');
    let is_plain = rest.first().is_some_and(u8::is_ascii_uppercase);
    if !is_plain || !lines().any(|line| line.first() == Some(&b'C')) {
        return rest;
    }
    let kept = lines().filter(|line| !matches!(line.first(), Some(b'F' | b'R')));
    kept.collect::<Vec<_>>().concat()
}

impl Cherrypick {
    fn read(card: &mut Lines<'_>) -> Result<Self, ParseError> {
        let (is_backout, target) = match card.word("artifact name")? {
            [b'+', target @ ..] => (false, target),
            [b'-', target @ ..] => (true, target),
            _ => return Err(card.error(Problem::PickSign)),
        };
        Ok(Self { is_backout, target: card.hash_in(target)?, base: card.optional_hash()? })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, HASH2, check, check_in, missing, parsed};
    use super::*;
    use crate::artifact::{Artifact, Kind};

    /// What is parsed again tells the same, but for what is told of files.
    #[test]
    fn no_file_is_left_where_nothing_depends_on_it() {
        let (parent, sum) = (format!("P {HASH}\n"), format!("R {}\n", "ab".repeat(16)));
        let texts = [
            format!("C x\nD 2020-01-02\nF a {HASH}\n{parent}{sum}T *sym-a *\nU me\n"),
            format!("B {HASH2}\nC x\nD 2020-01-02\nF a {HASH}\nU me\n"),
            format!("C x\nD 2020-01-02\n{sum}U me\n"),
            format!("D 2020-01-02\nF a {HASH}\nU me\n"),
            format!("D 2020-01-02\n{sum}U me\n"),
        ];
        for text in texts {
            let text = format!("{text}Z {}\n", "cd".repeat(16)).into_bytes();
            let rest = without_any_files(text.clone());
            assert_eq!(rest.len() < text.len(), text.contains(&b'C'));
            let [mut full, short] = [&text, &rest].map(|text| match Artifact::parse_again(text) {
                Ok(Artifact::CheckIn(check_in)) => check_in,
                other => panic!("{other:?}"),
            });
            if short.comment.is_some() {
                full.files.clear();
                full.repository_checksum = None;
            }
            assert_eq!(short, full);
        }
    }

    #[test]
    fn all_cards_are_kept() {
        let cards = format!(
            "N text/plain\nP {HASH} {HASH2}\nQ +{HASH}\nQ -{HASH2} {HASH}\n\
             R 00000000000000000000000000000000\nT +sym-x *"
        );
        check_in(&cards, |check_in| {
            assert_eq!(check_in.comment.unwrap().raw(), b"x");
            assert_eq!(check_in.mimetype.unwrap().raw(), b"text/plain");
            assert_eq!(check_in.parents.len(), 2);
            assert_eq!(check_in.cherrypicks.len(), 2);
            assert!(!check_in.cherrypicks[0].is_backout);
            assert!(check_in.cherrypicks[1].is_backout);
            assert_eq!(check_in.cherrypicks[1].base, Some(check_in.parents[0]));
            assert_eq!(check_in.repository_checksum, Some(&[b'0'; 32][..]));
            assert_eq!(check_in.tags[0].target, None);
            assert_eq!(check_in.user.unwrap().raw(), b"me");
            assert!(!check_in.is_delta());
        });
    }

    #[test]
    fn rules_of_the_cards() {
        const TOO_MANY: Option<Problem> = Some(Problem::TooManyWords);
        const NOT_A_HASH: Option<Problem> = Some(Problem::NotAHash);
        const NOT_A_CHECKSUM: Option<Problem> = Some(Problem::NotAChecksum);
        for (cards, problem) in [
            ("B \nC x\nD D", NOT_A_HASH),
            ("B HASH\nC x\nD D", None),
            ("B HASH\nD D", None),
            ("B HASHa\nC x\nD D", NOT_A_HASH),
            ("B HASH\nB HASH\nC x\nD D", Some(Problem::Repeated)),
            ("B HASH x\nC x\nD D", TOO_MANY),
            ("B HASH\nC\nD D", Some(Problem::MissingWord("comment"))),
            ("C \nD D", None),
            ("C x y\nD D", TOO_MANY),
            ("C x\nC x\nD D", Some(Problem::Repeated)),
            ("C x\nD", Some(Problem::MissingWord("date"))),
            ("C x\nD now", Some(Problem::NotADate)),
            ("C x\nD D\nD D", Some(Problem::Repeated)),
            ("C x\nD D ", TOO_MANY),
            ("C x\nD D\nN", Some(Problem::MissingWord("mimetype"))),
            ("C x\nD D\nN a\nN b", Some(Problem::Repeated)),
            ("C x\nD D\nP HASH\nN a", Some(Problem::Order)),
            ("C x\nD D\nP", None),
            ("C x\nD D\nP HASH HASH\nP HASH", None),
            ("C x\nD D\nP ", NOT_A_HASH),
            ("D D\nP HASH", None),
            ("D D\nQ +HASH", None),
            ("C x\nD D\nQ", Some(Problem::MissingWord("artifact name"))),
            ("C x\nD D\nQ HASH", Some(Problem::PickSign)),
            ("C x\nD D\nQ ", Some(Problem::PickSign)),
            ("C x\nD D\nQ +", NOT_A_HASH),
            ("C x\nD D\nQ +HASH ", NOT_A_HASH),
            ("C x\nD D\nQ +HASH HASH HASH", TOO_MANY),
            ("C x\nD D\nQ -HASH\nQ +HASH\nQ +HASH", None),
            ("C x\nD D\nR", Some(Problem::MissingWord("checksum"))),
            ("C x\nD D\nR 0", NOT_A_CHECKSUM),
            ("D D\nR 0123456789abcdefABCDEF0123456789", None),
            ("C x\nD D\nR 0123456789abcdefABCDEF012345678g", NOT_A_CHECKSUM),
            ("C x\nD D\nU", None),
            ("C x\nD D\nU ", None),
            ("C x\nD D\nU me me", TOO_MANY),
            ("C x\nD D\nU me\nU me", Some(Problem::Repeated)),
            ("C x\nD D\nW 1\na", Some(Problem::Forbidden(Kind::CheckIn))),
            ("C x\nD D\n", Some(Problem::NotACard)),
            ("C x\nD D\nc x", Some(Problem::NotACard)),
            ("D D\nC x", Some(Problem::Order)),
        ] {
            let cards = cards.replace("HASH", HASH).replace("D D", "D 2020-01-01");
            check(&format!("{cards}\n"), problem);
        }
    }

    #[test]
    fn something_must_tell_a_check_in_from_a_control_artifact() {
        let file = format!("F _FOSSIL_ {HASH}");
        for cards in ["D 2020-01-01\nP\nU me\n", "D 2020-01-01\nN a\nU me\n"] {
            assert_eq!(missing(cards), Some((Kind::CheckIn, 'C')), "{cards}");
        }
        let cards = format!("D 2020-01-01\n{file}\nU me\n");
        assert_eq!(missing(&cards), Some((Kind::CheckIn, 'C')));
        check(&format!("C x\nD 2020-01-01\n{file}\n"), None);
    }

    #[test]
    fn an_empty_login_is_anonymous() {
        for login in ["U", "U "] {
            parsed(&format!("C x\nD 2020-01-01\n{login}\n"), |artifact| {
                let user = artifact.user().unwrap();
                assert_eq!(user.raw(), b"anonymous");
            });
        }
    }

    #[test]
    fn a_check_in_has_a_date() {
        assert_eq!(missing("C x\nU me\n"), Some((Kind::CheckIn, 'D')));
    }
}
