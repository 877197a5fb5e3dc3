//! The checksum a delta ends in.

/// Words summed before the 16-bit lanes are emptied: each addition brings at most 255, and
/// 256 × 255 still fits.
const WORDS_PER_BLOCK: usize = 256;

/// Sums `bytes` as big-endian 32-bit words, modulo 2³², the last word filled up with zeros.
///
/// ```
/// assert_eq!(outcrop_repo::delta::checksum(b"\x01\x02\x03\x04\x05"), 0x0602_0304);
/// ```
#[must_use]
pub fn checksum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let mut last = [0; 4];
    last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    words
        .chunks(WORDS_PER_BLOCK)
        .fold(u32::from_be_bytes(last), |sum, block| sum.wrapping_add(block_sum(block)))
}

/// Sums at most [`WORDS_PER_BLOCK`] words.
///
/// Two bytes of each word are summed at a time, in the halves of a 32-bit lane. This takes only
/// masks and additions, which every instruction set has for whole vectors; swapping the bytes of
/// each word does not vectorise well on the oldest x86-64.
fn block_sum(words: &[[u8; 4]]) -> u32 {
    const LOW_BYTES: u32 = 0x00ff_00ff;
    let (mut even, mut odd) = (0_u32, 0_u32);
    for word in words {
        let word = u32::from_le_bytes(*word);
        even = even.wrapping_add(word & LOW_BYTES);
        odd = odd.wrapping_add((word >> 8) & LOW_BYTES);
    }
    // Little-endian: the first byte of a word is the low half of `even`, the second of `odd`.
    let place = |sum: u32, shift: u32| (sum & 0xffff) << shift;
    place(even, 24)
        .wrapping_add(place(odd, 16))
        .wrapping_add(place(even >> 16, 8))
        .wrapping_add(place(odd >> 16, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sum one word at a time.
    fn plain(bytes: &[u8]) -> u32 {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(4), 0);
        let words = padded.chunks(4).map(|word| u32::from_be_bytes(word.try_into().unwrap()));
        words.fold(0, u32::wrapping_add)
    }

    #[test]
    fn a_short_last_word_is_filled_up_with_zeros() {
        assert_eq!(checksum(b""), 0);
        assert_eq!(checksum(b"\x01"), 0x0100_0000);
        assert_eq!(checksum(b"\x01\x02\x03"), 0x0102_0300);
        assert_eq!(checksum(b"\xff\xff\xff\xff\x00\x00\x00\x02"), 1);
    }

    #[test]
    fn full_lanes_do_not_overflow() {
        for len in [4 * WORDS_PER_BLOCK - 1, 4 * WORDS_PER_BLOCK, 4 * WORDS_PER_BLOCK + 5, 10_007] {
            let highest = vec![0xff; len];
            assert_eq!(checksum(&highest), plain(&highest));
            let counted: Vec<u8> = (0..=255).cycle().take(len).collect();
            assert_eq!(checksum(&counted), plain(&counted));
        }
    }
}
