//! Unversioned files: `uvigot`, `uvgimme` and `uvfile`.
//!
//! ```text
//! uvigot NAME MTIME HASH SIZE
//! uvgimme NAME
//! uvfile NAME MTIME HASH SIZE 0 \n CONTENT
//! uvfile NAME MTIME HASH SIZE 4
//! uvfile NAME MTIME - 0 1
//! ```
//!
//! A file that was deleted has the hash `-`. Nothing follows the content. In the flags, 1 means
//! deleted and 4 that the content is left out, because it is too large for this message or because
//! only the time changed; other bits are ignored, as stock Fossil does.

use outcrop_format::{hash::HashName, path};

use super::arguments::Arguments;
use crate::{
    body::Body,
    error::{Error, ErrorKind},
    line::{Args, MAX_SIZE, MAX_TIME},
    output::Line,
    payload::Payload,
    token::Token,
};

const DELETED: u64 = 1;
const OMITTED: u64 = 4;

/// A version of an unversioned file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Uvfile<'a> {
    /// Name of the file: a simple path without blanks.
    pub name: Token<'a>,
    /// Seconds since 1970.
    pub mtime: u64,
    /// What the file has become.
    pub body: UvBody<'a>,
}

/// What an unversioned file has become.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UvBody<'a> {
    /// It was deleted.
    Deleted,
    /// It has content that this card leaves out.
    Omitted {
        /// Hash of the content.
        hash: HashName,
        /// Size of the content.
        size: u32,
    },
    /// It has this content.
    Content {
        /// Hash of the content.
        hash: HashName,
        /// The content.
        content: Payload<'a>,
    },
}

/// The sender has a version of an unversioned file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uvigot<'a> {
    /// Name of the file: a simple path without blanks.
    pub name: Token<'a>,
    /// Seconds since 1970.
    pub mtime: u64,
    /// Hash of the content; `None` if the file was deleted.
    pub hash: Option<HashName>,
    /// Size of the content.
    pub size: u32,
}

/// The sender wants an unversioned file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Uvgimme<'a> {
    /// Name of the file: a simple path without blanks.
    pub name: Token<'a>,
}

fn name<'a>(args: &mut Args<'a>) -> Result<Token<'a>, Error> {
    args.checked("NAME", "a simple path", |token| {
        path::is_simple(token.as_bytes()).then_some(token)
    })
}

/// `HASH` or `-`.
fn hash_or_deleted(args: &mut Args<'_>) -> Result<Option<HashName>, Error> {
    let mut ahead = args.clone();
    if ahead.next_word() == Some(b"-") {
        *args = ahead;
        return Ok(None);
    }
    args.hash("HASH").map(Some)
}

impl<'a> Arguments<'a> for Uvfile<'a> {
    /// As in stock Fossil, words after the flags are ignored.
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = name(args)?;
        let mtime = args.number("MTIME", MAX_TIME)?;
        let hash_at = args.clone();
        let hash = hash_or_deleted(args)?;
        let size = args.size("SIZE")?;
        let flags = args.number("FLAGS", MAX_SIZE)?;
        args.ignore_rest()?;
        let has_content = flags & (DELETED | OMITTED) == 0;
        let body = match hash {
            None if has_content && size > 0 => return Err(content_of_deleted(&hash_at)),
            None => UvBody::Deleted,
            Some(hash) if has_content => UvBody::Content { hash, content: body.payload(size)? },
            Some(hash) => UvBody::Omitted { hash, size },
        };
        Ok(Self { name, mtime, body })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.token(self.name).number(self.mtime);
        match &self.body {
            UvBody::Deleted => line.literal("-").number(0).number(DELETED).end(),
            UvBody::Omitted { hash, size } => line.hash(hash).number(*size).number(OMITTED).end(),
            UvBody::Content { hash, content } => {
                line.hash(hash).number(content.len()).number(0).end_with(content);
            }
        }
    }
}

/// Content under the hash `-` could not be verified.
fn content_of_deleted(hash_at: &Args<'_>) -> Error {
    let kind = ErrorKind::BadArgument { argument: "HASH", expected: "the name of the content" };
    Error::new(kind, hash_at.offset(), hash_at.rest())
}

impl<'a> Arguments<'a> for Uvigot<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = name(args)?;
        let mtime = args.number("MTIME", MAX_TIME)?;
        let hash = hash_or_deleted(args)?;
        let size = args.size("SIZE")?;
        args.end()?;
        Ok(Self { name, mtime, hash, size })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.token(self.name).number(self.mtime);
        let line = match &self.hash {
            Some(hash) => line.hash(hash),
            None => line.literal("-"),
        };
        line.number(self.size).end();
    }
}

impl<'a> Arguments<'a> for Uvgimme<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = name(args)?;
        args.end()?;
        Ok(Self { name })
    }

    fn write(&self, line: Line<'_>) {
        line.token(self.name).end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Card,
        card::testing::{SHA1, SHA3, golden, read, refuse},
    };

    fn uvfile(text: &str) -> UvBody<'_> {
        match read(text.as_bytes()) {
            Card::Uvfile(file) => file.body,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_in_its_three_forms() {
        golden(format!("uvfile a/b.txt 1700000000 {SHA3} 5 0\nhello").as_bytes());
        golden(format!("uvfile a/b.txt 1700000000 {SHA1} 5 4\n").as_bytes());
        golden(b"uvfile a/b.txt 1700000000 - 0 1\n");
        golden(format!("uvfile empty 0 {SHA1} 0 0\n").as_bytes());
    }

    #[test]
    fn other_flags_mean_what_stock_takes_them_for() {
        let hash = SHA1.parse().unwrap();
        let omitted = UvBody::Omitted { hash, size: 5 };
        for flags in [1, 4, 5, 7, 12] {
            assert_eq!(uvfile(&format!("uvfile f 1 {SHA1} 5 {flags}\n")), omitted, "{flags}");
        }
        for (size, flags) in [(0, 0), (0, 4), (5, 1), (5, 4)] {
            assert_eq!(uvfile(&format!("uvfile f 1 - {size} {flags}\n")), UvBody::Deleted);
        }
        let content = UvBody::Content { hash, content: Payload::from(&b"ab"[..]) };
        assert_eq!(uvfile(&format!("uvfile f 1 {SHA1} 2 2\nab")), content);
        assert_eq!(uvfile(&format!("uvfile f 1 {SHA1} 2 0 more words\nab")), content);
    }

    #[test]
    fn a_deleted_file_has_no_content() {
        let error = refuse("uvfile f 1 - 2 0\nab");
        assert!(matches!(error.kind, ErrorKind::BadArgument { argument: "HASH", .. }));
        assert_eq!(error.offset, 11);
    }

    #[test]
    fn catalogue_and_request() {
        golden(format!("uvigot f 9223372036854775807 {SHA1} 12\n").as_bytes());
        golden(b"uvigot f 1700000000 - 0\n");
        golden("uvgimme größe/x\n".as_bytes());
    }

    #[test]
    fn names_must_be_simple_paths() {
        for name in ["/etc/passwd", "../x", "a//b", "a\\b", "."] {
            for text in [
                format!("uvfile {name} 1 {SHA1} 0 0\n"),
                format!("uvigot {name} 1 {SHA1} 0\n"),
                format!("uvgimme {name}\n"),
            ] {
                let kind = refuse(&text).kind;
                let is_name = matches!(kind, ErrorKind::BadArgument { argument: "NAME", .. });
                assert!(is_name, "{text}: {kind}");
            }
        }
    }

    #[test]
    fn numbers_are_not_negative() {
        for (text, argument) in [
            (format!("uvfile f -1 {SHA1} 0 0\n"), "MTIME"),
            (format!("uvfile f 1 {SHA1} -1 0\n"), "SIZE"),
            (format!("uvfile f 1 {SHA1} 0 -1\n"), "FLAGS"),
            (format!("uvigot f -1 {SHA1} 0\n"), "MTIME"),
            (format!("uvigot f 1 {SHA1} -5\n"), "SIZE"),
        ] {
            let kind = refuse(&text).kind;
            let found = matches!(kind, ErrorKind::BadArgument { argument: a, .. } if a == argument);
            assert!(found, "{text}: {kind}");
        }
        let missing = refuse(format!("uvfile f 1 {SHA1} 0\n")).kind;
        assert_eq!(missing, ErrorKind::MissingArgument("FLAGS"));
    }
}
