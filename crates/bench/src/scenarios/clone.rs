//! Clones, each client from each server.

use std::fs;
use std::path::Path;

use outcrop_oracle::compare::{Options, compare};

use super::hosts::{Hosts, NAME};
use crate::bars;
use crate::contest::{Entry, contest};
use crate::measure::{Measured, run};
use crate::report::{Report, megabytes};
use crate::server::Server;
use crate::stage::{Stage, text};

pub(super) fn run_all(stage: &Stage, report: &mut Report) {
    let hosts = Hosts::of(stage, &stage.corpus());
    let (ours, stock) = (&hosts.ours, &hosts.stock);
    let [own, compacted, from_stock, theirs, thorough, from_ours] = contest(
        stage.rounds,
        [
            Entry::new("ours from ours", || ours_from(stage, ours, "a.fossil")),
            Entry::new("ours from ours, compacted", || compacted(stage, ours, "b.fossil")),
            Entry::new("ours from stock", || ours_from(stage, stock, "c.fossil")),
            Entry::new("stock from stock", || stock_from(stage, stock, "d.fossil", true)),
            Entry::new("stock, with deltas", || stock_from(stage, stock, "e.fossil", false)),
            Entry::new("stock from ours", || stock_from(stage, ours, "f.fossil", true)),
        ],
    );
    let like = report.compare("clone, beside `--nocompress`", &own, &theirs);
    report.judge(&bars::CLONE, like);
    report.compare("clone, beside stock's default", &own, &thorough);
    let with_deltas = report.compare("clone and `compact`, beside the same", &compacted, &thorough);
    report.judge(&bars::CLONE_COMPACT, with_deltas);
    let size = |name| fs::metadata(stage.path(name)).unwrap().len();
    let (here, there) = (size("b.fossil"), size("e.fossil"));
    report.judge(&bars::CLONE_SIZE, here as f64 / there as f64);
    report.note(format!(
        "Sizes of the clones: {:.1} MB here, {:.1} MB compacted; {:.1} MB by stock with \
         `--nocompress`, {:.1} MB without.",
        megabytes(size("a.fossil")),
        megabytes(here),
        megabytes(size("d.fossil")),
        megabytes(there)
    ));
    report.judge(&bars::CLONE_MEMORY, megabytes(own.medians().peak));
    let from = report.compare("our client from stock's server", &from_stock, &theirs);
    report.judge(&bars::FROM_STOCK, from);
    let as_fast = report.compare("stock's client from our server", &from_ours, &theirs);
    report.judge(&bars::STOCK_CLIENT, as_fast);
    report.judge(&bars::STOCK_CLIENT_SERVER, theirs.times(&from_ours, |of| of.server));
    check(stage, report);
}

/// Looks at what was measured: the same artifacts everywhere, sound, and the same derived rows.
fn check(stage: &Stage, report: &mut Report) {
    let expected = stage.artifacts(&stage.corpus());
    for letter in ["a", "b", "c", "d", "e", "f"] {
        let file = stage.path(&format!("{letter}.fossil"));
        assert_eq!(stage.artifacts(&file), expected, "{}", file.display());
    }
    let file = |name: &str| stage.path(name);
    stage.stock.test_integrity(&file("a.fossil"));
    // Stock's clone derives in the order in which artifacts come, as its rebuild does not.
    let rebuilt = stage.copy(&file("a.fossil"), "rebuilt.fossil");
    stage.stock.rebuild(&rebuilt);
    same_rows(&file("a.fossil"), &rebuilt);
    same_rows(&file("c.fossil"), &rebuilt);
    report.note(format!(
        "Each clone has the {expected} artifacts, `fossil test-integrity` finds ours sound, and \
         `fossil rebuild` derives the same rows from it."
    ));
}

fn same_rows(one: &Path, other: &Path) {
    let differences = compare(one, other, &Options::derived());
    assert!(differences.is_empty(), "{differences}");
}

pub(super) fn ours_from(stage: &Stage, server: &Server, name: &str) -> Measured {
    let file = stage.vacant(name);
    let url = server.url(NAME);
    server.serving(|| run(&mut stage.outcrop(&["clone", "-q", &url, text(&file)])))
}

fn compacted(stage: &Stage, server: &Server, name: &str) -> Measured {
    let cloned = ours_from(stage, server, name);
    let file = stage.path(name);
    cloned.and(run(&mut stage.outcrop(&["compact", "-q", text(&file)])))
}

pub(super) fn stock_from(stage: &Stage, server: &Server, name: &str, plain: bool) -> Measured {
    let file = stage.vacant(name);
    let url = server.url(NAME);
    let mut command = stage.fossil(&["clone", &url, text(&file)]);
    if plain {
        command.arg("--nocompress");
    }
    server.serving(|| run(&mut command))
}
