//! What the commands share that something else starts for one client: inetd, SSH, a web server.

use std::{
    env,
    io::{self, Write as _},
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use outcrop_repo::Repo;
use outcrop_server::{Gateway, GatewayOptions, Hosting, ServiceOptions, Site, XferService, entry};
use outcrop_sync::{HandleError, HandleOptions, Reply, Request, Trust, handle_sync};
use outcrop_xfer::Limits;
use tokio::io::{stdin, stdout};

use super::serve::beside;
use crate::failure::{Exit, Failure};

/// A client on standard input and output.
#[derive(Debug)]
pub(crate) struct Client {
    /// What is served to it.
    pub(super) path: PathBuf,
    /// Whether the file belongs to it: then it has all rights.
    pub(super) is_owner: bool,
    /// Where it is, if that is not to be found out.
    pub(super) address: Option<IpAddr>,
    /// Pages by Fossil.
    pub(super) web: Option<GatewayOptions>,
}

impl Client {
    /// Serves it to its end: over SSH as many requests as it has, else one.
    pub(super) async fn serve(self) -> Result<Exit, Failure> {
        let over_ssh = ssh_client();
        let named = self.address.map(|address| SocketAddr::from((address, 0)));
        let opened = match hosting(&self.path) {
            Ok(hosting) if self.is_owner => {
                // Who owns the file needs no login.
                let stranger_message = Limits::DEFAULT.message;
                let options = ServiceOptions { stranger_message, ..ServiceOptions::default() };
                site(XferService::with_handler(hosting, options, as_owner), true, self.web).await
            }
            Ok(hosting) => {
                site(XferService::new(hosting, ServiceOptions::default()), true, self.web).await
            }
            Err(failure) => Err(failure),
        };
        let (rounds, gateway) = match opened {
            Ok(opened) => opened,
            // Over SSH, whoever sits there sees what stands on stderr.
            Err(failure) if over_ssh.is_some() => return Err(failure),
            Err(failure) => {
                tell_client("HTTP/1.0 500 Internal Server Error")?;
                return Err(failure);
            }
        };
        let served = if let Some(client) = over_ssh {
            let client = named.or(Some(client));
            entry::ssh(stdin(), stdout(), gateway, client).await
        } else {
            let client = named.or_else(other_end);
            entry::http(stdin(), stdout(), gateway, client).await
        };
        rounds.close().await;
        served.map(|()| Exit::Done).map_err(|error| broken(&error))
    }
}

/// Answers a request of whom the file belongs to.
fn as_owner(
    repo: &Repo,
    request: Request,
    options: &HandleOptions<'_>,
) -> Result<Reply, HandleError> {
    handle_sync(repo, request, &HandleOptions { trust: Trust::Owner, ..options.clone() })
}

/// What is served.
pub(super) fn hosting(path: &Path) -> Result<Hosting, Failure> {
    Hosting::new(path).map_err(|error| Failure::new(Exit::Failed, &error))
}

/// Rounds, and pages around them: with or without lists of folders, and pages by Fossil.
pub(super) async fn site(
    rounds: XferService,
    lists: bool,
    web: Option<GatewayOptions>,
) -> Result<(XferService, Gateway), Failure> {
    let site = Site::new(rounds.clone());
    let site = if lists { site } else { site.without_lists() };
    Ok((rounds, beside::open(site, web).await?))
}

/// The stream to the client has failed.
pub(super) fn broken(error: &io::Error) -> Failure {
    Failure::new(Exit::Network, &format!("the client was not served to the end: {error}"))
}

/// Tells a client that there is nothing to be had; the first line of the answer says so too.
pub(super) fn tell_client(first_line: &str) -> io::Result<()> {
    let words = "this server is not set up rightly: its log says why\n";
    let head = format!(
        "{first_line}\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\r\n",
        words.len()
    );
    let mut out = io::stdout().lock();
    write!(out, "{head}{words}")?;
    out.flush()
}

/// Where the client is, if it comes over SSH.
fn ssh_client() -> Option<SocketAddr> {
    first_end(&env::var("SSH_CONNECTION").ok()?)
}

/// SSH tells both ends of its connection: address and port of the client, and of the server.
fn first_end(connection: &str) -> Option<SocketAddr> {
    let mut words = connection.split_whitespace();
    let address: IpAddr = words.next()?.parse().ok()?;
    Some((address, words.next()?.parse().ok()?).into())
}

/// The other end of a socket on standard input.
#[cfg(unix)]
fn other_end() -> Option<SocketAddr> {
    rustix::net::getpeername(io::stdin()).ok()??.try_into().ok()
}

#[cfg(not(unix))]
fn other_end() -> Option<SocketAddr> {
    None
}

/// Whether what goes to stderr goes to the client: inetd lets both be the same socket.
#[cfg(unix)]
pub(super) fn stderr_is_the_client() -> bool {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
    let of =
        |stream: &dyn AsFd| File::from(stream.as_fd().try_clone_to_owned().ok()?).metadata().ok();
    let (Some(out), Some(errors)) = (of(&io::stdout()), of(&io::stderr())) else { return false };
    errors.file_type().is_socket() && (out.dev(), out.ino()) == (errors.dev(), errors.ino())
}

#[cfg(not(unix))]
pub(super) const fn stderr_is_the_client() -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_tells_where_its_client_is() {
        let address = |text| first_end(text).map(|address| address.to_string());
        assert_eq!(address("192.0.2.1 4711 10.0.0.1 22").as_deref(), Some("192.0.2.1:4711"));
        assert_eq!(address("2001:db8::1 9 ::1 22").as_deref(), Some("[2001:db8::1]:9"));
        assert_eq!(address(""), None);
        assert_eq!(address("localhost 1"), None);
    }
}
