//! Source and target to delta.

use super::index::SourceIndex;
use super::matching::{common_prefix, common_suffix};
use super::script::{Match, Script};

/// A source up to this size is searched in fine grain. In a larger one, short matches are mostly
/// accidents, their offsets have more digits, and the time counts.
const SMALL_SOURCE: usize = 64 * 1024;

/// A source larger than this is searched with an eye on the processor's cache, which no longer
/// holds the index.
const LARGE_SOURCE: usize = 1024 * 1024;

/// A shorter common start of source and target is left to the search, which may find something
/// longer elsewhere.
const LONG_PREFIX: usize = 64;

/// From this length on, a match is taken without a look at the next places of the target.
const LONG_MATCH: usize = 1024;

/// Makes a delta which turns `source` into `target`.
///
/// Any two byte strings will do, and empty ones too. The delta is never more than 32 bytes longer
/// than the target. The time is near to linear in the lengths of both, whatever they hold: at
/// each place of the target a fixed number of places in the source is compared, and long
/// comparisons are paid for by the match they end in.
///
/// Fossil reads lengths below 2³¹ only. This function does not mind, but who stores or sends the
/// delta should.
///
/// ```
/// use outcrop_repo::delta::{apply, create};
///
/// let delta = create(b"", b"anything");
/// assert_eq!(delta, b"8\n8:anything39qzVR;");
/// assert_eq!(apply(b"", &delta, 8)?, b"anything");
/// # Ok::<(), outcrop_repo::delta::DeltaError>(())
/// ```
#[must_use]
pub fn create(source: &[u8], target: &[u8]) -> Vec<u8> {
    // The arguments: window, candidates for one place, places to look ahead. A look at
    // WINDOW - 1 more places sees each alignment of a match to the indexed windows.
    match source.len() {
        len if len <= SMALL_SOURCE => Search::<8, 8, 7>::new(source, target).run(),
        len if len <= LARGE_SOURCE => Search::<16, 4, 15>::new(source, target).run(),
        _ => Search::<16, 4, 3>::new(source, target).run(),
    }
}

/// The way through one target.
///
/// The source is indexed by windows of `WINDOW` bytes, one every `WINDOW` bytes. Bytes in common
/// are found if they hold one of them whole, as `2 * WINDOW - 1` bytes always do. At one place of
/// the target at most `CANDIDATES` places of the source are compared. When a match turns up, the
/// next `LOOKAHEAD` places are tried for a better one.
struct Search<'a, const WINDOW: usize, const CANDIDATES: usize, const LOOKAHEAD: usize> {
    source: &'a [u8],
    target: &'a [u8],
    script: Script<'a>,
}

impl<'a, const WINDOW: usize, const CANDIDATES: usize, const LOOKAHEAD: usize>
    Search<'a, WINDOW, CANDIDATES, LOOKAHEAD>
{
    fn new(source: &'a [u8], target: &'a [u8]) -> Self {
        Self { source, target, script: Script::new(target) }
    }

    fn run(mut self) -> Vec<u8> {
        let prefix = common_prefix(self.source, self.target);
        if prefix >= LONG_PREFIX {
            self.script.add(Match { target: 0, source: 0, len: prefix });
        }
        let suffix = common_suffix(self.source, tail(self.target, self.script.covered()));
        let suffix_start = self.target.len() - suffix;
        // Indexing the source costs more than a smaller gap can bring.
        if suffix_start - self.script.covered() >= WINDOW {
            self.search(suffix_start);
        }
        self.take_suffix(suffix_start);
        self.script.finish()
    }

    /// Finds matches for what the script does not cover yet, up to `end`. Matches may reach past
    /// it.
    fn search(&mut self, end: usize) {
        let index = SourceIndex::new(self.source);
        let searched = self.target.get(..end + WINDOW - 1).unwrap_or(self.target);
        let mut place = self.script.covered();
        while let Some(distance) = index.first_hit(tail(searched, place)) {
            place += distance;
            if let Some(found) = self.best_match_near(&index, place) {
                self.script.add(found);
                place = found.end();
            } else {
                place += 1;
            }
        }
    }

    /// The best match at `place`, or a better one at the places that follow.
    fn best_match_near(&self, index: &SourceIndex<WINDOW>, place: usize) -> Option<Match> {
        let first = self.best_match(index, place)?;
        if first.len >= LONG_MATCH {
            return Some(first);
        }
        let next =
            (place + 1..=place + LOOKAHEAD).filter_map(|place| self.best_match(index, place));
        Some(next.fold(first, |best, found| self.better(best, found)))
    }

    /// The match around the window at `place` that saves most, if one saves anything.
    fn best_match(&self, index: &SourceIndex<WINDOW>, place: usize) -> Option<Match> {
        let expected = self.script.expected_source(place);
        index
            .candidates::<CANDIDATES>(tail(self.target, place), expected)
            .filter_map(|candidate| self.match_around(candidate, place))
            .reduce(|best, found| self.better(best, found))
            .filter(|best| self.script.gain(*best) > 0)
    }

    fn better(&self, best: Match, found: Match) -> Match {
        if self.script.gain(found) > self.script.gain(best) { found } else { best }
    }

    /// Extends the match of the windows at `source` and `target` both ways, if they do match.
    fn match_around(&self, source: usize, target: usize) -> Option<Match> {
        let (source_before, source_after) = self.source.split_at_checked(source)?;
        let target_before = self.target.get(self.script.floor()..target)?;
        let after = common_prefix(source_after, tail(self.target, target));
        if after < WINDOW {
            return None;
        }
        let before = common_suffix(source_before, target_before);
        Some(Match { target: target - before, source: source - before, len: before + after })
    }

    /// Ends the target with the common end of both, as far as no match covers it yet.
    fn take_suffix(&mut self, suffix_start: usize) {
        let start = self.script.covered().max(suffix_start);
        let len = self.target.len() - start;
        let suffix = Match { target: start, source: self.source.len() - len, len };
        if self.script.gain(suffix) > 0 {
            self.script.add(suffix);
        }
    }
}

/// `bytes` from `start` on.
fn tail(bytes: &[u8], start: usize) -> &[u8] {
    bytes.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{Op, apply, ops};

    fn operations(delta: &[u8]) -> Vec<Op<'_>> {
        ops(delta).unwrap().map(Result::unwrap).collect()
    }

    /// Bytes in which nothing repeats.
    fn noise(seed: u64, len: usize) -> Vec<u8> {
        let mut state = seed;
        let step = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state.to_be_bytes()[0]
        };
        (0..len).map(step).collect()
    }

    #[test]
    fn short_and_empty_pairs() {
        assert_eq!(create(b"", b""), b"0\n0;");
        assert_eq!(create(b"gone", b""), b"0\n0;");
        assert_eq!(create(b"", b"\0\0\0\0"), b"4\n4:\0\0\0\x000;");
        assert_eq!(create(b"abc", b"abd"), b"3\n3:abd1XObG0;");
    }

    #[test]
    fn equal_files_are_one_copy() {
        let text = noise(1, 5000);
        let delta = create(&text, &text);
        assert!(matches!(operations(&delta)[..], [Op::Copy { offset: 0, len: 5000 }, _]));
    }

    #[test]
    fn a_block_that_moved_is_copied() {
        for len in [3000, SMALL_SOURCE, SMALL_SOURCE + 1, LARGE_SOURCE + 1] {
            let source = noise(2, len);
            let (start, rest) = source.split_at(len / 3);
            let (moved, end) = rest.split_at(len / 3);
            let target = [moved, b"something new", start, end].concat();
            let delta = create(&source, &target);
            assert!(delta.len() < 80, "{len}: {} bytes", delta.len());
            assert_eq!(apply(&source, &delta, target.len()).unwrap(), target);
        }
    }

    #[test]
    fn an_overlapping_prefix_and_suffix_share_the_target() {
        let delta = create(&[b'a'; 300], &[b'a'; 200]);
        assert!(matches!(operations(&delta)[..], [Op::Copy { offset: 0, len: 200 }, _]));
        let source = [&noise(3, 100)[..], &[b'-'; 50]].concat();
        let target = [&source[..], &source[90..]].concat();
        let delta = create(&source, &target);
        assert_eq!(apply(&source, &delta, target.len()).unwrap(), target);
        assert_eq!(operations(&delta).len(), 3);
    }

    #[test]
    fn nothing_in_common_costs_few_bytes() {
        let target = noise(4, 100_000);
        assert!(create(&noise(5, 100_000), &target).len() <= target.len() + 20);
    }
}
