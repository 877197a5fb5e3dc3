//! Variables as a request: what a web server has told of it, back in the form that services take.

use std::net::{IpAddr, SocketAddr};

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, HOST};
use http::{HeaderName, HeaderValue, Method, Request, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};

use super::Variables;
use crate::Peer;

/// What stands for itself in a path: web servers give it decoded.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// Why variables are no request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Misfit {
    /// A variable that every request has is not there.
    #[error("{0} is not set: a web server sets it when it runs a CGI program")]
    Missing(&'static str),
    /// A variable has no value that makes sense.
    #[error("{0} has a value that makes no sense")]
    Odd(&'static str),
}

/// The request, without its body, and the bytes that its body has.
///
/// Its path begins with `SCRIPT_NAME`, the place where the web server has the program.
pub(crate) fn request(variables: &Variables) -> Result<(Request<()>, u64), Misfit> {
    const METHOD: &str = "REQUEST_METHOD";
    let method = variables.text(METHOD).ok_or(Misfit::Missing(METHOD))?;
    let method = Method::from_bytes(method.as_bytes()).map_err(|_| Misfit::Odd(METHOD))?;
    let length = match variables.text("CONTENT_LENGTH") {
        Some(length) => length.trim().parse().map_err(|_| Misfit::Odd("CONTENT_LENGTH"))?,
        None => 0,
    };
    let mut request = Request::new(());
    *request.method_mut() = method;
    *request.uri_mut() = uri(variables)?;
    for (name, value) in variables.iter() {
        let Some(name) = header(name) else { continue };
        if let Ok(value) = HeaderValue::from_bytes(value) {
            request.headers_mut().append(name, value);
        }
    }
    request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    if !request.headers().contains_key(HOST)
        && let Some(name) = variables.text("SERVER_NAME")
        && let Ok(name) = HeaderValue::from_str(name)
    {
        request.headers_mut().insert(HOST, name);
    }
    let is_secure = variables.text("HTTPS").is_some_and(|https| https.eq_ignore_ascii_case("on"));
    request.extensions_mut().insert(Peer::at(address(variables), is_secure));
    Ok((request, length))
}

/// Where the client is.
fn address(variables: &Variables) -> Option<SocketAddr> {
    let address: IpAddr = variables.text("REMOTE_ADDR")?.parse().ok()?;
    let port = variables.text("REMOTE_PORT").and_then(|port| port.parse().ok());
    Some((address, port.unwrap_or(0)).into())
}

/// The target of the request. A web server may leave it to us to part it in two.
fn uri(variables: &Variables) -> Result<Uri, Misfit> {
    const WHOLE: &str = "REQUEST_URI";
    if variables.get("PATH_INFO").is_none()
        && let Some(whole) = variables.text(WHOLE)
    {
        return whole.parse().map_err(|_| Misfit::Odd(WHOLE));
    }
    let place = variables.place();
    let below = encoded(variables.get("PATH_INFO"));
    let slash = if place.starts_with('/') || below.starts_with('/') { "" } else { "/" };
    let query = variables.text("QUERY_STRING").map(|query| format!("?{query}"));
    let target = format!("{slash}{place}{below}{}", query.unwrap_or_default());
    target.parse().map_err(|_| Misfit::Odd("PATH_INFO or QUERY_STRING"))
}

/// A path as a request line has it.
fn encoded(path: Option<&[u8]>) -> String {
    percent_encode(path.unwrap_or_default(), PATH).to_string()
}

impl Variables {
    /// Where the web server has the program, as a request line has that: the start of the path of
    /// every request.
    #[must_use]
    pub fn place(&self) -> String {
        encoded(self.get("SCRIPT_NAME"))
    }
}

/// The header that a variable stands for.
fn header(variable: &str) -> Option<HeaderName> {
    if variable == "CONTENT_TYPE" {
        return Some(CONTENT_TYPE);
    }
    let name = variable.strip_prefix("HTTP_")?.replace('_', "-");
    HeaderName::from_bytes(name.as_bytes()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Result<(Request<()>, u64), Misfit> {
        request(&variables.iter().copied().collect())
    }

    #[test]
    fn variables_make_a_request() {
        let (request, length) = of(&[
            ("REQUEST_METHOD", "POST"),
            ("SCRIPT_NAME", "/cgi-bin/repos"),
            ("PATH_INFO", "/a b/%/ä?"),
            ("QUERY_STRING", "x=%20y"),
            ("CONTENT_TYPE", "application/x-fossil"),
            ("CONTENT_LENGTH", "12"),
            ("HTTP_COOKIE", "a=b"),
            ("HTTP_CONTENT_LENGTH", "99"),
            ("SERVER_NAME", "example.org"),
            ("REMOTE_ADDR", "192.0.2.1"),
            ("REMOTE_PORT", "4711"),
            ("REMOTE_USER", "alice"),
            ("PATH", "/usr/bin"),
        ])
        .unwrap();
        assert_eq!((request.method(), length), (&Method::POST, 12));
        assert_eq!(request.uri(), "/cgi-bin/repos/a%20b/%25/%C3%A4%3F?x=%20y");
        let headers: Vec<_> = request
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        let mut headers = headers;
        headers.sort();
        assert_eq!(
            headers,
            [
                "content-length: 12",
                "content-type: application/x-fossil",
                "cookie: a=b",
                "host: example.org"
            ]
        );
        let peer: Peer = *request.extensions().get().unwrap();
        assert_eq!(peer, Peer::at(Some("192.0.2.1:4711".parse().unwrap()), false));
    }

    #[test]
    fn little_is_needed() {
        let (request, length) = of(&[("REQUEST_METHOD", "GET")]).unwrap();
        assert_eq!((request.uri().path(), length), ("/", 0));
        let (request, _) =
            of(&[("REQUEST_METHOD", "GET"), ("HTTP_HOST", "h"), ("SERVER_NAME", "n")]).unwrap();
        assert_eq!(request.headers()[HOST], "h");
        let (request, _) = of(&[
            ("REQUEST_METHOD", "GET"),
            ("SCRIPT_NAME", "/a b"),
            ("REQUEST_URI", "/a%20b/c%2Fd?e"),
            ("HTTPS", "on"),
        ])
        .unwrap();
        assert_eq!(request.uri(), "/a%20b/c%2Fd?e");
        assert_eq!(request.extensions().get(), Some(&Peer::at(None, true)));
        assert_eq!(of(&[]).unwrap_err(), Misfit::Missing("REQUEST_METHOD"));
        for (name, value) in
            [("REQUEST_METHOD", "GET /"), ("CONTENT_LENGTH", "-1"), ("CONTENT_LENGTH", "1x")]
        {
            let error = of(&[(name, value), ("REQUEST_METHOD", "GET")]).unwrap_err();
            assert_eq!(error, Misfit::Odd(name), "{value}");
        }
    }
}
