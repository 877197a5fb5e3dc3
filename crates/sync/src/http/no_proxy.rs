//! Hosts that no proxy is used for: the variable `no_proxy`.

use std::net::IpAddr;

use crate::HttpUrl;

/// A list of hosts, as other programs read it too.
///
/// Names and numbers, parted by commas or blanks. A name holds what is below it, with a leading dot
/// or without; a number may have a `/` and the bits that count; either may have a port. `*` is
/// every host.
#[derive(Debug, Default)]
pub(super) struct Exceptions(Vec<Exception>);

#[derive(Debug)]
struct Exception {
    hosts: Hosts,
    port: Option<u16>,
}

#[derive(Debug, PartialEq, Eq)]
enum Hosts {
    All,
    /// The host of this name, in lower case, and all below it.
    Domain(String),
    /// All numbers that begin with these bits.
    Network(IpAddr, u8),
}

impl Exceptions {
    pub(super) fn new(list: &str) -> Self {
        let parts = list.split(|letter: char| letter == ',' || letter.is_whitespace());
        Self(parts.filter(|part| !part.is_empty()).map(Exception::new).collect())
    }

    /// Whether the host of an address is in the list.
    pub(super) fn hold(&self, url: &HttpUrl) -> bool {
        let host = url.host().strip_suffix('.').unwrap_or(url.host());
        let number = host.parse().ok();
        self.0.iter().any(|exception| {
            exception.port.is_none_or(|port| port == url.port())
                && exception.hosts.hold(host, number)
        })
    }
}

impl Exception {
    fn new(text: &str) -> Self {
        if let Some(hosts) = Hosts::of_number(text) {
            return Self { hosts, port: None };
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if port.parse::<u16>().is_ok() => (host, port.parse().ok()),
            _ => (text, None),
        };
        Self { hosts: Hosts::of_number(host).unwrap_or_else(|| Hosts::of_name(host)), port }
    }
}

impl Hosts {
    fn of_number(text: &str) -> Option<Self> {
        let text = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        let (number, bits) = text.split_once('/').map_or((text, None), |(n, bits)| (n, Some(bits)));
        let number: IpAddr = number.parse().ok()?;
        let all = if number.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(all), |bits| bits.parse().ok())?;
        (bits <= all).then_some(Self::Network(number, bits))
    }

    fn of_name(text: &str) -> Self {
        if text == "*" {
            return Self::All;
        }
        let name = text.strip_prefix('*').unwrap_or(text);
        Self::Domain(name.trim_matches('.').to_ascii_lowercase())
    }

    fn hold(&self, host: &str, number: Option<IpAddr>) -> bool {
        match self {
            Self::All => true,
            Self::Domain(domain) => {
                let before = host.strip_suffix(domain.as_str()).filter(|_| number.is_none());
                before.is_some_and(|before| before.is_empty() || before.ends_with('.'))
            }
            Self::Network(network, bits) => match (network, number) {
                (IpAddr::V4(network), Some(IpAddr::V4(number))) => {
                    let differ = network.to_bits() ^ number.to_bits();
                    differ.leading_zeros() >= u32::from(*bits)
                }
                (IpAddr::V6(network), Some(IpAddr::V6(number))) => {
                    let differ = network.to_bits() ^ number.to_bits();
                    differ.leading_zeros() >= u32::from(*bits)
                }
                _ => false,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(list: &str, host: &str) -> bool {
        Exceptions::new(list).hold(&format!("http://{host}/").parse().unwrap())
    }

    #[test]
    fn names_hold_what_is_below_them() {
        for list in
            ["example.org", ".example.org", "*.example.org", "a, EXAMPLE.org", "a\nexample.org."]
        {
            assert!(hold(list, "example.org") && hold(list, "www.Example.org."), "{list}");
            assert!(!hold(list, "badexample.org") && !hold(list, "example.org.evil"), "{list}");
        }
        assert!(hold("*", "anything"));
        assert!(!hold("", "h") && !hold(" , ", "h"));
    }

    #[test]
    fn ports_tell_servers_of_one_host_apart() {
        assert!(hold("h:8080", "h:8080") && !hold("h:8080", "h"));
        assert!(hold("h:80", "h") && hold("[::1]:80", "[::1]"));
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(hold("10.0.0.0/8", "10.1.2.3") && !hold("10.0.0.0/8", "11.1.2.3"));
        assert!(hold("10.1.2.3", "10.1.2.3:99") && !hold("10.1.2.3", "10.1.2.4"));
        assert!(!hold("0.0.0.0/0", "h") && hold("0.0.0.0/0", "1.2.3.4"));
        assert!(hold("fd00::/8", "[fd12::1]") && !hold("fd00::/8", "[fe80::1]"));
        assert!(hold("::1", "[0:0:0:0:0:0:0:1]") && hold("[::1]", "[::1]"));
        assert!(!hold("10.0.0.0/33", "10.0.0.0") && !hold("0.1", "10.0.0.1"));
    }
}
