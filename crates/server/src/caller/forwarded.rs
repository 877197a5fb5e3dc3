//! What proxies say of the requests that they pass on: `Forwarded` and `X-Forwarded-…`.
//!
//! ```text
//! Forwarded: for=192.0.2.60;proto=https;host=example.org, for="[2001:db8::1]:4711"
//! X-Forwarded-For: 192.0.2.60, 2001:db8::1
//! ```
//!
//! Each proxy adds what it has seen at the end, so the last hop is the one that the nearest proxy
//! tells of.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use super::host::plain;
use crate::limits::HOPS;

/// One hop of the way of a request.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Hop {
    /// Who it came from; none if the proxy does not say, or hides it.
    pub(super) address: Option<IpAddr>,
    pub(super) is_secure: Option<bool>,
    pub(super) host: Option<String>,
}

/// The hops in a `Forwarded` header, the nearest first; none without the header.
pub(super) fn standard(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let elements = list(headers, "forwarded", ',')?;
    Some(elements.iter().rev().take(HOPS).map(|element| hop(element)).collect())
}

/// The hops in `X-Forwarded-…` headers, the nearest first; none without such a header.
///
/// Of protocols and hosts there may be fewer than of addresses: then the last one counts for all that
/// are farther away.
pub(super) fn customary(headers: &HeaderMap) -> Option<Vec<Hop>> {
    let addresses = list(headers, "x-forwarded-for", ',');
    let protocols = list(headers, "x-forwarded-proto", ',');
    let hosts = list(headers, "x-forwarded-host", ',');
    let lists = [&addresses, &protocols, &hosts];
    let hops = lists.iter().filter_map(|list| list.as_ref()).map(Vec::len).max()?;
    let at = |list: &Option<Vec<String>>, hop: usize| -> Option<String> {
        let list = list.as_ref()?;
        let hop = hop.min(list.len().checked_sub(1)?);
        list.iter().rev().nth(hop).cloned()
    };
    let hop = |number| Hop {
        address: addresses.as_ref().and_then(|list| address(list.iter().rev().nth(number)?)),
        is_secure: at(&protocols, number).as_deref().and_then(is_secure),
        host: at(&hosts, number).as_deref().and_then(plain).map(str::to_owned),
    };
    Some((0..hops.min(HOPS)).map(hop).collect())
}

/// All parts of a header that may come more than once. Separators within quotes are none.
fn list(headers: &HeaderMap, name: &str, separator: char) -> Option<Vec<String>> {
    let mut parts = Vec::new();
    let mut is_there = false;
    for value in headers.get_all(name) {
        is_there = true;
        // What is no text says nothing, but something was said.
        parts.extend(split(value.to_str().unwrap_or_default(), separator));
    }
    is_there.then_some(parts)
}

fn split(text: &str, separator: char) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut quoted, mut escaped) = (false, false);
    for letter in text.chars() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if letter == separator && !quoted => {
                parts.push(std::mem::take(&mut part).trim().to_owned());
                continue;
            }
            _ => {}
        }
        part.push(letter);
    }
    parts.push(part.trim().to_owned());
    parts
}

/// One element of a `Forwarded` header.
fn hop(element: &str) -> Hop {
    let mut hop = Hop::default();
    for pair in split(element, ';') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let value = unquoted(value.trim());
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.address = address(&value),
            "proto" => hop.is_secure = is_secure(&value),
            "host" => hop.host = plain(&value).map(str::to_owned),
            _ => {}
        }
    }
    hop
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    let Some(inner) = inner else { return value.to_owned() };
    let mut escaped = false;
    inner
        .chars()
        .filter(|&letter| {
            escaped = letter == '\\' && !escaped;
            !escaped
        })
        .collect()
}

/// An address, with a port or without.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().map(|address: SocketAddr| address.ip());
    bare.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

fn is_secure(protocol: &str) -> Option<bool> {
    match protocol.to_ascii_lowercase().as_str() {
        "https" => Some(true),
        "http" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(lines: &[(&'static str, &str)]) -> HeaderMap {
        lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    fn told(hop: &Hop) -> (String, Option<bool>, Option<&str>) {
        let address = hop.address.map_or_else(|| "-".to_owned(), |address| address.to_string());
        (address, hop.is_secure, hop.host.as_deref())
    }

    #[test]
    fn the_standard_header_is_read_hop_by_hop() {
        let header = headers(&[(
            "forwarded",
            "for=192.0.2.60; Proto=HTTPS;by=203.0.113.43 , \
             For=\"[2001:db8:cafe::17]:4711\";host=\"a.example:81\",for=unknown,for=\"_x\\\",y\"",
        )]);
        let hops = standard(&header).unwrap();
        let told: Vec<_> = hops.iter().map(told).collect();
        let expected = [
            ("-", None, None),
            ("-", None, None),
            ("2001:db8:cafe::17", None, Some("a.example:81")),
            ("192.0.2.60", Some(true), None),
        ];
        assert_eq!(
            told,
            expected.map(|(address, secure, host)| (address.to_owned(), secure, host))
        );
        assert_eq!(standard(&headers(&[])), None);
    }

    #[test]
    fn the_customary_headers_are_read_from_their_ends() {
        let header = headers(&[
            ("x-forwarded-for", "spoofed, 192.0.2.1"),
            ("x-forwarded-for", "[::1]:80 , ::ffff:10.0.0.1"),
            ("x-forwarded-proto", "https, http"),
            ("x-forwarded-host", "a.example"),
        ]);
        let hops = customary(&header).unwrap();
        let told: Vec<_> = hops.iter().map(told).collect();
        let host = Some("a.example");
        let expected = [
            ("10.0.0.1", Some(false), host),
            ("::1", Some(true), host),
            ("192.0.2.1", Some(true), host),
            ("-", Some(true), host),
        ];
        assert_eq!(
            told,
            expected.map(|(address, secure, host)| (address.to_owned(), secure, host))
        );
        let only = customary(&headers(&[("x-forwarded-proto", "https")])).unwrap();
        assert_eq!(only, [Hop { is_secure: Some(true), ..Hop::default() }]);
        assert_eq!(customary(&headers(&[])), None);
    }

    proptest::proptest! {
        #[test]
        fn any_header_is_read_without_panic(value: Vec<u8>, more in "[,;=\"\\\\a-f0-9:\\[\\]]*") {
            let mut headers = HeaderMap::new();
            for name in ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"] {
                for bytes in [&value[..], more.as_bytes()] {
                    if let Ok(value) = http::HeaderValue::from_bytes(bytes) {
                        headers.append(name, value);
                    }
                }
            }
            for hops in [standard(&headers), customary(&headers)].into_iter().flatten() {
                proptest::prop_assert!(hops.len() <= HOPS);
            }
        }
    }

    #[test]
    fn nonsense_is_a_hop_that_says_nothing() {
        for nonsense in ["", ",", "for", "for=", "for=\"", "=;=", "proto=gopher;host=\"a/b\""] {
            let hops = standard(&headers(&[("forwarded", nonsense)])).unwrap();
            assert!(hops.iter().all(|hop| *hop == Hop::default()), "{nonsense}: {hops:?}");
        }
        let many = vec!["1.2.3.4"; HOPS + 9].join(",");
        assert_eq!(customary(&headers(&[("x-forwarded-for", &many)])).unwrap().len(), HOPS);
    }
}
