//! Lines of the timeline, as text and as JSON.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use outcrop_repo::{
    Rid,
    read::{EventKind, FileChange, FileChangeKind, TimelineEntry},
    tx::{DatabaseError, ReadTx},
};
use serde::Serialize;

use crate::{
    clock::{date, seconds_of},
    output::{Paint, line},
};

/// Digits of a hash that are shown where it need not be whole, as in Fossil.
const SHORT: usize = 10;

/// The beginning of a hash, long enough to be told from others.
pub(crate) fn short(hash: &str) -> &str {
    hash.get(..SHORT).unwrap_or(hash)
}

/// A line of the timeline, as `--json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct Entry {
    name: String,
    kind: &'static str,
    time: i64,
    user: String,
    comment: String,
    branch: Option<String>,
    tags: Vec<String>,
    leaf: bool,
    /// Of a check-in, if it was asked for.
    details: Option<Details>,
}

/// What a check-in comes from and what it changes, as `--json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct Details {
    parents: Vec<String>,
    files: Vec<ChangeRow>,
}

/// A changed file, as `--json` has it.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeRow {
    pub(crate) name: String,
    pub(crate) change: &'static str,
    pub(crate) old_name: Option<String>,
    pub(crate) hash: Option<String>,
}

impl From<&FileChange> for ChangeRow {
    fn from(change: &FileChange) -> Self {
        let text = |name: &[u8]| String::from_utf8_lossy(name).into_owned();
        Self {
            name: text(&change.name),
            change: match change.kind {
                FileChangeKind::Added => "added",
                FileChangeKind::Removed => "removed",
                FileChangeKind::Edited => "edited",
                FileChangeKind::Renamed => "renamed",
                FileChangeKind::ModeChanged => "mode",
            },
            old_name: change.old_name.as_deref().map(text),
            hash: change.content.map(|content| content.to_string()),
        }
    }
}

impl ChangeRow {
    /// Writes the change as a line.
    pub(crate) fn write(&self, out: &mut impl Write, paint: Paint) -> io::Result<()> {
        let change = paint.faint(&format!("{:<8}", self.change));
        write!(out, "  {change} {}", line(&self.name))?;
        if let Some(old_name) = &self.old_name {
            write!(out, "  (was {})", line(old_name))?;
        }
        writeln!(out)
    }
}

/// The files that a check-in changes.
pub(crate) fn changes(tx: &ReadTx, check_in: Rid) -> Result<Vec<ChangeRow>, DatabaseError> {
    let all = tx.file_changes(check_in)?;
    // A file that has another name now is not gone, though its old name is.
    let moved: HashSet<_> = all.iter().filter_map(|change| change.old_name.as_ref()).collect();
    let is_gone = |change: &FileChange| change.kind == FileChangeKind::Removed;
    let told = all.iter().filter(|change| !(is_gone(change) && moved.contains(&change.name)));
    Ok(told.map(ChangeRow::from).collect())
}

impl Entry {
    /// A line of the timeline; with `detailed`, what a check-in changes too.
    pub(crate) fn new(
        tx: &ReadTx,
        entry: TimelineEntry,
        detailed: bool,
    ) -> Result<Self, DatabaseError> {
        let is_check_in = entry.kind == EventKind::CheckIn;
        let details = (detailed && is_check_in).then(|| Details::new(tx, &entry)).transpose()?;
        Ok(Self {
            name: entry.name.to_string(),
            kind: kind_word(entry.kind),
            time: seconds_of(entry.time),
            user: entry.user,
            comment: told(entry.kind, entry.comment),
            branch: entry.branch,
            tags: entry.tags,
            leaf: entry.is_leaf,
            details,
        })
    }

    /// The day, `2024-05-06`.
    pub(crate) fn day(&self) -> String {
        date(self.time).split(' ').next().unwrap_or_default().to_owned()
    }

    /// Writes the entry as a line without its day, and its details below.
    pub(crate) fn write(&self, out: &mut impl Write, paint: Paint) -> io::Result<()> {
        let moment = date(self.time);
        let clock = paint.faint(moment.split(' ').nth(1).unwrap_or_default());
        let whole = self.details.is_some();
        let name = paint.key(if whole { &self.name } else { short(&self.name) });
        let comment = line(&self.comment);
        // A branch is a tag too.
        let tags = self.tags.iter().filter(|tag| Some(*tag) != self.branch.as_ref());
        let mut about = if self.user.is_empty() { "?".to_owned() } else { line(&self.user) };
        if let Some(branch) = &self.branch {
            about.push_str(" on ");
            about.push_str(&line(branch));
        }
        for (at, tag) in tags.enumerate() {
            about.push_str(if at == 0 { "; tags: " } else { ", " });
            about.push_str(&line(tag));
        }
        let about = paint.faint(&format!("({about})"));
        writeln!(out, "{clock} [{name}] {comment} {about}")?;
        let Some(details) = &self.details else { return Ok(()) };
        for parent in &details.parents {
            writeln!(out, "  {} {parent}", paint.faint(&format!("{:<8}", "parent")))?;
        }
        details.files.iter().try_for_each(|change| change.write(out, paint))
    }
}

impl Details {
    fn new(tx: &ReadTx, entry: &TimelineEntry) -> Result<Self, DatabaseError> {
        let mut parents = Vec::new();
        for parent in tx.parents(entry.rid)? {
            parents.extend(tx.blob(parent.rid)?.map(|row| row.name.to_string()));
        }
        Ok(Self { parents, files: changes(tx, entry.rid)? })
    }
}

/// The kinds, by the words and letters that the command line takes for them.
const KINDS: [(&str, EventKind); 6] = [
    ("check-in", EventKind::CheckIn),
    ("wiki", EventKind::Wiki),
    ("ticket", EventKind::Ticket),
    ("technote", EventKind::Technote),
    ("forum", EventKind::Forum),
    ("tag", EventKind::Control),
];

fn kind_word(kind: EventKind) -> &'static str {
    KINDS.iter().find(|(_, known)| *known == kind).map_or("other", |(word, _)| word)
}

/// A kind of event, or `None` for all: as a word, or in Fossil's letters.
pub(crate) fn parse_kind(text: &str) -> Result<Option<EventKind>, String> {
    if text == "all" {
        return Ok(None);
    }
    let word = KINDS.iter().find(|(word, _)| *word == text).map(|(_, kind)| *kind);
    word.or_else(|| EventKind::from_letters(text)).map(Some).ok_or_else(|| {
        let words: Vec<_> = KINDS.iter().map(|(word, _)| *word).collect();
        format!("one of all, {}", words.join(", "))
    })
}

/// What happened, in words. Of a wiki page the timeline holds a sign and the page's name.
fn told(kind: EventKind, comment: String) -> String {
    if kind != EventKind::Wiki {
        return comment;
    }
    let mut letters = comment.chars();
    let what = match letters.next() {
        Some('+') => "new wiki page",
        Some('-') => "wiki page deleted:",
        Some(':') => "wiki page edited:",
        _ => return comment,
    };
    format!("{what} {}", letters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_words_and_letters() {
        for kind in EventKind::ALL {
            assert_eq!(parse_kind(kind_word(kind)), Ok(Some(kind)));
            assert_eq!(parse_kind(kind.letters()), Ok(Some(kind)));
        }
        assert_eq!(parse_kind("all"), Ok(None));
        assert!(parse_kind("checkin").is_err_and(|error| error.contains("check-in")));
    }

    #[test]
    fn pages_are_told_in_words() {
        let page = |comment: &str| told(EventKind::Wiki, comment.to_owned());
        assert_eq!(page("+Home"), "new wiki page Home");
        assert_eq!(page("-Home"), "wiki page deleted: Home");
        assert_eq!(page("Add attachment"), "Add attachment");
        assert_eq!(told(EventKind::CheckIn, "+1".to_owned()), "+1");
    }
}
