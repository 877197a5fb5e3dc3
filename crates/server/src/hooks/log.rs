//! What is logged of pushes that are told.

use std::path::Path;
use std::time::Duration;

use outcrop_repo::tx::DatabaseError;
use tokio::io::AsyncRead;
use tracing::{debug, error, info, warn};

use super::target::{NotTold, Target};
use crate::log::escaped;
use crate::process::first_lines;

pub(super) fn told(target: &Target, repository: &str) {
    debug!("a push to {repository:?} was told to {target}");
}

pub(super) fn not_told(target: &Target, repository: &str, why: &NotTold, again: Duration) {
    let seconds = again.as_secs_f64();
    warn!(
        "a push to {repository:?} was not told to {target}: {}; again in {seconds} s",
        escaped(why)
    );
}

/// Nobody will be told: the line itself is kept here.
pub(super) fn given_up(target: &Target, why: &str, line: &[u8]) {
    error!("a push was not told to {target}, {why}: {}", String::from_utf8_lossy(line));
}

pub(super) fn not_looked_up(repository: &Path, error: &DatabaseError) {
    warn!("check-ins of a push to {} are not told: {}", repository.display(), escaped(error));
}

/// What a command writes to its output.
pub(super) async fn said(target: Target, output: impl AsyncRead + Unpin) {
    first_lines(output, |line| info!("{target} says: {}", escaped(&line))).await;
}

/// What a command writes to its errors.
pub(super) async fn complained(target: Target, errors: impl AsyncRead + Unpin) {
    first_lines(errors, |line| warn!("{target} says: {}", escaped(&line))).await;
}
