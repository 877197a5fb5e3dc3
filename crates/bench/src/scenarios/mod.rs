//! What is measured, one theme a file.
//!
//! | file | measures |
//! |---|---|
//! | `hosts.rs` | both servers with the same repository |
//! | `whole.rs` | clones, rebuilds and verifies a repository, by either program |
//! | `clone.rs` | clones, each client from each server |
//! | `nothing.rs` | pulls and syncs that bring nothing |
//! | `changes.rs` | check-ins pushed and pulled |
//! | `bulk.rs` | all of a repository pushed and pulled |
//! | `upkeep.rs` | rebuilding and verifying |
//! | `many.rs` | many clients at a time |
//! | `crowd.rs` | many clients of both programs at one server, for minutes |
//! | `shapes.rs` | long chains of deltas, many files, a huge one |
//! | `growth.rs` | time and memory against size |

mod bulk;
mod changes;
mod clone;
mod crowd;
mod growth;
mod hosts;
mod many;
mod nothing;
mod shapes;
mod upkeep;
mod whole;

use crate::args::{Args, Theme};
use crate::report::Report;
use crate::stage::Stage;

/// A theme, and what measures it.
type Scenario = (Theme, fn(&Stage, &mut Report));

const ALL: &[Scenario] = &[
    (Theme::Clone, clone::run_all),
    (Theme::Nothing, nothing::run),
    (Theme::Changes, changes::run_all),
    (Theme::Bulk, bulk::run),
    (Theme::Upkeep, upkeep::run),
    (Theme::Many, many::run_all),
    (Theme::Shapes, shapes::run),
    (Theme::Growth, growth::run),
    (Theme::Load, crowd::run),
];

/// Measures all that is asked for.
pub(crate) fn run(args: &Args, stage: &Stage, report: &mut Report) {
    for (theme, scenario) in ALL {
        if args.asks_for(*theme) {
            eprintln!("=== {theme:?}");
            scenario(stage, report);
        }
    }
}
