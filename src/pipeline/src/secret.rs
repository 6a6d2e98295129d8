//! Secrets: made from the operating system's random numbers, shown once.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use podlinnik_domain::hash::Sha256;
use rand::TryRng as _;

use crate::error::ServiceError;

/// What every API token starts with, so that secret scanners recognise it.
pub(crate) const TOKEN_PREFIX: &str = "plk_";
/// What the secret of every browser session starts with.
pub(crate) const SESSION_PREFIX: &str = "pls_";
/// What the secret of every link that works once starts with.
pub(crate) const LINK_PREFIX: &str = "pll_";
/// What every webhook secret starts with (Standard Webhooks 1.0.0).
const WEBHOOK_PREFIX: &str = "whsec_";

/// 256 random bits.
pub(crate) fn random() -> Result<[u8; 32], ServiceError> {
    let mut bytes = [0; 32];
    rand::rngs::SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|error| ServiceError::Internal(format!("no random numbers: {error}")))?;
    Ok(bytes)
}

/// A new secret that starts with `prefix`, and the hash that is stored.
pub(crate) fn labelled(prefix: &str) -> Result<(String, Sha256), ServiceError> {
    let secret = format!("{prefix}{}", URL_SAFE_NO_PAD.encode(random()?));
    let hash = Sha256::of(secret.as_bytes());
    Ok((secret, hash))
}

/// The hash to look a secret up by; none for a text that cannot be one. Comparing hashes instead of secrets leaves nothing to time.
pub(crate) fn hash_of(prefix: &str, secret: &str) -> Option<Sha256> {
    let encoded = secret.strip_prefix(prefix)?;
    let shaped = encoded.len() == 43 && URL_SAFE_NO_PAD.decode(encoded).is_ok();
    shaped.then(|| Sha256::of(secret.as_bytes()))
}

/// A webhook key as it is shown, once (Standard Webhooks 1.0.0).
pub(crate) fn webhook_secret(key: &[u8]) -> String {
    format!("{WEBHOOK_PREFIX}{}", STANDARD.encode(key))
}

/// A random number in [0, 1) for spreading retries; 0.5 if the system has none.
pub(crate) fn jitter() -> f64 {
    rand::rngs::SysRng.try_next_u32().map_or(0.5, |number| f64::from(number) / (f64::from(u32::MAX) + 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_256_bits_and_is_found_by_its_hash() {
        let (secret, hash) = labelled(TOKEN_PREFIX).unwrap();
        assert_eq!(secret.len(), 47);
        assert_eq!(hash_of(TOKEN_PREFIX, &secret), Some(hash));
        assert_eq!(hash_of(SESSION_PREFIX, &secret), None, "one kind of secret is not another");
        assert_ne!(labelled(TOKEN_PREFIX).unwrap().0, secret);
    }

    #[test]
    fn other_texts_are_no_tokens() {
        for text in [
            "",
            "plk_",
            "plk_short",
            &"x".repeat(47),
            &format!("plk_{}", "!".repeat(43)),
            &format!("plk_{}", "é".repeat(43)),
        ] {
            assert_eq!(hash_of(TOKEN_PREFIX, text), None, "{text}");
        }
    }
}
