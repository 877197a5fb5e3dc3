//! Payloads: the bytes that follow a card's line.

use std::{fmt, ops::Deref};

use bytes::Bytes;

/// The bytes that follow the line of a card.
///
/// Read from a message they borrow from its buffer. On the way out they may also be shared: a
/// [`Writer`](crate::Writer) passes large shared payloads on without copying them.
#[derive(Clone)]
pub enum Payload<'a> {
    /// Part of a buffer that someone else owns.
    Borrowed(&'a [u8]),
    /// A reference-counted buffer, such as a stored blob.
    Shared(Bytes),
}

impl Payload<'_> {
    /// The bytes as a buffer that outlives the message: copied if they are borrowed.
    #[must_use]
    pub fn to_bytes(&self) -> Bytes {
        match self {
            Self::Borrowed(bytes) => Bytes::copy_from_slice(bytes),
            Self::Shared(bytes) => bytes.clone(),
        }
    }
}

impl Payload<'_> {
    /// The bytes as a buffer that outlives the message, without a copy: a part of `message`, the
    /// buffer that was read. Copied only if they are no part of it.
    #[must_use]
    pub fn shared_in(&self, message: &Bytes) -> Bytes {
        let Self::Borrowed(bytes) = self else { return self.to_bytes() };
        let start = bytes.as_ptr().addr().wrapping_sub(message.as_ptr().addr());
        match start.checked_add(bytes.len()) {
            Some(end) if end <= message.len() => message.slice(start..end),
            _ => self.to_bytes(),
        }
    }
}

impl Deref for Payload<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl<'a> From<&'a [u8]> for Payload<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Self::Borrowed(bytes)
    }
}

impl From<Bytes> for Payload<'_> {
    fn from(bytes: Bytes) -> Self {
        Self::Shared(bytes)
    }
}

/// Equal bytes are equal payloads, whoever owns them.
impl PartialEq for Payload<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Payload<'_> {}

/// Shows the length and the first bytes only.
impl fmt::Debug for Payload<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 32;
        let head = self.get(..SHOWN).unwrap_or(self);
        let more = if self.len() > SHOWN { "…" } else { "" };
        write!(f, "{} bytes \"{}{more}\"", self.len(), head.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ownership_makes_no_difference() {
        let borrowed = Payload::from(&b"abc"[..]);
        let shared = Payload::from(Bytes::from_static(b"abc"));
        assert_eq!(borrowed, shared);
        assert_eq!(borrowed.to_bytes(), shared.to_bytes());
    }

    #[test]
    fn a_part_of_a_message_is_shared() {
        let message = Bytes::from_static(b"file abc\nabc");
        let payload = Payload::from(&message[9..]);
        let shared = payload.shared_in(&message);
        assert_eq!(shared, &b"abc"[..]);
        assert_eq!(shared.as_ptr(), message[9..].as_ptr());
        assert_eq!(Payload::from(&message[..0]).shared_in(&message), Bytes::new());

        let elsewhere = b"abc".to_vec();
        let copied = Payload::from(&elsewhere[..]).shared_in(&message);
        assert_eq!(copied, &elsewhere[..]);
    }

    #[test]
    fn debug_is_short() {
        let payload = Payload::from(&[b'\n'; 1000][..]);
        let shown = format!("{payload:?}");
        assert!(shown.starts_with("1000 bytes \"\\n"), "{shown}");
        assert!(shown.len() < 100, "{shown}");
    }
}
