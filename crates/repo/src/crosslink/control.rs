//! Control artifacts, and how the timeline tells what they change.

use outcrop_format::hash::HashName;

use super::LinkError;
use super::linker::{Linker, value};
use super::text::{Digits, html};
use super::time;
use crate::artifact::{Control, Tag, TagAction};
use crate::tx::derived::{EventKind, EventRow};

impl Linker<'_> {
    pub(super) fn link_control(
        &mut self,
        rid: i64,
        control: &Control<'_>,
    ) -> Result<(), LinkError> {
        self.apply_tags(rid, control.date.julian_day(), &control.tags)?;
        let mut event = EventRow::new(EventKind::Control, time::of(control.date));
        event.user = Some(value(control.user));
        event.comment = Some(told(self.digits, &control.tags).into());
        self.show(rid, event)
    }
}

/// What the tags change, in words.
fn told(digits: Digits, tags: &[Tag<'_>]) -> Vec<u8> {
    let mut changes: Vec<_> = tags
        .iter()
        .filter_map(|tag| Some((tag.target?, signed_name(tag), tag)))
        .map(|(target, name, tag)| (target.to_hex(), target, name, tag))
        .collect();
    changes.sort_by(|a, b| (a.0.as_bytes(), &a.2).cmp(&(b.0.as_bytes(), &b.2)));
    let mut text = Vec::new();
    let mut last: Option<HashName> = None;
    let mut moved = false;
    for (hex, target, name, tag) in &changes {
        let hex = hex.as_bytes();
        if last != Some(*target) {
            text.extend([b" Edit [", digits.link(hex), b"|", digits.show(hex), b"]:"].concat());
            moved = false;
        }
        last = Some(*target);
        moved |= name == b"*branch";
        let value = tag.value.map(|value| value.decode().into_owned()).unwrap_or_default();
        text.extend(change(digits, hex, name, &value, moved));
    }
    // The first space was only there to separate.
    text.get(1..).unwrap_or_default().to_vec()
}

/// The name of a tag with the sign of what becomes of it.
fn signed_name(tag: &Tag<'_>) -> Vec<u8> {
    let sign: &[u8] = match tag.action {
        TagAction::Add => b"+",
        TagAction::Propagate => b"*",
        TagAction::Cancel => b"-",
    };
    [sign, &tag.name.decode()].concat()
}

/// One change of a tag, in words. `moved` says that the same artifact moves to another branch.
fn change(digits: Digits, hex: &[u8], name: &[u8], value: &[u8], moved: bool) -> Vec<u8> {
    let (shown, note) = (html(value), b" with note \"".as_slice());
    let plain = match name {
        b"*branch" => {
            return [
                b" Move to branch [/timeline?r=".as_slice(),
                &shown,
                b"&nd&dp=",
                digits.link(hex),
                b"&unhide | ",
                &shown,
                b"].",
            ]
            .concat();
        }
        b"*bgcolor" => return quoted(b" Change branch background color to \"", &shown),
        b"+bgcolor" => return quoted(b" Change background color to \"", &shown),
        b"+comment" => return b" Edit check-in comment.".to_vec(),
        b"+user" => return quoted(b" Change user to \"", &shown),
        b"+date" => return [b" Timestamp ".as_slice(), &shown, b"."].concat(),
        b"-bgcolor" => b" Cancel background color".to_vec(),
        b"+closed" => b" Mark \"Closed\"".to_vec(),
        b"-closed" => b" Remove the \"Closed\" mark".to_vec(),
        _ => match (name.get(..5), name.get(5..)) {
            (Some(b"-sym-" | b"*sym-"), _) if moved => return Vec::new(),
            (Some(b"-sym-"), Some(tag)) => named(b" Cancel tag \"", tag),
            (Some(b"*sym-"), Some(tag)) => named(b" Add propagating tag \"", tag),
            (Some(b"+sym-"), Some(tag)) => named(b" Add tag \"", tag),
            _ => return property(name, value),
        },
    };
    with(&plain, note, value)
}

/// A change of a tag that has no words of its own.
fn property(name: &[u8], value: &[u8]) -> Vec<u8> {
    let (sign, tag) = name.split_at_checked(1).unwrap_or_default();
    let verb: &[u8] = match sign {
        b"-" => b" Cancel \"",
        b"+" => b" Add \"",
        _ => b" Add propagating \"",
    };
    with(&named(verb, tag), b" with value \"", value)
}

fn named(verb: &[u8], tag: &[u8]) -> Vec<u8> {
    [verb, &html(tag), b"\""].concat()
}

fn quoted(verb: &[u8], shown: &[u8]) -> Vec<u8> {
    [verb, shown, b"\"."].concat()
}

/// Ends a sentence, with the value if there is one.
fn with(sentence: &[u8], introduction: &[u8], value: &[u8]) -> Vec<u8> {
    if value.is_empty() {
        return [sentence, b"."].concat();
    }
    [sentence, introduction, &html(value), b"\"."].concat()
}
