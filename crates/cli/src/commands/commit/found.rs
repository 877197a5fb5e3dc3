//! What is found at a path: a folder, a file, a program, a symbolic link.

use std::{
    fs::{self, Metadata},
    io,
    path::Path,
};

use bytes::Bytes;
use outcrop_repo::artifact::FileMode;

use super::gather::Rules;
use crate::{
    failure::{Exit, Failure},
    input,
};

/// Whether a path leads to a folder. A link that is kept leads nowhere.
pub(super) fn is_folder(path: &Path, rules: &Rules) -> Result<bool, Failure> {
    let found = if rules.keeps_links { path.symlink_metadata() } else { path.metadata() };
    found.map(|metadata| metadata.is_dir()).map_err(|error| unread(path, &error))
}

/// The content at a path, and what kind of file it is.
pub(super) fn read(path: &Path, rules: &Rules) -> Result<(Bytes, Option<FileMode>), Failure> {
    if input::is_stdin(path) {
        return Ok((input::content(path)?, None));
    }
    let itself = path.symlink_metadata().map_err(|error| unread(path, &error))?;
    if rules.keeps_links && itself.is_symlink() {
        let target = fs::read_link(path).map_err(|error| unread(path, &error))?;
        return Ok((target_text(&target)?, Some(FileMode::Symlink)));
    }
    let metadata = path.metadata().map_err(|error| unread(path, &error))?;
    Ok((input::content(path)?, mode(&metadata)))
}

pub(super) fn unread(path: &Path, error: &io::Error) -> Failure {
    let message = if path.is_symlink() && error.kind() == io::ErrorKind::NotFound {
        format!(
            "{} is a link that leads nowhere: --symlinks keeps links as they are",
            path.display()
        )
    } else {
        format!("cannot read {}: {error}", path.display())
    };
    Failure::new(Exit::Failed, &message)
}

/// A program is what its owner may execute.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "other systems do not tell")]
fn mode(metadata: &Metadata) -> Option<FileMode> {
    use std::os::unix::fs::PermissionsExt as _;
    let is_program = metadata.permissions().mode() & 0o100 != 0;
    Some(if is_program { FileMode::Executable } else { FileMode::Regular })
}

/// Other systems have no such files: what the repository says of one stays.
#[cfg(not(unix))]
fn mode(_: &Metadata) -> Option<FileMode> {
    None
}

/// Where a link leads, as its content.
#[cfg(unix)]
#[expect(clippy::unnecessary_wraps, reason = "on other systems it may be no text")]
fn target_text(target: &Path) -> Result<Bytes, Failure> {
    use std::os::unix::ffi::OsStrExt as _;
    Ok(Bytes::copy_from_slice(target.as_os_str().as_bytes()))
}

#[cfg(not(unix))]
fn target_text(target: &Path) -> Result<Bytes, Failure> {
    let text = target.to_str().map(|text| Bytes::from(text.replace('\\', "/")));
    text.ok_or_else(|| {
        let message = format!("a link leads to {}, which is no text", target.display());
        Failure::new(Exit::Failed, &message)
    })
}
