//! One who may not write, and tries.

use std::sync::Arc;

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_oracle::Random;
use outcrop_sync::{DIALECT, Request};
use outcrop_xfer::card::artifact::File;
use outcrop_xfer::card::have::Gimme;
use outcrop_xfer::card::pragma::Pragma;
use outcrop_xfer::card::session::Codes;
use outcrop_xfer::login::{Login, Secret};
use outcrop_xfer::{Card, Chunks, MediaType, Token, Writer};

use crate::server;
use crate::stage::{Stage, short};
use crate::users::{self, DEVELOPER, READER};

/// Sends an artifact to a node: as nobody, as one who may only read, or under the login of a message
/// that another has signed.
pub(crate) fn attack(stage: &Arc<Stage>, node: usize, random: &mut Random) {
    let Some(repo) = stage.repo(node) else { return };
    let Ok(tx) = repo.read() else { return };
    let Ok(Some(project)) = tx.setting("project-code") else { return };
    drop(tx);
    if random.one_in(3) {
        return spy(stage, node, &project, random);
    }
    let unique = stage.ledger().unique();
    let content = format!("forged {unique} {}", random.any());
    let name = HashName::sha3_of(content.as_bytes());
    stage.ledger().forged.insert(name);
    let cards = cards(&project, &name, content.as_bytes());
    let sign = |login: &str, cards: &Chunks| -> Option<Login<'static>> {
        let account = users::account(stage, node, login);
        let secret = Secret::new(&project, login, account.password.expose());
        let signed = Login::sign(login, &secret, cards.slices())?;
        Some(Login { user: signed.user.into_owned(), ..signed })
    };
    let (who, login) = match random.below(3) {
        0 => ("nobody", None),
        1 => (READER, sign(READER, &cards)),
        // Signed was something harmless.
        _ => (DEVELOPER, sign(DEVELOPER, &Chunks::from(Bytes::from(format!("# {unique}\n"))))),
    };
    let mut request = Request::new(cards);
    request.login = login;
    let Ok(body) = request.into_body() else { return };
    stage.tell(format!("someone sends node {node} the forged {} as {who}", short(&name)));
    drop(server::answer(stage, node, MediaType::Compressed, &body.into_bytes()));
}

fn cards(project: &str, name: &HashName, content: &[u8]) -> Chunks {
    let mut out = Writer::new();
    if let (Some(server), Some(project)) = (Token::new(b"x"), Token::new(project.as_bytes())) {
        out.push(&Card::Push(Codes { server, project }));
    }
    out.push(&Card::File(File { name: *name, source: None, content: content.into() }));
    out.finish()
}

/// Asks for what is private, as if one had heard of it.
fn spy(stage: &Arc<Stage>, node: usize, project: &str, random: &mut Random) {
    let private: Vec<HashName> = stage.ledger().private.iter().copied().collect();
    if private.is_empty() {
        return;
    }
    let name = *random.pick(&private);
    let mut out = Writer::new();
    if let (Some(server), Some(project)) = (Token::new(b"x"), Token::new(project.as_bytes())) {
        out.push(&Card::Pull(Codes { server, project }));
    }
    out.push(&Card::Pragma(Pragma::ClientVersion(DIALECT)));
    out.push(&Card::Gimme(Gimme { name }));
    let Ok(body) = Request::new(out.finish()).into_body() else { return };
    stage.tell(format!("someone asks node {node} for the private {}", short(&name)));
    drop(server::answer(stage, node, MediaType::Compressed, &body.into_bytes()));
}
