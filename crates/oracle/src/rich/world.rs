//! The project as its makers know it, while it is composed.

use std::collections::{BTreeMap, BTreeSet};

use super::{Artifact, Fate, Kind, shape::Shape};
use crate::{digest, random::Random};

/// When the project began, in milliseconds since 1970.
const BEGINNING: i64 = 1_600_000_000_000;

/// A file in a check-in.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct FileState {
    pub(super) hash: String,
    pub(super) perm: &'static str,
}

/// A check-in that was made.
pub(super) struct CheckIn {
    pub(super) name: String,
    pub(super) time: i64,
    pub(super) branch: String,
    pub(super) parents: Vec<usize>,
    pub(super) files: BTreeMap<String, FileState>,
    /// The check-in that it is told as a change of.
    pub(super) baseline: Option<usize>,
    pub(super) fate: Fate,
    /// Whether it and its child, or its parent, are at most some seconds apart.
    pub(super) in_quick_pair: bool,
    /// Whether no `branch` tag reaches it, because it or what it follows is not here.
    pub(super) branchless: bool,
    /// Whether one of its parents is branchless, or unknown.
    pub(super) hangs: bool,
}

/// Pages, technotes and posts: what comes in versions.
#[derive(Clone, Default)]
pub(super) struct Page {
    /// A title, or an id.
    pub(super) id: String,
    /// What a reply or an edit must repeat.
    pub(super) title: String,
    pub(super) root: String,
    pub(super) reply_to: String,
    /// The names of its versions so far.
    pub(super) versions: Vec<String>,
    pub(super) event: i64,
    /// When the last version was made.
    pub(super) last: i64,
}

/// The project so far.
pub(super) struct World {
    pub(super) shape: Shape,
    pub(super) random: Random,
    pub(super) artifacts: Vec<Artifact>,
    pub(super) numbers: BTreeMap<String, usize>,
    pub(super) check_ins: Vec<CheckIn>,
    pub(super) wikis: Vec<Page>,
    pub(super) technotes: Vec<Page>,
    /// By their ids; when each was last changed.
    pub(super) tickets: Vec<(String, i64)>,
    pub(super) posts: Vec<Page>,
    /// Attached: file name and target.
    pub(super) attached: Vec<(String, String)>,
    /// Check-ins that have a tag by a control artifact.
    pub(super) tagged: BTreeSet<(usize, String)>,
    clock: i64,
}

impl World {
    pub(super) fn new(seed: u64, shape: &Shape) -> Self {
        let mut world = Self {
            shape: shape.clone(),
            random: Random::new(seed),
            artifacts: Vec::new(),
            numbers: BTreeMap::new(),
            check_ins: Vec::new(),
            wikis: Vec::new(),
            technotes: Vec::new(),
            tickets: Vec::new(),
            posts: Vec::new(),
            attached: Vec::new(),
            tagged: BTreeSet::new(),
            clock: BEGINNING,
        };
        // Known from the start, so that an attachment can come before what it is attached to.
        for number in 0..4 {
            let ticket = world.made_up();
            world.tickets.push((ticket[..40].to_owned(), 0));
            let id = world.made_up();
            world.technotes.push(Page { id, ..Page::default() });
            let title = ["Home", "A page (with) [brackets]", "Übersicht", "50% \"quoted\""][number];
            world.wikis.push(Page { id: title.to_owned(), ..Page::default() });
        }
        world
    }

    /// A hash that nothing has.
    pub(super) fn made_up(&mut self) -> String {
        let bytes = self.random.any().to_le_bytes();
        if self.random.one_in(2) { digest::sha1(&bytes) } else { digest::sha3(&bytes) }
    }

    /// Takes an artifact into the project, and gives its name.
    pub(super) fn add(
        &mut self,
        bytes: Vec<u8>,
        kind: Kind,
        fate: Fate,
        kin: Option<&str>,
    ) -> String {
        let sha3 = digest::sha3(&bytes);
        let sha1 = digest::sha1(&bytes);
        for name in [&sha3, &sha1] {
            if let Some(&known) = self.numbers.get(name) {
                // What is public somewhere is public.
                let known = &mut self.artifacts[known];
                if fate == Fate::Kept && known.fate != Fate::Shunned {
                    known.fate = fate;
                }
                return name.clone();
            }
        }
        let name = if self.random.one_in(3) { sha1 } else { sha3 };
        let kin = kin.and_then(|kin| self.numbers.get(kin).copied());
        self.numbers.insert(name.clone(), self.artifacts.len());
        self.artifacts.push(Artifact { name: name.clone(), bytes, kind, fate, kin });
        name
    }

    /// A moment after all others.
    pub(super) fn tick(&mut self) -> i64 {
        self.clock += 10_000 + i64::try_from(self.random.below(5000)).unwrap() * 1000;
        if self.random.one_in(3) {
            self.clock += 123;
        }
        self.clock
    }

    /// A moment after all others, or the last one of the same thing if dates may be equal.
    pub(super) fn date(&mut self, last: i64) -> i64 {
        if self.shape.equal_dates && last > 0 && self.random.one_in(3) { last } else { self.tick() }
    }

    /// A moment at any time of the project.
    pub(super) fn any_date(&mut self) -> i64 {
        let span = usize::try_from((self.clock - BEGINNING) / 1000).unwrap();
        BEGINNING + i64::try_from(self.random.below(span + 100_000)).unwrap() * 1000
    }

    pub(super) fn user(&mut self) -> &'static str {
        const USERS: &[&str] = &["alice", "bob", "carol d", "éva"];
        USERS[self.random.below(USERS.len())]
    }

    /// A name of something that was made, if there is any.
    pub(super) fn any_name(&mut self) -> String {
        if self.artifacts.is_empty() || self.random.one_in(6) {
            return self.made_up();
        }
        let at = self.random.below(self.artifacts.len());
        self.artifacts[at].name.clone()
    }

    /// Some words, and a link if that is wanted.
    pub(super) fn words(&mut self, links: bool) -> String {
        const WORDS: &[&str] = &[
            "a fix",
            "of the",
            "parser",
            "größer",
            "\"quoted\"",
            "100%",
            "it's",
            "<b>bold</b>",
            "tab\there",
            "line\nbreak",
            "back\\slash",
            "日本語",
            "&amp;",
            "end.",
        ];
        let count = 1 + self.random.below(6);
        let mut words: Vec<_> = (0..count).map(|_| (*self.random.pick(WORDS)).to_owned()).collect();
        if links {
            for _ in 0..self.random.below(3) {
                let name = self.any_name();
                let page = self.wikis[self.random.below(self.wikis.len())].id.clone();
                words.push(match self.random.below(7) {
                    0 => format!("[{name}|a label]"),
                    1 => format!("[ticket:/info/{}]", &name[..16]),
                    2 => format!("[wiki:{page}]"),
                    3 => format!("[[{}]]", &name[..12]),
                    4 => format!("[label]({})", &name[..20]),
                    5 => format!("[/info/{}]", &name[..10]),
                    _ => format!("[{}]", &name[..10]),
                });
            }
        }
        words.join(" ")
    }

    /// Whether one check-in is another or comes before it along primary parents.
    pub(super) fn is_above(&self, above: usize, below: usize) -> bool {
        let mut at = Some(below);
        while let Some(check_in) = at {
            if check_in == above {
                return true;
            }
            at = self.check_ins[check_in].parents.first().copied();
        }
        false
    }
}

/// A moment as a D card has it.
pub(super) fn stamp(time: i64) -> String {
    let (seconds, millis) = (time.div_euclid(1000), time.rem_euclid(1000));
    let (days, second) = (seconds.div_euclid(86400), seconds.rem_euclid(86400));
    // The civil date of a day, counted in years that begin in March and eras of 400 of them.
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    let stamp = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
    if millis == 0 { stamp } else { format!("{stamp}.{millis:03}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_as_the_calendar_has_them() {
        assert_eq!(stamp(0), "1970-01-01T00:00:00");
        assert_eq!(stamp(BEGINNING + 7), "2020-09-13T12:26:40.007");
        assert_eq!(stamp(951_782_399_000), "2000-02-28T23:59:59");
        assert_eq!(stamp(951_782_400_000), "2000-02-29T00:00:00");
        assert_eq!(stamp(-1), "1969-12-31T23:59:59.999");
    }
}
