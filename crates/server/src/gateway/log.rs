//! What is logged of pages that stock Fossil makes.

use std::fmt::Display;
use std::path::Path;

use bytes::BytesMut;
use tokio::io::AsyncReadExt as _;
use tokio::process::ChildStderr;
use tracing::{error, warn};

use super::limits::LOGGED;
use crate::log::escaped;

/// A page that was not made, or not to its end.
pub(super) fn page_failed(repository: &Path, why: &impl Display) {
    error!("no page of {} by fossil: {}", repository.display(), escaped(why));
}

/// Fossil ended in a way that tells of trouble, though the page was there.
pub(super) fn ended_badly(repository: &Path, how: &impl Display) {
    warn!("fossil made a page of {} and ended with {how}", repository.display());
}

/// Logs what Fossil says beside its reply.
pub(super) async fn note(repository: &Path, mut errors: ChildStderr) {
    let mut said = BytesMut::new();
    let mut start = (&mut errors).take(LOGGED as u64);
    while matches!(start.read_buf(&mut said).await, Ok(1..)) {}
    for line in String::from_utf8_lossy(&said).lines().filter(|line| !line.trim().is_empty()) {
        warn!("fossil says of {}: {}", repository.display(), escaped(&line));
    }
    // It must not wait for someone to read the rest.
    let mut rest = [0; 1024];
    while matches!(errors.read(&mut rest).await, Ok(1..)) {}
}
