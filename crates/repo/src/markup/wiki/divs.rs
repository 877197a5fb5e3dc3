//! The `<div>` tags that are open.

use std::{collections::HashMap, ops::Range};

use super::attributes::Attributes;

/// An open `<div>`.
struct Div {
    /// Where its identifier starts.
    id: Option<usize>,
    /// Whether there were links before it.
    links: bool,
}

/// All open `<div>` tags.
#[derive(Default)]
pub(super) struct Divs {
    open: Vec<Div>,
    /// Those without an identifier, by their places in `open`.
    unnamed: Vec<usize>,
    /// Those with one, by where it starts.
    named: HashMap<usize, Vec<usize>>,
}

impl Divs {
    pub(super) fn open(&mut self, id: Option<Range<usize>>, links: bool) {
        let level = self.open.len();
        let id = id.map(|value| value.start);
        match id {
            Some(start) => self.named.entry(start).or_default().push(level),
            None => self.unnamed.push(level),
        }
        self.open.push(Div { id, links });
    }

    /// Ends the innermost one without an identifier, with all in it.
    pub(super) fn close_unnamed(&mut self) {
        if let Some(level) = self.unnamed.pop() {
            self.close_from(level);
        }
    }

    /// Ends the innermost one that has the identifier of this end tag, with all in it. Gives whether
    /// there were links before it.
    pub(super) fn close_named(&mut self, text: &[u8], end: &Attributes) -> Option<bool> {
        let id = end.id()?;
        let starts = end.starts_of_equals(text, &id);
        let level =
            starts.iter().filter_map(|start| self.named.get(start)?.last()).max().copied()?;
        let links = self.open.get(level)?.links;
        self.close_from(level);
        Some(links)
    }

    fn close_from(&mut self, level: usize) {
        for div in self.open.drain(level..) {
            if let Some(start) = div.id
                && let Some(levels) = self.named.get_mut(&start)
            {
                levels.pop();
            }
        }
        let kept = self.unnamed.partition_point(|&unnamed| unnamed < level);
        self.unnamed.truncate(kept);
    }
}
