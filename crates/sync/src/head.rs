//! The head of an HTTP reply, where it comes over something that is no HTTP connection: a pipe, or
//! the first words of a proxy.

use std::io;

use tokio::io::{AsyncBufRead, AsyncBufReadExt as _, AsyncReadExt as _};

/// How large a head may be, and what comes before it.
const MAX_HEAD: u64 = 64 * 1024;

/// The head of a reply.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// The status.
    pub(crate) status: u16,
    /// Whether it is HTTP/1.0, which ends with one reply unless it says otherwise.
    is_old: bool,
    /// Names, in lower case, and values.
    fields: Vec<(String, String)>,
}

/// Why there is no head.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeadError {
    /// The other side ended before a reply began.
    #[error("it ended without a reply")]
    Ended,
    /// The other side ended within a head.
    #[error("its reply breaks off in the head")]
    Cut,
    /// What comes is no head of a reply, however much of it is read.
    #[error("it sends something else: {0:?}")]
    NotHttp(String),
    /// Nothing could be read.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Head {
    /// Reads a head. Lines before it are passed over: a login shell may greet first.
    ///
    /// It begins with `HTTP/1.1 200 OK`, or with `Status: 200 OK` as programs behind a web server
    /// write it.
    pub(crate) async fn read(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<Self, HeadError> {
        let mut limited = stream.take(MAX_HEAD);
        loop {
            let (status, is_old) = first_line(&mut limited).await?;
            let fields = fields(&mut limited).await?;
            // What is only a word on the way, as `100 Continue`, is followed by the reply.
            if status >= 200 {
                return Ok(Self { status, is_old, fields });
            }
        }
    }

    /// The value of a field, by its name in lower case.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.fields.iter().find(|(known, _)| known == name)?;
        Some(value)
    }

    /// How long the body is. Without a length it goes on to the end. The error says what is wrong.
    pub(crate) fn length(&self) -> Result<Option<u64>, &'static str> {
        if self.get("transfer-encoding").is_some() {
            return Err("its reply has a transfer encoding, which nobody has asked for");
        }
        let length = self.get("content-length").map(str::parse);
        length.transpose().map_err(|_| "its reply has a length that is no number")
    }

    /// Whether another reply can follow this one.
    #[cfg_attr(
        not(any(feature = "process", test)),
        expect(dead_code, reason = "a tunnel has one head")
    )]
    pub(crate) fn keeps_open(&self) -> bool {
        let says = |word: &str| {
            let words = self.get("connection").unwrap_or_default().to_ascii_lowercase();
            words.split(',').any(|known| known.trim() == word)
        };
        let is_bounded = self.get("content-length").is_some();
        is_bounded && !says("close") && (!self.is_old || says("keep-alive"))
    }
}

/// Reads up to the line that begins a head. Gives its status, and whether it is HTTP/1.0.
async fn first_line(stream: &mut (impl AsyncBufRead + Unpin)) -> Result<(u16, bool), HeadError> {
    let mut before = Vec::new();
    loop {
        let line = line(stream).await?;
        if let Some(status) = line.as_deref().ok().and_then(status_of) {
            let is_old = line.is_ok_and(|line| line.starts_with(b"HTTP/1.0"));
            return Ok((status, is_old));
        }
        let (Ok(part) | Err(part)) = &line;
        before.extend_from_slice(part);
        before.push(b'\n');
        if line.is_err() {
            return Err(no_head(&before));
        }
    }
}

async fn fields(
    stream: &mut (impl AsyncBufRead + Unpin),
) -> Result<Vec<(String, String)>, HeadError> {
    let mut fields = Vec::new();
    loop {
        let line = line(stream).await?.map_err(|_| HeadError::Cut)?;
        if line.is_empty() {
            return Ok(fields);
        }
        let line = String::from_utf8_lossy(&line);
        if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
}

/// A line without what ends it; or what there is of one if the stream, or what may be read of it,
/// ends before.
async fn line(stream: &mut (impl AsyncBufRead + Unpin)) -> io::Result<Result<Vec<u8>, Vec<u8>>> {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await?;
    if line.last() != Some(&b'\n') {
        return Ok(Err(line));
    }
    line.pop();
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Ok(line))
}

/// The status, if the line is the first of a head.
fn status_of(line: &[u8]) -> Option<u16> {
    let line = str::from_utf8(line).ok()?;
    let rest = if let Some(version) = line.strip_prefix("HTTP/1.") {
        version.split_once(' ')?.1
    } else {
        let (name, status) = line.split_once(':')?;
        name.eq_ignore_ascii_case("status").then_some(status)?
    };
    let status = rest.trim().get(..3)?.parse().ok()?;
    (100..600).contains(&status).then_some(status)
}

fn no_head(before: &[u8]) -> HeadError {
    let words = crate::first_words(before);
    if words.is_empty() { HeadError::Ended } else { HeadError::NotHttp(words) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::BufReader;

    async fn head(text: &[u8]) -> Result<Head, HeadError> {
        Head::read(&mut BufReader::new(text)).await
    }

    #[tokio::test]
    async fn both_forms_are_read_and_the_body_is_left() {
        for first in ["HTTP/1.0 200 OK", "HTTP/1.1 200", "Status: 200 OK", "status:200"] {
            let text = format!("{first}\r\nContent-LENGTH:  3 \nX: y: z\r\n\r\nabc");
            let mut stream = BufReader::new(text.as_bytes());
            let head = Head::read(&mut stream).await.unwrap();
            assert_eq!((head.status, head.get("content-length")), (200, Some("3")), "{first}");
            assert_eq!((head.get("x"), head.get("y")), (Some("y: z"), None));
            let mut body = String::new();
            stream.read_to_string(&mut body).await.unwrap();
            assert_eq!(body, "abc");
        }
    }

    #[tokio::test]
    async fn some_replies_can_be_followed_by_others() {
        for (text, keeps, length) in [
            ("Status: 200 OK\nContent-Length: 3\n\n", true, Ok(Some(3))),
            ("HTTP/1.1 200 OK\nContent-Length: 3\n\n", true, Ok(Some(3))),
            ("HTTP/1.1 200 OK\n\n", false, Ok(None)),
            ("HTTP/1.1 200 OK\nContent-Length: 3\nConnection: x, Close\n\n", false, Ok(Some(3))),
            ("HTTP/1.0 200 OK\nContent-Length: 3\n\n", false, Ok(Some(3))),
            ("HTTP/1.0 200 OK\nContent-Length: 3\nConnection: Keep-Alive\n\n", true, Ok(Some(3))),
            ("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", false, Err(())),
            ("HTTP/1.1 200 OK\nContent-Length: -3\n\n", true, Err(())),
        ] {
            let head = head(text.as_bytes()).await.unwrap();
            assert_eq!(head.keeps_open(), keeps, "{text}");
            assert_eq!(head.length().map_err(|_| ()), length, "{text}");
        }
    }

    #[tokio::test]
    async fn a_word_on_the_way_is_no_reply() {
        let head = head(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nA: b\r\n\r\n").await;
        assert_eq!(head.unwrap().get("a"), Some("b"));
    }

    #[tokio::test]
    async fn a_greeting_is_passed_over() {
        let head = head(b"Welcome!\n\nstatus of today: fine\nStatus: 404 Not Found\n\n").await;
        assert_eq!(head.unwrap().status, 404);
    }

    #[tokio::test]
    async fn what_is_no_head_is_quoted() {
        assert!(matches!(head(b"").await, Err(HeadError::Ended)));
        assert!(matches!(head(b"\n\r\n").await, Err(HeadError::Ended)));
        assert!(matches!(head(b"Status: 200 OK\r\nA: b").await, Err(HeadError::Cut)));
        let error = head(b"fossil: no such thing\nHTTP/1.1 xyz\n").await.unwrap_err();
        assert!(error.to_string().contains("fossil: no such thing HTTP/1.1 xyz"), "{error}");
        let endless = vec![b'x'; 1 << 20];
        let mut stream = BufReader::new(&endless[..]);
        let error = Head::read(&mut stream).await.unwrap_err();
        assert!(matches!(error, HeadError::NotHttp(_)), "{error}");
        let mut left = Vec::new();
        stream.read_to_end(&mut left).await.unwrap();
        assert_eq!(endless.len() - left.len(), 64 * 1024);
    }
}
