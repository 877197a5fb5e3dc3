//! Who a request is from, by what comes beside its cards: a password by HTTP's Basic scheme, or the
//! word of the web server that passes it on.
//!
//! Stock Fossil takes both, each only if a setting of the repository is on:
//!
//! | setting | what it takes | who is meant |
//! |---|---|---|
//! | `remote_user_ok` | [`Claims::remote_user`], whatever the password | a user who has rights and a password |
//! | `http_authentication_ok` | [`Claims::basic`], if the password is the right one | the same, but none of the special users; or, by address, whose contact has it |
//!
//! The first that names somebody counts. A wrong password by the Basic scheme is refused at once, as
//! it is by stock, even where nobody needs one.

use std::fmt;
use std::time::SystemTime;

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use outcrop_repo::artifact::Moment;
use outcrop_repo::capability::Capabilities;
use outcrop_repo::secret::Secret;
use outcrop_repo::tx::{DatabaseError, ReadTx};
use outcrop_repo::user::{SPECIAL, User};
use outcrop_sync::Trust;
use subtle::ConstantTimeEq as _;

/// The setting by which the word of a web server counts.
const BY_WORD: &str = "remote_user_ok";

/// The setting by which passwords by HTTP's Basic scheme count.
const BY_PASSWORD: &str = "http_authentication_ok";

/// What is said of a request by who carries it.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    /// The user whom the program that passes the request on has made sure of: `REMOTE_USER` of CGI.
    pub remote_user: Option<String>,
    /// User and password by HTTP's Basic scheme.
    pub basic: Option<Basic>,
}

/// User and password, as HTTP's Basic scheme has them. `Debug` does not show the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Basic {
    /// The user.
    pub user: String,
    password: String,
}

/// An extension of requests: the user whom a service in front has made sure of. It counts in
/// repositories whose setting `remote_user_ok` is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteUser(pub String);

/// Why nobody is trusted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NotTrusted {
    /// The password is not that of the user, or there is no such user.
    #[error("wrong user or password")]
    WrongPassword,
    /// The database has failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Reads as leniently as stock does: without padding, or with too much of it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);

impl Basic {
    /// Reads the value of an `Authorization` header; `None` if it is of another scheme, or names
    /// nobody.
    #[must_use]
    pub fn from_header(value: &str) -> Option<Self> {
        let (scheme, encoded) = value.trim_start().split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let is_digit = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
        let digits: Vec<u8> = encoded.bytes().filter(is_digit).collect();
        let decoded = BASE64.decode(digits).ok()?;
        let text = String::from_utf8_lossy(&decoded);
        let (user, password) = text.split_once(':')?;
        Some(Self { user: user.to_owned(), password: password.to_owned() })
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Basic").field("user", &self.user).finish_non_exhaustive()
    }
}

impl Claims {
    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.remote_user.is_none() && self.basic.is_none()
    }
}

/// The user whose password [`trust()`] would look at.
pub(crate) fn to_be_proven<'a>(
    tx: &ReadTx,
    claims: &'a Claims,
) -> Result<Option<&'a str>, DatabaseError> {
    let Some(basic) = &claims.basic else { return Ok(None) };
    let looks_at_it = remote_user(tx, claims)?.is_none() && is_on(tx, BY_PASSWORD)?;
    Ok(looks_at_it.then_some(&*basic.user))
}

/// The user whom a web server has made sure of.
pub(crate) fn remote_user(tx: &ReadTx, claims: &Claims) -> Result<Option<User>, DatabaseError> {
    match &claims.remote_user {
        Some(login) if is_on(tx, BY_WORD)? => Ok(tx.user(login)?.filter(may_log_in)),
        _ => Ok(None),
    }
}

/// Decides whose rights a request has: for any way on which requests come, HTTP or CGI.
pub fn trust(tx: &ReadTx, claims: &Claims, now: SystemTime) -> Result<Trust, NotTrusted> {
    if let Some(user) = remote_user(tx, claims)? {
        return Ok(Trust::User(user.login));
    }
    if let Some(basic) = &claims.basic
        && is_on(tx, BY_PASSWORD)?
    {
        let login = prove(tx, basic, now)?.ok_or(NotTrusted::WrongPassword)?;
        return Ok(Trust::User(login));
    }
    Ok(Trust::Login)
}

/// Whether a setting is on that is off unless set.
fn is_on(tx: &ReadTx, setting: &str) -> Result<bool, DatabaseError> {
    let value = tx.setting(setting)?.unwrap_or_default();
    Ok(["on", "yes", "true", "1"].iter().any(|on| value.eq_ignore_ascii_case(on)))
}

fn may_log_in(user: &User) -> bool {
    user.has_password && user.capabilities != Capabilities::NONE
}

/// The login of who knows the password. A name that looks like an address may be that of a contact.
fn prove(tx: &ReadTx, basic: &Basic, now: SystemTime) -> Result<Option<String>, DatabaseError> {
    let by_login = tx.user(&basic.user)?;
    if let Some(user) = by_login.filter(|user| may_prove(user, now))
        && knows(tx, &user.login, &basic.password)?
    {
        return Ok(Some(user.login));
    }
    if !basic.user.contains('@') {
        return Ok(None);
    }
    for user in tx.users()? {
        if !user.login.contains('@')
            && address_in(&user.contact) == Some(&basic.user)
            && may_prove(&user, now)
            && knows(tx, &user.login, &basic.password)?
        {
            return Ok(Some(user.login));
        }
    }
    Ok(None)
}

fn may_prove(user: &User, now: SystemTime) -> bool {
    may_log_in(user) && !SPECIAL.contains(&&*user.login) && !has_expired(&user.contact, now)
}

/// Whether a password is the one that is stored, hashed or in clear text.
fn knows(tx: &ReadTx, login: &str, password: &str) -> Result<bool, DatabaseError> {
    let Some(stored) = tx.password_of(login)? else { return Ok(false) };
    let code = tx.setting("project-code")?.unwrap_or_default();
    let is = |given: &str| bool::from(stored.expose().as_bytes().ct_eq(given.as_bytes()));
    let hashed = is(Secret::hashed(&code, login, password).expose());
    Ok(hashed | (!has_length_of_hash(&stored) && is(password)))
}

/// Stock takes any value of this length for a hash.
fn has_length_of_hash(stored: &Secret) -> bool {
    stored.expose().chars().count() == 40
}

/// Whether a contact says `expires` and a date that is past.
fn has_expired(contact: &str, now: SystemTime) -> bool {
    const WORD: &str = "expires";
    const DATE: usize = "2026-01-31".len();
    let lower = contact.to_ascii_lowercase();
    if !lower.contains("expires 20") {
        return false;
    }
    // The first such word counts, whatever follows.
    let rest = lower.split_once(WORD).map_or("", |(_, rest)| rest);
    let date: String = rest.chars().skip(1).take(DATE).collect();
    let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let now = Moment::since_1970(u64::try_from(since.as_millis()).unwrap_or(u64::MAX)).to_string();
    now.get(..DATE).is_some_and(|today| *date <= *today)
}

/// The first word of a contact that is an address of mail, with or without brackets around it.
fn address_in(contact: &str) -> Option<&str> {
    let words = contact.split(['<', '>', ',', ':', '=', ' ']);
    words.into_iter().find(|word| is_mail_address(word))
}

fn is_mail_address(word: &str) -> bool {
    let Some((name, domain)) = word.split_once('@') else { return false };
    let of = |text: &str, more: &[u8]| {
        text.split('.').all(|part| !part.is_empty())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    let is_domain = of(domain, b".-") && domain.contains('.');
    of(name, b"._+-") && is_domain && !domain.starts_with('-') && !domain.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn header(text: &str) -> String {
        format!("Basic {}", base64::prelude::BASE64_STANDARD.encode(text))
    }

    #[test]
    fn headers_are_read_as_leniently_as_stock_does() {
        let read = |value: &str| {
            Basic::from_header(value).map(|basic| format!("{}|{}", basic.user, basic.password))
        };
        assert_eq!(read(&header("alice:se:same")).as_deref(), Some("alice|se:same"));
        assert_eq!(read(&header(":")).as_deref(), Some("|"));
        assert_eq!(read("  basic  YWxpY2U6c2VzYW1l").as_deref(), Some("alice|sesame"));
        assert_eq!(read("Basic YWxp Y2U6c2Vz-YW1l====").as_deref(), Some("alice|sesame"));
        for nobody in ["", "Basic", "Bearer YWxpY2U6c2VzYW1l", &header("alice"), "Basic Y"] {
            assert_eq!(read(nobody), None, "{nobody}");
        }
        let shown = format!("{:?}", Basic::from_header(&header("alice:sesame")));
        assert!(shown.contains("alice") && !shown.contains("sesame"), "{shown}");
    }

    proptest::proptest! {
        #[test]
        fn anything_is_read_without_panic(text: String, user in "[^:]*", password: String) {
            let now = SystemTime::UNIX_EPOCH;
            let _ = (Basic::from_header(&text), has_expired(&text, now), address_in(&text));
            let _ = has_expired(&format!("expires 20{text}"), now);
            let read = Basic::from_header(&header(&format!("{user}:{password}"))).unwrap();
            proptest::prop_assert_eq!((read.user, read.password), (user, password));
        }
    }

    #[test]
    fn contacts_may_end_a_login() {
        // 2026-01-31 12:00:00.
        let now = SystemTime::UNIX_EPOCH + Duration::from_hours(491_628);
        for (contact, expired) in [
            ("", false),
            ("Alice <alice@example.org>", false),
            ("expires 2026-02-01", false),
            ("Alice, Expires 2026-01-31", true),
            ("expires 2025-12-31 or so", true),
            ("expires 1999-12-31", false),
            ("expires soon, expires 2027-01-01", false),
            ("expires 20", true),
        ] {
            assert_eq!(has_expired(contact, now), expired, "{contact}");
        }
    }

    #[test]
    fn contacts_hold_addresses() {
        for (contact, address) in [
            ("Alice <alice@example.org>", Some("alice@example.org")),
            ("a.b+c@x-y.example", Some("a.b+c@x-y.example")),
            ("mail:bob@example.org,carol@example.org", Some("bob@example.org")),
            ("nobody at all, a@b, .a@b.c, a@.b.c, a@b..c, a@b.c-", None),
        ] {
            assert_eq!(address_in(contact), address, "{contact}");
        }
    }
}
