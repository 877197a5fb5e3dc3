//! The deltas of a repository as a forest: each artifact below its source.

use std::ops::Range;

use crate::damage::Damage;
use crate::id::Rid;
use crate::maps::Map;
use crate::tx::DeltaLink;

/// An artifact, by its place in the forest's list of nodes.
pub(crate) type NodeId = u32;

/// What can be said of an artifact before anything of it is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stands in a tree whose root has content of its own: it can be checked.
    Rooted,
    /// Only its name is known.
    Phantom,
    /// It waits for a phantom.
    Pending,
    /// It cannot be expanded.
    Damaged(Damage),
}

/// There may be millions of these.
#[derive(Debug)]
struct Node {
    rid: Rid,
    /// [`NONE`] if it has none.
    source: NodeId,
    /// How many artifacts build upon this one, itself counted.
    weight: u32,
}

const NONE: NodeId = NodeId::MAX;

/// What is known of a fate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    /// Nothing until a walk from the roots arrives here: what no walk reaches stands in or on a loop.
    Nothing,
    Rooted,
    Phantom,
    Pending,
    /// How is told in [`Forest::damages`].
    Damaged,
}

/// All artifacts, and which builds upon which.
///
/// Takes some thirty bytes for each artifact, and nothing of their content.
#[derive(Debug)]
pub(crate) struct Forest {
    nodes: Vec<Node>,
    fates: Vec<Known>,
    damages: Map<NodeId, Damage>,
    /// All nodes that have a source, by source; those of one source from heavy to light.
    by_source: Vec<NodeId>,
    /// Where those of each source begin, and behind the last, where they end.
    starts: Vec<u32>,
}

impl Forest {
    /// Grows the forest from all artifacts, in the order of their numbers.
    pub(crate) fn new(links: &[DeltaLink]) -> Self {
        let mut forest = Self {
            nodes: Vec::with_capacity(links.len()),
            fates: Vec::with_capacity(links.len()),
            damages: Map::default(),
            by_source: Vec::new(),
            starts: Vec::new(),
        };
        for link in links {
            forest.add(link, links);
        }
        forest.by_source = forest.ids().filter(|id| forest.source(*id).is_some()).collect();
        forest.by_source.sort_by_key(|id| forest.nodes.get(*id as usize).map(|node| node.source));
        forest.find_starts();
        let reached = forest.settle_fates();
        forest.weigh(&reached);
        let nodes = &forest.nodes;
        forest.by_source.sort_by_key(|id| {
            let node = nodes.get(*id as usize);
            node.map(|node| (node.source, std::cmp::Reverse(node.weight)))
        });
        forest
    }

    fn add(&mut self, link: &DeltaLink, links: &[DeltaLink]) {
        let place = |source: i64| links.binary_search_by_key(&source, |other| other.rid.get()).ok();
        let (source, fate) = match link.source.map(|source| (source, place(source))) {
            _ if link.size < 0 => (NONE, Known::Phantom),
            None => (NONE, Known::Rooted),
            Some((_, Some(place))) => (NodeId::try_from(place).unwrap_or(NONE), Known::Nothing),
            Some((source_rid, None)) => {
                self.damages.insert(self.ids().end, Damage::NoSource { source_rid });
                (NONE, Known::Damaged)
            }
        };
        self.nodes.push(Node { rid: link.rid, source, weight: 1 });
        self.fates.push(fate);
    }

    fn find_starts(&mut self) {
        let mut place = 0;
        let mut starts = Vec::with_capacity(self.nodes.len() + 1);
        for id in self.ids() {
            starts.push(place);
            let rest = self.by_source.get(place as usize..).unwrap_or_default();
            let own = rest.iter().take_while(|child| self.source(**child) == Some(id));
            place += u32::try_from(own.count()).unwrap_or(u32::MAX);
        }
        starts.push(place);
        self.starts = starts;
    }

    pub(crate) fn ids(&self) -> Range<NodeId> {
        0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// The row number of a node. There is one for each id that the forest has given out.
    pub(crate) fn rid(&self, id: NodeId) -> Option<Rid> {
        self.nodes.get(id as usize).map(|node| node.rid)
    }

    pub(crate) fn source(&self, id: NodeId) -> Option<NodeId> {
        let source = self.nodes.get(id as usize)?.source;
        (source != NONE).then_some(source)
    }

    /// How many artifacts build upon a node, itself counted.
    pub(crate) fn weight(&self, id: NodeId) -> u32 {
        self.nodes.get(id as usize).map_or(0, |node| node.weight)
    }

    pub(crate) fn fate(&self, id: NodeId) -> Fate {
        match self.fates.get(id as usize) {
            Some(Known::Rooted) => Fate::Rooted,
            Some(Known::Phantom) => Fate::Phantom,
            Some(Known::Pending) => Fate::Pending,
            Some(Known::Damaged | Known::Nothing) | None => {
                let damage = self.damages.get(&id).cloned();
                Fate::Damaged(damage.unwrap_or_else(|| self.loop_damage(id)))
            }
        }
    }

    /// Artifacts of which only the name is known.
    pub(crate) fn phantoms(&self) -> impl Iterator<Item = Rid> {
        let nodes = self.nodes.iter().zip(&self.fates);
        nodes.filter(|(_, fate)| **fate == Known::Phantom).map(|(node, _)| node.rid)
    }

    /// What builds directly upon a node, from heavy to light.
    pub(crate) fn children(&self, id: NodeId) -> &[NodeId] {
        let bounds = self.starts.get(id as usize).zip(self.starts.get(id as usize + 1));
        let Some((&start, &end)) = bounds else { return &[] };
        self.by_source.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Tells the fate of all that can be reached from nodes without a source. Gives them with each
    /// source before its children.
    fn settle_fates(&mut self) -> Vec<NodeId> {
        let mut reached: Vec<_> =
            self.ids().filter(|id| self.known(*id) != Known::Nothing).collect();
        let mut next = 0;
        while let Some(&id) = reached.get(next) {
            next += 1;
            let children = self.children(id).to_vec();
            let Some(source_rid) = self.rid(id) else { continue };
            let inherited = match self.known(id) {
                Known::Phantom | Known::Pending => Known::Pending,
                fate => fate,
            };
            for child in children {
                if inherited == Known::Damaged {
                    self.damages.insert(child, Damage::DamagedSource { source_rid });
                }
                if let Some(fate) = self.fates.get_mut(child as usize) {
                    *fate = inherited;
                    reached.push(child);
                }
            }
        }
        reached
    }

    fn known(&self, id: NodeId) -> Known {
        self.fates.get(id as usize).copied().unwrap_or(Known::Nothing)
    }

    fn weigh(&mut self, reached: &[NodeId]) {
        for id in reached.iter().rev() {
            let Some(source) = self.source(*id) else { continue };
            let weight = self.weight(*id);
            if let Some(source) = self.nodes.get_mut(source as usize) {
                source.weight += weight;
            }
        }
    }

    /// Whether a node that no root reaches stands in a loop, or on one.
    fn loop_damage(&self, id: NodeId) -> Damage {
        // Two walkers, one twice as fast, meet in the loop.
        let step = |at: NodeId| self.source(at).unwrap_or(at);
        let (mut slow, mut fast) = (step(id), step(step(id)));
        while slow != fast {
            (slow, fast) = (step(slow), step(step(fast)));
        }
        let met = slow;
        let mut at = met;
        loop {
            if at == id {
                return Damage::Loop;
            }
            at = step(at);
            if at == met {
                break;
            }
        }
        match self.source(id).and_then(|source| self.rid(source)) {
            Some(source_rid) => Damage::DamagedSource { source_rid },
            None => Damage::Loop,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rid(number: i64) -> Rid {
        Rid::new(number).unwrap()
    }

    fn forest(links: &[(i64, i64, i64)]) -> Forest {
        let links: Vec<_> = links
            .iter()
            .map(|(number, size, source)| DeltaLink {
                rid: rid(*number),
                size: *size,
                source: (*source != 0).then_some(*source),
            })
            .collect();
        Forest::new(&links)
    }

    #[test]
    fn every_artifact_has_a_fate() {
        let forest = forest(&[
            (1, 5, 0),
            (2, 5, 1),
            (3, -1, 0),
            (4, 5, 3),
            (5, 5, 4),
            (6, 5, 99),
            (7, 5, 6),
            (8, 5, 9),
            (9, 5, 8),
            (10, 5, 9),
            (11, 5, 11),
            (12, 5, 10),
        ]);
        let fates: Vec<_> = forest.ids().map(|id| forest.fate(id)).collect();
        let below = |number| Fate::Damaged(Damage::DamagedSource { source_rid: rid(number) });
        assert_eq!(
            fates,
            [
                Fate::Rooted,
                Fate::Rooted,
                Fate::Phantom,
                Fate::Pending,
                Fate::Pending,
                Fate::Damaged(Damage::NoSource { source_rid: 99 }),
                below(6),
                Fate::Damaged(Damage::Loop),
                Fate::Damaged(Damage::Loop),
                below(9),
                Fate::Damaged(Damage::Loop),
                below(10),
            ]
        );
    }

    #[test]
    fn the_heaviest_child_stands_first() {
        let forest = forest(&[(1, 5, 3), (2, 5, 3), (3, 5, 0), (4, 5, 2), (5, 5, 2), (6, 5, 1)]);
        assert_eq!(forest.children(2), [1, 0]);
        assert_eq!(forest.children(1), [3, 4]);
        assert_eq!(forest.children(5), [0; 0]);
    }
}
