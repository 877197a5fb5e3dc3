//! Check-ins: their place in history, on the timeline, and what they change.

use std::rc::Rc;

use super::linker::{Changes, Linker, value};
use super::tags::{links, number};
use super::{LinkError, time};
use crate::artifact::{Artifact, CheckIn};
use crate::markup::Markup;
use crate::tx::derived::{BacklinkSource, EventKind, EventRow, PickRow, TagKind};

impl Linker<'_> {
    /// Whether the baseline of a delta manifest is here. Without it the check-in has to wait.
    pub(super) fn has_baseline(
        &mut self,
        rid: i64,
        check_in: &CheckIn<'_>,
    ) -> Result<bool, LinkError> {
        let Some(baseline) = &check_in.baseline else { return Ok(true) };
        let baseline = self.number(baseline)?;
        let is_here = self
            .content(baseline)?
            .is_some_and(|content| matches!(Artifact::parse(&content), Ok(Artifact::CheckIn(_))));
        if !is_here {
            self.tx.put_orphan(rid, baseline)?;
        }
        Ok(is_here)
    }

    /// Links a check-in that has these parents.
    pub(super) fn link_check_in(
        &mut self,
        rid: i64,
        check_in: &CheckIn<'_>,
        parents: &[i64],
    ) -> Result<(), LinkError> {
        self.linked.check_ins += 1;
        self.add_picks(rid, check_in)?;
        let baseline = match &check_in.baseline {
            Some(baseline) => Some(self.number(baseline)?),
            None => None,
        };
        let date = time::of(check_in.date);
        let parent = self.add_parents(rid, parents, date, baseline)?;
        self.change_later(rid, check_in, parents)?;
        self.show_check_in(rid, check_in, date)?;
        if baseline.is_some() {
            self.tx.mark_delta_manifests()?;
        }
        self.apply_tags(rid, check_in.date.julian_day(), &check_in.tags)?;
        if parent != 0 {
            self.inherit(rid, parent)?;
        }
        Ok(())
    }

    /// Records which changes of others were taken over.
    fn add_picks(&mut self, rid: i64, check_in: &CheckIn<'_>) -> Result<(), LinkError> {
        for pick in &check_in.cherrypicks {
            let target = self.known(&pick.target)?;
            let row = PickRow { target, check_in: rid, is_backout: pick.is_backout };
            if target == 0 {
                self.tx.await_pick(&pick.target, &row)?;
            } else {
                self.tx.put_pick(&row)?;
                self.nudges.insert(target);
            }
        }
        Ok(())
    }

    /// Takes note of the check-ins whose changes are to be told.
    fn change_later(
        &mut self,
        rid: i64,
        check_in: &CheckIn<'_>,
        parents: &[i64],
    ) -> Result<(), LinkError> {
        self.unchanged.insert(rid, Changes::New);
        self.nudges.insert(rid);
        self.nudges.extend(parents);
        let picks: Vec<_> = check_in.picked().collect();
        if parents.len() > 1 || !picks.is_empty() {
            self.compared_with.insert(rid, (parents.to_vec(), picks));
        }
        if self.fresh {
            return Ok(());
        }
        // Those that came before this one could not be compared with it.
        let mut waiting: Vec<_> = self.children_of(rid)?.iter().map(|child| child.rid).collect();
        waiting.extend(self.tx.picked_by(rid)?);
        for child in waiting {
            self.change_again(child);
        }
        Ok(())
    }

    /// Takes note that the changes of a check-in are to be told anew.
    pub(super) fn change_again(&mut self, rid: i64) {
        self.unchanged.entry(rid).or_insert(Changes::Again);
    }

    /// Puts a check-in on the timeline, with the changes that tags have made to it.
    fn show_check_in(
        &mut self,
        rid: i64,
        check_in: &CheckIn<'_>,
        date: f64,
    ) -> Result<(), LinkError> {
        let mut event = EventRow::new(EventKind::CheckIn, date);
        event.original_mtime = Some(date);
        event.user = check_in.user.map(value);
        event.comment = check_in.comment.map(value);
        if let Some(tag) = self.tag_of(rid, number::DATE)?
            && let Some(edited) = tag.value.clone()
            && let Some(edited) = self.tx.julian_day_of(&edited)?
        {
            event.mtime = Some(edited);
        }
        let colour = self.tag_of(rid, number::COLOUR)?;
        let colour = colour.filter(|tag| tag.kind != TagKind::Cancelled);
        event.colour = colour.and_then(|tag| tag.value.clone());
        event.edited_user = self.tag_of(rid, number::USER)?.and_then(|tag| tag.value.clone());
        let edit = self.tag_of(rid, number::COMMENT)?.cloned();
        // The edit came before what it edits, but only by accident if its number is greater.
        let late = edit.as_ref().filter(|edit| edit.source > rid);
        let mtime = late.map_or(check_in.date.julian_day(), |edit| edit.mtime);
        event.edited_comment = edit.and_then(|edit| edit.value);
        let comment = event.edited_comment.as_ref().or(event.comment.as_ref()).map(Rc::clone);
        self.events.put(rid, Some(event));
        if self.fresh {
            self.made.insert(rid, date);
        }
        let links = links(comment.as_deref().unwrap_or_default(), Markup::Comment, mtime);
        if !links.is_empty() || !self.fresh {
            self.tx.put_backlinks(BacklinkSource::Comment, rid, &links)?;
        }
        Ok(())
    }
}
