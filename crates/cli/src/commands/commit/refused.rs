//! What the repository refuses, with the option that allows it.

use outcrop_repo::commit::CheckInError;

use crate::failure::{Exit, Failure};

pub(super) fn told(error: CheckInError) -> Failure {
    let message = match &error {
        CheckInError::Empty => {
            "nothing has changed: --allow-empty makes a check-in all the same".to_owned()
        }
        CheckInError::Fork(parent) => format!(
            "{parent} has a successor on its branch already: leave --parent out to follow upon the \
             newest, name a new branch with --branch, or allow it with --allow-fork"
        ),
        CheckInError::Closed(parent) => format!(
            "{parent} is closed: name a new branch with --branch, or open its own again with \
             `outcrop branch reopen`"
        ),
        CheckInError::BranchExists(branch) => format!(
            "there is an open branch {branch:?} already: leave --parent out to go on from its tip, \
             or name the branch otherwise"
        ),
        CheckInError::OlderThanParent(parent) => format!(
            "{parent}, which it is to follow upon, is younger: see whether a clock is wrong, or \
             allow it with --allow-older"
        ),
        CheckInError::MergesPrivate(merged) => {
            format!("{merged} is private, and what merges it has to be so too: --private")
        }
        CheckInError::Path(_) => format!("{error}: give it another name, NAME=PATH"),
        CheckInError::DeltaForbidden => format!("{error}: leave --delta out"),
        _ => return others(error),
    };
    Failure::new(Exit::Failed, &message)
}

fn others(error: CheckInError) -> Failure {
    match error {
        CheckInError::Files(cause) => cause.into(),
        CheckInError::Content(cause) => cause.into(),
        CheckInError::Receive(cause) => cause.into(),
        CheckInError::Link(cause) => cause.into(),
        CheckInError::Database(cause) => cause.into(),
        error => Failure::new(Exit::Failed, &error),
    }
}
