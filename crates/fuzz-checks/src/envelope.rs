//! Any bytes open to what they declare or fail, within the limit.

use bytes::Bytes;
use outcrop_format::envelope::{declared_len, open, seal};
use outcrop_xfer::{Limits, MediaType};

const LIMIT: usize = 1 << 20;

/// Checks the envelope, and the media types that decide whether there is one.
pub fn envelope(bytes: &[u8]) {
    if let Ok(content) = open(bytes, LIMIT) {
        assert!(content.len() <= LIMIT);
        assert_eq!(content.len(), declared_len(bytes).unwrap_or(0));
        assert!(open(bytes, content.len()).is_ok(), "the limit holds to the byte");
        assert!(content.is_empty() || open(bytes, content.len() - 1).is_err());
        assert_eq!(open(&seal(&content).unwrap(), LIMIT).unwrap(), content);
    }
    let limits = Limits { message: LIMIT, ..Limits::default() };
    for media in [MediaType::Compressed, MediaType::Debug, MediaType::Uncompressed] {
        if let Ok(text) = media.open(Bytes::copy_from_slice(bytes), &limits) {
            assert!(text.len() <= LIMIT);
        }
    }
}
