//! The captures of `testdata/wire`: raw HTTP messages between two stock programs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use bytes::Bytes;
use outcrop_xfer::{Limits, MediaType};

/// One captured HTTP message.
pub(crate) struct Capture {
    /// `RELEASE/SCENARIO/NN-request.http`, from `testdata/wire` on.
    pub(crate) name: String,
    /// Start line and headers.
    pub(crate) head: String,
    /// What follows the blank line.
    pub(crate) body: Bytes,
}

impl Capture {
    /// Every capture, in the order of their names.
    pub(crate) fn all() -> Vec<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/wire");
        let mut files = Vec::new();
        collect(&root, &mut files);
        files.sort();
        assert!(files.len() > 500, "only {} captures in {}", files.len(), root.display());
        files.iter().map(|file| Self::read(&root, file)).collect()
    }

    fn read(root: &Path, file: &Path) -> Self {
        let message = fs::read(file).unwrap();
        let head = message.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap();
        Self {
            name: file.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/"),
            head: String::from_utf8(message[..head].to_vec()).unwrap(),
            body: Bytes::copy_from_slice(&message[head + 4..]),
        }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// The framing that the content type tells.
    pub(crate) fn media(&self) -> Option<MediaType> {
        self.header("content-type")?.parse().ok()
    }

    /// The card text of the body.
    pub(crate) fn text(&self) -> Bytes {
        let media = self.media().unwrap_or_else(|| panic!("{}: no media type", self.name));
        let opened = media.open(self.body.clone(), &Limits::default());
        opened.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|ext| ext == "http") {
            files.push(path);
        }
    }
}
