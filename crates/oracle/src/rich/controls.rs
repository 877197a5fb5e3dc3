//! Control artifacts: tags on what is already there, and on what is not.

use super::{
    Fate, Kind,
    cards::Cards,
    world::{World, stamp},
};

impl World {
    /// Makes one control artifact.
    pub(super) fn control(&mut self) {
        let mut cards = Cards::default();
        let early = self.shape.early_tags && self.random.one_in(4);
        let date = if early { self.any_date() } else { self.tick() };
        let user = self.user();
        cards.plain('D', &[&stamp(date)]).text('U', user);
        let mut tags = 0;
        // In tame shapes a tag may find no place; another will.
        for _ in 0..20 {
            let before = tags;
            tags += if self.random.one_in(5) {
                self.tag_anything(&mut cards)
            } else {
                self.amend(&mut cards, date)
            };
            if tags > before && !self.random.one_in(4) {
                break;
            }
        }
        if tags == 0 {
            let name = self.made_up();
            cards.tag("+sym-nowhere", &name, None);
        }
        self.add(cards.finish(), Kind::Control, Fate::Kept, None);
    }

    /// Tags a check-in; answers how many tags that took.
    fn amend(&mut self, cards: &mut Cards, date: i64) -> usize {
        let target = self.random.below(self.check_ins.len());
        let amendment = self.amendment(target);
        let tags: Vec<_> = amendment.iter().map(|(name, _)| name[1..].to_owned()).collect();
        if !self.shape.early_tags && tags.iter().any(|tag| self.clashes(target, tag)) {
            return 0;
        }
        let hash = self.check_ins[target].name.clone();
        for (name, value) in &amendment {
            cards.tag(name, &hash, value.as_deref());
        }
        let kept = self.check_ins[target].fate == Fate::Kept;
        if kept && self.shape.linked_amendments && self.random.one_in(6) {
            let comment = self.words(true);
            cards.tag("+comment", &hash, Some(&comment));
        }
        if self.shape.equal_dates && self.random.one_in(3) {
            self.contradict(date, &hash, &amendment);
        }
        self.tagged.extend(tags.into_iter().map(|tag| (target, tag)));
        amendment.len()
    }

    /// Says something else of the same check-in at the same time.
    fn contradict(&mut self, date: i64, target: &str, amendment: &[(String, Option<String>)]) {
        let mut cards = Cards::default();
        let user = self.user();
        cards.plain('D', &[&stamp(date)]).text('U', user);
        for (name, value) in amendment {
            match name[1..].as_ref() {
                "date" | "parent" | "private" => cards.tag(name, target, value.as_deref()),
                tag if name.starts_with('-') => cards.tag(&format!("+{tag}"), target, Some("so")),
                tag if self.random.one_in(3) => cards.tag(&format!("-{tag}"), target, None),
                _ => cards.tag(name, target, Some("otherwise")),
            };
        }
        self.add(cards.finish(), Kind::Control, Fate::Kept, None);
    }

    /// Whether a check-in below the target, or it itself, has the tag by a control artifact. What
    /// is inherited and what is given then meet in an order that decides.
    ///
    /// A new branch below a parent that has none makes stock ask whether that parent is a leaf, if
    /// it knows the parent by then.
    fn clashes(&self, target: usize, tag: &str) -> bool {
        if tag == "branch" && self.check_ins[target].hangs {
            return true;
        }
        let mut holders = self.tagged.iter().filter(|(_, held)| held == tag);
        holders.any(|&(holder, _)| self.is_above(target, holder) || self.is_above(holder, target))
    }

    /// Tags with their signs and values, for one check-in.
    fn amendment(&mut self, target: usize) -> Vec<(String, Option<String>)> {
        let number = self.random.below(4);
        let one =
            |name: &str, value: Option<&str>| vec![(name.to_owned(), value.map(str::to_owned))];
        match self.random.below(20) {
            0 => one("*bgcolor", Some("#123456")),
            1 => one("+bgcolor", Some("red")),
            2 => one("-bgcolor", None),
            3 | 4 => {
                let comment = self.words(false);
                one("+comment", Some(&comment))
            }
            5 => {
                let user = self.user();
                one("+user", Some(user))
            }
            6 => {
                let date = stamp(self.any_date());
                one("+date", Some(&date.replace('T', " ")))
            }
            7 => one("*hidden", None),
            8 => one("-hidden", None),
            9 => one("+closed", None),
            10 => one("-closed", Some("reopened")),
            11 | 12 => {
                let branch = format!("moved {number}");
                let mut tags = one("*branch", Some(&branch));
                tags.extend(one(&format!("*sym-{branch}"), None));
                tags.extend(one("-sym-trunk", None));
                tags
            }
            13 => one(&format!("+sym-release-{number}"), None),
            14 => one(&format!("-sym-release-{number}"), Some("a mistake")),
            15 => one("*flavour", Some("salty")),
            16 => one("-flavour", None),
            17 => one("+note", Some("seen by\nall")),
            18 if self.shape.reparents => {
                let parent = self.random.below(self.check_ins.len());
                let other = self.random.below(self.check_ins.len());
                let names = [parent, other].map(|at| self.check_ins[at].name.clone());
                // Stock crashes where a check-in without parents is given two, or a tag says none.
                let rooted = self.check_ins[target].parents.is_empty();
                let count = if rooted { 1 } else { 1 + self.random.below(2) };
                one("+parent", Some(&names[..count].join(" ")))
            }
            19 if self.shape.private_tags => one("+private", None),
            _ => one(&format!("*odd tag {number}/ü"), Some("a value")),
        }
    }

    /// Tags a file, a page, anything at all, or something unknown.
    fn tag_anything(&mut self, cards: &mut Cards) -> usize {
        let name = self.any_name();
        let number = self.numbers.get(&name).copied();
        if number.is_some_and(|at| self.artifacts[at].kind == Kind::CheckIn) {
            return 0;
        }
        let label = format!("label-{}", self.random.below(5));
        // Only a new tag each time: versions of pages inherit from each other, too.
        let label = if self.shape.early_tags { label } else { format!("{label}-{}", &name[..6]) };
        match self.random.below(4) {
            0 => cards.tag(&format!("*{label}"), &name, Some("v")),
            1 => cards.tag(&format!("-{label}"), &name, None),
            _ => cards.tag(&format!("+{label}"), &name, Some("a value")),
        };
        1
    }

    /// A cluster of some of what is there, and perhaps of something that is not.
    pub(super) fn cluster(&mut self) {
        let mut cards = Cards::default();
        let mut names: Vec<String> = self
            .artifacts
            .iter()
            .filter(|artifact| artifact.fate == Fate::Kept)
            .map(|artifact| artifact.name.clone())
            .collect();
        self.random.shuffle(&mut names);
        names.truncate(2 + self.random.below(40));
        if self.random.one_in(3) {
            names.push(self.made_up());
        }
        for name in &names {
            cards.member(name);
        }
        self.add(cards.finish(), Kind::Cluster, Fate::Kept, None);
    }
}
