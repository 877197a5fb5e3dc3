//! Linking artifacts one after the other.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use outcrop_format::hash::HashName;

use super::arrival::FilePlaces;
use super::meanings::{Meaning, Parent};
use super::ready::Ready;
use super::sheet::Sheet;
use super::tag_rows::TagRows;
use super::text::Digits;
use super::{LinkError, Linked};
use crate::artifact::{Artifact, Text};
use crate::content::ContentError;
use crate::id::Rid;
use crate::maps::{Map, RowSet, Set};
use crate::numbers::Numbers;
use crate::tx::WriteTx;
use crate::tx::derived::{Child, EventRow, ParentRow, Value};

/// What is known while artifacts are linked.
///
/// Most of what an artifact means is told to the sheets at once, in the order in which artifacts
/// come. What depends on a group of artifacts (the versions of a technote, the changes of a ticket,
/// the files of a check-in and of its parents) is only taken note of, and worked out by
/// [`finish`](Self::finish) for each group as a whole: so it does not matter who came first.
#[derive(Debug)]
pub(super) struct Linker<'a> {
    pub(super) tx: &'a WriteTx,
    /// Whether the tables were empty at first.
    pub(super) fresh: bool,
    pub(super) digits: Digits,
    pub(super) linked: Linked,

    pub(super) names: Numbers,
    tag_numbers: Map<Vec<u8>, i64>,
    pub(super) file_numbers: Map<Vec<u8>, i64>,

    pub(super) tags: Sheet<TagRows>,
    pub(super) events: Sheet<Option<EventRow>>,
    /// When check-ins were made. Only while the tables are filled anew.
    pub(super) made: Map<i64, f64>,
    pub(super) children: Sheet<Vec<Child>>,
    pub(super) new_parents: Vec<ParentRow>,
    /// The parents of versions, the primary one first.
    pub(super) parents: Sheet<Vec<i64>>,

    /// Check-ins that may have become leaves, or are none any more.
    pub(super) leaf_checks: BTreeSet<i64>,
    /// Check-ins whose changes are to be told, for the first time or anew.
    pub(super) unchanged: BTreeMap<i64, Changes>,
    /// Whom check-ins are compared with, if not with one parent alone: their parents, and those whose
    /// changes they took over.
    pub(super) compared_with: Map<i64, (Vec<i64>, Vec<HashName>)>,
    /// Where those that have arrived, and their parents, name their files.
    pub(super) file_places: FilePlaces,
    /// What check-ins change, as far as it is known before they are linked.
    pub(super) ready: Ready,
    /// Check-ins that were compared with a parent, and do not differ. Only while the tables are
    /// filled anew.
    pub(super) same_as: Set<(i64, i64)>,
    /// Whether anything is private.
    pub(super) has_private: bool,
    /// Check-ins whose place on the timeline may be moved by children made at the same time.
    pub(super) nudges: BTreeSet<i64>,
    /// What clusters name. Only while the tables are filled anew.
    pub(super) clustered: RowSet,
    pub(super) groups: Groups,

    pub(super) order: Order,
}

/// In which order artifacts came.
#[derive(Debug)]
pub(super) struct Order {
    /// The greatest artifact on the timeline so far.
    last: i64,
    /// Whether an artifact came after one with a greater number.
    pub(super) broken: bool,
    /// Whether Fossil's rules let the order of arrival decide about something.
    pub(super) mattered: bool,
}

/// Whether a check-in has rows of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Changes {
    /// It has none yet.
    New,
    /// It may have some, which are told anew.
    Again,
}

/// Groups of artifacts that have changed.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Wiki pages, by their tags.
    pub(super) pages: BTreeSet<i64>,
    /// Technotes: identifiers by their tags.
    pub(super) technotes: BTreeMap<i64, Vec<u8>>,
    /// Tickets: identifiers by their tags.
    pub(super) tickets: BTreeMap<i64, Vec<u8>>,
    /// The roots of forum threads.
    pub(super) threads: BTreeSet<i64>,
    /// What has attachments.
    pub(super) attached: BTreeSet<Vec<u8>>,
}

impl<'a> Linker<'a> {
    /// Links what arrives.
    pub(super) fn new(tx: &'a WriteTx) -> Result<Self, LinkError> {
        Self::with(tx, false, Numbers::default())
    }

    /// Links everything anew: all derived tables are empty. `names` are all there are.
    pub(super) fn anew(tx: &'a WriteTx, names: Numbers) -> Result<Self, LinkError> {
        Self::with(tx, true, names)
    }

    fn with(tx: &'a WriteTx, fresh: bool, names: Numbers) -> Result<Self, LinkError> {
        Ok(Self {
            tx,
            fresh,
            digits: Digits::from_setting(tx.setting("hash-digits")?.as_deref()),
            linked: Linked::default(),
            names,
            tag_numbers: Map::default(),
            file_numbers: Map::default(),
            tags: Sheet::new(fresh),
            events: Sheet::new(fresh),
            made: Map::default(),
            children: Sheet::new(fresh),
            new_parents: Vec::new(),
            parents: Sheet::new(fresh),
            leaf_checks: BTreeSet::new(),
            unchanged: BTreeMap::new(),
            compared_with: Map::default(),
            file_places: FilePlaces::default(),
            ready: Ready::default(),
            same_as: Set::default(),
            has_private: tx.has_private()?,
            nudges: BTreeSet::new(),
            clustered: RowSet::default(),
            groups: Groups::default(),
            order: Order { last: tx.last_event()?, broken: false, mattered: false },
        })
    }

    /// So many artifacts will be linked, most of them check-ins.
    pub(super) fn expect(&mut self, count: usize) {
        self.tags.expect(count);
        self.children.expect(count);
        self.parents.expect(count);
        self.made.reserve(count);
    }

    /// Links what has waited for a check-in.
    pub(super) fn link_orphans(&mut self, rid: i64) -> Result<(), LinkError> {
        let mut next = self.tx.orphans_of(rid)?;
        self.tx.remove_orphans_of(rid)?;
        while let Some(rid) = next.pop() {
            let Some(content) = self.content(rid)? else { continue };
            let Ok(artifact) = Artifact::parse(&content) else { continue };
            self.link_artifact(rid, &artifact)?;
            if matches!(artifact, Artifact::CheckIn(_)) {
                next.extend(self.tx.orphans_of(rid)?);
                self.tx.remove_orphans_of(rid)?;
            }
        }
        Ok(())
    }

    /// Links an artifact that a survey has found. Says whether it is a check-in.
    pub(super) fn link_meaning(
        &mut self,
        rid: i64,
        meaning: Meaning<'_>,
    ) -> Result<bool, LinkError> {
        let content;
        let artifact = match meaning {
            Meaning::Plain(plain, parent) => {
                let parent = match parent {
                    Some(Parent::Name(name)) => Some(self.number(name)?),
                    Some(Parent::Number(number)) => Some(number),
                    None => None,
                };
                self.expect_own_parents(rid)?;
                self.arrives(rid);
                self.link_check_in(rid, &plain.check_in(), parent.as_slice())?;
                return Ok(true);
            }
            Meaning::Text(text) => Artifact::parse_again(text),
            Meaning::Cluster(members) => {
                self.link_members(rid, members)?;
                return Ok(false);
            }
            Meaning::Large => {
                content = self.content(rid)?.unwrap_or_default();
                Artifact::parse(&content)
            }
        };
        let Ok(artifact) = artifact else { return Ok(false) };
        self.link_artifact(rid, &artifact)?;
        Ok(matches!(artifact, Artifact::CheckIn(_)))
    }

    /// Links an artifact.
    pub(super) fn link_artifact(
        &mut self,
        rid: i64,
        artifact: &Artifact<'_>,
    ) -> Result<(), LinkError> {
        match artifact {
            Artifact::Cluster(cluster) => return self.link_cluster(rid, &cluster.members),
            Artifact::CheckIn(check_in) => {
                self.expect_own_parents(rid)?;
                if !self.has_baseline(rid, check_in)? {
                    return Ok(());
                }
                self.arrives(rid);
                let parents = self.numbers(&check_in.parents)?;
                self.link_check_in(rid, check_in, &parents)?;
            }
            Artifact::Control(control) => {
                self.arrives(rid);
                self.link_control(rid, control)?;
            }
            Artifact::Wiki(page) => {
                self.arrives(rid);
                self.link_wiki(rid, page)?;
            }
            Artifact::Ticket(ticket) => {
                self.arrives(rid);
                self.link_ticket_change(rid, ticket)?;
            }
            Artifact::Attachment(attachment) => {
                self.arrives(rid);
                self.link_attachment(rid, attachment)?;
            }
            Artifact::Technote(technote) => {
                self.arrives(rid);
                self.link_technote(rid, technote)?;
            }
            Artifact::Forum(post) => {
                self.arrives(rid);
                self.link_post(rid, post)?;
            }
        }
        Ok(())
    }

    fn arrives(&mut self, rid: i64) {
        self.order.broken |= rid < self.order.last;
        self.order.last = self.order.last.max(rid);
        self.linked.artifacts += 1;
    }

    /// The content of an artifact, if it is here. What is damaged counts as not here:
    /// [`crate::verify`] is there to tell.
    pub(super) fn content(&self, rid: i64) -> Result<Option<bytes::Bytes>, LinkError> {
        let Some(rid) = Rid::new(rid) else { return Ok(None) };
        match self.tx.content(rid) {
            Ok(content) => Ok(Some(content)),
            Err(ContentError::Database(error)) => Err(error.into()),
            Err(_) => Ok(None),
        }
    }

    /// The number of an artifact, 0 if it has none.
    pub(super) fn known(&mut self, name: &HashName) -> Result<i64, LinkError> {
        if let Some(rid) = self.names.get(name) {
            return Ok(rid);
        }
        if self.fresh {
            return Ok(0);
        }
        let Some(rid) = self.tx.rid_of(name)? else { return Ok(0) };
        self.names.insert(*name, rid.get());
        Ok(rid.get())
    }

    /// The number of an artifact. What is not known becomes a phantom; what is shunned is 0.
    pub(super) fn number(&mut self, name: &HashName) -> Result<i64, LinkError> {
        let known = self.known(name)?;
        if known != 0 || self.tx.is_shunned(name)? {
            return Ok(known);
        }
        let rid = self.tx.add_phantom(name, false)?.get();
        self.names.insert(*name, rid);
        Ok(rid)
    }

    /// The numbers of several.
    pub(super) fn numbers(&mut self, names: &[HashName]) -> Result<Vec<i64>, LinkError> {
        names.iter().map(|name| self.number(name)).collect()
    }

    /// The number of a tag, new or not.
    pub(super) fn tag_number(&mut self, name: &[u8]) -> Result<i64, LinkError> {
        if let Some(number) = self.tag_numbers.get(name) {
            return Ok(*number);
        }
        let number = match self.tx.tag_number(name)? {
            Some(number) => number,
            None => self.tx.add_tag(name)?,
        };
        self.tag_numbers.insert(name.to_vec(), number);
        Ok(number)
    }

    pub(super) fn event(&mut self, rid: i64) -> Result<Option<&EventRow>, LinkError> {
        let tx = self.tx;
        Ok(self.events.get(rid, || tx.event_row(rid))?.as_ref())
    }

    /// Changes a row of the timeline, if there is one.
    pub(super) fn change_event(
        &mut self,
        rid: i64,
        change: impl FnOnce(&mut EventRow),
    ) -> Result<(), LinkError> {
        let tx = self.tx;
        if self.events.get(rid, || tx.event_row(rid))?.is_some() {
            let event = self.events.change(rid, || tx.event_row(rid))?;
            if let Some(event) = event {
                change(event);
            }
        }
        Ok(())
    }
}

/// The text as tables hold it.
pub(super) fn value(text: Text<'_>) -> Value {
    Rc::from(text.decode().into_owned())
}
