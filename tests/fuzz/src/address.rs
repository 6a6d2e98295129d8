//! Addresses that somebody else chose: of receivers and links, out of redirects, to the proxy of the program for posts.
//!
//! Holds: whatever passes leads out onto the public Internet, by a second reading of the registries that shares no code with the first; it stays
//! what it is when it is written and read again; no name is left that the system's own resolver would take for a number.

use std::net::{IpAddr, Ipv4Addr};

use podlinnik_domain::hash::Sha256;
use podlinnik_pipeline::address::{check_ip, check_url};
use podlinnik_pipeline::fetch::outside::{Asked, asked, is_authorised, is_post, next_hop};
use podlinnik_pipeline::public::spellings;
use url::{Host, Url};

use crate::take::Take;

/// The first byte says what the rest is.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    match take.byte() % 4 {
        0 => {
            let Ok(text) = std::str::from_utf8(take.0) else { return };
            typed(text);
        }
        1 => {
            let from = Url::parse("https://news.example.org/a/clip?x=1").expect("an address");
            if let Some(next) = next_hop(&from, take.0, false) {
                public(&next);
                assert!(next.fragment().is_none());
            }
            if let Some(next) = next_hop(&from, take.0, true) {
                assert!(matches!(next.scheme(), "http" | "https") && next.username().is_empty());
            }
        }
        2 => {
            let v4 = Ipv4Addr::from(take.array::<4>());
            assert_eq!(check_ip(v4.into()).is_ok(), outside(v4.into()), "{v4}");
            let v6 = IpAddr::from(take.array::<16>());
            assert_eq!(check_ip(v6).is_ok(), outside(v6), "{v6}");
        }
        _ => {
            let Ok(head) = std::str::from_utf8(take.0) else { return };
            proxied(head);
        }
    }
}

fn typed(text: &str) {
    let strict = check_url(text, false);
    let loose = check_url(text, true);
    if let Ok(url) = &strict {
        assert!(loose.is_ok(), "allowed for anybody, but not where more is allowed");
        public(url);
        assert_eq!(check_url(url.as_str(), false).as_ref(), Ok(url), "another address when it is read again");
        let _ = is_post(text);
    }
    if let Ok(url) = &loose {
        assert!(matches!(url.scheme(), "http" | "https") && url.host().is_some());
        assert!(url.username().is_empty() && url.password().is_none());
    }
    if let Some(all) = spellings(text) {
        assert!(all.len() == 9 && all.first().is_some_and(|first| first == text.trim()));
        // `www.` before a number is no address, and nobody wrote it down
        for one in all.iter().skip(1).filter(|one| !one.contains("://www.")) {
            let url = Url::parse(one).expect("every spelling is an address");
            let host = url.host_str().unwrap_or_default();
            assert!(matches!(url.scheme(), "http" | "https") && host.contains('.'), "{one}");
        }
    }
}

fn proxied(head: &str) {
    let secret = Sha256::of(b"somebody:secret");
    if is_authorised(head, secret) {
        // Base64 of the secret
        assert!(head.contains("c29tZWJvZHk6c2VjcmV0"), "let in without the secret");
    }
    let Some(Asked { host, port, passed, permitted }) = asked(head) else { return };
    if let Some(permitted) = permitted {
        assert!(port == 443 && passed.is_none(), "{host}:{port}");
        leads_out(&permitted);
    }
    if let Some(passed) = passed {
        let text = String::from_utf8(passed).expect("text in, text out");
        let (first, rest) = text.split_once("\r\n").expect("a first line");
        assert!(first.ends_with(" HTTP/1.1") && first.split(' ').count() == 3, "{first:?}");
        assert!(rest.ends_with("Connection: close\r\n\r\n"));
        let lines = text.trim_end().split('\n').collect::<Vec<_>>();
        assert!(lines.iter().rev().skip(1).all(|line| line.ends_with('\r')), "a line that is none: {text:?}");
        assert_eq!(text.find("\r\n\r\n"), Some(text.len() - 4), "a second head: {text:?}");
        let bare = text.replace("\r\n", "");
        assert!(!bare.contains('\r'), "a line end of its own: {text:?}");
        for line in lines.iter().skip(1) {
            let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
            assert!(!name.starts_with("proxy-"), "the secret is passed on: {text:?}");
        }
    }
}

fn public(url: &Url) {
    assert_eq!(url.scheme(), "https");
    assert!(url.username().is_empty() && url.password().is_none());
    assert!(matches!(url.port_or_known_default(), Some(443 | 4443 | 8443 | 9443)));
    leads_out(&url.host().expect("a host").to_owned());
}

fn leads_out(host: &Host<String>) {
    match host {
        Host::Ipv4(address) => assert!(outside((*address).into()), "{address}"),
        Host::Ipv6(address) => assert!(outside((*address).into()), "{address}"),
        Host::Domain(name) => {
            let plain = name.trim_end_matches('.');
            assert!(plain.contains('.') && !plain.is_empty(), "a name without a dot: {name}");
            assert!(name.parse::<IpAddr>().is_err() && plain.parse::<IpAddr>().is_err(), "{name}");
            assert!(!is_number(plain), "the resolver takes it for a number: {name}");
            let top = plain.rsplit('.').next().unwrap_or_default();
            let local = ["localhost", "local", "internal", "lan", "home", "corp", "test", "invalid", "onion"];
            assert!(!local.iter().any(|local| top.eq_ignore_ascii_case(local)), "{name}");
        }
    }
}

/// What `inet_aton` takes: one to four numbers, decimal, octal or hexadecimal.
fn is_number(name: &str) -> bool {
    let part = |part: &str| {
        let hexadecimal = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
        match hexadecimal {
            Some(digits) => digits.bytes().all(|digit| digit.is_ascii_hexdigit()),
            None => !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit()),
        }
    };
    name.split('.').count() <= 4 && name.split('.').all(part)
}

/// The registries, written as ranges of numbers.
fn outside(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            !matches!(
                (a, b, c),
                (0 | 10 | 127 | 224..=255, ..)
                    | (100, 64..=127, _)
                    | (169, 254, _)
                    | (172, 16..=31, _)
                    | (192, 0, 0 | 2)
                    | (192, 31, 196)
                    | (192, 52, 193)
                    | (192, 88, 99)
                    | (192, 168, _)
                    | (192, 175, 48)
                    | (198, 18 | 19, _)
                    | (198, 51, 100)
                    | (203, 0, 113)
            )
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            matches!(a, 0x2000..=0x3fff)
                && !matches!(
                    (a, b, c),
                    (0x2001, 0..=0x1ff | 0xdb8, _)
                        | (0x2002, ..)
                        | (0x2620, 0x4f, 0x8000)
                        | (0x3fff, 0..=0xfff, _)
                )
        }
    }
}
