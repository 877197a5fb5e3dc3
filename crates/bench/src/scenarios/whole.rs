//! What is done with a whole repository, by either program.

use std::path::Path;

use super::clone::{ours_from, stock_from};
use super::hosts::Hosts;
use crate::contest::{Entry, Series, contest};
use crate::measure::run;
use crate::stage::{Stage, text};

/// Clones, each by its client from its server, like with like. They are left in these files.
pub(super) const CLONES: [&str; 2] = ["clone-ours.fossil", "clone-stock.fossil"];

/// Rebuilt repositories are left in these files.
pub(super) const REBUILT: [&str; 2] = ["rebuilt-ours.fossil", "rebuilt-stock.fossil"];

pub(super) fn clones(stage: &Stage, hosts: &Hosts) -> [Series; 2] {
    let [ours, stock] = CLONES;
    contest(
        stage.rounds,
        [
            Entry::new("clone, ours", || ours_from(stage, &hosts.ours, ours)),
            Entry::new("clone, stock", || stock_from(stage, &hosts.stock, stock, true)),
        ],
    )
}

/// Each of a fresh copy.
pub(super) fn rebuilds(stage: &Stage, repository: &Path) -> [Series; 2] {
    let fresh = |name| stage.copy(repository, name);
    let [ours, stock] = REBUILT;
    contest(
        stage.rounds,
        [
            Entry::new("rebuild, ours", || {
                run(&mut stage.outcrop(&["rebuild", "-q", text(&fresh(ours))]))
            }),
            Entry::new("rebuild, stock", || {
                run(&mut stage.fossil(&["rebuild", text(&fresh(stock))]))
            }),
        ],
    )
}

/// `verify --artifacts`, `verify` and `test-integrity`, of what either has rebuilt.
pub(super) fn verifications(stage: &Stage) -> [Series; 3] {
    let [ours, stock] = REBUILT.map(|name| stage.path(name));
    contest(
        stage.rounds,
        [
            Entry::new("verify --artifacts", || {
                run(&mut stage.outcrop(&["verify", "-q", "--artifacts", text(&ours)]))
            }),
            full_verification(stage),
            Entry::new("test-integrity", || {
                run(&mut stage.fossil(&["test-integrity", "-R", text(&stock)]))
            }),
        ],
    )
}

/// `verify` of what we have rebuilt, alone.
pub(super) fn verification(stage: &Stage) -> Series {
    let [alone] = contest(stage.rounds, [full_verification(stage)]);
    alone
}

fn full_verification(stage: &Stage) -> Entry<'_> {
    let [ours, _] = REBUILT.map(|name| stage.path(name));
    Entry::new("verify", move || run(&mut stage.outcrop(&["verify", "-q", text(&ours)])))
}
