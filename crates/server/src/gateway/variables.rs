//! What stock Fossil is told of a request.
//!
//! Only what stands here, and nothing that a client has named: Fossil believes `REMOTE_USER`,
//! `REMOTE_ADDR` and `HTTPS`. It gets them as variables and not as an HTTP request, since its own
//! reader of those believes `X-Forwarded-For` and `HTTPS` in it, and takes the end of a long line for
//! a header of its own.

use std::net::IpAddr;

use http::header::{
    ACCEPT_ENCODING, ACCEPT_LANGUAGE, AUTHORIZATION, CONTENT_TYPE, COOKIE, HeaderMap,
    IF_MODIFIED_SINCE, IF_NONE_MATCH, REFERER, USER_AGENT,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue};

use crate::RemoteUser;
use crate::cgi::Variables;

/// The headers that are passed on: those that Fossil reads.
const HEADERS: [(HeaderName, &str); 9] = [
    (CONTENT_TYPE, "CONTENT_TYPE"),
    (ACCEPT_ENCODING, "HTTP_ACCEPT_ENCODING"),
    (ACCEPT_LANGUAGE, "HTTP_ACCEPT_LANGUAGE"),
    (AUTHORIZATION, "HTTP_AUTHORIZATION"),
    (COOKIE, "HTTP_COOKIE"),
    (IF_MODIFIED_SINCE, "HTTP_IF_MODIFIED_SINCE"),
    (IF_NONE_MATCH, "HTTP_IF_NONE_MATCH"),
    (REFERER, "HTTP_REFERER"),
    (USER_AGENT, "HTTP_USER_AGENT"),
];

/// Where a page is, as the client has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Whether the client has an encrypted connection, to us or to someone before us.
    pub(super) is_https: bool,
    /// The address of the client.
    pub(super) address: Option<IpAddr>,
    /// Host and port.
    pub(super) host: String,
    /// The path of the repository; empty if that is the root.
    pub(super) repository: String,
    /// What follows it: empty, or a slash and more.
    pub(super) below: String,
}

/// The variables of a request with a body of so many bytes.
pub(super) fn variables(request: &Parts, place: &Place, body: u64) -> Variables {
    let mut variables = Variables::new();
    let query = request.uri.query().unwrap_or_default();
    let mark = if query.is_empty() { "" } else { "?" };
    // SCGI wants this one first.
    variables.push("CONTENT_LENGTH", body.to_string());
    variables.push("SCGI", "1");
    variables.push("REQUEST_METHOD", request.method.as_str());
    variables.push("REQUEST_SCHEME", if place.is_https { "https" } else { "http" });
    variables.push("REQUEST_URI", format!("{}{}{mark}{query}", place.repository, place.below));
    variables.push("SCRIPT_NAME", &*place.repository);
    variables.push("PATH_INFO", &*place.below);
    variables.push("QUERY_STRING", query);
    variables.push("SERVER_PROTOCOL", format!("{:?}", request.version));
    variables.push("HTTP_HOST", &*place.host);
    if place.is_https {
        variables.push("HTTPS", "on");
    }
    if let Some(address) = place.address {
        variables.push("REMOTE_ADDR", address.to_canonical().to_string());
    }
    // Fossil looks itself whether the repository takes a web server's word for that.
    if let Some(RemoteUser(user)) = request.extensions.get() {
        variables.push("REMOTE_USER", &**user);
    }
    for (name, variable) in &HEADERS {
        if let Some(value) = value(&request.headers, name) {
            variables.push(*variable, value);
        }
    }
    variables
}

/// The value of a header; all of them for cookies, and else the first.
fn value(headers: &HeaderMap, name: &HeaderName) -> Option<Vec<u8>> {
    let mut values = headers.get_all(name).iter().map(HeaderValue::as_bytes);
    if *name == COOKIE {
        let values: Vec<_> = values.collect();
        return (!values.is_empty()).then(|| values.join(&b"; "[..]));
    }
    values.next().map(<[u8]>::to_vec)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;

    #[test]
    fn fossil_is_told_what_it_needs_and_nothing_that_a_client_makes_up() {
        let request = Request::get("/one/wiki/a%20b?name=c&REMOTE_USER=eve")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("user-agent", "Browser")
            .header("host", "elsewhere")
            .header("https", "on")
            .header("remote-user", "eve")
            .header("x-remote-user", "eve")
            .header("x-forwarded-for", "127.0.0.1")
            .header("x-forwarded-proto", "https")
            .header("http-cookie", "c=3")
            .header("script-name", "/x")
            .body(())
            .unwrap();
        let place = Place {
            is_https: false,
            address: Some("::ffff:192.0.2.1".parse().unwrap()),
            host: "example.org".to_owned(),
            repository: "/one".to_owned(),
            below: "/wiki/a%20b".to_owned(),
        };
        let parts = request.into_parts().0;
        let told = variables(&parts, &place, 0);
        let expected = [
            ("CONTENT_LENGTH", "0"),
            ("SCGI", "1"),
            ("REQUEST_METHOD", "GET"),
            ("REQUEST_SCHEME", "http"),
            ("REQUEST_URI", "/one/wiki/a%20b?name=c&REMOTE_USER=eve"),
            ("SCRIPT_NAME", "/one"),
            ("PATH_INFO", "/wiki/a%20b"),
            ("QUERY_STRING", "name=c&REMOTE_USER=eve"),
            ("SERVER_PROTOCOL", "HTTP/1.1"),
            ("HTTP_HOST", "example.org"),
            ("REMOTE_ADDR", "192.0.2.1"),
            ("HTTP_COOKIE", "a=1; b=2"),
            ("HTTP_USER_AGENT", "Browser"),
        ];
        assert_eq!(told, expected.into_iter().collect());

        let encrypted = variables(&parts, &Place { is_https: true, ..place }, 0);
        assert_eq!(encrypted.text("HTTPS"), Some("on"));
        assert_eq!(encrypted.text("REQUEST_SCHEME"), Some("https"));
    }

    #[test]
    fn whoever_passes_a_request_on_may_vouch_for_its_user() {
        let mut request = Request::new(());
        request.extensions_mut().insert(RemoteUser("alice".to_owned()));
        let place = Place {
            is_https: true,
            address: None,
            host: "h".to_owned(),
            repository: String::new(),
            below: "/".to_owned(),
        };
        let told = variables(&request.into_parts().0, &place, 0);
        assert_eq!(told.text("REMOTE_USER"), Some("alice"));
    }
}
