//! What artifacts are linked from, as a survey finds it.

use outcrop_format::hash::HashName;

use super::plain::Plain;
use crate::artifact::{CheckIn, Cluster, without_any_files};
use crate::numbers::{MARK, Numbers};
use crate::pieces::{Pieces, Place};

/// What an artifact is linked from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning<'a> {
    /// It is a check-in, with its parent if it has one.
    Plain(Plain<'a>, Option<Parent<'a>>),
    /// It is parsed again: a check-in without its files, or something small.
    Text(&'a [u8]),
    /// It is a cluster.
    Cluster(&'a Members),
    /// It is expanded and parsed again.
    Large,
}

/// How the parent of a check-in is known.
#[derive(Debug, Clone, Copy)]
pub(super) enum Parent<'a> {
    Number(i64),
    Name(&'a HashName),
}

/// What a check-in is linked from, before it is known which numbers artifacts have.
#[derive(Debug)]
pub(super) enum Rest {
    /// See [`Plain`].
    Plain(Vec<u8>),
    /// All but its files.
    Text(Vec<u8>),
}

/// What a cluster names.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) known: Box<[u32]>,
    /// Those whose number is not known yet.
    pub(super) unknown: Box<[HashName]>,
}

/// The artifacts with a meaning. There may be hundreds of thousands.
#[derive(Debug)]
pub(super) struct Meanings {
    /// In the order of their numbers, once all are here.
    all: Vec<(i64, Kept)>,
    texts: Pieces<u8>,
    /// Parents that had no number yet. Their places here are marked.
    unknown: Vec<HashName>,
}

/// How a meaning is kept.
#[derive(Debug)]
enum Kept {
    Plain { text: Place, parent: u32 },
    Text(Place),
    Cluster(Box<Members>),
    Large,
}

/// Bytes of texts that are together in memory.
const PIECE: usize = 1 << 18;

impl Default for Meanings {
    fn default() -> Self {
        Self { all: Vec::new(), texts: Pieces::of(PIECE), unknown: Vec::new() }
    }
}

impl Meanings {
    pub(super) fn add_text(&mut self, rid: i64, text: &[u8]) {
        let place = self.texts.add(text.iter().copied());
        self.all.push((rid, Kept::Text(place)));
    }

    /// Adds a check-in, with its first parent if it has one.
    pub(super) fn add_check_in(
        &mut self,
        rid: i64,
        rest: &Rest,
        parent: Option<&HashName>,
        known: &Numbers,
    ) {
        let text = match rest {
            Rest::Text(text) => return self.add_text(rid, text),
            Rest::Plain(text) => self.texts.add(text.iter().copied()),
        };
        let parent = match (parent, parent.and_then(|parent| known.unmarked(parent))) {
            (None, _) => 0,
            (_, Some(number)) => number,
            (Some(parent), None) => {
                self.unknown.push(*parent);
                MARK | u32::try_from(self.unknown.len() - 1).unwrap_or_default()
            }
        };
        self.all.push((rid, Kept::Plain { text, parent }));
    }

    pub(super) fn add_cluster(&mut self, rid: i64, cluster: &Cluster, known: &Numbers) {
        self.all.push((rid, Kept::Cluster(Box::new(Members::of(cluster, known)))));
    }

    pub(super) fn add_large(&mut self, rid: i64) {
        self.all.push((rid, Kept::Large));
    }

    /// All are here.
    pub(super) fn settle(&mut self) {
        self.all.sort_by_key(|(rid, _)| *rid);
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// What one artifact is linked from, if it has a meaning.
    pub(super) fn get(&self, rid: i64) -> Option<Meaning<'_>> {
        let place = self.all.binary_search_by_key(&rid, |(rid, _)| *rid).ok()?;
        self.told(&self.all.get(place)?.1)
    }

    /// All, in the order of the artifacts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, Meaning<'_>)> {
        self.all.iter().filter_map(|(rid, kept)| Some((*rid, self.told(kept)?)))
    }

    fn told<'a>(&'a self, kept: &'a Kept) -> Option<Meaning<'a>> {
        Some(match kept {
            Kept::Plain { text, parent } => {
                let parent = match parent & MARK {
                    _ if *parent == 0 => None,
                    0 => Some(Parent::Number(i64::from(*parent))),
                    _ => Some(Parent::Name(self.unknown.get((parent & !MARK) as usize)?)),
                };
                Meaning::Plain(Plain::read(self.texts.get(*text))?, parent)
            }
            Kept::Text(place) => Meaning::Text(self.texts.get(*place)),
            Kept::Cluster(members) => Meaning::Cluster(members),
            Kept::Large => Meaning::Large,
        })
    }
}

impl Rest {
    /// What is left of a check-in; `text` gives it without its files.
    pub(super) fn of(check_in: &CheckIn<'_>, text: impl FnOnce() -> Vec<u8>) -> Self {
        let plain = Plain::of(check_in).map(Plain::to_bytes);
        plain.map_or_else(|| Self::Text(without_any_files(text())), Self::Plain)
    }

    /// What a check-in is linked from that has this first parent.
    pub(super) fn meaning<'a>(&'a self, parent: Option<&'a HashName>) -> Option<Meaning<'a>> {
        Some(match self {
            Self::Plain(bytes) => Meaning::Plain(Plain::read(bytes)?, parent.map(Parent::Name)),
            Self::Text(text) => Meaning::Text(text),
        })
    }
}

impl Members {
    fn of(cluster: &Cluster, known: &Numbers) -> Self {
        let (mut numbers, mut unknown) = (Vec::new(), Vec::new());
        for name in &cluster.members {
            match known.unmarked(name) {
                Some(number) => numbers.push(number),
                None => unknown.push(*name),
            }
        }
        Self { known: numbers.into(), unknown: unknown.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meanings_come_in_the_order_of_their_artifacts() {
        let mut meanings = Meanings::default();
        let text = |rid: i64| vec![b'x'; usize::try_from(rid).unwrap() * 1_000];
        for rid in (1..=300).rev().filter(|rid| rid % 7 != 0) {
            meanings.add_text(rid, &text(rid));
        }
        meanings.add_large(7);
        meanings.add_cluster(14, &Cluster { members: Vec::new() }, &Numbers::default());
        meanings.settle();
        let numbers: Vec<_> = meanings.iter().map(|(rid, _)| rid).collect();
        assert!(numbers.is_sorted() && numbers.len() == meanings.len());
        for rid in [1, 13, 299, 300] {
            assert!(matches!(meanings.get(rid), Some(Meaning::Text(of)) if *of == text(rid)));
        }
        assert!(matches!(meanings.get(7), Some(Meaning::Large)));
        assert!(matches!(meanings.get(14), Some(Meaning::Cluster(_))));
        assert!(meanings.get(21).is_none());
    }
}
