//! The header `Retry-After`: when a server wants to be asked again.

use std::time::{Duration, SystemTime};

use ::http::{HeaderMap, HeaderName, header};
use httpdate::parse_http_date;

use crate::{Clock as _, SystemClock};

/// The longest time that a server is believed to want.
const LONGEST: Duration = Duration::from_hours(24);

/// How long the server asks to be left alone: seconds, or a date.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let wanted = text(headers, header::RETRY_AFTER)?;
    if wanted.bytes().all(|byte| byte.is_ascii_digit()) && !wanted.is_empty() {
        // More digits than a number has are a long time, too.
        let seconds = wanted.parse().map_or(LONGEST, Duration::from_secs);
        return Some(seconds.min(LONGEST));
    }
    let then = parse_http_date(wanted).ok()?;
    Some(then.duration_since(now(headers)).unwrap_or_default().min(LONGEST))
}

/// The time it is for the server, whose clock the date is by.
fn now(headers: &HeaderMap) -> SystemTime {
    let told = text(headers, header::DATE).and_then(|date| parse_http_date(date).ok());
    told.unwrap_or_else(|| SystemClock.now())
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ::http::HeaderValue;

    fn after(wanted: &'static str, date: Option<&'static str>) -> Option<u64> {
        let mut headers = HeaderMap::new();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static(wanted));
        if let Some(date) = date {
            headers.insert(header::DATE, HeaderValue::from_static(date));
        }
        retry_after(&headers).map(|after| after.as_secs())
    }

    #[test]
    fn seconds_and_dates_are_read() {
        assert_eq!(after("120", None), Some(120));
        assert_eq!(after(" 0 ", None), Some(0));
        let date = Some("Fri, 21 Aug 2026 16:59:42 GMT");
        assert_eq!(after("Fri, 21 Aug 2026 17:00:00 GMT", date), Some(18));
        assert_eq!(after("Fri, 21 Aug 2026 16:00:00 GMT", date), Some(0));
        let soon = httpdate::fmt_http_date(SystemClock.now() + Duration::from_secs(100));
        let wanted = after(Box::leak(soon.into_boxed_str()), None).unwrap();
        assert!((95..=100).contains(&wanted), "{wanted}");
    }

    #[test]
    fn nonsense_is_nothing_and_no_time_is_endless() {
        for wanted in ["", "soon", "-1", "1.5", "Fri, 99 Aug 2026"] {
            assert_eq!(after(wanted, None), None, "{wanted}");
        }
        assert_eq!(retry_after(&HeaderMap::new()), None);
        assert_eq!(after("99999999999999999999999999", None), Some(86400));
        assert_eq!(after("Mon, 21 Aug 9026 17:00:00 GMT", None), Some(86400));
    }
}
