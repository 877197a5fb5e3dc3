//! The newest check-ins of a repository that are not private.

use std::fmt::Write as _;

use outcrop_repo::read::{EventKind, TimelineEntry, TimelineFilter};
use outcrop_repo::tx::{DatabaseError, ReadTx};

use super::html::{self, Text};
use super::words::When;
use crate::limits::TIMELINE_LINES;

/// Digits of the names of check-ins that are shown, as Fossil shows them.
const NAME_DIGITS: usize = 10;

/// The newest check-ins, up to so many.
pub(super) fn newest(tx: &ReadTx, most: usize) -> Result<Vec<TimelineEntry>, DatabaseError> {
    let filter = TimelineFilter { kind: Some(EventKind::CheckIn), ..TimelineFilter::default() };
    let mut newest = Vec::new();
    // The further they lie back, the more are private: so one looks for them only so long.
    let looked_at = if most == 1 { most.max(5) } else { TIMELINE_LINES };
    for entry in tx.timeline(&filter, None, looked_at)? {
        if newest.len() == most {
            break;
        }
        if !tx.is_private(entry.rid.get())? {
            newest.push(entry);
        }
    }
    Ok(newest)
}

/// Check-ins, day by day.
pub(super) fn by_day(check_ins: &[TimelineEntry]) -> String {
    let mut shown = String::new();
    for of_one_day in check_ins.chunk_by(|one, other| day(one) == day(other)) {
        if let Some(first) = of_one_day.first() {
            // A `String` takes whatever it is given.
            let _ = writeln!(shown, "<h3>{}</h3>", When::of(first.time).day_in_html());
        }
        shown.push_str("<ol class=\"items\">\n");
        shown.extend(of_one_day.iter().map(item));
        shown.push_str("</ol>\n");
    }
    shown
}

fn day(entry: &TimelineEntry) -> String {
    When::of(entry.time).day
}

fn item(entry: &TimelineEntry) -> String {
    let name = entry.name.to_string();
    let branch = entry.branch.as_deref().unwrap_or_default();
    format!(
        "<li><p class=\"comment\">{}</p><p class=\"by\"><span>{}</span> \
         <span class=\"branch\">{}</span> <code>{}</code> {}</p></li>\n",
        Text(&html::start(&entry.comment)),
        Text(&html::start(&entry.user)),
        Text(&html::start(branch)),
        name.get(..NAME_DIGITS).unwrap_or(&name),
        When::of(entry.time).minute_in_html(),
    )
}
