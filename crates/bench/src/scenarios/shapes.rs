//! Long chains of deltas, many files, a huge one.

use std::path::Path;
use std::time::Duration;

use super::hosts::Hosts;
use super::whole::{CLONES, clones, rebuilds, verifications};
use crate::bars;
use crate::contest::Series;
use crate::report::{Report, megabytes};
use crate::shapes;
use crate::stage::Stage;

/// Deltas in a row, files in a check-in, and how many times smaller what they are compared with is.
const DEEP: usize = 10_000;
const WIDE: usize = 50_000;
const SMALLER: usize = 10;
/// Bytes of the huge file.
const HUGE: usize = 500_000_000;

/// What our program has cost for one shape.
struct Cost {
    /// Time of a clone, a rebuild and a verification together.
    wall: Duration,
    /// Most memory of any client, and of the server.
    peak: u64,
}

pub(super) fn run(stage: &Stage, report: &mut Report) {
    let mut peak = 0;
    let small = all(stage, report, None, &shapes::chain(stage, DEEP / SMALLER));
    let large = all(stage, report, Some("10,000 deltas in a row"), &shapes::chain(stage, DEEP));
    report.judge(&bars::CHAIN, a_piece(&large, &small));
    peak = large.peak.max(peak);
    let small = all(stage, report, None, &shapes::wide(stage, WIDE / SMALLER));
    let large = all(stage, report, Some("50,000 files"), &shapes::wide(stage, WIDE));
    report.judge(&bars::WIDE, a_piece(&large, &small));
    peak = large.peak.max(peak);
    report.judge(&bars::SHAPES_MEMORY, megabytes(peak));
    let base = all(stage, report, None, &shapes::huge(stage, 1));
    let large = all(stage, report, Some("a file of 500 MB"), &shapes::huge(stage, HUGE));
    let more = large.peak.saturating_sub(base.peak);
    report.judge(&bars::HUGE, more as f64 / HUGE as f64);
}

/// How many times as long a piece takes in a shape that has many times as many.
fn a_piece(large: &Cost, small: &Cost) -> f64 {
    large.wall.as_secs_f64() / small.wall.as_secs_f64() / SMALLER as f64
}

/// Clones, rebuilds and verifies a repository; tells of it if it has a name.
fn all(stage: &Stage, report: &mut Report, name: Option<&str>, repository: &Path) -> Cost {
    let hosts = Hosts::of(stage, repository);
    let cloned = clones(stage, &hosts);
    let server = hosts.ours.peak();
    drop(hosts);
    let expected = stage.artifacts(repository);
    for clone in CLONES {
        assert_eq!(stage.artifacts(&stage.path(clone)), expected, "{clone}");
    }
    let rebuilt = rebuilds(stage, repository);
    let [_, verify, integrity] = verifications(stage);
    let steps = [("clone", cloned), ("rebuild", rebuilt), ("verify", [verify, integrity])];
    if let Some(name) = name {
        for (step, [ours, stock]) in &steps {
            report.compare(&format!("{name}: {step}"), ours, stock);
        }
        report
            .note(format!("{name}: our server had {:.0} MB of memory at most.", megabytes(server)));
    }
    let ours = steps.iter().map(|(_, [ours, _])| Series::medians(ours));
    ours.fold(Cost { wall: Duration::ZERO, peak: server }, |cost, of| Cost {
        wall: cost.wall + of.wall,
        peak: cost.peak.max(of.peak),
    })
}
