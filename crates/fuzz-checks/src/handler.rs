//! Whatever is sent to a repository, by whomever, is answered; and nobody is told what is not for
//! them.

use std::cell::RefCell;

use bytes::Bytes;
use outcrop_format::hash::HashName;
use outcrop_sync::{HandleOptions, Reply, Request, handle_sync};
use outcrop_xfer::{
    Card, Reader,
    login::{Login, Secret},
};

use crate::scene::{PASSWORD, PRIVATE, PROJECT, Stage, holds};

/// Letters of a new repository's nobody.
const NOBODY: &str = "gjorz";

/// Users and their letters.
const USERS: [(&str, &str); 4] =
    [("reader-only", "o"), ("writer", "iy"), ("trusted", "ix"), ("owner", "sxy")];

thread_local! {
    static STAGE: RefCell<Stage> = RefCell::new(Stage::new("used", &USERS));
}

/// Sends the bytes as the cards of a request, as each of the users.
pub fn handler(bytes: &[u8]) {
    STAGE.with_borrow_mut(|stage| {
        send(stage, bytes, None, NOBODY);
        stage.reset();
        for (user, letters) in USERS {
            send(stage, bytes, Some(user), letters);
            stage.reset();
        }
    });
}

fn send(stage: &Stage, cards: &[u8], user: Option<&str>, letters: &str) {
    let login = user.map(|user| {
        let login = Login::sign(user, &Secret::new(PROJECT, user, PASSWORD), [cards]).unwrap();
        Login { user: login.user.into_owned(), ..login }
    });
    let cards = Bytes::copy_from_slice(cards).into();
    let request = Request { login, ..Request::new(cards) };
    let reply = handle_sync(&stage.repo, request, &HandleOptions::default()).unwrap();
    let refused = check_reply(&reply, letters);
    if refused || user.is_none() {
        // Everyone may read, and nobody may write: nothing that is sent changes that.
        assert!(stage.is_untouched(), "what is refused leaves no trace");
    }
}

/// Checks that a reply can be read, and tells nothing that its reader may not know. Says whether it
/// is a refusal.
fn check_reply(reply: &Reply, letters: &str) -> bool {
    let private = HashName::sha3_of(PRIVATE);
    let may_see = letters.contains('x');
    let mut errors = 0;
    for card in Reader::new(&reply.text()) {
        match card.unwrap() {
            Card::File(file) => {
                assert!(may_see || file.name != private && file.source != Some(private));
            }
            Card::Cfile(file) => {
                assert!(may_see || file.name != private && file.source != Some(private));
            }
            Card::Config(config) if config.name.as_bytes() == b"/user" => {
                assert!(letters.contains('s'), "only administrators read users");
            }
            Card::Error(_) => errors += 1,
            _ => {}
        }
    }
    assert!(may_see || !holds(&reply.text(), PRIVATE), "what is private was sent");
    errors > 0 && reply.text().ends_with(b" errors 1\n")
}
