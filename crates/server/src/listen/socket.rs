//! Sockets that connections come from.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll, ready};

#[cfg(unix)]
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
#[cfg(unix)]
use tokio::net::UnixListener;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use super::tls::Tls;
#[cfg(unix)]
use super::unix::SocketFile;
use crate::limits;

/// A socket that connections come from, and whether they are encrypted.
///
/// ```no_run
/// use outcrop_server::{Listener, Tls};
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let tls = Tls::from_files("certificate.pem", "key.pem")?;
/// let open = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
/// let secure = tokio::net::TcpListener::bind("0.0.0.0:8443").await?;
/// let listeners = vec![Listener::from(open), Listener::from(secure).with_tls(tls)];
/// # drop(listeners); Ok(()) }
/// ```
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    pub(super) tls: Option<Tls>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix {
        listener: UnixListener,
        /// Removed with the socket.
        _file: Option<SocketFile>,
    },
}

/// Listens at an address of a network, with room for a crowd that comes all at once: whoever finds
/// none tries again no sooner than a second later. Listeners that are bound otherwise commonly have
/// room for 128. To be called within a Tokio runtime.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // A server that is started anew gets its address back. On Windows this would let two have it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(limits::BACKLOG)
}

/// Has the system take no more of a reply ahead than is good over no distance. If it fails, replies
/// only cost more.
#[cfg(unix)]
fn keep_close(stream: &TcpStream) {
    let _ = sockopt::set_socket_send_buffer_size(stream, limits::LOCAL_SEND_BUFFER);
}

#[cfg(not(unix))]
fn keep_close(_: &TcpStream) {}

/// Some sockets: what [`serve`](super::serve()) listens on.
#[derive(Debug)]
pub struct Listeners(pub(super) Vec<Listener>);

/// Where a request comes from: an extension of every request that [`serve`](super::serve()) passes
/// on. Who listens otherwise may set it too: without it all clients are as one that nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Peer {
    /// The address at the other end; none for a Unix socket.
    pub address: Option<SocketAddr>,
    /// Whether the connection is encrypted.
    pub is_secure: bool,
}

impl Peer {
    /// At this address, as far as it is known.
    #[must_use]
    pub const fn at(address: Option<SocketAddr>, is_secure: bool) -> Self {
        Self { address, is_secure }
    }

    /// At the other end of a connection that is encrypted.
    #[must_use]
    pub fn secure(mut self) -> Self {
        self.is_secure = true;
        self
    }

    /// On this machine, by way of a Unix socket.
    #[must_use]
    pub fn local() -> Self {
        Self::default()
    }
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self { address: Some(address), is_secure: false }
    }
}

/// A connection, whatever it is made of.
pub(super) trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

/// Any connection.
pub(super) type Stream = Box<dyn Wire>;

impl Listener {
    /// Encrypts its connections.
    #[must_use]
    pub fn with_tls(mut self, tls: Tls) -> Self {
        self.tls = Some(tls);
        self
    }

    /// Listens on a Unix socket at a path that is removed when the listener is dropped. A socket that
    /// is there already is replaced, unless somebody answers. `mode` says who may connect; without it,
    /// the process's own mask decides. To be called within a Tokio runtime.
    #[cfg(unix)]
    pub fn bind_unix(path: impl AsRef<std::path::Path>, mode: Option<u32>) -> io::Result<Self> {
        let (listener, file) = super::unix::bind(path.as_ref(), mode)?;
        Ok(Self { socket: Socket::Unix { listener, _file: Some(file) }, tls: None })
    }

    /// The address, if it is one of a network.
    #[must_use]
    pub fn local_addr(&self) -> Option<SocketAddr> {
        match &self.socket {
            Socket::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(unix)]
            Socket::Unix { .. } => None,
        }
    }

    pub(super) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(Stream, Peer)>> {
        match &self.socket {
            Socket::Tcp(listener) => {
                let (stream, address) = ready!(listener.poll_accept(cx))?;
                // Replies are written whole: there is nothing to gather. If it fails, they are only
                // later.
                let _ = stream.set_nodelay(true);
                if address.ip().to_canonical().is_loopback() {
                    keep_close(&stream);
                }
                Poll::Ready(Ok((Box::new(stream), address.into())))
            }
            #[cfg(unix)]
            Socket::Unix { listener, .. } => {
                let (stream, _) = ready!(listener.poll_accept(cx))?;
                Poll::Ready(Ok((Box::new(stream), Peer::local())))
            }
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self { socket: Socket::Tcp(listener), tls: None }
    }
}

/// The socket's file stays when the listener is dropped.
#[cfg(unix)]
impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self { socket: Socket::Unix { listener, _file: None }, tls: None }
    }
}

impl<L: Into<Listener>> From<L> for Listeners {
    fn from(listener: L) -> Self {
        Self(vec![listener.into()])
    }
}

impl From<Vec<Listener>> for Listeners {
    fn from(listeners: Vec<Listener>) -> Self {
        Self(listeners)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::time::Duration;

    use super::*;

    /// Far more than the usual room of 128; the least that systems commonly allow is 4,096.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_crowd_finds_room_before_any_of_it_is_accepted() {
        let listener = bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let crowd: Vec<_> = (0..600)
            .map(|_| TcpStream::connect_timeout(&address, Duration::from_secs(30)).unwrap())
            .collect();
        for _ in &crowd {
            listener.accept().await.unwrap();
        }
    }
}
