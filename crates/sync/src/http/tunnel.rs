//! A connection through a proxy, which passes on bytes that it need not understand.

use std::io;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::{proxy::ProxyUrl, stream::Duplex};
use crate::{
    HttpUrl, TransportError, first_words,
    head::{Head, HeadError},
    release::USER_AGENT,
};

/// How much of a page is read for its first words.
const PAGE_START: u64 = 4096;

/// Has a proxy connect a stream to the host of an address.
pub(super) async fn open(
    stream: Box<dyn Duplex>,
    proxy: &ProxyUrl,
    url: &HttpUrl,
) -> Result<Box<dyn Duplex>, TransportError> {
    let origin = || format!("the proxy {proxy}");
    let mut stream = BufReader::new(stream);
    let head = match ask(&mut stream, proxy, url).await {
        Ok(head) => head,
        Err(HeadError::NotHttp(words)) => {
            let reason = format!("it sends {words:?}");
            return Err(TransportError::NotHttp { origin: origin(), reason });
        }
        Err(error) => {
            let reason = error.to_string();
            return Err(TransportError::Interrupted { origin: origin(), reason });
        }
    };
    match head.status {
        200..300 if stream.buffer().is_empty() => Ok(stream.into_inner()),
        200..300 => Err(TransportError::NotHttp {
            origin: origin(),
            reason: "it speaks where the server should".to_owned(),
        }),
        407 => Err(proxy.refuses()),
        status => {
            let mut page = Vec::new();
            // Whatever comes of the page, the status is known.
            let length = head.length().ok().flatten().unwrap_or(u64::MAX);
            let _ = stream.take(length.min(PAGE_START)).read_to_end(&mut page).await;
            let (words, retry_after) = (first_words(&page), None);
            Err(TransportError::Status { origin: origin(), status, words, retry_after })
        }
    }
}

async fn ask(
    stream: &mut BufReader<Box<dyn Duplex>>,
    proxy: &ProxyUrl,
    url: &HttpUrl,
) -> Result<Head, HeadError> {
    let brackets = if url.host().contains(':') { ("[", "]") } else { ("", "") };
    let host = format!("{}{}{}:{}", brackets.0, url.host(), brackets.1, url.port());
    let mut request =
        format!("CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: {USER_AGENT}\r\n");
    if let Some(value) = proxy.authorization() {
        let value = value.to_str().map_err(io::Error::other)?;
        request.push_str("Proxy-Authorization: ");
        request.push_str(value);
        request.push_str("\r\n");
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    Head::read(stream).await
}
