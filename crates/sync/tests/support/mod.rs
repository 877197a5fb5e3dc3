//! A web server of a few lines, which does just what a test tells it to.

use std::{
    io::{BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Which connection it came over, from 0.
    pub(crate) connection: usize,
    /// Its head, in lower case.
    pub(crate) head: String,
    /// Its body.
    pub(crate) body: Vec<u8>,
}

/// What the server does with a request.
pub(crate) enum Act {
    /// Sends these bytes, and waits for the next request.
    Send(Vec<u8>),
    /// Sends these bytes, and closes the connection.
    SendAndClose(Vec<u8>),
    /// Nothing, for as long as the test lasts.
    Hang,
}

/// A server that ends with the process.
pub(crate) struct Server {
    /// Its address, without a path.
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Starts a server that asks `act` what to do with each request.
    pub(crate) fn start(act: impl Fn(&Seen) -> Act + Send + Sync + 'static) -> Self {
        Self::start_over(act, |stream| Box::new(stream), "http")
    }

    /// The same, with something around each connection.
    pub(crate) fn start_over(
        act: impl Fn(&Seen) -> Act + Send + Sync + 'static,
        wrap: impl Fn(TcpStream) -> Box<dyn Duplex> + Send + 'static,
        scheme: &str,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("{scheme}://{}", listener.local_addr().unwrap());
        let seen = Arc::<Mutex<Vec<Seen>>>::default();
        let (act, log) = (Arc::new(act), Arc::clone(&seen));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                let (stream, act, log) = (wrap(stream.unwrap()), act.clone(), log.clone());
                thread::spawn(move || serve(connection, stream, &*act, &log));
            }
        });
        Self { origin, seen }
    }

    /// The requests so far.
    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }
}

/// Something to read from and write to.
pub(crate) trait Duplex: Read + Write + Send {}

impl<S: Read + Write + Send> Duplex for S {}

fn serve(
    connection: usize,
    stream: Box<dyn Duplex>,
    act: &dyn Fn(&Seen) -> Act,
    log: &Mutex<Vec<Seen>>,
) {
    let mut stream = BufReader::new(stream);
    while let Some((head, body)) = read_request(&mut stream) {
        let seen = Seen { connection, head, body };
        log.lock().unwrap().push(seen.clone());
        let (reply, close) = match act(&seen) {
            Act::Send(reply) => (reply, false),
            Act::SendAndClose(reply) => (reply, true),
            Act::Hang => loop {
                thread::park();
            },
        };
        let stream = stream.get_mut();
        if stream.write_all(&reply).and_then(|()| stream.flush()).is_err() || close {
            return;
        }
    }
}

fn read_request(stream: &mut impl std::io::BufRead) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let head = head.to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "))
        .map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((head, body))
}

/// A whole reply: status line, content type, content length, body.
pub(crate) fn reply(status: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
    let mut reply = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    reply.extend_from_slice(body);
    reply
}
