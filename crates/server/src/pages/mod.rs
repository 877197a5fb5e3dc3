//! Pages for people: plain HTML, no scripts, light or dark as the reader has it.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | which page a path stands for |
//! | `folder.rs` | the repositories of a folder |
//! | `repository.rs` | what a repository shows to everyone |
//! | `html.rs` | the frame of every page, and text made safe |

mod folder;
mod html;
mod repository;

use outcrop_repo::tx::DatabaseError;
use outcrop_sync::HttpUrl;

use crate::answer::Answer;
use crate::hosting::{Hosting, NotFound};

/// Where pages are, as the client has it.
#[derive(Debug)]
pub(crate) struct Place {
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// Host and port.
    pub(crate) host: String,
    /// What comes before the path of a repository.
    pub(crate) prefix: String,
}

impl Place {
    /// Where the owner of the server says that they are.
    pub(crate) fn at(url: &HttpUrl) -> Self {
        let scheme = if url.origin().starts_with("https:") { "https" } else { "http" };
        let prefix = url.target().trim_end_matches('/').to_owned();
        Self { scheme, host: url.authority(), prefix }
    }
}

/// Why there is no page.
#[derive(Debug)]
pub(crate) enum NoPage {
    NotFound(NotFound),
    Database(DatabaseError),
}

impl From<NotFound> for NoPage {
    fn from(error: NotFound) -> Self {
        Self::NotFound(error)
    }
}

impl From<DatabaseError> for NoPage {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

/// The page of a repository or a folder.
pub(crate) fn page(hosting: &Hosting, path: &str, place: &Place) -> Result<Answer, NoPage> {
    match hosting.find(path) {
        Ok(hosted) if hosted.has_rest => match hosting.list(path) {
            Ok(listing) => Ok(folder::page(hosting, path, place, &listing)),
            Err(_) => Err(NotFound::Missing.into()),
        },
        Ok(hosted) => Ok(repository::page(&hosted, place)?),
        // A repository that goes by the name of the folder comes first.
        Err(NotFound::Missing) => Ok(folder::page(hosting, path, place, &hosting.list(path)?)),
        Err(error) => Err(error.into()),
    }
}
