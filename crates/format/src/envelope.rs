//! The envelope: a 4-byte big-endian length and a zlib stream.
//!
//! Stored artifacts, `cfile` payloads and whole xfer messages come in it. The length is that of
//! the content. A peer may lie about it, so [`open`] is told how much it may unpack and checks
//! three figures against each other: the declared length, the real length and the limit. No buffer
//! is made larger than the limit, nor larger than the stream could possibly fill.

mod light;

use std::cell::Cell;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

pub use light::{LIGHT, seal_light};

/// Bytes before the zlib stream.
pub const HEADER: usize = 4;

/// DEFLATE packs at most 1032 bytes into one, so a longer declaration is a lie that needs no proof.
const MAX_RATIO: usize = 1032;

/// How many times its size a stream is first given room for.
const LIKELY_RATIO: usize = 8;

thread_local! {
    /// What the last envelope of this thread was packed and unpacked with. Making it anew costs more
    /// than a small envelope does.
    static PACKER: Cell<Option<Compress>> = const { Cell::new(None) };
    static UNPACKER: Cell<Option<Decompress>> = const { Cell::new(None) };
}

/// Why an envelope was not opened, or could not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Too short to hold a length and a stream.
    #[error("{len} bytes are too few for an envelope")]
    TooShort {
        /// Bytes there were.
        len: usize,
    },
    /// The content would be larger than the caller allows.
    #[error("the content is declared as {declared} bytes, more than the limit of {limit}")]
    TooLarge {
        /// The declared length.
        declared: usize,
        /// What the caller allows.
        limit: usize,
    },
    /// The declared length cannot be reached by a stream this short.
    #[error("{compressed} compressed bytes cannot hold the {declared} bytes declared")]
    Implausible {
        /// The declared length.
        declared: usize,
        /// Length of the zlib stream.
        compressed: usize,
    },
    /// The bytes after the length are not a zlib stream, or its checksum is wrong.
    #[error("the zlib stream is corrupt after {produced} bytes of content")]
    Corrupt {
        /// Content bytes before the damage.
        produced: usize,
    },
    /// The zlib stream breaks off.
    #[error("the zlib stream breaks off after {produced} of {declared} bytes of content")]
    Truncated {
        /// The declared length.
        declared: usize,
        /// Content bytes before the end.
        produced: usize,
    },
    /// The stream holds less than declared.
    #[error("the content has {real} bytes, not the {declared} declared")]
    Shorter {
        /// The declared length.
        declared: usize,
        /// The real length.
        real: usize,
    },
    /// The stream holds more than declared.
    #[error("the content has more than the {declared} bytes declared")]
    Longer {
        /// The declared length.
        declared: usize,
    },
    /// Bytes follow the end of the stream.
    #[error("{extra} bytes follow the end of the zlib stream")]
    Trailing {
        /// How many.
        extra: usize,
    },
}

/// The content length that an envelope declares; `None` if it is too short to declare one.
#[must_use]
pub fn declared_len(envelope: &[u8]) -> Option<usize> {
    let (header, _) = envelope.split_first_chunk::<HEADER>()?;
    usize::try_from(u32::from_be_bytes(*header)).ok()
}

/// Whether the bytes after the length begin a zlib stream.
///
/// Two bytes decide it: the method must be DEFLATE and the header a multiple of 31.
#[must_use]
pub fn has_zlib_header(envelope: &[u8]) -> bool {
    match envelope.get(HEADER..HEADER + 2) {
        Some(&[cmf, flags]) => {
            cmf & 0x0f == 8 && cmf >> 4 <= 7 && u16::from_be_bytes([cmf, flags]).is_multiple_of(31)
        }
        _ => false,
    }
}

/// Whether these bytes can be an envelope at all: a zlib header stands after the length, and the
/// length can be reached by a stream this long.
#[must_use]
pub fn is_plausible(envelope: &[u8]) -> bool {
    let stream = envelope.len().saturating_sub(HEADER);
    has_zlib_header(envelope) && declared_len(envelope).is_some_and(|len| len / MAX_RATIO <= stream)
}

/// Opens an envelope whose content may have up to `limit` bytes.
///
/// Nothing at all, and a zero length without a stream, are the empty content: old releases of
/// Fossil wrote that.
pub fn open(envelope: &[u8], limit: usize) -> Result<Vec<u8>, EnvelopeError> {
    if matches!(envelope, [] | [0, 0, 0, 0]) {
        return Ok(Vec::new());
    }
    let too_short = EnvelopeError::TooShort { len: envelope.len() };
    let declared = declared_len(envelope).ok_or(too_short)?;
    let stream = envelope.get(HEADER..).filter(|stream| !stream.is_empty()).ok_or(too_short)?;
    if declared > limit {
        return Err(EnvelopeError::TooLarge { declared, limit });
    }
    if declared / MAX_RATIO > stream.len() {
        return Err(EnvelopeError::Implausible { declared, compressed: stream.len() });
    }
    inflate(stream, declared)
}

/// The first bytes of the content, up to `len` of them: as many as the part of the envelope that is
/// there tells. Nothing is promised about the rest.
#[must_use]
pub fn beginning(envelope: &[u8], len: usize) -> Vec<u8> {
    let mut content = Vec::with_capacity(len);
    let stream = envelope.get(HEADER..).unwrap_or_default();
    // What is damaged further on still begins in this way.
    let _ = Decompress::new(true).decompress_vec(stream, &mut content, FlushDecompress::None);
    content
}

fn inflate(stream: &[u8], declared: usize) -> Result<Vec<u8>, EnvelopeError> {
    // One byte more than declared: a stream that fills it is too long, and zlib can reach its end
    // marker without a second call.
    let whole = declared.saturating_add(1);
    // What the stream is likely to need. A buffer that follows the content costs a liar nothing.
    let mut content = Vec::with_capacity(whole.min(stream.len().saturating_mul(LIKELY_RATIO)));
    let mut zlib = unpacker();
    let status = loop {
        let consumed = usize::try_from(zlib.total_in()).unwrap_or(usize::MAX);
        let rest = stream.get(consumed..).unwrap_or_default();
        let status = zlib.decompress_vec(rest, &mut content, FlushDecompress::Finish);
        let is_full = content.len() == content.capacity() && content.len() < whole;
        match status {
            Ok(Status::Ok | Status::BufError) if is_full => {
                content.reserve_exact(content.len().min(whole - content.len()));
            }
            status => break status,
        }
    };
    let consumed = usize::try_from(zlib.total_in()).unwrap_or(usize::MAX);
    // Where a thread ends there is nothing to keep it for.
    let _ = UNPACKER.try_with(|kept| kept.set(Some(zlib)));
    let produced = content.len();
    if produced > declared {
        return Err(EnvelopeError::Longer { declared });
    }
    match status {
        Ok(Status::StreamEnd) => {}
        Ok(Status::Ok | Status::BufError) => {
            return Err(EnvelopeError::Truncated { declared, produced });
        }
        Err(_) => return Err(EnvelopeError::Corrupt { produced }),
    }
    if produced < declared {
        return Err(EnvelopeError::Shorter { declared, real: produced });
    }
    match stream.len().saturating_sub(consumed) {
        0 => Ok(content),
        extra => Err(EnvelopeError::Trailing { extra }),
    }
}

/// Puts `content` into an envelope.
///
/// Fails only for content that the 4-byte length cannot tell.
pub fn seal(content: &[u8]) -> Result<Vec<u8>, EnvelopeError> {
    seal_parts([content])
}

/// Puts the pieces, in a row, into one envelope.
pub fn seal_parts<'a, P>(parts: P) -> Result<Vec<u8>, EnvelopeError>
where
    P: IntoIterator<Item = &'a [u8]>,
    P::IntoIter: Clone,
{
    let parts = parts.into_iter();
    let len: usize = parts.clone().map(<[u8]>::len).sum();
    let limit = u32::MAX as usize;
    let declared =
        u32::try_from(len).map_err(|_| EnvelopeError::TooLarge { declared: len, limit })?;

    let mut envelope = Vec::with_capacity(len / 2 + 64);
    envelope.extend_from_slice(&declared.to_be_bytes());
    let mut zlib = packer();
    for part in parts {
        deflate(&mut zlib, part, FlushCompress::None, &mut envelope)?;
    }
    deflate(&mut zlib, &[], FlushCompress::Finish, &mut envelope)?;
    let _ = PACKER.try_with(|kept| kept.set(Some(zlib)));
    Ok(envelope)
}

fn packer() -> Compress {
    match PACKER.try_with(Cell::take) {
        Ok(Some(mut kept)) => {
            kept.reset();
            kept
        }
        _ => Compress::new(Compression::default(), true),
    }
}

fn unpacker() -> Decompress {
    match UNPACKER.try_with(Cell::take) {
        Ok(Some(mut kept)) => {
            kept.reset(true);
            kept
        }
        _ => Decompress::new(true),
    }
}

/// Feeds one piece to the compressor, growing `out` until the piece is used up (or, at the end,
/// until the stream is complete).
fn deflate(
    zlib: &mut Compress,
    mut part: &[u8],
    flush: FlushCompress,
    out: &mut Vec<u8>,
) -> Result<(), EnvelopeError> {
    const ROOM: usize = 4096;
    loop {
        if out.capacity() == out.len() {
            out.reserve(out.len().max(ROOM));
        }
        let before = zlib.total_in();
        let status = zlib
            .compress_vec(part, out, flush)
            .map_err(|_| EnvelopeError::Corrupt { produced: out.len() })?;
        let used = usize::try_from(zlib.total_in() - before).unwrap_or(part.len());
        part = part.get(used..).unwrap_or_default();
        let done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            _ => part.is_empty(),
        };
        if done {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealed(content: &[u8]) -> Vec<u8> {
        seal(content).unwrap()
    }

    /// Made by `fossil test-compress` from the eleven bytes `hello world`.
    const BY_STOCK: &[u8] = b"\x00\x00\x00\x0b\x78\x9c\xcb\x48\xcd\xc9\xc9\x57\x28\xcf\x2f\xca\x49\x01\x00\x1a\x0b\x04\x5d";

    /// Whatever the one before it was, and however that ended.
    #[test]
    fn one_envelope_leaves_no_trace_in_the_next() {
        let small = sealed(b"hello world");
        let large: Vec<u8> =
            (0..300_000_u32).flat_map(|n| n.wrapping_mul(n).to_le_bytes()).collect();
        for before in [large.as_slice(), b"", b"hello world hello world"] {
            let whole = sealed(before);
            assert_eq!(sealed(b"hello world"), small);
            assert!(open(&whole[..whole.len() - 1], before.len()).is_err());
            assert_eq!(open(&small, 11).unwrap(), b"hello world");
            assert_eq!(open(&whole, before.len()).unwrap(), before);
            assert_eq!(open(&small, 11).unwrap(), b"hello world");
        }
    }

    #[test]
    fn a_beginning_is_told_by_a_part() {
        let content = b"login alice 1 2\n".repeat(10_000);
        let envelope = seal(&content).unwrap();
        for part in [&envelope[..], &envelope[..60]] {
            assert_eq!(beginning(part, 20), &content[..20]);
        }
        assert_eq!(beginning(&envelope, 1_000_000), content);
        assert_eq!(beginning(&envelope[..5], 20), b"");
        assert_eq!(beginning(b"no envelope", 20), b"");
    }

    #[test]
    fn stock_envelopes_open() {
        assert_eq!(open(BY_STOCK, 11).unwrap(), b"hello world");
        assert_eq!(declared_len(BY_STOCK), Some(11));
    }

    #[test]
    fn empty_content_has_three_forms() {
        for empty in [&[][..], &[0; 4], &sealed(b"")] {
            assert_eq!(open(empty, 0), Ok(vec![]));
        }
    }

    #[test]
    fn a_short_envelope_says_so() {
        assert_eq!(open(&[0, 0, 1], 9), Err(EnvelopeError::TooShort { len: 3 }));
        assert_eq!(open(&[0, 0, 0, 1], 9), Err(EnvelopeError::TooShort { len: 4 }));
    }

    #[test]
    fn the_limit_holds_to_the_byte() {
        let envelope = sealed(&[7; 100]);
        assert_eq!(open(&envelope, 100).unwrap(), [7; 100]);
        assert_eq!(open(&envelope, 99), Err(EnvelopeError::TooLarge { declared: 100, limit: 99 }));
    }

    #[test]
    fn a_declaration_that_no_stream_could_keep_costs_nothing() {
        let mut envelope = sealed(b"small");
        envelope[..4].copy_from_slice(&0x7fff_ffff_u32.to_be_bytes());
        let compressed = envelope.len() - HEADER;
        assert_eq!(
            open(&envelope, usize::MAX),
            Err(EnvelopeError::Implausible { declared: 0x7fff_ffff, compressed })
        );
    }

    #[test]
    fn the_densest_stream_is_still_plausible() {
        let zeros = vec![0; 8_000_000];
        assert_eq!(open(&sealed(&zeros), zeros.len()).unwrap(), zeros);
    }

    #[test]
    fn lies_about_the_length_are_told_apart() {
        let mut envelope = sealed(b"twelve bytes");
        envelope[3] = 13;
        assert_eq!(open(&envelope, 99), Err(EnvelopeError::Shorter { declared: 13, real: 12 }));
        envelope[3] = 11;
        assert_eq!(open(&envelope, 99), Err(EnvelopeError::Longer { declared: 11 }));
        envelope[3] = 0;
        assert_eq!(open(&envelope, 99), Err(EnvelopeError::Longer { declared: 0 }));
    }

    #[test]
    fn a_broken_off_stream_is_not_a_corrupt_one() {
        let envelope = sealed(b"twelve bytes");
        let cut = &envelope[..envelope.len() - 5];
        assert!(matches!(open(cut, 99), Err(EnvelopeError::Truncated { declared: 12, .. })));

        let mut bad = envelope.clone();
        bad[4] ^= 0x0f;
        assert_eq!(open(&bad, 99), Err(EnvelopeError::Corrupt { produced: 0 }));

        let mut wrong_sum = envelope;
        *wrong_sum.last_mut().unwrap() ^= 1;
        assert!(matches!(open(&wrong_sum, 99), Err(EnvelopeError::Corrupt { .. })));
    }

    #[test]
    fn trailing_bytes_are_refused() {
        let mut envelope = sealed(b"twelve bytes");
        envelope.extend_from_slice(b"xyz");
        assert_eq!(open(&envelope, 99), Err(EnvelopeError::Trailing { extra: 3 }));
    }

    #[test]
    fn what_looks_like_an_envelope() {
        assert!(is_plausible(BY_STOCK));
        assert!(is_plausible(&sealed(&vec![0; 1_000_000])));
        // Text, and text in which a zlib header stands by chance: no stream is long enough.
        for text in ["pull x y\n", "# comment", "# 1280 x\npull a b\n", "#abcx y\n", "a", ""] {
            assert!(!is_plausible(text.as_bytes()), "{text}");
        }
    }

    /// A lie within the limit makes no buffer that its stream does not fill.
    #[test]
    fn a_buffer_follows_the_content() {
        let mut envelope = sealed(&vec![7; 100_000]);
        assert_eq!(open(&envelope, 1 << 20).unwrap(), vec![7; 100_000]);
        envelope[..4].copy_from_slice(&100_001_u32.to_be_bytes());
        let real = EnvelopeError::Shorter { declared: 100_001, real: 100_000 };
        assert_eq!(open(&envelope, 1 << 20), Err(real));
    }

    proptest! {
        #[test]
        fn sealing_is_undone_by_opening(
            parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..5)
        ) {
            let whole = parts.concat();
            let envelope = seal_parts(parts.iter().map(Vec::as_slice)).unwrap();
            prop_assert!(is_plausible(&envelope));
            prop_assert_eq!(open(&envelope, whole.len()), Ok(whole));
        }

        #[test]
        fn any_bytes_open_or_fail_within_the_limit(bytes: Vec<u8>, limit in 0usize..10_000) {
            if let Ok(content) = open(&bytes, limit) {
                prop_assert!(content.len() <= limit);
            }
        }

        #[test]
        fn a_damaged_envelope_never_opens_to_something_longer(
            content: Vec<u8>, at: prop::sample::Index, flip in 1u8..
        ) {
            let mut envelope = sealed(&content);
            let at = at.index(envelope.len());
            envelope[at] ^= flip;
            if let Ok(opened) = open(&envelope, 1 << 20) {
                prop_assert_eq!(Some(opened.len()), declared_len(&envelope));
            }
        }
    }
}
