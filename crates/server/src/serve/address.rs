//! Who is on the other end: networks, the client behind trusted proxies, and connections counted by address.
//!
//! A forwarded header counts only as far as trusted proxies wrote it.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv6Addr},
    str::FromStr,
    sync::{Arc, Mutex, PoisonError},
};

use axum::http::HeaderMap;

/// An address with the length of its fixed part, as in `10.0.0.0/8`; an address alone is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    bits: u128,
    prefix: u32,
}

impl Network {
    /// Whether the address belongs to the network.
    pub fn contains(&self, address: IpAddr) -> bool {
        let differing = (self.bits ^ bits(address)).leading_zeros();
        differing >= self.prefix
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix.parse::<u32>().map_err(|_| ())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let (offset, width) = match address {
            IpAddr::V4(_) => (96, 32),
            IpAddr::V6(_) => (0, 128),
        };
        match prefix.unwrap_or(width) {
            prefix if prefix <= width => Ok(Self {
                bits: bits(address),
                prefix: offset + prefix,
            }),
            _ => Err(()),
        }
    }
}

/// One form for both families: IPv4 as mapped into IPv6.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The client of a request; in the request's extensions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its address: the peer's, or what trusted proxies say.
    pub address: IpAddr,
    /// Whether it speaks https, as trusted proxies say.
    pub https: bool,
}

impl Client {
    /// The client of a request that came over a connection from `peer`.
    pub(crate) fn of(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let is_trusted = |address| trusted.iter().any(|network| network.contains(address));
        let peer = peer.to_canonical();
        if trusted.is_empty() || !is_trusted(peer) {
            return Self {
                address: peer,
                https: false,
            };
        }
        // Each proxy appends who spoke to it: the last entry that no trusted proxy wrote about another is the client.
        let mut address = peer;
        let entries: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .collect();
        for entry in entries.iter().rev() {
            let Some(entry) = parse_entry(entry) else {
                break;
            };
            address = entry;
            if !is_trusted(address) {
                break;
            }
        }
        let https = headers
            .get_all("x-forwarded-proto")
            .iter()
            .next_back()
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.rsplit(',').next())
            .is_some_and(|proto| proto.trim().eq_ignore_ascii_case("https"));
        Self { address, https }
    }

    /// The key under which limits count: IPv6 clients own at least a /64.
    pub fn limit_key(&self) -> IpAddr {
        limit_key(self.address)
    }
}

/// An address that a limit counts as one client.
fn limit_key(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(
            address.to_bits() & !u128::from(u64::MAX),
        )),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// `address`, `address:port`, `[v6]` or `[v6]:port`.
fn parse_entry(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    let address = entry
        .parse()
        .or_else(|_| {
            entry
                .parse()
                .map(|socket: std::net::SocketAddr| socket.ip())
        })
        .or_else(|_| entry.trim_matches(['[', ']']).parse())
        .ok()?;
    Some(IpAddr::to_canonical(&address))
}

/// Counts open connections by address.
#[derive(Clone, Debug)]
pub(crate) struct PerAddress {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    limit: usize,
}

/// One counted connection; leaving scope ends it.
#[derive(Debug)]
pub(crate) struct Seat {
    key: IpAddr,
    counter: PerAddress,
}

impl PerAddress {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            open: Arc::default(),
            limit,
        }
    }

    /// A place for one more connection of that address, unless it has all it may have.
    pub(crate) fn enter(&self, address: IpAddr) -> Option<Seat> {
        let key = limit_key(address);
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(key).or_default();
        if *count >= self.limit {
            return None;
        }
        *count += 1;
        Some(Seat {
            key,
            counter: self.clone(),
        })
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = self
            .counter
            .open
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn networks_hold_their_addresses() {
        let table = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.1.1", true),
            ("192.168.1.7", "192.168.1.7", true),
            ("192.168.1.7", "192.168.1.8", false),
            ("0.0.0.0/0", "8.8.8.8", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/32", "2001:db8:1::1", true),
            ("::/0", "1.2.3.4", true),
        ];
        for (network, address, expected) in table {
            let network: Network = network.parse().expect("a network");
            assert_eq!(
                network.contains(ip(address)),
                expected,
                "{network:?} {address}"
            );
        }
        for wrong in [
            "",
            "10.0.0.0/33",
            "10.0.0/8",
            "::/129",
            "host",
            "10.0.0.0/-1",
        ] {
            assert!(wrong.parse::<Network>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn forwarded_headers_count_only_from_trusted_proxies() {
        let trusted: Vec<Network> = ["10.0.0.0/8", "192.0.2.1"]
            .map(|text| text.parse().expect("a network"))
            .into();
        let table = [
            // peer, header, client
            ("203.0.113.9", "198.51.100.1", "203.0.113.9"),
            ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
            ("::ffff:10.0.0.1", "198.51.100.1:4711", "198.51.100.1"),
            (
                "10.0.0.1",
                "1.1.1.1, 198.51.100.1, 192.0.2.1",
                "198.51.100.1",
            ),
            ("10.0.0.1", "[2001:db8::1]:80", "2001:db8::1"),
            ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.1"),
            ("10.0.0.1", "", "10.0.0.1"),
        ];
        for (peer, header, expected) in table {
            let mut headers = HeaderMap::new();
            headers.insert("x-forwarded-for", header.parse().expect("a value"));
            headers.insert("x-forwarded-proto", "https".parse().expect("a value"));

            let client = Client::of(ip(peer), &headers, &trusted);

            assert_eq!(client.address, ip(expected), "{peer} {header}");
            assert_eq!(client.https, !peer.starts_with("203"), "{peer} {header}");
        }
    }

    #[test]
    fn connections_are_counted_by_address_and_by_v6_network() {
        let counter = PerAddress::new(1);
        let seat = counter.enter(ip("2001:db8::1")).expect("the first");

        assert!(counter.enter(ip("2001:db8::2")).is_none());
        assert!(counter.enter(ip("2001:db8:0:1::1")).is_some());

        drop(seat);
        assert!(counter.enter(ip("2001:db8::2")).is_some());
        assert!(counter.open.lock().expect("no panic").is_empty());
    }
}
