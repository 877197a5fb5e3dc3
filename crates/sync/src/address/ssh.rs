//! Addresses of repositories over SSH: `ssh://[USER@]HOST[:PORT]/PATH[?fossil=PROGRAM]`.

use std::{fmt, str::FromStr};

use percent_encoding::{AsciiSet, utf8_percent_encode};

use super::AddressError;
use crate::{
    UrlError,
    url::{NOT_IN_USERS, decoded, split_port, strip_scheme},
};

const SCHEME: &str = "ssh://";

/// The port that is not told to `ssh`.
const USUAL_PORT: u16 = 22;

/// The program at the far end, unless the address names another.
const PROGRAM: &str = "fossil";

/// What a program at the far end may be called, so that no address makes a host run `rm`.
const PROGRAMS: [&str; 4] = ["fossil", "fossil.exe", "outcrop", "outcrop.exe"];

/// What paths hold as it is.
const NOT_IN_PATHS: &AsciiSet = &NOT_IN_USERS.remove(b'/').remove(b'$');

/// The address of a repository over SSH.
///
/// The path begins in the home of the account; a path from the root has two slashes. `~` and
/// variables such as `$HOME` mean what they mean on the host. A password in the address counts for
/// nothing: `ssh` asks for it where it is needed.
///
/// ```
/// use outcrop_sync::SshUrl;
///
/// let url: SshUrl = "ssh://alice@example.org//srv/project.fossil?fossil=/opt/bin/fossil".parse()?;
/// assert_eq!((url.user(), url.host(), url.port()), (Some("alice"), "example.org", None));
/// assert_eq!((url.path(), url.program()), ("/srv/project.fossil", "/opt/bin/fossil"));
/// assert_eq!("ssh://h/project.fossil".parse::<SshUrl>()?.path(), "project.fossil");
/// # Ok::<(), outcrop_sync::AddressError>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct SshUrl {
    user: Option<String>,
    host: String,
    port: Option<u16>,
    path: String,
    program: Option<String>,
}

impl SshUrl {
    /// The account, if the address names one.
    #[must_use]
    pub fn user(&self) -> Option<&str> {
        self.user.as_deref()
    }

    /// Name or number of the host, an IPv6 address without brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port, unless it is the usual one.
    #[must_use]
    pub const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The file, as the host calls it.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The program that answers.
    #[must_use]
    pub fn program(&self) -> &str {
        self.program.as_deref().unwrap_or(PROGRAM)
    }

    /// Whether the host may have to be told where programs are: an address that names the program
    /// says where it is.
    #[must_use]
    pub const fn may_need_path(&self) -> bool {
        self.program.is_none()
    }

    /// Scheme, account, host and port.
    #[must_use]
    pub fn origin(&self) -> String {
        let mut origin = SCHEME.to_owned();
        if let Some(user) = &self.user {
            origin.push_str(&utf8_percent_encode(user, NOT_IN_USERS).to_string());
            origin.push('@');
        }
        let brackets = if self.host.contains(':') { ("[", "]") } else { ("", "") };
        origin.extend([brackets.0, &self.host, brackets.1]);
        if let Some(port) = self.port {
            origin.push(':');
            origin.push_str(&port.to_string());
        }
        origin
    }
}

impl FromStr for SshUrl {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let rest = strip_scheme(text, SCHEME).ok_or(AddressError::Scheme)?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (user, host) = match authority.rsplit_once('@') {
            // What follows a colon is a password.
            Some((user, host)) => (user.split(':').next().filter(|user| !user.is_empty()), host),
            None => (None, authority),
        };
        let (host, port) = split_port(host, USUAL_PORT)?;
        if host.starts_with('-') {
            return Err(UrlError::Host.into());
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let program = query.split('&').find_map(|part| part.strip_prefix("fossil="));
        let url = Self {
            user: user.map(decoded).transpose()?,
            host,
            port: Some(port).filter(|port| *port != USUAL_PORT),
            path: decoded(path.strip_prefix('/').unwrap_or(path))?,
            program: program.map(decoded).transpose()?,
        };
        let parts = [url.user(), Some(url.path()), url.program.as_deref()];
        if parts.into_iter().flatten().any(|part| part.contains(|c: char| c.is_control())) {
            return Err(AddressError::Control);
        }
        if matches!(url.path.as_str(), "" | "/") {
            return Err(AddressError::NoPath);
        }
        let name = url.program().rsplit('/').next().unwrap_or_default();
        if PROGRAMS.contains(&name) { Ok(url) } else { Err(AddressError::Program) }
    }
}

impl fmt::Display for SshUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text| utf8_percent_encode(text, NOT_IN_PATHS);
        write!(f, "{}/{}", self.origin(), encoded(self.path.as_str()))?;
        match &self.program {
            Some(program) => write!(f, "?fossil={}", encoded(program.as_str())),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for SshUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SshUrl(\"{self}\")")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_read_back() {
        for text in [
            "ssh://h/a.fossil",
            "ssh://al%20ice@h:2222//srv/my%20files/%C3%A4.fossil",
            "ssh://[fe80::1]:99/~/a",
            "ssh://h/$HOME/a?fossil=/opt/my%20bin/fossil",
            "ssh://h/a%3Fb%23c?fossil=outcrop",
        ] {
            let url: SshUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), text);
        }
        let url: SshUrl =
            "SSH://alice:hush@Example.org:22/a?x=y&fossil=~/bin/fossil".parse().unwrap();
        assert_eq!(url.to_string(), "ssh://alice@example.org/a?fossil=~/bin/fossil");
        assert!(!url.may_need_path() && !format!("{url:?}").contains("hush"));
    }

    #[test]
    fn faults_are_named() {
        for (text, error) in [
            ("http://h/a", AddressError::Scheme),
            ("ssh://h", AddressError::NoPath),
            ("ssh://h/", AddressError::NoPath),
            ("ssh://h//", AddressError::NoPath),
            ("ssh:///a", UrlError::Host.into()),
            ("ssh://-oProxyCommand=x/a", UrlError::Host.into()),
            ("ssh://-x/a", UrlError::Host.into()),
            ("ssh://h:x/a", UrlError::Port.into()),
            ("ssh://h/%ff", UrlError::Encoding.into()),
            ("ssh://h/a%0Ab", AddressError::Control),
            ("ssh://h/a?fossil=/bin/rm", AddressError::Program),
            ("ssh://h/a?fossil=rm%20-rf", AddressError::Program),
            ("ssh://h/a?fossil=", AddressError::Program),
        ] {
            assert_eq!(text.parse::<SshUrl>(), Err(error), "{text}");
        }
    }
}
