//! Who calls: the other end of the connection, or whom a trusted proxy passes on.
//!
//! | file | holds |
//! |---|---|
//! | `mod.rs` | [`Caller`], and [`Proxies`]: whose word counts |
//! | `network.rs` | [`Network`]: addresses that begin alike |
//! | `forwarded.rs` | the headers that proxies add |
//! | `host.rs` | the host that a request names |

mod forwarded;
mod host;
mod network;

use std::net::IpAddr;

use http::{HeaderMap, Request};

use crate::Peer;
use forwarded::Hop;
pub use network::{Network, NotANetwork};

/// The proxies in front of a server: what they say of a request is believed, and what others say is
/// not.
#[derive(Debug, Clone, Default)]
pub struct Proxies {
    /// Where they are.
    pub networks: Vec<Network>,
    /// Whether whoever comes by way of a Unix socket is one.
    pub local: bool,
}

impl Proxies {
    fn has(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    fn trusts(&self, peer: Peer) -> bool {
        peer.address.map_or(self.local, |address| self.has(address.ip()))
    }
}

/// Who calls, and what for, as far as that is known.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Caller {
    /// The address of the client. Behind proxies it is the first, from here, that is none of theirs.
    pub address: Option<IpAddr>,
    /// Whether nobody could listen between the client and the first proxy, or us.
    pub is_secure: bool,
    /// The host, and perhaps the port, that the client asked for.
    pub host: Option<String>,
}

impl Caller {
    /// Finds out who sends a request. Needs its [`Peer`], without which no proxy is believed.
    #[must_use]
    pub fn of<B>(request: &Request<B>, proxies: &Proxies) -> Self {
        let peer = request.extensions().get::<Peer>().copied();
        let host = host::asked_for(request.headers()).map(str::to_owned);
        let Some(peer) = peer else { return Self { host, ..Self::default() } };
        let address = peer.address.map(|address| address.ip().to_canonical());
        let near = Self { address, is_secure: peer.is_secure, host };
        if !proxies.trusts(peer) {
            return near;
        }
        near.behind(request.headers(), proxies)
    }

    /// Follows the words of proxies, from the nearest outwards.
    ///
    /// A proxy that adds headers of one kind passes on those of the other as it got them, from
    /// anyone. So if both kinds are there, they count only as far as they agree.
    fn behind(self, headers: &HeaderMap, proxies: &Proxies) -> Self {
        let far = |hops: Vec<Hop>| self.clone().farthest(hops, proxies);
        match (forwarded::standard(headers), forwarded::customary(headers)) {
            (None, None) => self,
            (Some(hops), None) | (None, Some(hops)) => far(hops),
            (Some(one), Some(other)) => {
                let (one, other) = (far(one), far(other));
                if one.address == other.address { one.agreed(&other, &self) } else { self }
            }
        }
    }

    /// The first hop that is no proxy of ours.
    fn farthest(mut self, hops: Vec<Hop>, proxies: &Proxies) -> Self {
        for hop in hops {
            self.is_secure = hop.is_secure.unwrap_or(self.is_secure);
            self.host = hop.host.or(self.host);
            let Some(address) = hop.address else { break };
            self.address = Some(address);
            if !proxies.has(address) {
                break;
            }
        }
        self
    }

    /// What two say who agree on the address; where they differ, what is known for sure.
    fn agreed(mut self, other: &Self, sure: &Self) -> Self {
        if self.is_secure != other.is_secure {
            self.is_secure = sure.is_secure;
        }
        if self.host != other.host {
            self.host.clone_from(&sure.host);
        }
        self
    }

    /// The part of the address by which callers are told apart: of IPv6 addresses everyone has many.
    pub(crate) fn network(&self) -> Option<IpAddr> {
        self.address.map(network::customer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::SocketAddr;

    fn proxies() -> Proxies {
        let networks = ["10.0.0.0/8", "::1"].map(|network| network.parse().unwrap()).to_vec();
        Proxies { networks, local: true }
    }

    fn request(peer: Option<&str>, headers: &[(&str, &str)]) -> Request<()> {
        let mut request = Request::builder().header("host", "direct.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(()).unwrap();
        let peer = peer.map(|peer| match peer {
            "unix" => Peer::local(),
            address => address.parse::<SocketAddr>().unwrap().into(),
        });
        if let Some(peer) = peer {
            request.extensions_mut().insert(peer);
        }
        request
    }

    fn caller(peer: &str, headers: &[(&str, &str)]) -> (String, bool, String) {
        let caller = Caller::of(&request(Some(peer), headers), &proxies());
        let address = caller.address.map(|address| address.to_string());
        (address.unwrap_or_default(), caller.is_secure, caller.host.unwrap_or_default())
    }

    fn is(address: &str, is_secure: bool, host: &str) -> (String, bool, String) {
        (address.to_owned(), is_secure, host.to_owned())
    }

    const ALL: &[(&str, &str)] = &[
        ("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.7"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "public.example"),
    ];

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(caller("192.0.2.1:9", ALL), is("192.0.2.1", false, "direct.example"));
        let forwarded = [("forwarded", "for=1.2.3.4;proto=https;host=evil")];
        assert_eq!(caller("192.0.2.1:9", &forwarded), is("192.0.2.1", false, "direct.example"));
        let trusting_nobody = Caller::of(&request(Some("unix"), ALL), &Proxies::default());
        assert_eq!((trusting_nobody.address, trusting_nobody.is_secure), (None, false));
        let without_peer = Caller::of(&request(None, ALL), &proxies());
        assert_eq!((without_peer.address, without_peer.is_secure), (None, false));
    }

    #[test]
    fn the_first_hop_that_is_no_proxy_counts() {
        for peer in ["10.1.2.3:80", "unix", "[::1]:80", "[::ffff:10.0.0.1]:80"] {
            assert_eq!(caller(peer, ALL), is("203.0.113.9", true, "public.example"), "{peer}");
        }
        let forwarded =
            [("forwarded", "for=6.6.6.6, for=203.0.113.9;proto=https;host=public.example")];
        assert_eq!(caller("unix", &forwarded), is("203.0.113.9", true, "public.example"));
        // A proxy that hides its client is the end of what is known.
        let hidden = [("x-forwarded-for", "6.6.6.6, unknown, 10.0.0.7")];
        assert_eq!(caller("unix", &hidden), is("10.0.0.7", false, "direct.example"));
        let only_proxies = [("x-forwarded-for", "10.0.0.8, 10.0.0.7")];
        assert_eq!(caller("unix", &only_proxies), is("10.0.0.8", false, "direct.example"));
        assert_eq!(caller("10.0.0.7:1", &[]), is("10.0.0.7", false, "direct.example"));
    }

    #[test]
    fn headers_of_both_kinds_must_agree() {
        let with = |address, proto| {
            let forwarded = format!("for={address};proto={proto};host=public.example");
            caller("10.0.0.1:1", &[ALL, &[("forwarded", &forwarded)]].concat())
        };
        assert_eq!(with("203.0.113.9", "https"), is("203.0.113.9", true, "public.example"));
        assert_eq!(with("203.0.113.9", "http"), is("203.0.113.9", false, "public.example"));
        assert_eq!(with("6.6.6.6", "https"), is("10.0.0.1", false, "direct.example"));
    }

    #[test]
    fn neighbours_in_ipv6_are_one_caller() {
        let network = |address: &str| {
            let address = Some(address.parse().unwrap());
            Caller { address, ..Caller::default() }.network().unwrap().to_string()
        };
        assert_eq!(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(network("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
