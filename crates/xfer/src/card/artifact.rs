//! Artifacts on their way: `file`, `cfile`, and the `private` that may precede them.
//!
//! ```text
//! file HASH SIZE \n CONTENT
//! file HASH DELTASRC SIZE \n DELTA
//! cfile HASH USIZE CSIZE \n ENVELOPE [\n]
//! cfile HASH DELTASRC USIZE CSIZE \n ENVELOPE [\n]
//! private
//! ```
//!
//! Nothing follows the content of a `file`. A newline follows that of a `cfile` unless the content
//! ends in one by chance (or is empty): stock Fossil looks at the last byte written.

use outcrop_format::hash::HashName;

use super::arguments::Arguments;
use crate::{body::Body, error::Error, line::Args, output::Line, payload::Payload};

/// An artifact, or a delta that makes it, uncompressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File<'a> {
    /// Name of the artifact.
    pub name: HashName,
    /// What the content is a delta from; `None` if the content is the artifact itself.
    pub source: Option<HashName>,
    /// The artifact, or the delta.
    pub content: Payload<'a>,
}

/// An artifact, or a delta that makes it, in the envelope in which repositories store it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cfile<'a> {
    /// Name of the artifact.
    pub name: HashName,
    /// What the content is a delta from; `None` if the content is the artifact itself.
    pub source: Option<HashName>,
    /// Size of the artifact. Of the whole artifact, also where the content is a delta.
    pub size: u32,
    /// The artifact or the delta, enveloped.
    pub content: Payload<'a>,
}

/// The next `file` or `cfile` is private.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Private;

/// `HASH [DELTASRC] NUMBER…`
fn name_and_source(
    args: &mut Args<'_>,
    numbers: usize,
) -> Result<(HashName, Option<HashName>), Error> {
    let name = args.hash("HASH")?;
    if let Some(source) = args.next_hash() {
        return Ok((name, Some(source)));
    }
    // Too many words for there to be no source: then the first of them is a bad one.
    let mut ahead = args.clone();
    if (0..=numbers).all(|_| ahead.next_word().is_some()) {
        args.hash("DELTASRC")?;
    }
    Ok((name, None))
}

impl<'a> Arguments<'a> for File<'a> {
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error> {
        let (name, source) = name_and_source(args, 1)?;
        let size = args.size("SIZE")?;
        args.end()?;
        Ok(Self { name, source, content: body.payload(size)? })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.hash(&self.name);
        let line = match &self.source {
            Some(source) => line.hash(source),
            None => line,
        };
        line.number(self.content.len()).end_with(&self.content);
    }
}

impl<'a> Arguments<'a> for Cfile<'a> {
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error> {
        let (name, source) = name_and_source(args, 2)?;
        let size = args.size("USIZE")?;
        let stored = args.size("CSIZE")?;
        args.end()?;
        let content = body.payload(stored)?;
        if !ends_a_line(&content) {
            body.take_newline();
        }
        Ok(Self { name, source, size, content })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.hash(&self.name);
        let line = match &self.source {
            Some(source) => line.hash(source),
            None => line,
        };
        let line = line.number(self.size).number(self.content.len());
        if ends_a_line(&self.content) {
            line.end_with(&self.content);
        } else {
            line.end_with_closed(&self.content);
        }
    }
}

/// Whether the byte before what follows is a newline: the payload's last, or its line's.
fn ends_a_line(payload: &[u8]) -> bool {
    payload.last().is_none_or(|&byte| byte == b'\n')
}

impl<'a> Arguments<'a> for Private {
    /// As in stock Fossil, further words are ignored.
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        args.ignore_rest()?;
        Ok(Self)
    }

    fn write(&self, line: Line<'_>) {
        line.end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Card, ErrorKind, Kind, Reader,
        card::testing::{SHA1, SHA3, golden, read, refuse},
    };

    #[test]
    fn a_whole_file() {
        let text = format!("file {SHA1} 6\nab\ncd\n");
        let Card::File(file) = golden(text.as_bytes()) else { panic!() };
        assert_eq!(file.name.to_string(), SHA1);
        assert_eq!(file.source, None);
        assert_eq!(&*file.content, b"ab\ncd\n");
    }

    #[test]
    fn a_delta_file() {
        let text = format!("file {SHA1} {SHA3} 3\nxyz");
        let Card::File(file) = golden(text.as_bytes()) else { panic!() };
        assert_eq!(file.source.unwrap().to_string(), SHA3);
    }

    #[test]
    fn nothing_follows_the_content_of_a_file() {
        let text = format!("file {SHA1} 3\nabcprivate\nfile {SHA1} 0\nprivate\n");
        let cards: Vec<_> = Reader::new(text.as_bytes()).map(|card| card.unwrap().kind()).collect();
        assert_eq!(cards, [Kind::File, Kind::Private, Kind::File, Kind::Private]);
    }

    #[test]
    fn a_compressed_file_and_a_compressed_delta() {
        let text = format!("cfile {SHA1} 700 3\na\nb\n");
        let Card::Cfile(whole) = golden(text.as_bytes()) else { panic!() };
        assert_eq!((whole.source, whole.size, &*whole.content), (None, 700, &b"a\nb"[..]));
        let text = format!("cfile {SHA3} {SHA1} 700 4\nab\nc\n");
        let Card::Cfile(delta) = golden(text.as_bytes()) else { panic!() };
        assert_eq!(delta.source.unwrap().to_string(), SHA1);
    }

    /// Stock appends a newline only if the last byte it wrote is none.
    #[test]
    fn a_newline_closes_a_cfile_unless_its_content_does() {
        golden(format!("cfile {SHA1} 9 3\nabc\n").as_bytes());
        golden(format!("cfile {SHA1} 9 3\nab\n").as_bytes());
        golden(format!("cfile {SHA1} 0 0\n").as_bytes());
    }

    /// The Go peer writes no newline at all.
    #[test]
    fn a_cfile_may_lack_its_newline() {
        let text = format!("cfile {SHA1} 9 3\nabcprivate\n");
        assert_eq!(Reader::new(text.as_bytes()).flatten().count(), 2);
    }

    #[test]
    fn a_payload_may_look_like_cards() {
        let text = format!("file {SHA1} 13\nerror no\\sno\nerror yes\n");
        let Card::File(file) = Reader::new(text.as_bytes()).next().unwrap().unwrap() else {
            panic!()
        };
        assert_eq!(&*file.content, b"error no\\sno\n");
    }

    #[test]
    fn private_ignores_further_words() {
        golden(b"private\n");
        assert_eq!(read(b"private eyes\n"), Card::Private(Private));
    }

    #[test]
    fn malformed_lines_are_refused() {
        let bad = |argument| move |kind: ErrorKind| matches!(kind, ErrorKind::BadArgument { argument: found, .. } if found == argument);
        let cases: [(String, &dyn Fn(ErrorKind) -> bool); 9] = [
            ("file\n".into(), &|kind| kind == ErrorKind::MissingArgument("HASH")),
            (format!("file {SHA1}\n"), &|kind| kind == ErrorKind::MissingArgument("SIZE")),
            (format!("file {SHA1} -1\n"), &bad("SIZE")),
            (format!("file {SHA1} 2147483648\n"), &bad("SIZE")),
            (format!("file {SHA1} {SHA1}\n"), &|kind| kind == ErrorKind::MissingArgument("SIZE")),
            (format!("file {SHA1} abc 3\nabc"), &bad("DELTASRC")),
            (format!("file {SHA1} {SHA1} 3 3\nabc"), &|kind| kind == ErrorKind::SurplusArgument),
            (format!("cfile {SHA1} 3\nabc"), &|kind| kind == ErrorKind::MissingArgument("CSIZE")),
            (format!("cfile {SHA1} 3 -3\nabc"), &bad("CSIZE")),
        ];
        for (text, expected) in cases {
            let error = refuse(&text);
            assert!(expected(error.kind), "{text}: {error}");
        }
    }

    #[test]
    fn a_payload_that_breaks_off_is_told_with_both_figures() {
        let error = refuse(format!("file {SHA1} 10\nabc"));
        assert_eq!(error.kind, ErrorKind::TruncatedPayload { declared: 10, present: 3 });
        assert_eq!(error.offset, 0);
        assert!(error.near.starts_with("file "));
    }
}
