//! A clone that counts what comes, and stores nothing.
//!
//! It costs little beside what the server does: bytes are read into one buffer, and only the lines
//! before payloads are looked at.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Where a clone begins.
const FIRST: u64 = 1;
/// Bytes that are read at a time.
const BUFFER: usize = 1 << 18;
/// Protocol 3, by which blobs travel as they are stored; a release that knows SHA3 names.
const VERSION: &str = "pragma client-version 22100";

/// Clones from a URL, round by round, each by a connection of its own as stock's client has it. Says
/// what is wrong if a reply does not tell how to go on: stock's client would give up too.
pub(super) async fn clone(url: &str, artifacts: u64) -> Result<(), String> {
    let (address, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut buffer = vec![0; BUFFER];
    let (mut from, mut came) = (FIRST, 0);
    while from > 0 {
        let cards = format!("{VERSION}\nclone 3 {from}\n");
        let request = format!(
            "POST /{path} HTTP/1.0\r\nHost: {address}\r\n\
             Content-Type: application/x-fossil-uncompressed\r\n\
             Content-Length: {}\r\n\r\n{cards}",
            cards.len()
        );
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let (mut reply, mut bytes) = (Counted::default(), 0);
        loop {
            let len = stream.read(&mut buffer).await.map_err(|error| error.to_string())?;
            if len == 0 {
                break;
            }
            bytes += len;
            reply.take(&buffer[..len]);
        }
        if reply.skip > 0 {
            return Err("a reply ends in the middle of an artifact".to_owned());
        }
        came += reply.artifacts;
        let line = reply.first.unwrap_or_default();
        from = reply.next.ok_or_else(|| format!("no end of a batch in {bytes} bytes: {line}"))?;
    }
    assert_eq!(came, artifacts, "{url}: all of it came");
    Ok(())
}

/// What has come of one reply.
#[derive(Default)]
struct Counted {
    /// Bytes of a payload that are still to come.
    skip: usize,
    /// What has come of a line.
    line: Vec<u8>,
    artifacts: u64,
    /// The first line.
    first: Option<String>,
    /// Where the next batch begins.
    next: Option<u64>,
}

impl Counted {
    fn take(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let (_, rest) = bytes.split_at(self.skip.min(bytes.len()));
                self.skip -= bytes.len() - rest.len();
                bytes = rest;
                continue;
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let (start, rest) = bytes.split_at(end.map_or(bytes.len(), |end| end + 1));
            self.line.extend_from_slice(start);
            bytes = rest;
            if end.is_some() {
                self.end_line();
            }
        }
    }

    /// Looks at a line of the head of the message, or at a card.
    fn end_line(&mut self) {
        let line = String::from_utf8_lossy(&self.line);
        let words: Vec<_> = line.split_whitespace().collect();
        self.first.get_or_insert_with(|| words.join(" "));
        match words[..] {
            ["cfile", .., len] => {
                self.skip = len.parse().unwrap();
                self.artifacts += 1;
            }
            ["clone_seqno", next] => self.next = Some(next.parse().unwrap()),
            ["error", ..] => panic!("a clone is refused: {line}"),
            _ => {}
        }
        self.line.clear();
    }
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
            counted.take(start);
            counted.take(end);
            assert_eq!((counted.artifacts, counted.next, counted.skip), (2, Some(7), 0), "{at}");
        }
    }
}
