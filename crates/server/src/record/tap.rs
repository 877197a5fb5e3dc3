//! The head of a message as it came over the wire.
//!
//! An HTTP library gives headers a common form: it forgets the case of their names and the blanks
//! around their values. A capture must not, so the bytes are noted where they arrive.

use std::{
    io,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
};

use outcrop_sync::http::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Bytes of the largest head.
pub(super) const MAX_HEAD: usize = 64 * 1024;

/// A connection whose first bytes are noted as they arrive.
#[derive(Debug)]
pub(super) struct Tapped {
    stream: Stream,
    tap: Tap,
}

/// What arrived over a connection: at least the head of its first message, at most [`MAX_HEAD`]
/// bytes.
#[derive(Debug, Clone, Default)]
pub(super) struct Tap(Arc<Mutex<Vec<u8>>>);

impl Tapped {
    pub(super) fn new(stream: Stream) -> (Self, Tap) {
        let tap = Tap::default();
        let tapped = Self { stream, tap: tap.clone() };
        (tapped, tap)
    }
}

impl Tap {
    fn note(&self, arrived: &[u8]) {
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = MAX_HEAD - noted.len();
        noted.extend_from_slice(arrived.get(..room).unwrap_or(arrived));
    }

    /// The head that arrived, with its blank line, as it is kept with a body of `body_len` bytes.
    ///
    /// Empty if none arrived. Interim replies (`100 Continue`) are passed over.
    pub(super) fn head(&self, body_len: usize) -> Vec<u8> {
        let noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut rest = &noted[..];
        loop {
            let (head, after) = split_head(rest);
            if !is_interim(head) {
                return with_length(head, body_len);
            }
            rest = after;
        }
    }
}

/// Parts the first head from what follows it.
fn split_head(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        end += line.len();
        if matches!(line, b"\r\n" | b"\n") {
            break;
        }
    }
    bytes.split_at(end)
}

fn is_interim(head: &[u8]) -> bool {
    head.starts_with(b"HTTP/1.1 1") && head.ends_with(b"\n")
}

/// The same head, with a content length in the place of a transfer encoding.
fn with_length(head: &[u8], body_len: usize) -> Vec<u8> {
    const NAME: &[u8] = b"transfer-encoding:";
    let mut kept = Vec::with_capacity(head.len());
    for line in head.split_inclusive(|&byte| byte == b'\n') {
        let name = line.get(..NAME.len()).unwrap_or_default();
        if name.eq_ignore_ascii_case(NAME) {
            kept.extend_from_slice(format!("Content-Length: {body_len}\r\n").as_bytes());
        } else {
            kept.extend_from_slice(line);
        }
    }
    kept
}

impl AsyncRead for Tapped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.tap.note(buf.filled().get(before..).unwrap_or_default());
        polled
    }
}

impl AsyncWrite for Tapped {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(pieces: &[&str]) -> String {
        let tap = Tap::default();
        for piece in pieces {
            tap.note(piece.as_bytes());
        }
        String::from_utf8(tap.head(5)).unwrap()
    }

    #[test]
    fn heads_are_kept_as_they_came() {
        let head = "POST / HTTP/1.0\r\nX-oDD:  name \r\n\r\n";
        assert_eq!(kept(&["POST / HT", "TP/1.0\r\nX-oDD:  name \r\n\r\nbody"]), head);
        assert_eq!(kept(&["GET / HTTP/1.0\n\nbody"]), "GET / HTTP/1.0\n\n");
        assert_eq!(kept(&[]), "");
    }

    #[test]
    fn chunks_become_a_length() {
        assert_eq!(
            kept(&["HTTP/1.1 200 OK\r\ntransfer-Encoding: chunked\r\nA: b\r\n\r\n5\r\nhello"]),
            "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nA: b\r\n\r\n"
        );
    }

    #[test]
    fn interim_replies_are_passed_over() {
        assert_eq!(
            kept(&["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx"]),
            "HTTP/1.1 200 OK\r\n\r\n"
        );
    }

    #[test]
    fn no_more_is_noted_than_a_head_may_have() {
        let tap = Tap::default();
        for _ in 0..3 {
            tap.note(&vec![b'x'; MAX_HEAD / 2 + 1]);
        }
        assert_eq!(tap.head(0).len(), MAX_HEAD);
    }
}
