//! Pulls and syncs that bring nothing.

use std::path::Path;

use super::hosts::{Hosts, NAME};
use crate::bars;
use crate::contest::{Entry, Series, contest};
use crate::load;
use crate::measure::{Measured, run_often};
use crate::report::{Report, seconds};
use crate::server::Server;
use crate::snapshot::Snapshot;
use crate::stage::{Stage, text};

/// Runs of a command that are measured as one: each takes too little time to be measured.
const OFTEN: u32 = 10;
/// Rounds whose CPU time is measured as one.
const OUR_ROUNDS: u32 = 400;
const STOCK_ROUNDS: u32 = 50;
/// How much smaller the other repository is, whose pulls are to take as long.
const SMALLER: usize = 10;

pub(super) fn run(stage: &Stage, report: &mut Report) {
    let hosts = Hosts::of(stage, &stage.corpus());
    let (ours, stock) = (hosts.our_clone(stage), hosts.stock_clone(stage));
    // The first one may still settle something.
    warm(stage, &ours, &stock);
    let (written, before) = (hosts.ours.written(), Snapshot::of(&[&ours, &hosts.ours.file(NAME)]));
    let [our_pull, stock_pull] = pulls(stage, &hosts, "pull", &ours, &stock);
    let pull = report.compare("pull of nothing", &our_pull, &stock_pull);
    report.judge(&bars::NO_PULL, pull);
    let [our_sync, stock_sync] = pulls(stage, &hosts, "sync", &ours, &stock);
    let sync = report.compare("sync of nothing", &our_sync, &stock_sync);
    report.judge(&bars::NO_SYNC, sync);
    let written = hosts.ours.written() - written + before.changed();
    report.judge(&bars::NO_WRITE, written as f64);
    rounds(stage, report, &hosts, &ours);
    drop(hosts);
    sizes(stage, report);
}

/// Pulls or syncs by each client, of its clone, from its server.
pub(super) fn pulls(
    stage: &Stage,
    hosts: &Hosts,
    command: &str,
    ours: &Path,
    stock: &Path,
) -> [Series; 2] {
    contest(
        stage.rounds,
        [
            Entry::new("nothing, ours", || hosts.ours.serving(|| our(stage, command, ours))),
            Entry::new("nothing, stock", || hosts.stock.serving(|| stocks(stage, command, stock))),
        ],
    )
}

/// What one round costs each server: the same request, again and again.
fn rounds(stage: &Stage, report: &mut Report, hosts: &Hosts, clone: &Path) {
    let request = load::pull_of_nothing(clone);
    let asked = |server: &Server, times: u32| {
        let url = server.url(NAME);
        let measured = server.serving(|| {
            let load = load::repeated(&url, &request, 1, times as usize);
            Measured { wall: load.wall, ..Measured::default() }
        });
        measured.each(times)
    };
    let [ours, stock] = contest(
        stage.rounds,
        [
            Entry::new("rounds, ours", || asked(&hosts.ours, OUR_ROUNDS)),
            Entry::new("rounds, stock", || asked(&hosts.stock, STOCK_ROUNDS)),
        ],
    );
    report.compare("a round of that, without a client's process", &ours, &stock);
    let (here, there) = (ours.medians().server, stock.medians().server);
    report.judge(&bars::NO_ROUND, ours.times(&stock, |of| of.server));
    report.note(format!(
        "A round of nothing costs our server {} of CPU time, stock's {}.",
        seconds(here),
        seconds(there)
    ));
}

/// The same pull of a repository that is much smaller.
fn sizes(stage: &Stage, report: &mut Report) {
    let [large, small] = [stage.corpus(), stage.corpus_of((stage.check_ins / SMALLER).max(1))];
    let [large, small] = [("large", large), ("small", small)].map(|(name, corpus)| {
        let server = Server::ours(stage, name);
        server.add(&corpus, NAME);
        let file = stage.vacant(&format!("{name}.fossil"));
        let arguments = ["clone", "-q", &server.url(NAME), text(&file)];
        super::hosts::succeed(&mut stage.outcrop(&arguments));
        super::hosts::succeed(&mut stage.outcrop(&["pull", "-q", "-R", text(&file)]));
        (server, file)
    });
    let [of_large, of_small] = contest(
        stage.rounds,
        [
            Entry::new("pull, large", || large.0.serving(|| our(stage, "pull", &large.1))),
            Entry::new("pull, small", || small.0.serving(|| our(stage, "pull", &small.1))),
        ],
    );
    let (large, small) = (of_large.medians(), of_small.medians());
    report.judge(&bars::NO_GROWTH, of_small.times(&of_large, |of| of.wall));
    report.note(format!(
        "A pull of nothing takes {}, and {} where the repository is a tenth as large.",
        seconds(large.wall),
        seconds(small.wall)
    ));
}

fn warm(stage: &Stage, ours: &Path, stock: &Path) {
    for command in ["pull", "sync"] {
        our(stage, command, ours);
        stocks(stage, command, stock);
    }
}

fn our(stage: &Stage, command: &str, clone: &Path) -> Measured {
    run_often(OFTEN, || stage.outcrop(&[command, "-q", "-R", text(clone)]))
}

fn stocks(stage: &Stage, command: &str, clone: &Path) -> Measured {
    run_often(OFTEN, || stage.fossil(&[command, "-R", text(clone)]))
}
