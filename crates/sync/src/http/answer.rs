//! What a reply means: cards, another address, or an error that quotes it.

use ::http::{HeaderName, Response, StatusCode, header};
use hyper::body::Incoming;
use outcrop_xfer::{Limits, MediaType};

use super::{
    body::{BodyError, read_body, read_start},
    connection::failed,
    proxy::ProxyUrl,
    retry_after::retry_after,
};
use crate::{HttpUrl, Reply, TransportError, first_words};

/// How much of a page is read for its first words.
const PAGE_START: usize = 64 * 1024;

/// Where stock's servers take messages; it is no part of a repository's address.
const XFER: &str = "/xfer";

/// What a server answers with.
#[derive(Debug)]
pub(super) enum Answer {
    /// The cards that were asked for, and how many bytes they came in.
    Reply(Reply, usize),
    /// Ask there.
    Moved {
        /// The address, or the path.
        location: String,
        /// Whether one should ask there from now on.
        for_good: bool,
    },
}

/// What was asked.
pub(super) struct Asked<'a> {
    /// Whom.
    pub(super) url: &'a HttpUrl,
    /// The proxy that reads requests and sends them on.
    pub(super) forwarder: Option<&'a ProxyUrl>,
    /// Whether the web server was told who asks.
    pub(super) is_authorized: bool,
}

/// Reads a reply to its end, unless it is not one.
pub(super) async fn read(
    asked: &Asked<'_>,
    response: Response<Incoming>,
    limits: &Limits,
) -> Result<Answer, TransportError> {
    let (url, status) = (asked.url, response.status());
    if is_redirect(status) {
        let location = text(&response, &header::LOCATION).map(str::to_owned);
        let for_good = matches!(status.as_u16(), 301 | 308);
        let answer = location.map(|location| Answer::Moved { location, for_good });
        return answer.ok_or_else(|| TransportError::Redirect {
            origin: url.origin(),
            reason: format!("its status {} names no address", status.as_u16()),
        });
    }
    if status != StatusCode::OK {
        return Err(refused(asked, response).await);
    }
    let content_type = text(&response, &header::CONTENT_TYPE).map(str::to_owned);
    let media = content_type.as_deref().map(str::parse::<MediaType>);
    let Some(Ok(media)) = media else {
        return Err(TransportError::NotFossil {
            origin: url.origin(),
            content_type: content_type.unwrap_or_else(|| "no content type".to_owned()),
            words: first_words(&read_start(response.into_body(), PAGE_START).await),
        });
    };
    let body = read_body(response.into_body(), limits.message).await;
    let body = body.map_err(|error| match error {
        BodyError::TooLarge { limit } => TransportError::TooLarge { origin: url.origin(), limit },
        BodyError::Broken(error) => failed(url, &error),
    })?;
    let len = body.len();
    Ok(Answer::Reply(Reply::from_body(media, body, limits)?, len))
}

/// The error that a status tells of.
async fn refused(asked: &Asked<'_>, response: Response<Incoming>) -> TransportError {
    let origin = asked.url.origin();
    match (response.status(), asked.forwarder) {
        (StatusCode::PROXY_AUTHENTICATION_REQUIRED, Some(proxy)) => return proxy.refuses(),
        (StatusCode::UNAUTHORIZED, _) => {
            if let Some(challenge) = text(&response, &header::WWW_AUTHENTICATE) {
                let challenge = first_words(challenge.as_bytes());
                let sent = asked.is_authorized;
                return TransportError::Authorization { origin, challenge, sent };
            }
        }
        _ => {}
    }
    let (status, retry_after) = (response.status().as_u16(), retry_after(response.headers()));
    let words = first_words(&read_start(response.into_body(), PAGE_START).await);
    TransportError::Status { origin, status, words, retry_after }
}

/// The redirects that stock Fossil follows. All of them mean: the same request, elsewhere.
fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 307 | 308)
}

/// The value of a header, if it is there and is text.
fn text<'r>(response: &'r Response<Incoming>, name: &HeaderName) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

/// Where a redirect leads, unless one must not go there.
pub(super) fn redirect(from: &HttpUrl, location: &str) -> Result<HttpUrl, TransportError> {
    let refused = |reason: String| TransportError::Redirect { origin: from.origin(), reason };
    let location = location.trim();
    let location = location.strip_suffix(XFER).unwrap_or(location);
    let to = from.join(location).map_err(|error| refused(format!("to a bad address: {error}")))?;
    if from.is_https() && !to.is_https() {
        return Err(refused(format!("from https to {to}, which anyone can read")));
    }
    Ok(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lead(from: &str, location: &str) -> Result<String, TransportError> {
        redirect(&from.parse().unwrap(), location).map(|to| to.to_string())
    }

    #[test]
    fn redirects_leave_out_the_page_that_takes_messages() {
        for (location, to) in [
            ("https://h/p/xfer", "https://h/p"),
            (" https://h/p ", "https://h/p"),
            ("/q/xfer", "http://old/q"),
            ("/xfer", "http://old"),
        ] {
            assert_eq!(lead("http://old/x", location).unwrap(), to, "{location}");
        }
    }

    #[test]
    fn encryption_is_never_given_up() {
        let error = lead("https://h/", "http://h/").unwrap_err();
        assert!(error.to_string().contains("which anyone can read"), "{error}");
        assert!(lead("https://h/", "https://other/").is_ok());
        assert!(lead("https://h/", "ssh://h/").is_err());
    }
}
