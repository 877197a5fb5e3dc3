//! What names stand for: check-ins, and the tips of branches.

use outcrop_repo::{
    read::{EventKind, ResolveError, Resolved, TimelineEntry, TimelineFilter},
    tx::{DatabaseError, ReadTx},
};

use crate::failure::{Exit, Failure};

/// Check-ins that are looked at together, when the tip of a branch is not its newest.
const PAGE: usize = 100;

/// What the main branch is called where no setting says so.
const MAIN_BRANCH: &str = "trunk";

/// The check-in that a name stands for. Without a name, the tip of the main branch.
pub(crate) fn check_in(tx: &ReadTx, name: Option<&str>) -> Result<Resolved, Failure> {
    if let Some(name) = name {
        return tx.resolve(name, Some(EventKind::CheckIn)).map_err(|error| match error {
            ResolveError::Unknown(_) => {
                let message = format!(
                    "there is no check-in {name:?}: `outcrop log` lists them; a hash or its \
                     beginning, a tag, a branch and a date are names too"
                );
                Failure::new(Exit::Failed, &message)
            }
            error => error.into(),
        });
    }
    let tip = newest(tx)?.ok_or_else(|| {
        Failure::new(Exit::Failed, &"there are no check-ins yet: `outcrop commit` makes one")
    })?;
    Ok(Resolved { rid: tip.rid, name: tip.name })
}

/// Any artifact that a name stands for.
pub(crate) fn artifact(tx: &ReadTx, name: &str) -> Result<Resolved, Failure> {
    tx.resolve(name, None).map_err(|error| match error {
        ResolveError::Unknown(_) => {
            let message = format!(
                "there is no artifact {name:?}: give four or more digits that its hash begins \
                 with, a tag, a branch or a date"
            );
            Failure::new(Exit::Failed, &message)
        }
        error => error.into(),
    })
}

/// Whether a new tag or branch may be called so: nobody should take it for something else.
pub(crate) fn check_new(name: &str) -> Result<(), Failure> {
    let message = if name.trim().is_empty() || name.contains(char::is_control) {
        format!(
            "{name:?} cannot be the name of a tag or branch: it has no letters, or is not one line"
        )
    } else if name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        format!(
            "{name:?} could be taken for the beginning of a hash: choose a name with another letter"
        )
    } else {
        return Ok(());
    };
    Err(Failure::new(Exit::Failed, &message))
}

/// The tip of the main branch; of any, if the main branch has no check-ins. `None` if there are
/// none at all.
pub(crate) fn newest(tx: &ReadTx) -> Result<Option<TimelineEntry>, DatabaseError> {
    match tip(tx, &main_branch(tx)?)? {
        Some(tip) => Ok(Some(tip)),
        None => Ok(tx.timeline(&check_ins(None), None, 1)?.pop()),
    }
}

/// The main branch.
pub(crate) fn main_branch(tx: &ReadTx) -> Result<String, DatabaseError> {
    Ok(tx.setting("main-branch")?.unwrap_or_else(|| MAIN_BRANCH.to_owned()))
}

/// The newest leaf of a branch. `None` if the branch has no check-ins.
///
/// It need not be the newest check-in: where a clock was wrong, a child may be older than its parent.
pub(crate) fn tip(tx: &ReadTx, branch: &str) -> Result<Option<TimelineEntry>, DatabaseError> {
    let mut from = None;
    loop {
        let page = tx.timeline(&check_ins(Some(branch)), from, PAGE)?;
        let Some(last) = page.last() else { return Ok(None) };
        from = Some(last.position);
        if let Some(tip) = page.into_iter().find(|entry| entry.is_leaf) {
            return Ok(Some(tip));
        }
    }
}

fn check_ins(branch: Option<&str>) -> TimelineFilter<'_> {
    TimelineFilter { kind: Some(EventKind::CheckIn), branch, ..TimelineFilter::default() }
}
