//! Addresses of repositories on the web: `http[s]://[USER[:PASSWORD]@]HOST[:PORT][/PATH]`.

use std::{fmt, str::FromStr};

use percent_encoding::{
    AsciiSet, CONTROLS, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode,
};

/// The address of a repository on the web.
///
/// User and password may hold any character as `%XX`; the path goes to the server as it is. Neither
/// `Debug` nor `Display` shows the password.
///
/// ```
/// use outcrop_sync::HttpUrl;
///
/// let url: HttpUrl = "https://alice:s%40fe@Example.org:8443/project".parse()?;
/// assert_eq!((url.user(), url.password()), (Some("alice"), Some("s@fe")));
/// assert_eq!(url.authority(), "example.org:8443");
/// assert_eq!(url.target(), "/project");
/// assert_eq!(url.to_string(), "https://alice@example.org:8443/project");
/// # Ok::<(), outcrop_sync::UrlError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl {
    is_https: bool,
    user: Option<String>,
    password: Option<String>,
    /// In lower case, an IPv6 address without its brackets.
    host: String,
    port: u16,
    /// Empty, or begins with a slash.
    path: String,
}

/// Why some text is not the address of a repository on the web. Never shows the text: it may hold a
/// password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// Neither `http://` nor `https://`.
    #[error("a URL begins with http:// or https://")]
    Scheme,
    /// No host, or one with characters that no host has.
    #[error("the URL has no host, or one with characters that no host name has")]
    Host,
    /// Not a port.
    #[error(
        "the port in the URL is not a number from 1 to 65535; a / in a password is written %2F"
    )]
    Port,
    /// User or password are not UTF-8.
    #[error("user or password in the URL are not UTF-8")]
    Encoding,
}

/// What a request line cannot hold as it is.
const NOT_IN_PATHS: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// What users and passwords do not hold as it is.
pub(crate) const NOT_IN_USERS: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl HttpUrl {
    /// Whether the connection is encrypted.
    #[must_use]
    pub const fn is_https(&self) -> bool {
        self.is_https
    }

    /// The user, if the address names one.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// The password, if the address holds one.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        self.password.as_deref()
    }

    /// Name or number of the host, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port; 80 or 443 if the address names none.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// Host and port as the `Host` header has them: without the port if it is the usual one.
    #[must_use]
    pub fn authority(&self) -> String {
        let brackets = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        let host = format!("{}{}{}", brackets.0, self.host, brackets.1);
        if self.port == usual_port(self.is_https) { host } else { format!("{host}:{}", self.port) }
    }

    /// Path and query as a request line has them.
    #[must_use]
    pub fn target(&self) -> &str {
        if self.path.is_empty() { "/" } else { &self.path }
    }

    /// Scheme, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("{}{}", scheme(self.is_https), self.authority())
    }

    /// The same address without user and password.
    #[must_use]
    pub fn without_user(self) -> Self {
        Self { user: None, password: None, ..self }
    }

    /// The whole address, for whoever has to log in there.
    #[cfg(feature = "process")]
    pub(crate) fn with_password(&self) -> String {
        let encoded = |text| utf8_percent_encode(text, NOT_IN_USERS);
        let user = match (self.user.as_deref(), self.password.as_deref()) {
            (None, _) => String::new(),
            (Some(user), None) => format!("{}@", encoded(user)),
            (Some(user), Some(password)) => format!("{}:{}@", encoded(user), encoded(password)),
        };
        format!("{}{user}{}{}", scheme(self.is_https), self.authority(), self.path)
    }

    /// Where a `Location` header leads from here: to another address, or to another path here.
    pub fn join(&self, location: &str) -> Result<Self, UrlError> {
        let is_path =
            location.is_empty() || location.starts_with('/') && !location.starts_with("//");
        if is_path {
            return Ok(Self { path: clean_path(location), ..self.clone() });
        }
        location.parse().map(Self::without_user)
    }
}

const fn usual_port(is_https: bool) -> u16 {
    if is_https { 443 } else { 80 }
}

const fn scheme(is_https: bool) -> &'static str {
    if is_https { "https://" } else { "http://" }
}

impl FromStr for HttpUrl {
    type Err = UrlError;

    fn from_str(text: &str) -> Result<Self, UrlError> {
        let (is_https, rest) = [true, false]
            .into_iter()
            .find_map(|is_https| Some((is_https, strip_scheme(text, scheme(is_https))?)))
            .ok_or(UrlError::Scheme)?;
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);

        // The last sign parts the user from the host: should a password hold another one, it stays
        // in the password, and out of error messages.
        let (user, host) = match authority.rsplit_once('@') {
            Some((user, host)) => (Some(user), host),
            None => (None, authority),
        };
        let (user, password) = match user.map(|user| user.split_once(':')) {
            Some(Some((user, password))) => (Some(user), Some(password)),
            Some(None) => (user, None),
            None => (None, None),
        };
        let (host, port) = split_port(host, usual_port(is_https))?;
        Ok(Self {
            is_https,
            user: user.filter(|user| !user.is_empty()).map(decoded).transpose()?,
            password: password.map(decoded).transpose()?,
            host,
            port,
            path: clean_path(path),
        })
    }
}

pub(crate) fn strip_scheme<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let start = text.get(..scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then(|| text.get(scheme.len()..))?
}

pub(crate) fn decoded(text: &str) -> Result<String, UrlError> {
    let text = percent_decode_str(text).decode_utf8();
    text.map(Into::into).map_err(|_| UrlError::Encoding)
}

/// Parts `HOST[:PORT]`, where the host may be an IPv6 address in brackets.
pub(crate) fn split_port(authority: &str, usual: u16) -> Result<(String, u16), UrlError> {
    let bracketed = authority
        .strip_prefix('[')
        .map(|rest| rest.split_once(']').ok_or(UrlError::Host))
        .transpose()?;
    let (host, port) = match bracketed {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').ok_or(UrlError::Host)?)),
        None => match authority.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (authority, None),
        },
    };
    let fits = |byte: u8| match byte {
        b':' | b'%' => bracketed.is_some(),
        _ => byte.is_ascii_alphanumeric() || b"-._~".contains(&byte),
    };
    if host.is_empty() || !host.bytes().all(fits) {
        return Err(UrlError::Host);
    }
    let port = match port {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            digits.parse().ok().filter(|&port| port > 0)
        }
        Some(_) => None,
        None => Some(usual),
    };
    let port = port.ok_or(UrlError::Port)?;
    Ok((host.to_ascii_lowercase(), port))
}

/// The path and query of a URL in characters that a request line can hold, without the fragment.
fn clean_path(path: &str) -> String {
    let path = path.split('#').next().unwrap_or_default();
    let path = utf8_percent_encode(path, NOT_IN_PATHS).to_string();
    if path.is_empty() || path.starts_with('/') { path } else { format!("/{path}") }
}

/// The address without the password.
impl fmt::Display for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(scheme(self.is_https))?;
        if let Some(user) = &self.user {
            write!(f, "{}@", utf8_percent_encode(user, NOT_IN_USERS))?;
        }
        write!(f, "{}{}", self.authority(), self.path)
    }
}

impl fmt::Debug for HttpUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HttpUrl(\"{self}\")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> HttpUrl {
        text.parse().unwrap()
    }

    #[test]
    fn parts_may_be_missing() {
        let plain = url("http://Example.org");
        assert_eq!((plain.user(), plain.password()), (None, None));
        assert_eq!((plain.host(), plain.port()), ("example.org", 80));
        assert_eq!((plain.target(), plain.is_https()), ("/", false));
        let secure = url("HTTPS://bob@example.org/a/b?c=d#e");
        assert_eq!((secure.user(), secure.password()), (Some("bob"), None));
        assert_eq!((secure.port(), secure.target()), (443, "/a/b?c=d"));
        assert_eq!(url("http://h?x").target(), "/?x");
    }

    #[test]
    fn ipv6_addresses_stand_in_brackets() {
        let six = url("http://[::1]:8080/x");
        assert_eq!((six.host(), six.port()), ("::1", 8080));
        assert_eq!(six.origin(), "http://[::1]:8080");
        assert_eq!(url("http://[::1]").authority(), "[::1]");
    }

    #[test]
    fn the_path_stays_as_it_is() {
        for path in ["/a%20b/", "//x", "/~u/p.fossil", "/x?y=%2F"] {
            assert_eq!(url(&format!("http://h{path}")).target(), path);
        }
        assert_eq!(url("http://h/ä b").target(), "/%C3%A4%20b");
    }

    #[test]
    fn passwords_never_show() {
        for text in [
            "http://al%20ice:hush@h/",
            "http://alice:p@hush@h/",
            "http://alice:hu%3Ash@h/",
            "http://:hush@h",
        ] {
            let url = url(text);
            let shown = format!("{url} {url:?} {} {}", url.origin(), url.host());
            assert!(!shown.contains("hu"), "{shown}");
        }
        assert_eq!(url("http://a:b:c@h").password(), Some("b:c"));
    }

    #[test]
    fn faults_are_named() {
        for (text, error) in [
            ("", UrlError::Scheme),
            ("ftp://h", UrlError::Scheme),
            ("example.org", UrlError::Scheme),
            ("http://", UrlError::Host),
            ("http://:80", UrlError::Host),
            ("http://a b", UrlError::Host),
            ("http://a\r\nb", UrlError::Host),
            ("http://[::1", UrlError::Host),
            ("http://[::1]x", UrlError::Host),
            ("http://h:0", UrlError::Port),
            ("http://h:+1", UrlError::Port),
            ("http://h:65536", UrlError::Port),
            ("http://u:pass/word@h", UrlError::Port),
            ("http://%ff@h", UrlError::Encoding),
        ] {
            assert_eq!(text.parse::<HttpUrl>(), Err(error), "{text}");
        }
    }

    #[test]
    fn redirects_lead_to_addresses_and_paths() {
        let from = url("https://alice:pw@h:8443/old");
        assert_eq!(from.join("/new").unwrap().to_string(), "https://alice@h:8443/new");
        assert_eq!(from.join("http://a:b@other/x").unwrap().to_string(), "http://other/x");
        assert_eq!(from.join("//other/x"), Err(UrlError::Scheme));
        assert_eq!(from.join("new"), Err(UrlError::Scheme));
    }
}
