//! Tickets: what their changes come to.
//!
//! A ticket is the sum of its changes, each an artifact. The table `ticket` holds the latest value
//! of every field, `ticketchng` a row per change. Which fields there are is each project's own
//! decision, told by the setting `ticket-table` in SQL.
//!
//! [`ReadTx::ticket`](crate::tx::ReadTx::ticket) reads a ticket:
//!
//! ```no_run
//! use outcrop_repo::{Repo, ticket::TicketMatch};
//!
//! let tx = Repo::open_read_only("project.fossil")?.read()?;
//! if let TicketMatch::One(ticket) = tx.ticket("f465cfbf")? {
//!     println!("{}: {}", ticket.id, ticket.text("title").unwrap_or_default());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! | file | holds |
//! |---|---|
//! | `layout.rs` | which columns the tables have |
//! | `replay.rs` | the row of a ticket while its changes are replayed |
//! | `event.rs` | what the timeline says of a change |
//! | `links.rs` | which texts can name other artifacts |
//! | `tables.rs` | making the tables |
//! | `row.rs` | a ticket that is read |
//!
//! # Where Fossil stops
//!
//! Some settings make Fossil end with an error whenever it rebuilds: a title or status column that
//! the table lacks is shown as `unknown` here. And where a number of more than 15 digits becomes
//! text again, it has 17 digits, as in Fossil 2.29; 2.21 has 15.

#[cfg(test)]
mod bounds;
mod error;
mod event;
mod layout;
mod links;
#[cfg(test)]
mod oracle;
mod replay;
mod row;
mod tables;
#[cfg(test)]
mod testing;

use std::sync::Arc;

pub use error::{LinkTicketError, TicketTablesError};
pub(crate) use event::TicketEvent;
pub(crate) use layout::{Column, Layout, TicketSettings};
pub(crate) use links::TicketText;
pub use row::{TicketMatch, TicketRow, TicketValue};

use crate::artifact::{Moment, Ticket};
use crate::id::Rid;
use crate::tx::{DatabaseError, NewChange, WriteTx};
use event::{Appearance, Timeline};
use links::{Mimetypes, Texts};
use replay::{Card, Replay};

/// One change of a ticket.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Change<'a> {
    pub(crate) rid: Rid,
    pub(crate) ticket: &'a Ticket<'a>,
}

/// What a ticket means to tables that it shares with others.
#[derive(Debug, Default)]
pub(crate) struct TicketMeaning<'a> {
    /// A row of the timeline for each change.
    pub(crate) events: Vec<TicketEvent>,
    /// Texts with links, in the order in which they are read.
    pub(crate) texts: Vec<TicketText<'a>>,
}

impl WriteTx {
    /// Writes the rows of one ticket in `ticket` and `ticketchng` anew.
    ///
    /// `changes` are all its changes, the oldest first. A ticket without changes has no rows. Where
    /// there is no table `ticket`, tickets mean nothing, to the timeline neither.
    pub(crate) fn link_ticket<'a>(
        &self,
        uuid: &[u8],
        changes: &[Change<'a>],
    ) -> Result<TicketMeaning<'a>, LinkTicketError> {
        let layout = self.ticket_layout()?;
        if !layout.has_ticket {
            return Ok(TicketMeaning::default());
        }
        let written = self.all_or_nothing(|| link(self, &layout, uuid, changes));
        written.map_err(|cause: DatabaseError| match cause.misfit() {
            Some(reason) => {
                let ticket = String::from_utf8_lossy(uuid).into_owned();
                LinkTicketError::Misfit { ticket, reason }
            }
            None => LinkTicketError::Database(cause),
        })
    }
}

fn link<'a>(
    tx: &WriteTx,
    layout: &Arc<Layout>,
    uuid: &[u8],
    changes: &[Change<'a>],
) -> Result<TicketMeaning<'a>, DatabaseError> {
    tx.forget_ticket(uuid, layout)?;
    let (Some(first), Some(last)) = (changes.first(), changes.last()) else {
        return Ok(TicketMeaning::default());
    };
    let mut linking = Linking {
        tx,
        layout,
        row: tx.begin_ticket(uuid)?,
        made: first.ticket.date,
        replay: Replay::new(layout),
        shown: Appearance::default(),
        timeline: Timeline::new(layout, uuid),
        texts: Texts::new(layout),
    };
    linking.look()?;
    for change in changes {
        linking.take(change)?;
    }
    linking.write(last.ticket.date)?;
    let (events, texts) = (linking.timeline.events, linking.texts.finish());
    Ok(TicketMeaning { events, texts })
}

/// A ticket while its changes are replayed.
struct Linking<'l, 'a> {
    tx: &'l WriteTx,
    layout: &'l Layout,
    /// The number of its row.
    row: i64,
    /// When it was made.
    made: Moment,
    replay: Replay<'l>,
    shown: Appearance,
    timeline: Timeline<'l>,
    texts: Texts<'a>,
}

impl<'a> Linking<'_, 'a> {
    fn take(&mut self, change: &Change<'a>) -> Result<(), DatabaseError> {
        let (rid, ticket) = (change.rid, change.ticket);
        let fields = ticket.fields.iter();
        let mut cards: Vec<Card<'a>> = fields
            .filter_map(|field| {
                let value = field.value.decode();
                let (field, is_appended) = (self.layout.find(field.name)?, field.is_appended);
                Some(Card { field, is_appended, value })
            })
            .collect();
        let mut mimetypes = Mimetypes::set_by(&cards, self.layout);
        self.replay.apply(rid, &mut cards, &mut self.shown);
        if self.replay.must_be_written() {
            self.write(ticket.date)?;
            self.look()?;
        }
        if self.layout.computes_ticket_mimetype {
            let computed = self.tx.ticket_text(self.row, "mimetype")?;
            mimetypes.computed_for_ticket(computed.as_deref(), self.layout);
        }
        self.record(change, &cards, &mut mimetypes)?;
        self.timeline.push(rid, ticket, &self.shown);
        self.texts.push((rid, ticket.date), cards, mimetypes, self.layout);
        Ok(())
    }

    /// Adds a row to `ticketchng`, if it takes anything of this change.
    fn record(
        &mut self,
        change: &Change<'_>,
        cards: &[Card<'_>],
        mimetypes: &mut Mimetypes,
    ) -> Result<(), DatabaseError> {
        let layout = self.layout;
        let mut values: Vec<(&str, &[u8])> = Vec::new();
        let mut previous = None;
        // Of `+name` and `name` the first counts, as SQLite has it.
        let mut of_changes: Vec<_> = cards.iter().collect();
        of_changes.sort_by_key(|card| card.field);
        for card in of_changes {
            let field = layout.fields().get(card.field).filter(|field| field.in_changes);
            if let Some(field) = field
                && previous.replace(card.field) != Some(card.field)
            {
                values.push((&field.name, &card.value));
            }
        }
        if values.is_empty() && !layout.has_change_rid && !layout.has_change_user {
            return Ok(());
        }
        let user = change.ticket.user.decode();
        let new = NewChange {
            ticket: self.row,
            at: change.ticket.date,
            rid: layout.has_change_rid.then_some(change.rid),
            user: layout.has_change_user.then_some(&*user),
            values,
            copied: self.replay.copied(cards),
            computes_mimetype: layout.computes_change_mimetype,
        };
        let computed = self.tx.add_ticket_change(&new)?;
        if layout.computes_change_mimetype {
            mimetypes.computed_for_change(computed.as_deref(), layout);
        }
        Ok(())
    }

    fn write(&mut self, at: Moment) -> Result<(), DatabaseError> {
        let assignments = self.replay.take();
        let made = self.layout.has_creation_time.then_some(self.made);
        self.tx.write_ticket(self.row, made, at, &assignments)
    }

    /// Reads what the timeline shows, in case the database has changed it.
    fn look(&mut self) -> Result<(), DatabaseError> {
        let columns = [&self.layout.title, &self.layout.status];
        for (column, value) in
            columns.into_iter().zip([&mut self.shown.title, &mut self.shown.status])
        {
            if let Some(shown) = column {
                *value = self.tx.ticket_text(self.row, &shown.column)?;
            }
        }
        Ok(())
    }
}
