//! What a repository shows to everyone.

use std::fmt::Write as _;

use http::StatusCode;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::read::{EventKind, TimelineEntry, TimelineFilter};
use outcrop_repo::tx::{DatabaseError, ReadTx};

use super::Place;
use super::html::{self, Text};
use crate::answer::{self, Answer};
use crate::hosting::Hosted;
use crate::limits::{CHECK_INS, TIMELINE_LINES};

/// Digits of the names of check-ins that are shown, as Fossil shows them.
const NAME_DIGITS: usize = 10;

/// Whether those who have not logged in may read what is checked in.
pub(super) fn is_public(tx: &ReadTx) -> Result<bool, DatabaseError> {
    Ok(tx.shared_rights()?.on_web(None).contains(Capabilities::CHECK_OUT))
}

/// The page of a repository.
pub(super) fn page(hosted: &Hosted, place: &Place) -> Result<Answer, DatabaseError> {
    let tx = hosted.repo.read()?;
    if !is_public(&tx)? {
        let body = "<p>This repository is not for everyone: clone it with your login.</p>\n";
        let page =
            html::page("Not public", &format!("{body}{}", how_to_clone(hosted, place, true)));
        return Ok(answer::page(StatusCode::FORBIDDEN, page));
    }
    let text = |name| -> Result<String, DatabaseError> {
        Ok(html::start(&tx.setting(name)?.unwrap_or_default()))
    };
    let name = Some(text("project-name")?).filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or_else(|| file_name(hosted));
    let description = text("project-description")?;
    let rights = tx.shared_rights()?.on_web(None);
    let needs_login = !rights.contains(Capabilities::CLONE);
    let mut body = String::new();
    if !description.is_empty() {
        // A `String` takes whatever it is given.
        let _ = writeln!(body, "<p>{}</p>", Text(&description));
    }
    body.push_str(&how_to_clone(hosted, place, needs_login));
    body.push_str(&check_ins(&tx)?);
    Ok(answer::page(StatusCode::OK, html::page(&name, &body)))
}

fn how_to_clone(hosted: &Hosted, place: &Place, needs_login: bool) -> String {
    let login = if needs_login { "LOGIN@" } else { "" };
    let Place { host, prefix, .. } = place;
    let url = format!("http://{login}{host}{prefix}/{}", hosted.name);
    let line = format!("fossil clone {url} {}.fossil", file_name(hosted));
    format!("<h2>Clone</h2>\n<pre>{}</pre>\n", Text(&line))
}

/// The name of the file, if it is one that can be pasted anywhere.
fn file_name(hosted: &Hosted) -> String {
    let name = hosted.repo.path().file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_plain = name.bytes().all(is_plain) && !name.starts_with(['-', '.']) && !name.is_empty();
    (if is_plain { name } else { "clone" }).to_owned()
}

/// The newest check-ins that are not private.
fn check_ins(tx: &ReadTx) -> Result<String, DatabaseError> {
    let filter = TimelineFilter { kind: Some(EventKind::CheckIn), ..TimelineFilter::default() };
    let mut rows = String::new();
    let mut shown = 0;
    for entry in tx.timeline(&filter, None, TIMELINE_LINES)? {
        if shown == CHECK_INS {
            break;
        }
        if !tx.is_private(entry.rid.get())? {
            rows.push_str(&row(&entry));
            shown += 1;
        }
    }
    if rows.is_empty() {
        return Ok(String::new());
    }
    Ok(format!("<h2>Newest check-ins</h2>\n<table>\n{rows}</table>\n"))
}

fn row(entry: &TimelineEntry) -> String {
    let name = entry.name.to_string();
    let time = entry.time.to_string().replace('T', " ");
    let time = time.split('.').next().unwrap_or_default();
    let branch = entry.branch.as_deref().unwrap_or_default();
    format!(
        "<tr><td>{time}</td><td><code>{}</code></td>\
         <td>{} <span class=\"faint\">({}, {})</span></td></tr>\n",
        name.get(..NAME_DIGITS).unwrap_or(&name),
        Text(&html::start(&entry.comment)),
        Text(&html::start(&entry.user)),
        Text(&html::start(branch)),
    )
}
