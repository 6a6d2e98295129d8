use std::io::Read;

use podlinnik_domain::hash::{Blake3, Sha256};
use sha2::Digest as _;

use crate::BlobInfo;

/// Both digests and the length of bytes that pass by once.
#[derive(Clone, Default)]
pub struct Digester {
    sha256: sha2::Sha256,
    blake3: blake3::Hasher,
    size_bytes: u64,
}

impl std::fmt::Debug for Digester {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Digester").field("size_bytes", &self.size_bytes).finish_non_exhaustive()
    }
}

impl Digester {
    /// Adds bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        self.blake3.update(bytes);
        self.size_bytes = self.size_bytes.saturating_add(bytes.len() as u64);
    }

    /// Bytes seen so far.
    pub const fn size_bytes(&self) -> u64 {
        self.size_bytes
    }

    /// The digests of everything seen.
    pub fn finish(self) -> BlobInfo {
        BlobInfo {
            sha256: Sha256::from_bytes(self.sha256.finalize().into()),
            blake3: Blake3::from_bytes(*self.blake3.finalize().as_bytes()),
            size_bytes: self.size_bytes,
        }
    }
}

/// Reads to the end in pieces of 256 KiB and digests what comes. Blocks.
///
/// # Errors
/// Whatever the reader fails with.
pub fn digest_reader(reader: &mut dyn Read) -> std::io::Result<BlobInfo> {
    let mut digester = Digester::default();
    let mut piece = vec![0; 256 * 1024];
    loop {
        match reader.read(&mut piece) {
            Ok(0) => return Ok(digester.finish()),
            Ok(read) => digester.update(piece.get(..read).unwrap_or_default()),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_match_published_vectors_however_the_bytes_are_cut() {
        let mut digester = Digester::default();
        digester.update(b"a");
        digester.update(b"");
        digester.update(b"bc");
        let info = digester.finish();
        assert_eq!(
            info.sha256.to_string(),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(
            info.blake3.to_string(),
            "6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85"
        );
        assert_eq!(info.size_bytes, 3);
        assert_eq!(digest_reader(&mut &b"abc"[..]).unwrap(), info);
    }
}
