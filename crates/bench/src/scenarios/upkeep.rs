//! Rebuilding and verifying.

use super::whole::{REBUILT, rebuilds, verifications};
use crate::bars;
use crate::report::Report;
use crate::stage::Stage;

pub(super) fn run(stage: &Stage, report: &mut Report) {
    let [ours, stock] = rebuilds(stage, &stage.corpus());
    let rebuild = report.compare("rebuild", &ours, &stock);
    report.judge(&bars::REBUILD, rebuild);
    let [artifacts, all, integrity] = verifications(stage);
    let artifacts =
        report.compare("`verify --artifacts`, beside `test-integrity`", &artifacts, &integrity);
    report.judge(&bars::VERIFY_ARTIFACTS, artifacts);
    let all = report.compare("`verify`, beside `test-integrity`", &all, &integrity);
    report.judge(&bars::VERIFY, all);
    let [ours, _] = REBUILT;
    stage.stock.test_integrity(&stage.path(ours));
}
