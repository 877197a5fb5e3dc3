//! What a repository shows to everyone.

use std::fmt::Write as _;

use http::StatusCode;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::read::OpenBranch;
use outcrop_repo::tx::{DatabaseError, ReadTx};

use super::html::{self, Text};
use super::words::{When, counted, number, size};
use super::{Place, check_ins};
use crate::answer::{self, Answer};
use crate::hosting::Hosted;
use crate::limits::{BRANCHES, CHECK_INS, COUNTED};

/// Whether those who have not logged in may read what is checked in.
pub(super) fn is_public(tx: &ReadTx) -> Result<bool, DatabaseError> {
    Ok(tx.shared_rights()?.on_web(None).contains(Capabilities::CHECK_OUT))
}

/// The page of a repository. `path` is what stands above it.
pub(super) fn page(hosted: &Hosted, place: &Place, path: &str) -> Result<Answer, DatabaseError> {
    let tx = hosted.repo.read()?;
    if !is_public(&tx)? {
        let head = "<p class=\"lead\">This repository is not for everyone: clone it with your \
                    login.</p>\n";
        let body = how_to_clone(hosted, place, true);
        let page = html::page("Not public", path, head, &body);
        return Ok(answer::page(StatusCode::FORBIDDEN, page));
    }
    let text = |name| -> Result<String, DatabaseError> {
        Ok(html::start(&tx.setting(name)?.unwrap_or_default()))
    };
    let name = Some(text("project-name")?).filter(|name| !name.trim().is_empty());
    let name = name.unwrap_or_else(|| file_name(hosted));
    let rights = tx.shared_rights()?.on_web(None);
    let needs_login = !rights.contains(Capabilities::CLONE);
    let head = head(&tx, hosted, &text("project-description")?)?;
    let body = format!(
        "{}<div class=\"columns\">\n{}{}</div>\n",
        how_to_clone(hosted, place, needs_login),
        newest(&tx)?,
        branches(&tx.open_branches(BRANCHES + 1)?),
    );
    Ok(answer::page(StatusCode::OK, html::page(&name, path, &head, &body)))
}

/// The description, and how much there is.
fn head(tx: &ReadTx, hosted: &Hosted, description: &str) -> Result<String, DatabaseError> {
    let mut head = String::new();
    if !description.trim().is_empty() {
        // A `String` takes whatever it is given.
        let _ = writeln!(head, "<p class=\"lead\">{}</p>", Text(description));
    }
    let count = tx.count_check_ins(COUNTED + 1)?;
    let most = COUNTED as u64;
    let many = format!("more than {} check-ins", number(most));
    let count = if count > most { many } else { counted(count, "check-in", "check-ins") };
    let mut facts = vec![count];
    // A file that has just gone is shown for the last time.
    facts.extend(hosted.repo.path().metadata().ok().map(|file| size(file.len())));
    if let Some(newest) = check_ins::newest(tx, 1)?.first() {
        facts.push(format!("last changed {}", When::of(newest.time).day_in_html()));
    }
    let facts: Vec<_> = facts.iter().map(|fact| format!("<li>{fact}</li>")).collect();
    let _ = writeln!(head, "<ul class=\"facts\">{}</ul>", facts.join(" "));
    Ok(head)
}

fn how_to_clone(hosted: &Hosted, place: &Place, needs_login: bool) -> String {
    let login = if needs_login { "LOGIN@" } else { "" };
    let Place { scheme, host, prefix, .. } = place;
    let url = format!("{scheme}://{login}{host}{prefix}/{}", hosted.name);
    let line = format!("fossil clone {url} {}.fossil", file_name(hosted));
    let hint = if needs_login { "<p class=\"faint\">LOGIN is your login.</p>\n" } else { "" };
    format!(
        "<section aria-labelledby=\"clone\">\n<h2 id=\"clone\">Clone</h2>\n\
         <pre><code>{}</code></pre>\n{hint}</section>\n",
        Text(&line)
    )
}

/// The name of the file, if it is one that can be pasted anywhere.
fn file_name(hosted: &Hosted) -> String {
    let name = hosted.repo.path().file_stem().and_then(|name| name.to_str()).unwrap_or_default();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    let is_plain = name.bytes().all(is_plain) && !name.starts_with(['-', '.']) && !name.is_empty();
    (if is_plain { name } else { "clone" }).to_owned()
}

fn newest(tx: &ReadTx) -> Result<String, DatabaseError> {
    let newest = check_ins::newest(tx, CHECK_INS)?;
    let shown = if newest.is_empty() {
        "<p class=\"faint\">Nothing is checked in yet.</p>\n".to_owned()
    } else {
        check_ins::by_day(&newest)
    };
    Ok(format!(
        "<section aria-labelledby=\"newest\">\n<h2 id=\"newest\">Newest check-ins</h2>\n\
         {shown}</section>\n"
    ))
}

/// Branches that are worked on.
fn branches(open: &[OpenBranch]) -> String {
    if open.is_empty() {
        return String::new();
    }
    let mut items = String::new();
    for branch in open.iter().take(BRANCHES) {
        let _ = writeln!(
            items,
            "<li class=\"line\"><span class=\"branch\">{}</span>{}</li>",
            Text(&html::start(&branch.name)),
            When::of(branch.last).day_in_html(),
        );
    }
    let more = if open.len() > BRANCHES { "<p class=\"faint\">There are more.</p>\n" } else { "" };
    format!(
        "<section aria-labelledby=\"branches\">\n<h2 id=\"branches\">Open branches</h2>\n\
         <ul class=\"items\">\n{items}</ul>\n{more}</section>\n"
    )
}
