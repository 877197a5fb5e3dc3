//! The dates of D and E cards.
//!
//! Fossil writes `2010-01-02T03:04:05.678`, in UTC. It reads whatever SQLite's `julianday()` makes a
//! number above zero of, and so does [`Moment::parse`]:
//!
//! | form | example |
//! |---|---|
//! | date, with a time after a `T` | `2010-01-02`, `2010-01-02T03:04`, `-0100-01-02T03:04:05.678` |
//! | a time, on the first day of 2000 | `03:04`, `03:04:05.678` |
//! | either, with a time zone | `03:04Z`, `2010-01-02T03:04:05-08:00` |
//! | a julian day | `2455198.5`, `2.4e6` |
//!
//! The one exception is the current time, which SQLite reads `now` as: an artifact has no such
//! thing, so its card holds no date.
//!
//! Releases of SQLite differ at the edges. Hours up to `24:59` are read here as Fossil 2.21 reads
//! them, where 2.29 stops at `24:00`. Decimals from `.9995` on are cut, and years before our era
//! counted, as 2.29 does it; 2.21 rounds the first up, and is a day off in some of the latter.

use std::fmt;

const MILLIS_PER_DAY: i64 = 86_400_000;
/// 1970-01-01, as milliseconds since the start of julian days.
const UNIX_EPOCH: i64 = 210_866_760_000_000;
/// 2000-01-01, the day of a time that stands alone.
const DEFAULT_DAY: i64 = 211_813_444_800_000;
/// 9999-12-31T23:59:59.999, where SQLite's calendar ends.
const LAST: i64 = 464_269_060_799_999;

/// A moment in time, to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment {
    /// Milliseconds since noon of day zero, 4714 years before our era.
    julian_millis: i64,
}

impl Moment {
    /// Reads the date of a card.
    #[must_use]
    pub fn parse(word: &[u8]) -> Option<Self> {
        let millis = calendar_form(word)
            .or_else(|| Some(DEFAULT_DAY + clock_form(word)?))
            .or_else(|| julian_day_form(word))?;
        Self::from_julian_millis(millis)
    }

    /// The moment so many milliseconds after the start of julian days, up to the year 9999.
    #[must_use]
    pub fn from_julian_millis(julian_millis: i64) -> Option<Self> {
        (1..=LAST).contains(&julian_millis).then_some(Self { julian_millis })
    }

    /// The moment so many milliseconds after 1970-01-01; the last one there is, if that is past the
    /// year 9999.
    #[must_use]
    pub fn since_1970(millis: u64) -> Self {
        let millis = i64::try_from(millis).unwrap_or(LAST).min(LAST - UNIX_EPOCH);
        Self { julian_millis: UNIX_EPOCH + millis }
    }

    /// Milliseconds since the start of julian days.
    #[must_use]
    pub const fn julian_millis(self) -> i64 {
        self.julian_millis
    }

    /// Milliseconds since 1970-01-01.
    #[must_use]
    pub const fn unix_millis(self) -> i64 {
        self.julian_millis - UNIX_EPOCH
    }

    /// The julian day, as Fossil's tables hold times.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "below 2^53: every value up to the year 9999 is exact"
    )]
    pub fn julian_day(self) -> f64 {
        self.julian_millis as f64 / MILLIS_PER_DAY as f64
    }
}

impl fmt::Display for Moment {
    /// Writes the form that Fossil gives D cards.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Julian days start at noon.
        let since_midnight = self.julian_millis + MILLIS_PER_DAY / 2;
        let (year, month, day) = civil_from_julian(since_midnight / MILLIS_PER_DAY);
        let millis = since_midnight % MILLIS_PER_DAY;
        let seconds = millis / 1000;
        let sign = if year < 0 { "-" } else { "" };
        write!(
            f,
            "{sign}{:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}.{:03}",
            year.abs(),
            seconds / 3600,
            seconds / 60 % 60,
            seconds % 60,
            millis % 1000
        )
    }
}

/// `[-]YYYY-MM-DD`, alone or with a time behind it.
fn calendar_form(word: &[u8]) -> Option<i64> {
    let (sign, word) = word.strip_prefix(b"-").map_or((1, word), |rest| (-1, rest));
    let (&[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2], rest) = word.split_first_chunk::<10>()?
    else {
        return None;
    };
    let year = sign * number(&[y1, y2, y3, y4])?;
    let month = number(&[m1, m2]).filter(|month| (1..=12).contains(month))?;
    let day = number(&[d1, d2]).filter(|day| (1..=31).contains(day))?;
    let time = skip_while(rest, |byte| is_space(byte) || byte == b'T');
    let since_midnight = if time.is_empty() { 0 } else { clock_form(time)? };
    // SQLite's calendar starts in this year.
    (year >= -4713).then(|| julian_from_civil(year, month, day) + since_midnight)
}

/// `HH:MM[:SS[.FFF]]`, with or without a time zone: milliseconds since midnight UTC.
fn clock_form(word: &[u8]) -> Option<i64> {
    let (&[h1, h2, b':', m1, m2], mut rest) = word.split_first_chunk::<5>()? else {
        return None;
    };
    let hours = number(&[h1, h2]).filter(|&hours| hours <= 24)?;
    let minutes = number(&[m1, m2]).filter(|&minutes| minutes <= 59)?;
    let mut second_millis = 0;
    if let Some(seconds) = rest.strip_prefix(b":") {
        (second_millis, rest) = seconds_form(seconds)?;
    }
    let zone_minutes = zone_form(rest)?;
    Some((hours * 60 + minutes - zone_minutes) * 60_000 + second_millis)
}

/// `SS[.FFF]`, in milliseconds, and what follows it.
fn seconds_form(word: &[u8]) -> Option<(i64, &[u8])> {
    let (whole, rest) = word.split_first_chunk::<2>()?;
    let whole = number(whole).filter(|&seconds| seconds <= 59)?;
    let Some(after_point) = rest.strip_prefix(b".") else {
        return Some((whole * 1000, rest));
    };
    let rest = skip_while(after_point, |byte| byte.is_ascii_digit());
    let digits = after_point.strip_suffix(rest)?;
    if digits.is_empty() {
        return None;
    }
    Some((whole * 1000 + fraction_millis(digits)?, rest))
}

/// The milliseconds that the decimals of a second come to, in SQLite's own arithmetic, so that the
/// last digit is the same.
///
/// `None` if there are more digits than a floating point number can take.
#[expect(clippy::cast_possible_truncation, reason = "below one second")]
fn fraction_millis(digits: &[u8]) -> Option<i64> {
    let (mut value, mut scale) = (0.0_f64, 1.0_f64);
    for digit in digits {
        value = value * 10.0 + f64::from(digit - b'0');
        scale *= 10.0;
    }
    let fraction = value / scale;
    fraction.is_finite().then_some((fraction.min(0.999) * 1000.0 + 0.5) as i64)
}

/// Nothing, `Z`, or `+HH:MM`, with white space around it: minutes east of Greenwich.
fn zone_form(word: &[u8]) -> Option<i64> {
    let word = skip_while(word, is_space);
    let (minutes, rest) = match *word {
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, ref rest @ ..] => {
            let hours = number(&[h1, h2]).filter(|&hours| hours <= 14)?;
            let minutes = number(&[m1, m2]).filter(|&minutes| minutes <= 59)?;
            let east = hours * 60 + minutes;
            (if sign == b'-' { -east } else { east }, rest)
        }
        [b'Z' | b'z', ref rest @ ..] | ref rest => (0, rest),
    };
    skip_while(rest, is_space).is_empty().then_some(minutes)
}

/// A decimal number: the julian day itself.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what is behind the point goes, and a day out of range is not used"
)]
fn julian_day_form(word: &[u8]) -> Option<i64> {
    let number = word.trim_ascii();
    let is_decimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-');
    // Without this check, Rust would take infinities.
    if !number.iter().all(is_decimal) {
        return None;
    }
    let day: f64 = str::from_utf8(number).ok()?.parse().ok()?;
    (0.0..5_373_484.5).contains(&day).then_some((day * 86_400_000.0 + 0.5) as i64)
}

/// Reads digits, and nothing but digits.
fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |value, digit| {
        digit.is_ascii_digit().then(|| value * 10 + i64::from(digit - b'0'))
    })
}

fn skip_while(word: &[u8], skip: impl Fn(u8) -> bool) -> &[u8] {
    let start = word.iter().position(|&byte| !skip(byte));
    start.and_then(|at| word.get(at..)).unwrap_or_default()
}

/// White space as SQLite knows it; a word of a card can hold all but space and newline.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

/// The julian milliseconds at the start of a day (Meeus, *Astronomical Algorithms*).
///
/// Days past the end of their month run on into the next, as in SQLite.
fn julian_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month <= 2 { (year - 1, month + 12) } else { (year, month) };
    let century = (year + 4800) / 100;
    let days = 36_525 * (year + 4716) / 100 + 306_001 * (month + 1) / 10_000 + day + 38 - century
        + century / 4;
    // The formula counts from 1524.5 days before the first julian day.
    days * MILLIS_PER_DAY - 3049 * (MILLIS_PER_DAY / 2)
}

/// Year, month and day of a julian day number.
fn civil_from_julian(day_number: i64) -> (i64, i64, i64) {
    const DAYS_PER_ERA: i64 = 146_097;
    // Eras of 400 years, each from the first of March, so that leap days come last. Day number
    // 1721120 starts one; four eras more keep years before our era positive.
    let days = day_number - 1_721_120 + 13 * DAYS_PER_ERA;
    let era = days / DAYS_PER_ERA;
    let day_of_era = days % DAYS_PER_ERA;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    let year = year_of_era + (era - 13) * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn millis(word: &str) -> Option<i64> {
        Moment::parse(word.as_bytes()).map(Moment::julian_millis)
    }

    #[test]
    fn every_form_gives_the_value_that_sqlite_gives() {
        for (word, expected) in [
            ("2010-01-02T03:04:05.678", 212_129_161_445_678),
            ("2010-01-02T03:04:05", 212_129_161_445_000),
            ("2010-01-02T03:04", 212_129_161_440_000),
            ("2010-01-02", 212_129_150_400_000),
            ("2010-01-02TT\t03:04", 212_129_161_440_000),
            ("2010-01-0203:04", 212_129_161_440_000),
            ("2010-01-02T", 212_129_150_400_000),
            ("2010-01-02T03:04:05Z", 212_129_161_445_000),
            ("2010-01-02T03:04:05z\t", 212_129_161_445_000),
            ("2010-01-02T03:04:05+01:30", 212_129_156_045_000),
            ("2010-01-02T03:04:05-01:30", 212_129_166_845_000),
            ("2010-01-02T24:59", 212_129_240_340_000),
            ("2010-02-31", 212_134_334_400_000),
            ("03:04", DEFAULT_DAY + 11_040_000),
            ("0000-01-01", 148_699_540_800_000),
            ("2440587.5", UNIX_EPOCH),
            ("+2.4405875e6", UNIX_EPOCH),
            ("\t1.", MILLIS_PER_DAY),
            (".5", MILLIS_PER_DAY / 2),
            ("9999-12-31T23:59:59.999", LAST),
            ("9999-12-31T23:59:59.99951", LAST),
            ("03:04:05.0005", DEFAULT_DAY + 11_045_001),
            ("24:59", DEFAULT_DAY + 89_940_000),
            ("-0100-03-02", 145_549_051_200_000),
        ] {
            assert_eq!(millis(word), Some(expected), "{word}");
        }
    }

    #[test]
    fn what_sqlite_does_not_read_is_no_date() {
        for word in [
            "",
            "now",
            "subsec",
            "2010-1-02",
            "2010-13-02",
            "2010-00-02",
            "2010-01-32",
            "2010-01-02x",
            "2010-01-02T03",
            "2010-01-02T03:04:5",
            "2010-01-02T03:04:60",
            "2010-01-02T03:60",
            "2010-01-02T25:00",
            "2010-01-02T03:04:05.",
            "2010-01-02T03:04:05.x",
            "2010-01-02T03:04:05+15:00",
            "2010-01-02T03:04:05+1",
            "2010-01-02t03:04",
            "9999-12-31T24:00",
            "-4714-01-01",
            "0",
            "-1",
            "5373484.5",
            "1e",
            "inf",
            "nan",
            ".",
            "1_0",
        ] {
            assert_eq!(millis(word), None, "{word}");
        }
    }

    #[test]
    fn more_decimals_than_a_number_can_take_are_no_date() {
        let word = format!("03:04:05.{}", "9".repeat(400));
        assert_eq!(millis(&word), None);
    }

    #[test]
    fn the_standard_form_is_written() {
        for word in
            ["2010-01-02T03:04:05.678", "2000-02-29T00:00:00.000", "0000-03-01T23:59:59.999"]
        {
            let moment = Moment::parse(word.as_bytes()).unwrap();
            assert_eq!(moment.to_string(), word);
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(julian_millis in 1..=LAST) {
            let moment = Moment::from_julian_millis(julian_millis).unwrap();
            let written = moment.to_string();
            prop_assert_eq!(Moment::parse(written.as_bytes()), Some(moment));
        }
    }
}
