//! Which of two versions of a row counts.

use outcrop_format::hash::HashName;

use super::Conflict;

/// A version of a row, as far as it matters here. The greater one is the newer one.
///
/// Of two changes in the same second the one with the greater hash counts, and a deletion before
/// none, as with unversioned files: so everyone who has seen both has the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct RowVersion {
    /// When it was made, in seconds since 1970.
    pub mtime: i64,
    /// The hash of the row; `None` if it is deleted.
    pub content: Option<HashName>,
}

/// Who writes a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Author<'a> {
    /// A user by this login; the empty one if there was no login.
    User(&'a str),
    /// Who need not be asked: the server that one pulls from, which has judged its users itself.
    Authority,
}

/// What is to be done with a row that comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Ours stays: it is newer, or the same.
    Keep,
    /// It replaces ours.
    Take,
    /// It may not be written by who sent it.
    Refuse(Refusal),
}

/// Why a row may not be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It belongs to someone else.
    #[error("the row belongs to someone else")]
    NotOwner,
}

/// Judges a row that comes, given ours and its owner if there is one.
///
/// | rule | who may change a row | then |
/// |---|---|---|
/// | `mtime-wins` | everyone | the newer one counts |
/// | `self-write` | its owner; if it has none, everyone | the newer one counts |
/// | `owner-write` | its owner; if it has none, who is not logged in | the newer one counts |
///
/// Everyone may write a row that is not there.
#[must_use]
pub fn resolve(
    conflict: Conflict,
    ours: Option<(RowVersion, &str)>,
    theirs: RowVersion,
    author: Author<'_>,
) -> Verdict {
    let Some((version, owner)) = ours else { return Verdict::Take };
    if let Err(refusal) = may_write(conflict, owner, author) {
        return Verdict::Refuse(refusal);
    }
    if theirs > version { Verdict::Take } else { Verdict::Keep }
}

/// Whether a row of this owner may be changed.
pub(super) fn may_write(
    conflict: Conflict,
    owner: &str,
    author: Author<'_>,
) -> Result<(), Refusal> {
    let Author::User(user) = author else { return Ok(()) };
    let allowed = match conflict {
        Conflict::MtimeWins => true,
        Conflict::SelfWrite => owner.is_empty() || owner == user,
        Conflict::OwnerWrite => owner == user,
    };
    if allowed { Ok(()) } else { Err(Refusal::NotOwner) }
}

/// Whose a row is after it was written.
pub(super) fn owner_after<'a>(conflict: Conflict, owner: &'a str, author: Author<'a>) -> &'a str {
    match (conflict, author) {
        (Conflict::MtimeWins, _) => "",
        (_, Author::User(user)) if owner.is_empty() => user,
        _ => owner,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version((mtime, digit): (i64, char)) -> RowVersion {
        let content = (digit != '-').then(|| digit.to_string().repeat(40).parse().unwrap());
        RowVersion { mtime, content }
    }

    #[test]
    fn the_newer_one_counts() {
        use Verdict::{Keep, Take};
        for (ours, theirs, verdict) in [
            ((5, 'a'), (6, 'a'), Take),
            ((5, 'b'), (6, 'a'), Take),
            ((5, 'b'), (6, '-'), Take),
            ((6, 'a'), (5, 'b'), Keep),
            ((6, '-'), (5, 'b'), Keep),
            ((5, 'a'), (5, 'a'), Keep),
            ((5, '-'), (5, '-'), Keep),
            ((5, 'a'), (5, 'b'), Take),
            ((5, 'b'), (5, 'a'), Keep),
            ((5, '-'), (5, '0'), Take),
            ((5, '0'), (5, '-'), Keep),
            ((-6, 'a'), (-5, 'a'), Take),
        ] {
            for conflict in [Conflict::MtimeWins, Conflict::SelfWrite, Conflict::OwnerWrite] {
                let ours = Some((version(ours), "alice"));
                let found = resolve(conflict, ours, version(theirs), Author::User("alice"));
                assert_eq!(found, verdict, "{conflict} {ours:?} {theirs:?}");
                let found = resolve(conflict, ours, version(theirs), Author::Authority);
                assert_eq!(found, verdict, "{conflict} {ours:?} {theirs:?}");
            }
        }
    }

    #[test]
    fn owners_are_respected() {
        use Author::{Authority, User};
        use Conflict::{MtimeWins, OwnerWrite, SelfWrite};
        for (owner, author, allowed) in [
            ("alice", User("alice"), [true, true, true]),
            ("alice", User("bob"), [true, false, false]),
            ("alice", User(""), [true, false, false]),
            ("alice", Authority, [true, true, true]),
            ("", User("bob"), [true, true, false]),
            ("", User(""), [true, true, true]),
            ("", Authority, [true, true, true]),
        ] {
            for (conflict, allowed) in [MtimeWins, SelfWrite, OwnerWrite].into_iter().zip(allowed) {
                let theirs = version((6, 'a'));
                let verdict = resolve(conflict, Some((version((5, 'a')), owner)), theirs, author);
                let refused = Verdict::Refuse(Refusal::NotOwner);
                let expected = if allowed { Verdict::Take } else { refused };
                assert_eq!(verdict, expected, "{conflict} {owner:?} {author:?}");
                // What is older is refused all the same: it is not theirs.
                let older = resolve(conflict, Some((version((7, 'a')), owner)), theirs, author);
                assert_eq!(older, if allowed { Verdict::Keep } else { refused });
                assert_eq!(resolve(conflict, None, theirs, author), Verdict::Take);
            }
        }
    }

    #[test]
    fn the_first_to_write_becomes_the_owner() {
        use Author::{Authority, User};
        for conflict in [Conflict::SelfWrite, Conflict::OwnerWrite] {
            assert_eq!(owner_after(conflict, "", User("bob")), "bob");
            assert_eq!(owner_after(conflict, "alice", User("alice")), "alice");
            assert_eq!(owner_after(conflict, "alice", Authority), "alice");
            assert_eq!(owner_after(conflict, "", Authority), "");
        }
        assert_eq!(owner_after(Conflict::MtimeWins, "", User("bob")), "");
    }
}
