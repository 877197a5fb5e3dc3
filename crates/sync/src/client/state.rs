//! What a session remembers between rounds.

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};

use outcrop_format::hash::HashName;
use outcrop_repo::Rid;
use outcrop_repo::config::Areas;
use outcrop_repo::create::PartialClone;
use outcrop_repo::tx::Carrying;

use super::limits::ASKED_AT_LEAST;

/// Where a clone stands.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts, each on its own")]
pub(super) struct Cloning {
    pub(super) partial: PartialClone,
    pub(super) max_bytes: u64,
    /// The first reply is in: it tells the project, without which nobody can log in.
    pub(super) introduced: bool,
    /// The first request only asks for the project: what a server sends to nobody in particular
    /// lacks what is private, and would not come again.
    pub(super) probes: bool,
    /// What the server said against a first request without a login.
    pub(super) objection: Option<String>,
    /// Some of it came in an earlier session.
    pub(super) resumed: bool,
    /// The server has told, in this session, that it is the one whose numbers count here.
    pub(super) confirmed: bool,
    /// The server is another copy of the project, and has other numbers.
    pub(super) starts_over: bool,
}

/// What is asked for.
#[derive(Debug)]
pub(super) struct Asking {
    /// How many artifacts the next request may ask for.
    pub(super) quota: usize,
    /// What the last request asked for.
    pub(super) asked: Vec<HashName>,
    /// What was asked for and not given.
    pub(super) withheld: HashSet<HashName>,
    /// What is private here and public there: asked for, since whoever sends it may make it public.
    pub(super) to_prove: Vec<HashName>,
}

/// What is sent.
#[derive(Debug, Default)]
pub(super) struct Giving {
    pub(super) queue: VecDeque<HashName>,
    pub(super) queued: HashSet<HashName>,
    /// How often each artifact was sent, or said to be private.
    pub(super) times: HashMap<HashName, u8>,
    pub(super) announcing: Announcing,
    /// The last reply asked for artifacts.
    pub(super) asked_back: bool,
    /// Clusters were announced to a server that had asked.
    pub(super) told_clusters: bool,
    /// One request after the other sends artifacts that build upon the same ones.
    pub(super) carrying: Option<Carrying>,
}

/// How far announcing has come.
#[derive(Debug, Default)]
pub(super) enum Announcing {
    #[default]
    Unbegun,
    /// What no cluster names, after this row.
    Unclustered(Option<Rid>),
    /// All that there is, the last first.
    All(Vec<HashName>),
    Over,
}

/// Unversioned files.
#[derive(Debug, Default)]
pub(super) struct Files {
    pub(super) compared: bool,
    /// The server takes files.
    pub(super) may_send: bool,
    /// Files of ours that the server is not known to have as we have them; whether only the time is
    /// to be told.
    pub(super) to_send: BTreeMap<String, bool>,
    /// How often each file was sent, or its time told.
    pub(super) times: HashMap<String, u8>,
    pub(super) to_ask: Vec<String>,
}

/// The configuration.
#[derive(Debug)]
pub(super) struct Configuring {
    pub(super) to_ask: Areas,
    pub(super) to_send: Areas,
    /// What the last request asked for: nothing else is taken in.
    pub(super) asked: Areas,
}

impl Asking {
    pub(super) fn new() -> Self {
        Self {
            quota: ASKED_AT_LEAST,
            asked: Vec::new(),
            withheld: HashSet::new(),
            to_prove: Vec::new(),
        }
    }
}
