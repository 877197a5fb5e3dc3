//! Clusters: names of many artifacts in one, so that peers need not announce each.

use outcrop_format::hash::HashName;

use super::{
    error::{ParseError, Problem},
    lines::Lines,
};

/// A cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cluster {
    /// M: the artifacts that the cluster announces, in the order of their written names.
    pub members: Vec<HashName>,
}

impl Cluster {
    pub(super) fn parse(cards: &mut Lines<'_>) -> Result<Self, ParseError> {
        let mut members = Vec::new();
        let mut previous: &[u8] = &[];
        while let Some(letter) = cards.next_card()? {
            match letter {
                b'M' => {
                    let word = cards.word("artifact name")?;
                    members.push(cards.hash_in(word)?);
                    if previous >= word {
                        return Err(cards.error(Problem::Unsorted));
                    }
                    previous = word;
                }
                b'Z' => drop(cards.checksum()?),
                _ => return Err(cards.forbidden()),
            }
        }
        cards.finish()?;
        Ok(Self { members })
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{HASH, HASH2, check, parsed};
    use super::*;
    use crate::artifact::{Artifact, Kind};

    #[test]
    fn the_members_are_kept_in_order() {
        parsed(&format!("M {HASH}\nM {HASH2}\n"), |artifact| {
            let Artifact::Cluster(cluster) = artifact else { panic!("{artifact:?}") };
            let members = [HASH, HASH2].map(|hash| HashName::parse(hash.as_bytes()).unwrap());
            assert_eq!(cluster.members, members);
        });
    }

    #[test]
    fn rules_of_the_cards() {
        let not_in_cluster = Some(Problem::Forbidden(Kind::Cluster));
        for (cards, problem) in [
            ("M HASH", None),
            ("M HASH\nM HASH2", None),
            ("M HASH2\nM HASH", Some(Problem::Unsorted)),
            ("M HASH\nM HASH", Some(Problem::Unsorted)),
            ("M HASH ", Some(Problem::TooManyWords)),
            ("M HASH\nM", Some(Problem::MissingWord("artifact name"))),
            ("M x\nM HASH", Some(Problem::NotAHash)),
            ("M HASH\nU me", not_in_cluster),
            ("D 2020-01-01\nM HASH", not_in_cluster),
        ] {
            let cards = cards.replace("HASH2", HASH2).replace("HASH", HASH);
            check(&format!("{cards}\n"), problem);
        }
    }
}
