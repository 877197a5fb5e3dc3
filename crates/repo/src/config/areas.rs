//! The areas of the configuration: what is in each, and who may have it.

use std::fmt;
use std::ops::BitOr;

use crate::capability::Capabilities;

/// A set of areas.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Areas(u16);

/// A name for a set of areas, as users and the wire know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// The name; on the wire there is a slash before it.
    pub name: &'static str,
    /// What belongs to it.
    pub areas: Areas,
    /// What that is.
    pub about: &'static str,
}

/// The groups, in the order in which they are asked for.
pub const GROUPS: [Group; 12] = [
    group("email", Areas::EMAIL, "Concealed email addresses in tickets"),
    group("project", Areas::PROJECT, "Name and description of the project"),
    group("skin", Areas::SKIN.union(Areas::CSS), "Looks of the web pages"),
    group("css", Areas::CSS, "Style sheet"),
    group("shun", Areas::SHUN, "Names of shunned artifacts"),
    group("ticket", Areas::TICKET, "Setup of tickets, and reports"),
    group("user", Areas::USER, "Users, their passwords and rights"),
    group("xfer", Areas::TRANSFER, "Scripts that run when something is pushed"),
    group("alias", Areas::ALIAS, "Aliases of URLs"),
    group("subscriber", Areas::SUBSCRIBER, "Who is told of news by email"),
    group("interwiki", Areas::INTERWIKI, "Prefixes of links to other wikis"),
    group("all", Areas::ALL, "All of these"),
];

/// What one needs to be sent each area. To send it to someone else, one needs [`PUSH_RIGHT`].
const RIGHTS: [(Areas, Capabilities); 4] = [
    (Areas::USER, Capabilities::ADMIN),
    (Areas::SUBSCRIBER, Capabilities::ADMIN),
    (Areas::EMAIL, Capabilities::READ_ADDRESSES),
    (Areas::ALL, Capabilities::CHECK_OUT),
];

/// What one needs to change the configuration of a server.
pub const PUSH_RIGHT: Capabilities = Capabilities::ADMIN;

const fn group(name: &'static str, areas: Areas, about: &'static str) -> Group {
    Group { name, areas, about }
}

impl Areas {
    /// No area.
    pub const NONE: Self = Self(0);
    /// The style sheet.
    pub const CSS: Self = Self(1);
    /// How the web pages look, beside the style sheet.
    pub const SKIN: Self = Self(1 << 1);
    /// How tickets are kept and shown, and the reports of them.
    pub const TICKET: Self = Self(1 << 2);
    /// What the project is called, and settings that its users should share.
    pub const PROJECT: Self = Self(1 << 3);
    /// Names of artifacts that are not wanted.
    pub const SHUN: Self = Self(1 << 4);
    /// Users, with their passwords and rights.
    pub const USER: Self = Self(1 << 5);
    /// Email addresses that are concealed in tickets.
    pub const EMAIL: Self = Self(1 << 6);
    /// Scripts that run when something is pushed.
    pub const TRANSFER: Self = Self(1 << 7);
    /// Aliases of URLs.
    pub const ALIAS: Self = Self(1 << 8);
    /// Who is told of news by email.
    pub const SUBSCRIBER: Self = Self(1 << 9);
    /// Prefixes of links to other wikis.
    pub const INTERWIKI: Self = Self(1 << 10);
    /// Every area.
    pub const ALL: Self = Self((1 << 11) - 1);

    /// The areas of the first group whose name begins so.
    ///
    /// ```
    /// use outcrop_repo::config::Areas;
    ///
    /// assert_eq!(Areas::named("proj"), Some(Areas::PROJECT));
    /// assert_eq!(Areas::named("projects"), None);
    /// ```
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let found = GROUPS.iter().find(|group| !name.is_empty() && group.name.starts_with(name));
        found.map(|group| group.areas)
    }

    /// The groups to ask for to be sent these areas.
    #[must_use]
    pub fn requests(self) -> Vec<&'static str> {
        let all = self == Self::ALL;
        let wanted = |group: &&Group| match group.areas {
            Self::ALL => all,
            areas => !all && self.intersects(areas),
        };
        GROUPS.iter().filter(wanted).map(|group| group.name).collect()
    }

    /// Those of the areas that someone with these rights may be sent. The rights are taken as they
    /// are: what they bring along is worked out by
    /// [`SharedRights`](crate::capability::SharedRights).
    #[must_use]
    pub fn readable_with(self, held: Capabilities) -> Self {
        let hidden = RIGHTS.iter().filter(|(_, right)| !held.contains(*right));
        hidden.fold(self, |left, (areas, _)| left.without(*areas))
    }

    /// Whether the sets have an area in common.
    #[must_use]
    pub const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(super) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Those of the areas that are none of the others.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// The names of the areas. Each has a group of its own, except that the group `skin` has the
    /// style sheet too.
    fn names(self) -> impl Iterator<Item = &'static str> {
        let single = |group: &&Group| group.areas != Self::ALL;
        let own = |group: &Group| match group.name {
            "skin" => Self::SKIN,
            _ => group.areas,
        };
        let held = move |group: &&Group| self.intersects(own(group));
        GROUPS.iter().filter(single).filter(held).map(|group| group.name)
    }
}

impl BitOr for Areas {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.union(other)
    }
}

impl fmt::Display for Areas {
    /// Writes the names, with commas between them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.names().collect::<Vec<_>>().join(", ").fmt(f)
    }
}

impl fmt::Debug for Areas {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Areas({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_found_by_how_their_names_begin() {
        assert_eq!(Areas::named("all"), Some(Areas::ALL));
        assert_eq!(Areas::named("skin"), Some(Areas::SKIN | Areas::CSS));
        assert_eq!(Areas::named("s"), Some(Areas::SKIN | Areas::CSS), "the first of them");
        for unknown in ["", "nonsense", "project-name", "@user", "/user"] {
            assert_eq!(Areas::named(unknown), None, "{unknown}");
        }
    }

    #[test]
    fn areas_are_asked_for_by_their_groups() {
        assert_eq!(Areas::ALL.requests(), ["all"]);
        assert_eq!(Areas::CSS.requests(), ["skin", "css"]);
        assert_eq!((Areas::SHUN | Areas::USER).requests(), ["shun", "user"]);
        assert!(Areas::NONE.requests().is_empty());
    }

    #[test]
    fn each_area_needs_its_right() {
        let readable = |held| Areas::ALL.readable_with(Capabilities::parse(held)).to_string();
        let open = "project, skin, css, shun, ticket, xfer, alias, interwiki";
        for (held, expected) in [
            ("", String::new()),
            ("ae", String::new()),
            ("o", open.to_owned()),
            ("oe", format!("email, {open}")),
            ("oa", open.replace("xfer, alias", "user, xfer, alias, subscriber")),
        ] {
            assert_eq!(readable(held), expected, "{held}");
        }
        assert_eq!(Areas::ALL.readable_with(Capabilities::parse("oae")), Areas::ALL);
    }
}
