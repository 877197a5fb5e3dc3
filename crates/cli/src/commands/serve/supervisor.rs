//! Speaking with whoever started us: systemd, or another supervisor that does as it does.
//!
//! | variable | means |
//! |---|---|
//! | `LISTEN_FDS`, `LISTEN_PID`, `LISTEN_FDNAMES` | sockets that are open already, and their names |
//! | `NOTIFY_SOCKET` | where to tell that we are ready, reload, or stop |

use std::io;

use outcrop_server::Listener;

use crate::failure::{Exit, Failure};

/// Tells the supervisor how we are, if there is one and it wants to know. That it cannot be told is
/// nothing that we could help.
pub(super) fn tell(state: State) {
    if let Err(error) = imp::notify(state) {
        tracing::warn!("cannot tell the supervisor that we are {}: {error}", state.word());
    }
}

/// How we are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    Ready,
    Reloading,
    Stopping,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Reloading => "reloading",
            Self::Stopping => "stopping",
        }
    }
}

/// Sockets that were passed on.
#[derive(Debug)]
pub(super) struct Passed(Vec<Socket>);

/// A socket that was passed on, until it is used.
#[derive(Debug)]
struct Socket {
    name: String,
    socket: imp::Socket,
}

impl Passed {
    /// Takes them out of the environment, so that no other process takes them for its own.
    pub(super) fn take() -> Result<Self, Failure> {
        let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
        let mut names = names.split(':');
        let sockets = imp::passed().map_err(|error| {
            let message = format!(
                "a socket that was passed on cannot be used: {error}; only stream sockets of a \
                 network or of Unix can"
            );
            Failure::new(Exit::Failed, &message)
        })?;
        let with_name = |socket| {
            let name = names.next().unwrap_or_default().to_owned();
            Socket { name, socket }
        };
        Ok(Self(sockets.into_iter().map(with_name).collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes those of a name, or all.
    pub(super) fn open(&mut self, name: Option<&str>) -> io::Result<Vec<Listener>> {
        let is_wanted = |socket: &mut Socket| name.is_none_or(|name| socket.name == name);
        let wanted: Vec<_> = self.0.extract_if(.., is_wanted).collect();
        if wanted.is_empty() {
            return Err(io::Error::other("no such socket was passed on, or is left"));
        }
        wanted.into_iter().map(|socket| imp::listener(socket.socket)).collect()
    }
}

#[cfg(unix)]
mod imp {
    use std::env;
    use std::ffi::OsStr;
    use std::io;
    use std::net::TcpListener;
    use std::os::unix::net::{UnixDatagram, UnixListener};

    use listenfd::ListenFd;
    use outcrop_server::Listener;

    use super::State;

    #[derive(Debug)]
    pub(super) enum Socket {
        Tcp(TcpListener),
        Unix(UnixListener),
    }

    pub(super) fn passed() -> io::Result<Vec<Socket>> {
        let mut passed = ListenFd::from_env();
        let mut sockets = Vec::new();
        for at in 0..passed.len() {
            // What is of neither kind is told as no Unix socket.
            let socket = match passed.take_tcp_listener(at) {
                Ok(tcp) => tcp.map(Socket::Tcp),
                Err(_) => passed.take_unix_listener(at)?.map(Socket::Unix),
            };
            sockets.extend(socket);
        }
        Ok(sockets)
    }

    pub(super) fn listener(socket: Socket) -> io::Result<Listener> {
        match socket {
            Socket::Tcp(socket) => {
                socket.set_nonblocking(true)?;
                Ok(tokio::net::TcpListener::from_std(socket)?.into())
            }
            Socket::Unix(socket) => {
                socket.set_nonblocking(true)?;
                Ok(tokio::net::UnixListener::from_std(socket)?.into())
            }
        }
    }

    pub(super) fn notify(state: State) -> io::Result<()> {
        let Some(place) = env::var_os("NOTIFY_SOCKET").filter(|place| !place.is_empty()) else {
            return Ok(());
        };
        let message = match state {
            State::Ready => "READY=1\n".to_owned(),
            State::Reloading => format!("RELOADING=1\nMONOTONIC_USEC={}\n", micros()),
            State::Stopping => "STOPPING=1\n".to_owned(),
        };
        send(&place, message.as_bytes())
    }

    /// The time by the clock that the supervisor compares with its own.
    fn micros() -> i64 {
        let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
        now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
    }

    fn send(place: &OsStr, message: &[u8]) -> io::Result<()> {
        let socket = UnixDatagram::unbound()?;
        #[cfg(target_os = "linux")]
        if let Some(name) = place.as_encoded_bytes().strip_prefix(b"@") {
            use std::os::linux::net::SocketAddrExt as _;
            let address = std::os::unix::net::SocketAddr::from_abstract_name(name)?;
            return socket.send_to_addr(message, &address).map(drop);
        }
        socket.send_to(message, place).map(drop)
    }
}

#[cfg(not(unix))]
mod imp {
    use std::io;

    use outcrop_server::Listener;

    use super::State;

    /// There are none.
    #[derive(Debug)]
    pub(super) enum Socket {}

    #[expect(clippy::unnecessary_wraps, reason = "other systems may fail")]
    pub(super) fn passed() -> io::Result<Vec<Socket>> {
        Ok(Vec::new())
    }

    pub(super) fn listener(socket: Socket) -> io::Result<Listener> {
        match socket {}
    }

    #[expect(clippy::unnecessary_wraps, reason = "other systems may fail")]
    pub(super) fn notify(_: State) -> io::Result<()> {
        Ok(())
    }
}
