//! Times as Fossil writes them into most tables.
//!
//! Fossil prints a time into the text of an SQL statement, and reads the digits back. Its printing
//! keeps sixteen digits and loses a little on the way, so that what is stored differs from the
//! julian day in the last bits. Rows that are to be equal to Fossil's need the same loss: this is
//! the same computation, with numbers of 64 bits of precision as those of the x86 are.

use crate::artifact::Moment;

/// A positive number: `mantissa × 2^exponent`, with the highest bit of the mantissa set.
#[derive(Debug, Clone, Copy)]
struct Extended {
    mantissa: u64,
    exponent: i32,
}

/// Digits that printing keeps.
const DIGITS: u32 = 16;

const TENTH: Extended = Extended::constant(0.1);
const TEN: Extended = Extended::constant(10.0);

/// Half of the last digit, as Fossil comes to it: one multiplication after the other.
const HALF: Extended = {
    let (mut half, mut digit) = (0.5, 0);
    while digit < DIGITS {
        half *= 0.1;
        digit += 1;
    }
    Extended::constant(half)
};

/// A moment as Fossil stores it, where it goes through text.
pub(super) fn of(moment: Moment) -> f64 {
    stored(moment.julian_day())
}

/// A time as Fossil stores it, where it goes through text.
pub(super) fn stored(time: f64) -> f64 {
    let Some(mut number) = Extended::new(time) else { return time };
    // Made to be between 1 and 10, with a tenth that is not quite one.
    let mut point = 0;
    while number.at_least(10) {
        number = number.times(TENTH);
        point += 1;
        if point > 8 {
            return time;
        }
    }
    if !number.at_least(1) {
        return time;
    }
    number = number.plus(HALF);
    if number.at_least(10) {
        number = number.times(TENTH);
        point += 1;
    }
    let mut digits = 0;
    for _ in 0..DIGITS {
        let (digit, rest) = number.split();
        digits = digits * 10 + u64::from(digit);
        number = rest.map_or(Extended::ZERO, |rest| rest.times(TEN));
    }
    read(digits, DIGITS - 1 - point)
}

/// Reads digits of which so many stand behind the point, as the SQLite of Fossil's time does: by a
/// division that rounds to 64 bits, and then to the 53 of the result.
fn read(digits: u64, behind: u32) -> f64 {
    let scale = 10_u64.pow(behind);
    // In two steps, each of them a division of 64 bits.
    let (whole, rest) = (digits / scale, u128::from(digits % scale) << 64);
    let (low, rest) = (rest / u128::from(scale), rest % u128::from(scale));
    // What is lost of the quotient can only matter when all the rest is a tie.
    let quotient = (u128::from(whole) << 65) + low * 2 + u128::from(rest != 0);
    let Extended { mantissa, exponent } = Extended::rounded(quotient, -65);
    round_to_double(mantissa, exponent)
}

/// Rounds to a double, to even at a tie.
fn round_to_double(mantissa: u64, exponent: i32) -> f64 {
    let (kept, rest) = (mantissa >> 11, mantissa & 0x7ff);
    let up = rest > 0x400 || rest == 0x400 && kept & 1 == 1;
    #[expect(
        clippy::cast_precision_loss,
        reason = "54 bits, the last of them 0 if it is not the first"
    )]
    let kept = (kept + u64::from(up)) as f64;
    kept * 2_f64.powi(exponent + 11)
}

/// The time that a stored one was made from. Times have no more than milliseconds.
pub(super) fn exact(stored: f64) -> f64 {
    const MILLIS_PER_DAY: f64 = 86_400_000.0;
    (stored * MILLIS_PER_DAY).round() / MILLIS_PER_DAY
}

impl Extended {
    const ZERO: Self = Self { mantissa: 0, exponent: 0 };

    /// A positive number that is not tiny.
    fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value >= f64::MIN_POSITIVE).then(|| Self::constant(value))
    }

    /// The same of a number that is known to be so.
    const fn constant(value: f64) -> Self {
        let bits = value.to_bits();
        let mantissa = (bits & ((1 << 52) - 1)) | (1 << 52);
        let exponent = (bits >> 52) as i32 - 1075;
        Self { mantissa: mantissa << 11, exponent: exponent - 11 }
    }

    /// Rounds to 64 bits, to even at a tie.
    fn rounded(wide: u128, exponent: i32) -> Self {
        let excess = (128 - wide.leading_zeros()).saturating_sub(64);
        let kept = wide >> excess;
        let (rest, half) = (wide - (kept << excess), (1_u128 << excess) >> 1);
        let up = excess > 0 && (rest > half || rest == half && kept & 1 == 1);
        let kept = kept + u128::from(up);
        // Rounding up may take one more bit.
        let carry = u32::from(kept >> 64 != 0);
        let mantissa = u64::try_from(kept >> carry).unwrap_or(u64::MAX);
        let shift = mantissa.leading_zeros();
        let exponent = exponent + excess.cast_signed() + carry.cast_signed() - shift.cast_signed();
        Self { mantissa: mantissa << shift, exponent }
    }

    fn times(self, other: Self) -> Self {
        let wide = u128::from(self.mantissa) * u128::from(other.mantissa);
        Self::rounded(wide, self.exponent + other.exponent)
    }

    /// Adds a number that is smaller, but not so small that it makes no difference to 128 bits.
    fn plus(self, other: Self) -> Self {
        let by = (self.exponent - other.exponent).unsigned_abs();
        if by > 63 {
            return self;
        }
        let wide = (u128::from(self.mantissa) << by) + u128::from(other.mantissa);
        Self::rounded(wide, other.exponent)
    }

    /// Whether the number is not below another.
    fn at_least(self, bound: u64) -> bool {
        let (whole, _) = self.whole();
        whole >= bound
    }

    /// The part before the point, and how many bits of the mantissa are behind it.
    fn whole(self) -> (u64, u32) {
        let behind = self.exponent.min(0).unsigned_abs();
        (self.mantissa.checked_shr(behind).unwrap_or(0), behind)
    }

    /// The part before the point, below 10, and what is left. Nothing left is `None`.
    fn split(self) -> (u8, Option<Self>) {
        let (whole, behind) = self.whole();
        let rest = self.mantissa - whole.checked_shl(behind).unwrap_or(0);
        let digit = u8::try_from(whole).unwrap_or(9).min(9);
        let shift = rest.leading_zeros();
        let left = Self {
            mantissa: rest.checked_shl(shift).unwrap_or(0),
            exponent: self.exponent - shift.cast_signed(),
        };
        (digit, (rest != 0).then_some(left))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Dates, and what `fossil rebuild` of 2.21 stores for check-ins of these dates.
    #[test]
    fn times_are_those_of_fossil() {
        for (date, bits) in [
            ("2020-09-15T01:37:29.091", 0x4142_c2f1_c8aa_526a),
            ("2017-10-05T10:40:00.000", 0x4142_c0d7_f8e3_8e3a),
            ("2017-09-01T04:20:00.000", 0x4142_c0c6_d71c_71c8),
            ("2020-09-13T12:28:23.250", 0x4142_c2f1_0285_f92d),
            ("2020-09-16T02:24:27.198", 0x4142_c2f2_4cd7_1d77),
            ("2017-10-08T04:20:00.000", 0x4142_c0d9_571c_71c8),
            ("2017-07-27T13:10:00.000", 0x4142_c0b5_0638_e38e),
            ("2017-10-18T11:00:00.000", 0x4142_c0de_7aaa_aaac),
            ("2017-10-03T09:30:00.000", 0x4142_c0d6_f2aa_aaac),
            ("2020-09-14T06:09:24.107", 0x4142_c2f1_60d5_f15d),
            ("2020-09-13T13:16:55.123", 0x4142_c2f1_06d6_5402),
            ("2020-09-15T03:37:50.591", 0x4142_c2f1_d35d_2487),
            ("2017-09-10T02:10:00.000", 0x4142_c0cb_4b8e_38e4),
            ("2020-09-14T17:45:40.972", 0x4142_c2f1_9eba_34a9),
            ("2020-09-14T17:45:38.722", 0x4142_c2f1_9eb9_5a34),
            ("2020-09-16T11:53:14.321", 0x4142_c2f2_7f66_247b),
            ("2017-10-22T13:10:00.000", 0x4142_c0e0_8638_e38e),
            ("2020-09-14T15:32:08.599", 0x4142_c2f1_92db_7065),
        ] {
            let moment = Moment::parse(date.as_bytes()).unwrap();
            assert_eq!(of(moment).to_bits(), bits, "{date}");
        }
    }

    #[test]
    fn the_moment_is_found_again() {
        for millis in [0, 1, 499, 500, 86_399_999] {
            let moment = Moment::from_julian_millis(212_511_600_000_000 + millis).unwrap();
            let day = moment.julian_day();
            assert_eq!(exact(of(moment)).to_bits(), day.to_bits(), "{moment}");
        }
    }
}
