//! The check-in that every repository starts with.

use outcrop_format::escape;

use crate::artifact::Moment;
use crate::artifact::checksum::{Checksum, z_line};

const COMMENT: &str = "initial empty check-in";
const BRANCH: &str = "trunk";

/// The artifact of the initial check-in. The R card is there for Fossil 1.26 and older, which would
/// take a check-in without one for a change of tags.
pub(super) fn check_in(user: &str, date: Moment) -> Vec<u8> {
    let no_files = Checksum::of(b"");
    let comment = escape::encode(COMMENT.as_bytes());
    let user = escape::encode(user.as_bytes());
    let mut artifact = Vec::new();
    for line in [
        [b"C ".as_slice(), &comment],
        [b"D ", date.to_string().as_bytes()],
        [b"R ", no_files.as_bytes()],
        [b"T *branch * ", BRANCH.as_bytes()],
        [b"T *sym-trunk *", b""],
        [b"U ", &user],
    ] {
        artifact.extend(line.concat());
        artifact.push(b'\n');
    }
    let z_line = z_line(&artifact);
    artifact.extend(z_line);
    artifact
}

#[cfg(test)]
mod tests {
    use outcrop_format::hash::HashName;

    use super::*;

    #[test]
    fn the_initial_check_in_is_that_of_fossil() {
        let artifact = check_in("alice", Moment::parse(b"2024-01-02T03:04:05").unwrap());
        assert_eq!(
            HashName::sha3_of(&artifact).to_string(),
            "36792e3d7ddc722aa8ae3f33d0bfff8b2e0cbfe4fb4a830a828c095e7260e77d"
        );
    }
}
