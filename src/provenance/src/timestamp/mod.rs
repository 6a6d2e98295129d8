//! Time stamps of outside authorities (RFC 3161, with RFC 5816): what to ask for, and whether what came holds.
//!
//! An authority signs that it saw a SHA-256 at a time. The log asks for stamps of its checkpoints, so that nobody, whoever holds the log's key, can
//! say later that an entry is older than it is. Tokens are checked offline: the digest, the signature, that the certificate is for time stamps and,
//! with the roots of whoever checks, where the certificate comes from.
//!
//! Not here: revocation (a token outlives its authority's lists), SHA-1, signatures other than RSA, ECDSA on P-256 and P-384, and Ed25519.

mod token;

use cmpv2::status::PkiStatus;
use der::asn1::{Int, OctetString};
use der::oid::db::rfc5912::ID_SHA_256;
use der::{Decode as _, Encode as _};
use podlinnik_domain::hash::Sha256;
use thiserror::Error;
use x509_cert::spki::AlgorithmIdentifierOwned;
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion};

pub use token::{Roots, Stamp, check};

/// Media type of a request.
pub const QUERY_TYPE: &str = "application/timestamp-query";
/// Media type of a response.
pub const REPLY_TYPE: &str = "application/timestamp-reply";
/// Bytes that a response may have. Chains of four RSA certificates take about 8 KiB.
pub const LARGEST_REPLY: usize = 64 * 1024;

/// Why there is no time stamp, or why one does not hold.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StampError {
    /// Not what RFC 3161 describes.
    #[error("cannot read the time stamp: {0}")]
    Unreadable(String),
    /// The authority gives none.
    #[error("the authority refuses: {0}")]
    Refused(String),
    /// A stamp of something else.
    #[error("the time stamp is of another digest")]
    OtherDigest,
    /// An answer to another request.
    #[error("the answer is to another request")]
    OtherRequest,
    /// The signature is not the certificate's, or the signed attributes are not those of the content.
    #[error("the signature does not hold: {0}")]
    Signature(String),
    /// The certificate that signed it is not there, or is not for time stamps.
    #[error("the authority's certificate does not fit: {0}")]
    Certificate(String),
    /// Something that cannot be checked here.
    #[error("signed with an algorithm that cannot be checked here: {0}")]
    UnknownAlgorithm(String),
    /// The certificate does not come from the given roots.
    #[error("the authority's certificate does not come from the given roots: {0}")]
    Untrusted(String),
}

fn unreadable(error: der::Error) -> StampError {
    StampError::Unreadable(error.to_string())
}

/// A request for a stamp of `digest`, with the authority's certificates, in DER. `nonce` ties the answer to it.
///
/// # Errors
/// `Unreadable` if it cannot be encoded, which would be a mistake of ours.
pub fn request(digest: Sha256, nonce: [u8; 8]) -> Result<Vec<u8>, StampError> {
    let request = TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifierOwned { oid: ID_SHA_256, parameters: None },
            hashed_message: OctetString::new(digest.as_bytes().as_slice()).map_err(unreadable)?,
        },
        req_policy: None,
        nonce: Some(Int::new(&positive(nonce)).map_err(unreadable)?),
        cert_req: true,
        extensions: None,
    };
    request.to_der().map_err(unreadable)
}

/// The nonce as a positive INTEGER without leading zeros, as DER wants it.
const fn positive(mut nonce: [u8; 8]) -> [u8; 8] {
    nonce[0] = nonce[0] & 0x7f | 0x40;
    nonce
}

/// Reads the authority's response to [`request`] and checks it, without roots. Answers the token, in DER, and what it says.
///
/// # Errors
/// [`StampError`].
pub fn accept(response: &[u8], digest: Sha256, nonce: [u8; 8]) -> Result<(Vec<u8>, Stamp), StampError> {
    let response = TimeStampResp::from_der(response).map_err(unreadable)?;
    if !matches!(response.status.status, PkiStatus::Accepted | PkiStatus::GrantedWithMods) {
        let words = response.status.status_string.iter().flatten().map(|text| text.to_string());
        let words: Vec<_> = words.map(|text| text.chars().take(200).collect::<String>()).collect();
        return Err(StampError::Refused(format!("{:?} {}", response.status.status, words.join("; "))));
    }
    let token = response
        .time_stamp_token
        .ok_or_else(|| StampError::Unreadable("no token".to_owned()))?
        .to_der()
        .map_err(unreadable)?;
    let stamp = check(&token, digest, None)?;
    if stamp.nonce.as_deref() != Some(positive(nonce).as_slice()) {
        return Err(StampError::OtherRequest);
    }
    Ok((token, stamp))
}

#[cfg(test)]
mod tests;
