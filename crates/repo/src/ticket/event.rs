//! What the timeline says about a change of a ticket.

use super::layout::{Layout, Shown};
use crate::artifact::{Moment, Ticket};
use crate::crosslink::text::html;
use crate::id::Rid;
use crate::limits;

/// A row of the timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TicketEvent {
    pub(crate) rid: Rid,
    pub(crate) at: Moment,
    pub(crate) user: Vec<u8>,
    pub(crate) comment: Vec<u8>,
    pub(crate) brief: Vec<u8>,
}

/// Title and status of a ticket at one moment; `None` where the database holds nothing.
#[derive(Debug, Default)]
pub(super) struct Appearance {
    pub(super) title: Option<Vec<u8>>,
    pub(super) status: Option<Vec<u8>>,
}

/// Makes the rows of one ticket.
#[derive(Debug)]
pub(super) struct Timeline<'l> {
    layout: &'l Layout,
    /// The identifier, as the links of a text have it: `[long|short]`.
    link: Vec<u8>,
    /// Bytes of all texts so far.
    spent: usize,
    pub(super) events: Vec<TicketEvent>,
}

/// What stands for the value of a column that the table lacks.
const UNKNOWN: &[u8] = b"unknown";

impl<'l> Timeline<'l> {
    pub(super) fn new(layout: &'l Layout, uuid: &[u8]) -> Self {
        let digits = HashDigits::of(layout.settings.hash_digits);
        let prefix = |digits| uuid.get(..digits).unwrap_or(uuid);
        let link = [b"[", prefix(digits.in_links), b"|", prefix(digits.shown), b"]"].concat();
        Self { layout, link, spent: 0, events: Vec::new() }
    }

    /// Adds the row of one change.
    pub(super) fn push(&mut self, rid: Rid, change: &Ticket<'_>, now: &Appearance) {
        let is_first = self.events.is_empty();
        let count = change.fields.len();
        let title = self.text(self.layout.title.as_ref(), now.title.as_deref());
        let set_status = change
            .fields
            .iter()
            .find(|field| !field.is_appended && field.name == self.layout.settings.status)
            .map(|field| field.value.decode());
        let link = self.link.as_slice();
        let (comment, brief) = if is_first {
            (
                join(&[b"New ticket ", link, b" <i>", &title, b"</i>."]),
                join(&[b"New ticket ", link, b"."]),
            )
        } else if let Some(status) = set_status {
            let status = self.shown(&status);
            let others = match count - 1 {
                0 => String::new(),
                others => format!(" plus {}", counted(others, "other change")),
            };
            let head = join(&[&status, b" ticket ", link]);
            (join(&[&head, b": <i>", &title, b"</i>", others.as_bytes()]), join(&[&head, b"."]))
        } else {
            let status = self.text(self.layout.status.as_ref(), now.status.as_deref());
            let (others, all) = (counted(count, "other change"), counted(count, "change"));
            let head = join(&[b"Ticket ", link]);
            let status = join(&[b" status still ", &status, b" with "]);
            (
                join(&[&head, b" <i>", &title, b"</i>", &status, others.as_bytes()]),
                join(&[&head, b": ", all.as_bytes()]),
            )
        };
        self.spent += comment.len() + brief.len();
        let (at, user) = (change.date, change.user.decode().into_owned());
        self.events.push(TicketEvent { rid, at, user, comment, brief });
    }

    fn text(&self, column: Option<&Shown>, value: Option<&[u8]>) -> Vec<u8> {
        match column {
            Some(_) => self.shown(value.unwrap_or_default()),
            None => UNKNOWN.to_vec(),
        }
    }

    /// A long title stands in the text of each change, so many changes would multiply it.
    fn shown(&self, text: &[u8]) -> Vec<u8> {
        let is_too_long = self.spent + text.len() > limits::TICKET_EVENT_TEXTS;
        html(if is_too_long { beginning(text, limits::TICKET_SHORT_TITLE) } else { text })
    }
}

/// No more than so many bytes, and no part of a letter.
fn beginning(text: &[u8], most: usize) -> &[u8] {
    let is_inside = |at: &usize| text.get(*at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let end = (0..=most.min(text.len())).rev().find(|at| !is_inside(at));
    text.get(..end.unwrap_or(0)).unwrap_or_default()
}

/// How many digits of a name are shown.
#[derive(Debug, PartialEq, Eq)]
struct HashDigits {
    shown: usize,
    in_links: usize,
}

impl HashDigits {
    const LONGEST: usize = 64;

    fn of(setting: Option<i64>) -> Self {
        let shown = setting.map_or(10, |digits| usize::try_from(digits.max(0)).unwrap_or(10));
        let shown = shown.clamp(6, Self::LONGEST);
        Self { shown, in_links: (shown + 6).clamp(16, Self::LONGEST) }
    }
}

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_have_bounds() {
        for (setting, shown, in_links) in [
            (None, 10, 16),
            (Some(-3), 6, 16),
            (Some(11), 11, 17),
            (Some(60), 60, 64),
            (Some(1000), 64, 64),
        ] {
            assert_eq!(HashDigits::of(setting), HashDigits { shown, in_links });
        }
    }

    #[test]
    fn letters_are_not_torn() {
        let text = "aé€".as_bytes();
        for (most, end) in [(0, 0), (1, 1), (2, 1), (3, 3), (5, 3), (6, 6), (9, 6)] {
            assert_eq!(beginning(text, most), &text[..end], "{most}");
        }
    }

    #[test]
    fn markup_in_titles_is_only_shown() {
        assert_eq!(html(b"<a href=\"x\">&'\xff"), b"&lt;a href=&quot;x&quot;&gt;&amp;&#39;\xff");
    }
}
