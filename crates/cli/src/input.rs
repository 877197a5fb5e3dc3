//! What is read from files of this machine, and from stdin.

use std::{
    fs::File,
    io::{self, IsTerminal as _, Read, Write as _},
    path::{Component, Path},
};

use bytes::Bytes;
use outcrop_repo::limits::MAX_CONTENT;

use crate::failure::{Exit, Failure};

/// Whether a path stands for stdin.
pub(crate) fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The content of a file, or of stdin if the path is `-`.
pub(crate) fn content(path: &Path) -> Result<Bytes, Failure> {
    let (read, name) = if is_stdin(path) {
        if io::stdin().is_terminal() {
            // Whoever sits there may wonder why nothing happens.
            let _ = writeln!(io::stderr(), "Type it here; Ctrl-D ends it.");
        }
        (bounded(io::stdin().lock()), "stdin".to_owned())
    } else {
        (File::open(path).and_then(bounded), path.display().to_string())
    };
    let read = read.map_err(|error| {
        Failure::new(Exit::Failed, &format_args!("cannot read {name}: {error}"))
    })?;
    if read.len() > MAX_CONTENT {
        let message = format!("{name} is too large: an artifact may have {MAX_CONTENT} bytes");
        return Err(Failure::new(Exit::Failed, &message));
    }
    Ok(read.into())
}

/// All there is, or one byte more than there may be.
fn bounded(source: impl Read) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    source.take(MAX_CONTENT as u64 + 1).read_to_end(&mut content)?;
    Ok(content)
}

/// The text in a file, or in stdin if the path is `-`.
pub(crate) fn text(path: &Path) -> Result<String, Failure> {
    let content = content(path)?;
    str::from_utf8(&content).map(str::to_owned).map_err(|error| {
        let name = if is_stdin(path) { "stdin".into() } else { path.display().to_string() };
        Failure::new(Exit::Failed, &format_args!("{name} is no text in UTF-8: {error}"))
    })
}

/// What a file is called in a repository if nobody says otherwise: its path from here. `None` if it
/// is elsewhere, or its path is no text.
pub(crate) fn relative_name(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str()?),
            _ => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_names() {
        let named = |path: &str| relative_name(Path::new(path));
        assert_eq!(named("./build/app.tar"), Some("build/app.tar".to_owned()));
        assert_eq!(named("build/"), Some("build".to_owned()));
        assert_eq!(named("."), Some(String::new()));
        assert_eq!(named("/etc/passwd"), None);
        assert_eq!(named("../x"), None);
    }
}
