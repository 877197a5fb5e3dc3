//! Clusters: artifacts that name many others, so that peers need not announce each.
//!
//! Servers make them when they are pulled from, so that all peers come to share the same ones.

use std::collections::VecDeque;

use outcrop_format::hash::HashName;

use crate::artifact::checksum::z_line;
use crate::id::Rid;
use crate::limits::{CLUSTER_MIN, CLUSTER_SIZE};
use crate::receive::{Incoming, Payload, ReceiveError, Receiver};
use crate::tx::{DatabaseError, ReadTx};

impl ReadTx {
    /// Whether enough artifacts wait for clusters to be made: if not, there is nothing to write.
    pub fn clusters_are_due(&self) -> Result<bool, DatabaseError> {
        Ok(self.count_clusterable(CLUSTER_MIN)? >= CLUSTER_MIN)
    }
}

impl Receiver<'_> {
    /// Names unclustered artifacts in clusters, if there are enough of them, and gives the clusters.
    /// From then on only the clusters are unclustered, and what has no content here.
    ///
    /// These are the very clusters that Fossil's server would make: names in order,
    /// [`CLUSTER_SIZE`] in a cluster, and the rest in the last one if that leaves no more than
    /// [`CLUSTER_MIN`] for another. A cluster waits among the others as soon as it is made: if its
    /// name comes later in the order, a later cluster names it.
    pub fn make_clusters(&mut self) -> Result<Vec<Rid>, ReceiveError> {
        let tx = self.transaction();
        let waiting = tx.clusterable()?;
        if waiting.len() < CLUSTER_MIN {
            return Ok(Vec::new());
        }
        let made = self.in_step(|receiver| {
            tx.forget_clustered()?;
            let mut made = Vec::new();
            let mut deal = Deal::new(waiting);
            while let Some(members) = deal.next() {
                let content = written(&members);
                let name = tx.name_for(&content)?;
                deal.put_back(name);
                let payload = Payload::Plain(&content);
                let incoming = Incoming { name, source: None, payload, private: false };
                let rid = receiver.receive(&incoming)?.rid;
                made.push(rid);
            }
            Ok(made)
        });
        match made {
            // Who shuns a cluster wants its members to be announced one by one.
            Err(ReceiveError::Shunned(_)) => Ok(Vec::new()),
            made => made,
        }
    }
}

/// Deals names out to clusters, in their order as text.
struct Deal {
    /// Names that wait, and whether they are shunned.
    waiting: VecDeque<(bool, HashName)>,
    /// How many of those there were at first are in no cluster yet. Those that are shunned are named
    /// in none, but Fossil counts them here.
    remaining: usize,
    /// The last name that was dealt out.
    last: Option<HashName>,
}

impl Deal {
    fn new(waiting: Vec<(bool, HashName)>) -> Self {
        Self { remaining: waiting.len(), waiting: waiting.into(), last: None }
    }

    /// The members of the next cluster; `None` if no name is left.
    fn next(&mut self) -> Option<Vec<HashName>> {
        let mut members = Vec::new();
        while let Some((shunned, name)) = self.waiting.pop_front() {
            if shunned {
                continue;
            }
            members.push(name);
            self.last = Some(name);
            if members.len() >= CLUSTER_SIZE && self.remaining > members.len() + CLUSTER_MIN {
                self.remaining -= members.len();
                break;
            }
        }
        (!members.is_empty()).then_some(members)
    }

    /// A cluster that was made waits too, if its place in the order is still to come.
    fn put_back(&mut self, cluster: HashName) {
        if self.last.is_some_and(|last| last < cluster) && !self.waiting.is_empty() {
            let place = self.waiting.partition_point(|(_, name)| *name < cluster);
            self.waiting.insert(place, (false, cluster));
        }
    }
}

/// The text of a cluster.
fn written(members: &[HashName]) -> Vec<u8> {
    let mut text = String::new();
    for name in members {
        text.push_str("M ");
        text.push_str(&name.to_hex());
        text.push('\n');
    }
    let mut text = text.into_bytes();
    let z_line = z_line(&text);
    text.extend(z_line);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(shunned: usize, wanted: usize) -> Vec<usize> {
        let names = (0..shunned + wanted).map(|number: usize| {
            let name = HashName::sha3_of(&number.to_le_bytes());
            (number < shunned, name)
        });
        let mut deal = Deal::new(names.collect());
        std::iter::from_fn(|| deal.next()).map(|members| members.len()).collect()
    }

    #[test]
    fn what_would_be_too_little_for_another_joins_the_last() {
        assert_eq!(sizes(0, 100), [100]);
        assert_eq!(sizes(0, 900), [900]);
        assert_eq!(sizes(0, 901), [800, 101]);
        assert_eq!(sizes(0, 1701), [800, 800, 101]);
        assert_eq!(sizes(200, 750), [750]);
        assert_eq!(sizes(200, 800), [800]);
        assert_eq!(sizes(900, 0), [0; 0]);
    }

    #[test]
    fn a_cluster_is_named_by_a_later_one_if_its_place_is_still_to_come() {
        let mut names: Vec<_> =
            (0..1000_u32).map(|number| HashName::sha3_of(&number.to_le_bytes())).collect();
        names.sort();
        let (early, late) = (names.remove(0), names.remove(997));
        for (cluster, size) in [(early, 198), (late, 199)] {
            let mut deal = Deal::new(names.iter().map(|name| (false, *name)).collect());
            assert_eq!(deal.next().unwrap().len(), 800);
            deal.put_back(cluster);
            let second = deal.next().unwrap();
            assert_eq!((second.len(), second.contains(&cluster)), (size, size == 199));
            assert!(second.is_sorted());
            deal.put_back(late);
            assert_eq!(deal.next(), None);
        }
    }
}
