//! Addresses of repositories, in every form that stock takes.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Address`]: parsed and shown |
//! | `ssh.rs` | [`SshUrl`]: a repository on another host, over SSH |
//! | `open.rs` | [`TransportOptions`], and from an address to a transport |

mod open;
mod ssh;

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use percent_encoding::{AsciiSet, percent_encode};

pub use open::{NoTransport, TransportOptions};
pub use ssh::SshUrl;

use crate::{
    HttpUrl, UrlError,
    url::{NOT_IN_USERS, decoded, strip_scheme},
};

/// Where a repository is.
///
/// | form | leads to |
/// |---|---|
/// | `http[s]://[USER[:PASSWORD]@]HOST[:PORT][/PATH]` | a web server |
/// | `ssh://[USER@]HOST[:PORT]/PATH[?fossil=PROGRAM]` | `fossil` on another host |
/// | `file:PATH`, `file://PATH` | a file of this machine, its name in the characters of URLs |
/// | anything else | a file of this machine, its name as it is |
///
/// Schemes may be in upper case too. Neither `Debug` nor `Display` shows a password; what `Display`
/// shows is read back as the same address, but for the password.
///
/// ```
/// use outcrop_sync::Address;
///
/// let web: Address = "https://alice:sesame@example.org/project".parse()?;
/// assert_eq!(web.to_string(), "https://alice@example.org/project");
/// assert!(matches!(web, Address::Http(_)));
///
/// let file: Address = "/museum/my project.fossil".parse()?;
/// assert_eq!(file.to_string(), "file:///museum/my%20project.fossil");
/// assert_eq!(file, "file:///museum/my%20project.fossil".parse()?);
/// # Ok::<(), outcrop_sync::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub enum Address {
    /// On the web.
    Http(HttpUrl),
    /// On another host, over SSH.
    Ssh(SshUrl),
    /// A file of this machine, or a folder with a repository that is called `FOSSIL`.
    File(PathBuf),
}

/// Why some text is no address of a repository. Never shows the text: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AddressError {
    /// No text at all.
    #[error("the address of the repository is empty")]
    Empty,
    /// A scheme that leads nowhere.
    #[error("the URL begins with neither http://, https://, ssh:// nor file:")]
    Scheme,
    /// The part that all URLs have is wrong.
    #[error(transparent)]
    Url(#[from] UrlError),
    /// An SSH address without a file.
    #[error("the ssh:// URL names no repository: it ends in /PATH from the home, or in //PATH")]
    NoPath,
    /// A program that is none of ours.
    #[error("the ssh:// URL asks the host to run something else than fossil")]
    Program,
    /// Characters that no command line should hold.
    #[error("the URL holds control characters")]
    Control,
}

/// What paths do not hold as it is where they stand in a URL.
const NOT_IN_PATHS: &AsciiSet = &NOT_IN_USERS.remove(b'/').remove(b':').remove(b'\\');

impl Address {
    /// The user, if the address names one.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Http(url) => url.user(),
            Self::Ssh(url) => url.user(),
            Self::File(_) => None,
        }
    }

    /// The password, if the address holds one that counts.
    #[must_use]
    pub fn password(&self) -> Option<&str> {
        match self {
            Self::Http(url) => url.password(),
            Self::Ssh(_) | Self::File(_) => None,
        }
    }

    /// The whole address, for whoever has to log in there.
    #[cfg(feature = "process")]
    pub(crate) fn with_password(&self) -> String {
        match self {
            Self::Http(url) => url.with_password(),
            Self::Ssh(_) | Self::File(_) => self.to_string(),
        }
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let begins = |scheme| strip_scheme(text, scheme);
        if text.is_empty() {
            Err(AddressError::Empty)
        } else if begins("http://").or(begins("https://")).is_some() {
            Ok(Self::Http(text.parse()?))
        } else if begins("ssh://").is_some() {
            Ok(Self::Ssh(text.parse()?))
        } else if let Some(path) = begins("file:") {
            let path = decoded(path.strip_prefix("//").unwrap_or(path))?;
            if path.is_empty() { Err(AddressError::Empty) } else { Ok(Self::File(file(&path))) }
        } else if text.split_once("://").is_some_and(|(scheme, _)| is_scheme(scheme)) {
            Err(AddressError::Scheme)
        } else {
            Ok(Self::File(text.into()))
        }
    }
}

/// Whether a word can stand before `://`. One letter is a drive.
fn is_scheme(word: &str) -> bool {
    word.len() > 1
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
}

/// The file that a URL names. A drive of Windows has a slash before it there.
fn file(path: &str) -> PathBuf {
    let drive = path.strip_prefix('/').filter(|path| has_drive(path));
    drive.unwrap_or(path).into()
}

/// Whether a path begins with a drive, as `C:\a` and `C:/a` do.
fn has_drive(path: &str) -> bool {
    matches!(path.as_bytes(), [drive, b':', b'/' | b'\\', ..] if drive.is_ascii_alphabetic())
}

impl From<HttpUrl> for Address {
    fn from(url: HttpUrl) -> Self {
        Self::Http(url)
    }
}

impl From<SshUrl> for Address {
    fn from(url: SshUrl) -> Self {
        Self::Ssh(url)
    }
}

impl From<&Path> for Address {
    fn from(path: &Path) -> Self {
        Self::File(path.to_owned())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Http(url) => url.fmt(f),
            Self::Ssh(url) => url.fmt(f),
            Self::File(path) => {
                let text = path.to_string_lossy();
                let before = match &*text {
                    text if text.starts_with('/') => "file://",
                    text if has_drive(text) => "file:///",
                    _ => "file:",
                };
                write!(f, "{before}{}", percent_encode(text.as_bytes(), NOT_IN_PATHS))
            }
        }
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address(\"{self}\")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        text.parse().unwrap()
    }

    #[test]
    fn files_have_many_forms() {
        for (text, path, shown) in [
            ("file:///a/b.fossil", "/a/b.fossil", "file:///a/b.fossil"),
            ("file:/a/b.fossil", "/a/b.fossil", "file:///a/b.fossil"),
            ("FILE:a%20b+c", "a b+c", "file:a%20b%2Bc"),
            ("file://a/b", "a/b", "file:a/b"),
            ("a b.fossil", "a b.fossil", "file:a%20b.fossil"),
            ("./a%20b", "./a%20b", "file:./a%2520b"),
            ("~/a?b#c", "~/a?b#c", "file:~/a%3Fb%23c"),
            (r"C:\a b.fossil", r"C:\a b.fossil", r"file:///C:\a%20b.fossil"),
            ("c:/a", "c:/a", "file:///c:/a"),
            ("file:///C:/a%20b", "C:/a b", "file:///C:/a%20b"),
            ("example.org:8080", "example.org:8080", "file:example.org:8080"),
        ] {
            let read = address(text);
            assert_eq!(read, Address::File(path.into()), "{text}");
            assert_eq!((read.to_string(), address(shown)), (shown.to_owned(), read), "{text}");
        }
    }

    #[test]
    fn other_forms_are_told_apart() {
        assert!(matches!(address("HTTP://h"), Address::Http(_)));
        assert!(matches!(address("ssh://h/a"), Address::Ssh(_)));
        for (text, error) in [
            ("", AddressError::Empty),
            ("file://", AddressError::Empty),
            ("ftp://h/a", AddressError::Scheme),
            ("git+ssh://h/a", AddressError::Scheme),
            ("https://", UrlError::Host.into()),
            ("ssh://h", AddressError::NoPath),
            ("file:%ff", UrlError::Encoding.into()),
        ] {
            assert_eq!(text.parse::<Address>(), Err(error), "{text}");
        }
    }

    #[test]
    fn only_web_servers_are_told_passwords() {
        let web = address("http://alice:hu:sh@h/p");
        assert_eq!((web.user(), web.password()), (Some("alice"), Some("hu:sh")));
        let ssh = address("ssh://alice:hush@h/p");
        assert_eq!((ssh.user(), ssh.password()), (Some("alice"), None));
        for address in [&web, &ssh] {
            let shown = format!("{address} {address:?}");
            assert!(!shown.contains("hu"), "{shown}");
        }
    }

    #[test]
    #[cfg(feature = "process")]
    fn the_whole_address_is_read_back() {
        for text in ["http://a%40:b%2F%3A@h:81/p?q", "https://alice@h/", "http://h", "ssh://a@h/p"]
        {
            assert_eq!(address(&address(text).with_password()), address(text));
        }
    }
}
