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

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}
