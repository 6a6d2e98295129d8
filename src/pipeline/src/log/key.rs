//! The key of the log: Ed25519, in a file of its own beside that of the register.

use std::path::Path;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::original::RegisterSigner as _;
use podlinnik_provenance::note::VerifierKey;

use crate::archive::RegisterKey;
use crate::archive::key::KeyError;

/// Name of the key's file in the data folder.
pub const KEY_FILE: &str = "log-key.pem";

/// The key that signs checkpoints. The log's name follows from it, so that no two logs have the same.
#[derive(Debug)]
pub struct LogKey {
    key: RegisterKey,
    verifier: VerifierKey,
}

impl LogKey {
    /// The key in a data folder; made, readable by its owner alone, if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open_or_make(folder: &Path) -> Result<Self, KeyError> {
        let key = RegisterKey::open_or_make_named(folder, KEY_FILE)?;
        let digest = Sha256::of(&key.public_key()).to_string();
        let name = format!("podlinnik.log/{}", digest.get(..16).unwrap_or(&digest));
        let verifier = VerifierKey::new(&name, key.public_key())
            .map_err(|_| KeyError::Malformed { path: key.path().to_owned() })?;
        Ok(Self { key, verifier })
    }

    /// Where the key lies.
    pub fn path(&self) -> &Path {
        self.key.path()
    }

    /// Name and public key, as those who verify need them.
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    pub(super) fn public(&self) -> [u8; 32] {
        self.key.public_key()
    }

    pub(super) fn sign(&self, text: &[u8]) -> [u8; 64] {
        self.key.sign(text)
    }
}
