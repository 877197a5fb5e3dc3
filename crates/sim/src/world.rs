//! A world: some nodes, and what happens to them.

use std::sync::Arc;
use std::time::Duration;

use outcrop_oracle::Random;
use outcrop_repo::Repo;
use outcrop_repo::create::CreateOptions;

use crate::deeds::Deed;
use crate::disk::{self, Trouble};
use crate::network::Network;
use crate::plan::{Kind, Part, Step};
use crate::stage::{Stage, random};
use crate::tasks::Tasks;
use crate::users::moment;
use crate::{forger, promises, quiet, sessions, time};

/// Every so many steps, artifacts are hashed and rows derived anew where something has happened.
const VERIFY_EVERY: usize = 10;

/// Milliseconds from one step to the next, at most.
const PAUSE: usize = 40_000;

/// Milliseconds without power, at most.
const DARK: usize = 120_000;

/// Milliseconds by which a clock is wrong, at most.
const WRONG: usize = 4 * 24 * 3_600_000;

/// What came of a world.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What was played.
    pub part: Part,
    /// A number that two runs have in common only if the same has happened in both.
    pub digest: u64,
    /// How much time has passed in the world.
    pub passed: Duration,
    /// The first promise that was broken.
    pub broken: Option<String>,
    /// What happened before.
    pub lines: Vec<String>,
}

/// A world.
pub(crate) struct World {
    pub(crate) stage: Arc<Stage>,
    pub(crate) tasks: Tasks,
    looked: usize,
}

/// Plays a world, from its beginning to the quiet in which all must converge.
#[must_use]
pub fn play(part: &Part, loud: bool) -> Outcome {
    disk::install();
    disk::reset(part.seed);
    time::reset(part.seed);
    let folder =
        tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder");
    let network = Network::new(random(part.seed, "network"), part.faults.network);
    let stage = Stage::new(folder.path(), part.count(), network, loud);
    let mut world = World { stage: stage.clone(), tasks: Tasks::new(), looked: 0 };
    world.found(part.seed);
    for (number, step) in part.plan() {
        world.step(number, step);
        if stage.broken().is_some() {
            break;
        }
    }
    if stage.broken().is_none() {
        quiet::converge(&mut world);
    }
    drop(world);
    let broken = stage.broken();
    let (digest, lines) = stage.traced();
    let passed = Duration::from_millis(time::now());
    for node in 0..stage.count() {
        stage.with(node, |node| (node.repo, node.batches) = (None, None));
    }
    Outcome { part: part.clone(), digest, passed, broken, lines }
}

impl World {
    /// The first node makes the project; the others have nothing yet.
    fn found(&mut self, seed: u64) {
        let mut random = random(seed, "found");
        for node in 0..self.stage.count() {
            std::fs::create_dir(disk::folder_of(&self.stage.folder, node)).expect("a folder");
            let (serves, thrifty) = (random.one_in(2), random.one_in(2));
            self.stage.with(node, |node| (node.serves, node.thrifty) = (serves, thrifty));
        }
        let options = CreateOptions::new("alice", moment(0));
        let path = self.stage.path(0);
        let made = Repo::create(path, &options, &mut |bytes| {
            for byte in bytes {
                *byte = random.any().to_le_bytes()[7];
            }
        });
        drop(made.expect("the first repository is made"));
        sessions::open(&self.stage, 0);
    }

    fn step(&mut self, number: usize, step: Step) {
        let mut random = Random::new(step.seed);
        let node = random.below(self.stage.count());
        match step.kind {
            Kind::Deed => self.deed(number, node, &mut random),
            Kind::Disk => {
                let kinds = [Trouble::Full, Trouble::Sync, Trouble::Error, Trouble::Crash];
                let (trouble, after) = (*random.pick(&kinds), random.below(60) as u64);
                let lasts = 1 + random.below(5) as u64;
                self.stage
                    .tell(format!("#{number} disk of node {node}: {trouble:?} after {after}"));
                disk::trouble(node, trouble, after, lasts);
            }
            Kind::Power => {
                self.stage.tell(format!("#{number} node {node} loses its power"));
                disk::power_off(node);
            }
            Kind::Clock => {
                let ahead = i64::try_from(random.below(2 * WRONG)).unwrap_or(0);
                let wrong = ahead - i64::try_from(WRONG).unwrap_or(0);
                self.stage.tell(format!("#{number} clock of node {node} is wrong by {wrong} ms"));
                time::set_wrong(node, wrong);
            }
            Kind::Partition => {
                let other = random.below(self.stage.count());
                let end = time::now() + 1000 * random.below(300) as u64;
                self.stage.tell(format!("#{number} {node} and {other} are apart until {end}"));
                self.stage.network().separate(node, other, end);
            }
        }
        let end = time::now() + random.below(PAUSE) as u64;
        self.run(end);
        self.look(number.is_multiple_of(VERIFY_EVERY));
    }

    /// Someone does something at a node: in the repository, with another, or against it.
    fn deed(&mut self, number: usize, node: usize, random: &mut Random) {
        let Some(repo) = self.stage.repo(node) else { return self.clone_to(number, node, random) };
        let other = (node + 1 + random.below(self.stage.count() - 1)) % self.stage.count();
        match random.below(10) {
            0..=3 => self.sync(number, node, other, random),
            4 => forger::attack(&self.stage, node, random),
            _ => {
                let before = disk::troubles(node);
                let deed = Deed { stage: &self.stage, node, repo: &repo, random };
                let done = deed.happen();
                drop(repo);
                self.stage.touch(node);
                match done {
                    Ok(words) => self.stage.tell(format!("#{number} node {node} {words}")),
                    Err(error) if disk::troubles(node) > before || disk::is_off(node) => {
                        self.stage.tell(format!("#{number} node {node} fails: {error}"));
                    }
                    Err(error) => {
                        self.stage.fail(format!("node {node} fails without a reason: {error}"));
                    }
                }
            }
        }
    }

    fn sync(&mut self, number: usize, node: usize, other: usize, random: &mut Random) {
        let options = sessions::any_sync(&self.stage, node, other, random);
        let user = options.account.as_ref().map_or("nobody", |account| account.user.as_str());
        self.stage.tell(format!("#{number} node {node} syncs with node {other} as {user}"));
        let plain = random.one_in(2);
        let syncing = sessions::begin_sync(self.stage.clone(), node, other, plain, options);
        self.tasks.begin(node, Box::pin(async move { drop(syncing.await) }));
    }

    pub(crate) fn clone_to(&mut self, number: usize, node: usize, random: &mut Random) {
        let busy = self.stage.with(node, |node| node.cloning || node.back.is_some());
        if busy || disk::is_off(node) || self.stage.repo(node).is_some() {
            return;
        }
        let from = (node + 1 + random.below(self.stage.count() - 1)) % self.stage.count();
        let from = if self.stage.repo(from).is_some() { from } else { 0 };
        if from == node {
            // The first node has no power, or a disk that could not be read.
            return;
        }
        let protocol = *random.pick(&[3, 3, 3, 2, 1]);
        self.stage.tell(format!("#{number} node {node} clones node {from} by protocol {protocol}"));
        let cloning = sessions::begin_clone(self.stage.clone(), node, from, protocol);
        self.tasks.begin(node, Box::pin(cloning));
    }

    /// Lets time pass until then.
    pub(crate) fn run(&mut self, end: u64) {
        loop {
            self.tasks.go_on();
            self.mind_power();
            if self.stage.broken().is_some() || !Tasks::wait(end) {
                break;
            }
        }
        self.tasks.go_on();
        self.mind_power();
    }

    /// Sees to machines without power: all that ran there has ended, and after a while they start
    /// again.
    fn mind_power(&mut self) {
        for node in 0..self.stage.count() {
            if !disk::is_off(node) {
                continue;
            }
            match self.stage.with(node, |node| node.back) {
                None => {
                    self.tasks.end(node);
                    let back = time::now() + (time::now() * 7919) % DARK as u64;
                    self.stage.with(node, |node| {
                        (node.repo, node.cloning, node.back) = (None, false, Some(back));
                    });
                    self.stage.tell(format!("node {node} is off until {back}"));
                }
                Some(back) if back <= time::now() => self.start(node),
                Some(_) => {}
            }
        }
    }

    /// A machine starts again.
    pub(crate) fn start(&mut self, node: usize) {
        self.stage.with(node, |node| node.back = None);
        disk::power_on(node);
        self.stage.tell(format!("node {node} is on again"));
        sessions::open(&self.stage, node);
        if self.stage.broken().is_none() {
            promises::verify(&self.stage, node);
        }
    }

    /// Looks at the nodes to which something has happened. Their disks do not fail meanwhile.
    pub(crate) fn look(&mut self, closely: bool) {
        self.looked += 1;
        for node in self.stage.take_touched() {
            if disk::is_off(node) {
                continue;
            }
            let resumed = disk::pause(node);
            promises::look(&self.stage, node);
            if closely {
                promises::verify(&self.stage, node);
            }
            disk::resume(node, resumed);
            // A node whose disk kept it from opening its file tries again.
            let idle = self.stage.with(node, |node| node.repo.is_none() && !node.cloning);
            if idle && !self.stage.ledger().held[node].is_empty() {
                sessions::open(&self.stage, node);
            }
        }
    }
}
