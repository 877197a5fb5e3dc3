//! Where in the source a window of bytes is found.

/// How much of a source is indexed: places are kept in 32 bits.
const MAX_INDEXED: usize = u32::MAX as usize;

/// Neighbouring filter bits of one bucket, as a power of two: the bits of one byte.
const FILTER_BITS: u32 = 3;

/// The windows of a source by their hash: one every `WINDOW` bytes, so that they cover the source
/// and do not overlap.
///
/// All buckets lie one after the other in `blocks`, and each has its places in the order of the
/// source. So a crowded bucket can be searched for the places nearest to where a match is
/// expected, which in a file that repeats itself are the likeliest to be good ones.
pub(super) struct SourceIndex<const WINDOW: usize> {
    /// For each bucket one byte, in which three more bits of the hash choose a bit. Most windows
    /// that the source does not have are turned away here, in a table that fits the cache.
    filter: Vec<u8>,
    /// Where each bucket starts in `blocks`. The last entry is the end of the last bucket.
    starts: Vec<u32>,
    /// Places in the source, in units of `WINDOW`.
    blocks: Vec<u32>,
    /// How far to shift a hash down to have the number of its bucket.
    shift: u32,
}

impl<const WINDOW: usize> SourceIndex<WINDOW> {
    /// Indexes `source`. This takes time and memory in proportion to its length.
    pub(super) fn new(source: &[u8]) -> Self {
        let source = source.get(..MAX_INDEXED).unwrap_or(source);
        let (windows, _) = source.as_chunks::<WINDOW>();
        let buckets = windows.len().next_power_of_two().max(2);
        let mut index = Self {
            filter: vec![0; buckets],
            starts: vec![0; buckets + 1],
            blocks: vec![0; windows.len()],
            shift: u64::BITS - buckets.trailing_zeros(),
        };
        for window in windows {
            index.count(hash(window));
        }
        let mut end = 0;
        for start in &mut index.starts {
            end += *start;
            *start = end;
        }
        // Each bucket is filled from its end down, so that it comes out in ascending order and
        // `starts` ends up where its name says.
        let blocks = (0..u32::try_from(windows.len()).unwrap_or(u32::MAX)).rev();
        for (block, window) in blocks.zip(windows.iter().rev()) {
            index.place(hash(window), block);
        }
        index
    }

    /// How many bytes from the start of `text` on the first window begins that the source may
    /// have.
    pub(super) fn first_hit(&self, text: &[u8]) -> Option<usize> {
        text.array_windows::<WINDOW>().position(|window| self.may_have(hash(window)))
    }

    /// The places in the source which may have the window at the start of `text`: the `MAX`
    /// nearest to `expected`, or all if there are fewer.
    pub(super) fn candidates<const MAX: usize>(
        &self,
        text: &[u8],
        expected: usize,
    ) -> impl Iterator<Item = usize> {
        let hash = text.first_chunk::<WINDOW>().map(hash).filter(|hash| self.may_have(*hash));
        let bucket = hash.map_or(&[][..], |hash| self.bucket(hash));
        let before = match bucket.len() {
            len if len > MAX => {
                let nearest = bucket.partition_point(|block| *block as usize * WINDOW < expected);
                nearest.saturating_sub(MAX / 2).min(len - MAX)
            }
            _ => 0,
        };
        bucket.iter().skip(before).take(MAX).map(|block| *block as usize * WINDOW)
    }

    fn bucket_number(&self, hash: u64) -> usize {
        usize::try_from(hash >> self.shift).unwrap_or_default()
    }

    fn bucket(&self, hash: u64) -> &[u32] {
        let number = self.bucket_number(hash);
        match self.starts.get(number..number + 2) {
            Some(&[start, end]) => self.blocks.get(start as usize..end as usize),
            _ => None,
        }
        .unwrap_or_default()
    }

    fn may_have(&self, hash: u64) -> bool {
        let byte = self.filter.get(self.bucket_number(hash));
        byte.is_some_and(|byte| byte & self.filter_bit(hash) != 0)
    }

    fn filter_bit(&self, hash: u64) -> u8 {
        1 << ((hash >> (self.shift - FILTER_BITS)) % u64::from(u8::BITS))
    }

    fn count(&mut self, hash: u64) {
        let number = self.bucket_number(hash);
        if let Some(start) = self.starts.get_mut(number) {
            *start += 1;
        }
        let bit = self.filter_bit(hash);
        if let Some(byte) = self.filter.get_mut(number) {
            *byte |= bit;
        }
    }

    fn place(&mut self, hash: u64, block: u32) {
        let number = self.bucket_number(hash);
        if let Some(start) = self.starts.get_mut(number) {
            *start -= 1;
            if let Some(entry) = self.blocks.get_mut(*start as usize) {
                *entry = block;
            }
        }
    }
}

/// Hashes a window, in words of eight bytes. The upper bits are the best mixed.
fn hash<const WINDOW: usize>(window: &[u8; WINDOW]) -> u64 {
    /// 2⁶⁴ divided by the golden ratio: spreads close values far apart.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (words, _) = window.as_chunks::<8>();
    words.iter().fold(0, |hash: u64, word| {
        (hash.rotate_left(29) ^ u64::from_le_bytes(*word)).wrapping_mul(SPREAD)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexed_windows_are_found() {
        let source: Vec<u8> = (0..=255).collect();
        let index = SourceIndex::<8>::new(&source);
        for place in (0..248).step_by(8) {
            let found: Vec<_> = index.candidates::<4>(&source[place..], 0).collect();
            assert!(found.contains(&place), "{place} is not in {found:?}");
            assert_eq!(index.first_hit(&source[place..]), Some(0));
        }
    }

    #[test]
    fn a_crowded_bucket_gives_the_nearest_places() {
        let index = SourceIndex::<8>::new(&[0; 800]);
        let near = |expected| index.candidates::<4>(&[0; 8], expected).collect::<Vec<_>>();
        assert_eq!(near(0), [0, 8, 16, 24]);
        assert_eq!(near(400), [384, 392, 400, 408]);
        assert_eq!(near(usize::MAX), [768, 776, 784, 792]);
    }

    #[test]
    fn short_texts_have_no_windows() {
        let empty = SourceIndex::<16>::new(b"");
        assert_eq!(empty.first_hit(b"sixteen bytes or more"), None);
        let index = SourceIndex::<16>::new(b"sixteen bytes or more");
        assert_eq!(index.first_hit(b"sixteen bytes o"), None);
        assert_eq!(index.candidates::<4>(b"sixteen", 0).count(), 0);
    }
}
