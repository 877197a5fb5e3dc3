//! The host that a request names.

use http::HeaderMap;
use http::header::HOST;

/// What names a host and a port, and nothing else: the client may have sent anything.
pub(super) fn plain(host: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte);
    (!host.is_empty() && host.bytes().all(is_plain)).then_some(host)
}

/// The host that the client itself names.
pub(super) fn asked_for(headers: &HeaderMap) -> Option<&str> {
    plain(headers.get(HOST)?.to_str().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_hosts_are_hosts() {
        for host in ["example.org", "example.org:81", "[::1]:80", "a_b", "127.0.0.1"] {
            assert_eq!(plain(host), Some(host));
        }
        for other in ["", "a/b", "a b", "a\"b", "<b>", "user@host", "h\u{e4}"] {
            assert_eq!(plain(other), None, "{other}");
        }
    }
}
