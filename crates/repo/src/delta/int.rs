//! The numbers of the delta format: base 64, most significant digit first, no padding.
//!
//! The digits are in ASCII order, which makes `0` to `9` stand for themselves.

use super::DeltaError;

/// The digits by value.
const DIGITS: [u8; 64] = *b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~";

/// What one digit carries.
const BITS_PER_DIGIT: u32 = 6;

/// Marks a byte that is no digit.
const NO_DIGIT: u8 = 0xff;

/// The values by digit.
const VALUES: [u8; 256] = values_by_digit();

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated by the compiler, which refuses an index out of range"
)]
#[expect(clippy::cast_possible_truncation, reason = "a digit's value is below 64")]
const fn values_by_digit() -> [u8; 256] {
    let mut values = [NO_DIGIT; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
}

/// How many digits `value` takes.
pub(super) fn digit_count(value: usize) -> usize {
    let bits = usize::BITS - value.leading_zeros();
    bits.div_ceil(BITS_PER_DIGIT).max(1) as usize
}

/// Appends `value`, in as few digits as it takes.
pub(super) fn write(value: usize, out: &mut Vec<u8>) {
    let digits = u32::try_from(digit_count(value)).unwrap_or(usize::BITS);
    for place in (0..digits).rev() {
        let digit = (value >> (place * BITS_PER_DIGIT)) % DIGITS.len();
        out.extend(DIGITS.get(digit));
    }
}

/// Reads the number at the start of `bytes`, and tells how many digits it has.
///
/// Leading zeros are read, as Fossil does. No digit at all is an error: Fossil reads it as zero,
/// but never writes it. `offset` is where `bytes` starts in the delta, for the error.
pub(super) fn read(bytes: &[u8], offset: usize) -> Result<(usize, usize), DeltaError> {
    const EXPECTED: &str = "a base-64 number";
    let mut value = 0_usize;
    let mut digits = 0;
    for byte in bytes {
        let digit = VALUES.get(usize::from(*byte)).copied().unwrap_or(NO_DIGIT);
        if digit == NO_DIGIT {
            break;
        }
        if value >> (usize::BITS - BITS_PER_DIGIT) != 0 {
            return Err(DeltaError::NumberTooLarge { offset });
        }
        value = (value << BITS_PER_DIGIT) | usize::from(digit);
        digits += 1;
    }
    match (digits, bytes.first()) {
        (0, None) => Err(DeltaError::Truncated { offset, expected: EXPECTED }),
        (0, Some(&found)) => Err(DeltaError::UnexpectedByte { offset, expected: EXPECTED, found }),
        _ => Ok((value, digits)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: usize) -> Vec<u8> {
        let mut out = Vec::new();
        write(value, &mut out);
        out
    }

    #[test]
    fn numbers_are_written_as_fossil_writes_them() {
        for (value, digits) in [
            (0, "0"),
            (9, "9"),
            (10, "A"),
            (36, "_"),
            (37, "a"),
            (63, "~"),
            (64, "10"),
            (6246, "1Xb"),
            (3_193_528_526, "2zMM3E"),
            (4_294_967_295, "3~~~~~"),
        ] {
            assert_eq!(written(value), digits.as_bytes());
            assert_eq!(read(digits.as_bytes(), 0), Ok((value, digits.len())));
            assert_eq!(digit_count(value), digits.len());
        }
    }

    #[test]
    fn every_width_comes_back() {
        for bit in 0..usize::BITS {
            for value in [(1 << bit) - 1, 1 << bit, usize::MAX >> bit] {
                let digits = written(value);
                assert_eq!(digits.len(), digit_count(value));
                assert_eq!(read(&digits, 0), Ok((value, digits.len())));
            }
        }
    }

    #[test]
    fn reading_stops_at_the_first_other_byte() {
        assert_eq!(read(b"1Xb@0", 0), Ok((6246, 3)));
        assert_eq!(read(b"0001,", 0), Ok((1, 4)));
    }

    #[test]
    fn no_number_is_an_error() {
        let expected = "a base-64 number";
        assert_eq!(read(b"", 7), Err(DeltaError::Truncated { offset: 7, expected }));
        let found = b'@';
        assert_eq!(read(b"@", 7), Err(DeltaError::UnexpectedByte { offset: 7, expected, found }));
    }

    #[test]
    fn a_number_past_the_machine_is_an_error() {
        assert_eq!(read(b"~~~~~~~~~~~~", 3), Err(DeltaError::NumberTooLarge { offset: 3 }));
    }
}
