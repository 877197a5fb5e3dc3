//! The server's clock, as a reply tells it.

/// Seconds since 1970 of `2026-01-31T12:00:00`; `None` if it is not of that form or no such day or
/// time exists.
pub(crate) fn seconds(clock: &str) -> Option<i64> {
    let number = |range: std::ops::Range<usize>| clock.get(range)?.parse::<i64>().ok();
    let marks = [(4, '-'), (7, '-'), (10, 'T'), (13, ':'), (16, ':')];
    let has_marks =
        marks.iter().all(|&(at, mark)| clock.get(at..).is_some_and(|rest| rest.starts_with(mark)));
    if clock.len() != 19 || !has_marks {
        return None;
    }
    let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
    let (hour, minute, second) = (number(11..13)?, number(14..16)?, number(17..19)?);
    let exists = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..=60).contains(&second);
    exists.then(|| days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second)
}

/// Days from 1970-01-01 to a day of the Gregorian calendar.
///
/// Years are counted from March, so that the leap day is the last of its year; then the months have
/// 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 31 days, which `(153 * month + 2) / 5` adds up.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + leap_days + of_year - DAYS_TO_1970
}

/// Days from 0000-03-01 to 1970-01-01.
const DAYS_TO_1970: i64 = 719_468;

#[cfg(test)]
mod tests {
    use super::*;

    /// Figures by `date -u -d … +%s`.
    #[test]
    fn clocks_are_read_as_date_reads_them() {
        for (clock, expected) in [
            ("1970-01-01T00:00:00", 0),
            ("1969-12-31T23:59:59", -1),
            ("2000-02-29T12:34:56", 951_827_696),
            ("2026-01-31T12:00:00", 1_769_860_800),
            ("2100-03-01T00:00:00", 4_107_542_400),
        ] {
            assert_eq!(seconds(clock), Some(expected), "{clock}");
        }
    }

    #[test]
    fn what_is_no_clock_is_refused() {
        for other in [
            "",
            "2026-01-31 12:00:00",
            "2026-13-31T12:00:00",
            "2026-01-31T24:00:00",
            "2026-01-31T12:00:0é",
            "2026-01-31T12:00:00Z",
        ] {
            assert_eq!(seconds(other), None, "{other}");
        }
    }
}
