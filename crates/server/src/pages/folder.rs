//! The repositories of a folder.

use std::fmt::Write as _;
use std::path::Path;

use http::StatusCode;
use outcrop_repo::tx::DatabaseError;
use percent_encoding::percent_decode_str;

use super::html::{self, Text};
use super::words::{When, counted, size};
use super::{Place, check_ins, repository};
use crate::answer::{self, Answer};
use crate::hosting::{Entry, Hosting, Listing, encoded};

/// What a repository is, in a list.
struct Short {
    title: String,
    description: String,
    /// When it has last changed, and how large it is.
    facts: String,
}

/// Lists what is in a folder: folders, and repositories that everyone may read.
pub(super) fn page(hosting: &Hosting, path: &str, place: &Place, listing: &Listing) -> Answer {
    let here = format!("{}{}", place.prefix, path.trim_end_matches('/'));
    let (mut items, mut repositories) = (String::new(), 0);
    for entry in &listing.entries {
        // A `String` takes whatever it is given.
        let _ = match entry {
            Entry::Folder { name } => folder(&mut items, &here, name),
            Entry::Repository { name, file } => match short(hosting, file) {
                Ok(Some(short)) => {
                    repositories += 1;
                    repository(&mut items, &here, name, &short)
                }
                // One that cannot be opened is not listed.
                Ok(None) | Err(_) => continue,
            },
        };
    }
    let mut body = if items.is_empty() {
        "<p>There is no repository here that everyone may read.</p>\n".to_owned()
    } else {
        format!("<section>\n<ul class=\"items\">\n{items}</ul>\n</section>\n")
    };
    if listing.is_cut {
        body.push_str("<p class=\"faint\">There is more than is listed here.</p>\n");
    }
    let last = path.rsplit('/').find(|part| !part.is_empty());
    let title =
        last.map_or("Repositories".into(), |part| percent_decode_str(part).decode_utf8_lossy());
    let above = if last.is_some() { html::path(place, path) } else { html::mark() };
    let head = match repositories {
        0 => String::new(),
        count => {
            let count = counted(count, "repository", "repositories");
            format!("<ul class=\"facts\"><li>{count}</li></ul>\n")
        }
    };
    answer::page(StatusCode::OK, html::page(&title, &above, &head, &body))
}

fn folder(items: &mut String, here: &str, name: &str) -> std::fmt::Result {
    let link = encoded(name);
    writeln!(
        items,
        "<li class=\"line\"><a href=\"{}/{link}/\">{}/</a><span class=\"faint\">folder</span></li>",
        Text(here),
        Text(name)
    )
}

fn repository(items: &mut String, here: &str, name: &str, short: &Short) -> std::fmt::Result {
    let (link, Short { title, description, facts }) = (encoded(name), short);
    write!(
        items,
        "<li><div class=\"line\"><a href=\"{}/{link}\">{}</a><span class=\"faint\">{facts}</span>\
         </div>",
        Text(here),
        Text(name)
    )?;
    if !title.is_empty() && title.to_lowercase() != name.to_lowercase() {
        write!(items, "<p>{}</p>", Text(title))?;
    }
    if !description.is_empty() {
        write!(items, "<p class=\"faint\">{}</p>", Text(description))?;
    }
    writeln!(items, "</li>")
}

/// What is told of a repository, if everyone may read it.
fn short(hosting: &Hosting, file: &Path) -> Result<Option<Short>, DatabaseError> {
    let Ok(repo) = hosting.glance(file) else { return Ok(None) };
    let tx = repo.read()?;
    if !repository::is_public(&tx)? {
        return Ok(None);
    }
    let text = |name| -> Result<String, DatabaseError> {
        Ok(html::start(tx.setting(name)?.unwrap_or_default().trim()))
    };
    let mut facts = Vec::new();
    if let Some(newest) = check_ins::newest(&tx, 1)?.first() {
        facts.push(When::of(newest.time).day_in_html());
    }
    facts.extend(file.metadata().ok().map(|file| size(file.len())));
    Ok(Some(Short {
        title: text("project-name")?,
        description: text("project-description")?,
        facts: facts.join(", "),
    }))
}
