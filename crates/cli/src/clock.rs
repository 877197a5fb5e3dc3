//! Times, as repositories have them.

use std::time::{SystemTime, UNIX_EPOCH};

use outcrop_repo::artifact::Moment;

use crate::failure::{Exit, Failure};

/// The first of January 1970, in milliseconds of the Julian calendar.
const EPOCH: i64 = 210_866_760_000_000;

/// The time it is.
pub(crate) fn now() -> Result<Moment, Failure> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).ok();
    since
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .and_then(|millis| Moment::from_julian_millis(EPOCH + millis))
        .ok_or_else(|| Failure::new(Exit::Failed, &"the clock of this machine is far off"))
}

/// The time it is, in seconds since 1970.
pub(crate) fn now_in_seconds() -> Result<i64, Failure> {
    now().map(seconds_of)
}

/// A moment, in seconds since 1970.
pub(crate) fn seconds_of(moment: Moment) -> i64 {
    moment.unix_millis().div_euclid(1000)
}

/// A time in seconds since 1970, in words: `2024-05-06 07:08:09`, or nothing if it is no time.
pub(crate) fn date(seconds: i64) -> String {
    let millis = seconds.checked_mul(1000).and_then(|millis| millis.checked_add(EPOCH));
    let moment = millis.and_then(Moment::from_julian_millis);
    let text = moment.map(|moment| moment.to_string()).unwrap_or_default();
    text.split('.').next().unwrap_or_default().replace('T', " ")
}

/// A date as it is typed: `2024-05-06`, with a time behind it or not, or `now`.
pub(crate) fn parse_date(text: &str) -> Result<Moment, String> {
    if text == "now" {
        return now().map_err(|error| error.to_string());
    }
    // A moment could be told as a number too; a slip of the finger is more likely.
    let is_calendar =
        text.len() >= 10 && text.split('-').next().is_some_and(|year| year.len() == 4);
    let moment = is_calendar.then(|| Moment::parse(text.as_bytes())).flatten();
    moment.ok_or_else(|| "not of the form 2024-05-06 or 2024-05-06T07:08:09".to_owned())
}

/// The end of a date as it is typed: of its second, minute or day.
pub(crate) fn parse_end_of_date(text: &str) -> Result<Moment, String> {
    let rest = match text.len() {
        10 => "T23:59:59.999",
        16 => ":59.999",
        19 => ".999",
        _ => "",
    };
    parse_date(&format!("{text}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_words() {
        assert_eq!(date(1_714_979_289), "2024-05-06 07:08:09");
        assert_eq!(date(i64::MAX), "");
    }

    #[test]
    fn dates_are_typed_in_a_few_forms() {
        for (text, seconds) in [
            ("2024-05-06", 1_714_953_600),
            ("2024-05-06 07:08:09", 1_714_979_289),
            ("2024-05-06T09:08:09+02:00", 1_714_979_289),
            ("2024-05-06T07:08", 1_714_979_280),
        ] {
            assert_eq!(parse_date(text).map(seconds_of), Ok(seconds), "{text}");
        }
        let end = |text| parse_end_of_date(text).map(|end| end.to_string());
        assert_eq!(end("2024-05-06"), Ok("2024-05-06T23:59:59.999".to_owned()));
        assert_eq!(end("2024-05-06 07:08"), Ok("2024-05-06T07:08:59.999".to_owned()));
        assert_eq!(end("2024-05-06T07:08:09Z"), Ok("2024-05-06T07:08:09.000".to_owned()));
        assert!(parse_date("now").is_ok());
        for bad in ["", "2024", "2024-5-6", "07:08:09", "2460437.5", "2024-13-01", "yesterday"] {
            assert!(parse_date(bad).is_err(), "{bad}");
        }
    }
}
