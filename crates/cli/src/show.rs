//! Cards as lines, as JSON and as counts.

use std::io::{self, Write};

use outcrop_xfer::{Card, Error, Kind, Limits, Reader, card::unversioned::UvBody};
use serde::Serialize;

use crate::output::{Paint, printable};

/// Bytes of a payload that `-v` shows.
const SHOWN: usize = 64;

/// A card, as `--json` has it.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct CardRow {
    /// Its index in the message, from 0.
    pub(crate) index: usize,
    /// Where its line starts, in bytes.
    pub(crate) offset: usize,
    /// Its first word.
    pub(crate) kind: &'static str,
    /// The other words; the whole text of a comment.
    pub(crate) arguments: Vec<String>,
    /// Bytes that follow the line, for kinds that have a payload.
    pub(crate) payload_bytes: Option<usize>,
    #[serde(skip)]
    payload_start: Vec<u8>,
}

/// The cards of a message one by one, as rows.
pub(crate) fn rows(text: &[u8], limits: Limits) -> impl Iterator<Item = Result<CardRow, Error>> {
    let mut reader = Reader::with_limits(text, limits);
    std::iter::from_fn(move || {
        let card = reader.next()?;
        Some(card.map(|card| {
            let line = reader.line();
            let payload = payload(&card);
            let start = payload.and_then(|bytes| bytes.get(..SHOWN).or(Some(bytes)));
            CardRow {
                index: reader.cards() - 1,
                offset: line.as_ptr().addr() - text.as_ptr().addr(),
                kind: card.kind().verb(),
                arguments: arguments(card.kind(), line),
                payload_bytes: payload.map(<[u8]>::len),
                payload_start: start.unwrap_or_default().to_vec(),
            }
        }))
    })
}

/// The words after the first.
fn arguments(kind: Kind, line: &[u8]) -> Vec<String> {
    let line = String::from_utf8_lossy(line);
    if kind == Kind::Comment {
        let text = line.strip_prefix('#').unwrap_or_default().trim();
        return vec![text.to_owned()];
    }
    line.split_ascii_whitespace().skip(1).map(str::to_owned).collect()
}

fn payload<'c>(card: &'c Card<'_>) -> Option<&'c [u8]> {
    match card {
        Card::File(card) => Some(&card.content),
        Card::Cfile(card) => Some(&card.content),
        Card::Config(card) => Some(&card.content),
        Card::Schema(card) => Some(&card.definition),
        Card::Xrow(card) => Some(&card.row),
        Card::Xdelete(card) => Some(&card.key_values),
        Card::Uvfile(card) => match &card.body {
            UvBody::Content { content, .. } => Some(content),
            _ => None,
        },
        _ => None,
    }
}

impl CardRow {
    /// Writes the card as a line; with `start`, as many lines as it takes to show how its payload
    /// begins.
    pub(crate) fn write(&self, out: &mut impl Write, paint: Paint, start: bool) -> io::Result<()> {
        let kind = paint.key(&format!("{:<11}", self.kind));
        let arguments = printable(&self.arguments.join(" ")).replace('\n', "\\n");
        write!(out, "{:>6}  {kind} {arguments}", self.index)?;
        if let Some(bytes) = self.payload_bytes {
            write!(out, "{}", paint.faint(&format!("  + {bytes} bytes")))?;
        }
        writeln!(out)?;
        if start && !self.payload_start.is_empty() {
            let more = self.payload_bytes > Some(SHOWN);
            let more = if more { "…" } else { "" };
            let start = format!("{:>19} {}{more}", "|", self.payload_start.escape_ascii());
            writeln!(out, "{}", paint.faint(&start))?;
        }
        Ok(())
    }
}

/// How many cards of each kind a message has, in order of first appearance.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts(Vec<(&'static str, usize)>);

impl Counts {
    /// Counts the cards up to the first that cannot be read.
    pub(crate) fn of(text: &[u8], limits: Limits) -> Result<Self, Error> {
        let mut counts = Self::default();
        for card in Reader::with_limits(text, limits) {
            let verb = card?.kind().verb();
            match counts.0.iter_mut().find(|(kind, _)| *kind == verb) {
                Some((_, count)) => *count += 1,
                None => counts.0.push((verb, 1)),
            }
        }
        Ok(counts)
    }

    /// Cards in all.
    pub(crate) fn total(&self) -> usize {
        self.0.iter().map(|(_, count)| count).sum()
    }
}

/// `17 cards: pragma, 15 cfile, #`
impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let total = self.total();
        write!(f, "{total} {}", if total == 1 { "card" } else { "cards" })?;
        for (at, (kind, count)) in self.0.iter().enumerate() {
            f.write_str(if at == 0 { ": " } else { ", " })?;
            if *count > 1 {
                write!(f, "{count} ")?;
            }
            f.write_str(kind)?;
        }
        Ok(())
    }
}

/// An object with a field for each kind.
impl Serialize for Counts {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"\n# hello  there \nfile a9993e364706816aba3e25717850c26c9cd0d89d 3\nabc\
        config /user 2\nxy\n# \x1b[2J\n";

    fn read() -> Vec<CardRow> {
        rows(TEXT, Limits::default()).map(Result::unwrap).collect()
    }

    #[test]
    fn rows_tell_where_and_what() {
        let rows = read();
        let [comment, file, config, _] = &rows[..] else { panic!("{rows:?}") };
        assert_eq!((comment.index, comment.offset, comment.kind), (0, 1, "#"));
        assert_eq!(comment.arguments, ["hello  there"]);
        assert_eq!((file.offset, file.payload_bytes), (17, Some(3)));
        assert_eq!(config.arguments, ["/user", "2"]);
        assert_eq!(config.payload_bytes, Some(2));
    }

    #[test]
    fn lines_are_plain_and_short() {
        let mut out = Vec::new();
        for row in read() {
            row.write(&mut out, Paint::NONE, true).unwrap();
        }
        let expected = "     0  #           hello  there
     1  file        a9993e364706816aba3e25717850c26c9cd0d89d 3  + 3 bytes
                  | abc
     2  config      /user 2  + 2 bytes
                  | xy
     3  #           \\u{1b}[2J
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn counts_are_in_order_of_appearance() {
        let counts = Counts::of(TEXT, Limits::default()).unwrap();
        assert_eq!(counts.to_string(), "4 cards: 2 #, file, config");
        assert_eq!(serde_json::to_string(&counts).unwrap(), r##"{"#":2,"file":1,"config":1}"##);
        assert_eq!(Counts::default().to_string(), "0 cards");
        assert!(Counts::of(b"quarry\n", Limits::default()).is_err());
    }
}
