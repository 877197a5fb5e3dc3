//! Captured HTTP messages: the head says how the body is framed.
//!
//! Start lines are those of requests (`POST / HTTP/1.1`), of replies (`HTTP/1.0 200 OK`) and of
//! replies over SSH (`Status: 200 OK`).

use bytes::Bytes;
use outcrop_sync::first_words;
use outcrop_xfer::MediaType;

/// A message whose content type is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) media: MediaType,
    pub(crate) body: Bytes,
}

/// Why a capture holds no sync message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CaptureError {
    #[error("the head of the HTTP message breaks off; is the file whole?")]
    NoBlankLine,
    #[error("{content_type}, which is not a sync message: \"{words}\"")]
    NotFossil { content_type: String, words: String },
    #[error("the body breaks off after {present} of {declared} bytes; is the file whole?")]
    Short { declared: usize, present: usize },
    #[error("{extra} bytes follow the body; a file holds one message")]
    Long { extra: usize },
    #[error("the body is in HTTP chunks; `outcrop record` keeps messages without them")]
    Chunked,
}

/// Reads a file: as an HTTP message if it begins like one, and otherwise as a bare body of the type
/// `media`, or as card text if that is not given. A type that is given counts more than the head's.
pub(crate) fn read(file: &Bytes, media: Option<MediaType>) -> Result<Message, CaptureError> {
    if !is_http(file) {
        return Ok(Message { media: media.unwrap_or(MediaType::Debug), body: file.clone() });
    }
    let head = head_len(file).ok_or(CaptureError::NoBlankLine)?;
    let (head, body) = (file.slice(..head), file.slice(head..));
    read_parts(&head, &body, media)
}

/// Reads a message whose head has been parted from its body.
pub(crate) fn read_parts(
    head: &[u8],
    body: &Bytes,
    media: Option<MediaType>,
) -> Result<Message, CaptureError> {
    if header(head, "transfer-encoding").is_some() {
        return Err(CaptureError::Chunked);
    }
    let declared = header(head, "content-length").and_then(|length| length.parse::<usize>().ok());
    let (declared, present) = (declared.unwrap_or(body.len()), body.len());
    if present < declared {
        return Err(CaptureError::Short { declared, present });
    }
    if present > declared {
        let extra = present - declared;
        return Err(CaptureError::Long { extra });
    }
    let content_type = header(head, "content-type");
    let told = content_type.as_deref().and_then(|name| name.parse().ok());
    let Some(media) = media.or(told) else {
        return Err(CaptureError::NotFossil {
            content_type: content_type.unwrap_or_else(|| "no content type".to_owned()),
            words: first_words(body),
        });
    };
    Ok(Message { media, body: body.clone() })
}

fn is_http(file: &[u8]) -> bool {
    let line = file.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    line.starts_with(b"HTTP/1.")
        || line.starts_with(b"Status: ")
        || line.ends_with(b" HTTP/1.0")
        || line.ends_with(b" HTTP/1.1")
}

/// Bytes up to the end of the blank line.
fn head_len(file: &[u8]) -> Option<usize> {
    let mut end = 0;
    for line in file.split_inclusive(|&byte| byte == b'\n') {
        end += line.len();
        if matches!(line, b"\r\n" | b"\n") {
            return Some(end);
        }
    }
    None
}

/// The value of a header, the first one if there are several.
fn header(head: &[u8], name: &str) -> Option<String> {
    head.split(|&byte| byte == b'\n').find_map(|line| {
        let (key, value) = str::from_utf8(line).ok()?.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_http(file: &'static str) -> Result<Message, CaptureError> {
        read(&Bytes::from_static(file.as_bytes()), None)
    }

    #[test]
    fn start_lines_tell_http_from_cards() {
        for start in
            ["POST / HTTP/1.1", "POST server.fossil HTTP/1.0", "HTTP/1.0 200 OK", "Status: 200 OK"]
        {
            let file = format!("{start}\r\ncontent-TYPE: application/x-fossil-debug\r\n\r\n# x\n");
            let message = read(&file.into(), None).unwrap();
            assert_eq!((message.media, &message.body[..]), (MediaType::Debug, &b"# x\n"[..]));
        }
        let text = read_http("# HTTP\ngimme x\n").unwrap();
        assert_eq!(text.media, MediaType::Debug);
        let bare = read(&Bytes::from_static(b"\0\0"), Some(MediaType::Compressed)).unwrap();
        assert_eq!(bare.media, MediaType::Compressed);
    }

    #[test]
    fn messages_must_be_whole() {
        assert_eq!(read_http("HTTP/1.0 200 OK\r\nA: b\r\n"), Err(CaptureError::NoBlankLine));
        assert_eq!(
            read_http("HTTP/1.0 200 OK\r\nContent-Length: 9\r\n\r\n# x\n"),
            Err(CaptureError::Short { declared: 9, present: 4 })
        );
        assert_eq!(
            read_http("HTTP/1.0 200 OK\nContent-Length: 3\n\n# x\n"),
            Err(CaptureError::Long { extra: 1 })
        );
        assert_eq!(
            read_http("HTTP/1.0 200 OK\nTransfer-Encoding: chunked\n\n4\n"),
            Err(CaptureError::Chunked)
        );
    }

    #[test]
    fn pages_are_quoted() {
        let error = read_http("HTTP/1.0 404 No\r\nContent-Type: text/html\r\n\r\n<p>Gone</p>");
        assert_eq!(
            error.unwrap_err().to_string(),
            "text/html, which is not a sync message: \"Gone\""
        );
    }
}
