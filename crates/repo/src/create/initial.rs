//! The check-in that every repository starts with.

use crate::artifact::checksum::Checksum;
use crate::artifact::{Moment, TagAction};
use crate::compose::{ComposeError, NewCheckIn, NewTag};

const COMMENT: &str = "initial empty check-in";
const BRANCH: &str = "trunk";

/// The artifact of the initial check-in. The R card is there for Fossil 1.26 and older, which would
/// take a check-in without one for a change of tags.
pub(super) fn check_in(user: &str, date: Moment) -> Result<Vec<u8>, ComposeError> {
    let tags = [
        NewTag::on_itself(TagAction::Propagate, "branch", Some(BRANCH)),
        NewTag::on_itself(TagAction::Propagate, "sym-trunk", None),
    ];
    let check_in = NewCheckIn {
        baseline: None,
        comment: COMMENT,
        date,
        files: &[],
        mimetype: None,
        parents: &[],
        cherrypicks: &[],
        repository_checksum: Some(Checksum::of(b"")),
        tags: &tags,
        user,
    };
    check_in.compose()
}

#[cfg(test)]
mod tests {
    use outcrop_format::hash::HashName;

    use super::*;

    #[test]
    fn the_initial_check_in_is_that_of_fossil() {
        let date = Moment::parse(b"2024-01-02T03:04:05").unwrap();
        let artifact = check_in("alice", date).unwrap();
        assert_eq!(
            HashName::sha3_of(&artifact).to_string(),
            "36792e3d7ddc722aa8ae3f33d0bfff8b2e0cbfe4fb4a830a828c095e7260e77d"
        );
    }
}
