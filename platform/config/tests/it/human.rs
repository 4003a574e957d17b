//! Values as people write them.

use metier_config::{Listen, Size};
use proptest::prelude::*;

#[test]
fn sizes_are_written_with_decimal_or_binary_units() {
    let cases = [
        ("20MB", 20_000_000),
        ("64KiB", 65_536),
        ("64 KiB", 65_536),
        ("1024", 1_024),
        ("0", 0),
        ("1.5GB", 1_500_000_000),
    ];
    for (text, bytes) in cases {
        assert_eq!(text.parse::<Size>().unwrap().bytes(), bytes, "{text}");
    }
    for text in ["", "MB", "-1", "5 apples", "1e999TB"] {
        assert!(text.parse::<Size>().is_err(), "{text}");
    }
}

#[test]
fn a_port_alone_and_localhost_mean_loopback() {
    for text in ["8080", "localhost:8080", "127.0.0.1:8080"] {
        assert_eq!(text.parse::<Listen>().unwrap(), Listen::loopback(8_080), "{text}");
    }
    assert!("[::1]:80".parse::<Listen>().unwrap().is_loopback());
    assert!(!"0.0.0.0:80".parse::<Listen>().unwrap().is_loopback());
    for text in ["", "65536", "localhost", "example.org:80", "127.0.0.1", ":80"] {
        assert!(text.parse::<Listen>().is_err(), "{text}");
    }
}

proptest! {
    #[test]
    fn a_size_round_trips_exactly(bytes: u64) {
        // The parser computes with floating point, which is exact up to 2^53.
        let size = Size::from_bytes(bytes % (1 << 53));
        prop_assert_eq!(size.to_string().parse::<Size>().unwrap(), size);
        let round = Size::from_bytes(u64::from(bytes as u32) * 1_000_000);
        prop_assert_eq!(round.to_string().parse::<Size>().unwrap(), round);
    }

    #[test]
    fn an_address_round_trips(address: std::net::SocketAddr) {
        let listen: Listen = address.to_string().parse().unwrap();
        prop_assert_eq!(listen.address().to_string(), address.to_string());
    }
}
