//! The row of a ticket while its changes are replayed.
//!
//! Fossil writes the row after each change. Here values wait until someone must read them from the
//! database, so that many changes of a ticket with long texts do not write these texts many times.

use std::borrow::Cow;
use std::mem;

use super::event::Appearance;
use super::layout::{Field, Layout};
use crate::id::Rid;
use crate::limits;
use crate::tx::{Assigned, Assignment};

/// A J card whose field there is.
#[derive(Debug, Clone)]
pub(super) struct Card<'a> {
    pub(super) field: usize,
    pub(super) is_appended: bool,
    pub(super) value: Cow<'a, [u8]>,
}

/// What is to be written to one field.
#[derive(Debug, Clone, Default)]
enum Pending {
    #[default]
    Nothing,
    /// A new value, and the artifact for the baseline.
    Set(Rid, Vec<u8>),
    Append(Vec<u8>),
}

/// The row of a ticket.
#[derive(Debug)]
pub(super) struct Replay<'l> {
    layout: &'l Layout,
    /// By field.
    pending: Vec<Pending>,
    /// Bytes of the value of each field.
    lengths: Vec<usize>,
    /// The sum of these.
    length: usize,
    /// Whether someone may read what is pending.
    is_stale: bool,
    /// Bytes written again and again.
    rewritten: usize,
}

impl<'l> Replay<'l> {
    pub(super) fn new(layout: &'l Layout) -> Self {
        let count = layout.fields().len();
        Self {
            layout,
            pending: vec![Pending::Nothing; count],
            lengths: vec![0; count],
            length: 0,
            is_stale: false,
            rewritten: 0,
        }
    }

    /// Takes the values of a change, without those that there is no room for.
    pub(super) fn apply(&mut self, rid: Rid, cards: &mut Vec<Card<'_>>, shown: &mut Appearance) {
        self.is_stale |= self.layout.is_live;
        cards.retain(|card| self.make_room(card));
        for card in cards {
            let Some(field) = self.layout.fields().get(card.field) else { continue };
            if !field.in_ticket {
                continue;
            }
            self.is_stale |= self.layout.is_read_back(field);
            if let Some(pending) = self.pending.get_mut(card.field) {
                pending.take(rid, card);
            }
            let columns = [&self.layout.title, &self.layout.status];
            for (column, value) in columns.into_iter().zip([&mut shown.title, &mut shown.status]) {
                if column.as_ref().is_some_and(|column| column.field == Some(card.field)) {
                    let value = value.get_or_insert_default();
                    if !card.is_appended {
                        value.clear();
                    }
                    value.extend_from_slice(&card.value);
                }
            }
        }
    }

    fn make_room(&mut self, card: &Card<'_>) -> bool {
        let Some(length) = self.lengths.get_mut(card.field) else { return false };
        let kept = if card.is_appended { *length } else { 0 };
        let total = self.length - *length + kept + card.value.len();
        let fits = total <= limits::TICKET_ROW;
        if fits {
            *length = kept + card.value.len();
            self.length = total;
        }
        fits
    }

    /// Whether the row must be written before anything is read from it.
    pub(super) fn must_be_written(&self) -> bool {
        self.is_stale && !self.is_exhausted()
    }

    /// Whether values are no longer copied, since it has been done too often.
    pub(super) fn is_exhausted(&self) -> bool {
        self.rewritten > limits::TICKET_REWRITES
    }

    /// The fields that a change which sets `cards` copies from the row.
    pub(super) fn copied(&mut self, cards: &[Card<'_>]) -> Vec<&'l str> {
        if self.is_exhausted() {
            return Vec::new();
        }
        let mut is_set = vec![false; self.lengths.len()];
        for card in cards {
            if let Some(is_set) = is_set.get_mut(card.field) {
                *is_set = true;
            }
        }
        let mut copied = Vec::new();
        for ((field, length), is_set) in self.layout.fields().iter().zip(&self.lengths).zip(is_set)
        {
            if field.is_copied() && !is_set {
                self.rewritten += length;
                copied.push(field.name.as_str());
            }
        }
        copied
    }

    /// What is to be written now.
    pub(super) fn take(&mut self) -> Vec<Assignment<'l>> {
        self.is_stale = false;
        self.rewritten += self.length;
        let mut assignments = Vec::new();
        for (field, pending) in self.layout.fields().iter().zip(&mut self.pending) {
            mem::take(pending).into_assignments(field, &mut assignments);
        }
        assignments
    }
}

impl Pending {
    fn take(&mut self, rid: Rid, card: &Card<'_>) {
        let value = &card.value;
        *self = match (mem::take(self), card.is_appended) {
            (_, false) => Self::Set(rid, value.to_vec()),
            (Self::Nothing, true) => Self::Append(value.to_vec()),
            (Self::Append(mut text), true) => {
                text.extend_from_slice(value);
                Self::Append(text)
            }
            (Self::Set(rid, mut text), true) => {
                text.extend_from_slice(value);
                Self::Set(rid, text)
            }
        };
    }

    fn into_assignments<'l>(self, field: &'l Field, assignments: &mut Vec<Assignment<'l>>) {
        let column = field.name.as_str();
        let (value, set_by) = match self {
            Self::Nothing => return,
            Self::Append(text) => (Assigned::Appended(text), None),
            Self::Set(rid, text) => (Assigned::Text(text), Some(rid)),
        };
        assignments.push(Assignment { column, value });
        if let (Some(column), Some(rid)) = (field.baseline.as_deref(), set_by) {
            assignments.push(Assignment { column, value: Assigned::Artifact(rid) });
        }
    }
}
