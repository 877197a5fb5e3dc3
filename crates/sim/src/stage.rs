//! What the nodes of a world share: who they are, what has happened, and what went wrong.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use outcrop_format::hash::HashName;
use outcrop_oracle::Random;
use outcrop_repo::Repo;
use outcrop_sync::Batches;

use crate::disk;
use crate::ledger::Ledger;
use crate::network::Network;
use crate::raw::Facts;
use crate::time;

/// Lines of the trace that a failure shows.
const SHOWN: usize = 40;

/// Letters of a line of it.
const WIDTH: usize = 300;

/// What has happened, as a number and in words.
#[derive(Debug)]
pub(crate) struct Trace {
    digest: u64,
    lines: std::collections::VecDeque<String>,
    /// Prints every line as it comes.
    pub(crate) loud: bool,
}

impl Trace {
    const fn new(loud: bool) -> Self {
        Self { digest: 0xcbf2_9ce4_8422_2325, lines: std::collections::VecDeque::new(), loud }
    }

    fn add(&mut self, line: String) {
        // FNV-1a.
        for byte in line.bytes() {
            self.digest = (self.digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.loud {
            println!("{line}");
        }
        self.lines.push_back(line);
        if self.lines.len() > SHOWN {
            self.lines.pop_front();
        }
    }
}

/// What is known of a node beside its file.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// Its repository, if there is one that is whole, and the machine is on.
    pub(crate) repo: Option<Repo>,
    /// What it keeps for clones.
    pub(crate) batches: Option<Arc<Batches>>,
    /// Keeps a write-ahead log.
    pub(crate) serves: bool,
    /// Sends little at a time.
    pub(crate) thrifty: bool,
    /// When its power comes back.
    pub(crate) back: Option<u64>,
    /// How often a user's password was changed here.
    pub(crate) words: u32,
    /// What stood in the repository when its last copy was begun.
    pub(crate) copy: Option<Facts>,
    /// A clone is under way.
    pub(crate) cloning: bool,
}

/// What all share.
pub(crate) struct Stage {
    pub(crate) folder: PathBuf,
    nodes: Mutex<Vec<Node>>,
    ledger: Mutex<Ledger>,
    network: Mutex<Network>,
    trace: Mutex<Trace>,
    /// Nodes to which something has happened since they were looked at.
    touched: Mutex<BTreeSet<usize>>,
    /// The first promise that was broken.
    broken: Mutex<Option<String>>,
}

fn locked<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Stage {
    pub(crate) fn new(folder: &Path, nodes: usize, network: Network, loud: bool) -> Arc<Self> {
        Arc::new(Self {
            folder: folder.to_owned(),
            nodes: Mutex::new((0..nodes).map(|_| Node::default()).collect()),
            ledger: Mutex::new(Ledger::new(nodes)),
            network: Mutex::new(network),
            trace: Mutex::new(Trace::new(loud)),
            touched: Mutex::default(),
            broken: Mutex::default(),
        })
    }

    pub(crate) fn path(&self, node: usize) -> PathBuf {
        disk::folder_of(&self.folder, node).join("repo.fossil")
    }

    pub(crate) fn count(&self) -> usize {
        locked(&self.nodes).len()
    }

    pub(crate) fn with<T>(&self, node: usize, act: impl FnOnce(&mut Node) -> T) -> T {
        act(&mut locked(&self.nodes)[node])
    }

    /// The repository of a node that is there.
    pub(crate) fn repo(&self, node: usize) -> Option<Repo> {
        self.with(node, |node| node.repo.clone()).filter(|_| !disk::is_off(node))
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        locked(&self.ledger)
    }

    pub(crate) fn network(&self) -> MutexGuard<'_, Network> {
        locked(&self.network)
    }

    /// Something has happened to a node.
    pub(crate) fn touch(&self, node: usize) {
        locked(&self.touched).insert(node);
    }

    pub(crate) fn take_touched(&self) -> BTreeSet<usize> {
        std::mem::take(&mut locked(&self.touched))
    }

    /// Takes note of what has happened. Paths are told without the folder of this run.
    pub(crate) fn tell(&self, words: impl AsRef<str>) {
        let folder = self.folder.to_string_lossy();
        let words = words.as_ref().replace(&*folder, "").replace('\n', " ");
        let words: String = words.chars().take(WIDTH).collect();
        locked(&self.trace).add(format!("{:>8} {words}", time::now()));
    }

    /// A promise was broken.
    pub(crate) fn fail(&self, what: impl Into<String>) {
        let what = what.into();
        self.tell(format!("BROKEN: {what}"));
        locked(&self.broken).get_or_insert(what);
    }

    /// The promise that was broken.
    pub(crate) fn broken(&self) -> Option<String> {
        locked(&self.broken).clone()
    }

    /// The digest of all that has happened, and the end of it in words.
    pub(crate) fn traced(&self) -> (u64, Vec<String>) {
        let trace = locked(&self.trace);
        (trace.digest, trace.lines.iter().cloned().collect())
    }
}

/// A name, shortened.
pub(crate) fn short(name: &HashName) -> String {
    name.to_string().chars().take(10).collect()
}

/// A sequence of its own for each purpose.
pub(crate) fn random(seed: u64, purpose: &str) -> Random {
    let salt = purpose.bytes().fold(0_u64, |sum, byte| sum.rotate_left(8) ^ u64::from(byte));
    Random::new(seed.rotate_left(17) ^ salt)
}
