//! Extension tables, which the Go peer syncs beside artifacts: `schema`, `xigot`, `xgimme`, `xrow`
//! and `xdelete`.
//!
//! ```text
//! schema TABLE VERSION HASH MTIME SIZE \n JSON \n
//! xigot TABLE PK_HASH MTIME [HASH]
//! xgimme TABLE PK_HASH
//! xrow TABLE PK_HASH MTIME SIZE \n JSON \n
//! xdelete TABLE PK_HASH MTIME SIZE \n JSON \n
//! ```
//!
//! Stock Fossil does not know these cards and must never see one. Numbers may be negative here,
//! and a newline follows every payload. The hash at the end of `xigot` is for Outcrop's own peers: the
//! Go peer must not see it.

use super::arguments::Arguments;
use crate::{body::Body, error::Error, line::Args, output::Line, payload::Payload, token::Token};

/// The definition of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema<'a> {
    /// Name of the table.
    pub table: Token<'a>,
    /// Version of the definition.
    pub version: i64,
    /// Hash of the definition.
    pub hash: Token<'a>,
    /// When it was made, in seconds since 1970.
    pub mtime: i64,
    /// The definition, in JSON.
    pub definition: Payload<'a>,
}

/// The sender has a version of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Xigot<'a> {
    /// Name of the table.
    pub table: Token<'a>,
    /// Hash of the row's primary key.
    pub key: Token<'a>,
    /// When the row was changed, in seconds since 1970.
    pub mtime: i64,
    /// The hash of the row, or `-` if it is deleted.
    pub content: Option<Token<'a>>,
}

/// The sender wants a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Xgimme<'a> {
    /// Name of the table.
    pub table: Token<'a>,
    /// Hash of the row's primary key.
    pub key: Token<'a>,
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xrow<'a> {
    /// Name of the table.
    pub table: Token<'a>,
    /// Hash of the row's primary key.
    pub key: Token<'a>,
    /// When the row was changed, in seconds since 1970.
    pub mtime: i64,
    /// The row, in JSON.
    pub row: Payload<'a>,
}

/// A row is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Xdelete<'a> {
    /// Name of the table.
    pub table: Token<'a>,
    /// Hash of the row's primary key.
    pub key: Token<'a>,
    /// When the row was deleted, in seconds since 1970.
    pub mtime: i64,
    /// The values of the primary key, in JSON.
    pub key_values: Payload<'a>,
}

impl<'a> Arguments<'a> for Schema<'a> {
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error> {
        let table = args.token("TABLE")?;
        let version = args.signed("VERSION")?;
        let hash = args.token("HASH")?;
        let mtime = args.signed("MTIME")?;
        let definition = json(args, body)?;
        Ok(Self { table, version, hash, mtime, definition })
    }

    fn write(&self, line: Line<'_>) {
        line.token(self.table)
            .number(self.version)
            .token(self.hash)
            .number(self.mtime)
            .number(self.definition.len())
            .end_with_closed(&self.definition);
    }
}

impl<'a> Arguments<'a> for Xigot<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let (table, key, mtime) = version(args)?;
        let content = if args.is_empty() { None } else { Some(args.token("HASH")?) };
        args.end()?;
        Ok(Self { table, key, mtime, content })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.token(self.table).token(self.key).number(self.mtime);
        match self.content {
            Some(content) => line.token(content),
            None => line,
        }
        .end();
    }
}

impl<'a> Arguments<'a> for Xgimme<'a> {
    fn parse(args: &mut Args<'a>, _: &mut Body<'a, '_>) -> Result<Self, Error> {
        let table = args.token("TABLE")?;
        let key = args.token("PK_HASH")?;
        args.end()?;
        Ok(Self { table, key })
    }

    fn write(&self, line: Line<'_>) {
        line.token(self.table).token(self.key).end();
    }
}

impl<'a> Arguments<'a> for Xrow<'a> {
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error> {
        let (table, key, mtime) = version(args)?;
        Ok(Self { table, key, mtime, row: json(args, body)? })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.token(self.table).token(self.key).number(self.mtime);
        line.number(self.row.len()).end_with_closed(&self.row);
    }
}

impl<'a> Arguments<'a> for Xdelete<'a> {
    fn parse(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Self, Error> {
        let (table, key, mtime) = version(args)?;
        Ok(Self { table, key, mtime, key_values: json(args, body)? })
    }

    fn write(&self, line: Line<'_>) {
        let line = line.token(self.table).token(self.key).number(self.mtime);
        line.number(self.key_values.len()).end_with_closed(&self.key_values);
    }
}

/// `TABLE PK_HASH MTIME`: a version of a row.
fn version<'a>(args: &mut Args<'a>) -> Result<(Token<'a>, Token<'a>, i64), Error> {
    Ok((args.token("TABLE")?, args.token("PK_HASH")?, args.signed("MTIME")?))
}

/// `SIZE \n JSON \n`: the last argument and the payload.
fn json<'a>(args: &mut Args<'a>, body: &mut Body<'a, '_>) -> Result<Payload<'a>, Error> {
    let size = args.size("SIZE")?;
    args.end()?;
    body.closed_payload(size)
}

#[cfg(test)]
mod tests {
    use crate::{
        ErrorKind,
        card::testing::{golden, refuse},
    };

    /// Byte for byte what the Go peer's encoder prints.
    #[test]
    fn every_card_of_the_go_peer() {
        golden(b"schema peer_registry 1 abc 100 2\n{}\n");
        golden(b"schema t -1 abc -100 0\n\n");
        golden(b"xigot devices 0a1b2c 1700000000\n");
        golden(b"xigot devices 0a1b2c -5\n");
        golden(b"xigot devices 0a1b2c -5 0a1b\n");
        golden(b"xigot devices 0a1b2c -5 -\n");
        golden(b"xgimme devices 0a1b2c\n");
        golden(b"xrow devices 0a1b2c 1700000000 15\n{\"id\":1,\"x\":2}\n\n");
        golden(b"xdelete devices 0a1b2c 1700000000 8\n{\"id\":1}\n");
    }

    #[test]
    fn malformed_lines_are_refused() {
        assert_eq!(refuse("xgimme t\n").kind, ErrorKind::MissingArgument("PK_HASH"));
        assert_eq!(refuse("xgimme t k x\n").kind, ErrorKind::SurplusArgument);
        assert_eq!(refuse("xigot t k 1 1 1\n").kind, ErrorKind::SurplusArgument);
        assert_eq!(refuse("xrow t k 1 2\n{}x\n").kind, ErrorKind::UnterminatedPayload);
        let kind = refuse("xrow t k 1 -2\n{}\n").kind;
        assert!(matches!(kind, ErrorKind::BadArgument { argument: "SIZE", .. }));
        let kind = refuse("xdelete t k 1.5 2\n{}\n").kind;
        assert!(matches!(kind, ErrorKind::BadArgument { argument: "MTIME", .. }));
        let kind = refuse("schema t one h 1 2\n{}\n").kind;
        assert!(matches!(kind, ErrorKind::BadArgument { argument: "VERSION", .. }));
    }
}
