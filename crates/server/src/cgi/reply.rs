//! Answers, written out.

use std::io;

use bytes::Buf as _;
use http::Response;
use http::header::CONTENT_LENGTH;
use http::response::Parts;
use http_body_util::BodyExt as _;
use hyper::body::Body;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

/// How an answer begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// As CGI has it: `Status: 200 OK`.
    Cgi,
    /// As HTTP has it, and the last on its connection: `HTTP/1.0 200 OK`.
    Http,
}

/// Writes an answer; without its body if the request was one for the head alone.
pub(crate) async fn write<B>(
    output: &mut (impl AsyncWrite + Unpin),
    answer: Response<B>,
    form: Form,
    only_head: bool,
) -> io::Result<()>
where
    B: Body,
    B::Error: std::error::Error + Send + Sync + 'static,
{
    let (parts, body) = answer.into_parts();
    output.write_all(&head(&parts, form, body.size_hint().exact())).await?;
    let mut body = std::pin::pin!(body);
    while !only_head && let Some(frame) = body.frame().await {
        // What is not data is a trailer, and has no place here.
        let Ok(mut data) = frame.map_err(io::Error::other)?.into_data() else { continue };
        while data.has_remaining() {
            output.write_all_buf(&mut data).await?;
        }
    }
    output.flush().await
}

fn head(parts: &Parts, form: Form, length: Option<u64>) -> Vec<u8> {
    let status = parts.status;
    let reason = status.canonical_reason().unwrap_or("Unknown");
    let mut head = match form {
        Form::Cgi => format!("Status: {} {reason}\r\n", status.as_u16()),
        Form::Http => format!("HTTP/1.0 {} {reason}\r\nConnection: close\r\n", status.as_u16()),
    }
    .into_bytes();
    let is_ours = |name: &http::HeaderName| name == "connection" || name == CONTENT_LENGTH;
    for (name, value) in parts.headers.iter().filter(|(name, _)| !is_ours(name)) {
        head.extend_from_slice(title(name.as_str()).as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value.as_bytes());
        head.extend_from_slice(b"\r\n");
    }
    let declared = parts.headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    if let Some(length) = declared.map(str::to_owned).or(length.map(|length| length.to_string())) {
        head.extend_from_slice(format!("Content-Length: {length}\r\n").as_bytes());
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// A name of a header as people write it: some readers go by it.
fn title(name: &str) -> String {
    let mut begins = true;
    let letter = |c: char| {
        let shown = if begins { c.to_ascii_uppercase() } else { c };
        begins = c == '-';
        shown
    };
    name.chars().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use http::StatusCode;
    use http_body_util::Full;

    async fn written(form: Form, only_head: bool) -> String {
        let mut answer = Response::new(Full::new(Bytes::from_static(b"hello\n")));
        *answer.status_mut() = StatusCode::NOT_FOUND;
        answer.headers_mut().insert("content-type", "text/plain".parse().unwrap());
        answer.headers_mut().insert("connection", "keep-alive".parse().unwrap());
        let mut output = Vec::new();
        write(&mut output, answer, form, only_head).await.unwrap();
        String::from_utf8(output).unwrap()
    }

    #[tokio::test]
    async fn answers_have_two_forms() {
        let rest = "Content-Type: text/plain\r\nContent-Length: 6\r\n\r\n";
        assert_eq!(
            written(Form::Cgi, false).await,
            format!("Status: 404 Not Found\r\n{rest}hello\n")
        );
        assert_eq!(
            written(Form::Http, true).await,
            format!("HTTP/1.0 404 Not Found\r\nConnection: close\r\n{rest}")
        );
    }
}
