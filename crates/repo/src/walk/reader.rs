//! The one thread that reads: it fills parcels, and walks the forest as they come back.

use std::collections::HashMap;

use bytes::Bytes;

use super::forest::{Fate, Forest, NodeId};
use super::parcel::{Expanded, Parcel, Source, Step};
use super::stones::Stones;
use crate::content::ContentError;
use crate::damage::Damage;
use crate::id::Rid;
use crate::limits::{KEPT_SOURCES, PARCEL_ARTIFACTS, PARCEL_CONTENT, STEPPING_STONES};
use crate::receive::SmallRows;
use crate::tx::{DatabaseError, ReadTx};

/// So many artifacts must build upon a stepping stone. What has fewer below it is not far from one that
/// has more.
const MANY: u32 = 200;

/// Artifacts whose turn has come, all of one source. The next one is the last.
#[derive(Debug)]
struct Branch {
    source: BranchSource,
    children: Vec<NodeId>,
}

#[derive(Debug)]
enum BranchSource {
    /// They are stored whole.
    None,
    /// Their source, expanded.
    Kept(Rid, Bytes),
    /// Their source, which is to be expanded by itself: it is not part of the walk, or there was no
    /// room to keep it.
    Alone(Rid),
}

impl BranchSource {
    fn len(&self) -> usize {
        match self {
            Self::Kept(_, content) => content.len(),
            Self::None | Self::Alone(_) => 0,
        }
    }
}

/// Artifacts that build upon a step of a parcel which is on its way.
#[derive(Debug)]
struct Waiting {
    step: usize,
    source: NodeId,
    children: Vec<NodeId>,
}

/// A branch within the parcel being filled.
struct Inner {
    source: Source,
    source_node: Option<NodeId>,
    children: Vec<NodeId>,
}

/// How much the walk may hold; the figures are told in [`crate::limits`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bounds {
    pub(crate) parcel_content: usize,
    pub(crate) parcel_artifacts: usize,
    pub(crate) kept_sources: usize,
}

impl Bounds {
    pub(crate) const USUAL: Self = Self {
        parcel_content: PARCEL_CONTENT,
        parcel_artifacts: PARCEL_ARTIFACTS,
        kept_sources: KEPT_SOURCES,
    };
}

/// Where the walk stands.
///
/// Light children come before heavy ones. So when a source waits for its last and heaviest child,
/// nothing else waits for the source, and the sources that wait at one time in one tree are no more
/// than the times its weight can be halved.
pub(crate) struct Reader<'a> {
    tx: &'a ReadTx,
    forest: &'a Forest,
    bounds: Bounds,
    /// The branch to go on with is the last.
    branches: Vec<Branch>,
    /// Bytes of sources in `branches`.
    kept: usize,
    waiting: HashMap<u64, Vec<Waiting>>,
    next_parcel: u64,
    stones: Stones,
    /// Rows that need not be read.
    pub(crate) small: Option<&'a SmallRows>,
    pub(crate) damaged: Vec<(NodeId, Damage)>,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(
        tx: &'a ReadTx,
        forest: &'a Forest,
        bounds: Bounds,
        mut roots: Vec<NodeId>,
    ) -> Self {
        roots.reverse();
        let branches = vec![Branch { source: BranchSource::None, children: roots }];
        Self {
            tx,
            forest,
            bounds,
            branches,
            kept: 0,
            waiting: HashMap::new(),
            next_parcel: 0,
            stones: Stones::new(STEPPING_STONES),
            small: None,
            damaged: Vec::new(),
        }
    }

    /// Goes over these too: artifacts of the forest that stand at the foot of a tree there, but build
    /// upon one that is not in the forest. It is expanded when their turn comes.
    pub(crate) fn begin_at(&mut self, source: Rid, children: Vec<NodeId>) {
        self.branches.push(Branch { source: BranchSource::Alone(source), children });
    }

    /// The next parcel; `None` if there is nothing to do until another one comes back.
    pub(crate) fn fill_parcel(&mut self) -> Result<Option<Parcel>, DatabaseError> {
        self.next_parcel += 1;
        let mut parcel = Parcel { id: self.next_parcel, brought: Vec::new(), steps: Vec::new() };
        let mut room = Some(self.bounds.parcel_content);
        while room.is_some()
            && let Some(branch) = self.branches.pop()
        {
            let Some((inner, kept)) = self.bring(branch, &mut parcel)? else { continue };
            let mut inner = vec![inner];
            let brought = kept.as_ref().map_or(0, BranchSource::len);
            room = self.fill_from(&mut inner, &mut parcel, room)?;
            room = room.and_then(|room| room.checked_sub(brought));
            self.put_back(inner, kept, &mut parcel);
        }
        Ok((!parcel.steps.is_empty()).then_some(parcel))
    }

    /// Puts the source of a branch into the parcel.
    fn bring(
        &mut self,
        branch: Branch,
        parcel: &mut Parcel,
    ) -> Result<Option<(Inner, Option<BranchSource>)>, DatabaseError> {
        let Branch { source, children } = branch;
        let Some(first) = children.last() else { return Ok(None) };
        let source_node = self.forest.source(*first);
        let (rid, content) = match source {
            BranchSource::None => {
                return Ok(Some((Inner { source: Source::None, source_node, children }, None)));
            }
            BranchSource::Kept(rid, content) => {
                self.kept -= content.len();
                (rid, content)
            }
            BranchSource::Alone(rid) => match self.tx.content(rid) {
                Ok(content) => (rid, content),
                Err(ContentError::Database(error)) => return Err(error),
                Err(_) => {
                    self.lose(rid, children);
                    return Ok(None);
                }
            },
        };
        parcel.brought.push(content.clone());
        let source = Source::Brought(parcel.brought.len() - 1);
        let kept = Some(BranchSource::Kept(rid, content));
        Ok(Some((Inner { source, source_node, children }, kept)))
    }

    /// Adds artifacts to the parcel, in depth, until there is no room. Gives the room that is left.
    fn fill_from(
        &mut self,
        stack: &mut Vec<Inner>,
        parcel: &mut Parcel,
        mut room: Option<usize>,
    ) -> Result<Option<usize>, DatabaseError> {
        while let (Some(left), Some(branch)) = (room, stack.last_mut()) {
            let Some(node) = branch.children.pop() else {
                stack.pop();
                continue;
            };
            let (source, source_node) = (branch.source, branch.source_node);
            let Some(rid) = self.forest.rid(node) else { continue };
            // The view that the transaction has of the file does not lose a row that it has shown.
            let row = match self.small.and_then(|small| small.row(rid)) {
                Some(row) => Some(row),
                None => self.tx.stored_row(rid)?,
            };
            let Some(row) = row else { continue };
            let stored = row.content.as_ref().map_or(0, Bytes::len);
            let size = usize::try_from(row.size).unwrap_or(0).saturating_add(stored);
            let source_rid = source_node.and_then(|source| self.forest.rid(source));
            let children = self.forest.children(node).to_vec();
            let step = Source::Step(parcel.steps.len());
            parcel.steps.push(Step { node, row, source, source_rid, kept: false });
            stack.push(Inner { source: step, source_node: Some(node), children });
            room = left
                .checked_sub(size)
                .filter(|_| parcel.steps.len() < self.bounds.parcel_artifacts);
        }
        Ok(room)
    }

    /// Takes note of what had no room in the parcel.
    fn put_back(&mut self, stack: Vec<Inner>, kept: Option<BranchSource>, parcel: &mut Parcel) {
        let mut kept = kept;
        for Inner { source, source_node, children } in stack {
            if children.is_empty() {
                continue;
            }
            match (source, source_node) {
                (Source::Step(step), Some(source)) => {
                    if let Some(step) = parcel.steps.get_mut(step) {
                        step.kept = true;
                    }
                    let waiting = self.waiting.entry(parcel.id).or_default();
                    waiting.push(Waiting { step, source, children });
                }
                _ => self.push(kept.take().unwrap_or(BranchSource::None), children),
            }
        }
    }

    /// Goes on with what waited for a parcel.
    pub(super) fn expanded(&mut self, expanded: &Expanded) {
        let waiting = self.waiting.remove(&expanded.parcel).unwrap_or_default();
        for Waiting { step, source, children } in waiting {
            let Some(rid) = self.forest.rid(source) else { continue };
            match expanded.kept.iter().find(|(place, _)| *place == step) {
                Some((_, content)) => {
                    if self.forest.weight(source) >= MANY {
                        self.stones.offer(rid, content);
                    }
                    self.push(BranchSource::Kept(rid, content.clone()), children);
                }
                None => self.lose(rid, children),
            }
        }
    }

    /// Leaves stepping stones for whoever expands an artifact after the walk.
    pub(crate) fn leave_stones(&mut self) {
        self.tx.cache.borrow_mut().pin(self.stones.take());
    }

    fn push(&mut self, source: BranchSource, children: Vec<NodeId>) {
        let source = match source {
            BranchSource::Kept(rid, content)
                if self.kept + content.len() > self.bounds.kept_sources =>
            {
                BranchSource::Alone(rid)
            }
            BranchSource::Kept(rid, content) => {
                self.kept += content.len();
                BranchSource::Kept(rid, content)
            }
            source => source,
        };
        self.branches.push(Branch { source, children });
    }

    /// Gives up what builds upon a damaged artifact.
    fn lose(&mut self, source_rid: Rid, children: Vec<NodeId>) {
        let mut lost = vec![(source_rid, children)];
        while let Some((source_rid, children)) = lost.pop() {
            for child in children {
                self.damaged.push((child, Damage::DamagedSource { source_rid }));
                let Some(rid) = self.forest.rid(child) else { continue };
                lost.push((rid, self.forest.children(child).to_vec()));
            }
        }
    }
}

/// The artifacts that stand at the foot of a tree.
pub(crate) fn roots(forest: &Forest) -> impl Iterator<Item = NodeId> {
    forest.ids().filter(|id| forest.fate(*id) == Fate::Rooted && forest.source(*id).is_none())
}
