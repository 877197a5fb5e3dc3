//! A plain delta encoder, apart from the product's.

/// The digits of numbers in deltas.
const DIGITS: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

/// Tells `target` as a change of `source`: what both begin with, what is between, what both end
/// with.
pub(crate) fn delta(source: &[u8], target: &[u8]) -> Vec<u8> {
    let shortest = source.len().min(target.len());
    let same = |pairs: &mut dyn Iterator<Item = (&u8, &u8)>| {
        pairs.take_while(|(one, other)| one == other).count()
    };
    let head = same(&mut source.iter().zip(target));
    let tail = same(&mut source.iter().rev().zip(target.iter().rev())).min(shortest - head);
    let middle = &target[head..target.len() - tail];
    let mut delta = number(target.len());
    delta.push(b'\n');
    if head > 0 {
        copy(head, 0, &mut delta);
    }
    if !middle.is_empty() {
        delta.extend(number(middle.len()));
        delta.push(b':');
        delta.extend_from_slice(middle);
    }
    if tail > 0 {
        copy(tail, source.len() - tail, &mut delta);
    }
    delta.extend(number(usize::try_from(checksum(target)).unwrap()));
    delta.push(b';');
    delta
}

fn copy(len: usize, from: usize, delta: &mut Vec<u8>) {
    delta.extend(number(len));
    delta.push(b'@');
    delta.extend(number(from));
    delta.push(b',');
}

fn number(mut value: usize) -> Vec<u8> {
    let mut digits = Vec::new();
    loop {
        digits.push(DIGITS[value % 64]);
        value /= 64;
        if value == 0 {
            break;
        }
    }
    digits.reverse();
    digits
}

/// The sum of the big-endian words, the last one filled up with zeros.
fn checksum(bytes: &[u8]) -> u32 {
    bytes.chunks(4).fold(0, |sum, chunk| {
        let mut word = [0; 4];
        word[..chunk.len()].copy_from_slice(chunk);
        sum.wrapping_add(u32::from_be_bytes(word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delta_copies_both_ends() {
        assert_eq!(delta(b"abcdXefgh", b"abcdYefgh"), b"9\n4@0,1:Y4@5,YmxcB;");
        assert_eq!(delta(b"", b""), b"0\n0;");
        assert_eq!(delta(b"aaaa", b"aa"), b"2\n2@0,1XOG00;");
        assert_eq!(number(64), b"10");
    }
}
