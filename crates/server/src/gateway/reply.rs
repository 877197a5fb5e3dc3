//! The head of what stock Fossil replies.

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, CONTENT_LENGTH, HeaderMap, TRANSFER_ENCODING};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt as _};

use super::limits::{PIECE, REPLY_HEAD, REPLY_HEADERS};

/// Why a reply is none.
#[derive(Debug, thiserror::Error)]
pub(super) enum BadReply {
    /// It ends before its head does.
    #[error("it ended before it had said anything")]
    Broken,
    /// Its head is larger than a head may be.
    #[error("the head of its reply is larger than {REPLY_HEAD} bytes")]
    TooLarge,
    /// It is none of HTTP.
    #[error("its reply is none of HTTP")]
    NotHttp,
    /// Nobody knows where it ends.
    #[error("its reply has no length")]
    NoLength,
}

/// The head of a reply.
#[derive(Debug)]
pub(super) struct Head {
    /// Status and headers.
    pub(super) response: Response<()>,
    /// Bytes of the body that it declares.
    pub(super) length: u64,
    /// What has come of the body already.
    pub(super) begun: Bytes,
}

/// Reads the head of a reply.
pub(super) async fn read(output: &mut (impl AsyncRead + Unpin)) -> Result<Head, BadReply> {
    let mut read = BytesMut::with_capacity(PIECE);
    loop {
        let len = output.read_buf(&mut read).await.map_err(|_| BadReply::Broken)?;
        if len == 0 {
            return Err(BadReply::Broken);
        }
        if let Some((response, head)) = parse(&read)? {
            let begun = read.split_off(head).freeze();
            let length = declared(&response).ok_or(BadReply::NoLength)?;
            return Ok(Head { response, length, begun });
        }
        if read.len() > REPLY_HEAD {
            return Err(BadReply::TooLarge);
        }
    }
}

/// Status, headers, and the bytes that they take; `None` if there is more of them to come.
fn parse(text: &[u8]) -> Result<Option<(Response<()>, usize)>, BadReply> {
    let mut headers = [httparse::EMPTY_HEADER; REPLY_HEADERS];
    let mut parsed = httparse::Response::new(&mut headers);
    let end = match parsed.parse(text).map_err(|_| BadReply::NotHttp)? {
        httparse::Status::Complete(end) => end,
        httparse::Status::Partial => return Ok(None),
    };
    let mut response = Response::new(());
    let status = parsed.code.and_then(|code| StatusCode::from_u16(code).ok());
    *response.status_mut() = status.ok_or(BadReply::NotHttp)?;
    for header in parsed.headers {
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_bytes(header.value);
        let (name, value) = name.ok().zip(value.ok()).ok_or(BadReply::NotHttp)?;
        response.headers_mut().append(name, value);
    }
    without_hop(response.headers_mut());
    Ok(Some((response, end)))
}

/// Takes away what was said of the way from Fossil to us.
fn without_hop(headers: &mut HeaderMap) {
    for name in [CONNECTION, TRANSFER_ENCODING, HeaderName::from_static("keep-alive")] {
        headers.remove(name);
    }
}

fn declared(response: &Response<()>) -> Option<u64> {
    // These have no body, whatever they say.
    if matches!(response.status(), StatusCode::NOT_MODIFIED | StatusCode::NO_CONTENT) {
        return Some(0);
    }
    response.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn of(text: &str) -> Result<Head, BadReply> {
        read(&mut text.as_bytes()).await
    }

    #[tokio::test]
    async fn a_head_is_read_and_what_comes_after_it_kept() {
        let head = of("HTTP/1.0 302 Moved Temporarily\r\nConnection: close\r\nLocation: /x\r\n\
                       Set-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 12\r\n\r\nbody")
        .await
        .unwrap();
        assert_eq!((head.response.status(), head.length), (StatusCode::FOUND, 12));
        assert_eq!(head.begun, "body");
        let headers = head.response.headers();
        assert_eq!(headers["location"], "/x");
        assert_eq!(headers.get_all("set-cookie").iter().count(), 2);
        assert!(!headers.contains_key("connection"));
        assert_eq!(of("HTTP/1.0 304 Not Modified\r\n\r\n").await.unwrap().length, 0);
    }

    #[tokio::test]
    async fn what_is_no_reply_is_told_so() {
        assert!(matches!(of("").await, Err(BadReply::Broken)));
        assert!(matches!(of("HTTP/1.0 200 OK\r\nA: b\r\n").await, Err(BadReply::Broken)));
        assert!(matches!(of("cannot open repository\n").await, Err(BadReply::NotHttp)));
        assert!(matches!(of("HTTP/1.0 200 OK\r\n\r\n").await, Err(BadReply::NoLength)));
        let long = format!("HTTP/1.0 200 OK\r\nA: {}", "x".repeat(REPLY_HEAD + PIECE));
        assert!(matches!(of(&long).await, Err(BadReply::TooLarge)));
    }
}
