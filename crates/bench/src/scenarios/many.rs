//! Many clients at a time.

use std::cell::RefCell;
use std::thread;

use super::hosts::{Hosts, NAME};
use crate::bars;
use crate::contest::{Entry, contest};
use crate::load::{self, Load};
use crate::measure::{Measured, run};
use crate::report::{Report, megabytes};
use crate::server::Server;
use crate::stage::{Stage, text};

/// Clients at a time.
const CLIENTS: usize = 64;
/// Of these, real ones, where some are.
const REAL: usize = 4;
/// Check-ins of the repository, for some 20 MB.
const CHECK_INS: usize = 2500;
/// How often each client of ours pulls nothing, and each of stock's.
const OUR_PULLS: u32 = 50;
const STOCK_PULLS: u32 = 4;

/// What the loads of one server were like, beside how long they took.
#[derive(Default)]
struct Seen {
    rates: RefCell<Vec<f64>>,
    slowest: RefCell<Vec<f64>>,
    /// Why operations failed, each of them.
    failures: RefCell<Vec<String>>,
}

impl Seen {
    fn add(&self, load: &Load) {
        self.rates.borrow_mut().push(load.rate());
        self.slowest.borrow_mut().push(load.slowest());
        self.failures.borrow_mut().extend_from_slice(&load.failures);
    }

    fn rate(&self) -> f64 {
        median(&self.rates)
    }

    fn slowest(&self) -> f64 {
        median(&self.slowest)
    }
}

fn median(figures: &RefCell<Vec<f64>>) -> f64 {
    let mut sorted = figures.borrow().clone();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

pub(super) fn run_all(stage: &Stage, report: &mut Report) {
    let corpus = stage.corpus_of(CHECK_INS.min(stage.check_ins));
    let artifacts = stage.artifacts(&corpus);
    let hosts = Hosts::of(stage, &corpus);
    clones(stage, report, &hosts, artifacts);
    nothing(stage, report, &hosts);
    report.judge(&bars::MANY_MEMORY, megabytes(hosts.ours.peak()));
    with_real_ones(stage, report, &hosts, artifacts);
}

fn clones(stage: &Stage, report: &mut Report, hosts: &Hosts, artifacts: u64) {
    let (here, there) = (Seen::default(), Seen::default());
    let load = |server: &Server, seen: &Seen| {
        let url = server.url(NAME);
        let load = loaded(server, || load::clones(&url, CLIENTS, artifacts));
        seen.add(&load.0);
        load.1
    };
    let [ours, stock] = contest(
        stage.rounds,
        [
            Entry::new("64 clones, ours", || load(&hosts.ours, &here)),
            Entry::new("64 clones, stock", || load(&hosts.stock, &there)),
        ],
    );
    report.compare("64 clones at a time, memory of the servers", &ours, &stock);
    told(report, "clones", &here, &there);
    report.judge(&bars::MANY_CLONES, here.rate() / there.rate());
    report.judge(&bars::MANY_SLOWEST, here.slowest());
}

fn nothing(stage: &Stage, report: &mut Report, hosts: &Hosts) {
    // Who pulls nothing has everything.
    let clone = hosts.our_clone(stage);
    let request = load::pull_of_nothing(&clone);
    let (here, there) = (Seen::default(), Seen::default());
    let load = |server: &Server, seen: &Seen, times: u32| {
        let url = server.url(NAME);
        let load = loaded(server, || load::repeated(&url, &request, CLIENTS, times as usize));
        seen.add(&load.0);
        load.1.each(times)
    };
    let [ours, stock] = contest(
        stage.rounds,
        [
            Entry::new("64 pulls, ours", || load(&hosts.ours, &here, OUR_PULLS)),
            Entry::new("64 pulls, stock", || load(&hosts.stock, &there, STOCK_PULLS)),
        ],
    );
    report.compare("64 pulls of nothing at a time, memory of the servers", &ours, &stock);
    told(report, "pulls of nothing", &here, &there);
    report.judge(&bars::MANY_NOTHING, here.rate() / there.rate());
    report.judge(&bars::MANY_SLOWEST_NOTHING, here.slowest());
}

/// Some of the clients are processes that store what comes: the same ones for both servers.
fn with_real_ones(stage: &Stage, report: &mut Report, hosts: &Hosts, artifacts: u64) {
    let (here, there) = (Seen::default(), Seen::default());
    let load = |server: &Server, seen: &Seen| {
        let url = server.url(NAME);
        let measured = loaded(server, || {
            thread::scope(|scope| {
                for number in 0..REAL {
                    let file = stage.vacant(&format!("real{number}.fossil"));
                    let mut command = stage.outcrop(&["clone", "-q", &url, text(&file)]);
                    scope.spawn(move || run(&mut command));
                }
                load::clones(&url, CLIENTS - REAL, artifacts)
            })
        });
        seen.add(&measured.0);
        for number in 0..REAL {
            let found = stage.artifacts(&stage.path(&format!("real{number}.fossil")));
            assert_eq!(found, artifacts, "a clone among many");
        }
        measured.1
    };
    let [ours, stock] = contest(
        stage.rounds,
        [
            Entry::new("some real, ours", || load(&hosts.ours, &here)),
            Entry::new("some real, stock", || load(&hosts.stock, &there)),
        ],
    );
    report.compare("64 clones at a time, 4 of them stored by processes", &ours, &stock);
    told_failures(report, &here, &there);
}

/// A load, and what it took: until the last client is done, and in the memory of the server.
fn loaded(server: &Server, work: impl FnOnce() -> Load) -> (Load, Measured) {
    let mut done = None;
    let measured = server.serving(|| {
        let (load, peak) = server.weighed(work);
        let measured = Measured { wall: load.wall, peak, ..Measured::default() };
        done = Some(load);
        measured
    });
    (done.unwrap(), measured)
}

fn told(report: &mut Report, what: &str, here: &Seen, there: &Seen) {
    report.note(format!(
        "{CLIENTS} clients at a time: {:.1} {what} a second, the slowest {:.1} times as long as the \
         median; stock {:.1}, the slowest {:.1} times.",
        here.rate(),
        here.slowest(),
        there.rate(),
        there.slowest()
    ));
    told_failures(report, here, there);
}

/// Ours must not fail; that stock's server does is told.
fn told_failures(report: &mut Report, here: &Seen, there: &Seen) {
    assert!(here.failures.borrow().is_empty(), "{:?}", here.failures);
    if let [.., reason] = &there.failures.borrow()[..] {
        let failed = there.failures.borrow().len();
        report.note(format!("Stock's server failed {failed} times in all: {reason}."));
    }
}
