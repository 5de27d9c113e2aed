//! Who asks devices for passkeys: the name and address under which browsers know the instance.

use std::time::Duration;

use url::{Host, Url};
use webauthn_rs::{Webauthn, WebauthnBuilder};

/// The relying party of a public address. Browsers give passkeys to names over https, and to `localhost`; an address of
/// this machine in numbers is taken for that.
pub(crate) fn party(public_url: &str) -> Option<Webauthn> {
    let mut origin = Url::parse(public_url).ok()?;
    let local = match origin.host()? {
        Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) if address.is_loopback() => true,
        Host::Ipv6(address) if address.is_loopback() => true,
        Host::Ipv4(_) | Host::Ipv6(_) => return None,
    };
    if !local && origin.scheme() != "https" {
        return None;
    }
    if !matches!(origin.host(), Some(Host::Domain(_))) {
        origin.set_host(Some("localhost")).ok()?;
    }
    let name = origin.host_str()?.to_owned();
    let builder = WebauthnBuilder::new(&name, &origin).ok()?;
    builder.rp_name("Guildhall").timeout(Duration::from_mins(5)).build().ok()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_that_browsers_trust() {
        let origin = |address: &str| party(address).map(|party| party.get_allowed_origins()[0].to_string());
        for (address, expected) in [
            ("https://chat.example.org", Some("https://chat.example.org/")),
            ("https://chat.example.org:8443", Some("https://chat.example.org:8443/")),
            ("http://127.0.0.1:8080", Some("http://localhost:8080/")),
            ("http://[::1]:8080", Some("http://localhost:8080/")),
            ("http://localhost:8080", Some("http://localhost:8080/")),
            ("http://chat.example.org", None),
            ("https://192.0.2.1", None),
            ("", None),
            ("nonsense", None),
        ] {
            assert_eq!(origin(address), expected.map(str::to_owned), "{address}");
        }
        assert!(party("https://chat.example.org").unwrap().get_allowed_origins().len() == 1);
    }
}
