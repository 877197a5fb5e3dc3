//! How far two byte strings agree.

/// Bytes compared at a time.
const STRIDE: usize = 8;

/// How many bytes `a` and `b` have in common from their starts on.
pub(super) fn common_prefix(a: &[u8], b: &[u8]) -> usize {
    let (a_words, _) = a.as_chunks::<STRIDE>();
    let (b_words, _) = b.as_chunks::<STRIDE>();
    let mut agreed = 0;
    for (a_word, b_word) in a_words.iter().zip(b_words) {
        let difference = u64::from_le_bytes(*a_word) ^ u64::from_le_bytes(*b_word);
        if difference != 0 {
            return agreed + (difference.trailing_zeros() / u8::BITS) as usize;
        }
        agreed += STRIDE;
    }
    let (a_rest, b_rest) = (a.iter().skip(agreed), b.iter().skip(agreed));
    agreed + a_rest.zip(b_rest).take_while(|(a, b)| a == b).count()
}

/// How many bytes `a` and `b` have in common from their ends back.
pub(super) fn common_suffix(a: &[u8], b: &[u8]) -> usize {
    let (_, a_words) = a.as_rchunks::<STRIDE>();
    let (_, b_words) = b.as_rchunks::<STRIDE>();
    let mut agreed = 0;
    for (a_word, b_word) in a_words.iter().rev().zip(b_words.iter().rev()) {
        let difference = u64::from_le_bytes(*a_word) ^ u64::from_le_bytes(*b_word);
        if difference != 0 {
            return agreed + (difference.leading_zeros() / u8::BITS) as usize;
        }
        agreed += STRIDE;
    }
    let (a_rest, b_rest) = (a.iter().rev().skip(agreed), b.iter().rev().skip(agreed));
    agreed + a_rest.zip(b_rest).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_is_counted_from_both_ends() {
        for agreed in 0..40 {
            for (more_a, more_b) in [(0, 0), (1, 0), (0, 9), (9, 1), (20, 20)] {
                let common = vec![b'='; agreed];
                let (a, b) = (vec![b'a'; more_a], vec![b'b'; more_b]);
                let starts = ([&common[..], &a].concat(), [&common[..], &b].concat());
                assert_eq!(common_prefix(&starts.0, &starts.1), agreed);
                let ends = ([&a[..], &common].concat(), [&b[..], &common].concat());
                assert_eq!(common_suffix(&ends.0, &ends.1), agreed);
            }
        }
    }
}
