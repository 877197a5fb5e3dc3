//! Copies of repositories in use: each holds what had been committed when it was begun, and stays.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use outcrop_repo::backup::BackupOptions;
use outcrop_repo::{OpenOptions, Repo};

use crate::disk;
use crate::raw::Facts;
use crate::stage::Stage;

/// Where the copy of a node is.
fn place(stage: &Stage, node: usize) -> PathBuf {
    stage.path(node).with_file_name("copy.fossil")
}

/// Makes a copy in the place of the one before.
pub(crate) fn make(stage: &Arc<Stage>, node: usize, repo: &Repo) -> Result<String, Box<dyn Error>> {
    // Who looks here is not the one whose disk fails.
    let resumed = disk::pause(node);
    let begun = Facts::of(repo.path());
    disk::resume(node, resumed);
    let begun = begun?;
    let go_on = |_| std::ops::ControlFlow::Continue(());
    let copy = place(stage, node);
    let made = repo.backup(&copy, BackupOptions { overwrite: true }, go_on);
    if disk::is_off(node) {
        // Whoever made it is gone. What is done past the disk here, a move above all, would not have
        // been done any more.
        stage.with(node, |node| node.copy = None);
        drop(std::fs::remove_file(&copy));
    } else if made.is_ok() {
        stage.with(node, |node| node.copy = Some(begun));
        look(stage, node);
    }
    // The name of one that was not finished is not the same in every run.
    let is_copy = |path: &Path| is_unfinished(path) || path == copy;
    disk::tidy(|path| is_copy(Path::new(path)) && !Path::new(path).exists());
    made?;
    Ok("makes a copy".to_owned())
}

/// Whether this is a copy that has not taken its place.
fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "part")
}

/// Looks at the copy of a node, if it has one. Its disk does not fail meanwhile.
pub(crate) fn look(stage: &Arc<Stage>, node: usize) {
    if disk::is_off(node) {
        return;
    }
    let Some(begun) = stage.with(node, |node| node.copy.clone()) else { return };
    let resumed = disk::pause(node);
    match objection(&place(stage, node), &begun) {
        Ok(None) => {}
        Ok(Some(wrong)) => stage.fail(format!("the copy of node {node} {wrong}")),
        Err(error) => stage.fail(format!("the copy of node {node} cannot be read: {error}")),
    }
    disk::resume(node, resumed);
}

/// What is wrong with a copy of what stood in a file when it was begun.
fn objection(copy: &Path, begun: &Facts) -> Result<Option<String>, Box<dyn Error>> {
    if Facts::of(copy)? != *begun {
        return Ok(Some("is not what was there when it was begun".to_owned()));
    }
    let report = OpenOptions::new().open(copy)?.read()?.verify(|_| {})?;
    Ok((!report.is_sound()).then(|| format!("is not sound: {report}")))
}
