//! Names of artifacts: SHA1 or SHA3-256 hashes of their content.
//!
//! A name is written as 40 or 64 lower-case hexadecimal digits; its length tells the algorithm.
//! [`HashName`] is the parsed form. Nothing becomes an artifact before [`HashName::verify`] has
//! said that the content is the one the name stands for.
//!
//! Content is hashed with *collision-detecting* SHA1, as stock Fossil does: a file made by one of
//! the known attacks gets another name than plain SHA1 would give it, so that its twin cannot take
//! its place. [`sha1_of_parts`] is plain SHA1, for logins and catalogue hashes.

use std::{cmp::Ordering, fmt, str::FromStr};

use sha1::Digest as _;
use sha3::Sha3_256;

/// The two algorithms that name artifacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    /// 160 bits, 40 digits: the names of Fossil 1, hardened against known collisions.
    Sha1,
    /// 256 bits, 64 digits: the names that Fossil 2 gives by default.
    Sha3,
}

/// The name of an artifact.
///
/// Names order as their text does, which is the order that clusters and catalogues use.
///
/// ```
/// use outcrop_format::hash::HashName;
///
/// let name: HashName = "a9993e364706816aba3e25717850c26c9cd0d89d".parse()?;
/// assert!(name.verify(b"abc"));
/// assert_eq!(name, HashName::sha1_of(b"abc"));
/// # Ok::<(), outcrop_format::hash::NameError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
// Aligned, and the digest first, so that names move as whole words: without it, decoding messages
// takes some 15 % longer (`cargo bench -p outcrop-xfer`).
#[repr(align(8))]
pub struct HashName {
    /// The digest; a SHA1 digest is followed by zeros.
    digest: [u8; SHA3_LEN],
    algorithm: Algorithm,
}

/// Why some text is not the name of an artifact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Neither 40 nor 64 digits.
    #[error("a name has 40 (SHA1) or 64 (SHA3-256) digits, not {0}")]
    Length(usize),
    /// Something other than `0` to `9` and `a` to `f`.
    #[error("a name is written in lower-case hexadecimal digits")]
    Digit,
}

/// Bytes of a SHA1 digest.
const SHA1_LEN: usize = 20;

/// Bytes of a SHA3-256 digest.
const SHA3_LEN: usize = 32;

impl HashName {
    /// Reads a name: exactly 40 or 64 lower-case hexadecimal digits.
    #[inline]
    pub fn parse(digits: &[u8]) -> Result<Self, NameError> {
        let name = if let Ok(digits) = <&[u8; 2 * SHA3_LEN]>::try_from(digits) {
            decode_hex(digits).map(Self::from_sha3)
        } else if let Ok(digits) = <&[u8; 2 * SHA1_LEN]>::try_from(digits) {
            decode_hex(digits).map(Self::from_sha1)
        } else {
            return Err(NameError::Length(digits.len()));
        };
        name.ok_or(NameError::Digit)
    }

    /// The name whose digest is this SHA1 digest.
    #[must_use]
    pub fn from_sha1(digest: [u8; SHA1_LEN]) -> Self {
        let mut padded = [0; SHA3_LEN];
        if let Some(head) = padded.first_chunk_mut() {
            *head = digest;
        }
        Self { digest: padded, algorithm: Algorithm::Sha1 }
    }

    /// The name whose digest is this SHA3-256 digest.
    #[must_use]
    pub const fn from_sha3(digest: [u8; SHA3_LEN]) -> Self {
        Self { digest, algorithm: Algorithm::Sha3 }
    }

    /// The name that `content` has under SHA1, collisions detected.
    #[must_use]
    pub fn sha1_of(content: &[u8]) -> Self {
        Self::from_sha1((*sha1_checked::Sha1::try_digest(content).hash()).into())
    }

    /// The name that `content` has under SHA3-256.
    #[must_use]
    pub fn sha3_of(content: &[u8]) -> Self {
        Self::from_sha3(Sha3_256::digest(content).into())
    }

    /// The name that `content` has under `algorithm`.
    #[must_use]
    pub fn of(algorithm: Algorithm, content: &[u8]) -> Self {
        match algorithm {
            Algorithm::Sha1 => Self::sha1_of(content),
            Algorithm::Sha3 => Self::sha3_of(content),
        }
    }

    /// Whether this is the name of `content`.
    #[must_use]
    pub fn verify(&self, content: &[u8]) -> bool {
        *self == Self::of(self.algorithm(), content)
    }

    /// The algorithm that gave this name.
    #[must_use]
    pub const fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The digest behind the digits: 20 or 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        match self.algorithm {
            Algorithm::Sha1 => self.digest.first_chunk::<SHA1_LEN>().map_or(&[], |digest| digest),
            Algorithm::Sha3 => &self.digest,
        }
    }

    /// The name in hexadecimal digits, without an allocation.
    #[must_use]
    pub fn to_hex(&self) -> Hex {
        let mut hex = Hex { digits: [b'0'; 2 * SHA3_LEN], len: 2 * self.as_bytes().len() };
        for (pair, byte) in hex.digits.chunks_exact_mut(2).zip(&self.digest) {
            pair.copy_from_slice(&[hex_digit(byte >> 4), hex_digit(byte & 0xf)]);
        }
        hex
    }
}

/// Plain SHA1 of several pieces in a row, as logins and catalogues use it.
///
/// Not for the names of artifacts: it does not notice a known collision.
#[must_use]
pub fn sha1_of_parts<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> HashName {
    let mut state = sha1::Sha1::new();
    for part in parts {
        state.update(part);
    }
    HashName::from_sha1(state.finalize().into())
}

/// Plain SHA1 of text that comes piece by piece, for catalogues too long for memory.
///
/// Like [`sha1_of_parts`], it is not for the names of artifacts.
#[derive(Debug, Clone, Default)]
pub struct Sha1Sum(sha1::Sha1);

impl Sha1Sum {
    /// Adds a piece.
    pub fn add(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    /// The hash of all pieces.
    #[must_use]
    pub fn finish(self) -> HashName {
        HashName::from_sha1(self.0.finalize().into())
    }
}

impl PartialOrd for HashName {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for HashName {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl FromStr for HashName {
    type Err = NameError;

    fn from_str(digits: &str) -> Result<Self, NameError> {
        Self::parse(digits.as_bytes())
    }
}

impl fmt::Display for HashName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_hex())
    }
}

impl fmt::Debug for HashName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_hex())
    }
}

/// The digits of a name, on the stack; reads as a `str`.
#[derive(Clone, Copy)]
pub struct Hex {
    digits: [u8; 2 * SHA3_LEN],
    len: usize,
}

impl std::ops::Deref for Hex {
    type Target = str;

    fn deref(&self) -> &str {
        self.digits
            .get(..self.len)
            .and_then(|digits| str::from_utf8(digits).ok())
            .unwrap_or_default()
    }
}

const fn hex_digit(nibble: u8) -> u8 {
    nibble + if nibble < 10 { b'0' } else { b'a' - 10 }
}

/// Decodes `D` digits to `B = D / 2` bytes.
///
/// Without a branch and two digits at a time, which the compiler makes eight or more pairs.
#[inline]
fn decode_hex<const D: usize, const B: usize>(digits: &[u8; D]) -> Option<[u8; B]> {
    const { assert!(D == 2 * B) };
    let mut values = [0; B];
    let mut faults = 0;
    for (value, pair) in values.iter_mut().zip(digits.as_chunks::<2>().0) {
        let (byte, fault) = decode_pair(u16::from_le_bytes(*pair));
        *value = byte;
        faults |= fault;
    }
    // Not by `map`, which is compiled to a call for each value.
    let mut bytes = [0; B];
    for (byte, value) in bytes.iter_mut().zip(values) {
        *byte = value.to_le_bytes()[0];
    }
    (faults == 0).then_some(bytes)
}

/// Decodes two digits, one in each byte, the first in the lower; the fault is 0 only if both are
/// digits.
#[inline]
const fn decode_pair(digits: u16) -> (u16, u16) {
    const ONES: u16 = 0x0101;
    // `a` to `f` are told from `0` to `9` by one bit, and count from 10.
    let letters = (digits >> 6) & ONES;
    let values = (digits & (ONES * 0x0f)) + letters * 9;
    // Other bytes give a value past 15, or one on the wrong side of 10, or another digit's value.
    let past_nine = ((values + ONES * 6) >> 4) & ONES;
    let spelled = values + ONES * 0x30 + letters * 0x27;
    let fault = (values & (ONES * 0xf0)) | (past_nine ^ letters) | (spelled ^ digits);
    ((values << 4 | values >> 8) & 0xff, fault)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHA1_EMPTY: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";
    const SHA3_EMPTY: &str = "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a";

    #[test]
    fn names_are_read_and_written() {
        for text in [SHA1_EMPTY, SHA3_EMPTY] {
            let name = HashName::parse(text.as_bytes()).unwrap();
            assert_eq!(name.to_string(), text);
            assert_eq!(&*name.to_hex(), text);
            assert!(name.verify(b""));
            assert!(!name.verify(b"x"));
        }
    }

    #[test]
    fn what_is_not_a_name_is_refused() {
        assert_eq!(HashName::parse(b""), Err(NameError::Length(0)));
        assert_eq!(HashName::parse(&[b'a'; 41]), Err(NameError::Length(41)));
        let upper = SHA1_EMPTY.to_uppercase();
        assert_eq!(HashName::parse(upper.as_bytes()), Err(NameError::Digit));
        for byte in 0..=u8::MAX {
            let is_digit = matches!(byte, b'0'..=b'9' | b'a'..=b'f');
            for at in 0..40 {
                let mut digits = *b"da39a3ee5e6b4b0d3255bfef95601890afd80709";
                digits[at] = byte;
                let parsed = HashName::parse(&digits).map(|name| name.to_string());
                let expected = str::from_utf8(&digits).map(str::to_owned);
                assert_eq!(parsed.ok(), expected.ok().filter(|_| is_digit), "{byte:#x} at {at}");
            }
        }
    }

    #[test]
    fn names_order_as_their_text() {
        let short = HashName::parse(&[b'a'; 40]).unwrap();
        let long = HashName::parse(&[b'a'; 64]).unwrap();
        let low = HashName::parse(&[b'9'; 64]).unwrap();
        let mut names = [long, short, low];
        names.sort();
        assert_eq!(names, [low, short, long]);
    }

    /// A published collision: the same plain SHA1, but not the same name. The names are those that
    /// `fossil sha1sum` prints.
    #[test]
    fn a_known_collision_gets_two_names() {
        let one = include_bytes!("../testdata/collision/one.bin");
        let two = include_bytes!("../testdata/collision/two.bin");
        assert_eq!(sha1_of_parts([&one[..]]), sha1_of_parts([&two[..]]));
        assert_eq!(HashName::sha1_of(one).to_string(), "4f3d9be4a472c4dae83c6314aa6c36a064c1fd14");
        assert_eq!(HashName::sha1_of(two).to_string(), "9ed5d77a4f48be1dbf3e9e15650733eb850897f2");
        assert!(!sha1_of_parts([&one[..]]).verify(one));
    }

    proptest! {
        #[test]
        fn any_digest_round_trips(sha1: [u8; 20], sha3: [u8; 32]) {
            for name in [HashName::from_sha1(sha1), HashName::from_sha3(sha3)] {
                prop_assert_eq!(HashName::parse(name.to_string().as_bytes()), Ok(name));
            }
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes: Vec<u8>) {
            let _ = HashName::parse(&bytes);
        }

        #[test]
        fn parts_hash_as_their_sum(a: Vec<u8>, b: Vec<u8>) {
            let whole = [&a[..], &b[..]].concat();
            prop_assert_eq!(sha1_of_parts([&a[..], &b[..]]), sha1_of_parts([&whole[..]]));
            prop_assert_eq!(sha1_of_parts([&whole[..]]), HashName::sha1_of(&whole));
        }
    }
}
