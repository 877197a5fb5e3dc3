//! A delta as a sequence of typed operations.

use super::DeltaError;
use super::int;

/// What follows the number that each operation starts with.
const OPERATOR: &str = "an operator: one of '@', ':' and ';'";

/// One operation of a delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op<'a> {
    /// Append `len` bytes of the source, from `offset` on.
    ///
    /// Neither is checked against the source, which is not known here. Zero bytes are a copy of
    /// nothing: that some descriptions give this a meaning of its own, no Fossil ever did.
    Copy {
        /// First byte to copy.
        offset: usize,
        /// How many bytes to copy.
        len: usize,
    },
    /// Append these bytes.
    Insert(&'a [u8]),
    /// The checksum of the whole target: always the last operation, and always there.
    Checksum(u32),
}

/// The operations of a delta, in order.
///
/// The last item is [`Op::Checksum`] or an error. Made by [`ops`].
#[derive(Debug, Clone)]
pub struct Ops<'a> {
    delta: &'a [u8],
    output_size: usize,
    offset: usize,
    finished: bool,
}

/// Reads the header of `delta`; the operations follow by iteration.
///
/// ```
/// use outcrop_repo::delta::{Op, ops};
///
/// let delta = b"9\n6@3,3:or 2~;";
/// let operations = ops(delta)?.collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(operations[0], Op::Copy { offset: 3, len: 6 });
/// assert_eq!(operations[1], Op::Insert(b"or "));
/// assert_eq!(operations[2], Op::Checksum(191));
/// # Ok::<(), outcrop_repo::delta::DeltaError>(())
/// ```
pub fn ops(delta: &[u8]) -> Result<Ops<'_>, DeltaError> {
    let mut ops = Ops { delta, output_size: 0, offset: 0, finished: false };
    ops.output_size = ops.number()?;
    ops.expect(b'\n', "a newline after the target size")?;
    Ok(ops)
}

/// The size of the target that `delta` declares. Nothing past the header is looked at.
pub fn output_size(delta: &[u8]) -> Result<usize, DeltaError> {
    ops(delta).map(|ops| ops.output_size())
}

impl<'a> Ops<'a> {
    /// The size of the target, as the header declares it.
    #[must_use]
    pub fn output_size(&self) -> usize {
        self.output_size
    }

    /// Where in the delta the next operation starts.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Reads the operation at [`offset`](Self::offset).
    pub(super) fn read(&mut self) -> Result<Op<'a>, DeltaError> {
        let start = self.offset;
        let number = self.number()?;
        match self.byte(OPERATOR)? {
            b'@' => {
                let offset = self.number()?;
                self.expect(b',', "a comma after the copy's offset")?;
                Ok(Op::Copy { offset, len: number })
            }
            b':' => self.literal(start, number).map(Op::Insert),
            b';' => self.trailer(start, number).map(Op::Checksum),
            found => Err(DeltaError::UnexpectedByte {
                offset: self.offset.saturating_sub(1),
                expected: OPERATOR,
                found,
            }),
        }
    }

    /// What is left of the delta.
    fn rest(&self) -> &'a [u8] {
        self.delta.get(self.offset..).unwrap_or_default()
    }

    fn number(&mut self) -> Result<usize, DeltaError> {
        let (value, digits) = int::read(self.rest(), self.offset)?;
        self.offset += digits;
        Ok(value)
    }

    fn byte(&mut self, expected: &'static str) -> Result<u8, DeltaError> {
        let offset = self.offset;
        let byte = self.rest().first().ok_or(DeltaError::Truncated { offset, expected })?;
        self.offset += 1;
        Ok(*byte)
    }

    fn expect(&mut self, wanted: u8, expected: &'static str) -> Result<(), DeltaError> {
        let offset = self.offset;
        match self.byte(expected)? {
            found if found == wanted => Ok(()),
            found => Err(DeltaError::UnexpectedByte { offset, expected, found }),
        }
    }

    fn literal(&mut self, start: usize, len: usize) -> Result<&'a [u8], DeltaError> {
        let rest = self.rest();
        let literal = rest.get(..len).ok_or(DeltaError::LiteralTruncated {
            offset: start,
            expected: len,
            got: rest.len(),
        })?;
        self.offset += len;
        Ok(literal)
    }

    fn trailer(&mut self, start: usize, checksum: usize) -> Result<u32, DeltaError> {
        match self.rest().len() {
            0 => u32::try_from(checksum).map_err(|_| DeltaError::NumberTooLarge { offset: start }),
            extra => Err(DeltaError::TrailingBytes { offset: self.offset, extra }),
        }
    }
}

impl<'a> Iterator for Ops<'a> {
    type Item = Result<Op<'a>, DeltaError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.finished {
            return None;
        }
        let op = self.read();
        self.finished = matches!(op, Ok(Op::Checksum(_)) | Err(_));
        Some(op)
    }
}

impl std::iter::FusedIterator for Ops<'_> {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The error that reading `delta` ends in.
    fn refusal(delta: &[u8]) -> DeltaError {
        ops(delta).and_then(|mut ops| ops.try_for_each(|op| op.map(drop))).unwrap_err()
    }

    #[test]
    fn each_kind_of_operation_is_read() {
        let mut operations = ops(b"1Xb\n4E@0,2:th3~~~~~;").unwrap();
        assert_eq!((operations.output_size(), operations.offset()), (6246, 4));
        assert_eq!(operations.next(), Some(Ok(Op::Copy { offset: 0, len: 270 })));
        assert_eq!(operations.offset(), 9);
        assert_eq!(operations.next(), Some(Ok(Op::Insert(b"th"))));
        assert_eq!(operations.next(), Some(Ok(Op::Checksum(u32::MAX))));
        assert_eq!(operations.next(), None);
    }

    #[test]
    fn the_size_is_read_without_the_rest() {
        assert_eq!(output_size(b"1Xb\nanything"), Ok(6246));
        let expected = "a newline after the target size";
        assert_eq!(output_size(b"1Xb"), Err(DeltaError::Truncated { offset: 3, expected }));
        let wrong = DeltaError::UnexpectedByte { offset: 3, expected, found: b'\r' };
        assert_eq!(output_size(b"1Xb\r\n"), Err(wrong));
    }

    #[test]
    fn a_cut_delta_is_refused_wherever_it_is_cut() {
        let whole = b"5\n3@4,2:ab1;";
        assert!(ops(whole).unwrap().all(|op| op.is_ok()));
        for len in 0..whole.len() {
            refusal(&whole[..len]);
        }
        let expected = "a base-64 number";
        assert_eq!(refusal(b"5\n"), DeltaError::Truncated { offset: 2, expected });
        let short = DeltaError::LiteralTruncated { offset: 2, expected: 6, got: 3 };
        assert_eq!(refusal(b"9\n6:abc"), short);
    }

    #[test]
    fn a_wrong_byte_is_named() {
        let error =
            |offset, expected, found| DeltaError::UnexpectedByte { offset, expected, found };
        assert_eq!(refusal(b"5\n3+4,"), error(3, OPERATOR, b'+'));
        assert_eq!(refusal(b"5\n3@4;"), error(5, "a comma after the copy's offset", b';'));
        assert_eq!(refusal(b"5\n\0"), error(2, "a base-64 number", 0));
    }

    #[test]
    fn nothing_follows_the_checksum() {
        let error = DeltaError::TrailingBytes { offset: 4, extra: 2 };
        assert_eq!(refusal(b"0\n0;0;"), error);
    }

    #[test]
    fn a_checksum_has_32_bits() {
        assert_eq!(refusal(b"0\n400000;"), DeltaError::NumberTooLarge { offset: 2 });
    }

    #[test]
    fn an_error_ends_the_operations() {
        let mut operations = ops(b"5\n?").unwrap();
        assert!(operations.next().unwrap().is_err());
        assert_eq!(operations.next(), None);
    }
}
