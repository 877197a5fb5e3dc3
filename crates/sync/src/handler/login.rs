//! Who sends a request: the login card, in the body or as a cookie.

use outcrop_format::planted;
use outcrop_repo::user::SPECIAL;
use outcrop_xfer::login::Login;

use super::Trust;
use super::error::{Step, Stop};
use super::round::Round;

/// Users who need not prove who they are: they have the rights of everyone.
const NAMELESS: [&[u8]; 2] = [b"nobody", b"anonymous"];

impl Round<'_> {
    /// Takes a login; `tail` is all that follows it.
    pub(super) fn log_in(&mut self, login: &Login<'_>, tail: &[u8]) -> Step {
        if self.session.has_login {
            return Err(Stop::refused("multiple login cards"));
        }
        self.session.has_login = true;
        let proven = self.prove(login, tail);
        self.handled.login_failed = matches!(proven, Err(Stop::Refused(_)));
        if proven.is_ok() || self.handled.login_failed {
            let (user, accepted) = (login.user.to_text(), proven.is_ok());
            self.options.observer.login_checked(&user, accepted);
        }
        proven
    }

    /// Makes sure that a login is of who it says.
    fn prove(&mut self, login: &Login<'_>, tail: &[u8]) -> Step {
        // Also of who is nobody: what was changed on the way is not what was sent.
        if !login.covers(tail) && !planted!(IgnoreNonce) {
            return Err(failed());
        }
        let user = login.user.plain();
        if NAMELESS.contains(&&*user) {
            return Ok(());
        }
        let Ok(user) = str::from_utf8(&user) else { return Err(failed()) };
        // Whoever passed the request on has made sure of it: the password may be another one there.
        if matches!(&self.options.trust, Trust::User(trusted) if trusted == user) {
            return Ok(());
        }
        if SPECIAL.contains(&user) {
            return Err(failed());
        }
        let account = self.read().user(user)?.ok_or_else(failed)?;
        let password = self.read().password_of(user)?.ok_or_else(failed)?;
        if !login.is_signed_with(password.expose().as_bytes(), &self.codes.project) {
            return Err(failed());
        }
        let owner = (self.options.trust == Trust::Owner).then_some(self.session.permissions);
        self.session.is(account);
        // The owner's own rights are not fewer for a login.
        self.session.permissions = owner.unwrap_or(self.session.permissions);
        self.session.nonce = Some(login.nonce.to_string());
        Ok(())
    }
}

fn failed() -> Stop {
    Stop::refused("login failed")
}
