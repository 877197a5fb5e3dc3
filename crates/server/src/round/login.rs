//! Who a request says that it is from, before anything is proven.

use memchr::memmem;
use outcrop_sync::Request;
use outcrop_xfer::login::Login;
use outcrop_xfer::{Card, Limits, Reader};

use crate::stranger::NAMELESS;

/// The user of the login that will be looked at: that of the cookie, or of the first login card.
///
/// The card comes first in what clients send. Whoever guesses passwords may hide it, so a message
/// that has the word elsewhere is read up to the card, as it will be once more for the answer.
pub(super) fn claimed(request: &Request, limits: &Limits) -> Option<String> {
    let user = match &request.login {
        Some(login) => login.user.to_text(),
        None => user_of_card(request, limits)?,
    };
    (!NAMELESS.contains(&&*user)).then_some(user)
}

fn user_of_card(request: &Request, limits: &Limits) -> Option<String> {
    let text = request.cards.clone().into_bytes();
    memmem::find(&text, b"login")?;
    // What comes after an error is not looked at.
    let cards = Reader::with_limits(&text, *limits).map_while(Result::ok);
    cards.into_iter().find_map(|card| match card {
        Card::Login(Login { user, .. }) => Some(user.to_text()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use outcrop_xfer::login::Secret;

    const HASH: &str = "da39a3ee5e6b4b0d3255bfef95601890afd80709";

    fn of(cards: &str) -> Option<String> {
        let request = Request::new(Bytes::copy_from_slice(cards.as_bytes()).into());
        claimed(&request, &Limits::DEFAULT)
    }

    #[test]
    fn a_login_is_found_wherever_it_is() {
        let alice = format!("login al\\sice {HASH} {HASH}\n");
        assert_eq!(of(&alice).as_deref(), Some("al ice"));
        assert_eq!(of(&format!("# hi\npull a b\n  {alice}")).as_deref(), Some("al ice"));
        let bob = format!("login bob {HASH} {HASH}\n");
        assert_eq!(of(&format!("{alice}{bob}")).as_deref(), Some("al ice"));
        for nobody in
            [String::new(), format!("login nobody {HASH} {HASH}\n"), "# login bob a b\n".to_owned()]
        {
            assert_eq!(of(&nobody), None, "{nobody}");
        }
        assert_eq!(of(&format!("gibberish\n{alice}")), None);
    }

    #[test]
    fn a_cookie_comes_before_a_card() {
        let text = format!("login bob {HASH} {HASH}\n");
        let login = Login::sign("alice", &Secret::without_project("pw"), [text.as_bytes()]);
        let login = login.map(|login| Login { user: login.user.into_owned(), ..login });
        let request = Request { login, ..Request::new(Bytes::from(text).into()) };
        assert_eq!(claimed(&request, &Limits::DEFAULT).as_deref(), Some("alice"));
    }
}
