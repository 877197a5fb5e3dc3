//! What a name stands for: a hash or its beginning, a tag, a branch, a date.
//!
//! The forms are those of Fossil, tried in its order:
//!
//! | form | stands for |
//! |---|---|
//! | `tip` | the newest check-in |
//! | `date:2024-01-31`, `2024-01-31 12:00`, `local:…`, `utc:…` | the newest event up to then |
//! | `tag:NAME` | the newest event with that tag |
//! | `root:NAME`, `start:NAME`, `merge-in:NAME` | where the branch of NAME left its parent, its first check-in, its last merge from there |
//! | `NAME:2024-01-31` | the newest event with that tag up to then |
//! | four digits of a hash or more, also in `[…]` | that artifact |
//! | `NAME` | the newest event with that tag; a branch is one |
//! | `20240131`, `202401311200` | as a date |
//!
//! A date without seconds, or without a time, goes to the end of its minute or day. Dates are in
//! UTC unless the repository's setting `timeline-utc` says otherwise. A name that ends in `.`, `)`
//! and the like and stands for nothing is tried without that, since it may come from running text.

use outcrop_format::hash::HashName;

use super::EventKind;
use crate::blob::PrefixMatch;
use crate::id::Rid;
use crate::limits;
use crate::tx::{DatabaseError, ReadTx, Zone};

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resolved {
    /// The artifact.
    pub rid: Rid,
    /// Its name, whole.
    pub name: HashName,
}

/// Why a name stands for nothing.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ResolveError {
    /// Nothing is called so.
    #[error("{0:?} is neither a hash, nor a tag or branch, nor a date with something before it")]
    Unknown(String),
    /// Several artifacts begin so.
    #[error("{prefix:?} is ambiguous: it begins {}", listed(.candidates))]
    Ambiguous {
        /// What was asked for.
        prefix: String,
        /// Artifacts that begin so; no more than [`limits::AMBIGUOUS_NAMES`].
        candidates: Vec<HashName>,
    },
    /// The name is one of those that tell where a check-out stands.
    #[error("{0:?} stands for a check-in of a check-out, and there is none: name it otherwise")]
    NeedsCheckOut(String),
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

fn listed(names: &[HashName]) -> String {
    let names: Vec<_> = names.iter().map(ToString::to_string).collect();
    names.join(", ")
}

/// Names that only have a meaning in a check-out, unless a tag is called so.
const OF_A_CHECK_OUT: [&str; 5] = ["current", "prev", "previous", "next", "ckout"];

/// A step from a check-in along its branch.
#[derive(Debug, Clone, Copy)]
enum Step {
    Root,
    Start,
    MergeIn,
}

const STEPS: [(&str, Step); 3] =
    [("root:", Step::Root), ("start:", Step::Start), ("merge-in:", Step::MergeIn)];

/// What looking for one form of name came to.
type Found = Result<Option<Rid>, ResolveError>;

impl ReadTx {
    /// What a name stands for, among events of one kind or all artifacts.
    pub fn resolve(&self, name: &str, among: Option<EventKind>) -> Result<Resolved, ResolveError> {
        let mut base = name;
        let mut steps = Vec::new();
        while let Some((rest, step)) = split_step(base) {
            if steps.len() == limits::NAME_STEPS {
                return Err(ResolveError::Unknown(name.to_owned()));
            }
            steps.push(step);
            base = rest;
        }
        let mut rid = match self.find(base, among)? {
            Some(rid) => rid,
            None if OF_A_CHECK_OUT.contains(&base) => {
                return Err(ResolveError::NeedsCheckOut(name.to_owned()));
            }
            None => return Err(ResolveError::Unknown(name.to_owned())),
        };
        for step in steps.into_iter().rev() {
            rid = self
                .step_along_branch(rid, step)?
                .ok_or_else(|| ResolveError::Unknown(name.to_owned()))?;
        }
        let row = self.blob(rid)?.ok_or_else(|| ResolveError::Unknown(name.to_owned()))?;
        Ok(Resolved { rid, name: row.name })
    }

    fn find(&self, name: &str, among: Option<EventKind>) -> Found {
        if name.is_empty() {
            return Ok(None);
        }
        let for_check_ins = matches!(among, None | Some(EventKind::CheckIn));
        if name == "tip"
            && for_check_ins
            && let Some(tip) = self.newest_check_in()?
        {
            return Ok(Some(tip));
        }
        let zone = || self.user_zone();
        if let Some(date) = name.strip_prefix("date:") {
            let date = punctuated(date).unwrap_or_else(|| date.to_owned());
            return Ok(self.newest_event(&rounded_up(&date), zone()?, among)?);
        }
        if is_date(name)
            && let Some(rid) = self.newest_event(&rounded_up(name), zone()?, among)?
        {
            return Ok(Some(rid));
        }
        if let Some(date) = name.strip_prefix("local:") {
            return Ok(self.newest_event(date, Zone::Utc, among)?);
        }
        if let Some(date) = name.strip_prefix("utc:") {
            let date = format!("{}z", rounded_up(date));
            return Ok(self.newest_event(&date, Zone::Utc, among)?);
        }
        if let Some(tag) = name.strip_prefix("tag:") {
            return Ok(self.newest_with_tag(tag, among)?);
        }
        if let Some((tag, date)) = split_date(name) {
            let date = punctuated(&date).unwrap_or(date);
            let date = rounded_up(&date);
            return Ok(self.newest_with_tag_until(tag, &date, zone()?, among)?);
        }
        match (self.find_bare(name, among)?, without_punctuation(name)) {
            // What is left has no such marks, so this is the only time.
            (None, Some(bare)) => self.find(bare, among),
            (found, _) => Ok(found),
        }
    }

    /// Names without a word in front that says what they are.
    fn find_bare(&self, name: &str, among: Option<EventKind>) -> Found {
        if let Some(rid) = self.find_hash(name, among)? {
            return Ok(Some(rid));
        }
        let tagged = match among {
            Some(EventKind::Wiki) => self.newest_of_page(name)?,
            _ => self.newest_with_tag(name, among)?,
        };
        match (tagged, punctuated(name)) {
            (None, Some(date)) => {
                Ok(self.newest_event(&rounded_up(&date), self.user_zone()?, among)?)
            }
            (tagged, _) => Ok(tagged),
        }
    }

    fn find_hash(&self, name: &str, among: Option<EventKind>) -> Found {
        let digits = name.strip_prefix('[').unwrap_or(name);
        let digits = digits.strip_suffix(']').unwrap_or(digits);
        if !(4..=64).contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Ok(None);
        }
        let found = match among {
            None => self.names_with_prefix(digits)?,
            Some(kind) => self.events_with_prefix(digits, kind)?,
        };
        match found {
            PrefixMatch::None => Ok(None),
            PrefixMatch::One(rid, _) => Ok(Some(rid)),
            PrefixMatch::Ambiguous(candidates) => {
                Err(ResolveError::Ambiguous { prefix: digits.to_owned(), candidates })
            }
        }
    }

    fn step_along_branch(&self, rid: Rid, step: Step) -> Result<Option<Rid>, DatabaseError> {
        let branch = self.branch_of(rid)?;
        let first = |on_branch| self.branch_start(rid, &branch, on_branch);
        match step {
            Step::Start => Ok(Some(first(true)?.unwrap_or(rid))),
            Step::Root => Ok(Some(first(false)?.unwrap_or(rid))),
            Step::MergeIn => {
                let root = first(false)?.unwrap_or(rid);
                self.youngest_ancestor_on(rid, &self.branch_of(root)?)
            }
        }
    }
}

fn split_step(name: &str) -> Option<(&str, Step)> {
    STEPS.into_iter().find_map(|(prefix, step)| Some((name.strip_prefix(prefix)?, step)))
}

/// `NAME:DATE`, the date with a zone that SQLite knows. The date has eight digits at least.
fn split_date(name: &str) -> Option<(&str, String)> {
    let last = name.len().checked_sub(8)?;
    let at = name.bytes().position(|byte| byte == b':').filter(|at| *at <= last)?;
    let (tag, date) = (name.get(..at)?, name.get(at + 1..)?);
    if !is_date(date) && punctuated(date).is_none() {
        return None;
    }
    let before_zone = date.len().checked_sub(3)?;
    let date = match date.get(before_zone..) {
        Some(zone) if zone.eq_ignore_ascii_case("utc") => format!("{}z", date.get(..before_zone)?),
        _ => date.to_owned(),
    };
    Some((tag, date))
}

/// Whether a name starts as a date does.
fn is_date(name: &str) -> bool {
    name.len() >= 10
        && name.bytes().take(10).enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}

/// `YYYYMMDD`, with `HHMM` or `HHMMSS` behind it or not, as a date with punctuation.
fn punctuated(digits: &str) -> Option<String> {
    if !matches!(digits.len(), 8 | 12 | 14) || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let number = |from: usize, to: usize| digits.get(from..to).map(str::parse::<u16>);
    let within = |from, to, low, high| match number(from, to) {
        Some(Ok(number)) => (low..=high).contains(&number),
        Some(Err(_)) => false,
        None => true,
    };
    let reasonable = within(0, 4, 1970, 2100)
        && within(4, 6, 1, 12)
        && within(6, 8, 1, 31)
        && within(8, 10, 0, 24)
        && within(10, 12, 0, 60)
        && within(12, 14, 0, 60);
    let parts = [("", 0, 4), ("-", 4, 6), ("-", 6, 8), (" ", 8, 10), (":", 10, 12), (":", 12, 14)];
    let there =
        parts.into_iter().filter_map(|(sign, from, to)| Some([sign, digits.get(from..to)?]));
    let date = there.flatten().collect();
    reasonable.then_some(date)
}

/// A date to the last millisecond of the second, minute or day that it names.
fn rounded_up(date: &str) -> String {
    let rest = match date.len() {
        19 => ".999",
        16 => ":59.999",
        10 => " 23:59:59.999",
        _ => "",
    };
    format!("{date}{rest}")
}

/// The name without one or two characters that end a sentence.
fn without_punctuation(name: &str) -> Option<&str> {
    let is_punctuation = |byte: &u8| b"._)>!?,".contains(byte);
    let count = name.bytes().rev().take(3).take_while(|byte| is_punctuation(byte)).count();
    let long_enough = name.len() > count + 3;
    (matches!(count, 1 | 2) && long_enough).then(|| name.get(..name.len() - count)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_may_lack_their_punctuation() {
        for (digits, date) in [
            ("20240131", Some("2024-01-31")),
            ("202401311159", Some("2024-01-31 11:59")),
            ("20240131115958", Some("2024-01-31 11:59:58")),
            ("20241301", None),
            ("20240132", None),
            ("19690131", None),
            ("202401312500", None),
            ("2024013", None),
            ("2024-1-3", None),
        ] {
            assert_eq!(punctuated(digits).as_deref(), date, "{digits}");
        }
    }

    #[test]
    fn dates_go_to_the_end_of_what_they_name() {
        assert_eq!(rounded_up("2024-01-31"), "2024-01-31 23:59:59.999");
        assert_eq!(rounded_up("2024-01-31 11:59"), "2024-01-31 11:59:59.999");
        assert_eq!(rounded_up("2024-01-31 11:59:58"), "2024-01-31 11:59:58.999");
        assert_eq!(rounded_up("2024-01-31 11:59:58.1"), "2024-01-31 11:59:58.1");
    }

    #[test]
    fn a_tag_may_stand_before_a_date() {
        let split = |name| split_date(name).map(|(tag, date)| (tag.to_owned(), date));
        let is = |tag: &str, date: &str| Some((tag.to_owned(), date.to_owned()));
        assert_eq!(split("trunk:2024-01-31"), is("trunk", "2024-01-31"));
        assert_eq!(split("trunk:20240131"), is("trunk", "20240131"));
        assert_eq!(split("a:2024-01-31 11:59utc"), is("a", "2024-01-31 11:59z"));
        assert_eq!(split("trunk:2024"), None);
        assert_eq!(split("trunk"), None);
        assert_eq!(split("é:é:é:é:é"), None);
    }

    #[test]
    fn one_or_two_marks_come_off() {
        assert_eq!(without_punctuation("trunk."), Some("trunk"));
        assert_eq!(without_punctuation("trunk.)"), Some("trunk"));
        assert_eq!(without_punctuation("trunk..."), None);
        assert_eq!(without_punctuation("trunk"), None);
        assert_eq!(without_punctuation("abc."), None);
        assert_eq!(without_punctuation("abcd."), Some("abcd"));
    }
}
