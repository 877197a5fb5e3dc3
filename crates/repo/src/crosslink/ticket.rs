//! Ticket changes.

use std::collections::BTreeMap;

use super::linker::Linker;
use super::tags::{NewTag, links};
use super::{LinkError, Linked, time};
use crate::artifact::{Artifact, Ticket};
use crate::id::Rid;
use crate::ticket::{Change, LinkTicketError, TicketMeaning};
use crate::tx::WriteTx;
use crate::tx::derived::{BacklinkRow, BacklinkSource, EventKind, EventRow, TagKind};

/// What the names of tickets' tags begin with.
const TICKET_TAG: &[u8] = b"tkt-";

impl WriteTx {
    /// Makes the tables of tickets anew, as the setting `ticket-table` says, and derives what all
    /// tickets mean anew: for when a setting of tickets has changed. The rows are those of a
    /// [`rebuild`](Self::rebuild), without the work for everything else.
    ///
    /// Nothing is changed if it fails, once the transaction is dropped.
    pub fn rebuild_tickets(&self) -> Result<Linked, LinkError> {
        self.make_ticket_tables()?;
        let mut all = Linker::new(self)?;
        for (tag, name) in self.tags_named_from(TICKET_TAG)? {
            all.hide_changes(tag)?;
            let id = name.strip_prefix(TICKET_TAG).unwrap_or_default();
            all.groups.tickets.insert(tag, id.to_vec());
        }
        let (linked, _) = all.finish()?;
        Ok(linked)
    }
}

impl Linker<'_> {
    pub(super) fn link_ticket_change(
        &mut self,
        rid: i64,
        ticket: &Ticket<'_>,
    ) -> Result<(), LinkError> {
        let id = ticket.id.to_vec();
        let tag = self.tag_number(&[TICKET_TAG, &id].concat())?;
        let (kind, mtime) = (TagKind::Single, ticket.date.julian_day());
        self.tag(rid, &NewTag { tag, kind, value: None, source: rid, mtime })?;
        self.groups.attached.insert(id.clone());
        self.groups.tickets.insert(tag, id);
        Ok(())
    }

    /// Forgets what the changes of a ticket mean, until it is told again: that of a ticket that does
    /// not fit the tables is not.
    fn hide_changes(&mut self, tag: i64) -> Result<(), LinkError> {
        for rid in self.tx.tagged(tag)? {
            let event = self.event(rid.get())?;
            if event.is_some_and(|event| event.kind == EventKind::Ticket) {
                self.hide_event(rid.get())?;
                self.tx.put_backlinks(BacklinkSource::Ticket, rid.get(), &[])?;
            }
        }
        Ok(())
    }

    /// Replays the changes of tickets, all of each.
    pub(super) fn tell_tickets(&mut self) -> Result<(), LinkError> {
        for (tag, id) in std::mem::take(&mut self.groups.tickets) {
            let mut contents = Vec::new();
            for rid in self.tx.tagged(tag)? {
                contents.extend(self.content(rid.get())?.map(|content| (rid, content)));
            }
            let tickets: Vec<_> = contents
                .iter()
                .filter_map(|(rid, content)| match Artifact::parse(content) {
                    Ok(Artifact::Ticket(ticket)) => Some((*rid, ticket)),
                    _ => None,
                })
                .collect();
            let changes: Vec<_> =
                tickets.iter().map(|(rid, ticket)| Change { rid: *rid, ticket }).collect();
            match self.tx.link_ticket(&id, &changes) {
                Ok(meaning) => self.tell_ticket(tag, &changes, meaning)?,
                // One ticket that does not fit must not keep everything else out.
                Err(LinkTicketError::Misfit { .. }) => self.linked.unfit_tickets += 1,
                Err(LinkTicketError::Database(error)) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn tell_ticket(
        &mut self,
        tag: i64,
        changes: &[Change<'_>],
        meaning: TicketMeaning<'_>,
    ) -> Result<(), LinkError> {
        for told in meaning.events {
            let mut event = EventRow::new(EventKind::Ticket, time::of(told.at));
            event.tag = Some(tag);
            event.user = Some(told.user.into());
            event.comment = Some(told.comment.into());
            event.brief = Some(told.brief.into());
            self.show(told.rid.get(), event)?;
        }
        let mut found: BTreeMap<Rid, Vec<BacklinkRow>> =
            changes.iter().map(|change| (change.rid, Vec::new())).collect();
        for text in meaning.texts {
            let rows = links(&text.text, text.markup, text.at.julian_day());
            found.entry(text.rid).or_default().extend(rows);
        }
        for (rid, rows) in found {
            self.tx.put_backlinks(BacklinkSource::Ticket, rid.get(), &rows)?;
        }
        Ok(())
    }
}
