//! Signatures of webhook messages (Standard Webhooks 1.0.0).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::DeliveryId;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

use crate::error::ServiceError;
use crate::service::Answer;

/// What every public key starts with.
const PUBLIC_PREFIX: &str = "whpk_";

/// Identifier, time and signature over `id.timestamp.body`.
type Headers = [(&'static str, String); 3];

fn headers(delivery: DeliveryId, sent_at: Timestamp, signature: String) -> Headers {
    [
        ("webhook-id", delivery.to_string()),
        ("webhook-timestamp", sent_at.as_second().to_string()),
        ("webhook-signature", signature),
    ]
}

fn signed(delivery: DeliveryId, sent_at: Timestamp, body: &str) -> String {
    format!("{delivery}.{}.{body}", sent_at.as_second())
}

/// HMAC-SHA-256: `v1,…`.
pub(super) fn symmetric(delivery: DeliveryId, sent_at: Timestamp, key: &[u8], body: &str) -> Answer<Headers> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key)
        .map_err(|error| ServiceError::Internal(format!("webhook key: {error}")))?;
    mac.update(signed(delivery, sent_at, body).as_bytes());
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    Ok(headers(delivery, sent_at, signature))
}

/// Ed25519: `v1a,…`.
pub(super) fn asymmetric(
    delivery: DeliveryId,
    sent_at: Timestamp,
    seed: &[u8],
    body: &str,
) -> Answer<Headers> {
    let signature = key_pair(seed)?.sign(signed(delivery, sent_at, body).as_bytes());
    Ok(headers(delivery, sent_at, format!("v1a,{}", STANDARD.encode(signature.as_ref()))))
}

/// The key that asymmetric signatures are checked with, as receivers know it: `whpk_…`.
pub(crate) fn public_key(seed: &[u8]) -> Answer<String> {
    Ok(format!("{PUBLIC_PREFIX}{}", STANDARD.encode(key_pair(seed)?.public_key().as_ref())))
}

fn key_pair(seed: &[u8]) -> Answer<Ed25519KeyPair> {
    Ed25519KeyPair::from_seed_unchecked(seed)
        .map_err(|error| ServiceError::Internal(format!("webhook key: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_matches_the_vector_of_the_specification() {
        // From the libraries of standard-webhooks: key MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, message msg_p5jXN8AQM9LWM0D4loKWxJek.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        assert_eq!(
            STANDARD.encode(mac.finalize().into_bytes()),
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        // And ours signs the same way.
        let delivery: DeliveryId = "018f4a5e-0000-7000-8000-000000000000".parse().unwrap();
        let [id, time, signature] =
            symmetric(delivery, Timestamp::from_second(1_614_265_330).unwrap(), &key, "{}").unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{{}}", id.1, time.1).as_bytes());
        assert_eq!(signature.1, format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
        assert_eq!(time.1, "1614265330");
    }

    #[test]
    fn an_asymmetric_signature_is_checked_with_the_public_key() {
        let delivery: DeliveryId = "018f4a5e-0000-7000-8000-000000000000".parse().unwrap();
        let [id, time, signature] =
            asymmetric(delivery, Timestamp::from_second(1_614_265_330).unwrap(), &[7; 32], "{}").unwrap();
        let key = public_key(&[7; 32]).unwrap();
        let key = STANDARD.decode(key.strip_prefix("whpk_").unwrap()).unwrap();
        let signature = STANDARD.decode(signature.1.strip_prefix("v1a,").unwrap()).unwrap();
        let check = |text: String| {
            ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, &key)
                .verify(text.as_bytes(), &signature)
        };
        check(format!("{}.{}.{{}}", id.1, time.1)).unwrap();
        check(format!("{}.{}.{{ }}", id.1, time.1)).unwrap_err();
        public_key(&[7; 31]).unwrap_err();
    }
}
