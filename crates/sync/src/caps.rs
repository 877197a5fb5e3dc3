//! What a peer may do, from the letters that a repository keeps for its users.
//!
//! | letter | on sync it allows to |
//! |---|---|
//! | `g` | clone |
//! | `o` | pull |
//! | `i` | pull and push |
//! | `x` | pull and push what is private |
//! | `y` | push unversioned files |
//! | `e` | read concealed email addresses |
//! | `a`, `s` | all of that but `x` and `y`, read users, push configuration |
//! | `u`, `v` | whatever the users `reader` and `developer` may |
//!
//! Everyone has the rights of the user `nobody`, and whoever has logged in their own too. The user
//! `anonymous` is for the web. That everyone may clone means that everyone may pull; a user's own
//! `g` does not mean so.

use std::fmt;

use outcrop_repo::capability::{Capabilities, SharedRights};

/// One thing that a peer may or may not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Pull, and read the configuration.
    Read,
    /// Push.
    Write,
    /// Clone.
    Clone,
    /// Pull and push what is private.
    Private,
    /// Push unversioned files.
    WriteUnversioned,
    /// Read users, and push configuration.
    Admin,
    /// Read concealed email addresses.
    ReadAddresses,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Read,
        Self::Write,
        Self::Clone,
        Self::Private,
        Self::WriteUnversioned,
        Self::Admin,
        Self::ReadAddresses,
    ];

    /// The right that it takes.
    #[must_use]
    pub const fn right(self) -> Capabilities {
        match self {
            Self::Read => Capabilities::CHECK_OUT,
            Self::Write => Capabilities::CHECK_IN,
            Self::Clone => Capabilities::CLONE,
            Self::Private => Capabilities::PRIVATE,
            Self::WriteUnversioned => Capabilities::WRITE_UNVERSIONED,
            Self::Admin => Capabilities::ADMIN,
            Self::ReadAddresses => Capabilities::READ_ADDRESSES,
        }
    }
}

/// All that a peer may do.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Permissions(Capabilities);

impl Permissions {
    /// What a peer may do: one that has logged in as a user with these rights, or one that has not.
    #[must_use]
    pub fn on_sync(shared: &SharedRights, own: Option<Capabilities>) -> Self {
        Self(shared.on_sync(own))
    }

    /// Everything, as for the owner of the file.
    #[must_use]
    pub fn owner() -> Self {
        Self(Permission::ALL.iter().fold(Capabilities::NONE, |all, one| all.union(one.right())))
    }

    /// Whether this is among them.
    #[must_use]
    pub const fn has(self, permission: Permission) -> bool {
        self.0.contains(permission.right())
    }

    /// The rights, with all that they bring along.
    #[must_use]
    pub const fn rights(self) -> Capabilities {
        self.0
    }
}

impl fmt::Debug for Permissions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(Permission::ALL.iter().filter(|&&one| self.has(one))).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The permissions as letters, in a fixed order.
    fn allowed(permissions: Permissions) -> String {
        let letters = "oigxyae".chars().zip(Permission::ALL);
        letters.filter(|&(_, one)| permissions.has(one)).map(|(letter, _)| letter).collect()
    }

    #[test]
    fn letters_mean_what_they_mean_to_stock() {
        let shared = |nobody: &str| SharedRights {
            nobody: Capabilities::parse(nobody),
            anonymous: Capabilities::parse("goixy"),
            reader: Capabilities::parse("kptwe"),
            developer: Capabilities::parse("eiy"),
        };
        for (nobody, own, expected) in [
            ("", None, ""),
            ("", Some(""), ""),
            ("gjorz", None, "og"),
            ("gjorz", Some("i"), "oig"),
            // The right of everyone to clone is one to pull, a user's own is not.
            ("g", None, "og"),
            ("g", Some(""), "og"),
            ("", Some("g"), "g"),
            ("", Some("o"), "o"),
            ("", Some("i"), "oi"),
            ("", Some("x"), "x"),
            ("", Some("y"), "y"),
            ("", Some("e"), "e"),
            // Neither brings along what is private, or the writing of unversioned files.
            ("", Some("a"), "oigae"),
            ("", Some("s"), "oigae"),
            ("", Some("sxy"), "oigxyae"),
            ("", Some("u"), "e"),
            ("", Some("v"), "oiye"),
            ("v", None, "oiye"),
            ("", Some("jkmnrtwz234567ABCDhpqlbcf"), ""),
            ("", Some("I O G \u{e9}"), ""),
        ] {
            let permissions = Permissions::on_sync(&shared(nobody), own.map(Capabilities::parse));
            assert_eq!(allowed(permissions), expected, "{nobody:?} {own:?}");
        }
        assert_eq!(allowed(Permissions::owner()), "oigxyae");
    }

    #[test]
    fn permissions_are_shown_by_name() {
        let shared = SharedRights { nobody: Capabilities::CHECK_OUT, ..SharedRights::default() };
        assert_eq!(format!("{:?}", Permissions::on_sync(&shared, None)), "{Read}");
    }
}
