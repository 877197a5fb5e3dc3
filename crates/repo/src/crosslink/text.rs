//! The texts that Fossil shows on the timeline for what has no comment of its own.

/// Digits of the longest names, those by SHA3.
const LONGEST_NAME: usize = 64;

/// How many digits of a name texts show.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Digits {
    /// To people.
    pub(crate) shown: usize,
    /// In links.
    pub(crate) linked: usize,
}

impl Digits {
    /// Goes by the setting `hash-digits`.
    pub(crate) fn from_setting(setting: Option<&str>) -> Self {
        let shown = setting.map_or(10, leading_number).clamp(6, LONGEST_NAME);
        Self { shown, linked: (shown + 6).clamp(16, LONGEST_NAME) }
    }

    /// The beginning of a name, for people.
    pub(crate) fn show(self, name: &[u8]) -> &[u8] {
        name.get(..self.shown).unwrap_or(name)
    }

    /// The beginning of a name, for a link.
    pub(crate) fn link(self, name: &[u8]) -> &[u8] {
        name.get(..self.linked).unwrap_or(name)
    }
}

/// A number as C reads it: what follows the digits counts for nothing.
fn leading_number(text: &str) -> usize {
    let digits = text.trim_start().bytes().take_while(u8::is_ascii_digit);
    digits.fold(0_usize, |number, digit| {
        number.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
    })
}

/// Text as it stands in HTML. A NUL ends it, as in C.
pub(crate) fn html(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'<' => out.extend(b"&lt;"),
            b'>' => out.extend(b"&gt;"),
            b'&' => out.extend(b"&amp;"),
            b'"' => out.extend(b"&quot;"),
            b'\'' => out.extend(b"&#39;"),
            0 => break,
            _ => out.push(byte),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_has_bounds() {
        for (setting, shown, linked) in [
            (None, 10, 16),
            (Some("8"), 8, 16),
            (Some("12x"), 12, 18),
            (Some("0"), 6, 16),
            (Some("off"), 6, 16),
            (Some("999999999999999999999999"), 64, 64),
        ] {
            assert_eq!(Digits::from_setting(setting), Digits { shown, linked }, "{setting:?}");
        }
    }

    #[test]
    fn names_shorter_than_that_are_shown_whole() {
        let digits = Digits::from_setting(None);
        assert_eq!(digits.show(b"abc"), b"abc");
        assert_eq!(digits.show(b"0123456789abcdef0123"), b"0123456789");
        assert_eq!(digits.link(b"0123456789abcdef0123"), b"0123456789abcdef");
    }

    #[test]
    fn html_is_safe_in_text_and_attributes() {
        assert_eq!(
            html(br#"<a href="x">'&'</a>"#),
            b"&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;"
        );
    }
}
