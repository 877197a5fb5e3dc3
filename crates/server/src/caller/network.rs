//! Networks: addresses that begin alike.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::Peer;

/// All addresses whose first bits are those of one address: `10.0.0.0/8`, `::1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    start: IpAddr,
    bits: u8,
}

/// What is no network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an address, or an address and a number of bits, such as 10.0.0.0/8")]
pub struct NotANetwork;

impl Network {
    /// The addresses that have these first bits; `None` if an address has not so many.
    #[must_use]
    pub fn new(start: IpAddr, bits: u8) -> Option<Self> {
        (bits <= length(start)).then_some(Self { start, bits })
    }

    /// The addresses of this machine that only it can use.
    #[must_use]
    pub const fn loopback() -> [Self; 2] {
        let (v4, v6) = (IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST));
        [Self { start: v4, bits: 8 }, Self { start: v6, bits: 128 }]
    }

    /// Who is at the other end of a connection, unless that is one of some proxies, or on this
    /// machine by way of a Unix socket.
    pub(crate) fn caller(peer: Peer, proxies: &[Self]) -> Option<IpAddr> {
        let address = peer.address?.ip();
        let is_proxy = proxies.iter().any(|network| network.contains(address));
        (!is_proxy).then(|| customer(address))
    }

    /// Whether an address is one of it. An IPv4 address that is written as IPv6 is an IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let (start, address) = (self.start.to_canonical(), address.to_canonical());
        length(start) == length(address)
            && first_bits(start, self.bits) == first_bits(address, self.bits)
    }
}

/// Bits of an IPv6 address that one customer of a network has to itself.
const IPV6_CUSTOMER: u8 = 64;

/// The part of an address by which callers are told apart: of IPv6 addresses everyone has many.
pub(super) fn customer(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => first_bits(address.into(), IPV6_CUSTOMER),
    }
}

/// Bits of an address.
fn length(address: IpAddr) -> u8 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

/// The address with all bits after the first ones cleared.
fn first_bits(address: IpAddr, bits: u8) -> IpAddr {
    let cleared = u32::from(length(address).saturating_sub(bits));
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(cleared).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(cleared).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

impl FromStr for Network {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address = address.parse().map_err(|_| NotANetwork)?;
        let bits =
            bits.map_or(Ok(length(address)), |bits| bits.parse().map_err(|_| NotANetwork))?;
        Self::new(address, bits).ok_or(NotANetwork)
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.start, self.bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_read_and_hold_what_begins_alike() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/8", "::ffff:10.9.9.9", "::a09:909"),
            ("127.0.0.1", "127.0.0.1", "127.0.0.2"),
            ("::1", "::1", "::2"),
            ("fd00::/8", "fdff::1", "fc00::1"),
            ("0.0.0.0/0", "1.2.3.4", "::1"),
            ("::/0", "2001:db8::1", "1.2.3.4"),
        ] {
            let network: Network = network.parse().unwrap();
            assert!(network.contains(inside.parse().unwrap()), "{network} {inside}");
            assert!(!network.contains(outside.parse().unwrap()), "{network} {outside}");
        }
        for bad in ["", "10", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/-1", "localhost"] {
            assert_eq!(bad.parse::<Network>(), Err(NotANetwork), "{bad}");
        }
    }
}
