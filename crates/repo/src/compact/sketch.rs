//! How much of one content is in another, roughly, without comparing them.
//!
//! Making a delta costs far more than reading both sides, and between most neighbours that still
//! stand whole none pays. So some of the windows of each content are picked once, by their hash alone:
//! what two contents share is then picked in both.

/// Bytes of a window. What a delta copies must be longer than that to pay.
const WINDOW: usize = 16;

/// One window of so many is picked, as a power of two.
const PICKED: u32 = 5;

/// With fewer windows nothing can be said.
const ENOUGH: usize = 16;

/// A delta that pays leaves out a quarter of the content at least. So one window of so many is to be
/// in the source too, which is a fifth of that.
const SHARED: usize = 20;

/// Some windows of a content, told by their hashes.
pub(super) struct Sketch(Vec<u64>);

impl Sketch {
    pub(super) fn of(content: &[u8]) -> Self {
        let hashes = content.array_windows::<WINDOW>().map(hash);
        let mut picked: Vec<_> = hashes.filter(|hash| hash >> (u64::BITS - PICKED) == 0).collect();
        picked.sort_unstable();
        picked.dedup();
        Self(picked)
    }

    /// Whether it may be worth while to tell this content as a change of the other one.
    pub(super) fn resembles(&self, source: &Self) -> bool {
        if self.0.len() < ENOUGH {
            return true;
        }
        let (mut shared, mut rest) = (0, source.0.as_slice());
        for picked in &self.0 {
            let below = rest.iter().take_while(|other| *other < picked).count();
            rest = rest.get(below..).unwrap_or_default();
            shared += usize::from(rest.first() == Some(picked));
        }
        shared * SHARED >= self.0.len()
    }
}

/// Odd, and with bits all over.
const MULTIPLIER: u64 = 0x9E37_79B9_7F4A_7C15;

/// Mixes a window so that the upper bits depend on all of it.
fn hash(window: &[u8; WINDOW]) -> u64 {
    let (halves, _) = window.as_chunks::<8>();
    let mixed =
        halves.iter().fold(0_u64, |mixed, half| mixed.rotate_left(23) ^ u64::from_le_bytes(*half));
    mixed.wrapping_mul(MULTIPLIER)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines that are different for each seed.
    fn text(seed: u64, lines: usize) -> Vec<u8> {
        let mut state = seed;
        let mut text = Vec::new();
        for _ in 0..lines {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(seed | 1);
            text.extend_from_slice(format!("{state:016x}\n").as_bytes());
        }
        text
    }

    #[test]
    fn what_shares_a_quarter_resembles() {
        let (source, other) = (text(1, 400), text(2, 300));
        for at in [0, 77, 3000] {
            let shared = source.get(at..at + source.len() / 4).unwrap();
            let content = [&other[..500], shared, &other[500..]].concat();
            assert!(Sketch::of(&content).resembles(&Sketch::of(&source)));
        }
    }

    #[test]
    fn what_shares_nothing_does_not() {
        let sketch = Sketch::of(&text(1, 400));
        assert!(!sketch.resembles(&Sketch::of(&text(2, 400))));
        assert!(sketch.resembles(&sketch));
        assert!(!sketch.resembles(&Sketch::of(b"")));
    }

    #[test]
    fn of_little_nothing_is_said() {
        assert!(Sketch::of(b"short").resembles(&Sketch::of(b"other")));
    }
}
