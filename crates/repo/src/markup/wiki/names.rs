//! Names of tags and attributes that Fossil knows, in alphabetical order.

/// The tags, except the three that change how text is read.
pub(super) const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "aside",
    "b",
    "big",
    "blockquote",
    "br",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "dfn",
    "dl",
    "dt",
    "em",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "nav",
    "nobr",
    "ol",
    "p",
    "pre",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "title",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];

/// The attributes, whatever tag they are for.
pub(super) const ATTRIBUTES: &[&str] = &[
    "align",
    "alt",
    "bgcolor",
    "border",
    "cellpadding",
    "cellspacing",
    "class",
    "clear",
    "color",
    "colspan",
    "compact",
    "face",
    "height",
    "href",
    "hspace",
    "id",
    "links",
    "name",
    "rowspan",
    "size",
    "src",
    "start",
    "style",
    "target",
    "title",
    "type",
    "valign",
    "value",
    "vspace",
    "width",
];

/// The name among `names` that these bytes are, in any case.
pub(super) fn known(names: &[&'static str], bytes: &[u8]) -> Option<&'static str> {
    let order = |name: &&str| name.bytes().cmp(bytes.iter().map(u8::to_ascii_lowercase));
    names.binary_search_by(order).ok().and_then(|index| names.get(index)).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order() {
        assert!(TAGS.is_sorted() && ATTRIBUTES.is_sorted());
        assert_eq!(known(TAGS, b"BlockQuote"), Some("blockquote"));
        assert_eq!(known(TAGS, b"blockquot"), None);
        assert_eq!(known(ATTRIBUTES, b"id"), Some("id"));
    }
}
