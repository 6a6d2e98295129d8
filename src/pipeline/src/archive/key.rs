//! The key of the register: Ed25519 (RFC 8032), as PKCS#8 (RFC 5958, version 1) in PEM, so that OpenSSL reads it too.

use std::fmt;
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podlinnik_domain::original::{RegisterEntry, RegisterSigner};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair as _, UnparsedPublicKey};

use crate::secret;

/// Name of the key's file in the data folder.
pub const KEY_FILE: &str = "register-key.pem";

/// What precedes the 32 bytes of a private key in PKCS#8.
const PRIVATE_PREFIX: &[u8] = &[0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
/// What precedes the 32 bytes of a public key in a SubjectPublicKeyInfo.
const PUBLIC_PREFIX: &[u8] = &[0x30, 0x2a, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 0x21, 0];
/// A key file is far shorter.
const LONGEST: u64 = 16 * 1024;

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The file cannot be read or made.
    #[error("cannot use the key `{}`: {error}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the disk says.
        error: io::Error,
    },
    /// The file holds no such key.
    #[error("the key `{}` is no Ed25519 key in PKCS#8", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// The system has no random numbers.
    #[error("cannot make a key: {0}")]
    Random(String),
}

/// The key that signs the register.
pub struct RegisterKey {
    pair: Ed25519KeyPair,
    public: [u8; 32],
    path: PathBuf,
}

impl fmt::Debug for RegisterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("RegisterKey").field("public", &self.public_hex()).finish_non_exhaustive()
    }
}

/// Writes a key's file, readable by its owner alone, whole and durable or not at all; whether there was none before.
pub(crate) fn keep(path: &Path, bytes: &[u8]) -> io::Result<bool> {
    let folder = path.parent().unwrap_or(Path::new("."));
    // A temporary file is readable by its owner alone.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => fs::File::open(folder)?.sync_all().map(|()| true),
        Err(other) if other.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(other) => Err(other.error),
    }
}

impl RegisterKey {
    /// The key in a data folder; made, readable by its owner alone, if there is none. Of two that make one at once, one wins and both get it.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn open_or_make(folder: &Path) -> Result<Self, KeyError> {
        Self::open_or_make_named(folder, KEY_FILE)
    }

    /// The same for a key in a file of another name: other things are signed with keys of their own.
    pub(crate) fn open_or_make_named(folder: &Path, name: &str) -> Result<Self, KeyError> {
        let path = folder.join(name);
        if let Some(key) = Self::read(&path)? {
            return Ok(key);
        }
        let seed = secret::random().map_err(|error| KeyError::Random(error.to_string()))?;
        let text = pem("PRIVATE KEY", PRIVATE_PREFIX, &seed);
        let io = |error| KeyError::Io { path: path.clone(), error };
        if keep(&path, text.as_bytes()).map_err(io)? {
            tracing::info!("made the key {}", path.display());
        }
        Self::read(&path)?.ok_or(KeyError::Malformed { path })
    }

    fn read(path: &Path) -> Result<Option<Self>, KeyError> {
        let io = |error| KeyError::Io { path: path.to_owned(), error };
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(error)),
        };
        if metadata.permissions().mode() & 0o077 != 0 {
            tracing::warn!("others can read the key {}: chmod 600 it", path.display());
        }
        let malformed = || KeyError::Malformed { path: path.to_owned() };
        if metadata.len() > LONGEST {
            return Err(malformed());
        }
        let text = fs::read_to_string(path).map_err(io)?;
        let body = text
            .trim()
            .strip_prefix("-----BEGIN PRIVATE KEY-----")
            .and_then(|text| text.strip_suffix("-----END PRIVATE KEY-----"))
            .ok_or_else(malformed)?;
        let body: String = body.split_ascii_whitespace().collect();
        let bytes = STANDARD.decode(body).map_err(|_| malformed())?;
        let pair = Ed25519KeyPair::from_pkcs8_maybe_unchecked(&bytes).map_err(|_| malformed())?;
        let public = pair.public_key().as_ref().try_into().map_err(|_| malformed())?;
        Ok(Some(Self { pair, public, path: path.to_owned() }))
    }

    /// Where the key lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The public key as 64 hexadecimal digits.
    pub fn public_hex(&self) -> String {
        hex(&self.public)
    }

    /// The public key as PEM (SubjectPublicKeyInfo, RFC 8410).
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", PUBLIC_PREFIX, &self.public)
    }
}

impl RegisterSigner for RegisterKey {
    fn public_key(&self) -> [u8; 32] {
        self.public
    }

    fn sign(&self, record: &[u8]) -> [u8; 64] {
        let mut signature = [0; 64];
        let made = self.pair.sign(record);
        for (to, from) in signature.iter_mut().zip(made.as_ref()) {
            *to = *from;
        }
        signature
    }
}

/// Whether an entry's signature is that of its own key over its record.
pub fn is_signed(entry: &RegisterEntry) -> bool {
    UnparsedPublicKey::new(&ED25519, entry.public_key)
        .verify(entry.record.as_bytes(), &entry.signature)
        .is_ok()
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn pem(label: &str, prefix: &[u8], key: &[u8; 32]) -> String {
    let body = STANDARD.encode([prefix, key].concat());
    format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_match_the_published_vector() {
        // RFC 8032, section 7.1, test 2.
        let folder = tempfile::tempdir().unwrap();
        let seed = [
            0x4c, 0xcd, 0x08, 0x9b, 0x28, 0xff, 0x96, 0xda, 0x9d, 0xb6, 0xc3, 0x46, 0xec, 0x11, 0x4e, 0x0f,
            0x5b, 0x8a, 0x31, 0x9f, 0x35, 0xab, 0xa6, 0x24, 0xda, 0x8c, 0xf6, 0xed, 0x4f, 0xb8, 0xa6, 0xfb,
        ];
        fs::write(folder.path().join(KEY_FILE), pem("PRIVATE KEY", PRIVATE_PREFIX, &seed)).unwrap();
        let key = RegisterKey::open_or_make(folder.path()).unwrap();
        assert_eq!(key.public_hex(), "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
        assert_eq!(
            hex(&key.sign(&[0x72])),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
        );
    }

    #[test]
    fn a_key_is_made_once_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let made = RegisterKey::open_or_make(folder.path()).unwrap();
        let mode = fs::metadata(made.path()).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = RegisterKey::open_or_make(folder.path()).unwrap();
        assert_eq!(made.public_key(), again.public_key());
        let other = RegisterKey::open_or_make(tempfile::tempdir().unwrap().path()).unwrap();
        assert_ne!(made.public_key(), other.public_key());
        assert!(!format!("{made:?}").contains(&fs::read_to_string(made.path()).unwrap()[30..60]));
    }

    #[test]
    fn what_is_no_key_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(KEY_FILE);
        for text in ["", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"] {
            fs::write(&path, text).unwrap();
            let refused = RegisterKey::open_or_make(folder.path());
            assert!(matches!(refused, Err(KeyError::Malformed { .. })), "{refused:?}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        let nowhere = RegisterKey::open_or_make(&folder.path().join("none"));
        assert!(matches!(nowhere, Err(KeyError::Io { .. })), "{nowhere:?}");
    }
}
