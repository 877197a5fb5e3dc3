//! Patterns for names, as Fossil and SQLite have them.
//!
//! `*` stands for any letters, slashes among them, `?` for one, `[a-z]` for one of several and
//! `[^a-z]` for any other. A pattern fits a whole name or none of it.

use std::str::Chars;

/// Whether a pattern fits a name.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let (mut pattern, mut name) = (pattern.chars(), name.chars());
    // The last star, and from where on it may take one letter more. Stars before that one need not
    // be looked at again: whatever they could take, the last one can.
    let mut last_star: Option<(Chars<'_>, Chars<'_>)> = None;
    loop {
        let (mut rest, mut left) = (pattern.clone(), name.clone());
        match (rest.next(), left.next()) {
            (Some('*'), _) => {
                last_star = Some((rest.clone(), name.clone()));
                pattern = rest;
                continue;
            }
            (None, None) => return true,
            (Some(first), Some(letter)) if fits_letter(first, &mut rest, letter) => {
                (pattern, name) = (rest, left);
                continue;
            }
            _ => {}
        }
        let Some((after_star, from)) = &mut last_star else { return false };
        if from.next().is_none() {
            return false;
        }
        (pattern, name) = (after_star.clone(), from.clone());
    }
}

/// Whether one part of a pattern, which `rest` follows, fits one letter.
fn fits_letter(first: char, rest: &mut Chars<'_>, letter: char) -> bool {
    match first {
        '?' => true,
        '[' => fits_set(rest, letter),
        _ => first == letter,
    }
}

/// Whether a letter is in a set, up to its `]`, which ends no set when it comes first.
fn fits_set(rest: &mut Chars<'_>, letter: char) -> bool {
    let is_inverted = rest.as_str().starts_with('^');
    if is_inverted {
        rest.next();
    }
    let mut is_in = false;
    let mut is_first = true;
    while let Some(start) = rest.next() {
        if start == ']' && !is_first {
            return is_in != is_inverted;
        }
        is_first = false;
        let mut ahead = rest.clone();
        match (ahead.next(), ahead.next()) {
            (Some('-'), Some(end)) if end != ']' => {
                is_in |= (start..=end).contains(&letter);
                *rest = ahead;
            }
            _ => is_in |= start == letter,
        }
    }
    // A set without an end fits nothing.
    false
}

/// Several patterns, as settings have them: with commas or white space between them, and quotes
/// around those that hold such.
pub(crate) fn list(text: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    let is_gap = |c: char| c == ',' || c.is_ascii_whitespace();
    let mut rest = text.trim_start_matches(is_gap);
    while let Some(first) = rest.chars().next() {
        let (pattern, after) = match first {
            '\'' | '"' => {
                let quoted = rest.strip_prefix(first).unwrap_or_default();
                quoted.split_once(first).unwrap_or((quoted, ""))
            }
            _ => rest.split_once(is_gap).unwrap_or((rest, "")),
        };
        patterns.push(pattern.to_owned());
        rest = after.trim_start_matches(is_gap);
    }
    patterns
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_fit_whole_names() {
        for (pattern, name, expected) in [
            ("*.c", "src/main.c", true),
            ("*.c", "src/main.cc", false),
            ("src/*", "src/a/b", true),
            ("src/?", "src/ä", true),
            ("src/?", "src/ab", false),
            ("*a*b*c", "xxaxxbxxbxc", true),
            ("*a*b*c", "xxaxxbxxbx", false),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("[^a-c]x", "dx", true),
            ("[]]", "]", true),
            ("[a-]", "-", true),
            ("[a", "a", false),
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        let name = "a".repeat(2_000);
        assert!(!fits(&"*a".repeat(200).replace("*a*a", "*a*"), &format!("{name}b")));
    }

    #[test]
    fn lists_have_gaps_and_quotes() {
        assert_eq!(list(" *.o, *.obj\n'a b' \"c,d\",e"), ["*.o", "*.obj", "a b", "c,d", "e"]);
        assert!(list(" ,\n").is_empty());
        assert_eq!(list("'open end"), ["open end"]);
    }
}
