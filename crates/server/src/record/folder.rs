//! The numbered files of a recording.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

/// One side of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Request,
    Reply,
}

impl Side {
    const fn suffix(self) -> &'static str {
        match self {
            Self::Request => "-request.http",
            Self::Reply => "-reply.http",
        }
    }
}

/// A folder of captured messages: `NN-request.http` and `NN-reply.http`.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
    /// The number taken last.
    last: AtomicU64,
}

impl Folder {
    /// Opens the folder, or makes it, and finds the highest number in it.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let mut last = 0;
        for entry in fs::read_dir(path)? {
            let name = entry?.file_name();
            last = last.max(name.to_str().and_then(number).unwrap_or(0));
        }
        Ok(Self { path: path.to_owned(), last: AtomicU64::new(last) })
    }

    /// A number that no exchange has had.
    pub(super) fn next(&self) -> u64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The file of a message.
    pub(super) fn path(&self, number: u64, side: Side) -> PathBuf {
        self.path.join(format!("{number:02}{}", side.suffix()))
    }
}

/// The number of a captured message; `None` for any other file.
fn number(name: &str) -> Option<u64> {
    [Side::Request, Side::Reply]
        .iter()
        .find_map(|side| name.strip_suffix(side.suffix()))?
        .parse()
        .ok()
}

/// Writes a message under another name first, so that a file that is there is whole. It may hold
/// passwords: nobody else on this machine may read it.
pub(super) fn write_whole(path: &Path, head: &[u8], body: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("http.part");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&unfinished)?;
    file.write_all(head)?;
    file.write_all(body)?;
    drop(file);
    fs::rename(unfinished, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbering_goes_on_after_what_is_there() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("deep/down");
        let folder = Folder::open(&path).unwrap();
        assert_eq!((folder.next(), folder.next()), (1, 2));
        assert!(folder.path(2, Side::Reply).ends_with("02-reply.http"));

        for name in ["07-request.http", "112-reply.http", "900-notes.txt", "x-reply.http"] {
            fs::write(path.join(name), "").unwrap();
        }
        assert_eq!(Folder::open(&path).unwrap().next(), 113);
    }

    #[test]
    fn files_are_written_whole() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("01-request.http");
        write_whole(&path, b"POST / HTTP/1.1\r\n\r\n", b"body").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"POST / HTTP/1.1\r\n\r\nbody");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o077, 0);
        }
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
        assert!(write_whole(&scratch.path().join("no/such/folder"), b"", b"").is_err());
    }
}
