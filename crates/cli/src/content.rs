//! Contents of artifacts, proven.

use std::fmt::Display;

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_repo::tx::ReadTx;

use crate::failure::{Exit, Failure};

/// The content of an artifact, which has been found to match its name. `what` tells in an error
/// which one it is.
pub(crate) fn proven(tx: &ReadTx, name: &HashName, what: &impl Display) -> Result<Bytes, Failure> {
    let Some(rid) = tx.rid_of(name)? else {
        let message =
            format!("the content of {what} is not here: a sync with its origin brings it");
        return Err(Failure::new(Exit::Failed, &message));
    };
    let content = tx.content(rid)?;
    if name.verify(&content) {
        return Ok(content);
    }
    Err(Failure::damaged(&format_args!("{what} is damaged: its content has another hash")))
}
