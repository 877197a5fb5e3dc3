//! Unix sockets, and the files that they are found by.

use std::fs::{self, Permissions};
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _,
};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{io, process};

use tokio::net::UnixListener;

use crate::limits;

/// How many folders this process has made for sockets that are to have a mode.
static FOLDERS: AtomicU32 = AtomicU32::new(0);

/// The file of a socket; removed with it, if it is still the same.
#[derive(Debug)]
pub(super) struct SocketFile {
    path: PathBuf,
    identity: Option<(u64, u64)>,
}

/// Listens at a path.
pub(super) fn bind(path: &Path, mode: Option<u32>) -> io::Result<(UnixListener, SocketFile)> {
    let bind = || match mode {
        Some(mode) => bind_with_mode(path, mode),
        None => UnixListener::bind(path),
    };
    let listener = match bind() {
        Err(error)
            if matches!(error.kind(), io::ErrorKind::AddrInUse | io::ErrorKind::AlreadyExists) =>
        {
            remove_stale(path)?;
            bind()
        }
        bound => bound,
    }?;
    // Said again, it counts anew.
    rustix::net::listen(&listener, limits::BACKLOG.cast_signed())?;
    let file = SocketFile { path: path.to_owned(), identity: identity(path) };
    Ok((listener, file))
}

/// Listens at a path where the socket has its mode from the first moment on: it comes to be in a
/// folder that only this user may enter, and gets its name when its mode is set.
fn bind_with_mode(path: &Path, mode: u32) -> io::Result<UnixListener> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    let number = FOLDERS.fetch_add(1, Ordering::Relaxed);
    // Short, as the paths of sockets have to be.
    let folder = format!(".{}.{number}", process::id());
    let closed = ClosedFolder::make(parent.unwrap_or(Path::new(".")).join(folder))?;
    let hidden = closed.0.join("s");
    let listener = UnixListener::bind(&hidden)?;
    fs::set_permissions(&hidden, Permissions::from_mode(mode))?;
    // Unlike a move, this replaces nothing.
    fs::hard_link(&hidden, path)?;
    Ok(listener)
}

/// A folder of this user alone; removed with the socket in it.
struct ClosedFolder(PathBuf);

impl ClosedFolder {
    fn make(path: PathBuf) -> io::Result<Self> {
        // Whoever had this process's number before is gone.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self(path))
    }
}

impl Drop for ClosedFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Removes what a process has left that is gone.
fn remove_stale(path: &Path) -> io::Result<()> {
    let in_use = |why: &str| Err(io::Error::new(io::ErrorKind::AddrInUse, why.to_owned()));
    if !fs::symlink_metadata(path)?.file_type().is_socket() {
        return in_use("a file that is no socket has this name");
    }
    match UnixStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        // Whatever else keeps us from it may pass.
        Err(error) => Err(error),
        Ok(_) => in_use("somebody answers there already"),
    }
}

fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::symlink_metadata(path).ok().map(|found| (found.dev(), found.ino()))
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody else may have taken the name meanwhile.
        if self.identity.is_some() && self.identity == identity(&self.path) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_what_nobody_answers_at_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let (listener, file) = bind(&path, Some(0o600)).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        let error = bind(&path, None).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
        assert!(error.to_string().contains("somebody answers"), "{error}");
        // As a process leaves it that was killed.
        drop(listener);
        std::mem::forget(file);
        assert!(path.exists());
        let (listener, file) = bind(&path, None).unwrap();
        drop((listener, file));
        assert!(!path.exists());
        let bound = bind(&path, Some(0o660)).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "only the socket is left");
        let connected = UnixStream::connect(&path);
        drop((connected.unwrap(), bound));
        assert!(!path.exists());

        fs::write(&path, "mine").unwrap();
        assert!(bind(&path, None).unwrap_err().to_string().contains("no socket"));
        assert_eq!(fs::read(&path).unwrap(), b"mine");
    }

    #[tokio::test]
    async fn a_name_that_somebody_else_has_taken_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let first = bind(&path, None).unwrap();
        fs::remove_file(&path).unwrap();
        let second = bind(&path, None).unwrap();
        drop(first);
        assert!(path.exists());
        drop(second);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_crowd_finds_room_before_any_of_it_is_accepted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let bound = bind(&path, None).unwrap();
        // To connect to one that has no room would wait for ever.
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let crowd: Vec<_> = (0..600).map(|_| UnixStream::connect(&path).unwrap()).collect();
            tell.send(crowd).unwrap();
        });
        let crowd = told.recv_timeout(std::time::Duration::from_secs(30)).unwrap();
        drop((crowd, bound));
    }
}
