//! Wiki pages and technotes: their versions, and which of them the timeline shows.

use super::LinkError;
use super::linker::{Linker, value};
use super::tags::{NewTag, links, number};
use super::time;
use crate::artifact::{Artifact, Moment, Technote, Text, Wiki};
use crate::markup::Markup;
use crate::tx::derived::{BacklinkSource, EventKind, EventRow, TagKind};
use outcrop_format::hash::HashName;

impl Linker<'_> {
    pub(super) fn link_wiki(&mut self, rid: i64, page: &Wiki<'_>) -> Result<(), LinkError> {
        self.add_version(rid, &page.parents, page.date)?;
        let title = page.title.decode();
        let text = shown_text(page.text);
        let tag = self.tag_version(rid, &[b"wiki-", &*title].concat(), page.date, text)?;
        self.groups.pages.insert(tag);
        let sign: &[u8] = match self.previous(&page.parents)? {
            _ if text.is_empty() => b"-",
            None => b"+",
            Some(_) => b":",
        };
        let mut event = EventRow::new(EventKind::Wiki, time::of(page.date));
        event.user = Some(value(page.user));
        event.comment = Some([sign, &title].concat().into());
        self.show(rid, event)
    }

    pub(super) fn link_technote(
        &mut self,
        rid: i64,
        technote: &Technote<'_>,
    ) -> Result<(), LinkError> {
        self.apply_tags(rid, technote.date.julian_day(), &technote.tags)?;
        self.add_version(rid, &technote.parents, technote.date)?;
        let id = technote.event.id;
        let text = shown_text(technote.text);
        let tag = self.tag_version(rid, &[b"event-", id].concat(), technote.date, text)?;
        self.groups.technotes.insert(tag, id.to_vec());
        self.groups.attached.insert(id.to_vec());
        Ok(())
    }

    /// Records the parents of a version of something that is no check-in.
    pub(super) fn add_version(
        &mut self,
        rid: i64,
        parents: &[HashName],
        date: Moment,
    ) -> Result<(), LinkError> {
        let parents = self.numbers(parents)?;
        let parent = self.add_parents(rid, &parents, time::of(date), None)?;
        if parent == 0 { Ok(()) } else { self.inherit(rid, parent) }
    }

    /// Marks an artifact as a version of something, with the length of its text.
    fn tag_version(
        &mut self,
        rid: i64,
        name: &[u8],
        date: Moment,
        text: &[u8],
    ) -> Result<i64, LinkError> {
        let tag = self.tag_number(name)?;
        let value = Some(text.len().to_string().into_bytes().into());
        let kind = TagKind::Single;
        self.tag(rid, &NewTag { tag, kind, value, source: rid, mtime: date.julian_day() })?;
        Ok(tag)
    }

    fn previous(&mut self, parents: &[HashName]) -> Result<Option<i64>, LinkError> {
        let Some(parent) = parents.first() else { return Ok(None) };
        Ok(Some(self.known(parent)?).filter(|rid| *rid != 0))
    }

    /// Tells the links of pages, which are those of their newest versions.
    pub(super) fn tell_pages(&mut self) -> Result<(), LinkError> {
        for tag in std::mem::take(&mut self.groups.pages) {
            let Some(newest) = self.tx.tagged(tag)?.pop() else { continue };
            let Some(content) = self.content(newest.get())? else { continue };
            let Ok(Artifact::Wiki(page)) = Artifact::parse(&content) else { continue };
            let mtime = page.date.julian_day();
            let links = links(page.text, markup_of(page.mimetype), mtime);
            self.tx.put_backlinks(BacklinkSource::Wiki, tag, &links)?;
        }
        Ok(())
    }

    /// Tells which versions of technotes the timeline shows: the newest that was there when it
    /// came, and in its place the next that is as new and says what it comes from.
    pub(super) fn tell_technotes(&mut self) -> Result<(), LinkError> {
        for tag in std::mem::take(&mut self.groups.technotes).into_keys() {
            let mut versions = self.tx.tagged(tag)?;
            versions.sort_unstable();
            let mut came: Vec<(i64, Moment)> = Vec::new();
            let mut shown: Vec<(i64, EventRow)> = Vec::new();
            for rid in versions.iter().map(|rid| rid.get()) {
                let Some(content) = self.content(rid)? else { continue };
                let Ok(Artifact::Technote(version)) = Artifact::parse(&content) else { continue };
                // Fossil compares what it has stored exactly with what goes through text.
                let date = time::of(version.date);
                let newest = came.iter().all(|(_, other)| other.julian_day() < date);
                came.push((rid, version.date));
                if !newest {
                    continue;
                }
                if self.previous(&version.parents)?.is_some() {
                    shown.clear();
                }
                shown.push((rid, self.technote_event(rid, tag, &version)?));
            }
            for (rid, _) in came {
                let shown = shown.iter().find(|(of, _)| *of == rid);
                match shown.map(|(_, event)| event.clone()) {
                    Some(event) => self.show(rid, event)?,
                    None => self.hide_event(rid)?,
                }
            }
        }
        Ok(())
    }

    fn technote_event(
        &mut self,
        rid: i64,
        tag: i64,
        technote: &Technote<'_>,
    ) -> Result<EventRow, LinkError> {
        let mut event = EventRow::new(EventKind::Technote, time::of(technote.event.time));
        event.tag = Some(tag);
        event.user = technote.user.map(value);
        event.comment = technote.comment.map(value);
        let colour = self.tag_of(rid, number::COLOUR)?;
        event.colour = colour.and_then(|tag| tag.value.clone());
        Ok(event)
    }
}

/// What Fossil takes a text to be: without spaces before it, and up to a NUL.
fn shown_text(text: &[u8]) -> &[u8] {
    let is_space = |byte: &u8| matches!(byte, b' ' | b'\t'..=b'\r');
    let start = text.iter().position(|byte| !is_space(byte)).unwrap_or(text.len());
    let text = text.get(start..).unwrap_or_default();
    text.split(|byte| *byte == 0).next().unwrap_or_default()
}

pub(super) fn markup_of(mimetype: Option<Text<'_>>) -> Markup {
    Markup::of_mimetype(mimetype.map(Text::decode).as_deref())
}
