//! The repositories of a folder.

use std::fmt::Write as _;
use std::path::Path;

use http::StatusCode;

use super::html::{self, Text};
use super::{Place, repository};
use crate::answer::{self, Answer};
use crate::hosting::{Entry, Hosting, Listing, encoded};

/// Lists what is in a folder: folders, and repositories that everyone may read.
pub(super) fn page(hosting: &Hosting, path: &str, place: &Place, listing: &Listing) -> Answer {
    let here = format!("{}{}", place.prefix, path.trim_end_matches('/'));
    let mut rows = String::new();
    for entry in &listing.entries {
        let (name, title, slash) = match entry {
            Entry::Folder { name } => (name, String::new(), "/"),
            Entry::Repository { name, file } => match title(hosting, file) {
                Some(title) => (name, title, ""),
                None => continue,
            },
        };
        let link = encoded(name);
        // A `String` takes whatever it is given.
        let _ = writeln!(
            rows,
            "<tr><td><a href=\"{}/{link}{slash}\">{}{slash}</a></td><td>{}</td></tr>",
            Text(&here),
            Text(name),
            Text(&title)
        );
    }
    let mut body = if rows.is_empty() {
        "<p>There is no repository here that everyone may read.</p>\n".to_owned()
    } else {
        format!("<table>\n{rows}</table>\n")
    };
    if listing.is_cut {
        body.push_str("<p class=\"faint\">There is more than is listed here.</p>\n");
    }
    answer::page(StatusCode::OK, html::page("Repositories", &body))
}

/// What a repository is called, if everyone may read it. One that cannot be opened is not listed.
fn title(hosting: &Hosting, file: &Path) -> Option<String> {
    let tx = hosting.glance(file).ok()?.read().ok()?;
    if !repository::is_public(&tx).ok()? {
        return None;
    }
    let name = tx.setting("project-name").ok()?.unwrap_or_default();
    Some(html::start(&name))
}
