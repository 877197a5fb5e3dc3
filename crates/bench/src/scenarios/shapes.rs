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

/// How large shapes are.
struct Size {
    /// Deltas in a row.
    deep: usize,
    /// Files in a check-in.
    wide: usize,
    /// Bytes of a file.
    huge: usize,
}

const FULL: Size = Size { deep: 10_000, wide: 50_000, huge: 500_000_000 };
const QUICK: Size = Size { deep: 5000, wide: 10_000, huge: 100_000_000 };
/// How many times smaller shapes are with which these are compared.
const SMALLER: usize = 10;

/// What our program has cost for one shape.
struct Cost {
    /// Time of a clone, a rebuild and a verification together.
    wall: Duration,
    /// Most memory of any client, and of the server.
    peak: u64,
}

pub(super) fn run(stage: &Stage, report: &mut Report) {
    let Size { deep, wide, huge } = if stage.is_full { FULL } else { QUICK };
    let small = all(stage, report, None, &shapes::chain(stage, deep / SMALLER));
    let name = format!("{deep} deltas in a row");
    let chain = all(stage, report, Some(&name), &shapes::chain(stage, deep));
    report.judge(&bars::CHAIN, a_piece(&chain, &small));
    let small = all(stage, report, None, &shapes::wide(stage, wide / SMALLER));
    let name = format!("{wide} files in a check-in");
    let wide = all(stage, report, Some(&name), &shapes::wide(stage, wide));
    report.judge(&bars::WIDE, a_piece(&wide, &small));
    report.judge(&bars::SHAPES_MEMORY, megabytes(chain.peak.max(wide.peak)));
    let base = all(stage, report, None, &shapes::huge(stage, 1));
    let name = format!("a file of {} MB", megabytes(huge as u64));
    let large = all(stage, report, Some(&name), &shapes::huge(stage, huge));
    let more = large.peak.saturating_sub(base.peak);
    report.judge(&bars::HUGE, more as f64 / huge as f64);
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
