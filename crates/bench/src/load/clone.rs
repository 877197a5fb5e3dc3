//! A clone that counts what comes, and stores nothing.
//!
//! It shares the machine with the server that is measured, so it costs little beside what that does:
//! bytes are read into one buffer for all clients, and only the lines before payloads are looked at.

use std::cell::RefCell;
use std::io::ErrorKind;
use std::rc::Rc;

use memchr::{memchr, memrchr};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

/// Where a clone begins.
const FIRST: u64 = 1;
/// Bytes that are read at a time: much, but not more than a core keeps close to itself.
const BUFFER: usize = 1 << 18;
/// Protocol 3, by which blobs travel as they are stored; a release that knows SHA3 names.
const VERSION: &str = "pragma client-version 22100";

/// Where bytes are read to, by one client after the other.
#[derive(Clone)]
pub(super) struct Buffer(Rc<RefCell<Vec<u8>>>);

impl Buffer {
    pub(super) fn new() -> Self {
        Self(Rc::new(RefCell::new(vec![0; BUFFER])))
    }
}

/// Clones from a URL, round by round, each by a connection of its own as stock's client has it. Says
/// what is wrong if a reply does not tell how to go on, as stock's client would give up too, and if
/// not all artifacts have come.
pub(super) async fn clone(url: &str, artifacts: u64, buffer: Buffer) -> Result<(), String> {
    let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let (mut from, mut came) = (FIRST, 0);
    while from > 0 {
        let cards = format!("{VERSION}\nclone 3 {from}\n");
        let request = format!(
            "POST /{path} HTTP/1.0\r\nHost: {address}\r\n\
             Content-Type: application/x-fossil-uncompressed\r\n\
             Content-Length: {}\r\n\r\n{cards}",
            cards.len()
        );
        let reply = ask(address, &request, &buffer).await?;
        came += reply.artifacts;
        from = reply.end()?;
    }
    if came == artifacts { Ok(()) } else { Err(format!("{came} artifacts of {artifacts} came")) }
}

/// Sends a request, and counts what comes until the server closes the connection.
async fn ask(address: &str, request: &str, buffer: &Buffer) -> Result<Counted, String> {
    let told = |error: std::io::Error| error.to_string();
    let mut stream = TcpStream::connect(address).await.map_err(told)?;
    stream.write_all(request.as_bytes()).await.map_err(told)?;
    let mut reply = Counted::default();
    loop {
        stream.readable().await.map_err(told)?;
        let mut buffer = buffer.0.borrow_mut();
        match stream.try_read(&mut buffer) {
            Ok(0) => return Ok(reply),
            Ok(len) => reply.take(&buffer[..len])?,
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(told(error)),
        }
    }
}

/// What has come of one reply.
#[derive(Default)]
struct Counted {
    bytes: usize,
    /// Bytes of a payload that are still to come.
    skip: usize,
    /// What has come of a line that was cut.
    line: Vec<u8>,
    artifacts: u64,
    /// The first line.
    first: Option<String>,
    /// Where the next batch begins.
    next: Option<u64>,
}

impl Counted {
    /// Counts what has come, or gives what the server refuses.
    fn take(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        self.bytes += bytes.len();
        loop {
            let skipped = self.skip.min(bytes.len());
            self.skip -= skipped;
            bytes = &bytes[skipped..];
            let Some(end) = memchr(b'\n', bytes) else {
                self.line.extend_from_slice(bytes);
                return Ok(());
            };
            let (line, rest) = bytes.split_at(end);
            bytes = &rest[1..];
            if self.line.is_empty() {
                self.end_line(line)?;
            } else {
                let mut whole = std::mem::take(&mut self.line);
                whole.extend_from_slice(line);
                self.end_line(&whole)?;
            }
        }
    }

    /// Looks at a line of the head of the message, or at a card.
    fn end_line(&mut self, line: &[u8]) -> Result<(), String> {
        let text = || String::from_utf8_lossy(line).trim().to_owned();
        self.first.get_or_insert_with(text);
        if line.starts_with(b"cfile ") {
            self.skip = number(line).ok_or_else(text)?;
            self.artifacts += 1;
        } else if line.starts_with(b"clone_seqno ") {
            self.next = Some(number(line).ok_or_else(text)? as u64);
        } else if line.starts_with(b"error ") {
            return Err(text());
        }
        Ok(())
    }

    /// Where the next batch begins, if this one has come whole.
    fn end(self) -> Result<u64, String> {
        if self.skip > 0 {
            return Err("a reply ends in the middle of an artifact".to_owned());
        }
        let Self { bytes, first, next, .. } = self;
        let line = first.unwrap_or_default();
        next.ok_or_else(|| format!("no end of a batch in {bytes} bytes: {line}"))
    }
}

/// The number in which a line ends.
fn number(line: &[u8]) -> Option<usize> {
    let word = &line[memrchr(b' ', line)? + 1..];
    str::from_utf8(word).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_skipped_wherever_a_reply_is_cut() {
        let reply =
            b"HTTP/1.0 200 OK\r\n\r\ncfile ab 9 4\nx\ny\ncfile cd ab 9 3\n\n\n\n\nclone_seqno 7\n";
        for at in 0..reply.len() {
            let mut counted = Counted::default();
            let (start, end) = reply.split_at(at);
            counted.take(start).unwrap();
            counted.take(end).unwrap();
            assert_eq!((counted.artifacts, counted.next, counted.skip), (2, Some(7), 0), "{at}");
        }
    }

    #[test]
    fn what_is_wrong_with_a_reply_is_told() {
        let counted = |reply: &[u8]| {
            let mut counted = Counted::default();
            counted.take(reply).and_then(|()| counted.end())
        };
        let refused = counted(b"HTTP/1.0 200 OK\r\n\r\nerror not\\sauthorized\n");
        assert_eq!(refused.unwrap_err(), "error not\\sauthorized");
        let crowded = counted(b"HTTP/1.0 503 Service Unavailable\r\n\r\nlater\n");
        assert!(crowded.unwrap_err().ends_with("in 42 bytes: HTTP/1.0 503 Service Unavailable"));
        let cut = counted(b"HTTP/1.0 200 OK\r\n\r\ncfile ab 9 4\nx\ny");
        assert_eq!(cut.unwrap_err(), "a reply ends in the middle of an artifact");
    }
}
