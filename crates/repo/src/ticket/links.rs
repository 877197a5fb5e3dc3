//! Which texts of a ticket can name other artifacts.

use std::borrow::Cow;

use super::layout::Layout;
use super::replay::Card;
use crate::artifact::Moment;
use crate::id::Rid;

/// A text in which links are to be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TicketText<'a> {
    /// The change that it belongs to.
    pub(crate) rid: Rid,
    pub(crate) at: Moment,
    pub(crate) text: Cow<'a, [u8]>,
    pub(crate) mimetype: Mimetype,
}

/// How a text is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Mimetype {
    /// Nobody says. It is read as wiki text.
    #[default]
    Unsaid,
    Wiki,
    Markdown,
    /// It is not read.
    Other,
}

impl Mimetype {
    pub(super) fn of(value: Option<&[u8]>) -> Self {
        let Some(value) = value else { return Self::Unsaid };
        let says = |word: &[u8]| value.windows(word.len()).any(|part| part == word);
        if says(b"wiki") {
            Self::Wiki
        } else if says(b"markdown") {
            Self::Markdown
        } else {
            Self::Other
        }
    }
}

/// The mimetypes of one change.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mimetypes {
    /// Of the fields that only `ticket` has.
    pub(super) ticket: Mimetype,
    /// Of those that `ticketchng` has.
    pub(super) change: Mimetype,
}

impl Mimetypes {
    /// What a change itself says.
    pub(super) fn set_by(cards: &[Card<'_>], layout: &Layout) -> Self {
        let field = layout.find(b"mimetype");
        let last = cards.iter().rfind(|card| Some(card.field) == field);
        let said = last.map_or(Mimetype::Unsaid, |card| Mimetype::of(Some(&card.value)));
        Self { ticket: said, change: said }
    }

    /// What the database has computed for the row in `ticket`.
    pub(super) fn computed_for_ticket(&mut self, value: Option<&[u8]>, layout: &Layout) {
        self.ticket = Mimetype::of(value);
        if !layout.computes_change_mimetype {
            self.change = self.ticket;
        }
    }

    /// What the database has computed for the row in `ticketchng`. Each stands in for the other
    /// where that says nothing.
    pub(super) fn computed_for_change(&mut self, value: Option<&[u8]>, layout: &Layout) {
        self.change = Mimetype::of(value);
        if !layout.computes_ticket_mimetype {
            self.ticket = self.change;
        } else if self.change == Mimetype::Unsaid {
            self.change = self.ticket;
        } else if self.ticket == Mimetype::Unsaid {
            self.ticket = self.change;
        }
    }
}

/// Gathers the texts of one ticket.
///
/// What `ticketchng` keeps of each change counts for ever; of what only `ticket` has, the latest
/// value counts, with all that was appended to it.
#[derive(Debug)]
pub(super) struct Texts<'a> {
    kept: Vec<TicketText<'a>>,
    /// By field.
    latest: Vec<Vec<TicketText<'a>>>,
}

impl<'a> Texts<'a> {
    pub(super) fn new(layout: &Layout) -> Self {
        Self { kept: Vec::new(), latest: layout.fields().iter().map(|_| Vec::new()).collect() }
    }

    pub(super) fn push(
        &mut self,
        (rid, at): (Rid, Moment),
        cards: Vec<Card<'a>>,
        mimetypes: Mimetypes,
        layout: &Layout,
    ) {
        for card in cards {
            let Some(field) = layout.fields().get(card.field) else { continue };
            let text = card.value;
            if field.in_changes {
                self.kept.push(TicketText { rid, at, text, mimetype: mimetypes.change });
            } else if let Some(latest) = self.latest.get_mut(card.field) {
                if !card.is_appended {
                    latest.clear();
                }
                latest.push(TicketText { rid, at, text, mimetype: mimetypes.ticket });
            }
        }
    }

    /// All texts, in the order in which Fossil reads them.
    pub(super) fn finish(mut self) -> Vec<TicketText<'a>> {
        self.kept.extend(self.latest.into_iter().flatten());
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mimetypes_are_known_by_a_word_in_them() {
        assert_eq!(Mimetype::of(None), Mimetype::Unsaid);
        assert_eq!(Mimetype::of(Some(b"")), Mimetype::Other);
        assert_eq!(Mimetype::of(Some(b"text/x-fossil-wiki")), Mimetype::Wiki);
        assert_eq!(Mimetype::of(Some(b"text/x-markdown")), Mimetype::Markdown);
        assert_eq!(Mimetype::of(Some(b"markdown wiki")), Mimetype::Wiki);
        assert_eq!(Mimetype::of(Some(b"text/x-Markdown")), Mimetype::Other);
    }
}
