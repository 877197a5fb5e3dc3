//! Passwords, kept out of what is printed.

use std::fmt;

use outcrop_format::hash::sha1_of_parts;

/// Digits of a hashed password.
const HASHED_LEN: usize = 40;

/// What XORs an obscured password, beside a random byte of its own. The same in every Fossil.
const PATTERN: [u8; 16] = [
    0xa7, 0x21, 0x31, 0xe3, 0x2a, 0x50, 0x2c, 0x86, 0x4c, 0xa4, 0x52, 0x25, 0xff, 0x49, 0x35, 0x85,
];

/// A password, or the hash that stands for one. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// A password as it was given, or as it is stored.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// What Fossil stores instead of a password: a SHA1 hash, in 40 digits, that is another in
    /// every project and for every user.
    #[must_use]
    pub fn hashed(project_code: &str, login: &str, password: &str) -> Self {
        let parts = [project_code, "/", login, "/", password];
        Self(sha1_of_parts(parts.map(str::as_bytes)).to_string())
    }

    /// The text itself, for whoever has to sign with it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether this can be the hash of a password. Whatever has another length is the password
    /// itself: Fossil accepts that too.
    #[must_use]
    pub fn is_hashed(&self) -> bool {
        self.0.len() == HASHED_LEN && self.0.bytes().all(|byte| byte.is_ascii_hexdigit())
    }

    /// The form in which Fossil keeps passwords of other repositories: not readable at a glance,
    /// and no more than that. `salt` is a random byte.
    #[must_use]
    pub fn obscured(&self, salt: u8) -> String {
        let mixed = self.0.bytes().zip(PATTERN.into_iter().cycle());
        let bytes = std::iter::once(salt).chain(mixed.map(|(byte, mask)| byte ^ mask ^ salt));
        bytes.flat_map(hex_digits).collect()
    }

    /// Reads that form. What does not have it is taken as it is.
    #[must_use]
    pub fn from_obscured(stored: &str) -> Self {
        Self(plain_text(stored).unwrap_or_else(|| stored.to_owned()))
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

fn hex_digits(byte: u8) -> [char; 2] {
    [byte >> 4, byte & 15].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or_default())
}

fn plain_text(stored: &str) -> Option<String> {
    let (pairs, odd) = stored.as_bytes().as_chunks::<2>();
    if !odd.is_empty() {
        return None;
    }
    let bytes: Option<Vec<u8>> = pairs.iter().copied().map(hex_byte).collect();
    let bytes = bytes?;
    let (salt, mixed) = bytes.split_first()?;
    let mixed = mixed.iter().zip(PATTERN.into_iter().cycle());
    String::from_utf8(mixed.map(|(byte, mask)| byte ^ mask ^ salt).collect()).ok()
}

fn hex_byte(pair: [u8; 2]) -> Option<u8> {
    let [high, low] = pair.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn obscured_and_read_again() {
        for password in ["", "a", "alice-pw", "longer than the pattern, \u{fc}ber sixteen bytes"] {
            for salt in [0, 1, 0x7f, 0xff] {
                let obscured = Secret::new(password).obscured(salt);
                assert_eq!(Secret::from_obscured(&obscured).expose(), password);
                assert_eq!(obscured.len(), 2 * password.len() + 2);
            }
        }
    }

    #[test]
    fn what_is_not_obscured_is_taken_as_it_is() {
        for stored in ["", "a", "abc", "password", "12 4", "\u{e9}\u{e9}"] {
            assert_eq!(Secret::from_obscured(stored).expose(), stored);
        }
        // Made clear, it would not be text.
        assert_eq!(Secret::from_obscured("0000").expose(), "0000");
        // What looks obscured is taken for it.
        assert_eq!(Secret::from_obscured("00ff").expose(), "X");
    }

    #[test]
    fn nothing_is_shown() {
        let hashed = Secret::hashed("code", "alice", "pw");
        assert_eq!(format!("{hashed:?}"), "Secret(..)");
        assert!(hashed.is_hashed() && !Secret::new("pw").is_hashed());
    }
}
