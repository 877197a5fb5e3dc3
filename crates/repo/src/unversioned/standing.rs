//! Which of two versions of an unversioned file is the newer one.

use std::cmp::Ordering;

use outcrop_format::hash::HashName;

/// A version of an unversioned file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Version {
    /// When it was made, in seconds since 1970.
    pub mtime: i64,
    /// The hash of the content; `None` if the file was deleted.
    pub hash: Option<HashName>,
}

/// How our version of an unversioned file stands to a peer's. The numbers are Fossil's.
///
/// | | peer's content differs | peer's content is ours |
/// |---|---|---|
/// | peer's time is later | [`Older`](Self::Older) | [`OlderTime`](Self::OlderTime) |
/// | times are equal, peer's hash is greater | `Older` | |
/// | times are equal | | [`Same`](Self::Same) |
/// | times are equal, our hash is greater | [`Newer`](Self::Newer) | |
/// | our time is later | `Newer` | [`NewerTime`](Self::NewerTime) |
///
/// Hashes are compared as they are written, a deleted file being less than all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// We know of no such file.
    Unknown = 0,
    /// The peer's is to replace ours.
    Older = 1,
    /// The content is the same, and the peer's time is to replace ours.
    OlderTime = 2,
    /// They do not differ.
    Same = 3,
    /// The content is the same, and our time is to replace the peer's.
    NewerTime = 4,
    /// Ours is to replace the peer's.
    Newer = 5,
}

impl Standing {
    /// The same for someone who wants all files as the peer has them: nothing of ours is newer.
    #[must_use]
    pub const fn reverted(self) -> Self {
        match self {
            Self::NewerTime => Self::OlderTime,
            Self::Newer => Self::Older,
            other => other,
        }
    }
}

/// How our version of a file, if we have one, stands to a peer's.
///
/// ```
/// use outcrop_repo::unversioned::{Standing, Version, standing};
///
/// let hash = "da39a3ee5e6b4b0d3255bfef95601890afd80709".parse()?;
/// let (written, deleted) = (Version { mtime: 10, hash: Some(hash) }, Version { mtime: 10, hash: None });
/// assert_eq!(standing(Some(deleted), written), Standing::Older);
/// assert_eq!(standing(Some(written), Version { mtime: 11, ..written }), Standing::OlderTime);
/// # Ok::<(), outcrop_format::hash::NameError>(())
/// ```
#[must_use]
pub fn standing(ours: Option<Version>, theirs: Version) -> Standing {
    let Some(ours) = ours else { return Standing::Unknown };
    let time = ours.mtime.cmp(&theirs.mtime);
    // Digests order as their digits do, and no hash comes before any.
    match ours.hash.cmp(&theirs.hash) {
        Ordering::Equal => match time {
            Ordering::Less => Standing::OlderTime,
            Ordering::Equal => Standing::Same,
            Ordering::Greater => Standing::NewerTime,
        },
        hash if time.then(hash) == Ordering::Less => Standing::Older,
        _ => Standing::Newer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `-` is deleted; digits are repeated to a hash, upper case to a SHA3 one.
    fn version((mtime, hash): (i64, char)) -> Version {
        let digits = |len| hash.to_ascii_lowercase().to_string().repeat(len);
        let hash = match hash {
            '-' => None,
            'A'..='Z' => Some(digits(64).parse().unwrap()),
            _ => Some(digits(40).parse().unwrap()),
        };
        Version { mtime, hash }
    }

    #[test]
    fn the_table_of_stock() {
        for (ours, theirs, code) in [
            // The content is the same.
            ((5, 'a'), (6, 'a'), 2),
            ((5, 'a'), (5, 'a'), 3),
            ((6, 'a'), (5, 'a'), 4),
            ((5, '-'), (6, '-'), 2),
            ((5, '-'), (5, '-'), 3),
            ((6, '-'), (5, '-'), 4),
            // The later time wins, whatever the hash.
            ((5, 'b'), (6, 'a'), 1),
            ((5, 'b'), (6, '-'), 1),
            ((6, 'a'), (5, 'b'), 5),
            ((6, '-'), (5, 'b'), 5),
            // At equal times the greater hash wins, and a deleted file loses.
            ((5, 'a'), (5, 'b'), 1),
            ((5, 'b'), (5, 'a'), 5),
            ((5, '9'), (5, 'a'), 1),
            ((5, '-'), (5, '0'), 1),
            ((5, '0'), (5, '-'), 5),
            // A long hash is greater than the short one that it begins with.
            ((5, 'a'), (5, 'A'), 1),
            ((5, 'A'), (5, 'a'), 5),
            ((5, 'A'), (5, 'b'), 1),
            // Times before 1970, and at the ends.
            ((-1, 'a'), (0, 'a'), 2),
            ((i64::MAX, 'a'), (i64::MIN, 'b'), 5),
        ] {
            let found = standing(Some(version(ours)), version(theirs));
            assert_eq!(found as u8, code, "{ours:?} {theirs:?}");
        }
        assert_eq!(standing(None, version((5, '-'))), Standing::Unknown);
    }

    #[test]
    fn who_reverts_is_never_newer() {
        use Standing::{Newer, NewerTime, Older, OlderTime, Same, Unknown};
        for (standing, reverted) in [
            (Unknown, Unknown),
            (Older, Older),
            (OlderTime, OlderTime),
            (Same, Same),
            (NewerTime, OlderTime),
            (Newer, Older),
        ] {
            assert_eq!(standing.reverted(), reverted);
        }
    }

    #[test]
    fn two_peers_always_agree() {
        let all = [(5, '-'), (5, 'a'), (5, 'b'), (5, 'A'), (6, '-'), (6, 'a')].map(version);
        for one in all {
            for other in all {
                let sum = standing(Some(one), other) as u8 + standing(Some(other), one) as u8;
                assert_eq!(sum, 6, "{one:?} {other:?}");
            }
        }
    }
}
