//! What artifacts are linked from, as a survey finds it.

use outcrop_format::hash::HashName;

use crate::artifact::Cluster;
use crate::numbers::Numbers;

/// What an artifact is linked from.
#[derive(Debug, Clone, Copy)]
pub(super) enum Meaning<'a> {
    /// It is parsed again: a check-in without its files, or something small.
    Text(&'a [u8]),
    /// It is a cluster.
    Cluster(&'a Members),
    /// It is expanded and parsed again.
    Large,
}

/// What a cluster names.
#[derive(Debug)]
pub(super) struct Members {
    pub(super) known: Box<[i64]>,
    /// Those that had no number yet.
    pub(super) unknown: Box<[HashName]>,
}

/// The artifacts with a meaning. There may be hundreds of thousands.
#[derive(Debug, Default)]
pub(super) struct Meanings {
    /// In the order of their numbers, once all are here.
    all: Vec<(i64, Kept)>,
    /// Texts lie in one piece each.
    texts: Vec<Vec<u8>>,
}

/// How a meaning is kept.
#[derive(Debug)]
enum Kept {
    Text { piece: u32, start: u32, len: u32 },
    Cluster(Box<Members>),
    Large,
}

/// Bytes of texts that are together in memory, unless one has more.
const PIECE: usize = 1 << 18;

impl Meanings {
    pub(super) fn add_text(&mut self, rid: i64, text: &[u8]) {
        let has_room = |piece: &Vec<_>| piece.capacity() - piece.len() >= text.len();
        if !self.texts.last().is_some_and(has_room) {
            self.texts.push(Vec::with_capacity(text.len().max(PIECE)));
        }
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let (piece, len) = (small(self.texts.len() - 1), small(text.len()));
        let Some(last) = self.texts.last_mut() else { return };
        let start = small(last.len());
        last.extend_from_slice(text);
        self.all.push((rid, Kept::Text { piece, start, len }));
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
        self.all.get(place).map(|(_, kept)| self.told(kept))
    }

    /// All, in the order of the artifacts.
    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, Meaning<'_>)> {
        self.all.iter().map(|(rid, kept)| (*rid, self.told(kept)))
    }

    fn told<'a>(&'a self, kept: &'a Kept) -> Meaning<'a> {
        match kept {
            Kept::Text { piece, start, len } => {
                let piece = self.texts.get(*piece as usize).map_or(&[][..], Vec::as_slice);
                let text = piece.get(*start as usize..).and_then(|text| text.get(..*len as usize));
                Meaning::Text(text.unwrap_or_default())
            }
            Kept::Cluster(members) => Meaning::Cluster(members),
            Kept::Large => Meaning::Large,
        }
    }
}

impl Members {
    fn of(cluster: &Cluster, known: &Numbers) -> Self {
        let (mut numbers, mut unknown) = (Vec::new(), Vec::new());
        for name in &cluster.members {
            match known.get(name) {
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
