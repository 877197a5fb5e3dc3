//! What a rich repository is to hold.

/// What a rich repository is to hold: how much of each kind, and which oddities.
///
/// Start from [`Shape::tame`] or [`Shape::wild`] and change what the test is about.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
// Switches, each on its own.
#[allow(clippy::struct_excessive_bools)]
pub struct Shape {
    /// Check-ins.
    pub check_ins: usize,
    /// Control artifacts: tags added, changed and cancelled.
    pub controls: usize,
    /// Versions of wiki pages.
    pub wikis: usize,
    /// Versions of technotes.
    pub technotes: usize,
    /// Changes of tickets.
    pub tickets: usize,
    /// Attachments, their replacements and deletions.
    pub attachments: usize,
    /// Forum posts.
    pub posts: usize,
    /// Clusters.
    pub clusters: usize,
    /// Also runs the real program's own commands first: commit, branch, merge, wiki, ticket, uv.
    pub natural: bool,
    /// Branches and merges, some with several parents.
    pub branches: bool,
    /// Check-ins that pick or back out others, known ones and unknown ones.
    pub cherrypicks: bool,
    /// Renames: to new names, to names that existed, swaps.
    pub renames: bool,
    /// Names with blanks, quotes, brackets and other alphabets; empty, binary and large files.
    pub odd_files: bool,
    /// Check-ins told as changes of a baseline.
    pub delta_manifests: bool,
    /// Check-ins that are named as parents or baselines but are not here.
    pub withheld: bool,
    /// Private check-ins and files.
    pub private: bool,
    /// Artifacts that are shunned.
    pub shunned: bool,
    /// Unversioned files, one of them deleted.
    pub unversioned: bool,
    /// Check-ins inside a PGP signature.
    pub signed: bool,
    /// A ticket table with columns of its own.
    pub custom_tickets: bool,
    /// Half of the artifacts are stored as deltas, along chains in both directions.
    pub deltas: bool,
    /// Check-ins at most two seconds from their parent, or before it.
    pub quick: Quick,

    /// Rids in another order than that of creation. A file laid out so rebuilds in that order.
    pub shuffled: bool,
    /// Artifacts about the same thing with the same date.
    pub equal_dates: bool,
    /// Control artifacts dated before what they tag, or before tags that are inherited; tags on
    /// related check-ins in any order.
    pub early_tags: bool,
    /// Edits that change, or delete, the title of a thread.
    pub forum_titles: bool,
    /// Amended comments with links, on check-ins with links.
    pub linked_amendments: bool,
    /// Technotes' attachments that are deleted.
    pub technote_deletions: bool,
    /// Check-ins that are given other parents by a `parent` tag.
    pub reparents: bool,
    /// Parents that are files, baselines that are delta manifests themselves.
    pub odd_parents: bool,
    /// Controls that make an artifact private.
    pub private_tags: bool,
}

/// How close in time check-ins may follow each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum Quick {
    /// Always some seconds.
    #[default]
    Never,
    /// A check-in may have one child at its own time or before it.
    Single,
    /// Any number, in chains too.
    Any,
}

impl Shape {
    /// Everything that stock makes the same tables of in whatever order it comes.
    #[must_use]
    pub fn tame() -> Self {
        Self {
            check_ins: 60,
            controls: 30,
            wikis: 14,
            technotes: 12,
            tickets: 18,
            attachments: 14,
            posts: 16,
            clusters: 3,
            natural: false,
            branches: true,
            cherrypicks: true,
            renames: true,
            odd_files: true,
            delta_manifests: true,
            withheld: true,
            private: true,
            shunned: true,
            unversioned: true,
            signed: true,
            custom_tickets: true,
            deltas: true,
            quick: Quick::Single,
            shuffled: false,
            equal_dates: false,
            early_tags: false,
            forum_titles: false,
            linked_amendments: false,
            technote_deletions: false,
            reparents: false,
            odd_parents: false,
            private_tags: false,
        }
    }

    /// Everything, and rids in any order.
    #[must_use]
    pub fn wild() -> Self {
        Self {
            quick: Quick::Any,
            shuffled: true,
            equal_dates: true,
            early_tags: true,
            forum_titles: true,
            linked_amendments: true,
            technote_deletions: true,
            reparents: true,
            odd_parents: true,
            private_tags: true,
            ..Self::tame()
        }
    }

    /// Only check-ins, files and controls.
    #[must_use]
    pub fn without_pages(mut self) -> Self {
        (self.wikis, self.technotes, self.tickets, self.attachments, self.posts) = (0, 0, 0, 0, 0);
        self
    }

    /// With the program's own commands first.
    #[must_use]
    pub fn with_natural(mut self) -> Self {
        self.natural = true;
        self
    }

    /// So many times as much of everything.
    #[must_use]
    pub fn times(mut self, factor: usize) -> Self {
        for count in [
            &mut self.check_ins,
            &mut self.controls,
            &mut self.wikis,
            &mut self.technotes,
            &mut self.tickets,
            &mut self.attachments,
            &mut self.posts,
            &mut self.clusters,
        ] {
            *count *= factor;
        }
        self
    }
}
