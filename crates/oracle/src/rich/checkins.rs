//! Check-ins.

use std::collections::BTreeMap;

use super::{
    Fate, Kind, Quick,
    cards::{Cards, sign},
    files::Files,
    world::{CheckIn, World, stamp},
};
use crate::digest;

impl World {
    /// Makes one check-in.
    pub(super) fn check_in(&mut self) {
        let parents = self.choose_parents();
        let fate = self.choose_fate(&parents);
        let mut files = match parents.first() {
            Some(&parent) => self.check_ins[parent].files.clone(),
            None => Files::new(),
        };
        for &other in parents.iter().skip(1) {
            self.merge_files(&mut files, other);
        }
        let renamed = self.edit_files(&mut files, fate);
        let quick = self.quick(&parents);
        let time = match (quick, parents.first()) {
            (Some(step), Some(&parent)) => self.check_ins[parent].time + step,
            _ => self.tick(),
        };

        let mut cards = Cards::default();
        let comment = self.words(true);
        cards.text('C', &comment).plain('D', &[&stamp(time)]);
        if !self.random.one_in(12) {
            let user = self.user();
            cards.text('U', user);
        }
        if self.random.one_in(15) {
            cards.plain('N', &["text/x-markdown"]);
        }
        let baseline = self.choose_baseline(&parents, fate);
        self.file_cards(&mut cards, &files, &renamed, baseline);
        if baseline.is_none() && self.random.one_in(4) {
            let sum = self.checksum(&files);
            cards.plain('R', &[&sum]);
        }
        let unknown = self.parent_card(&mut cards, &parents);
        // What is picked counts as a parent where dates are close.
        let alone = quick.is_some() && self.shape.quick == Quick::Single;
        if self.shape.cherrypicks && !alone && self.random.one_in(5) {
            self.cherrypick(&mut cards);
        }
        let branch = self.branch_cards(&mut cards, &parents);
        let mut bytes = cards.finish();
        if self.shape.signed && self.random.one_in(10) {
            bytes = sign(&bytes);
        }
        let kin = parents.first().map(|&parent| self.check_ins[parent].name.clone());
        let name = self.add(bytes, Kind::CheckIn, fate, kin.as_deref());
        let lost = |parent: &usize| self.check_ins[*parent].branchless;
        let hangs = unknown || parents.iter().any(lost);
        let inherits =
            parents.first().is_some_and(|&parent| self.check_ins[parent].branch == branch);
        let present = matches!(fate, Fate::Kept | Fate::Private);
        let branchless = !present || (inherits && parents.first().is_some_and(lost));
        self.check_ins.push(CheckIn {
            name,
            time,
            branch,
            parents,
            files,
            baseline,
            fate,
            in_quick_pair: quick.is_some(),
            branchless,
            hangs,
        });
    }

    fn choose_parents(&mut self) -> Vec<usize> {
        let count = self.check_ins.len();
        if count == 0 || (count > 8 && self.random.one_in(40)) {
            return Vec::new();
        }
        let recent = count - 1 - self.random.below(count.min(3));
        let brother = self.shape.quick == Quick::Any && self.random.one_in(4);
        let primary = match self.random.below(6) {
            // Many children of one parent.
            _ if brother => *self.check_ins[count - 1].parents.first().unwrap_or(&recent),
            0 if self.shape.branches => self.random.below(count),
            1 | 2 if self.shape.branches => recent,
            _ => count - 1,
        };
        let mut parents = vec![primary];
        if self.shape.branches && self.random.one_in(6) {
            for _ in 0..=usize::from(self.random.one_in(4)) {
                let other = self.random.below(count);
                if !parents.contains(&other) {
                    parents.push(other);
                }
            }
        }
        parents
    }

    /// What becomes of it: children of private check-ins are private, too.
    fn choose_fate(&mut self, parents: &[usize]) -> Fate {
        let secret = parents.iter().any(|&parent| self.check_ins[parent].fate == Fate::Private);
        let settled = self.check_ins.len() > 5;
        if secret || (settled && self.shape.private && self.random.one_in(25)) {
            Fate::Private
        } else if settled && self.shape.withheld && self.random.one_in(20) {
            Fate::Withheld
        } else if settled && self.shape.shunned && self.random.one_in(25) {
            Fate::Shunned
        } else {
            Fate::Kept
        }
    }

    /// How far from its parent it is, if that is at most some seconds.
    fn quick(&mut self, parents: &[usize]) -> Option<i64> {
        let &parent = parents.first()?;
        let busy = self.check_ins[parent].in_quick_pair || parents.len() > 1;
        let (from, steps) = match self.shape.quick {
            Quick::Never => return None,
            Quick::Single if busy => return None,
            // Never at the exact end of the window, where the last bit of a date decides.
            Quick::Single => (-1750, 8),
            Quick::Any => (-2500, 21),
        };
        let one_in = if self.shape.quick == Quick::Any { 2 } else { 6 };
        if !self.random.one_in(one_in) {
            return None;
        }
        self.check_ins[parent].in_quick_pair = true;
        Some(from + i64::try_from(self.random.below(steps)).unwrap() * 250)
    }

    /// Takes some of the files of another check-in.
    fn merge_files(&mut self, files: &mut Files, other: usize) {
        let theirs = self.check_ins[other].files.clone();
        for (name, state) in theirs {
            if self.random.one_in(2) {
                files.insert(name, state);
            }
        }
    }

    fn choose_baseline(&mut self, parents: &[usize], fate: Fate) -> Option<usize> {
        let &parent = parents.first()?;
        if !self.shape.delta_manifests || !self.random.one_in(3) {
            return None;
        }
        let of_parent = self.check_ins[parent].baseline;
        let baseline = match of_parent {
            Some(_) if self.shape.odd_parents && self.random.one_in(4) => parent,
            Some(baseline) => baseline,
            None => parent,
        };
        let private = self.check_ins[baseline].fate == Fate::Private;
        (!private || fate == Fate::Private).then_some(baseline)
    }

    fn file_cards(
        &mut self,
        cards: &mut Cards,
        files: &Files,
        renamed: &BTreeMap<String, String>,
        baseline: Option<usize>,
    ) {
        let prior = |name: &String| renamed.get(name).map_or("", String::as_str);
        let Some(baseline) = baseline else {
            for (name, state) in files {
                cards.file(name, &state.hash, state.perm, prior(name));
            }
            return;
        };
        let base = &self.check_ins[baseline];
        cards.plain('B', &[&base.name]);
        for (name, state) in files {
            if base.files.get(name) != Some(state) || renamed.contains_key(name) {
                cards.file(name, &state.hash, state.perm, prior(name));
            }
        }
        for name in base.files.keys().filter(|name| !files.contains_key(*name)) {
            cards.file(name, "", "", "");
        }
    }

    /// The checksum over all files, which a check-out compares.
    fn checksum(&self, files: &Files) -> String {
        let mut all = Vec::new();
        for (name, state) in files {
            let bytes = &self.artifacts[self.numbers[&state.hash]].bytes;
            all.extend_from_slice(format!("{name} {}\n", bytes.len()).as_bytes());
            all.extend_from_slice(bytes);
        }
        digest::md5(&all)
    }

    /// Names the parents, and perhaps one that is no check-in here; answers whether it did.
    fn parent_card(&mut self, cards: &mut Cards, parents: &[usize]) -> bool {
        let mut names: Vec<_> =
            parents.iter().map(|&parent| self.check_ins[parent].name.clone()).collect();
        if self.shape.withheld && !names.is_empty() && self.random.one_in(25) {
            names.push(self.made_up());
        }
        if self.shape.odd_parents && !names.is_empty() && self.random.one_in(20) {
            let files = self.artifacts.iter().filter(|artifact| artifact.kind == Kind::File);
            let files: Vec<_> = files.map(|artifact| artifact.name.clone()).collect();
            names.push(self.random.pick(&files).clone());
        }
        if !names.is_empty() || self.random.one_in(2) {
            let names: Vec<_> = names.iter().map(String::as_str).collect();
            cards.plain('P', &names);
        }
        names.len() > parents.len()
    }

    fn cherrypick(&mut self, cards: &mut Cards) {
        for _ in 0..=usize::from(self.random.one_in(4)) {
            let sign = if self.random.one_in(3) { "-" } else { "+" };
            let known = self.check_ins.len();
            let other = |world: &mut Self| match world.random.below(6) {
                0 => world.made_up(),
                _ if known == 0 => world.made_up(),
                _ => world.check_ins[world.random.below(known)].name.clone(),
            };
            let target = format!("{sign}{}", other(self));
            if self.random.one_in(3) {
                let base = other(self);
                cards.plain('Q', &[&target, &base]);
            } else {
                cards.plain('Q', &[&target]);
            }
        }
    }

    /// The tags that a check-in gives itself; answers its branch.
    fn branch_cards(&mut self, cards: &mut Cards, parents: &[usize]) -> String {
        let number = self.check_ins.len();
        let of_parent = parents.first().map(|&parent| self.check_ins[parent].branch.clone());
        let branch = match &of_parent {
            None => "trunk".to_owned(),
            Some(_) if self.shape.branches && self.random.one_in(7) => {
                (*self.random.pick(&["side", "fix 100%", "größer", "release-1", "trunk"]))
                    .to_owned()
            }
            Some(branch) => branch.clone(),
        };
        if of_parent.as_ref() != Some(&branch) {
            cards.tag("*branch", "*", Some(&branch));
            cards.tag(&format!("*sym-{branch}"), "*", None);
            if let Some(old) = of_parent {
                cards.tag(&format!("-sym-{old}"), "*", None);
            }
        }
        match self.random.below(16) {
            0 => cards.tag(&format!("+sym-v{number}"), "*", None),
            1 => cards.tag("*bgcolor", "*", Some("#c0ffee")),
            2 => cards.tag("+bgcolor", "*", Some("#facade")),
            3 => cards.tag("+closed", "*", None),
            4 => cards.tag("*flavour", "*", Some("sweet & sour")),
            5 => cards.tag("+flavour", "*", Some("bitter")),
            6 => cards.tag("*hidden", "*", None),
            _ => cards,
        };
        branch
    }
}
