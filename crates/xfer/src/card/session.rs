//! What a message is about: `login`, `push`, `pull`, `clone`, `clone_seqno` and `cookie`.
//!
//! ```text
//! login USER NONCE SIGNATURE
//! push SERVERCODE PROJECTCODE
//! pull SERVERCODE PROJECTCODE
//! clone [VERSION SEQNO]
//! clone_seqno SEQNO
//! cookie TEXT
//! ```

use outcrop_format::{escape::Escaped, hash::HashName};

use super::arguments::Arguments;
use crate::{
    body::Body,
    error::Error,
    line::{Args, MAX_SIZE},
    output::Line,
    token::Token,
};

/// Who sends the message, and the proof. See [`login`](crate::login).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Login<'a> {
    /// Name of the user.
    pub user: Escaped<'a>,
    /// Hash of everything after the login card.
    pub nonce: HashName,
    /// Hash of nonce and secret.
    pub signature: HashName,
}

/// The two codes that say which server and which project a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Codes<'a> {
    /// Code of the sender's repository file. Nobody looks at it.
    pub server: Token<'a>,
    /// Code of the project, the same in all its clones.
    pub project: Token<'a>,
}

/// The client asks for everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clone {
    /// Protocol 1: announce every artifact, the client will ask. Stock Fossil takes every `clone`
    /// card for this one that does not have exactly two arguments and a version of 2 or more.
    Announce,
    /// Protocols 2 and 3: send artifacts in the order of their row ids.
    Batch {
        /// 2: as `file` cards. 3 and above: as `cfile` cards, in an uncompressed message.
        version: u32,
        /// Row id of the first artifact wanted. The first is 1.
        seqno: u32,
    },
}

/// Row id of the next artifact of a clone; 0 when there is none left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CloneSeqno {
    /// The row id.
    pub next: u32,
}

/// Text that a server gives and its clients hand back. Servers must not rely on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cookie<'a> {
    /// The text.
    pub text: Token<'a>,
}

impl<'a> Arguments<'a> for Login<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        Self::parse_arguments(args)
    }

    fn write(&self, line: Line<'_>) {
        line.escaped(&self.user).hash(&self.nonce).hash(&self.signature).end();
    }
}

impl<'a> Login<'a> {
    /// Reads what follows the word `login`, in a card or in a cookie.
    pub(crate) fn parse_arguments(args: &mut Args<'a>) -> Result<Self, Error> {
        let user = args.escaped("USER")?;
        let nonce = args.hash("NONCE")?;
        let signature = args.hash("SIGNATURE")?;
        args.end()?;
        Ok(Self { user, nonce, signature })
    }
}

impl<'a> Arguments<'a> for Codes<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let server = args.token("SERVERCODE")?;
        let project = args.token("PROJECTCODE")?;
        args.end()?;
        Ok(Self { server, project })
    }

    fn write(&self, line: Line<'_>) {
        line.token(self.server).token(self.project).end();
    }
}

impl<'a> Arguments<'a> for Clone {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        const OLDEST_BATCHED: u32 = 2;
        let mut words = args.clone();
        let version = words.size("VERSION").ok().filter(|&version| version >= OLDEST_BATCHED);
        let seqno = words.clone();
        let has_two = words.next_word().is_some() && words.is_empty();
        match version {
            Some(version) if has_two => {
                *args = seqno;
                let seqno = args.size("SEQNO")?;
                args.end()?;
                Ok(Self::Batch { version, seqno })
            }
            _ => {
                args.ignore_rest()?;
                Ok(Self::Announce)
            }
        }
    }

    fn write(&self, line: Line<'_>) {
        match *self {
            Self::Announce => line,
            Self::Batch { version, seqno } => line.number(version).number(seqno),
        }
        .end();
    }
}

impl<'a> Arguments<'a> for CloneSeqno {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let next = args.size("SEQNO")?;
        args.end()?;
        Ok(Self { next })
    }

    fn write(&self, line: Line<'_>) {
        line.number(self.next).end();
    }
}

// Row ids are read as sizes are: stock reads both as C `int`s.
const _: () = assert!(MAX_SIZE <= u32::MAX as u64);

impl<'a> Arguments<'a> for Cookie<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let text = args.token("TEXT")?;
        args.end()?;
        Ok(Self { text })
    }

    fn write(&self, line: Line<'_>) {
        line.token(self.text).end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Card, ErrorKind,
        card::testing::{SHA1, SHA3, golden, read, refuse},
    };

    #[test]
    fn a_login_with_an_escaped_name() {
        let text = format!("login al\\sice {SHA1} {SHA1}\n");
        let Card::Login(login) = golden(text.as_bytes()) else { panic!() };
        assert_eq!(login.user.to_text(), "al ice");
        golden(format!("login bob {SHA3} {SHA1}\n").as_bytes());
    }

    #[test]
    fn malformed_logins_are_refused() {
        assert_eq!(refuse("login\n").kind, ErrorKind::MissingArgument("USER"));
        assert_eq!(
            refuse(format!("login u {SHA1}\n")).kind,
            ErrorKind::MissingArgument("SIGNATURE")
        );
        let surplus = refuse(format!("login u {SHA1} {SHA1} x\n"));
        assert_eq!(surplus.kind, ErrorKind::SurplusArgument);
    }

    #[test]
    fn push_and_pull_name_a_project() {
        let text = format!("push {SHA1} {SHA1}\n");
        assert!(matches!(golden(text.as_bytes()), Card::Push(_)));
        // What a server without a code sends.
        let Card::Pull(codes) = golden(b"pull x y\n") else { panic!() };
        assert_eq!(codes.project.as_bytes(), b"y");
        assert_eq!(refuse("push x\n").kind, ErrorKind::MissingArgument("PROJECTCODE"));
        assert_eq!(refuse("pull x y z\n").kind, ErrorKind::SurplusArgument);
    }

    #[test]
    fn clones_of_three_protocols() {
        assert_eq!(golden(b"clone\n"), Card::Clone(Clone::Announce));
        assert_eq!(golden(b"clone 2 1\n"), Card::Clone(Clone::Batch { version: 2, seqno: 1 }));
        assert_eq!(golden(b"clone 3 77\n"), Card::Clone(Clone::Batch { version: 3, seqno: 77 }));
    }

    #[test]
    fn odd_clones_are_first_generation_clones() {
        for text in ["clone 3\n", "clone 1 5\n", "clone x 5\n", "clone 3 1 1\n", "clone -3 1\n"] {
            assert_eq!(read(text.as_bytes()), Card::Clone(Clone::Announce), "{text}");
        }
    }

    #[test]
    fn a_sequence_number_is_a_number() {
        golden(b"clone_seqno 0\n");
        golden(b"clone_seqno 2147483647\n");
        for text in ["clone 3 x\n", "clone 3 -1\n", "clone_seqno -1\n", "clone_seqno 2147483648\n"]
        {
            let kind = refuse(text).kind;
            assert!(matches!(kind, ErrorKind::BadArgument { argument: "SEQNO", .. }), "{text}");
        }
    }

    #[test]
    fn a_cookie_is_one_word() {
        golden(b"cookie abc%20def\n");
        assert_eq!(refuse("cookie\n").kind, ErrorKind::MissingArgument("TEXT"));
        assert_eq!(refuse("cookie a b\n").kind, ErrorKind::SurplusArgument);
    }
}
