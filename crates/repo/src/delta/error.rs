//! Why a delta was refused.

/// A delta that cannot be applied: it is malformed, belongs to another source, or asks for more
/// than the caller allows.
///
/// Offsets count bytes from the start of the delta and point at the operation or the byte that
/// is wrong. None of these is worth another try with the same source and delta.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DeltaError {
    /// The delta ends where it must go on.
    #[error("delta is cut short at byte {offset}: expected {expected}")]
    Truncated {
        /// Where the delta ends.
        offset: usize,
        /// What should have followed.
        expected: &'static str,
    },
    /// A byte stands where the format has no place for it.
    #[error("byte {offset} of the delta is {found:#04x}: expected {expected}")]
    UnexpectedByte {
        /// Where the byte stands.
        offset: usize,
        /// What the format has in this place.
        expected: &'static str,
        /// The byte itself.
        found: u8,
    },
    /// A number is larger than its field can hold.
    #[error("the number at byte {offset} of the delta is too large")]
    NumberTooLarge {
        /// Where the number starts.
        offset: usize,
    },
    /// The target would be larger than the caller allows.
    #[error("delta declares a target of {declared} bytes, more than the {limit} allowed")]
    OverLimit {
        /// The target size in the delta's header.
        declared: usize,
        /// The largest target the caller accepts.
        limit: usize,
    },
    /// A copy reaches past the end of the source: mostly the sign of a wrong source.
    #[error(
        "the copy at byte {offset} of the delta takes {len} bytes from {start} on, \
         but the source has {source_len}"
    )]
    CopyOutOfRange {
        /// Where the operation starts in the delta.
        offset: usize,
        /// First byte to copy, in the source.
        start: usize,
        /// How many bytes to copy.
        len: usize,
        /// How many bytes the source has.
        source_len: usize,
    },
    /// A literal claims more bytes than the delta has left.
    #[error("the literal at byte {offset} of the delta has {got} of its {expected} bytes")]
    LiteralTruncated {
        /// Where the operation starts in the delta.
        offset: usize,
        /// The declared length of the literal.
        expected: usize,
        /// How many bytes are left.
        got: usize,
    },
    /// The operations make more, or fewer, bytes than the header declares.
    #[error(
        "delta declares a target of {declared} bytes, but with the operation at byte {offset} \
         it comes to {got}"
    )]
    WrongSize {
        /// The operation which overruns the target, or the checksum that comes too early.
        offset: usize,
        /// The target size in the delta's header.
        declared: usize,
        /// The size the operations up to here come to.
        got: usize,
    },
    /// The target does not have the checksum the delta ends in: mostly the sign of a wrong source.
    #[error("the target's checksum is {got:#010x}: expected {expected:#010x}")]
    WrongChecksum {
        /// The checksum in the delta.
        expected: u32,
        /// The checksum of what the delta made.
        got: u32,
    },
    /// Bytes follow the checksum.
    #[error("{extra} bytes follow the delta's checksum, from byte {offset} on")]
    TrailingBytes {
        /// Where the delta should have ended.
        offset: usize,
        /// How many bytes follow.
        extra: usize,
    },
}
