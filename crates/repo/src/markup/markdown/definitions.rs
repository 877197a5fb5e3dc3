//! The first pass: definitions are taken out of the text, and lines end with a newline.

use super::{
    footnote_definition::{self, Footnote},
    references::{self, Reference},
};
use crate::markup::text::{at, from, is_line_end, part, run};

/// A text without its definitions, and these.
#[derive(Default)]
pub(super) struct Definitions {
    pub(super) text: Vec<u8>,
    pub(super) references: Vec<Reference>,
    pub(super) footnotes: Vec<Footnote>,
}

impl Definitions {
    pub(super) fn take_out(source: &[u8]) -> Self {
        let mut taken = Self { text: Vec::with_capacity(source.len()), ..Self::default() };
        let mut place = 0;
        while place < source.len() {
            let rest = from(source, place);
            if let Some((reference, length)) = references::definition(rest) {
                taken.references.push(reference);
                place += length;
            } else if let Some((footnote, length)) = footnote_definition::definition(rest) {
                taken.footnotes.push(footnote);
                place += length;
            } else {
                place += taken.keep_line(rest);
            }
        }
        taken
    }

    /// Keeps the first line of `rest`, and gives how long it is, with the empty lines behind it.
    fn keep_line(&mut self, rest: &[u8]) -> usize {
        let mut place = run(rest, 0, |byte| !is_line_end(byte));
        self.text.extend_from_slice(part(rest, 0..place));
        while is_line_end(at(rest, place)) {
            let next = at(rest, place + 1);
            if at(rest, place) == b'\n' || (next != 0 && next != b'\n') {
                self.text.push(b'\n');
            }
            place += 1;
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_newlines() {
        let taken = Definitions::take_out(b"a\r\nb\rc\n\r\n\rd\r");
        assert_eq!(taken.text.escape_ascii().to_string(), "a\\nb\\nc\\n\\n\\nd");
    }

    #[test]
    fn definitions_are_taken_out() {
        let taken = Definitions::take_out(b"a\n[x]: 1234\n[^y]: note\n  more\nb");
        assert_eq!(taken.text.escape_ascii().to_string(), "a\\n\\nb");
        assert_eq!((taken.references.len(), taken.footnotes.len()), (1, 1));
    }
}
