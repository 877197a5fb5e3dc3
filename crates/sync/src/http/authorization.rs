//! HTTP Basic authorization: who asks, for the web server in front of a repository.

use std::{fmt, str::FromStr};

use ::http::HeaderValue;
use base64::{Engine as _, prelude::BASE64_STANDARD};

use crate::HttpUrl;

/// A user and a password for HTTP Basic authorization. `Debug` does not show the password.
///
/// They are no login of the repository: a web server in front of it wants them.
///
/// ```
/// use outcrop_sync::http::BasicAuth;
///
/// let guest: BasicAuth = "guest:wel:come".parse()?;
/// assert_eq!(format!("{guest:?}"), "BasicAuth(\"guest\")");
/// assert!("guest".parse::<BasicAuth>().is_err());
/// # Ok::<(), outcrop_sync::http::BasicAuthError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct BasicAuth {
    user: String,
    /// What the header holds.
    value: HeaderValue,
}

/// Why a text is not `USER:PASSWORD`. Does not show the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("HTTP authorization is given as USER:PASSWORD, without control characters")]
pub struct BasicAuthError;

impl BasicAuth {
    /// A user, whose name holds no colon, and the password.
    pub fn new(user: &str, password: &str) -> Result<Self, BasicAuthError> {
        let pair = format!("{user}:{password}");
        if user.contains(':') || pair.contains(|letter: char| letter.is_control()) {
            return Err(BasicAuthError);
        }
        let value = format!("Basic {}", BASE64_STANDARD.encode(pair));
        let mut value = HeaderValue::try_from(value).map_err(|_| BasicAuthError)?;
        // Keeps it out of whatever prints headers.
        value.set_sensitive(true);
        Ok(Self { user: user.to_owned(), value })
    }

    /// What a header says about it.
    pub(super) fn header(&self) -> HeaderValue {
        self.value.clone()
    }
}

/// Reads `USER:PASSWORD`.
impl FromStr for BasicAuth {
    type Err = BasicAuthError;

    fn from_str(text: &str) -> Result<Self, BasicAuthError> {
        let (user, password) = text.split_once(':').ok_or(BasicAuthError)?;
        Self::new(user, password)
    }
}

impl fmt::Debug for BasicAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("BasicAuth").field(&self.user).finish()
    }
}

/// Whether what was meant for one address may be sent to the other: they are on one host and port,
/// or the other is where that host encrypts.
pub(super) fn may_know(home: &HttpUrl, other: &HttpUrl) -> bool {
    let is_upgrade =
        !home.is_https() && home.port() == 80 && other.is_https() && other.port() == 443;
    home.origin() == other.origin() || home.host() == other.host() && is_upgrade
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_is_as_others_write_it() {
        let known: BasicAuth = "Aladdin:open sesame".parse().unwrap();
        assert_eq!(known.header(), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
        assert!(!format!("{:?} {known:?}", known.header()).contains("QWxh"));
    }

    #[test]
    fn what_no_header_can_tell_is_refused() {
        assert_eq!(BasicAuth::new("a:b", "c"), Err(BasicAuthError));
        assert_eq!("a:b\nc".parse::<BasicAuth>(), Err(BasicAuthError));
        assert!("a:".parse::<BasicAuth>().is_ok());
    }

    #[test]
    fn only_the_host_that_it_is_for_is_told() {
        let knows =
            |home: &str, other: &str| may_know(&home.parse().unwrap(), &other.parse().unwrap());
        assert!(knows("http://h/a", "http://h/b"));
        assert!(knows("http://h/", "https://h/"));
        assert!(!knows("http://h/", "https://h:444/"));
        assert!(!knows("https://h/", "http://h/"));
        assert!(!knows("http://h/", "http://h:81/"));
        assert!(!knows("https://h/", "https://other/"));
    }
}
