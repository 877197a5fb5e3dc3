//! Footnotes, and who refers to them.

use super::{
    footnote_definition::{Footnote, classes_length},
    identifier,
};
use crate::markup::text::{at, from, is_blank, is_space, part, run};

/// A footnote while the text is read.
struct Note {
    text: Vec<u8>,
    /// Its number on the page, if anything refers to it.
    mark: Option<usize>,
    /// Where it was defined.
    defined: usize,
    is_read: bool,
}

/// All footnotes of a text.
pub(super) struct Footnotes {
    /// Those that are defined, in the order of their identifiers, and then those that stand where
    /// they are referred to.
    notes: Vec<Note>,
    /// The identifiers of the first of them.
    ids: Vec<Vec<u8>>,
    /// How many have a number.
    marks: usize,
}

impl Footnotes {
    pub(super) fn new(definitions: Vec<Footnote>) -> Self {
        let mut sorted: Vec<_> = definitions.into_iter().enumerate().collect();
        sorted.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        let (mut notes, mut ids) = (Vec::new(), Vec::new());
        for same in sorted.chunk_by(|(_, a), (_, b)| a.id == b.id) {
            let [(defined, first), others @ ..] = same else { continue };
            let text = if others.is_empty() { first.text.clone() } else { joined(same) };
            notes.push(Note { text, mark: None, defined: *defined, is_read: false });
            ids.push(first.id.clone());
        }
        Self { notes, ids, marks: 0 }
    }

    /// How many footnotes are referred to so far.
    pub(super) fn marks(&self) -> usize {
        self.marks
    }

    /// Refers to a footnote by its identifier, if there is one of it.
    pub(super) fn refer(&mut self, id: &[u8]) {
        if self.ids.is_empty() {
            return;
        }
        let Some(index) = identifier(id).and_then(|id| self.ids.binary_search(&id).ok()) else {
            return;
        };
        if let Some(note) = self.notes.get_mut(index).filter(|note| note.mark.is_none()) {
            self.marks += 1;
            note.mark = Some(self.marks);
        }
    }

    /// Adds a footnote that stands where it is referred to. An empty one is none.
    pub(super) fn add(&mut self, content: &[u8]) -> bool {
        let content = from(content, indent_over_a_line(content));
        let classes = classes_length(content);
        let mut text = from(content, classes);
        if text.iter().all(|&byte| is_space(byte)) {
            // Classes of nothing are text.
            text = part(content, 0..classes);
        }
        if text.is_empty() {
            return false;
        }
        self.marks += 1;
        let mark = Some(self.marks);
        self.notes.push(Note { text: text.to_vec(), mark, defined: 0, is_read: false });
        true
    }

    /// The footnotes in the order in which Fossil looks at them: by number, and then those that
    /// nothing refers to yet.
    pub(super) fn in_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.notes.len()).collect();
        order.sort_by_key(|&index| {
            self.notes.get(index).map(|note| (note.mark.unwrap_or(usize::MAX), note.defined))
        });
        order
    }

    /// The text of a footnote that is referred to and was not read before.
    pub(super) fn take_if_referred(&mut self, index: usize) -> Option<Vec<u8>> {
        let note = self.notes.get_mut(index)?;
        if note.mark.is_none() || note.is_read {
            return None;
        }
        note.is_read = true;
        Some(std::mem::take(&mut note.text))
    }
}

/// Footnotes of one identifier are a list.
fn joined(notes: &[(usize, Footnote)]) -> Vec<u8> {
    let mut text = b"<ul class='fn-joined'>\n".to_vec();
    for (_, note) in notes {
        for piece in [b"<li>".as_slice(), &note.classes, &note.text, b"</li>\n"] {
            text.extend_from_slice(piece);
        }
    }
    text.extend_from_slice(b"</ul>\n");
    text
}

/// Blanks, perhaps the end of a line, and then blanks again.
fn indent_over_a_line(text: &[u8]) -> usize {
    let mut place = run(text, 0, is_blank);
    match (at(text, place), at(text, place + 1)) {
        (b'\r', b'\n') => place += 2,
        (b'\r' | b'\n', _) => place += 1,
        _ => {}
    }
    place + run(text, place, is_blank)
}
