//! Where a webhook may go: out into the world, and nowhere else unless the operator says so.
//!
//! Whoever makes a webhook decides where this server connects to. Without a guard that reaches what only this server
//! reaches: its own loopback, the machines beside it, the metadata of a cloud. Names are looked at when they are
//! resolved, at each connection, so a name that answers with another address later gains nothing.

use std::net::IpAddr;

use ipnet::IpNet;
use metier_core::Fault;
use url::{Host, Url};

const LONGEST: usize = 2_000;

/// Networks that are not the world, as text: parsed once per guard.
const RESERVED: [&str; 27] = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "::/96",
    "64:ff9b::/96",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/9",
    "ff00::/8",
];

/// Knows which addresses may be connected to.
#[derive(Clone, Debug)]
pub struct Guard {
    reserved: Vec<IpNet>,
    allowed: Vec<IpNet>,
}

impl Guard {
    /// The world, and these networks besides.
    pub fn new(allowed: Vec<IpNet>) -> Self {
        Self { reserved: RESERVED.iter().filter_map(|network| network.parse().ok()).collect(), allowed }
    }

    /// Whether this address may be connected to. An IPv4 address within an IPv6 one is looked at as what it is.
    pub fn admits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let within = |networks: &[IpNet]| networks.iter().any(|network| network.contains(&address));
        within(&self.allowed) || !within(&self.reserved)
    }

    /// The address of a webhook, if it is one.
    ///
    /// # Errors
    /// When it is no HTTP URL, holds credentials, or names an address that may not be connected to.
    pub fn check(&self, text: &str) -> Result<Url, Fault> {
        let refused = |message: &str| Fault::invalid("/url", message);
        let url = Url::parse(text).map_err(|_| refused("must be an http or https address"))?;
        if text.len() > LONGEST || !matches!(url.scheme(), "http" | "https") {
            return Err(refused("must be an http or https address of at most 2000 characters"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(refused("must have no user, password or fragment: deliveries are signed"));
        }
        match literal(&url) {
            Some(address) if !self.admits(address) => Err(refused(
                "must be reachable from everywhere: this address is private, or of this machine; an operator can \
                 allow its network with notifications.allow_networks",
            )),
            _ => Ok(url),
        }
    }
}

/// The address a URL names without a name.
fn literal(url: &Url) -> Option<IpAddr> {
    match url.host()? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn admits(text: &str) -> bool {
        Guard::new(Vec::new()).admits(text.parse().unwrap())
    }

    #[test]
    fn every_network_of_the_table_is_one() {
        assert_eq!(Guard::new(Vec::new()).reserved.len(), RESERVED.len());
    }

    #[test]
    fn only_the_world_is_reached() {
        for text in ["1.1.1.1", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "2a00:1450:4001::1"] {
            assert!(admits(text), "{text}");
        }
        for text in [
            "127.0.0.1",
            "127.8.8.8",
            "0.0.0.0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "fe80::1",
            "fd00::1",
            "fec0::1",
            "ff02::1",
        ] {
            assert!(!admits(text), "{text}");
        }
    }

    #[test]
    fn an_address_that_hides_in_a_url_is_found() {
        let guard = Guard::new(Vec::new());
        for text in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0177.0.0.1/",
            "http://[::1]:80/",
            "http://[::ffff:7f00:1]/",
            "http://127.1/",
            "http://10.0.0.1:7400/x",
        ] {
            assert!(guard.check(text).is_err(), "{text}");
        }
        for text in [
            "ftp://example.org/",
            "nothing",
            "https://user:secret@example.org/",
            "https://example.org/#x",
            "file:///etc",
        ] {
            assert!(guard.check(text).is_err(), "{text}");
        }
        assert!(guard.check("https://example.org:8443/hooks?of=me").is_ok());
    }

    #[test]
    fn what_an_operator_allows_is_reached() {
        let guard = Guard::new(vec!["10.1.0.0/16".parse().unwrap()]);
        assert!(guard.check("http://10.1.2.3/").is_ok() && guard.check("http://10.2.0.1/").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,60}") {
            let _ = Guard::new(Vec::new()).check(&text);
        }
    }
}
