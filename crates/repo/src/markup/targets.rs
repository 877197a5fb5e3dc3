//! The targets that are kept.

use std::collections::HashSet;

use super::text::part;

/// Digits of the longest name of an artifact.
const LONGEST: usize = 64;

/// Digits below which a target is taken for a word.
const SHORTEST: usize = 4;

/// A link to the page of an artifact is a link to the artifact.
const PAGE: &[u8] = b"/info/";

/// Targets in the order in which they were found.
#[derive(Default)]
pub(super) struct Targets {
    found: Vec<String>,
    known: HashSet<String>,
}

impl Targets {
    /// Keeps the target of a link if it can be an artifact.
    pub(super) fn add(&mut self, target: &[u8]) {
        let is_page = target.len() >= PAGE.len() + SHORTEST && target.starts_with(PAGE);
        let start = if is_page { PAGE.len() } else { 0 };
        let name = part(target, start..target.len());
        let fits = (SHORTEST..=LONGEST).contains(&name.len());
        if !fits || !name.iter().all(u8::is_ascii_hexdigit) {
            return;
        }
        let name: String =
            name.iter().map(|&digit| char::from(digit.to_ascii_lowercase())).collect();
        if !self.known.contains(&name) {
            self.known.insert(name.clone());
            self.found.push(name);
        }
    }

    pub(super) fn into_vec(self) -> Vec<String> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_artifacts_are_kept_once_and_in_lower_case() {
        let mut targets = Targets::default();
        let longest = "a".repeat(64);
        let too_long = "b".repeat(65);
        let with_page = format!("/info/{longest}");
        for target in [
            "ABCD",
            "abcd",
            "abc",
            "/info/1234",
            "/info/123",
            "info/5678",
            "/info/ABCD",
            "12g4",
            "",
            &longest,
            &too_long,
            &with_page,
            "/info//info/9999",
        ] {
            targets.add(target.as_bytes());
        }
        assert_eq!(targets.into_vec(), ["abcd", "1234", &longest]);
    }
}
