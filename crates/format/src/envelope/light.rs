//! Envelopes that save the work of packing rather than bytes.

use super::{EnvelopeError, seal_parts};

/// Content up to this is left as it is. With what HTTP puts before it, it fits into one packet, so
/// packed it would come no sooner.
pub const LIGHT: usize = 512;

/// Begins a zlib stream whose maker did not look for repetitions.
const ZLIB_HEADER: [u8; 2] = [0x78, 0x01];

/// Begins a block that is the last, and is stored as it is.
const LAST_STORED: u8 = 1;

const _: () = assert!(LIGHT <= u16::MAX as usize, "one block is enough");

/// Puts the pieces, in a row, into one envelope, as [`seal_parts`] does. Up to [`LIGHT`] bytes are not
/// packed: most messages are that short, and to pack one costs more than it saves.
///
/// ```
/// use outcrop_format::envelope;
///
/// let envelope = envelope::seal_light([&b"pull "[..], b"a b\n"])?;
/// assert_eq!(envelope::open(&envelope, 100)?, b"pull a b\n");
/// # Ok::<(), envelope::EnvelopeError>(())
/// ```
pub fn seal_light<'a, P>(parts: P) -> Result<Vec<u8>, EnvelopeError>
where
    P: IntoIterator<Item = &'a [u8]>,
    P::IntoIter: Clone,
{
    let parts = parts.into_iter();
    let len = parts.clone().map(<[u8]>::len).fold(0, usize::saturating_add);
    match u16::try_from(len) {
        Ok(short) if len <= LIGHT => Ok(stored(parts, short)),
        _ => seal_parts(parts),
    }
}

fn stored<'a>(parts: impl Iterator<Item = &'a [u8]>, len: u16) -> Vec<u8> {
    let mut envelope = Vec::with_capacity(LIGHT + 16);
    envelope.extend_from_slice(&u32::from(len).to_be_bytes());
    envelope.extend_from_slice(&ZLIB_HEADER);
    envelope.push(LAST_STORED);
    envelope.extend_from_slice(&len.to_le_bytes());
    envelope.extend_from_slice(&(!len).to_le_bytes());
    let content = envelope.len();
    parts.for_each(|part| envelope.extend_from_slice(part));
    let sum = adler32(envelope.get(content..).unwrap_or_default());
    envelope.extend_from_slice(&sum.to_be_bytes());
    envelope
}

/// The checksum at the end of a zlib stream.
fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let add = |(low, high): (u32, u32), byte: &u8| {
        let low = (low + u32::from(*byte)) % MODULUS;
        (low, (high + low) % MODULUS)
    };
    let (low, high) = bytes.iter().fold((1, 0), add);
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::super::{has_zlib_header, is_plausible, open};
    use super::*;

    #[test]
    fn what_is_light_opens_as_everything_else_does() {
        let bytes: Vec<u8> =
            (0..=LIGHT + 1).map(|n| [0xff, 0xd8, b'a', 0][n * n % 7 % 4]).collect();
        for len in [0, 1, 2, 17, LIGHT - 1, LIGHT, LIGHT + 1] {
            let content = &bytes[..len];
            let (one, two) = content.split_at(len / 3);
            let envelope = seal_light([one, two]).unwrap();
            assert!(has_zlib_header(&envelope) && is_plausible(&envelope), "{len}");
            assert_eq!(open(&envelope, len).unwrap(), content, "{len}");
            let packed = seal_parts([content]).unwrap();
            assert_eq!(envelope == packed, len > LIGHT, "{len}");
        }
    }

    #[test]
    fn damage_shows() {
        let envelope = seal_light([&b"pull a b\n"[..]]).unwrap();
        for at in 0..envelope.len() {
            let mut damaged = envelope.clone();
            damaged[at] ^= 4;
            assert!(open(&damaged, 100).is_err(), "{at}");
        }
    }
}
