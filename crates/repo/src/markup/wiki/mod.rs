//! Links of Fossil's wiki markup: `[target]` and `[target|label]`.
//!
//! Anything between brackets is a link, over lines and over tags, unless `<nowiki>`, `<verbatim>`
//! or the inside of a tag that Fossil knows keeps it from being one. `<pre>`, `<code>` and HTML
//! comments do not.

mod attributes;
mod divs;
mod names;
mod tags;

use super::{
    effort::Effort,
    targets::Targets,
    text::{at, find, from, part},
};
use attributes::Attributes;
use divs::Divs;
use tags::{Name, Tag};

/// Adds the targets of a wiki text.
pub(super) fn find_links(text: &[u8], targets: &mut Targets, effort: &mut Effort) {
    let mut reader = Reader { links: true, verbatim: None, divs: Divs::default() };
    let mut place = 0;
    while !effort.is_spent() {
        let interesting = |&byte: &u8| byte == b'<' || byte == b'[' && reader.links;
        let Some(distance) = from(text, place).iter().position(interesting) else { break };
        place += distance;
        place += if at(text, place) == b'<' {
            reader.tag(text, place, effort)
        } else if let Some(end) = find(text, place, b']') {
            targets.add(target(part(text, place + 1..end)));
            end + 1 - place
        } else {
            // Nothing that follows can be a link any more.
            break;
        };
    }
}

/// The target of the link that these brackets hold.
fn target(content: &[u8]) -> &[u8] {
    let mut end = find(content, 0, b'|').unwrap_or(content.len());
    while end > 1 && at(content, end - 1) == b' ' {
        end -= 1;
    }
    part(content, 0..end)
}

/// A `<verbatim>` that has not ended yet.
struct Verbatim {
    /// Whether there were links before it.
    links: bool,
    /// Where its identifier starts.
    id: Option<usize>,
}

/// What was read so far, as far as it matters.
struct Reader {
    /// Whether brackets are links here.
    links: bool,
    verbatim: Option<Verbatim>,
    divs: Divs,
}

impl Reader {
    /// Heeds a tag, and gives how many bytes are read with it: what is no tag is text.
    fn tag(&mut self, text: &[u8], start: usize, effort: &mut Effort) -> usize {
        let Some(tag) = Tag::read(text, start, effort) else { return 1 };
        let attributes = match tag.name {
            Name::Div | Name::Verbatim => Attributes::read(text, tag.name_end, effort),
            _ => Attributes::default(),
        };
        if tag.name == Name::Div
            && tag.closes
            && let Some(links) = self.divs.close_named(text, &attributes)
        {
            self.verbatim = None;
            self.links = links;
            return tag.length;
        }
        if let Some(verbatim) = &self.verbatim {
            let ends = tag.name == Name::Verbatim
                && tag.closes
                && verbatim.id.is_none_or(|id| attributes.are_just(text, id));
            if !ends {
                return 1;
            }
            self.links = verbatim.links;
            self.verbatim = None;
            return tag.length;
        }
        match tag.name {
            Name::Unknown => return 1,
            Name::NoWiki => self.links = tag.closes,
            Name::Div if tag.closes => self.divs.close_unnamed(),
            Name::Div => self.divs.open(attributes.id(), self.links),
            Name::Verbatim if !tag.closes => {
                let id = attributes.first_value_if_any_is_id();
                self.verbatim = Some(Verbatim { links: self.links, id });
                self.links = false;
            }
            Name::Verbatim | Name::Known => {}
        }
        tag.length
    }
}

#[cfg(test)]
mod tests {
    use crate::markup::{Markup, links};

    fn found(text: &str) -> Vec<String> {
        links(text.as_bytes(), Markup::Wiki)
    }

    #[test]
    fn brackets_are_links() {
        assert_eq!(found("[1234] [5678  | label] [9abc|x|y]"), ["1234", "5678", "9abc"]);
        assert_eq!(found("[[1234]] [ 1234] [12\n34] [x|1234]"), [""; 0]);
        assert_eq!(found("[1234<b>|\n\n]5678] [1234"), [""; 0]);
        assert_eq!(
            found("<pre>[1111]</pre> <!-- [2222] --> <code>[3333]</code>"),
            ["1111", "2222", "3333"]
        );
    }

    #[test]
    fn tags_that_are_known_hide_what_is_in_them() {
        assert_eq!(found("<b [1111]> <b x='>[2222]'> <foo [3333]> <b[4444]>"), ["3333", "4444"]);
        assert_eq!(found("<nowiki>[1111]<nowiki>[2222]</nowiki>[3333]"), ["3333"]);
        assert_eq!(found("<a [1111] '>' [2222]"), ["1111", "2222"]);
    }

    #[test]
    fn a_verbatim_with_an_identifier_does_not_end() {
        assert_eq!(found("<verbatim>[1111]</verbatim>[2222]"), ["2222"]);
        assert_eq!(found("<verbatim><nowiki>[1111]</verbatim x>[2222]"), ["2222"]);
        assert_eq!(found("<verbatim type='x'>[1111]</verbatim>[2222]"), ["2222"]);
        assert_eq!(found("<verbatim id='x'>[1111]</verbatim id='x'>[2222]"), [""; 0]);
        assert_eq!(found("<verbatim id>[1111]</verbatim>[2222]"), ["2222"]);
        assert_eq!(found("<verbatim-x>[1111]</verbatim-x>[2222]"), [""; 0]);
    }

    #[test]
    fn an_identifier_is_compared_to_the_end_of_all_text() {
        assert_eq!(found("<nowiki><div id=A></nowiki></div id=A>[1111]"), ["1111"]);
        // The end tag holds what Fossil sees behind the identifier of its start tag.
        let odd = "<nowiki><div id=A></nowiki></div class=b id=\"A></nowiki></div class=b\">[1111]";
        assert_eq!(found(odd), [""; 0]);
        let even = "<verbatim x=a\"\">w=</verbatim id=Q>[1111]";
        assert_eq!(found(even), ["1111"]);
    }
}
