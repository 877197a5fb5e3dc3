//! Tags: put on artifacts, inherited by their descendants, and what some of them do.
//!
//! The newest tag of a name on an artifact counts. A propagating one is inherited along primary
//! children, down to where a check-in has a tag of that name of its own; a cancelled or a single
//! one takes what was inherited away below it.

use super::LinkError;
use super::linker::Linker;
use super::tag_rows::TagRows;
use super::time;
use crate::artifact::{Tag, TagAction};
use crate::id::Rid;
use crate::markup::{self, Markup};
use crate::tx::derived::{BacklinkRow, BacklinkSource, Child, EventRow, TagKind, TagRow, Value};

/// Tags with a meaning of their own have the same numbers in every repository.
pub(super) mod number {
    pub(in super::super) const COLOUR: i64 = 1;
    pub(in super::super) const COMMENT: i64 = 2;
    pub(in super::super) const USER: i64 = 3;
    pub(in super::super) const DATE: i64 = 4;
    pub(in super::super) const PRIVATE: i64 = 6;
    pub(in super::super) const CLUSTER: i64 = 7;
    pub(in super::super) const BRANCH: i64 = 8;
    pub(in super::super) const PARENT: i64 = 10;
}

/// A tag to be put on an artifact.
#[derive(Debug, Clone)]
pub(super) struct NewTag {
    pub(super) tag: i64,
    pub(super) kind: TagKind,
    pub(super) value: Option<Value>,
    /// The artifact that says so, and when.
    pub(super) source: i64,
    pub(super) mtime: f64,
}

impl Linker<'_> {
    /// Puts the tags of T cards where they belong.
    pub(super) fn apply_tags(
        &mut self,
        source: i64,
        mtime: f64,
        tags: &[Tag<'_>],
    ) -> Result<(), LinkError> {
        for tag in tags {
            let target = match &tag.target {
                Some(target) => self.number(target)?,
                None => source,
            };
            if target == 0 {
                continue;
            }
            let kind = match tag.action {
                TagAction::Cancel => TagKind::Cancelled,
                TagAction::Add => TagKind::Single,
                TagAction::Propagate => TagKind::Propagating,
            };
            let number = self.tag_number(&tag.name.decode())?;
            let value = tag.value.map(super::linker::value);
            self.tag(target, &NewTag { tag: number, kind, value, source, mtime })?;
        }
        Ok(())
    }

    /// Puts a tag on an artifact, unless it has one of that name that is as new.
    pub(super) fn tag(&mut self, rid: i64, new: &NewTag) -> Result<(), LinkError> {
        let &NewTag { tag, kind, source, mtime, .. } = new;
        let row = TagRow { tag, kind, source, origin: rid, value: new.value.clone(), mtime };
        if let Some(old) = self.tag_of(rid, tag)?
            && old.mtime >= mtime
        {
            // Inherited first and tagged later, or the other way round: that decides.
            self.order.mattered |= old.source == 0 || old.mtime <= mtime && old.source != source;
            return Ok(());
        }
        self.set_tag(rid, row)?;
        if tag == number::BRANCH {
            self.check_leaf_later(rid)?;
        }
        self.act_on(rid, new)?;
        let propagating = kind == TagKind::Propagating;
        self.propagate(rid, tag, propagating, rid, new.value.as_ref(), mtime)
    }

    /// What tags with a meaning of their own do.
    fn act_on(&mut self, rid: i64, new: &NewTag) -> Result<(), LinkError> {
        let value = new.value.clone();
        let shown = value.clone().filter(|_| new.kind != TagKind::Cancelled);
        match new.tag {
            number::COLOUR => self.change_event(rid, |event| event.colour = shown)?,
            number::USER => self.change_event(rid, |event| event.edited_user = shown)?,
            number::COMMENT => {
                let links = links(shown.as_deref().unwrap_or_default(), Markup::Comment, new.mtime);
                self.change_event(rid, |event| event.edited_comment = shown)?;
                self.tx.put_backlinks(BacklinkSource::Comment, rid, &links)?;
            }
            number::DATE => {
                let date = match &value {
                    Some(value) => self.tx.julian_day_of(value)?,
                    None => None,
                };
                self.change_event(rid, |event| {
                    event.original_mtime = event.original_mtime.or(event.mtime);
                    event.mtime = date;
                })?;
                self.nudges.insert(rid);
            }
            number::PRIVATE => {
                if let Some(rid) = Rid::new(rid) {
                    self.tx.make_hidden(rid)?;
                    self.has_private = true;
                }
            }
            number::PARENT if new.kind == TagKind::Single => {
                self.reparent(rid, value.as_deref().unwrap_or_default())?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Does to a row that is new on the timeline what tags have to do that came after its artifact.
    pub(super) fn apply_later_tags(
        &mut self,
        rid: i64,
        event: &mut EventRow,
    ) -> Result<(), LinkError> {
        let tx = self.tx;
        let rows = self.tags.get(rid, || TagRows::read(tx, rid))?;
        for row in rows.iter().filter(|row| row.source > rid) {
            let shown = row.value.clone().filter(|_| row.kind != TagKind::Cancelled);
            match row.tag {
                number::COLOUR => event.colour = shown,
                number::USER => event.edited_user = shown,
                number::COMMENT => event.edited_comment = shown,
                number::DATE => {
                    event.original_mtime = event.original_mtime.or(event.mtime);
                    event.mtime = match &row.value {
                        Some(value) => tx.julian_day_of(value)?,
                        None => None,
                    };
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Lets a version that has just come inherit the tags of its primary parent, and so do all children that
    /// the parent has by now. Mostly they have them already; but where a tag has given a check-in another
    /// parent, this is the moment at which it inherits what that one has.
    pub(super) fn inherit(&mut self, rid: i64, parent: i64) -> Result<(), LinkError> {
        let tx = self.tx;
        let rows = self.tags.get(parent, || TagRows::read(tx, parent))?.clone();
        let is_usual = self.fresh && !self.order.mattered && self.children_of(rid)?.is_empty();
        if is_usual && self.tags.get(rid, || TagRows::read(tx, rid))?.is_empty() {
            return self.inherit_alone(rid, rows.inherited());
        }
        for TagRow { tag, kind, origin, value, mtime, .. } in rows.iter() {
            let propagating = *kind == TagKind::Propagating;
            self.propagate(parent, *tag, propagating, *origin, value.as_ref(), *mtime)?;
        }
        Ok(())
    }

    /// Does the same for a version that has no tags, and nobody to inherit them.
    fn inherit_alone(&mut self, rid: i64, rows: TagRows) -> Result<(), LinkError> {
        if rows.is_empty() {
            return Ok(());
        }
        if let Some(colour) = rows.get(number::COLOUR) {
            let colour = colour.value.clone();
            self.change_event(rid, |event| event.colour = colour)?;
        }
        if rows.get(number::BRANCH).is_some() {
            self.check_leaf_later(rid)?;
        }
        self.tags.put(rid, rows);
        Ok(())
    }

    /// Lets descendants inherit a tag; if it is not `propagating`, takes it away from them.
    fn propagate(
        &mut self,
        from: i64,
        tag: i64,
        propagating: bool,
        origin: i64,
        value: Option<&Value>,
        mtime: f64,
    ) -> Result<(), LinkError> {
        let mut parents = vec![from];
        while let Some(parent) = parents.pop() {
            for rid in self.primary_children(parent)? {
                match self.tag_of(rid, tag)? {
                    None if !propagating => continue,
                    Some(own) if own.source != 0 => {
                        // Had this one been inherited before, that one would not count.
                        self.order.mattered |= own.source != rid && own.mtime <= mtime;
                        continue;
                    }
                    Some(inherited) if inherited.mtime >= mtime => continue,
                    _ => {}
                }
                parents.push(rid);
                let value = value.filter(|_| propagating).cloned();
                if tag == number::COLOUR {
                    let colour = value.clone();
                    self.change_event(rid, |event| event.colour = colour)?;
                }
                if propagating {
                    let kind = TagKind::Propagating;
                    let row = TagRow { tag, kind, source: 0, origin, value, mtime };
                    self.set_tag(rid, row)?;
                } else {
                    self.drop_tag(rid, tag)?;
                }
                if tag == number::BRANCH {
                    self.check_leaf_later(rid)?;
                }
            }
        }
        Ok(())
    }

    /// The tag of a name that an artifact has, if it has one.
    pub(super) fn tag_of(&mut self, rid: i64, tag: i64) -> Result<Option<&TagRow>, LinkError> {
        let tx = self.tx;
        let rows = self.tags.get(rid, || TagRows::read(tx, rid))?;
        Ok(rows.get(tag))
    }

    fn set_tag(&mut self, rid: i64, row: TagRow) -> Result<(), LinkError> {
        let tx = self.tx;
        self.tags.change(rid, || TagRows::read(tx, rid))?.set(row);
        Ok(())
    }

    fn drop_tag(&mut self, rid: i64, tag: i64) -> Result<(), LinkError> {
        let tx = self.tx;
        self.tags.change(rid, || TagRows::read(tx, rid))?.remove(tag);
        if !self.fresh {
            self.tx.remove_tag(rid, tag)?;
        }
        Ok(())
    }

    fn primary_children(&mut self, parent: i64) -> Result<Vec<i64>, LinkError> {
        let children = self.children_of(parent)?.iter().filter(|child| child.primary);
        Ok(children.map(|child| child.rid).collect())
    }

    pub(super) fn children_of(&mut self, parent: i64) -> Result<&[Child], LinkError> {
        let tx = self.tx;
        Ok(self.children.get(parent, || tx.children_of(parent))?)
    }
}

/// The links of a text, as rows.
pub(super) fn links(text: &[u8], markup: Markup, mtime: f64) -> Vec<BacklinkRow> {
    let targets = markup::links(text, markup);
    if targets.is_empty() {
        return Vec::new();
    }
    let mtime = time::stored(mtime);
    targets.into_iter().map(|target| BacklinkRow { target, mtime }).collect()
}
