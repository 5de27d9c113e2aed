//! Where somebody comes from, as far as limits go.

use std::net::{IpAddr, Ipv6Addr};

/// The address that the nearest proxy saw: the last one in the last of the `X-Forwarded-For` lines. Whatever stands before it
/// is what somebody farther away says of themselves.
pub fn forwarded<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<IpAddr> {
    let last = lines.into_iter().last()?.rsplit(',').next()?;
    last.trim().parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The part of an address that one person has: of IPv6 it is a whole network.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64))),
        address @ IpAddr::V4(_) => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_nearest_proxy_added_counts() {
        for (lines, seen) in [
            (&["203.0.113.7"][..], Some("203.0.113.7")),
            (&["10.0.0.1, 203.0.113.7"], Some("203.0.113.7")),
            (&["10.0.0.1", "10.0.0.2,  2001:db8::7 "], Some("2001:db8::7")),
            (&["::ffff:203.0.113.7"], Some("203.0.113.7")),
            (&["203.0.113.7", "unknown"], None),
            (&[], None),
        ] {
            let found = forwarded(lines.iter().copied()).map(|address| address.to_string());
            assert_eq!(found.as_deref(), seen, "{lines:?}");
        }
    }

    #[test]
    fn of_version_six_one_has_a_network() {
        for (address, whole) in [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
            ("::1", "::"),
        ] {
            let found = address.parse().map(|address: IpAddr| network(address).to_string());
            assert_eq!(found.ok().as_deref(), Some(whole), "{address}");
        }
    }
}
