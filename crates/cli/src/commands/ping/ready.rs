//! Whether a server is ready to serve: its page `/readyz`, of which only the status counts.

use std::io::Write as _;

use outcrop_sync::{HttpOptions, HttpUrl, SyncError, TransportError, http::Connector};
use serde::Serialize;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};

use super::url;
use crate::{
    failure::{Exit, Failure},
    output::Output,
};

/// The page, below the address of a server.
const PAGE: &str = "/readyz";

/// Bytes of the first line of an answer, at most.
const MAX_STATUS_LINE: u64 = 1024;

/// The answer, as `--json` has it.
#[derive(Debug, Serialize)]
struct Ready {
    url: String,
    ready: bool,
}

/// Asks the server at `url`; not being ready is a failure.
pub(super) async fn run(
    url: &HttpUrl,
    options: &HttpOptions,
    output: Output,
) -> Result<Exit, Failure> {
    let page = page(url)?;
    match status(&page, options).await.map_err(SyncError::from)? {
        200 => {}
        503 => return Err(Failure::new(Exit::Refused, &format!("{page} says: not ready"))),
        status => {
            let message = format!(
                "{page} answered with HTTP status {status}: check that the URL is that of a server \
                 of Outcrop, not of a repository"
            );
            return Err(Failure::new(Exit::Failed, &message));
        }
    }
    if output.json {
        Output::object(&Ready { url: page.to_string(), ready: true })?;
    } else if !output.quiet {
        let mut out = Output::results();
        writeln!(out, "{} says: ready", output.stdout.key(&page.to_string()))?;
        out.flush()?;
    }
    Ok(Exit::Done)
}

fn page(server: &HttpUrl) -> Result<HttpUrl, Failure> {
    let path = server.target().split('?').next().unwrap_or_default().trim_end_matches('/');
    url(&format!("{}{path}{PAGE}", server.origin()))
}

/// The status of a page. A proxy that the environment names is not asked: it could tell only of
/// itself.
async fn status(page: &HttpUrl, options: &HttpOptions) -> Result<u16, TransportError> {
    let connector = Connector::new(options.stall, options.extra_authorities.clone());
    let mut stream = connector.connect(page).await?;
    let interrupted = |error: std::io::Error| TransportError::Interrupted {
        origin: page.origin(),
        reason: error.to_string(),
    };
    let progress = stream.progress();
    let asked = async {
        let (target, host) = (page.target(), page.authority());
        let head = format!("GET {target} HTTP/1.0\r\nHost: {host}\r\n\r\n");
        stream.write_all(head.as_bytes()).await?;
        stream.flush().await?;
        let mut line = Vec::new();
        BufReader::new(stream.take(MAX_STATUS_LINE)).read_until(b'\n', &mut line).await?;
        Ok(line)
    };
    let line = match progress.guard(options.stall, asked).await {
        Ok(line) => line.map_err(interrupted)?,
        Err(stalled) => {
            return Err(TransportError::Stalled { origin: page.origin(), limit: stalled.limit });
        }
    };
    parse(&line).ok_or_else(|| TransportError::NotHttp {
        origin: page.origin(),
        reason: "its answer does not begin with a status".to_owned(),
    })
}

/// The status in `HTTP/1.1 200 OK`.
fn parse(line: &[u8]) -> Option<u16> {
    let line = std::str::from_utf8(line).ok()?.strip_prefix("HTTP/1.")?;
    line.split_ascii_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_is_below_the_address() {
        let of = |text: &str| page(&url(text).unwrap()).unwrap().to_string();
        assert_eq!(of("http://h:8080"), "http://h:8080/readyz");
        assert_eq!(of("https://alice:pw@h/code/?x"), "https://h/code/readyz");
    }

    #[test]
    fn the_status_is_in_the_first_line() {
        assert_eq!(parse(b"HTTP/1.1 200 OK\r\n"), Some(200));
        assert_eq!(parse(b"HTTP/1.0 503\r\n"), Some(503));
        assert_eq!(parse(b"HTTP/1.1 OK\r\n"), None);
        assert_eq!(parse(b"SSH-2.0-x\r\n"), None);
        assert_eq!(parse(b"\xff"), None);
    }
}
