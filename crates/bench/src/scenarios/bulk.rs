//! All of a repository pushed into an empty one of the same project, and pulled into such a one.

use super::changes::{Gap, pulls, pushes};
use crate::measure::run as succeed;
use crate::report::Report;
use crate::stage::{Stage, USER, text};

pub(super) fn run(stage: &Stage, report: &mut Report) {
    let corpus = stage.corpus();
    let code = stage.project_code(&corpus);
    let empty = stage.vacant("empty.fossil");
    let arguments = ["init", "-q", "--admin-user", USER, "--project-code", &code, text(&empty)];
    succeed(&mut stage.outcrop(&arguments));
    stage.give_password(&empty);
    // It has an initial check-in of its own.
    let gap = Gap { behind: &empty, ahead: &corpus, apart: stage.artifacts(&empty) };
    let [ours, stock] = pushes(stage, &gap);
    report.compare("push of all of it", &ours, &stock);
    let [ours, stock] = pulls(stage, &gap);
    report.compare("pull of all of it", &ours, &stock);
}
