//! Logins: who sends a message, proved without sending the password.
//!
//! ```text
//! NONCE     = SHA1( every byte of the message after the login card )
//! SECRET    = SHA1( PROJECTCODE "/" USER "/" PASSWORD )
//! SIGNATURE = SHA1( NONCE SECRET )
//! ```
//!
//! All three in hexadecimal digits. The server keeps the secret in the place of the password, so
//! that the two sides sign with the same 40 digits; a value of 40 digits is therefore always taken
//! for a secret, never for a password. Some repositories keep passwords in clear text: they are
//! tried both ways.
//!
//! The login travels as the first card of the message or, between releases that both know how, as
//! the cookie `x-f-l-c`. Then the nonce covers the whole message.
//!
//! A message has one login: its first card, or the cookie. Stock Fossil refuses a second one, and a
//! server should not even look at it, since each nonce is a hash of all that follows. Stock admits
//! the users `nobody` and `anonymous` whatever their signature: they have no rights to prove.
//!
//! ```
//! use outcrop_xfer::login::{Login, Secret};
//!
//! let secret = Secret::new("f00d", "alice", "sesame");
//! let message = b"pull c0de f00d\n# 2F9A\n";
//!
//! let login = Login::sign("alice", &secret, [&message[..]]).unwrap();
//! assert!(login.proves(message, b"sesame", "f00d"));
//! assert!(!login.proves(message, b"open", "f00d"));
//! assert!(!login.proves(b"push c0de f00d\n", b"sesame", "f00d"));
//!
//! let header = format!("theme=dark; {}", login.to_cookie());
//! assert_eq!(Login::from_cookies(&header), Some(Ok(login)));
//! ```

use std::{borrow::Cow, fmt};

use outcrop_format::{
    escape::Escaped,
    hash::{Algorithm, HashName, sha1_of_parts},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use subtle::ConstantTimeEq as _;

pub use crate::card::session::Login;
use crate::{card::Kind, error::Error, limits::Limits, line::Args};

/// Name of the cookie that carries a login card.
pub const COOKIE: &str = "x-f-l-c";

/// Digits of a secret. A stored password of this many bytes is a secret.
const SECRET_LEN: usize = 40;

/// Bytes that stock Fossil leaves as they are in a cookie.
const COOKIE_ESCAPES: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'.')
    .remove(b'$')
    .remove(b'~')
    .remove(b'-')
    .remove(b'_')
    .remove(b'/')
    .remove(b':');

/// What both sides sign with. Not shown by `Debug`.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// The secret of a user in a project.
    ///
    /// A password of 40 hexadecimal digits is taken for the secret itself.
    #[must_use]
    pub fn new(project_code: &str, user: &str, password: &str) -> Self {
        if password.len() == SECRET_LEN && password.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Self(password.into());
        }
        Self::derive(project_code, user.as_bytes(), password.as_bytes())
    }

    /// The password itself, for the first request of a clone: the project is not known yet.
    #[must_use]
    pub fn without_project(password: &str) -> Self {
        Self(password.into())
    }

    fn derive(project_code: &str, user: &[u8], password: &[u8]) -> Self {
        let parts = [project_code.as_bytes(), b"/", user, b"/", password];
        Self(sha1_of_parts(parts).to_hex().as_bytes().into())
    }

    /// The secret as a repository stores it.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

fn signature(nonce: &HashName, secret: &[u8]) -> HashName {
    sha1_of_parts([nonce.to_hex().as_bytes(), secret])
}

impl<'a> Login<'a> {
    /// The login for a message whose other cards are `tail`, in pieces.
    ///
    /// Every message needs bytes that no other has, such as a comment of random digits: servers
    /// refuse a nonce that they have seen. `None` if the user has no name.
    #[must_use]
    pub fn sign<'t>(
        user: &'a str,
        secret: &Secret,
        tail: impl IntoIterator<Item = &'t [u8]>,
    ) -> Option<Self> {
        let user = Escaped::new(user.as_bytes())?;
        let nonce = sha1_of_parts(tail);
        Some(Self { user, nonce, signature: signature(&nonce, &secret.0) })
    }

    /// Whether the login proves that its user, whose stored password this is, sends this message.
    ///
    /// `tail` is what follows the card, or the whole message if the login came as a cookie. A server
    /// needs both halves of the answer: a signature alone could be replayed with another message.
    #[must_use]
    pub fn proves(&self, tail: &[u8], stored: &[u8], project_code: &str) -> bool {
        self.covers(tail) && self.is_signed_with(stored, project_code)
    }

    /// Whether the nonce is that of `tail`: one half of [`proves`](Self::proves).
    #[must_use]
    pub fn covers(&self, tail: &[u8]) -> bool {
        match self.nonce.algorithm() {
            Algorithm::Sha1 => sha1_of_parts([tail]) == self.nonce,
            Algorithm::Sha3 => self.nonce.verify(tail),
        }
    }

    /// Whether the login was signed by someone who knows the password that a repository stores, a
    /// secret or a password in clear text: the other half of [`proves`](Self::proves).
    ///
    /// Takes the same time whatever the signature. An empty password proves nothing.
    #[must_use]
    pub fn is_signed_with(&self, stored: &[u8], project_code: &str) -> bool {
        if stored.is_empty() {
            return false;
        }
        let as_stored = self.is_signature(stored);
        let as_secret = stored.len() != SECRET_LEN && {
            let secret = Secret::derive(project_code, &self.user.plain(), stored);
            self.is_signature(&secret.0)
        };
        as_stored | as_secret
    }

    fn is_signature(&self, secret: &[u8]) -> bool {
        let expected = signature(&self.nonce, secret);
        expected.as_bytes().ct_eq(self.signature.as_bytes()).into()
    }

    /// The login as a cookie: `x-f-l-c=login%20…`.
    #[must_use]
    pub fn to_cookie(&self) -> String {
        let user = percent_encode(self.user.as_bytes(), COOKIE_ESCAPES);
        format!("{COOKIE}=login%20{user}%20{}%20{}", self.nonce, self.signature)
    }

    /// The login in the value of a `Cookie` header; `None` if the header holds none.
    ///
    /// Errors count bytes from the start of the decoded cookie.
    #[must_use]
    pub fn from_cookies(header: &str) -> Option<Result<Login<'static>, Error>> {
        let value = header.split(';').find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            (name.trim() == COOKIE).then_some(value.trim())
        })?;
        // Stock Fossil writes blanks as `+`, proxies may write them as `%20`.
        let value = value.replace('+', " ");
        let line: Cow<'_, [u8]> = percent_decode_str(&value).into();
        Some(Self::from_line(&line))
    }

    /// The login on a line of its own, `login USER NONCE SIGNATURE`.
    fn from_line(line: &[u8]) -> Result<Login<'static>, Error> {
        let mut args = Args::new(line, 0, Limits::DEFAULT.tokens);
        let login = args
            .checked("LOGIN", "the word login", |word| (word.as_bytes() == b"login").then_some(()))
            .and_then(|()| Login::parse_arguments(&mut args));
        login
            .map(|login| Login { user: login.user.into_owned(), ..login })
            .map_err(|error| Error { verb: Some(Kind::Login.verb()), ..error })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ErrorKind;
    use proptest::prelude::*;

    const PROJECT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn login<'a>(user: &'a str, secret: &Secret) -> Login<'a> {
        Login::sign(user, secret, [&b"pull a b\n"[..]]).unwrap()
    }

    /// Figures by `printf 'f00d/alice/sesame' | sha1sum` and so on.
    #[test]
    fn secret_nonce_and_signature_are_what_sha1sum_prints() {
        let secret = Secret::new("f00d", "alice", "sesame");
        assert_eq!(secret.as_bytes(), b"3599a2553a2b676cd6f192e75a6007adf6da16b3");
        let login = login("alice", &secret);
        assert_eq!(login.nonce.to_string(), "c7720a4f91172d96c4e6a730e43c8a9b0b38e042");
        assert_eq!(login.signature.to_string(), "0a0e574570eb1058567df19447ea91e0b0fb6125");
    }

    #[test]
    fn stored_secrets_and_stored_passwords_both_prove() {
        let secret = Secret::new(PROJECT, "bob", "pw");
        let login = login("bob", &secret);
        assert!(login.is_signed_with(secret.as_bytes(), PROJECT));
        assert!(login.is_signed_with(b"pw", PROJECT));
        assert!(!login.is_signed_with(b"pw", "other"));
        assert!(!login.is_signed_with(b"px", PROJECT));
    }

    #[test]
    fn a_clear_text_password_may_sign_itself() {
        let login = login("bob", &Secret::without_project("pw"));
        assert!(login.is_signed_with(b"pw", PROJECT));
    }

    #[test]
    fn no_password_proves_nothing() {
        let login = login("bob", &Secret::without_project(""));
        assert!(!login.is_signed_with(b"", PROJECT));
    }

    #[test]
    fn forty_digits_are_a_secret() {
        let digits = "0123456789ABCDEF0123456789abcdef01234567";
        assert_eq!(Secret::new(PROJECT, "bob", digits).as_bytes(), digits.as_bytes());
        let letters = "g123456789abcdef0123456789abcdef01234567";
        assert_ne!(Secret::new(PROJECT, "bob", letters).as_bytes(), letters.as_bytes());
        // The server takes any forty bytes for a secret, as stock does.
        let login = login("bob", &Secret::new(PROJECT, "bob", letters));
        assert!(!login.is_signed_with(letters.as_bytes(), PROJECT));
    }

    #[test]
    fn another_message_is_not_covered() {
        let secret = Secret::new(PROJECT, "bob", "pw");
        let login = Login::sign("bob", &secret, [&b"pull a "[..], b"b\n"]).unwrap();
        assert!(login.covers(b"pull a b\n"));
        assert!(!login.covers(b"push a b\n"));
        assert!(!login.covers(b""));
        let sha3 = Login { nonce: HashName::sha3_of(b"x"), ..login };
        assert!(sha3.covers(b"x"));
    }

    #[test]
    fn cookies_come_in_several_spellings() {
        let secret = Secret::new(PROJECT, "al ice", "pw");
        let login = login("al ice", &secret);
        let (nonce, signature) = (login.nonce, login.signature);
        for value in [
            login.to_cookie(),
            format!("x-f-l-c=login+al%5csice+{nonce}+{signature}"),
            format!("a=b; x-f-l-c = login%20al\\sice%20{nonce}%20{signature} ; c=d"),
        ] {
            assert_eq!(Login::from_cookies(&value), Some(Ok(login.clone())), "{value}");
        }
        assert!(login.to_cookie().starts_with("x-f-l-c=login%20al%5Csice%20"));
    }

    #[test]
    fn bad_cookies_are_told_from_absent_ones() {
        assert_eq!(Login::from_cookies(""), None);
        assert_eq!(Login::from_cookies("a=b; xx-f-l-c=login"), None);
        let missing = Login::from_cookies("x-f-l-c=login+bob").unwrap().unwrap_err();
        assert_eq!(missing.kind, ErrorKind::MissingArgument("NONCE"));
        for bad in
            ["x-f-l-c=", "x-f-l-c=%", "x-f-l-c=push+a+b", "x-f-l-c=login%0Abob", "x-f-l-c=%ff%00"]
        {
            assert!(Login::from_cookies(bad).unwrap().is_err(), "{bad}");
        }
    }

    #[test]
    fn secrets_do_not_show() {
        assert_eq!(format!("{:?}", Secret::without_project("pw")), "Secret(..)");
    }

    proptest! {
        #[test]
        fn any_user_survives_the_cookie(user in ".+", password: String) {
            let login = login(&user, &Secret::new(PROJECT, &user, &password));
            let read = Login::from_cookies(&login.to_cookie()).unwrap().unwrap();
            prop_assert_eq!(&read, &login);
            prop_assert_eq!(read.user.to_text(), user);
        }

        #[test]
        fn any_header_is_read_without_panic(header: String) {
            let _ = Login::from_cookies(&header);
            let _ = Login::from_cookies(&format!("x-f-l-c={header}"));
        }
    }
}
