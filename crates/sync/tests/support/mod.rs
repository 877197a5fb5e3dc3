//! A web server of a few lines, which does just what a test tells it to.
// Each test uses what it needs.
#![allow(dead_code)]

pub(crate) mod proxy;
pub(crate) mod tls;

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use bytes::Bytes;
use outcrop_sync::Request;
use outcrop_xfer::MediaType;

/// The content type under which the cards are text.
pub(crate) const DEBUG: &str = MediaType::Debug.as_str();

/// A message of some cards, as text.
pub(crate) fn ask(cards: &'static str) -> Request {
    Request { media: MediaType::Debug, ..Request::new(Bytes::from_static(cards.as_bytes()).into()) }
}

/// Answers with what was asked.
pub(crate) fn echo(seen: &Seen) -> Act {
    Act::Send(reply("200 OK", DEBUG, &seen.body))
}

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    /// Which connection it came over, from 0.
    pub(crate) connection: usize,
    /// Its head, in lower case.
    pub(crate) head: String,
    /// The value of its `Authorization`.
    pub(crate) authorization: Option<String>,
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

    /// Its host and port.
    pub(crate) fn socket(&self) -> SocketAddr {
        let address = self.origin.split_once("://").unwrap().1;
        address.replace("localhost", "127.0.0.1").parse().unwrap()
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
        let authorization = field(&head, "authorization");
        let seen = Seen { connection, head: head.to_lowercase(), authorization, body };
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

/// The value of a field in a head.
pub(crate) fn field(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (known, value) = line.split_once(": ")?;
        known.eq_ignore_ascii_case(name).then(|| value.to_owned())
    })
}

/// Reads the head of a request, up to the blank line.
pub(crate) fn read_head(stream: &mut impl BufRead) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

fn read_request(stream: &mut impl BufRead) -> Option<(String, Vec<u8>)> {
    let head = read_head(stream)?;
    let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
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
