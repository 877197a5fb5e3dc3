//! A lower bound for messages of those who do not say who they are.
//!
//! What is large in practice is pushed, and who pushes logs in. The login is the first card of what
//! stock sends, so it is seen before the rest has come; a cookie or a header is seen even before that.
//! Where everyone may push, nobody is a stranger.
//!
//! That a login is a true one is known only when all has come that it is made for. So it is believed
//! until then, but only as long as the [doorman](crate::doorman) would let it through without a
//! doubt: where too many have failed, a message is a stranger's until one of that user succeeds.

use std::net::IpAddr;

use outcrop_format::envelope;
use outcrop_repo::Repo;
use outcrop_repo::tx::DatabaseError;
use outcrop_sync::{Permission, Permissions};
use outcrop_xfer::login::Login;
use outcrop_xfer::{Card, Limits, MediaType, Reader};
use tokio::task::spawn_blocking;

use crate::answer::Refusal;
use crate::body::Unreadable;
use crate::doorman::{Attempt, Doorman};
use crate::hosting::Hosted;
use crate::log;
use crate::service::failed;
use crate::trust::{self, Claims};

/// Users who need not prove who they are.
pub(crate) const NAMELESS: [&str; 2] = ["nobody", "anonymous"];

/// The first word of a message from somebody.
const LOGIN: &[u8] = b"login ";

/// Bytes of a message that are looked at for a login.
const LOOKED_AT: usize = 1024;

/// Who sends a message, as long as it is not known.
#[derive(Debug, Clone)]
pub(crate) struct Stranger {
    /// Bytes that a message may have, and what it opens to.
    pub(crate) most: usize,
    pub(crate) address: Option<IpAddr>,
    pub(crate) doorman: Doorman,
}

impl Stranger {
    /// Whether so many bytes are allowed, of a body that begins in this way.
    pub(crate) fn check(
        &self,
        media: MediaType,
        bytes: usize,
        begun: &[u8],
    ) -> Result<(), Unreadable> {
        if bytes <= self.most {
            return Ok(());
        }
        match user_of_first_card(media, begun).filter(|user| !NAMELESS.contains(&&**user)) {
            None => Err(Unreadable::TooLargeForStranger(self.most)),
            Some(user) if self.believes(&user) => Ok(()),
            Some(_) => Err(Unreadable::LoginDoubted(self.most)),
        }
    }

    /// Whether the cookies hold a login that is believed.
    pub(crate) fn has_login(&self, cookies: Option<&str>) -> bool {
        let login = cookies.and_then(Login::from_cookies).and_then(Result::ok);
        login.is_some_and(|login| self.believes(&login.user.to_text()))
    }

    /// Whether everyone may write to a repository, or this one is somebody by what is said beside
    /// the cards.
    pub(crate) async fn is_none(&self, hosted: &Hosted, claims: &Claims) -> Result<bool, Refusal> {
        let (stranger, claims) = (self.clone(), claims.clone());
        let repo = hosted.repo.clone();
        let looked = spawn_blocking(move || stranger.looks_well_known(&repo, &claims)).await;
        looked.map_err(|_| failed())?.map_err(|error| {
            log::round_failed(hosted.repo.path(), &error);
            failed()
        })
    }

    fn looks_well_known(&self, repo: &Repo, claims: &Claims) -> Result<bool, DatabaseError> {
        let tx = repo.read()?;
        let everyone = Permissions::on_sync(&tx.shared_rights()?, None);
        let writing = [Permission::Write, Permission::WriteUnversioned];
        Ok(writing.iter().any(|one| everyone.has(*one))
            || trust::remote_user(&tx, claims)?.is_some()
            || trust::to_be_proven(&tx, claims)?.is_some_and(|user| self.believes(user)))
    }

    fn believes(&self, user: &str) -> bool {
        let attempt = Attempt { address: self.address, user: user.to_owned() };
        !NAMELESS.contains(&user) && !self.doorman.doubts(&attempt)
    }
}

/// The user of the login with which a message begins, by its first bytes.
fn user_of_first_card(media: MediaType, body: &[u8]) -> Option<String> {
    let opened;
    let text = if media == MediaType::Compressed && envelope::has_zlib_header(body) {
        opened = envelope::beginning(body, LOOKED_AT);
        &opened
    } else {
        body
    };
    let text = text.trim_ascii_start();
    let end = text.iter().take(LOOKED_AT).position(|byte| *byte == b'\n')?;
    let line = text.get(..=end).filter(|line| line.starts_with(LOGIN))?;
    match Reader::with_limits(line, Limits::DEFAULT).next()?.ok()? {
        Card::Login(Login { user, .. }) => Some(user.to_text()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doorman::Outcome;
    use crate::limits::{FREE_FAILURES, FREE_FAILURES_OF_ADDRESS};

    const HASH: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    #[test]
    fn a_login_is_seen_in_the_first_bytes_of_what_has_come() {
        let noise = "igot 0123456789\n".repeat(10_000);
        for (first, user) in [
            (format!("login al\\sice {HASH} {HASH}\n"), Some("al ice")),
            (format!("\n login alice {HASH} {HASH}\n"), Some("alice")),
            (format!("# hello\nlogin alice {HASH} {HASH}\n"), None),
            (format!("login {} {HASH} {HASH}\n", "x".repeat(LOOKED_AT)), None),
            ("login alice\n".to_owned(), None),
            ("logincard\n".to_owned(), None),
            ("pull a b\n".to_owned(), None),
        ] {
            let cards = format!("{first}{noise}");
            let begins = |media, body: &[u8]| user_of_first_card(media, body);
            for media in [MediaType::Debug, MediaType::Compressed] {
                assert_eq!(begins(media, cards.as_bytes()).as_deref(), user, "{cards:.20}");
            }
            let sealed = envelope::seal(cards.as_bytes()).unwrap();
            assert_eq!(begins(MediaType::Compressed, &sealed).as_deref(), user, "{cards:.20}");
            // Only a part of it has come.
            let part = sealed.get(..300).unwrap_or(&sealed);
            assert_eq!(begins(MediaType::Compressed, part).as_deref(), user, "{cards:.20}");
        }
        assert_eq!(user_of_first_card(MediaType::Debug, b""), None);
    }

    fn try_as(stranger: &Stranger, user: &str, outcome: Outcome) {
        let attempt = Attempt { address: stranger.address, user: user.to_owned() };
        stranger.doorman.try_admit(&attempt).unwrap().tell(outcome);
    }

    #[tokio::test(start_paused = true)]
    async fn a_login_is_believed_until_too_many_have_failed() {
        let at = |host| Some([192, 0, 2, host].into());
        let stranger = Stranger { most: 10, address: at(1), doorman: Doorman::default() };
        let message = |user| format!("login {user} {HASH} {HASH}\npull a b\n");
        let check = |stranger: &Stranger, user| {
            let message = message(user);
            stranger.check(MediaType::Debug, message.len(), message.as_bytes())
        };
        for nobody in NAMELESS {
            let refused = check(&stranger, nobody);
            assert!(matches!(refused, Err(Unreadable::TooLargeForStranger(10))), "{nobody}");
            let cookie = format!("x-f-l-c=login+{nobody}+{HASH}+{HASH}");
            assert!(!stranger.has_login(Some(&cookie)), "{nobody}");
        }
        for _ in 0..FREE_FAILURES {
            assert!(check(&stranger, "alice").is_ok());
            try_as(&stranger, "alice", Outcome::Failed);
        }
        assert!(matches!(check(&stranger, "alice"), Err(Unreadable::LoginDoubted(10))));
        assert!(check(&stranger, "bob").is_ok(), "another user");
        let elsewhere = Stranger { address: at(2), ..stranger.clone() };
        assert!(check(&elsewhere, "alice").is_ok(), "another address");
        for number in FREE_FAILURES..FREE_FAILURES_OF_ADDRESS {
            try_as(&stranger, &format!("user {number}"), Outcome::Failed);
        }
        assert!(check(&stranger, "bob").is_err(), "any user of the address");
        // One who was there before the others failed, or has a small message first.
        tokio::time::sleep(crate::limits::LONGEST_LOGIN_DELAY).await;
        try_as(&stranger, "bob", Outcome::Succeeded);
        assert!(check(&stranger, "bob").is_ok());
        assert!(check(&stranger, "carol").is_err());
        assert!(stranger.check(MediaType::Debug, 10, b"pull a b\n").is_ok(), "it is small");
    }
}
