//! The Z card: an MD5 checksum over all lines above it.
//!
//! It keeps source files that happen to look like an artifact from being taken for one, and it is
//! the last line of every structural artifact, so that a glance at the end rules plain content out.

use std::fmt;

use md5::{Digest as _, Md5};
use outcrop_format::lanes;

/// How long a Z line is: the letter, a space, 32 digits, the newline.
const LINE_LEN: usize = 35;

/// An MD5 checksum as a Z or R card writes it: 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checksum([u8; 32]);

impl Checksum {
    /// The checksum of `bytes`.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mut summing = Summing::default();
        summing.add(bytes);
        summing.finish()
    }

    /// The checksums of many, which are faster together.
    pub(super) fn of_many(contents: &[&[u8]]) -> impl Iterator<Item = Self> {
        lanes::md5_of_many(contents).into_iter().map(|digest| Self::of_digest(&digest))
    }

    fn of_digest(digest: &[u8]) -> Self {
        let mut digits = [0; 32];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(digest) {
            pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0xf)]);
        }
        Self(digits)
    }

    /// The 32 digits.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// A checksum of bytes that come piece by piece.
#[derive(Default)]
pub(crate) struct Summing(Md5);

impl Summing {
    pub(crate) fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    pub(crate) fn finish(self) -> Checksum {
        Checksum::of_digest(&self.0.finalize())
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.escape_ascii().fmt(f)
    }
}

/// The Z line, newline and all, that makes an artifact of the lines `above` it.
#[must_use]
pub fn z_line(above: &[u8]) -> [u8; LINE_LEN] {
    let mut line = [b'\n'; LINE_LEN];
    let content = [b"Z ".as_slice(), Checksum::of(above).as_bytes()].concat();
    for (place, byte) in line.iter_mut().zip(content) {
        *place = byte;
    }
    line
}

/// Splits a text that ends in a Z line into the lines above and the checksum that it states.
///
/// Looks at the last 36 bytes only. The digits are not checked here: comparing them is enough.
pub(super) fn split(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (above, line) = text.split_at_checked(text.len().checked_sub(LINE_LEN)?)?;
    let stated = line.strip_prefix(b"Z ")?.strip_suffix(b"\n")?;
    above.ends_with(b"\n").then_some((above, stated))
}

const fn hex_digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        _ => b'a' + value - 10,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_states_the_checksum_of_what_is_above() {
        assert_eq!(&z_line(b""), b"Z d41d8cd98f00b204e9800998ecf8427e\n");
        assert_eq!(&z_line(b"abc"), b"Z 900150983cd24fb0d6963f7d28e17f72\n");
    }

    #[test]
    fn only_a_whole_last_line_is_split_off() {
        let stated = b"900150983cd24fb0d6963f7d28e17f72".as_slice();
        let line = [b"Z ".as_slice(), stated, b"\n"].concat();
        let text = [b"D x\n".as_slice(), &line].concat();
        assert_eq!(split(&text), Some((b"D x\n".as_slice(), stated)));
        for wrong in [
            line.clone(),
            [b"D x".as_slice(), &line].concat(),
            [&text[..], b"\n"].concat(),
            b"Z \n".to_vec(),
            Vec::new(),
        ] {
            assert_eq!(split(&wrong), None);
        }
    }
}
