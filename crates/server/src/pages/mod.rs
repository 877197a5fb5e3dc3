//! Pages for people: plain HTML, no scripts, light or dark as the reader has it.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | which page a path stands for |
//! | `folder.rs` | the repositories of a folder |
//! | `repository.rs` | what a repository shows to everyone |
//! | `check_ins.rs` | its newest check-ins |
//! | `html.rs`, `style.css` | the frame of every page, and text made safe |
//! | `words.rs` | numbers, sizes and times, as people read them |

mod check_ins;
mod folder;
mod html;
mod repository;
mod words;

use http::StatusCode;
use outcrop_repo::tx::DatabaseError;
use outcrop_sync::HttpUrl;

use crate::answer::{self, Answer};
use crate::caller::Caller;
use crate::hosting::{Hosting, NotFound};

/// Where pages are, as the client has it.
#[derive(Debug)]
pub(crate) struct Place {
    /// `http`, or `https` if nobody can listen on the way.
    pub(crate) scheme: &'static str,
    /// Host and port.
    pub(crate) host: String,
    /// What comes before the path of a repository.
    pub(crate) prefix: String,
    /// Whether folders are shown.
    pub(crate) lists: bool,
}

impl Place {
    /// Where the owner of the server says that they are, or else where a client has found them: below
    /// this prefix.
    pub(crate) fn asked_for(base: Option<&HttpUrl>, caller: Caller, prefix: &str) -> Self {
        let Some(url) = base else {
            let scheme = if caller.is_secure { "https" } else { "http" };
            let host = caller.host.unwrap_or_else(|| "localhost".to_owned());
            return Self { scheme, host, prefix: prefix.to_owned(), lists: true };
        };
        let scheme = if url.origin().starts_with("https:") { "https" } else { "http" };
        let prefix = url.target().trim_end_matches('/').to_owned();
        Self { scheme, host: url.authority(), prefix, lists: true }
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
        // A repository that goes by the name of the folder comes first.
        Ok(hosted) if !hosted.has_rest => {
            let above = if place.lists && hosting.is_folder() {
                html::path(place, &hosted.name)
            } else {
                html::mark()
            };
            Ok(repository::page(&hosted, place, &above)?)
        }
        Ok(_) | Err(NotFound::Missing) if !place.lists => Err(NotFound::Missing.into()),
        Ok(_) => match hosting.list(path) {
            Ok(listing) => Ok(folder::page(hosting, path, place, &listing)),
            Err(_) => Err(NotFound::Missing.into()),
        },
        Err(NotFound::Missing) => Ok(folder::page(hosting, path, place, &hosting.list(path)?)),
        Err(error) => Err(error.into()),
    }
}

/// A page for someone who does not get what was asked for: what has happened, and what to do.
pub(crate) fn problem(status: StatusCode, title: &str, words: &str) -> Answer {
    let head = format!("<p class=\"lead\">{}</p>\n", html::Text(words));
    answer::page(status, html::page(title, &html::mark(), &head, ""))
}

/// The page of a place where nothing is: the same for all that strangers may not know apart.
pub(crate) fn nothing() -> Answer {
    let words = "There is no repository at this address, or none that is served. Is it spelt as in \
                 the link that you followed?";
    problem(StatusCode::NOT_FOUND, "Nothing is here", words)
}
