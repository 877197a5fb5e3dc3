//! Wishes and hints: `pragma`.
//!
//! | pragma | sent by | says |
//! |---|---|---|
//! | `client-version N [DATE TIME]` | client | its release, as 10000·major + 100·minor + patch |
//! | `server-version N [DATE TIME]` | server | the answer |
//! | `send-private` | client | send private content too |
//! | `send-catalog` | client | announce everything, not only what is new |
//! | `req-clusters` | client | announce every cluster |
//! | `uv-hash HASH` | client | hash of its catalogue of unversioned files |
//! | `uv-pull-only`, `uv-push-ok` | server | whether it would take unversioned files |
//! | `ci-lock CHECKIN CLIENT-ID` | client | about to commit on top of this check-in |
//! | `ci-lock-fail USER MTIME` | server | somebody else is |
//! | `ci-unlock CLIENT-ID` | client | done |
//! | `avoid-delta-manifests` | server | commit no delta manifests |
//! | `client-url URL` | client | where it can be reached itself |
//! | `req-links` | client | tell other places of this project |
//! | `link URL ARG MTIME` | server | one of them |
//! | `xtable-hash TABLE HASH` | Go peer | hash of an extension table's rows |
//! | `xtables` | Outcrop | knows extension tables, and wants to hear of the other side's |
//! | `xtable-sum TABLE HASH` | Outcrop | hash of an extension table's rows, contents and deletions too |
//!
//! A pragma that is not known, or known but not of the form above, is no error on either side. It
//! is kept as it is: [`Pragma::Other`].

use std::fmt;

use outcrop_format::{escape::Escaped, hash::HashName};

use super::arguments::Arguments;
use crate::{
    body::Body,
    error::Error,
    line::{Args, MAX_SIZE, MAX_TIME},
    output::Line,
    token::Token,
};

/// A wish or a hint that the other side may ignore.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Pragma<'a> {
    /// `client-version`
    ClientVersion(Version),
    /// `server-version`
    ServerVersion(Version),
    /// `send-private`
    SendPrivate,
    /// `send-catalog`
    SendCatalog,
    /// `req-clusters`
    ReqClusters,
    /// `uv-hash`
    UvHash(HashName),
    /// `uv-pull-only`
    UvPullOnly,
    /// `uv-push-ok`
    UvPushOk,
    /// `ci-lock`
    CiLock {
        /// The check-in to lock.
        checkin: HashName,
        /// Who wants the lock: a check-out, not a user.
        client: Token<'a>,
    },
    /// `ci-lock-fail`
    CiLockFail {
        /// User who holds the lock.
        user: Escaped<'a>,
        /// Since when, in seconds since 1970.
        mtime: u64,
    },
    /// `ci-unlock`
    CiUnlock {
        /// Whose locks to release.
        client: Token<'a>,
    },
    /// `avoid-delta-manifests`
    AvoidDeltaManifests,
    /// `client-url`
    ClientUrl(Token<'a>),
    /// `req-links`
    ReqLinks,
    /// `link`
    Link {
        /// Where the project can be found too.
        url: Escaped<'a>,
        /// More about that place, in JSON.
        arg: Escaped<'a>,
        /// When it was last seen, in seconds since 1970.
        mtime: u64,
    },
    /// `xtable-hash`
    XtableHash {
        /// Name of the extension table.
        table: Token<'a>,
        /// Hash of its rows.
        hash: Token<'a>,
    },
    /// `xtables`
    Xtables,
    /// `xtable-sum`
    XtableSum {
        /// Name of the extension table.
        table: Token<'a>,
        /// Hash of its rows, with their contents, and of what was deleted.
        hash: Token<'a>,
    },
    /// Any other.
    Other(Unknown<'a>),
}

/// A release of Fossil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// 10000·major + 100·minor + patch: 22100 for 2.21.
    pub release: u32,
    /// Which check-in of Fossil it was built from.
    pub built: Option<Built>,
}

/// The date and time of the check-in a release was built from, as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Built {
    /// `YYYYMMDD`
    pub date: u32,
    /// `HHMMSS`, without leading zeros.
    pub time: u32,
}

/// A pragma that is not known, or not of its known form, kept as it is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Unknown<'a> {
    /// Its name.
    pub name: Token<'a>,
    /// What follows the name, to the end of the line. Private: a newline must not get in.
    words: &'a [u8],
}

impl<'a> Unknown<'a> {
    /// A pragma of our own, with `words` as its arguments. `None` if they hold a newline or begin
    /// with a blank.
    #[must_use]
    pub fn new(name: Token<'a>, words: &'a [u8]) -> Option<Self> {
        let begins_blank =
            words.first().is_some_and(|&byte| outcrop_format::escape::is_blank(byte));
        let fits = !begins_blank && memchr::memchr(b'\n', words).is_none();
        fits.then_some(Self { name, words })
    }

    /// The arguments as one piece of text.
    #[must_use]
    pub const fn words(&self) -> &'a [u8] {
        self.words
    }

    /// The arguments, one by one.
    pub fn arguments(&self) -> impl Iterator<Item = Token<'a>> + use<'a> {
        let mut args = Args::new(self.words, 0, usize::MAX);
        std::iter::from_fn(move || args.next_word().map(Token::from_line))
    }
}

impl fmt::Debug for Unknown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{} {}\"", self.name.as_bytes().escape_ascii(), self.words.escape_ascii())
    }
}

impl<'a> Arguments<'a> for Pragma<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = args.token("NAME")?;
        let words = args.rest();
        let known = Self::known(name, &mut args.clone());
        args.ignore_rest()?;
        Ok(known.unwrap_or(Self::Other(Unknown { name, words })))
    }

    fn write(&self, line: Line<'_>) {
        match self {
            Self::ClientVersion(version) => version.write(line.literal("client-version")),
            Self::ServerVersion(version) => version.write(line.literal("server-version")),
            Self::SendPrivate => line.literal("send-private"),
            Self::SendCatalog => line.literal("send-catalog"),
            Self::ReqClusters => line.literal("req-clusters"),
            Self::UvHash(hash) => line.literal("uv-hash").hash(hash),
            Self::UvPullOnly => line.literal("uv-pull-only"),
            Self::UvPushOk => line.literal("uv-push-ok"),
            Self::CiLock { checkin, client } => {
                line.literal("ci-lock").hash(checkin).token(*client)
            }
            Self::CiLockFail { user, mtime } => {
                line.literal("ci-lock-fail").escaped(user).number(*mtime)
            }
            Self::CiUnlock { client } => line.literal("ci-unlock").token(*client),
            Self::AvoidDeltaManifests => line.literal("avoid-delta-manifests"),
            Self::ClientUrl(url) => line.literal("client-url").token(*url),
            Self::ReqLinks => line.literal("req-links"),
            Self::Link { url, arg, mtime } => {
                line.literal("link").escaped(url).escaped(arg).number(*mtime)
            }
            Self::XtableHash { table, hash } => {
                line.literal("xtable-hash").token(*table).token(*hash)
            }
            Self::Xtables => line.literal("xtables"),
            Self::XtableSum { table, hash } => {
                line.literal("xtable-sum").token(*table).token(*hash)
            }
            Self::Other(Unknown { name, words: [] }) => line.token(*name),
            Self::Other(Unknown { name, words }) => line.token(*name).raw(b" ").raw(words),
        }
        .end();
    }
}

impl<'a> Pragma<'a> {
    /// The known pragma of this name, if its arguments are of the known form.
    ///
    /// Stock Fossil counts the words of some pragmas and ignores further ones of the others; so do
    /// we.
    fn known(name: Token<'a>, args: &mut Args<'a>) -> Option<Self> {
        Some(match name.as_bytes() {
            b"client-version" => Self::ClientVersion(Version::read(args)?),
            b"server-version" => Self::ServerVersion(Version::read(args)?),
            b"send-private" => Self::SendPrivate,
            b"send-catalog" => Self::SendCatalog,
            b"req-clusters" => Self::ReqClusters,
            b"req-links" => Self::ReqLinks,
            b"uv-hash" => Self::UvHash(args.hash("HASH").ok()?),
            b"uv-pull-only" => Self::UvPullOnly,
            b"uv-push-ok" => Self::UvPushOk,
            b"avoid-delta-manifests" => Self::AvoidDeltaManifests,
            b"xtables" => Self::Xtables,
            _ => return Self::counted(name, args).filter(|_| args.is_empty()),
        })
    }

    /// The pragmas that must have just the words they are known to have.
    fn counted(name: Token<'a>, args: &mut Args<'a>) -> Option<Self> {
        Some(match name.as_bytes() {
            b"ci-lock" => Self::CiLock {
                checkin: args.hash("CHECKIN").ok()?,
                client: args.token("CLIENT-ID").ok()?,
            },
            b"ci-lock-fail" => Self::CiLockFail {
                user: args.escaped("USER").ok()?,
                mtime: args.number("MTIME", MAX_TIME).ok()?,
            },
            b"ci-unlock" => Self::CiUnlock { client: args.token("CLIENT-ID").ok()? },
            b"client-url" => Self::ClientUrl(args.token("URL").ok()?),
            b"link" => Self::Link {
                url: args.escaped("URL").ok()?,
                arg: args.escaped("ARG").ok()?,
                mtime: args.number("MTIME", MAX_TIME).ok()?,
            },
            b"xtable-hash" => Self::XtableHash {
                table: args.token("TABLE").ok()?,
                hash: args.token("HASH").ok()?,
            },
            b"xtable-sum" => {
                Self::XtableSum { table: args.token("TABLE").ok()?, hash: args.token("HASH").ok()? }
            }
            _ => return None,
        })
    }
}

impl Version {
    /// `N [DATE TIME]`, and whatever later releases may add.
    fn read(args: &mut Args<'_>) -> Option<Self> {
        let release = number(args)?;
        let built = match (number(args), number(args)) {
            (Some(date), Some(time)) => Some(Built { date, time }),
            _ => None,
        };
        Some(Self { release, built })
    }

    fn write<'w>(&self, line: Line<'w>) -> Line<'w> {
        let line = line.number(self.release);
        match self.built {
            Some(Built { date, time }) => line.number(date).number(time),
            None => line,
        }
    }
}

fn number(args: &mut Args<'_>) -> Option<u32> {
    args.number("N", MAX_SIZE).ok().and_then(|number| u32::try_from(number).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Card, ErrorKind,
        card::testing::{SHA1, SHA3, golden, read, refuse},
    };

    fn pragma(text: &str) -> Pragma<'_> {
        match read(text.as_bytes()) {
            Card::Pragma(pragma) => pragma,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_known_pragma_has_a_type() {
        for words in [
            "client-version 22100 20230226 192424",
            "client-version 10000",
            "server-version 22900 20260821 0",
            "send-private",
            "send-catalog",
            "req-clusters",
            &format!("uv-hash {SHA1}"),
            "uv-pull-only",
            "uv-push-ok",
            &format!("ci-lock {SHA3} 0123456789abcdef"),
            "ci-lock-fail al\\sice 1700000000",
            "ci-unlock 0123456789abcdef",
            "avoid-delta-manifests",
            "client-url https://example.org/fossil",
            "req-links",
            "link https://example.org/x {\"type\":\"git\"} 1700000000",
            &format!("xtable-hash devices {SHA1}"),
            "xtables",
            &format!("xtable-sum devices {SHA1}"),
        ] {
            let text = format!("pragma {words}\n");
            let Card::Pragma(pragma) = golden(text.as_bytes()) else { panic!() };
            assert!(!matches!(pragma, Pragma::Other(_)), "{words}");
        }
    }

    #[test]
    fn unknown_and_odd_pragmas_are_kept_as_they_are() {
        for words in [
            "x-outcrop-resume 17 abc",
            "x-outcrop",
            "spaced out   wide",
            "uv-hash nothing",
            "uv-hash",
            "ci-lock abc def",
            "ci-lock-fail alice",
            "ci-lock-fail alice -5",
            "client-version two",
            "ci-unlock abc def",
            "client-url http://a b",
            "a 1 2 3 4 5 6 7 8 9",
        ] {
            let text = format!("pragma {words}\n");
            let Card::Pragma(Pragma::Other(unknown)) = golden(text.as_bytes()) else { panic!() };
            let listed: Vec<_> = unknown.arguments().map(Token::as_bytes).collect();
            let expected: Vec<_> = words.split_whitespace().skip(1).map(str::as_bytes).collect();
            assert_eq!(listed, expected);
        }
    }

    #[test]
    fn further_words_of_a_wish_are_ignored() {
        assert_eq!(pragma("pragma send-private now\n"), Pragma::SendPrivate);
        assert_eq!(
            pragma(&format!("pragma uv-hash {SHA1} x\n")),
            Pragma::UvHash(SHA1.parse().unwrap())
        );
    }

    #[test]
    fn a_version_may_lack_its_date() {
        let release = 22100;
        let version = |text| match pragma(text) {
            Pragma::ClientVersion(version) => version,
            other => panic!("{other:?}"),
        };
        assert_eq!(version("pragma client-version 22100\n"), Version { release, built: None });
        assert_eq!(version("pragma client-version 22100 1\n"), Version { release, built: None });
        let built = Some(Built { date: 20_230_226, time: 92_424 });
        assert_eq!(
            version("pragma client-version 22100 20230226 092424 more\n"),
            Version { release, built }
        );
    }

    #[test]
    fn versions_order_by_release_then_date() {
        let version = |release, date| Version { release, built: Some(Built { date, time: 0 }) };
        assert!(version(22_700, 20_250_727) < version(22_700, 20_250_728));
        assert!(version(22_699, 20_260_101) < version(22_700, 20_250_101));
    }

    #[test]
    fn no_newline_gets_into_an_unknown_pragma() {
        let name = Token::new(b"x-outcrop").unwrap();
        assert_eq!(Unknown::new(name, b"a\nlogin"), None);
        assert_eq!(Unknown::new(name, b" a"), None);
        let card = Card::Pragma(Pragma::Other(Unknown::new(name, b"a b").unwrap()));
        assert_eq!(crate::card::testing::write(&card), b"pragma x-outcrop a b\n");
    }

    #[test]
    fn a_pragma_has_a_name() {
        assert_eq!(refuse("pragma\n").kind, ErrorKind::MissingArgument("NAME"));
    }
}
