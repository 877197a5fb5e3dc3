//! What a user may do, as a set of letters.
//!
//! Fossil stores the rights of a user as letters in `user.cap`. Some letters bring others along:
//! `i` (check in) brings `o` (check out), and `u` and `v` bring whatever the users `reader` and
//! `developer` have. [`SharedRights`] works out what follows.
//!
//! | who asks | has the rights of |
//! |---|---|
//! | the web, nobody logged in | `nobody` |
//! | the web, someone logged in | `nobody`, `anonymous` and the user |
//! | sync without a login | `nobody` |
//! | sync with a login | `nobody` and the user, not `anonymous` |
//!
//! On sync `g` (clone) held by `nobody` brings `o` (pull), as in Fossil 2.29 (not yet in 2.21); a
//! user's own `g` does not. Neither `a` nor `s` ever brings `x` (private) or `y` (write unversioned files):
//! who is to have them needs the letters.

use std::fmt;

/// A set of rights. Each has a letter or a digit.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Capabilities(u64);

/// In the order in which Fossil writes them.
const ORDER: [u8; 62] = *b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// What a right brings along.
const IMPLIED: &[(u8, &str)] = &[
    (b's', "a"),
    (b'a', "bcefghijklmnopqrtwz234567ABCD"),
    (b'i', "o"),
    (b'k', "jm"),
    (b'w', "cnr"),
    (b'6', "5"),
    (b'5', "4"),
    (b'4', "3"),
    (b'3', "2"),
];

impl Capabilities {
    /// No right at all.
    pub const NONE: Self = Self(0);
    /// Create, change and delete users.
    pub const ADMIN: Self = Self::of(b'a');
    /// Attach files to wiki pages and tickets.
    pub const ATTACH: Self = Self::of(b'b');
    /// Append to tickets.
    pub const APPEND_TICKET: Self = Self::of(b'c');
    /// See what is sensitive, such as email addresses.
    pub const READ_ADDRESSES: Self = Self::of(b'e');
    /// Make wiki pages.
    pub const NEW_WIKI: Self = Self::of(b'f');
    /// Clone the repository.
    pub const CLONE: Self = Self::of(b'g');
    /// See links to the history.
    pub const HYPERLINKS: Self = Self::of(b'h');
    /// Check in, and so push.
    pub const CHECK_IN: Self = Self::of(b'i');
    /// Read wiki pages.
    pub const READ_WIKI: Self = Self::of(b'j');
    /// Edit wiki pages.
    pub const WRITE_WIKI: Self = Self::of(b'k');
    /// Moderate wiki pages.
    pub const MODERATE_WIKI: Self = Self::of(b'l');
    /// Append to wiki pages.
    pub const APPEND_WIKI: Self = Self::of(b'm');
    /// Make tickets.
    pub const NEW_TICKET: Self = Self::of(b'n');
    /// Check out, and so pull.
    pub const CHECK_OUT: Self = Self::of(b'o');
    /// Change one's own password.
    pub const PASSWORD: Self = Self::of(b'p');
    /// Moderate tickets.
    pub const MODERATE_TICKETS: Self = Self::of(b'q');
    /// Read tickets.
    pub const READ_TICKETS: Self = Self::of(b'r');
    /// Set up the repository.
    pub const SETUP: Self = Self::of(b's');
    /// Make reports of tickets.
    pub const REPORTS: Self = Self::of(b't');
    /// Whatever the user `reader` may.
    pub const READER: Self = Self::of(b'u');
    /// Whatever the user `developer` may.
    pub const DEVELOPER: Self = Self::of(b'v');
    /// Edit tickets.
    pub const WRITE_TICKETS: Self = Self::of(b'w');
    /// Push and pull what is private.
    pub const PRIVATE: Self = Self::of(b'x');
    /// Push unversioned files.
    pub const WRITE_UNVERSIONED: Self = Self::of(b'y');
    /// Download archives.
    pub const ARCHIVES: Self = Self::of(b'z');
    /// Read the forum.
    pub const READ_FORUM: Self = Self::of(b'2');
    /// Write in the forum.
    pub const WRITE_FORUM: Self = Self::of(b'3');
    /// Write in the forum without being moderated.
    pub const TRUSTED_FORUM: Self = Self::of(b'4');
    /// Moderate the forum.
    pub const MODERATE_FORUM: Self = Self::of(b'5');
    /// Say who is trusted in the forum.
    pub const ADMIN_FORUM: Self = Self::of(b'6');
    /// Be told of news by email.
    pub const ALERTS: Self = Self::of(b'7');
    /// Send announcements to all subscribers.
    pub const ANNOUNCE: Self = Self::of(b'A');
    /// Attach files to forum posts. Since Fossil 2.29.
    pub const ATTACH_FORUM: Self = Self::of(b'B');
    /// Chat.
    pub const CHAT: Self = Self::of(b'C');
    /// See what helps in debugging.
    pub const DEBUG: Self = Self::of(b'D');

    const fn of(letter: u8) -> Self {
        let place = match letter {
            b'a'..=b'z' => letter - b'a',
            b'0'..=b'9' => letter - b'0' + 26,
            b'A'..=b'Z' => letter - b'A' + 36,
            _ => return Self(0),
        };
        Self(1 << place)
    }

    /// The rights in a text as it is stored. What is neither letter nor digit counts for nothing.
    #[must_use]
    pub fn parse(stored: &str) -> Self {
        stored.bytes().fold(Self::NONE, |set, letter| set.union(Self::of(letter)))
    }

    /// The rights that are in either set.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all rights of `other` are in this set.
    #[must_use]
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Adds what the rights bring along, with `u` and `v` answered by `shared`.
    fn expanded(self, shared: &SharedRights) -> Self {
        let mut all = self;
        // A round without a new letter is the last, so there are no more rounds than letters.
        loop {
            let before = all;
            for (letter, implied) in IMPLIED {
                if all.contains(Self::of(*letter)) {
                    all = all.union(Self::parse(implied));
                }
            }
            for (letter, rights) in
                [(Self::READER, shared.reader), (Self::DEVELOPER, shared.developer)]
            {
                if all.contains(letter) {
                    all = all.union(rights);
                }
            }
            if all == before {
                return all;
            }
        }
    }
}

impl fmt::Display for Capabilities {
    /// Writes the letters in Fossil's order.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let held = ORDER.iter().filter(|letter| self.contains(Self::of(**letter)));
        held.map(|letter| char::from(*letter)).collect::<String>().fmt(f)
    }
}

impl fmt::Debug for Capabilities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Capabilities({self})")
    }
}

/// The rights of the users whose rights others share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SharedRights {
    /// Of everyone, logged in or not.
    pub nobody: Capabilities,
    /// Of everyone who is logged in, on the web.
    pub anonymous: Capabilities,
    /// Of everyone with the right `u`.
    pub reader: Capabilities,
    /// Of everyone with the right `v`.
    pub developer: Capabilities,
}

impl SharedRights {
    /// All that a peer may do on sync: one with these rights of its own, or one without a login.
    #[must_use]
    pub fn on_sync(&self, own: Option<Capabilities>) -> Capabilities {
        let mut nobody = self.nobody.expanded(self);
        if nobody.contains(Capabilities::CLONE) {
            nobody = nobody.union(Capabilities::CHECK_OUT);
        }
        nobody.union(own.unwrap_or_default().expanded(self))
    }

    /// All that a visitor of the web pages may do: one with these rights of its own, or one without
    /// a login.
    #[must_use]
    pub fn on_web(&self, own: Option<Capabilities>) -> Capabilities {
        let shared = match own {
            Some(own) => own.union(self.anonymous),
            None => Capabilities::NONE,
        };
        shared.union(self.nobody).expanded(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As `fossil init` makes them.
    fn shared() -> SharedRights {
        let [nobody, anonymous, reader, developer] =
            ["gjorz", "hz", "kptw", "ei"].map(Capabilities::parse);
        SharedRights { nobody, anonymous, reader, developer }
    }

    #[test]
    fn letters_are_written_in_one_order() {
        for (stored, written) in
            [("", ""), ("s", "s"), ("zaZA90", "az09AZ"), ("v, i!\u{e9}", "iv"), ("oo", "o")]
        {
            assert_eq!(Capabilities::parse(stored).to_string(), written);
        }
        assert_eq!(format!("{:?}", Capabilities::parse("oi")), "Capabilities(io)");
        let all = std::str::from_utf8(&ORDER).unwrap();
        assert_eq!(Capabilities::parse(all).to_string(), all);
    }

    #[test]
    fn what_rights_bring_along() {
        let all_of_admin = "abcefghijklmnopqrtwz234567ABCD";
        for (own, expected) in [
            ("", ""),
            ("i", "io"),
            ("o", "o"),
            ("k", "jkm"),
            ("w", "cnrw"),
            ("3", "23"),
            ("6", "23456"),
            ("u", "cjkmnprtuw"),
            ("v", "eiov"),
            ("uv", "ceijkmnoprtuvw"),
            ("a", all_of_admin),
            ("xy", "xy"),
            ("dQ", "dQ"),
        ] {
            let expanded = Capabilities::parse(own).expanded(&shared());
            assert_eq!(expanded.to_string(), sorted(expected), "{own}");
        }
        let setup = Capabilities::SETUP.expanded(&shared());
        assert_eq!(setup.to_string(), sorted(&format!("s{all_of_admin}")));
    }

    fn sorted(letters: &str) -> String {
        Capabilities::parse(letters).to_string()
    }

    #[test]
    fn sync_and_web_differ() {
        for (own, sync, web) in [
            (None, "gjorz", "gjorz"),
            (Some(""), "gjorz", "ghjorz"),
            (Some("x"), "gjorxz", "ghjorxz"),
            (Some("v"), "egijorvz", "eghijorvz"),
        ] {
            let own = own.map(Capabilities::parse);
            assert_eq!(shared().on_sync(own).to_string(), sync, "{own:?}");
            assert_eq!(shared().on_web(own).to_string(), web, "{own:?}");
        }
        for own in ["a", "s", "asuv"].map(Capabilities::parse) {
            for held in [shared().on_sync(Some(own)), shared().on_web(Some(own))] {
                assert!(!held.contains(Capabilities::PRIVATE), "{own}");
                assert!(!held.contains(Capabilities::WRITE_UNVERSIONED), "{own}");
            }
        }
    }

    #[test]
    fn only_the_right_of_everyone_to_clone_is_one_to_pull() {
        let clone = Capabilities::CLONE;
        let open = SharedRights { nobody: clone, ..SharedRights::default() };
        assert!(open.on_sync(None).contains(Capabilities::CHECK_OUT));
        assert!(!open.on_web(None).contains(Capabilities::CHECK_OUT));
        let closed = SharedRights::default();
        assert!(!closed.on_sync(Some(clone)).contains(Capabilities::CHECK_OUT));
    }

    #[test]
    fn rights_that_bring_each_other_along_come_to_an_end() {
        let [reader, developer] = ["v3", "u6"].map(Capabilities::parse);
        let circle = SharedRights { reader, developer, ..SharedRights::default() };
        assert_eq!(circle.on_sync(Some(Capabilities::READER)).to_string(), "uv23456");
    }
}
