//! Which addresses the service may connect to when somebody else names them (server-side request forgery).
//!
//! An IPv4 address passes if it is outside every special-purpose block of the IANA registry (RFC 6890 and successors); an IPv6 address if it is
//! global unicast (2000::/3) and outside every special-purpose block within. Forms that carry an IPv4 address inside (mapped, compatible,
//! NAT64, 6to4, Teredo) never pass, whatever is inside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::{Host, Url};

/// Ports on which a receiver may listen.
const PORTS: [u16; 4] = [443, 4443, 8443, 9443];

/// Characters of an address.
const URL_CHARS: usize = 2048;

/// Why an address is refused. Technical: a user sees `receiver_address_forbidden`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressForbidden {
    /// Not an absolute URL of reasonable length.
    #[error("not an absolute URL of at most {URL_CHARS} characters")]
    Malformed,
    /// Neither https nor, where private addresses are allowed, http.
    #[error("scheme `{0}` is not allowed")]
    Scheme(String),
    /// Name or password in the URL.
    #[error("a name or password in the URL is not allowed")]
    Credentials,
    /// A port on which other services listen.
    #[error("port {0} is not allowed")]
    Port(u16),
    /// A name that never leaves the machine or the local network.
    #[error("host name `{0}` is local")]
    LocalName(String),
    /// An address that is not on the public Internet.
    #[error("address {0} is not public")]
    NotPublic(IpAddr),
    /// The name leads nowhere.
    #[error("host name `{0}` does not resolve")]
    Unresolved(String),
}

/// Reads and checks an address that somebody else chose, as far as that goes without resolving its name.
///
/// # Errors
/// [`AddressForbidden`].
pub fn check_url(text: &str, allow_private: bool) -> Result<Url, AddressForbidden> {
    if text.chars().count() > URL_CHARS {
        return Err(AddressForbidden::Malformed);
    }
    let url = Url::parse(text).map_err(|_| AddressForbidden::Malformed)?;
    if !(url.scheme() == "https" || (allow_private && url.scheme() == "http")) {
        return Err(AddressForbidden::Scheme(url.scheme().to_owned()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressForbidden::Credentials);
    }
    let host = url.host().ok_or(AddressForbidden::Malformed)?;
    if allow_private {
        return Ok(url);
    }
    check_host(&host)?;
    match url.port_or_known_default() {
        Some(port) if PORTS.contains(&port) => Ok(url),
        port => Err(AddressForbidden::Port(port.unwrap_or_default())),
    }
}

/// Refuses hosts that are local as they are written.
///
/// # Errors
/// [`AddressForbidden`].
pub fn check_host(host: &Host<&str>) -> Result<(), AddressForbidden> {
    match host {
        Host::Ipv4(address) => check_ip((*address).into()),
        Host::Ipv6(address) => check_ip((*address).into()),
        // `127.1..` is no number to us, and nobody knows what it is to others.
        Host::Domain(name) if has_empty_label(name) => Err(AddressForbidden::Malformed),
        Host::Domain(name) if is_local_name(name) => Err(AddressForbidden::LocalName((*name).to_owned())),
        Host::Domain(_) => Ok(()),
    }
}

/// Refuses addresses that are not on the public Internet.
///
/// # Errors
/// [`AddressForbidden::NotPublic`].
pub fn check_ip(address: IpAddr) -> Result<(), AddressForbidden> {
    let public = match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    };
    if public { Ok(()) } else { Err(AddressForbidden::NotPublic(address)) }
}

/// Whether dots follow one another; one at the end stands for the root.
fn has_empty_label(name: &str) -> bool {
    name.strip_suffix('.').unwrap_or(name).split('.').any(str::is_empty)
}

/// Names of RFC 6761, RFC 6762 and the private top-level domain `internal`, and names without a dot.
fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let top = name.rsplit('.').next().unwrap_or_default();
    !name.contains('.')
        || [
            "localhost",
            "local",
            "localdomain",
            "internal",
            "intranet",
            "lan",
            "home",
            "corp",
            "test",
            "invalid",
            "onion",
        ]
        .contains(&top)
        || name.ends_with(".home.arpa")
}

/// Special-purpose IPv4 blocks: network and prefix length.
const SPECIAL_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 31, 196, 0), 24),
    (Ipv4Addr::new(192, 52, 193, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(192, 175, 48, 0), 24),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    // Multicast, reserved and broadcast.
    (Ipv4Addr::new(224, 0, 0, 0), 3),
];

/// Special-purpose IPv6 blocks within 2000::/3.
const SPECIAL_V6: &[(Ipv6Addr, u32)] = &[
    // Teredo, benchmarking, ORCHID and other protocol assignments.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    // 6to4.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x2620, 0x4f, 0x8000, 0, 0, 0, 0, 0), 48),
    // Documentation (RFC 9637).
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    !SPECIAL_V4.iter().any(|(network, prefix)| {
        let mask = u32::MAX << (32 - prefix);
        address.to_bits() & mask == network.to_bits()
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let global_unicast = address.to_bits() >> 125 == 0b001;
    global_unicast
        && !SPECIAL_V6.iter().any(|(network, prefix)| {
            let mask = u128::MAX << (128 - prefix);
            address.to_bits() & mask == network.to_bits()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_pass() {
        let table = [
            // The first and last of each block, and their public neighbours.
            ("0.0.0.0", false),
            ("0.255.255.255", false),
            ("1.0.0.0", true),
            ("9.255.255.255", true),
            ("10.0.0.0", false),
            ("10.255.255.255", false),
            ("11.0.0.0", true),
            ("100.63.255.255", true),
            ("100.64.0.0", false),
            ("100.127.255.255", false),
            ("100.128.0.0", true),
            ("127.0.0.1", false),
            ("127.255.255.255", false),
            ("128.0.0.0", true),
            ("169.253.255.255", true),
            ("169.254.169.254", false),
            ("169.255.0.0", true),
            ("172.15.255.255", true),
            ("172.16.0.0", false),
            ("172.31.255.255", false),
            ("172.32.0.0", true),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.167.255.255", true),
            ("192.168.0.0", false),
            ("192.168.255.255", false),
            ("192.169.0.0", true),
            ("198.17.255.255", true),
            ("198.18.0.0", false),
            ("198.19.255.255", false),
            ("198.20.0.0", true),
            ("198.51.100.7", false),
            ("203.0.113.7", false),
            ("223.255.255.255", true),
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("8.8.8.8", true),
            ("::", false),
            ("::1", false),
            ("::7f00:1", false),
            ("::ffff:127.0.0.1", false),
            ("::ffff:8.8.8.8", false),
            ("64:ff9b::808:808", false),
            ("64:ff9b::a00:1", false),
            ("64:ff9b:1::1", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:1ff:ffff::1", false),
            ("2001:200::1", true),
            ("2001:db8::1", false),
            ("2001:4860:4860::8888", true),
            ("2002:7f00:1::1", false),
            ("2002:808:808::1", false),
            ("2a00:1450::1", true),
            ("3fff::1", false),
            ("3fff:fff:ffff::1", false),
            ("4000::1", false),
            ("5f00::1", false),
            ("fc00::1", false),
            ("fdff::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
        ];
        for (text, public) in table {
            let address: IpAddr = text.parse().unwrap();
            assert_eq!(check_ip(address).is_ok(), public, "{text}");
        }
    }

    #[test]
    fn urls_are_judged_by_what_they_mean_not_by_how_they_are_written() {
        let table = [
            ("https://newsroom.example.org/hook", true),
            ("https://newsroom.example.org:8443/hook?a=b", true),
            ("https://8.8.8.8/", true),
            ("https://[2a00:1450::1]/", true),
            ("http://newsroom.example.org/hook", false),
            ("ftp://newsroom.example.org/", false),
            ("file:///etc/passwd", false),
            ("/hook", false),
            ("", false),
            ("https://", false),
            ("https://user@newsroom.example.org/", false),
            ("https://user:secret@newsroom.example.org/", false),
            ("https://newsroom.example.org:22/", false),
            ("https://newsroom.example.org:80/", false),
            ("https://newsroom.example.org:6379/", false),
            ("https://localhost/", false),
            ("https://LOCALHOST./", false),
            ("https://app.localhost/", false),
            ("https://printer.local/", false),
            ("https://metadata.google.internal/", false),
            ("https://router/", false),
            ("https://127.0.0.1/", false),
            ("https://127.1/", false),
            ("https://2130706433/", false),
            ("https://0x7f000001/", false),
            ("https://0177.0.0.1/", false),
            ("https://0x7f.0.0.1/", false),
            ("https://017700000001/", false),
            ("https://0xa000001/", false),
            ("https://167772161/", false),
            ("https://0251.0376.0251.0376/", false),
            ("https://[::ffff:a9fe:a9fe]/", false),
            ("https://[::127.0.0.1]/", false),
            ("https://[64:ff9b::7f00:1]/", false),
            ("https://[64:ff9b::a9fe:a9fe]/", false),
            ("https://[2002:7f00:1::]/", false),
            ("https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", false),
            ("https://[fd00::1]/", false),
            ("https://127。0。0。1/", false),
            ("https://0/", false),
            ("https://127.001../", false),
            ("https://newsroom..example.org/", false),
            ("https://newsroom.example.org./", true),
            ("https://169.254.169.254/latest/meta-data", false),
            ("https://[::1]/", false),
            ("https://[::ffff:10.0.0.1]/", false),
            ("https://[fe80::1]/", false),
            ("https://１２７.0.0.1/", false),
        ];
        for (text, allowed) in table {
            assert_eq!(check_url(text, false).is_ok(), allowed, "{text}: {:?}", check_url(text, false));
        }
        let long = format!("https://newsroom.example.org/{}", "a".repeat(2048));
        assert_eq!(check_url(&long, false), Err(AddressForbidden::Malformed));
    }

    #[test]
    fn a_closed_network_may_use_plain_http_and_private_addresses_but_no_credentials() {
        assert!(check_url("http://127.0.0.1:9000/hook", true).is_ok());
        assert!(check_url("http://editor.lan/hook", true).is_ok());
        assert_eq!(check_url("http://a:b@127.0.0.1/", true), Err(AddressForbidden::Credentials));
        assert!(matches!(check_url("ftp://127.0.0.1/", true), Err(AddressForbidden::Scheme(_))));
    }
}
