//! Time stamps (RFC 3161): DER from an authority or out of a bundle, and certificates in PEM.
//!
//! Holds: whatever is accepted for a genuine digest says what the genuine authority said.

use std::sync::LazyLock;

use podlinnik_domain::hash::Sha256;
use podlinnik_provenance::timestamp::{LARGEST_REPLY, Roots, Stamp, accept, check};

use crate::take::Take;

const REPLIES: [&[u8]; 2] = [
    include_bytes!("../../../src/provenance/src/timestamp/fixtures/ec.tsr"),
    include_bytes!("../../../src/provenance/src/timestamp/fixtures/rsa.tsr"),
];
const ROOT: &str = include_str!("../../../src/provenance/src/timestamp/fixtures/root.pem");
/// What the genuine replies answer.
const NONCE: [u8; 8] = [0x41, 2, 3, 4, 5, 6, 7, 8];

struct Genuine {
    digest: Sha256,
    roots: Roots,
    /// Tokens and what they say.
    said: Vec<(Vec<u8>, Stamp)>,
}

static GENUINE: LazyLock<Genuine> = LazyLock::new(|| {
    let digest = Sha256::of(b"podlinnik");
    let said = REPLIES.map(|reply| accept(reply, digest, NONCE).expect("the fixture is genuine"));
    Genuine { digest, roots: Roots::from_pem(ROOT).expect("the fixture is a root"), said: said.to_vec() }
});

/// The first byte says what the rest is: a reply, a token, a PEM text, or changes to a genuine reply or token.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    match take.byte() % 5 {
        0 => reply(take.0),
        1 => token(take.0),
        2 => {
            if let Ok(text) = std::str::from_utf8(take.0)
                && let Ok(roots) = Roots::from_pem(text)
            {
                let (genuine, _) = &GENUINE.said[0];
                let _ = check(genuine, GENUINE.digest, Some(&roots));
            }
        }
        3 => {
            let which = usize::from(take.byte()) % REPLIES.len();
            reply(&changed(REPLIES[which], take));
        }
        _ => {
            let which = usize::from(take.byte()) % REPLIES.len();
            token(&changed(&GENUINE.said[which].0, take));
        }
    }
}

/// Bytes put over, taken out and put in.
fn changed(genuine: &[u8], mut take: Take<'_>) -> Vec<u8> {
    let mut bytes = genuine.to_vec();
    while !take.is_empty() && !bytes.is_empty() {
        let at = usize::from(u16::from_le_bytes(take.array())) % bytes.len();
        match take.byte() % 4 {
            0 => bytes[at] ^= take.byte(),
            1 => bytes[at] = take.byte(),
            2 => drop(bytes.remove(at)),
            _ => bytes.insert(at, take.byte()),
        }
    }
    bytes
}

fn reply(bytes: &[u8]) {
    if bytes.len() > LARGEST_REPLY {
        return;
    }
    if let Ok((kept, stamp)) = accept(bytes, GENUINE.digest, NONCE) {
        genuine(&stamp);
        let again = check(&kept, GENUINE.digest, None);
        assert_eq!(again, Ok(stamp), "the token that is kept says something else");
    }
}

fn token(bytes: &[u8]) {
    let alone = check(bytes, GENUINE.digest, None);
    let rooted = check(bytes, GENUINE.digest, Some(&GENUINE.roots));
    if let Ok(stamp) = &rooted {
        assert!(alone.is_ok() && stamp.is_trusted);
        genuine(stamp);
    }
    if let Ok(stamp) = &alone {
        genuine(stamp);
    }
    let other = Sha256::of(b"something else");
    assert!(check(bytes, other, None).is_err(), "nobody ever stamped this digest");
}

/// Nobody but the two authorities has their keys.
fn genuine(stamp: &Stamp) {
    let known =
        GENUINE.said.iter().any(|(_, said)| (said.at, &said.authority) == (stamp.at, &stamp.authority));
    assert!(known, "a time stamp that no authority made: {stamp:?}");
}
