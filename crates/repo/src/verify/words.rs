//! Rows in words: what numbers stand for is told by name.

use crate::limits::FINDING_WORDS;
use crate::tx::derived::{Cell, Compared, Difference};
use crate::tx::{DatabaseError, ReadTx};

/// Letters of a text that are shown.
const SHOWN: usize = 80;

/// What a number in a column stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    Plain,
    Artifact,
    Tag,
    FileName,
    Time,
}

/// A row that differs, in words: all of it if it is missing or should not be there, else what tells
/// which row it is and what is different.
pub(super) fn of(
    tx: &ReadTx,
    compared: &Compared,
    difference: &Difference,
) -> Result<String, DatabaseError> {
    let (Some(row), due) = (difference.stale.as_ref().or(difference.due.as_ref()), &difference.due)
    else {
        return Ok(String::new());
    };
    let other = difference.stale.as_ref().and(due.as_ref());
    let mut words = Vec::new();
    for (at, (column, cell)) in compared.columns.iter().zip(row).enumerate() {
        let meaning = meaning(compared, column, row);
        let is_key = at < compared.keys;
        let shown = || told(tx, meaning, cell);
        match other.and_then(|other| other.get(at)) {
            Some(due) if !is_key && due != cell => {
                let due = told(tx, meaning, due)?;
                words.push(format!("{column} is {}, should be {due}", shown()?));
            }
            None if !matches!(cell, Cell::Null) => words.push(format!("{column} {}", shown()?)),
            Some(_) if is_key => words.push(format!("{column} {}", shown()?)),
            _ => {}
        }
    }
    Ok(cut(words.join(", "), FINDING_WORDS))
}

fn meaning(compared: &Compared, column: &str, row: &[Cell]) -> Meaning {
    let link_in_wiki = || {
        let place = compared.columns.iter().position(|column| column == "srctype");
        matches!(place.and_then(|place| row.get(place)), Some(Cell::Integer(2)))
    };
    match (compared.table, column) {
        ("backlink", "srcid") if link_in_wiki() => Meaning::Tag,
        ("phantom" | "unclustered" | "private" | "leaf" | "orphan", _)
        | ("tagxref", "rid" | "srcid" | "origid")
        | ("plink", "pid" | "cid" | "baseid")
        | ("mlink", "mid" | "pmid" | "fid" | "pid")
        | ("cherrypick", "parentid" | "childid")
        | ("event", "objid")
        | ("backlink", "srcid")
        | ("attachment", "attachid")
        | ("forumpost", "fpid" | "froot" | "fprev" | "firt")
        | ("ticketchng", "tkt_rid") => Meaning::Artifact,
        ("tagxref" | "event", "tagid") => Meaning::Tag,
        ("mlink", "fnid" | "pfnid") => Meaning::FileName,
        (_, "mtime" | "omtime" | "fmtime" | "tkt_mtime" | "tkt_ctime") => Meaning::Time,
        _ => Meaning::Plain,
    }
}

fn told(tx: &ReadTx, meaning: Meaning, cell: &Cell) -> Result<String, DatabaseError> {
    let named = |name: Option<Vec<u8>>, number: &i64| {
        name.map_or_else(|| format!("number {number}, which nothing has"), |name| quoted(&name))
    };
    #[expect(clippy::cast_precision_loss, reason = "a time, in days")]
    Ok(match (meaning, cell) {
        (Meaning::Artifact, Cell::Integer(rid)) if *rid > 0 => match tx.name_beside(*rid)? {
            Some((name, true)) => name,
            Some((name, false)) => format!("{name} (which has no record)"),
            None => format!("record {rid} (which does not exist)"),
        },
        (Meaning::Tag, Cell::Integer(tag)) => named(tx.name_of_number("tag", *tag)?, tag),
        (Meaning::FileName, Cell::Integer(name)) if *name > 0 => {
            named(tx.name_of_number("filename", *name)?, name)
        }
        (Meaning::Time, Cell::Real(time)) => date(tx, *time)?,
        (Meaning::Time, Cell::Integer(time)) => date(tx, *time as f64)?,
        (_, Cell::Null) => "nothing".to_owned(),
        (_, Cell::Integer(number)) => number.to_string(),
        (_, Cell::Real(number)) => format!("{number:?}"),
        (_, Cell::Text(text)) => quoted(text),
        (_, Cell::Blob(bytes)) => format!("{} bytes that are no text", bytes.len()),
    })
}

/// A date, and the number where that does not tell all.
fn date(tx: &ReadTx, time: f64) -> Result<String, DatabaseError> {
    let date = tx.date_of(time)?.unwrap_or_else(|| "no date".to_owned());
    Ok(format!("{date} ({time:?})"))
}

/// A text between quotation marks, its beginning if it is long.
pub(super) fn quoted(text: &[u8]) -> String {
    // A letter has four bytes at most.
    let beginning = text.get(..SHOWN * 4).unwrap_or(text);
    let text: String = String::from_utf8_lossy(beginning).escape_debug().collect();
    format!("\"{}\"", cut(text, SHOWN))
}

fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_up_to_a_length_and_without_control() {
        assert_eq!(quoted(b"a\"b\n\x1b\xff"), "\"a\\\"b\\n\\u{1b}\u{fffd}\"");
        let long = quoted("ä".repeat(500).as_bytes());
        assert_eq!(long.chars().count(), SHOWN + 3);
        assert!(long.ends_with("ä…\""), "{long}");
    }
}
