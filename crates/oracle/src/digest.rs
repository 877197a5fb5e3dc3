//! Digests, by other hands than the product's.

use std::fmt::Write as _;

use sha1::Digest as _;

/// The SHA1 of some bytes, in hexadecimal digits.
pub(crate) fn sha1(bytes: &[u8]) -> String {
    hex(&sha1::Sha1::digest(bytes))
}

/// The SHA3-256 of some bytes, in hexadecimal digits.
pub(crate) fn sha3(bytes: &[u8]) -> String {
    hex(&sha3::Sha3_256::digest(bytes))
}

/// The MD5 of some bytes, in hexadecimal digits.
pub(crate) fn md5(bytes: &[u8]) -> String {
    hex(&md5::Md5::digest(bytes))
}

/// Bytes in hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_of_nothing_are_the_known_ones() {
        assert_eq!(sha1(b""), "da39a3ee5e6b4b0d3255bfef95601890afd80709");
        assert_eq!(sha3(b"")[..16], *"a7ffc6f8bf1ed766");
        assert_eq!(md5(b""), "d41d8cd98f00b204e9800998ecf8427e");
    }
}
