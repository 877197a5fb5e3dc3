//! How new artifacts are named.
//!
//! The policy is the setting `hash-policy`. Without one, Fossil decides by the names that it finds,
//! and writes the policy down. A clone does not get the setting with the artifacts: it is part of
//! the area `project` of the configuration, and arrives with it.

use std::fmt;
use std::str::FromStr;

use outcrop_format::hash::{Algorithm, HashName};

use crate::artifact::Moment;
use crate::setting::seconds;
use crate::tx::{DatabaseError, ReadTx, WriteTx};

/// How new artifacts are named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HashPolicy {
    /// By SHA1.
    Sha1,
    /// By SHA1, until an artifact arrives that is named by SHA3. Then the policy is `Sha3`.
    Auto,
    /// By SHA3, unless the same content is there under its SHA1 name.
    Sha3,
    /// By SHA3, even if the same content is there under its SHA1 name.
    Sha3Only,
    /// By SHA3, and artifacts named by SHA1 are not taken in, other than by a clone.
    ShunSha1,
}

/// No policy has this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no hash policy {0:?}: choose sha1, auto, sha3, sha3-only or shun-sha1")]
pub struct UnknownPolicy(String);

const POLICIES: [(HashPolicy, &str); 5] = [
    (HashPolicy::Sha1, "sha1"),
    (HashPolicy::Auto, "auto"),
    (HashPolicy::Sha3, "sha3"),
    (HashPolicy::Sha3Only, "sha3-only"),
    (HashPolicy::ShunSha1, "shun-sha1"),
];

impl HashPolicy {
    /// How a new artifact is named, if its content is not here yet.
    #[must_use]
    pub const fn naming(self) -> Algorithm {
        match self {
            Self::Sha1 | Self::Auto => Algorithm::Sha1,
            Self::Sha3 | Self::Sha3Only | Self::ShunSha1 => Algorithm::Sha3,
        }
    }

    /// The other kind of name under which the content of a new artifact may be here already. If it
    /// is, that artifact is used instead of a new one.
    #[must_use]
    pub const fn also_known_by(self) -> Option<Algorithm> {
        match self {
            Self::Sha1 | Self::Auto => Some(Algorithm::Sha3),
            Self::Sha3 => Some(Algorithm::Sha1),
            Self::Sha3Only | Self::ShunSha1 => None,
        }
    }

    /// Whether artifacts that are named so are not taken in.
    #[must_use]
    pub const fn shuns(self, naming: Algorithm) -> bool {
        matches!((self, naming), (Self::ShunSha1, Algorithm::Sha1))
    }

    /// The value of the setting.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Sha1 => 0,
            Self::Auto => 1,
            Self::Sha3 => 2,
            Self::Sha3Only => 3,
            Self::ShunSha1 => 4,
        }
    }

    fn from_number(number: i64) -> Option<Self> {
        POLICIES.iter().find(|(policy, _)| policy.number() == number).map(|(policy, _)| *policy)
    }
}

impl fmt::Display for HashPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = POLICIES.iter().find(|(policy, _)| policy == self).map(|(_, name)| *name);
        name.unwrap_or_default().fmt(f)
    }
}

impl FromStr for HashPolicy {
    type Err = UnknownPolicy;

    fn from_str(name: &str) -> Result<Self, UnknownPolicy> {
        let found = POLICIES.iter().find(|(_, known)| *known == name);
        found.map(|(policy, _)| *policy).ok_or_else(|| UnknownPolicy(name.to_owned()))
    }
}

impl ReadTx {
    /// The name that `content` has here, or would get. A repository that changes from SHA1 to SHA3
    /// does not store again under a new name what it has under an old one.
    pub fn name_for(&self, content: &[u8]) -> Result<HashName, DatabaseError> {
        let policy = self.hash_policy()?;
        if let Some(other) = policy.also_known_by() {
            let name = HashName::of(other, content);
            if self.rid_of(&name)?.is_some() {
                return Ok(name);
            }
        }
        Ok(HashName::of(policy.naming(), content))
    }

    /// The policy that is set, if one is.
    pub fn stored_hash_policy(&self) -> Result<Option<HashPolicy>, DatabaseError> {
        Ok(self.hash_policy_number()?.and_then(HashPolicy::from_number))
    }

    /// The policy that holds. If none is set, it is `Auto` if there are artifacts and all of them
    /// are named by SHA1, and `Sha3` otherwise.
    pub fn hash_policy(&self) -> Result<HashPolicy, DatabaseError> {
        if let Some(policy) = self.stored_hash_policy()? {
            return Ok(policy);
        }
        let only_sha1 = !self.has_name_of_len(64)? && self.has_name_of_len(40)?;
        Ok(if only_sha1 { HashPolicy::Auto } else { HashPolicy::Sha3 })
    }
}

impl WriteTx {
    /// Sets the policy, and gives the one that holds from now on: where there are SHA3 names
    /// already, `Auto` is `Sha3`.
    pub fn set_hash_policy(
        &self,
        policy: HashPolicy,
        now: Moment,
    ) -> Result<HashPolicy, DatabaseError> {
        let policy = match policy {
            HashPolicy::Auto if self.has_name_of_len(64)? => HashPolicy::Sha3,
            policy => policy,
        };
        self.put_setting("hash-policy", &policy.number().to_string(), seconds(now))?;
        Ok(policy)
    }

    /// Tells the policy of an artifact that came.
    pub(crate) fn adopt_naming(&self, naming: Algorithm, now: Moment) -> Result<(), DatabaseError> {
        let (old, new) = (HashPolicy::Auto, HashPolicy::Sha3);
        match naming {
            Algorithm::Sha1 => Ok(()),
            Algorithm::Sha3 => self.replace_hash_policy(old.number(), new.number(), seconds(now)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_and_their_names() {
        use Algorithm::{Sha1, Sha3};
        for (number, name, naming, other, shuns) in [
            (0, "sha1", Sha1, Some(Sha3), false),
            (1, "auto", Sha1, Some(Sha3), false),
            (2, "sha3", Sha3, Some(Sha1), false),
            (3, "sha3-only", Sha3, None, false),
            (4, "shun-sha1", Sha3, None, true),
        ] {
            let policy = HashPolicy::from_number(number).unwrap();
            assert_eq!((policy.number(), policy.to_string()), (number, name.to_owned()));
            assert_eq!(name.parse(), Ok(policy));
            assert_eq!((policy.naming(), policy.also_known_by()), (naming, other), "{name}");
            assert_eq!((policy.shuns(Sha1), policy.shuns(Sha3)), (shuns, false), "{name}");
        }
        assert_eq!(HashPolicy::from_number(5), None);
        assert!("SHA1".parse::<HashPolicy>().is_err());
    }
}
