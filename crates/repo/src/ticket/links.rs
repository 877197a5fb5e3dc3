//! Which texts of a ticket can name other artifacts.

use std::borrow::Cow;

use super::layout::Layout;
use super::replay::Card;
use crate::artifact::Moment;
use crate::id::Rid;
use crate::markup::Markup;

/// A text in which links are to be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TicketText<'a> {
    /// The change that it belongs to.
    pub(crate) rid: Rid,
    pub(crate) at: Moment,
    pub(crate) text: Cow<'a, [u8]>,
    pub(crate) markup: Markup,
}

/// How the texts of one change are to be read, where anyone says.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mimetypes {
    /// Of the fields that only `ticket` has.
    ticket: Option<Markup>,
    /// Of those that `ticketchng` has.
    change: Option<Markup>,
}

fn read(mimetype: Option<&[u8]>) -> Option<Markup> {
    mimetype.map(|mimetype| Markup::of_mimetype(Some(mimetype)))
}

impl Mimetypes {
    /// What a change itself says.
    pub(super) fn set_by(cards: &[Card<'_>], layout: &Layout) -> Self {
        let field = layout.find(b"mimetype");
        let last = cards.iter().rfind(|card| Some(card.field) == field);
        let said = read(last.map(|card| &*card.value));
        Self { ticket: said, change: said }
    }

    /// What the database has computed for the row in `ticket`.
    pub(super) fn computed_for_ticket(&mut self, value: Option<&[u8]>, layout: &Layout) {
        self.ticket = read(value);
        if !layout.computes_change_mimetype {
            self.change = self.ticket;
        }
    }

    /// What the database has computed for the row in `ticketchng`. Each stands in for the other
    /// where that says nothing.
    pub(super) fn computed_for_change(&mut self, value: Option<&[u8]>, layout: &Layout) {
        self.change = read(value);
        if layout.computes_ticket_mimetype {
            let (ticket, change) = (self.ticket, self.change);
            self.ticket = ticket.or(change);
            self.change = change.or(ticket);
        } else {
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
            // What nobody says anything about is wiki text.
            let [of_change, of_ticket] =
                [mimetypes.change, mimetypes.ticket].map(|markup| markup.unwrap_or(Markup::Wiki));
            if field.in_changes {
                self.kept.push(TicketText { rid, at, text, markup: of_change });
            } else if let Some(latest) = self.latest.get_mut(card.field) {
                if !card.is_appended {
                    latest.clear();
                }
                latest.push(TicketText { rid, at, text, markup: of_ticket });
            }
        }
    }

    /// All texts, in the order in which Fossil reads them.
    pub(super) fn finish(mut self) -> Vec<TicketText<'a>> {
        self.kept.extend(self.latest.into_iter().flatten());
        self.kept
    }
}
