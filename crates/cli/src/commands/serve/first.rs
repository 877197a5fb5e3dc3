//! A first repository, for whoever has none.

use std::path::Path;

use outcrop_repo::create::{CreateOptions, Created};

use crate::commands::init;
use crate::failure::{Exit, Failure};

/// What the first repository of a folder is called.
pub(super) const FIRST: &str = "demo.fossil";

/// Whether to make a repository, and for whom.
#[derive(Debug, clap::Args)]
pub(super) struct FirstArgs {
    /// Make a first repository if there is none: PATH itself, or demo.fossil in it
    #[arg(long)]
    create: bool,
    /// Login of the first user of that repository; your own name if this is left out, or "admin" if
    /// nobody knows it
    #[arg(long, value_name = "NAME", requires = "create")]
    admin_user: Option<String>,
}

impl FirstArgs {
    pub(super) fn resolve(self) -> Result<Option<CreateOptions>, Failure> {
        // In a container nobody has a name, and one command is to be enough.
        let admin = self.admin_user.or_else(init::own_name).unwrap_or_else(|| "admin".to_owned());
        self.create.then(|| init::options(Some(admin))).transpose()
    }
}

/// Makes the first repository, unless something is there.
pub(super) fn create(path: &Path, options: &CreateOptions) -> Result<Option<Created>, Failure> {
    let file = if is_for_file(path) {
        path.to_owned()
    } else {
        std::fs::create_dir_all(path).map_err(|error| {
            let message = format!("cannot make {}: {error}", path.display());
            Failure::new(Exit::Failed, &message)
        })?;
        path.join(FIRST)
    };
    if file.exists() {
        return Ok(None);
    }
    init::create(&file, options).map(Some)
}

/// Whether a path is that of a repository, there or not, and not of a folder.
fn is_for_file(path: &Path) -> bool {
    path.is_file() || (!path.is_dir() && path.extension().is_some_and(|end| end == "fossil"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_folders_before_they_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name| folder.path().join(name);
        std::fs::create_dir(path("odd.fossil")).unwrap();
        std::fs::write(path("plain"), "").unwrap();
        assert!(is_for_file(&path("new.fossil")) && is_for_file(&path("plain")));
        assert!(!is_for_file(&path("new")) && !is_for_file(&path("odd.fossil")));
    }
}
