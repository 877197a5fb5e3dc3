//! Artifacts that have just arrived, looked at together.
//!
//! Mostly they are check-ins that follow one another: each names the files of the whole project, and
//! nearly all of them with the lines of the one before it. So checksums are computed for many at a
//! time, and lines that were parsed are not parsed again. What a check-in changes is told by its text
//! and that of its parents, which are found again by where they stand. Whatever is out of the
//! ordinary is parsed and compared as a whole.

use std::collections::HashMap;
use std::iter::Peekable;
use std::slice::Iter;

use bytes::Bytes;

use super::LinkError;
use super::file_text::{self, FilePlace, FileText};
use super::linker::Linker;
use super::meanings::Meaning;
use super::ready::OwnedChange;
use super::survey::{Found, find};
use crate::artifact::Artifact;
use crate::id::Rid;
use crate::limits::{ARRIVED_AT_ONCE, ARRIVED_BYTES};
use crate::tx::derived::ChangeRow;

/// Where check-ins name their files: `None` for those whose text does not tell them by itself.
#[derive(Debug, Default)]
pub(super) struct FilePlaces(HashMap<i64, Option<FilePlace>>);

impl Linker<'_> {
    /// Links artifacts that have arrived, in this order, and what had waited for them.
    pub(super) fn link_all(&mut self, arrived: &[Rid]) -> Result<(), LinkError> {
        if arrived.len() > ARRIVED_AT_ONCE {
            return self.link_influx(arrived);
        }
        let mut arrived = arrived.iter().peekable();
        let mut last = None;
        while arrived.peek().is_some() {
            let some = self.some_of(&mut arrived)?;
            let texts: Vec<&[u8]> = some.iter().map(|(_, content)| &**content).collect();
            for ((rid, content), candidate) in some.iter().zip(Artifact::candidates(&texts)) {
                self.publish_file(*rid)?;
                // Most artifacts are files.
                let Some(candidate) = candidate else { continue };
                match find(last.as_ref(), candidate, content) {
                    Found::Nothing => {}
                    Found::Other(artifact) => self.link_artifact(rid.get(), &artifact)?,
                    Found::CheckIn(found) => {
                        let place = found.files.as_ref().map(FileText::place);
                        self.file_places.0.insert(rid.get(), place);
                        if let Some(meaning) = found.meaning() {
                            self.link_arrived(rid.get(), meaning)?;
                        }
                        last = found.files.or(last);
                    }
                }
            }
        }
        Ok(())
    }

    /// Links an artifact that was looked at, and if it is a check-in, what had waited for it.
    pub(super) fn link_arrived(&mut self, rid: i64, meaning: Meaning<'_>) -> Result<(), LinkError> {
        if self.link_meaning(rid, meaning)? { self.link_orphans(rid) } else { Ok(()) }
    }

    /// The contents of the next artifacts: as many as are looked at together. Those that are not here
    /// are empty.
    fn some_of(
        &self,
        arrived: &mut Peekable<Iter<'_, Rid>>,
    ) -> Result<Vec<(Rid, Bytes)>, LinkError> {
        let (mut some, mut bytes) = (Vec::new(), 0);
        while some.len() < ARRIVED_AT_ONCE
            && bytes < ARRIVED_BYTES
            && let Some(rid) = arrived.next()
        {
            let content = self.content(rid.get())?.unwrap_or_default();
            bytes += content.len();
            some.push((*rid, content));
        }
        Ok(some)
    }

    /// What a check-in that has arrived changes, seen from a parent, or from none; `None` if the
    /// text does not tell.
    pub(super) fn rows_by_text(
        &mut self,
        rid: i64,
        parent: Option<i64>,
    ) -> Result<Option<Vec<ChangeRow>>, LinkError> {
        let Some(place) = self.file_places.0.get(&rid).copied().flatten() else { return Ok(None) };
        let Some(child) = self.content(rid)?.and_then(|content| FileText::at(place, &content))
        else {
            return Ok(None);
        };
        let mut changes: Vec<OwnedChange> = Vec::new();
        match parent {
            None => file_text::added(&child, |change| changes.push(change.into())),
            Some(parent) => {
                let Some(before) = self.files_of(parent)? else { return Ok(None) };
                file_text::changes(&before, &child, |change| changes.push(change.into()));
            }
        }
        let rows: Result<Vec<_>, _> =
            changes.iter().map(|change| self.change_row(&change.borrowed())).collect();
        rows.map(Some)
    }

    /// The files of a check-in that may have been here before.
    fn files_of(&mut self, rid: i64) -> Result<Option<FileText>, LinkError> {
        let Some(content) = self.content(rid)? else { return Ok(None) };
        if let Some(place) = self.file_places.0.get(&rid) {
            return Ok(place.and_then(|place| FileText::at(place, &content)));
        }
        let files = match Artifact::parse(&content) {
            Ok(Artifact::CheckIn(check_in)) => FileText::new(&check_in, &content),
            _ => None,
        };
        self.file_places.0.insert(rid, files.as_ref().map(FileText::place));
        Ok(files)
    }
}
