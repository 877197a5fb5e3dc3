//! The end of a batch: groups are worked out, rows are written.

use super::linker::Linker;
use super::{LinkError, Linked};
use crate::tx::derived::EventRow;

/// The setting that remembers that the order of artifacts has decided about something.
const ORDER_MATTERED: &str = "outcrop-order-matters";

/// Rows of a table that are kept in memory, while all are made anew. A build for tests keeps few: most
/// repositories there have less than a thousand, and what is written early is to be met by what comes late.
const ROWS_AT_ONCE: usize = if cfg!(debug_assertions) { 5 } else { 1_000 };

impl Linker<'_> {
    /// Works out what was only taken note of, and writes all rows. Says too whether they may differ
    /// from those of a rebuild.
    pub(super) fn finish(mut self) -> Result<(Linked, bool), LinkError> {
        self.find_awaited_picks()?;
        if self.fresh {
            self.tell_unclustered()?;
            self.reparent_all()?;
        }
        let tx = self.tx;
        self.write_parents()?;
        let tags = self.tags.changed();
        tx.put_tags(tags.flat_map(|(rid, rows)| rows.iter().map(move |row| (rid, row))))?;
        self.tell_changes()?;
        self.tell_pages()?;
        self.tell_technotes()?;
        self.tell_tickets()?;
        self.tell_threads()?;
        self.tell_attachments()?;
        self.tell_leaves()?;
        self.tell_nudges()?;
        self.write_events()?;
        let contradicted = self.remember_order()?;
        Ok((self.linked, contradicted))
    }

    /// Puts a row on the timeline, with what tags that came later have made of it.
    pub(super) fn show(&mut self, rid: i64, mut event: EventRow) -> Result<(), LinkError> {
        self.apply_later_tags(rid, &mut event)?;
        self.events.put(rid, Some(event));
        Ok(())
    }

    /// Writes rows of the timeline and of parents, once there are many: each was changed for the last time by
    /// then, but for a few.
    pub(super) fn write_many(&mut self) -> Result<(), LinkError> {
        if self.events.len() >= ROWS_AT_ONCE {
            self.write_events()?;
        }
        if self.new_parents.len() >= ROWS_AT_ONCE { self.write_parents() } else { Ok(()) }
    }

    fn write_parents(&mut self) -> Result<(), LinkError> {
        self.tx.put_parents(self.new_parents.iter())?;
        self.new_parents.clear();
        Ok(())
    }

    fn write_events(&mut self) -> Result<(), LinkError> {
        let events = self.events.changed();
        self.tx.put_events(events.filter_map(|(rid, event)| Some((rid, event.as_ref()?))))?;
        self.events.forget_written();
        Ok(())
    }

    /// Takes a row off the timeline.
    pub(super) fn hide_event(&mut self, rid: i64) -> Result<(), LinkError> {
        if self.event(rid)?.is_some() {
            self.events.put(rid, None);
            if self.events.may_be_written(rid) {
                self.tx.remove_event(rid)?;
            }
        }
        Ok(())
    }

    /// Tells of check-ins that took over a change which had not come yet.
    fn find_awaited_picks(&mut self) -> Result<(), LinkError> {
        for pick in self.tx.arrived_picks()? {
            self.tx.put_pick(&pick)?;
            self.nudges.insert(pick.target);
            if !pick.is_backout {
                self.change_again(pick.check_in);
            }
        }
        Ok(())
    }

    /// Whether the rows may differ from those of a rebuild, which goes by the artifacts' numbers.
    fn remember_order(&self) -> Result<bool, LinkError> {
        let mattered_before = self.tx.setting(ORDER_MATTERED)?.is_some();
        if self.order.mattered && !mattered_before {
            self.tx.set_own_setting(ORDER_MATTERED, Some("1"))?;
        }
        if self.fresh {
            if !self.order.mattered && mattered_before {
                self.tx.set_own_setting(ORDER_MATTERED, None)?;
            }
            return Ok(false);
        }
        Ok(self.order.broken && (self.order.mattered || mattered_before))
    }
}
