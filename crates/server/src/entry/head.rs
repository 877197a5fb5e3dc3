//! The head of an HTTP request, read line by line.

use std::io;

use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

use crate::limits::HEAD_BYTES;

/// Headers that a request may have.
const HEADERS: usize = 100;

/// Why there is no request.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoHead {
    /// The stream ended before it.
    #[error("nothing more was asked")]
    End,
    /// It breaks off, or cannot be read.
    #[error("the head of the request breaks off: {0}")]
    Broken(#[from] io::Error),
    /// It is no head of a request.
    #[error("this is no HTTP request")]
    NotHttp,
    /// It is larger than a head may be.
    #[error("the head of the request is larger than {HEAD_BYTES} bytes")]
    TooLarge,
}

/// Reads the head of a request; gives the request without its body, and the bytes that it has.
pub(super) async fn read(
    input: &mut (impl AsyncBufRead + Unpin),
) -> Result<(Request<()>, u64), NoHead> {
    let mut head = Vec::new();
    let mut input = input.take(HEAD_BYTES as u64);
    loop {
        let start = head.len();
        if input.read_until(b'\n', &mut head).await? == 0 {
            return Err(match (start, input.limit()) {
                (0, _) => NoHead::End,
                (_, 0) => NoHead::TooLarge,
                _ => NoHead::Broken(io::ErrorKind::UnexpectedEof.into()),
            });
        }
        // Clients may leave empty lines between requests.
        match head.get(start..) {
            Some(b"\n" | b"\r\n") if start == 0 => head.clear(),
            Some(b"\n" | b"\r\n") => break,
            _ => {}
        }
    }
    parse(&head).ok_or(NoHead::NotHttp)
}

fn parse(head: &[u8]) -> Option<(Request<()>, u64)> {
    let mut headers = [httparse::EMPTY_HEADER; HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    parsed.parse(head).ok().filter(httparse::Status::is_complete)?;
    let mut request = Request::new(());
    *request.method_mut() = Method::from_bytes(parsed.method?.as_bytes()).ok()?;
    *request.uri_mut() = uri(parsed.path?)?;
    for header in parsed.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes()).ok()?;
        request.headers_mut().append(name, HeaderValue::from_bytes(header.value).ok()?);
    }
    let length = match request.headers().get(CONTENT_LENGTH) {
        Some(length) => length.to_str().ok()?.parse().ok()?,
        None => 0,
    };
    Some((request, length))
}

/// What is asked for. Over SSH, stock's client names a file, which need not begin with a slash.
fn uri(target: &str) -> Option<Uri> {
    let slash = if target.starts_with('/') { "" } else { "/" };
    format!("{slash}{target}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_head_after_the_other_is_read() {
        let text = "POST a/b.fossil HTTP/1.0\r\nX-Fossil-Transport: SSH\r\nContent-Length: 4\r\n\r\n\
                    \r\nGET /x?y HTTP/1.1\nHost: h\n\n";
        let mut input = text.as_bytes();
        let (request, length) = read(&mut input).await.unwrap();
        assert_eq!((request.method(), length), (&Method::POST, 4));
        assert_eq!(request.uri(), "/a/b.fossil");
        assert_eq!(request.headers()["x-fossil-transport"], "SSH");
        let (request, length) = read(&mut input).await.unwrap();
        assert_eq!((request.uri().to_string(), length), ("/x?y".to_owned(), 0));
        assert!(matches!(read(&mut input).await, Err(NoHead::End)));
    }

    #[tokio::test]
    async fn what_is_no_head_is_told_so() {
        for bad in ["hello\n\n", "GET /\r\n\r\n", "GET / HTTP/1.0\r\nContent-Length: x\r\n\r\n"] {
            assert!(matches!(read(&mut bad.as_bytes()).await, Err(NoHead::NotHttp)), "{bad}");
        }
        let half = read(&mut "GET / HTTP/1.0\r\n".as_bytes()).await;
        assert!(matches!(half, Err(NoHead::Broken(_))));
        let long = format!("GET / HTTP/1.0\r\nX: {}\r\n\r\n", "x".repeat(HEAD_BYTES));
        assert!(matches!(read(&mut long.as_bytes()).await, Err(NoHead::TooLarge)));
    }
}
