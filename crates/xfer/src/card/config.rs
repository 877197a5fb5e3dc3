//! Configuration: `reqconfig` and `config`.
//!
//! ```text
//! reqconfig NAME
//! config NAME SIZE \n CONTENT \n
//! ```
//!
//! The name is that of an area, with a slash before it (`/user`), or, between very old releases,
//! that of one setting. A newline always follows the content.

use super::arguments::Arguments;
use crate::{body::Body, error::Error, line::Args, output::Line, payload::Payload, token::Token};

/// The client asks for an area of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reqconfig<'a> {
    /// Name of the area.
    pub name: Token<'a>,
}

/// Some of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config<'a> {
    /// Name of the area.
    pub name: Token<'a>,
    /// Its rows, as a list of values in SQL notation.
    pub content: Payload<'a>,
}

impl<'a> Arguments<'a> for Reqconfig<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = args.token("NAME")?;
        args.end()?;
        Ok(Self { name })
    }

    fn write(&self, line: Line<'_>) {
        line.token(self.name).end();
    }
}

impl<'a> Arguments<'a> for Config<'a> {
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error> {
        let name = args.token("NAME")?;
        let size = args.size("SIZE")?;
        args.end()?;
        Ok(Self { name, content: body.closed_payload(size)? })
    }

    fn write(&self, line: Line<'_>) {
        line.token(self.name).number(self.content.len()).end_with_closed(&self.content);
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        Card, ErrorKind,
        card::testing::{golden, read, refuse},
    };

    #[test]
    fn an_area_is_asked_for() {
        golden(b"reqconfig /project\n");
        assert_eq!(refuse("reqconfig\n").kind, ErrorKind::MissingArgument("NAME"));
        assert_eq!(refuse("reqconfig a b\n").kind, ErrorKind::SurplusArgument);
    }

    #[test]
    fn a_newline_always_closes_the_content() {
        golden(b"config /project 3\nabc\n");
        golden(b"config /project 4\nabc\n\n");
        golden(b"config /project 0\n\n");
    }

    #[test]
    fn only_the_end_of_the_message_may_stand_for_the_newline() {
        let Card::Config(config) = read(b"config /project 3\nabc") else { panic!() };
        assert_eq!(&*config.content, b"abc");
        let error = refuse("config /project 3\nabcd\n");
        assert_eq!((error.kind, error.offset), (ErrorKind::UnterminatedPayload, 21));
    }

    #[test]
    fn malformed_lines_are_refused() {
        let kind = refuse("config /project -1\n").kind;
        assert!(matches!(kind, ErrorKind::BadArgument { argument: "SIZE", .. }));
        assert_eq!(refuse("config a 1 2\nx\n").kind, ErrorKind::SurplusArgument);
    }
}
