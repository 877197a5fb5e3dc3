//! A proxy of a few lines, for which every host is the same one.

use std::{
    io::{self, BufReader, Read as _, Write as _},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

use super::{Duplex, field, read_head};

/// A proxy that ends with the process.
pub(crate) struct Proxy {
    /// Host and port.
    pub(crate) address: String,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Proxy {
    /// A proxy that takes every host for the server at `target`. With `wants`, it lets in only who
    /// sends that as `Proxy-Authorization`.
    pub(crate) fn start(target: SocketAddr, wants: Option<&'static str>) -> Self {
        Self::start_over(target, wants, |stream| Box::new(stream))
    }

    /// The same, with something around each connection. What is tunnelled through is not read.
    pub(crate) fn start_over(
        target: SocketAddr,
        wants: Option<&'static str>,
        wrap: impl Fn(TcpStream) -> Box<dyn Duplex> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let heads = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&heads);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, log) = (stream.unwrap(), log.clone());
                let (raw, stream) = (stream.try_clone().unwrap(), wrap(stream));
                thread::spawn(move || carry(raw, stream, target, wants, &log));
            }
        });
        Self { address, heads }
    }

    /// The heads of the requests so far.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

/// Carries the requests of one connection.
fn carry(
    raw: TcpStream,
    stream: Box<dyn Duplex>,
    target: SocketAddr,
    wants: Option<&str>,
    log: &Mutex<Vec<String>>,
) {
    let mut stream = BufReader::new(stream);
    while let Some(head) = read_head(&mut stream) {
        log.lock().unwrap().push(head.clone());
        if wants.is_some() && field(&head, "proxy-authorization").as_deref() != wants {
            let refusal = "HTTP/1.1 407 No\r\nContent-Length: 4\r\n\r\nno!\n";
            stream.get_mut().write_all(refusal.as_bytes()).unwrap();
            // A tunnel that was refused is no tunnel; the body of another request is passed over.
            skip_body(&mut stream, &head);
            continue;
        }
        let Ok(server) = TcpStream::connect(target) else {
            let refusal =
                "HTTP/1.1 502 Nobody\r\nRetry-After: 5\r\nContent-Length: 9\r\n\r\nnobody!!\n";
            stream.get_mut().write_all(refusal.as_bytes()).unwrap();
            return;
        };
        if head.starts_with("CONNECT ") {
            stream.get_mut().write_all(b"HTTP/1.1 200 Go on\r\n\r\n").unwrap();
            return tunnel(raw, server);
        }
        // A request is sent on with the path alone, and its answer is read to the end.
        let path = head.split_once("://").unwrap().1.split_once('/').unwrap().1;
        let length = field(&head, "content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        stream.read_exact(&mut body).unwrap();
        let mut server = server;
        write!(server, "POST /{path}").unwrap();
        server.write_all(&body).unwrap();
        server.shutdown(Shutdown::Write).unwrap();
        let mut reply = Vec::new();
        server.read_to_end(&mut reply).unwrap();
        stream.get_mut().write_all(&reply).unwrap();
        stream.get_mut().flush().unwrap();
        if reply.starts_with(b"HTTP/1.0") {
            return;
        }
    }
}

fn skip_body(stream: &mut BufReader<Box<dyn Duplex>>, head: &str) {
    let length = field(head, "content-length").map_or(0, |length| length.parse().unwrap());
    io::copy(&mut stream.take(length), &mut io::sink()).unwrap();
}

/// Passes on what both sides say, until one has said everything.
fn tunnel(client: TcpStream, server: TcpStream) {
    let (mut from_client, mut to_client) = (client.try_clone().unwrap(), client);
    let (mut from_server, mut to_server) = (server.try_clone().unwrap(), server);
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut from_server, &mut to_client);
    let _ = to_client.shutdown(Shutdown::Write);
}
