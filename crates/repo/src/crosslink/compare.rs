//! What check-ins change, told once they and their parents are linked.

use std::collections::BTreeSet;

use bytes::Bytes;
use outcrop_format::hash::HashName;

use super::files::{self, Files};
use super::lineage::parents_in;
use super::linker::{Changes, Linker};
use super::ready::Ready;
use super::tags::number;
use super::{LinkError, changes};
use crate::artifact::{Artifact, CheckIn};
use crate::id::Rid;
use crate::tx::derived::{ChangeRow, TagKind};

/// Rows of changes that are written in one go.
const TOLD_AT_ONCE: usize = 1_000;

impl Linker<'_> {
    /// Tells what check-ins change.
    pub(super) fn tell_changes(&mut self) -> Result<(), LinkError> {
        let ready = std::mem::take(&mut self.ready);
        let (mut names_before, mut told) = (BTreeSet::new(), Vec::new());
        for (rid, changes) in std::mem::take(&mut self.unchanged) {
            if changes == Changes::Again {
                names_before.extend(self.tx.remove_changes(rid)?);
            }
            let rows = match changes {
                Changes::New => self.assemble(rid, &ready)?,
                Changes::Again => None,
            };
            let rows = rows.map_or_else(|| self.changes_of(rid), Ok)?;
            told.extend(rows.into_iter().map(|row| (rid, row)));
            if told.len() >= TOLD_AT_ONCE {
                self.tx.put_changes(&told)?;
                told.clear();
            }
        }
        self.tx.put_changes(&told)?;
        // A rebuild would not make the names of files that are in no row any more.
        for name in names_before {
            self.tx.forget_file_name(name)?;
        }
        Ok(())
    }

    /// Puts together what was found before; `None` if something is missing.
    fn assemble(&mut self, rid: i64, ready: &Ready) -> Result<Option<Vec<ChangeRow>>, LinkError> {
        if self.tag_of(rid, number::PARENT)?.is_some() {
            return Ok(None);
        }
        let (parents, picks) = match self.compared_with.remove(&rid) {
            Some((parents, picks)) => {
                let picks: Result<_, _> = picks.iter().map(|name| self.known(name)).collect();
                (parents, picks?)
            }
            None => (self.parents.get(rid, || self.tx.parents_of(rid))?.clone(), Vec::new()),
        };
        let compared_with = if parents.is_empty() { 0 } else { parents.len() + picks.len() };
        let mut found = changes::Found::new(rid, compared_with);
        if parents.is_empty() {
            let Some(rows) = self.rows_of(ready, rid, None)? else { return Ok(None) };
            for row in rows {
                self.add_found(&mut found, row)?;
            }
            return Ok(Some(found.into_rows()));
        }
        for (place, parent) in parents.into_iter().chain(picks).enumerate() {
            let aside = place > 0;
            if aside && found.has(parent) {
                continue;
            }
            let Some(rows) = self.rows_of(ready, rid, Some(parent))? else { return Ok(None) };
            for row in rows {
                self.add_found(&mut found, ChangeRow { parent, aside, ..row })?;
            }
            self.note_same(rid, parent, &found);
        }
        Ok(Some(found.into_rows()))
    }

    fn rows_of(
        &mut self,
        ready: &Ready,
        rid: i64,
        parent: Option<i64>,
    ) -> Result<Option<Vec<ChangeRow>>, LinkError> {
        let found = ready.rows(self, rid, parent.unwrap_or(0))?;
        if found.is_some() || self.fresh { Ok(found) } else { self.rows_by_text(rid, parent) }
    }

    fn changes_of(&mut self, rid: i64) -> Result<Vec<ChangeRow>, LinkError> {
        let Some(content) = self.content(rid)? else { return Ok(Vec::new()) };
        let Ok(Artifact::CheckIn(check_in)) = Artifact::parse(&content) else {
            return Ok(Vec::new());
        };
        let baseline = self.baseline(&check_in)?;
        let Some(child) = baseline.files(&check_in) else { return Ok(Vec::new()) };
        let parents = self.parents_of(rid, &check_in)?;
        let picks: Vec<_> = check_in.picked().collect();
        let compared_with = if parents.is_empty() { 0 } else { parents.len() + picks.len() };
        let mut found = changes::Found::new(rid, compared_with);
        if parents.is_empty() {
            for file in child.own() {
                self.found(&mut found, 0, false, &file.added())?;
            }
            return Ok(found.into_rows());
        }
        // Fossil takes the first parent from a tag that gives others, but merges from the check-in.
        let merged = check_in.parents.iter().skip(1);
        let compared = parents.iter().take(1).chain(merged).chain(&picks);
        for (place, parent) in compared.enumerate() {
            let (parent, aside) = (self.known(parent)?, place > 0);
            if aside && found.has(parent) {
                continue;
            }
            let compared = self.compare(&mut found, parent, &child, aside)?;
            self.note_same(rid, parent, &found);
            // Nothing is told of merges into a check-in whose own parent is not here.
            if !aside && !compared {
                break;
            }
        }
        Ok(found.into_rows())
    }

    fn note_same(&mut self, rid: i64, parent: i64, found: &changes::Found) {
        if self.fresh && !found.has(parent) {
            self.same_as.insert((rid, parent));
        }
    }

    /// Compares a check-in with a parent, if that is here.
    fn compare(
        &mut self,
        found: &mut changes::Found,
        parent: i64,
        child: &Files<'_>,
        aside: bool,
    ) -> Result<bool, LinkError> {
        let Some(content) = self.content(parent)? else { return Ok(false) };
        let Ok(Artifact::CheckIn(check_in)) = Artifact::parse(&content) else { return Ok(false) };
        let baseline = self.baseline(&check_in)?;
        let Some(before) = baseline.files(&check_in) else { return Ok(false) };
        for change in files::changes(&before, child) {
            self.found(found, parent, aside, &change)?;
        }
        Ok(true)
    }

    /// Adds a change to those found.
    fn found(
        &mut self,
        found: &mut changes::Found,
        parent: i64,
        aside: bool,
        change: &files::Change<'_>,
    ) -> Result<(), LinkError> {
        let row = ChangeRow { parent, aside, ..self.change_row(change)? };
        self.add_found(found, row)
    }

    fn add_found(&self, found: &mut changes::Found, row: ChangeRow) -> Result<(), LinkError> {
        // What a public check-in names is public.
        if self.has_private
            && let Some(content) = Rid::new(row.content)
            && found.is_public(self.tx)?
        {
            self.tx.publish(content)?;
        }
        found.add(row);
        Ok(())
    }

    /// Lets everyone see a file that has arrived as a private one, if a public check-in that came
    /// before it names it.
    pub(super) fn publish_file(&self, rid: Rid) -> Result<(), LinkError> {
        let hidden = self.has_private && self.tx.is_private(rid.get())?;
        if hidden && self.tx.is_public_file(rid.get())? {
            self.tx.publish(rid)?;
        }
        Ok(())
    }

    /// The content of the baseline of a check-in, if it has one.
    fn baseline(&mut self, check_in: &CheckIn<'_>) -> Result<Baseline, LinkError> {
        let Some(baseline) = &check_in.baseline else { return Ok(Baseline::None) };
        let baseline = self.known(baseline)?;
        let content = self.content(baseline)?;
        let content = content.filter(|content| checked_in(content).is_some());
        Ok(content.map_or(Baseline::Missing, Baseline::Here))
    }

    /// The parents of a check-in, which a tag may have changed.
    fn parents_of(&mut self, rid: i64, check_in: &CheckIn<'_>) -> Result<Vec<HashName>, LinkError> {
        let tag = self.tag_of(rid, number::PARENT)?.filter(|tag| tag.kind == TagKind::Single);
        let Some(value) = tag.and_then(|tag| tag.value.clone()) else {
            return Ok(check_in.parents.clone());
        };
        Ok(parents_in(&value).unwrap_or_else(|| check_in.parents.clone()))
    }
}

/// The baseline of a check-in.
enum Baseline {
    /// The check-in names all its files.
    None,
    Here(Bytes),
    Missing,
}

impl Baseline {
    /// The files of the check-in, if they are known.
    fn files<'a>(&'a self, check_in: &CheckIn<'a>) -> Option<Files<'a>> {
        match self {
            Self::None => Some(Files::new(check_in, None)),
            Self::Here(content) => Some(Files::new(check_in, checked_in(content).as_ref())),
            Self::Missing => None,
        }
    }
}

fn checked_in(content: &[u8]) -> Option<CheckIn<'_>> {
    match Artifact::parse(content) {
        Ok(Artifact::CheckIn(check_in)) => Some(check_in),
        _ => None,
    }
}
