//! The cards, one kind per line of the table below, one file per family.
//!
//! A kind is listed once: the table gives its word on the wire and the type that reads and writes
//! its arguments, and everything that must know all kinds is made from it.

mod arguments;
pub mod artifact;
pub mod config;
pub mod have;
pub mod notice;
pub mod pragma;
pub mod session;
pub mod table;
#[cfg(test)]
mod testing;
pub mod unversioned;

use std::fmt;

use self::arguments::Arguments;
use crate::{body::Body, error::Error, line::Args, output::Output};

macro_rules! cards {
    ($( $(#[doc = $doc:literal])+ $kind:ident, $verb:literal, $body:ty; )+) => {
        /// A card: one statement of a message.
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Card<'a> {
            $( $(#[doc = $doc])+ $kind($body), )+
        }

        /// The kind of a card, which its first word tells.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Kind {
            $( #[doc = concat!("`", $verb, "`")] $kind, )+
        }

        impl Kind {
            /// Every kind.
            pub const ALL: &'static [Self] = &[$( Self::$kind, )+];

            /// The word that begins a card of this kind.
            #[must_use]
            pub const fn verb(self) -> &'static str {
                match self {
                    $( Self::$kind => $verb, )+
                }
            }

            /// The kind that a first word tells.
            #[must_use]
            pub fn from_verb(verb: &[u8]) -> Option<Self> {
                $( if verb == $verb.as_bytes() { return Some(Self::$kind); } )+
                None
            }
        }

        impl<'a> Card<'a> {
            /// The kind of this card.
            #[must_use]
            pub const fn kind(&self) -> Kind {
                match self {
                    $( Self::$kind(_) => Kind::$kind, )+
                }
            }

            pub(crate) fn parse(
                kind: Kind,
                args: &mut Args<'a>,
                body: &mut Body<'a, '_>,
            ) -> Result<Self, Error> {
                match kind {
                    $( Kind::$kind => Arguments::parse(args, body).map(Self::$kind), )+
                }
            }

            pub(crate) fn write(&self, out: &mut Output) {
                match self {
                    $( Self::$kind(card) => card.write(out.line($verb)), )+
                }
            }
        }
    };
}

cards! {
    /// `cfile`: an artifact, or a delta, in the form in which a repository stores it.
    Cfile, "cfile", artifact::Cfile<'a>;
    /// `file`: an artifact, or a delta, as it is.
    File, "file", artifact::File<'a>;
    /// `igot`: the sender has this artifact.
    Igot, "igot", have::Igot;
    /// `gimme`: the sender wants this artifact.
    Gimme, "gimme", have::Gimme;
    /// `private`: the artifact in the next card is private.
    Private, "private", artifact::Private;
    /// `login`: who sends the message.
    Login, "login", session::Login<'a>;
    /// `push`: the client offers content; or the server tells a new clone its codes.
    Push, "push", session::Codes<'a>;
    /// `pull`: the client asks for content.
    Pull, "pull", session::Codes<'a>;
    /// `clone`: the client asks for everything.
    Clone, "clone", session::Clone;
    /// `clone_seqno`: where the next batch of a clone begins.
    CloneSeqno, "clone_seqno", session::CloneSeqno;
    /// `cookie`: text that the client hands back to the server.
    Cookie, "cookie", session::Cookie<'a>;
    /// `pragma`: a wish or a hint that the other side may ignore.
    Pragma, "pragma", pragma::Pragma<'a>;
    /// `uvfile`: an unversioned file.
    Uvfile, "uvfile", unversioned::Uvfile<'a>;
    /// `uvigot`: the sender has this version of an unversioned file.
    Uvigot, "uvigot", unversioned::Uvigot<'a>;
    /// `uvgimme`: the sender wants this unversioned file.
    Uvgimme, "uvgimme", unversioned::Uvgimme<'a>;
    /// `reqconfig`: the client asks for an area of the configuration.
    Reqconfig, "reqconfig", config::Reqconfig<'a>;
    /// `config`: some of the configuration.
    Config, "config", config::Config<'a>;
    /// `error`: the server gives up, and says why.
    Error, "error", notice::Notice<'a>;
    /// `message`: the server has something to say to a person.
    Message, "message", notice::Notice<'a>;
    /// `#`: a comment; ignored, but hashed by logins, and the bearer of the server's clock.
    Comment, "#", notice::Comment<'a>;
    /// `schema`: the definition of an extension table.
    Schema, "schema", table::Schema<'a>;
    /// `xigot`: the sender has this version of a row.
    Xigot, "xigot", table::Xigot<'a>;
    /// `xgimme`: the sender wants this row.
    Xgimme, "xgimme", table::Xgimme<'a>;
    /// `xrow`: a row of an extension table.
    Xrow, "xrow", table::Xrow<'a>;
    /// `xdelete`: a row of an extension table is gone.
    Xdelete, "xdelete", table::Xdelete<'a>;
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.verb())
    }
}

#[cfg(test)]
mod tests {
    use super::Kind;

    #[test]
    fn every_word_tells_its_kind() {
        for &kind in Kind::ALL {
            assert_eq!(Kind::from_verb(kind.verb().as_bytes()), Some(kind));
            assert_eq!(kind.to_string(), kind.verb());
        }
        assert_eq!(Kind::from_verb(b"Igot"), None);
        assert_eq!(Kind::from_verb(b""), None);
    }
}
