//! Who has what: `igot` and `gimme`.
//!
//! ```text
//! igot HASH [1]
//! gimme HASH
//! ```

use outcrop_format::hash::HashName;

use super::arguments::Arguments;
use crate::{body::Body, error::Error, line::Args, output::Line};

/// The sender has an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Igot {
    /// Name of the artifact.
    pub name: HashName,
    /// Whether it is private. Only the flag `1` says so; any other word stands for public.
    pub private: bool,
}

/// The sender wants an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gimme {
    /// Name of the artifact.
    pub name: HashName,
}

impl<'a> Arguments<'a> for Igot {
    /// As in stock Fossil, words after the flag are ignored.
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = args.hash("HASH")?;
        let private = args.next_word() == Some(b"1");
        args.ignore_rest()?;
        Ok(Self { name, private })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.hash(&self.name);
        if self.private { line.literal("1") } else { line }.end();
    }
}

impl<'a> Arguments<'a> for Gimme {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = args.hash("HASH")?;
        args.end()?;
        Ok(Self { name })
    }

    fn write(&self, line: Line<'_>) {
        line.hash(&self.name).end();
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Card, ErrorKind,
        card::testing::{SHA1, SHA3, golden, read, refuse},
    };

    #[test]
    fn both_kinds_of_name() {
        for name in [SHA1, SHA3] {
            for text in
                [format!("igot {name}\n"), format!("igot {name} 1\n"), format!("gimme {name}\n")]
            {
                golden(text.as_bytes());
            }
        }
    }

    #[test]
    fn only_the_flag_1_is_private() {
        for (flag, expected) in
            [("", false), (" 1", true), (" 0", false), (" 11", false), (" 1 x", true)]
        {
            let text = format!("igot {SHA1}{flag}\n");
            let Card::Igot(igot) = read(text.as_bytes()) else { panic!() };
            assert_eq!(igot.private, expected, "{text}");
        }
    }

    #[test]
    fn blanks_around_words_are_skipped() {
        for text in [format!("  igot\t{SHA1} \r\n"), format!("igot {SHA1}")] {
            assert!(matches!(read(text.as_bytes()), Card::Igot(_)), "{text:?}");
        }
    }

    #[test]
    fn malformed_lines_are_refused() {
        assert_eq!(refuse("igot\n").kind, ErrorKind::MissingArgument("HASH"));
        assert_eq!(refuse(format!("gimme {SHA1} 1\n")).kind, ErrorKind::SurplusArgument);
        let upper = SHA1.to_uppercase();
        for bad in ["1234", &upper, &SHA3[1..]] {
            let error = refuse(format!("igot {bad}\n"));
            assert!(matches!(error.kind, ErrorKind::BadArgument { argument: "HASH", .. }));
            assert_eq!(error.offset, 5);
        }
    }
}
