//! Where to listen.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use outcrop_server::{Listener, Tls, bind};

use super::supervisor::Passed;
use crate::failure::{Exit, Failure};

/// Where to listen if nobody says where.
const USUAL: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 8080);

/// Where a server listens.
#[derive(Debug, clap::Args)]
pub(super) struct ListenArgs {
    /// Where to listen, once or more: ADDRESS:PORT, in which port 0 stands for any that is free;
    /// unix:PATH for a Unix socket; systemd, or systemd:NAME, for sockets that are passed on
    /// [default: what systemd passes on, or else 127.0.0.1:8080]
    #[arg(long, value_name = "WHERE")]
    listen: Vec<Place>,
    /// Who may connect to Unix sockets: an octal mode, as for chmod
    #[arg(long, value_name = "MODE", requires = "listen", value_parser = mode)]
    socket_mode: Option<u32>,
}

/// Where connections come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Place {
    Address(SocketAddr),
    Unix(PathBuf),
    /// All sockets that were passed on, or those of a name.
    Passed(Option<String>),
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(path) = text.strip_prefix("unix:") {
            if path.is_empty() {
                return Err("a path is missing after unix:".to_owned());
            }
            return Ok(Self::Unix(path.into()));
        }
        match text.strip_prefix("systemd") {
            Some("") => return Ok(Self::Passed(None)),
            Some(name) if name.starts_with(':') => {
                return Ok(Self::Passed(name.get(1..).map(str::to_owned)));
            }
            _ => {}
        }
        let wanted = "not ADDRESS:PORT, unix:PATH or systemd[:NAME]";
        text.parse().map(Self::Address).map_err(|_| wanted.to_owned())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
            Self::Passed(None) => f.write_str("systemd"),
            Self::Passed(Some(name)) => write!(f, "systemd:{name}"),
        }
    }
}

/// An octal mode of a file.
fn mode(text: &str) -> Result<u32, String> {
    let mode = u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o777);
    mode.ok_or_else(|| "not an octal mode, such as 660".to_owned())
}

impl ListenArgs {
    pub(super) fn socket_mode(&self) -> Result<Option<u32>, Failure> {
        let has_unix = self.listen.iter().any(|place| matches!(place, Place::Unix(_)));
        if self.socket_mode.is_some() && !has_unix {
            let message = "--socket-mode is of use with --listen unix:PATH only";
            return Err(Failure::new(Exit::Usage, &message));
        }
        Ok(self.socket_mode)
    }

    pub(super) fn places(self, passed: &Passed) -> Vec<Place> {
        match self.listen {
            places if !places.is_empty() => places,
            _ if passed.is_empty() => vec![Place::Address(USUAL)],
            _ => vec![Place::Passed(None)],
        }
    }
}

/// Sockets, and how they are reached.
#[derive(Debug, Default)]
pub(super) struct Opened {
    pub(super) listeners: Vec<Listener>,
    /// Where they are, as people have it: URLs of addresses, `unix:PATH` of other sockets.
    pub(super) urls: Vec<String>,
    /// The first address of a network among them.
    pub(super) address: Option<SocketAddr>,
}

/// What is needed to open sockets.
pub(super) struct Opener<'a> {
    pub(super) passed: &'a mut Passed,
    pub(super) mode: Option<u32>,
    /// For addresses of a network: who reads along at a Unix socket could read the files too.
    pub(super) tls: Option<&'a Tls>,
    /// The option that names the places.
    pub(super) option: &'static str,
}

impl Opener<'_> {
    /// Opens all of some places. They must not be used before they all are open.
    pub(super) fn open(&mut self, places: &[Place]) -> Result<Opened, Failure> {
        let mut opened = Opened::default();
        for place in places {
            let failed = |error: &dyn fmt::Display| {
                let message = format!("cannot listen on {place}: {error}; use {}", self.option);
                Failure::new(Exit::Failed, &message)
            };
            match place {
                Place::Address(address) => {
                    let listener = bind(*address).map_err(|error| failed(&error))?;
                    self.add(&mut opened, listener.into(), String::new());
                }
                Place::Unix(path) => {
                    let listener = unix(path, self.mode).map_err(|error| failed(&error))?;
                    self.add(&mut opened, listener, place.to_string());
                }
                Place::Passed(name) => {
                    let sockets = self.passed.open(name.as_deref());
                    for listener in sockets.map_err(|error| failed(&error))? {
                        self.add(&mut opened, listener, place.to_string());
                    }
                }
            }
        }
        Ok(opened)
    }

    /// Adds a socket; one that has no address of a network is known by a name.
    fn add(&self, opened: &mut Opened, listener: Listener, name: String) {
        let Some(address) = listener.local_addr() else {
            opened.urls.push(name);
            opened.listeners.push(listener);
            return;
        };
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        opened.urls.push(format!("{scheme}://{address}/"));
        opened.address.get_or_insert(address);
        opened.listeners.push(match self.tls {
            Some(tls) => listener.with_tls(tls.clone()),
            None => listener,
        });
    }
}

#[cfg(unix)]
fn unix(path: &std::path::Path, mode: Option<u32>) -> std::io::Result<Listener> {
    Listener::bind_unix(path, mode)
}

#[cfg(not(unix))]
fn unix(_: &std::path::Path, _: Option<u32>) -> std::io::Result<Listener> {
    Err(std::io::Error::other("this system has no Unix sockets"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_read_and_written() {
        for text in ["127.0.0.1:0", "[::]:80", "unix:/run/a socket", "systemd", "systemd:metrics"] {
            assert_eq!(text.parse::<Place>().unwrap().to_string(), text);
        }
        for bad in ["", "localhost:80", "127.0.0.1", "unix:", "systemdx", "http://127.0.0.1:80"] {
            assert!(bad.parse::<Place>().is_err(), "{bad}");
        }
    }

    #[test]
    fn modes_are_octal() {
        assert_eq!((mode("660"), mode("0777")), (Ok(0o660), Ok(0o777)));
        for bad in ["", "rw", "888", "1777", "-1"] {
            assert!(mode(bad).is_err(), "{bad}");
        }
    }
}
