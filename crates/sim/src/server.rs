//! The side of a node that answers, and what it must not answer.

use std::sync::Arc;

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_repo::Repo;
use outcrop_repo::capability::Capabilities;
use outcrop_sync::{HandleOptions, Reply, Request, TransportError, Trust, handle_sync};
use outcrop_xfer::{Card, Limits, MediaType, Reader};

use crate::disk;
use crate::raw::Facts;
use crate::stage::{Stage, short};
use crate::time;

fn status(status: u16) -> TransportError {
    let (origin, words) = ("a node".to_owned(), String::new());
    TransportError::Status { origin, status, words, retry_after: None }
}

/// Who asks, by the words of the request, and what that user may do here.
struct Asker {
    login: Option<String>,
    may_see_private: bool,
    may_write: bool,
}

impl Asker {
    fn of(repo: &Repo, login: Option<String>) -> Option<Self> {
        let tx = repo.read().ok()?;
        let own = match &login {
            Some(login) => tx.user(login).ok()?.map(|user| user.capabilities),
            None => None,
        };
        // As the documentation has it, in its own words: neither is ever implied.
        let letters = own.unwrap_or_default();
        let may_write = letters.contains(Capabilities::CHECK_IN)
            || letters.contains(Capabilities::ADMIN)
            || letters.contains(Capabilities::SETUP)
            || letters.contains(Capabilities::DEVELOPER);
        Some(Self { login, may_see_private: letters.contains(Capabilities::PRIVATE), may_write })
    }
}

/// Answers a request; `None` if the machine lost its power meanwhile.
pub(crate) fn answer(
    stage: &Arc<Stage>,
    node: usize,
    media: MediaType,
    body: &Bytes,
) -> Option<Result<Reply, TransportError>> {
    let repo = stage.repo(node)?;
    let Ok(request) = Request::from_body(media, body.clone(), None, &Limits::default()) else {
        return Some(Err(status(400)));
    };
    let text = request.cards.clone().into_bytes();
    let login = request.login.as_ref().map(|login| login.user.to_text());
    let login = login.or_else(|| login_in(&text));
    let asker = Asker::of(&repo, login);
    let before = match &asker {
        Some(asker) if !asker.may_write && offers(&text) => Facts::of(repo.path()).ok(),
        _ => None,
    };
    let options = HandleOptions {
        env: time::env(node),
        trust: Trust::Login,
        address: Some("10.0.0.1".to_owned()),
        batches: stage.with(node, |node| node.batches.clone()),
        ..HandleOptions::default()
    };
    let answered = handle_sync(&repo, request, &options);
    stage.touch(node);
    if disk::is_off(node) {
        stage.tell(format!("node {node} loses its power while it answers"));
        return None;
    }
    let reply = match answered {
        Ok(reply) => reply,
        Err(error) => {
            stage.tell(format!("node {node} cannot answer: {error}"));
            if disk::troubles(node) == 0 && !error.is_transient() {
                stage.fail(format!("node {node} fails without a reason: {error}"));
            }
            return Some(Err(status(if error.is_transient() { 503 } else { 500 })));
        }
    };
    if let Some(asker) = &asker {
        check_reply(stage, node, asker, &reply.text());
        if let Some(before) = before {
            check_unwritten(stage, node, asker, &before, &repo);
        }
    }
    Some(Ok(reply))
}

/// The user of the login card that a message begins with.
fn login_in(text: &[u8]) -> Option<String> {
    match Reader::new(text).next()? {
        Ok(Card::Login(login)) => Some(login.user.to_text()),
        _ => None,
    }
}

/// Whether a request would change something.
fn offers(text: &[u8]) -> bool {
    let mut reader = Reader::new(text);
    while let Some(Ok(card)) = reader.next() {
        if matches!(card, Card::File(_) | Card::Cfile(_) | Card::Uvfile(_)) {
            return true;
        }
    }
    false
}

/// Nothing private or shunned may be in a reply to who has no right to it, be it by name.
fn check_reply(stage: &Arc<Stage>, node: usize, asker: &Asker, text: &[u8]) {
    let ledger = stage.ledger();
    let mut wrong = None;
    let mut see = |name: &HashName, what: &str| {
        if ledger.shunned[node].contains(name) {
            wrong = Some(format!("node {node} gives the shunned {} ({what})", short(name)));
        }
        if ledger.private.contains(name) && !asker.may_see_private {
            let who = asker.login.as_deref().unwrap_or("nobody");
            wrong = Some(format!("node {node} shows {who} the private {} ({what})", short(name)));
        }
    };
    let mut reader = Reader::new(text);
    while let Some(Ok(card)) = reader.next() {
        match &card {
            Card::File(file) => see(&file.name, "file"),
            Card::Cfile(file) => see(&file.name, "cfile"),
            // Who asks for what is private is told that it is.
            Card::Igot(igot) if !igot.private => see(&igot.name, "igot"),
            _ => {}
        }
    }
    drop(ledger);
    if let Some(wrong) = wrong {
        stage.fail(wrong);
    }
}

/// A request of who may not write leaves no artifact behind, and no file.
fn check_unwritten(stage: &Arc<Stage>, node: usize, asker: &Asker, before: &Facts, repo: &Repo) {
    let Ok(after) = Facts::of(repo.path()) else { return };
    // Clusters are the server's own.
    let new = after.held.difference(&before.held).next();
    let is_own = |name: &HashName| {
        let Ok(tx) = repo.read() else { return true };
        let content = tx.rid_of(name).ok().flatten().and_then(|rid| tx.content(rid).ok());
        content.is_none_or(|content| content.starts_with(b"M "))
    };
    let who = asker.login.as_deref().unwrap_or("nobody");
    if let Some(new) = new.filter(|new| !is_own(new)) {
        stage.fail(format!("{who} may not write to node {node}, and has written {}", short(new)));
    }
    if before.files != after.files {
        stage.fail(format!("{who} may not write to node {node}, and has changed a file"));
    }
}
