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
    Ok(now()?.unix_millis().div_euclid(1000))
}

/// A time in seconds since 1970, in words: `2024-05-06 07:08:09`, or nothing if it is no time.
pub(crate) fn date(seconds: i64) -> String {
    let millis = seconds.checked_mul(1000).and_then(|millis| millis.checked_add(EPOCH));
    let moment = millis.and_then(Moment::from_julian_millis);
    let text = moment.map(|moment| moment.to_string()).unwrap_or_default();
    text.split('.').next().unwrap_or_default().replace('T', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_words() {
        assert_eq!(date(1_714_979_289), "2024-05-06 07:08:09");
        assert_eq!(date(i64::MAX), "");
    }
}
