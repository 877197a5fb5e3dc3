//! Source and delta to target.

use super::{DeltaError, Op, Ops, checksum, ops};

/// Makes the target from `source` and `delta`.
///
/// A target larger than `limit` bytes is refused. So is a delta that breaks the format, reaches
/// outside of the source, or does not come to the size and checksum it declares. Memory is taken
/// once, for exactly the target, after the operations are proven to fill it: what a header merely
/// claims costs nothing.
pub fn apply(source: &[u8], delta: &[u8], limit: usize) -> Result<Vec<u8>, DeltaError> {
    let mut target = Vec::new();
    apply_into(source, delta, &mut target, limit)?;
    Ok(target)
}

/// Does what [`apply`] does, into a buffer whose memory is used again.
///
/// What `target` held is dropped; after an error it is empty.
pub fn apply_into(
    source: &[u8],
    delta: &[u8],
    target: &mut Vec<u8>,
    limit: usize,
) -> Result<(), DeltaError> {
    target.clear();
    let operations = ops(delta)?;
    let expected = check(operations.clone(), source.len(), limit)?;
    target.reserve_exact(operations.output_size());
    fill(operations, source, target)?;

    let got = checksum(target);
    if got != expected {
        target.clear();
        return Err(DeltaError::WrongChecksum { expected, got });
    }
    Ok(())
}

/// Proves that the operations stay within the source and come to the size the header declares,
/// which must be within `limit`. Gives the checksum.
fn check(mut operations: Ops<'_>, source_len: usize, limit: usize) -> Result<u32, DeltaError> {
    let declared = operations.output_size();
    if declared > limit {
        return Err(DeltaError::OverLimit { declared, limit });
    }
    let mut produced = 0_usize;
    loop {
        let offset = operations.offset();
        let added = match operations.read()? {
            Op::Copy { offset: start, len } => {
                if start.checked_add(len).is_none_or(|end| end > source_len) {
                    return Err(DeltaError::CopyOutOfRange { offset, start, len, source_len });
                }
                len
            }
            Op::Insert(literal) => literal.len(),
            Op::Checksum(_) if produced != declared => {
                return Err(DeltaError::WrongSize { offset, declared, got: produced });
            }
            Op::Checksum(expected) => return Ok(expected),
        };
        // Neither can the sum overflow: an operation adds no more than a slice in memory has.
        produced = produced.saturating_add(added);
        if produced > declared {
            return Err(DeltaError::WrongSize { offset, declared, got: produced });
        }
    }
}

/// Carries out operations that [`check`] has passed.
fn fill(operations: Ops<'_>, source: &[u8], target: &mut Vec<u8>) -> Result<(), DeltaError> {
    for operation in operations {
        match operation? {
            Op::Copy { offset, len } => {
                target.extend_from_slice(source.get(offset..offset + len).unwrap_or_default());
            }
            Op::Insert(literal) => target.extend_from_slice(literal),
            Op::Checksum(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &[u8] = b"0123456789";

    fn refusal(delta: &[u8]) -> DeltaError {
        apply(SOURCE, delta, 100).unwrap_err()
    }

    #[test]
    fn copies_and_literals_make_the_target() {
        let delta = b"9\n3@4,2:ab4@0,39PMUJ;";
        assert_eq!(apply(SOURCE, delta, 9).unwrap(), b"456ab0123");
    }

    #[test]
    fn operations_of_no_bytes_are_allowed() {
        assert_eq!(apply(SOURCE, b"0\n0:0@0,0@A,0;", 0).unwrap(), b"");
    }

    #[test]
    fn the_buffer_is_used_again() {
        let mut target = Vec::with_capacity(64);
        target.extend_from_slice(b"the target before");
        apply_into(SOURCE, b"4\n4@0,lCJ8o;", &mut target, 4).unwrap();
        assert_eq!((&target[..], target.capacity()), (&b"0123"[..], 64));
        apply_into(SOURCE, b"4\n4@0,0;", &mut target, 4).unwrap_err();
        assert_eq!((&target[..], target.capacity()), (&b""[..], 64));
    }

    #[test]
    fn a_target_over_the_limit_is_refused() {
        let error = apply(SOURCE, b"5\n5:abcde0;", 4).unwrap_err();
        assert_eq!(error, DeltaError::OverLimit { declared: 5, limit: 4 });
    }

    #[test]
    fn a_declared_size_alone_takes_no_memory() {
        let mut target = Vec::new();
        let error = apply_into(b"", b"~~~~~\n0;", &mut target, usize::MAX).unwrap_err();
        let declared = (1 << 30) - 1;
        assert_eq!(error, DeltaError::WrongSize { offset: 6, declared, got: 0 });
        assert_eq!(target.capacity(), 0);
    }

    #[test]
    fn a_copy_past_the_source_is_refused() {
        let source_len = SOURCE.len();
        let error = |start, len| DeltaError::CopyOutOfRange { offset: 2, start, len, source_len };
        assert_eq!(refusal(b"B\nB@0,0;"), error(0, 11));
        assert_eq!(refusal(b"2\n2@9,0;"), error(9, 2));
        assert_eq!(refusal(b"0\n0@B,0;"), error(11, 0));
        let start = usize::MAX;
        let delta = [b"2\n2@", &b"F~~~~~~~~~~"[if usize::BITS == 64 { 0 } else { 5 }..], b",0;"];
        assert_eq!(refusal(&delta.concat()), error(start, 2));
    }

    #[test]
    fn output_must_come_to_the_declared_size() {
        let error = |offset, got| DeltaError::WrongSize { offset, declared: 4, got };
        assert_eq!(refusal(b"4\n5@0,0;"), error(2, 5));
        assert_eq!(refusal(b"4\n3@0,2:ab0;"), error(6, 5));
        assert_eq!(refusal(b"4\n3@0,0;"), error(6, 3));
    }

    #[test]
    fn the_checksum_must_match() {
        let (expected, got) = (1, 0x3031_3233);
        assert_eq!(refusal(b"4\n4@0,1;"), DeltaError::WrongChecksum { expected, got });
    }
}
