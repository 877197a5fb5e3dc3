//! Numbers, sizes and times, as people read them.

use outcrop_repo::artifact::Moment;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// So many of something.
pub(super) fn counted(count: u64, one: &str, many: &str) -> String {
    let what = if count == 1 { one } else { many };
    format!("{} {what}", number(count))
}

/// A number, its digits in groups.
pub(super) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// Bytes in the largest unit of which there is at least one.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} bytes");
    }
    let (mut unit, mut whole, mut rest) = ("", bytes, 0);
    for next in UNITS {
        (unit, rest, whole) = (next, whole % 1_000, whole / 1_000);
        if whole < 1_000 {
            break;
        }
    }
    // Of small numbers people want a digit more.
    if whole < 10 { format!("{whole}.{} {unit}", rest / 100) } else { format!("{whole} {unit}") }
}

/// A moment, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct When {
    /// `2024-05-06`.
    pub(super) day: String,
    /// `07:08`.
    pub(super) minute: String,
    /// The day in words.
    pub(super) words: String,
}

impl When {
    pub(super) fn of(moment: Moment) -> Self {
        let text = moment.to_string();
        let (day, time) = text.split_once('T').unwrap_or((&text, ""));
        let mut parts = day.split('-');
        let (year, month, number) = (parts.next(), parts.next(), parts.next());
        let month = month.and_then(|month| month.parse::<usize>().ok()).unwrap_or(1);
        let month = MONTHS.get(month.wrapping_sub(1)).copied().unwrap_or_default();
        let number = number.unwrap_or_default().trim_start_matches('0');
        Self {
            day: day.to_owned(),
            minute: time.get(..5).unwrap_or_default().to_owned(),
            words: format!("{number} {month} {}", year.unwrap_or_default()),
        }
    }

    /// The day, for people and for programs.
    pub(super) fn day_in_html(&self) -> String {
        format!("<time datetime=\"{}\">{}</time>", self.day, self.words)
    }

    /// The time of day, for people and for programs.
    pub(super) fn minute_in_html(&self) -> String {
        let Self { day, minute, .. } = self;
        format!("<time datetime=\"{day}T{minute}Z\">{minute}</time>")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_sizes_are_readable() {
        let numbers = [0, 7, 999, 1_000, 12_345, 1_234_567].map(number);
        assert_eq!(numbers, ["0", "7", "999", "1,000", "12,345", "1,234,567"]);
        assert_eq!(counted(1, "branch", "branches"), "1 branch");
        assert_eq!(counted(0, "branch", "branches"), "0 branches");
        let sizes = [999, 1_000, 9_999, 10_000, 229_376, 4_500_000, 61_234_567_890].map(size);
        assert_eq!(sizes, ["999 bytes", "1.0 kB", "9.9 kB", "10 kB", "229 kB", "4.5 MB", "61 GB"]);
        assert!(size(u64::MAX).ends_with(" TB"));
    }

    #[test]
    fn moments_are_told_in_words() {
        let when = When::of(Moment::parse(b"2024-05-06T07:08:09.123").unwrap());
        assert_eq!(
            (&*when.day, &*when.minute, &*when.words),
            ("2024-05-06", "07:08", "6 May 2024")
        );
        assert_eq!(when.day_in_html(), "<time datetime=\"2024-05-06\">6 May 2024</time>");
        assert_eq!(when.minute_in_html(), "<time datetime=\"2024-05-06T07:08Z\">07:08</time>");
    }
}
