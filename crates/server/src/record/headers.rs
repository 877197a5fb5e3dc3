//! Which headers are passed on.

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{
        CONNECTION, CONTENT_LENGTH, EXPECT, PROXY_AUTHENTICATE, PROXY_AUTHORIZATION, TE, TRAILER,
        TRANSFER_ENCODING, UPGRADE,
    },
};

/// Headers that concern one connection, and must not be passed on to another (RFC 9110, 7.6.1).
/// The length is among them, since each side states that of the body it sends.
const OF_ONE_CONNECTION: [HeaderName; 11] = [
    CONNECTION,
    CONTENT_LENGTH,
    EXPECT,
    HeaderName::from_static("keep-alive"),
    PROXY_AUTHENTICATE,
    PROXY_AUTHORIZATION,
    HeaderName::from_static("proxy-connection"),
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

/// Takes out what concerns one connection, and says that the next ends with this message: stock's
/// client reads until the connection is closed.
pub(super) fn pass_on(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in OF_ONE_CONNECTION.iter().chain(&named) {
        headers.remove(name);
    }
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_concerns_one_connection_stays_behind() {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("connection", "Keep-Alive, X-Hop"),
            ("keep-alive", "300"),
            ("x-hop", "1"),
            ("content-length", "7"),
            ("transfer-encoding", "chunked"),
            ("user-agent", "Fossil/2.21"),
            ("cookie", "x-f-l-c=login"),
        ] {
            headers.insert(name, HeaderValue::from_static(value));
        }
        pass_on(&mut headers);
        let left: Vec<_> = headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(headers.len(), 3, "{left:?}");
        assert_eq!(headers[CONNECTION], "close");
        assert_eq!(headers["user-agent"], "Fossil/2.21");
        assert_eq!(headers["cookie"], "x-f-l-c=login");
    }
}
