//! What a check-in follows upon, and which branch it is on.

use outcrop_repo::{Rid, commit::NewBranch, tx::ReadTx};

use super::CommitArgs;
use crate::{failure::Failure, names};

/// The branch of private check-ins that are on no other, as in Fossil.
const PRIVATE: &str = "private";

/// Where a check-in stands.
#[derive(Debug)]
pub(super) struct Place {
    /// What it follows upon; nothing if it is the first.
    pub(super) parent: Option<Rid>,
    /// What was merged in.
    pub(super) merged: Vec<Rid>,
    /// The branch that it begins, if it begins one.
    pub(super) new_branch: Option<String>,
}

impl Place {
    pub(super) fn find(tx: &ReadTx, args: &CommitArgs) -> Result<Self, Failure> {
        let merged = args.merge.iter().map(|name| names::check_in(tx, Some(name)));
        let merged = merged.map(|found| found.map(|found| found.rid));
        let merged = merged.collect::<Result<Vec<_>, _>>()?;
        let (parent, new_branch) = match (&args.parent, &args.branch) {
            (Some(parent), branch) => {
                let parent = names::check_in(tx, Some(parent))?.rid;
                let is_there = match branch {
                    Some(branch) => tx.branch_of(parent)? == *branch,
                    None => true,
                };
                (Some(parent), branch.clone().filter(|_| !is_there))
            }
            (None, Some(branch)) => match names::tip(tx, branch)? {
                Some(tip) => (Some(tip.rid), None),
                None => (newest(tx)?, Some(branch.clone())),
            },
            (None, None) => (newest(tx)?, None),
        };
        let begins_private = args.private && args.branch.is_none() && !is_private(tx, parent)?;
        let new_branch = if begins_private { Some(PRIVATE.to_owned()) } else { new_branch };
        for name in args.tags.iter().chain(&new_branch) {
            names::check_new(name)?;
        }
        Ok(Self { parent, merged, new_branch })
    }

    pub(super) fn new_branch<'a>(&'a self, args: &'a CommitArgs) -> Option<NewBranch<'a>> {
        let name = self.new_branch.as_deref()?;
        Some(NewBranch { name, background: args.branchcolor.as_deref() })
    }
}

fn newest(tx: &ReadTx) -> Result<Option<Rid>, Failure> {
    Ok(names::newest(tx)?.map(|tip| tip.rid))
}

fn is_private(tx: &ReadTx, check_in: Option<Rid>) -> Result<bool, Failure> {
    let row = check_in.map(|rid| tx.blob(rid)).transpose()?.flatten();
    Ok(row.is_some_and(|row| row.private))
}
