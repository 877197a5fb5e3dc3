//! The delta under construction.

use super::checksum;
use super::int;

/// A shorter copy may still be cut or dropped in favour of the one that follows it. This bounds
/// the bytes which are compared again and again behind the place that is being searched.
const REVISABLE: usize = 128;

/// Bytes of the target that the source has too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    /// Where they start in the target.
    pub(super) target: usize,
    /// Where they start in the source.
    pub(super) source: usize,
    /// How many they are.
    pub(super) len: usize,
}

impl Match {
    /// Where the bytes end in the target.
    pub(super) fn end(&self) -> usize {
        self.target + self.len
    }

    /// The bytes that a copy operation takes in the delta.
    fn cost(&self) -> usize {
        int::digit_count(self.len) + int::digit_count(self.source) + "@,".len()
    }
}

/// Turns matches, which come in the order of the target, into a delta.
///
/// The last match is held back: the next one may show that the target is better served with less
/// of it, or without it.
pub(super) struct Script<'a> {
    target: &'a [u8],
    delta: Vec<u8>,
    /// How much of the target `delta` makes so far.
    written: usize,
    last: Option<Match>,
}

impl<'a> Script<'a> {
    pub(super) fn new(target: &'a [u8]) -> Self {
        let mut delta = Vec::new();
        int::write(target.len(), &mut delta);
        delta.push(b'\n');
        Self { target, delta, written: 0, last: None }
    }

    /// How far the target is served by the matches so far.
    pub(super) fn covered(&self) -> usize {
        self.last.map_or(self.written, |last| last.end())
    }

    /// The first byte of the target that a new match may include.
    pub(super) fn floor(&self) -> usize {
        match self.last {
            Some(last) if last.len <= REVISABLE => last.target,
            _ => self.covered(),
        }
    }

    /// Where in the source the byte at `place` in the target is, if nothing was inserted or
    /// deleted since the last match.
    pub(super) fn expected_source(&self, place: usize) -> usize {
        self.last.map_or(place, |last| (last.source + place).saturating_sub(last.target))
    }

    /// By how many bytes `found` shortens the delta: zero if it is no use.
    pub(super) fn gain(&self, found: Match) -> usize {
        let covered = self.covered();
        let literal = found.target.saturating_sub(covered);
        let replaced = self.last.filter(|last| found.target <= last.target);
        let saved = found.end().saturating_sub(found.target.max(covered));
        // A copy also cuts the literal around it in two, each with a length of its own.
        let spent = found.cost() + int::digit_count(literal) + ":".len();
        (saved + replaced.map_or(0, |last| last.cost())).saturating_sub(spent)
    }

    /// Takes `found` into the delta. It starts at [`floor`](Self::floor) or behind it.
    pub(super) fn add(&mut self, found: Match) {
        if let Some(last) = self.last.take() {
            let rest =
                Match { len: last.len.min(found.target.saturating_sub(last.target)), ..last };
            if rest == last || self.gain(rest) > 0 {
                self.write(rest);
            }
        }
        self.last = Some(found);
    }

    /// Writes what is left of the target, and the checksum.
    pub(super) fn finish(mut self) -> Vec<u8> {
        if let Some(last) = self.last.take() {
            self.write(last);
        }
        self.write_literal(self.target.len());
        int::write(checksum(self.target) as usize, &mut self.delta);
        self.delta.push(b';');
        self.delta
    }

    fn write(&mut self, copy: Match) {
        self.write_literal(copy.target);
        int::write(copy.len, &mut self.delta);
        self.delta.push(b'@');
        int::write(copy.source, &mut self.delta);
        self.delta.push(b',');
        self.written = copy.end();
    }

    /// Writes the target as it is, up to `end`.
    fn write_literal(&mut self, end: usize) {
        let literal = self.target.get(self.written..end).unwrap_or_default();
        if !literal.is_empty() {
            int::write(literal.len(), &mut self.delta);
            self.delta.push(b':');
            self.delta.extend_from_slice(literal);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGET: &[u8] = &[b'x'; 200];

    #[test]
    fn a_match_must_save_more_than_it_costs() {
        let script = Script::new(TARGET);
        let found = |len| Match { target: 0, source: 0, len };
        // "6@0," and the "0:" that a literal in front of it would take.
        assert_eq!(script.gain(found(6)), 0);
        assert_eq!(script.gain(found(7)), 1);
    }

    #[test]
    fn a_better_match_cuts_or_replaces_the_last() {
        let with = |second| {
            let mut script = Script::new(TARGET);
            script.add(Match { target: 0, source: 0, len: 20 });
            script.add(second);
            script.finish()
        };
        let cut = with(Match { target: 10, source: 50, len: 190 });
        assert!(cut.starts_with(b"38\nA@0,2z@n,"), "{}", cut.escape_ascii());
        let dropped = with(Match { target: 3, source: 50, len: 197 });
        assert!(dropped.starts_with(b"38\n3:xxx35@n,"), "{}", dropped.escape_ascii());
        let replaced = with(Match { target: 0, source: 50, len: 200 });
        assert!(replaced.starts_with(b"38\n38@n,"), "{}", replaced.escape_ascii());
    }
}
