//! A session with the project that this one was made from.

use outcrop_repo::config::Areas;
use outcrop_repo::tx::ReadTx;

use super::SyncOptions;
use crate::SyncError;

/// The code of the project that this one was made from.
pub(super) fn parent_of(tx: &ReadTx) -> Result<String, SyncError> {
    let code = tx.setting("parent-project-code")?.filter(|code| !code.is_empty());
    let name = tx.setting("parent-project-name")?;
    code.filter(|_| name.is_some()).ok_or(SyncError::NoParent)
}

/// Of another project only the content is of use.
pub(super) fn only_from_parent(options: SyncOptions) -> SyncOptions {
    SyncOptions {
        push: false,
        config_pull: Areas::NONE,
        config_push: Areas::NONE,
        tables: false,
        lock: None,
        ..options
    }
}
