//! What is logged of pages that stock Fossil makes.

use std::fmt::Display;
use std::path::{Path, PathBuf};

use tokio::process::ChildStderr;
use tracing::{error, warn};

use crate::log::escaped;
use crate::process::first_lines;

/// A page that was not made, or not to its end.
pub(super) fn page_failed(repository: &Path, why: &impl Display) {
    error!("no page of {} by fossil: {}", repository.display(), escaped(why));
}

/// Fossil ended in a way that tells of trouble, though the page was there.
pub(super) fn ended_badly(repository: &Path, how: &impl Display) {
    warn!("fossil made a page of {} and ended with {how}", repository.display());
}

/// Logs what Fossil says beside its reply.
pub(super) async fn note(repository: PathBuf, errors: ChildStderr) {
    let repository = repository.display();
    first_lines(errors, |line| warn!("fossil says of {repository}: {}", escaped(&line))).await;
}
