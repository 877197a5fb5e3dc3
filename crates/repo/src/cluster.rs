//! Clusters: artifacts that name many others, so that peers need not announce each.
//!
//! Servers make them when they are pulled from, so that all peers come to share the same ones.

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
    /// [`CLUSTER_MIN`] for another.
    pub fn make_clusters(&mut self) -> Result<Vec<Rid>, ReceiveError> {
        let tx = self.transaction();
        let waiting = tx.clusterable()?;
        if waiting.len() < CLUSTER_MIN {
            return Ok(Vec::new());
        }
        let made = self.in_step(|receiver| {
            tx.forget_clustered()?;
            let mut made = Vec::new();
            for members in split(&waiting) {
                let content = written(&members);
                let name = tx.name_for(&content)?;
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

/// Deals names out to clusters. Those that are shunned are named in none, but Fossil counts them
/// among those that remain.
fn split(waiting: &[(bool, HashName)]) -> Vec<Vec<HashName>> {
    let mut remaining = waiting.len();
    let mut clusters = Vec::new();
    let mut members = Vec::new();
    for (_, name) in waiting.iter().filter(|(shunned, _)| !shunned) {
        members.push(*name);
        if members.len() >= CLUSTER_SIZE && remaining > members.len() + CLUSTER_MIN {
            remaining -= members.len();
            clusters.push(std::mem::take(&mut members));
        }
    }
    if !members.is_empty() {
        clusters.push(members);
    }
    clusters
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
        split(&names.collect::<Vec<_>>()).iter().map(Vec::len).collect()
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
}
