//! Check-ins that say nothing out of the ordinary: when they were made, by whom and why, and what they come
//! from. So do most. Those of a large repository are kept in memory all at once, and as short as this they
//! take a quarter of the room, and need not be parsed again.

use crate::artifact::{CheckIn, Moment, Text};

/// What such a check-in says, but for its files and its parent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plain<'a> {
    date: Moment,
    user: Text<'a>,
    comment: Text<'a>,
}

impl<'a> Plain<'a> {
    /// `None` if the check-in says more, or less.
    pub(super) fn of(check_in: &CheckIn<'a>) -> Option<Self> {
        let is_plain = check_in.baseline.is_none()
            && check_in.parents.len() <= 1
            && check_in.cherrypicks.is_empty()
            && check_in.tags.is_empty();
        let (user, comment) = (check_in.user?, check_in.comment?);
        is_plain.then_some(Self { date: check_in.date, user, comment })
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        let (user, comment) = (self.user.raw(), self.comment.raw());
        let len = u32::try_from(user.len()).unwrap_or(u32::MAX);
        let date = self.date.julian_millis();
        [&date.to_le_bytes()[..], &len.to_le_bytes(), user, comment].concat()
    }

    /// Reads what [`to_bytes`](Self::to_bytes) has written.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let (date, rest) = bytes.split_first_chunk()?;
        let (len, rest) = rest.split_first_chunk()?;
        let (user, comment) = rest.split_at_checked(u32::from_le_bytes(*len) as usize)?;
        let date = Moment::from_julian_millis(i64::from_le_bytes(*date))?;
        Some(Self { date, user: Text::from_raw(user), comment: Text::from_raw(comment) })
    }

    /// The check-in, without its files and without its parent.
    pub(super) const fn check_in(self) -> CheckIn<'a> {
        CheckIn {
            baseline: None,
            comment: Some(self.comment),
            date: self.date,
            files: Vec::new(),
            mimetype: None,
            parents: Vec::new(),
            cherrypicks: Vec::new(),
            repository_checksum: None,
            tags: Vec::new(),
            user: Some(self.user),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::artifact::Artifact;

    fn parsed(text: &str) -> CheckIn<'_> {
        match Artifact::parse_again(text.as_bytes()) {
            Ok(Artifact::CheckIn(check_in)) => check_in,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_is_plain_is_told_again_and_all_else_is_not_plain() {
        let hash = "ab".repeat(20);
        let end = format!("Z {}\n", "cd".repeat(16));
        let (head, user) = ("C a\\scomment\nD 2020-01-02T03:04:05.678\n", "U some\\sone\n");
        let text = format!("{head}{user}{end}");
        let check_in = parsed(&text);
        let bytes = Plain::of(&check_in).unwrap().to_bytes();
        assert_eq!(Plain::read(&bytes).unwrap().check_in(), check_in);
        assert!(Plain::read(&bytes[..12]).is_none());

        let one_parent = format!("{head}P {hash}\n{user}{end}");
        assert!(Plain::of(&parsed(&one_parent)).is_some());
        for other in [
            format!("B {hash}\n{head}{user}{end}"),
            format!("{head}P {hash} {}\n{user}{end}", "ba".repeat(20)),
            format!("{head}Q +{hash}\n{user}{end}"),
            format!("{head}T *sym-x *\n{user}{end}"),
            format!("{head}{end}"),
            format!("D 2020-01-02\nP {hash}\n{user}{end}"),
        ] {
            assert_eq!(Plain::of(&parsed(&other)), None, "{other}");
        }
    }
}
