//! Time and memory against size.

use std::fmt::Write as _;

use super::changes::push_each;
use super::hosts::Hosts;
use super::nothing::pulls;
use super::whole::{clones, rebuilds, verification, verifications};
use crate::args::FULL;
use crate::bars::{self, Bar};
use crate::contest::Series;
use crate::measure::Measured;
use crate::plot::{self, Line};
use crate::report::{Report, megabytes, seconds};
use crate::stage::Stage;

/// What is measured at each size, and the bar that it is held against.
const STEPS: [(&str, &Bar); 5] = [
    ("clone", &bars::GROWTH_CLONE),
    ("pull of nothing", &bars::GROWTH_PULL),
    ("push of one check-in", &bars::GROWTH_PUSH),
    ("rebuild", &bars::GROWTH_REBUILD),
    ("verify", &bars::GROWTH_VERIFY),
];
/// The step whose memory is judged, from one size to another that is so many times as large.
const CLONE: &str = STEPS[0].0;
const LARGER: usize = 10;
/// The step that is not to grow at all.
const FLAT: &str = "pull of nothing";

/// One size: what each step costs here, and with stock if that was measured.
struct Point {
    check_ins: usize,
    artifacts: u64,
    steps: [(Measured, Option<Measured>); STEPS.len()],
}

pub(super) fn run(stage: &Stage, report: &mut Report) {
    let points: Vec<_> = stage.sizes.iter().map(|size| point(stage, *size)).collect();
    let mut table = String::from("| artifacts | step | here | stock | peak memory |\n");
    table.push_str("|---|---|---|---|---|\n");
    for (at, (step, _)) in STEPS.iter().enumerate() {
        for point in &points {
            let (ours, stock) = point.steps[at];
            let unknown = || "–".to_owned();
            let (here, peak) = (seconds(ours.wall), megabytes(ours.peak));
            let there = stock.map_or_else(unknown, |stock| seconds(stock.wall));
            let theirs =
                stock.map_or_else(unknown, |stock| format!("{:.0}", megabytes(stock.peak)));
            let artifacts = point.artifacts;
            writeln!(
                table,
                "| {artifacts} | {step} | {here} | {there} | {peak:.0} / {theirs} MB |"
            )
            .unwrap();
        }
    }
    report.plot(plot::svg(&lines(&points)));
    table.push_str("\n![Time against size, both axes logarithmic](");
    table.push_str(plot::FILE);
    table.push_str(")\n");
    report.section(table);
    if points.iter().any(|point| !has_integrity(point.check_ins)) {
        report.note(format!(
            "Beside `verify` stands `test-integrity`, but for more than {FULL} check-ins: those \
             that were added are one chain of deltas, for which it was not done after ten minutes."
        ));
    }
    if let [smallest, .., largest] = &points[..] {
        judge(report, smallest, largest);
        let tenth = points.iter().find(|point| point.check_ins * LARGER == largest.check_ins);
        if let Some(tenth) = tenth.filter(|point| point.check_ins >= FULL) {
            let at = STEPS.iter().position(|(step, _)| *step == CLONE).unwrap();
            let [small, large] = [tenth, largest].map(|point| point.steps[at].0.peak as f64);
            report.judge(&bars::CLONE_MEMORY_GROWTH, large / small);
        }
    }
}

/// Measures every step at one size.
fn point(stage: &Stage, check_ins: usize) -> Point {
    eprintln!("--- {check_ins} check-ins");
    let corpus = stage.corpus_of(check_ins);
    let hosts = Hosts::of(stage, &corpus);
    let cloned = clones(stage, &hosts);
    let pulled = pulls(stage, &hosts, "pull", &hosts.our_clone(stage), &hosts.stock_clone(stage));
    drop(hosts);
    let pushed = push_each(stage, &corpus);
    let rebuilt = rebuilds(stage, &corpus);
    let (verified, integrity) = if has_integrity(check_ins) {
        let [_, verified, integrity] = verifications(stage);
        (verified, Some(integrity))
    } else {
        (verification(stage), None)
    };
    let [cloned, pulled, pushed, rebuilt] =
        [cloned, pulled, pushed, rebuilt].map(|[ours, stock]| (ours, Some(stock)));
    let all = [cloned, pulled, pushed, rebuilt, (verified, integrity)];
    let steps = all.map(|(ours, stock)| (ours.medians(), stock.as_ref().map(Series::medians)));
    Point { check_ins, artifacts: stage.artifacts(&corpus), steps }
}

/// Whether stock verifies so many check-ins in the time that one has.
const fn has_integrity(check_ins: usize) -> bool {
    check_ins <= FULL
}

fn judge(report: &mut Report, smallest: &Point, largest: &Point) {
    let larger = largest.artifacts as f64 / smallest.artifacts as f64;
    let mut memory: f64 = 0.0;
    for (at, (step, bar)) in STEPS.iter().enumerate() {
        let ((small, _), (large, _)) = (smallest.steps[at], largest.steps[at]);
        let times = large.wall.as_secs_f64() / small.wall.as_secs_f64();
        report.judge(bar, if *step == FLAT { times } else { times / larger });
        memory = memory.max(large.peak as f64 / small.peak.max(1) as f64 / larger);
    }
    report.judge(&bars::GROWTH_MEMORY, memory);
}

fn lines(points: &[Point]) -> Vec<Line> {
    let line = |of: &dyn Fn(&Point) -> Option<Measured>| {
        let place = |point: &Point| Some((point.artifacts as f64, of(point)?.wall.as_secs_f64()));
        points.iter().filter_map(place).collect()
    };
    let steps = STEPS.iter().enumerate();
    let of_step = |(at, (name, _)): (usize, &(&'static str, _))| Line {
        name,
        ours: line(&|point| Some(point.steps[at].0)),
        stock: line(&|point| point.steps[at].1),
    };
    steps.map(of_step).collect()
}
