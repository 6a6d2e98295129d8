//! Signed notes (C2SP signed-note) and checkpoints (C2SP tlog-checkpoint), with Ed25519 (RFC 8032).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podlinnik_domain::hash::Sha256;
use ring::signature::{ED25519, UnparsedPublicKey};

/// Signature type of Ed25519.
const ALGORITHM: u8 = 1;
/// A checkpoint is far shorter.
const LONGEST: usize = 16 * 1024;
/// Signatures that are looked at.
const MOST_SIGNATURES: usize = 16;

/// Why a note, a key or a checkpoint does not count.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The key is not `name+hash+base64`, or its hash is not that of its name and bytes.
    #[error("not a verifier key: expected `name+hash+base64` of an Ed25519 key")]
    Key,
    /// The text is no signed note.
    #[error("not a signed note")]
    Form,
    /// No signature is by this key.
    #[error("no signature by the key `{0}`")]
    Unsigned(String),
    /// A signature is said to be by this key and is not.
    #[error("the signature is not by the key `{0}`")]
    Signature(String),
    /// The text of the note is no checkpoint.
    #[error("not a checkpoint: expected origin, size and root hash")]
    Checkpoint,
}

/// A name and an Ed25519 public key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    key: [u8; 32],
}

impl VerifierKey {
    /// Puts a key together.
    ///
    /// # Errors
    /// `Key` for a name that is empty or has spaces or a plus.
    pub fn new(name: &str, key: [u8; 32]) -> Result<Self, NoteError> {
        let odd = |letter: char| letter.is_whitespace() || letter.is_control() || letter == '+';
        if name.is_empty() || name.len() > 200 || name.contains(odd) {
            return Err(NoteError::Key);
        }
        Ok(Self { name: name.to_owned(), key })
    }

    /// The name: for the key of a log its origin.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The first four bytes of SHA-256 over name, line feed, algorithm and key.
    fn hash(&self) -> [u8; 4] {
        let text = [self.name.as_bytes(), b"\n", &[ALGORITHM], &self.key].concat();
        let digest = Sha256::of(&text);
        let [one, two, three, four, ..] = *digest.as_bytes();
        [one, two, three, four]
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hash = u32::from_be_bytes(self.hash());
        let key = STANDARD.encode([&[ALGORITHM], self.key.as_slice()].concat());
        write!(formatter, "{}+{hash:08x}+{key}", self.name)
    }
}

impl FromStr for VerifierKey {
    type Err = NoteError;

    fn from_str(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(_), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key);
        };
        let bytes = STANDARD.decode(key).map_err(|_| NoteError::Key)?;
        let [ALGORITHM, key @ ..] = bytes.as_slice() else { return Err(NoteError::Key) };
        let key = Self::new(name, key.try_into().map_err(|_| NoteError::Key)?)?;
        if key.to_string() == text { Ok(key) } else { Err(NoteError::Key) }
    }
}

/// A signed note from a text that ends with a line feed. `sign` is asked for the Ed25519 signature of that text.
pub fn signed(text: &str, key: &VerifierKey, sign: impl FnOnce(&[u8]) -> [u8; 64]) -> String {
    let blob = [key.hash().as_slice(), &sign(text.as_bytes())].concat();
    format!("{text}\n— {} {}\n", key.name, STANDARD.encode(blob))
}

/// The text of a note that `key` has signed. Signatures by others are passed over.
///
/// # Errors
/// `Form`, `Unsigned`, `Signature`.
pub fn open<'a>(note: &'a str, key: &VerifierKey) -> Result<&'a str, NoteError> {
    let (text, signatures) = parts(note)?;
    for line in signatures.lines() {
        let (name, blob) = signature(line)?;
        let Some((hash, bytes)) = blob.split_first_chunk::<4>() else { return Err(NoteError::Form) };
        if name == key.name && *hash == key.hash() {
            return UnparsedPublicKey::new(&ED25519, key.key)
                .verify(text.as_bytes(), bytes)
                .map(|()| text)
                .map_err(|_| NoteError::Signature(key.name.clone()));
        }
    }
    Err(NoteError::Unsigned(key.name.clone()))
}

fn parts(note: &str) -> Result<(&str, &str), NoteError> {
    let control = |letter: char| letter < ' ' && letter != '\n';
    if note.len() > LONGEST || note.contains(control) || !note.ends_with('\n') {
        return Err(NoteError::Form);
    }
    let cut = note.rfind("\n\n").ok_or(NoteError::Form)?;
    let (text, signatures) = (note.get(..=cut), note.get(cut + 2..));
    let (text, signatures) = text.zip(signatures).ok_or(NoteError::Form)?;
    let count = signatures.lines().count();
    if count == 0 || count > MOST_SIGNATURES { Err(NoteError::Form) } else { Ok((text, signatures)) }
}

fn signature(line: &str) -> Result<(&str, Vec<u8>), NoteError> {
    let (name, blob) =
        line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or(NoteError::Form)?;
    Ok((name, STANDARD.decode(blob).map_err(|_| NoteError::Form)?))
}

/// What a log says of itself at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checkpoint {
    /// The name of the log.
    pub origin: String,
    /// Entries.
    pub size: u64,
    /// Root of the tree over them.
    pub root: Sha256,
}

impl Checkpoint {
    /// The text that is signed.
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, STANDARD.encode(self.root.as_bytes()))
    }

    /// The checkpoint of a note that `key` has signed; its origin has to be the key's name.
    ///
    /// # Errors
    /// What [`open`] answers, and `Checkpoint`.
    pub fn open(note: &str, key: &VerifierKey) -> Result<Self, NoteError> {
        let checkpoint = Self::read(open(note, key)?)?;
        if checkpoint.origin == key.name { Ok(checkpoint) } else { Err(NoteError::Checkpoint) }
    }

    /// Reads the text of a checkpoint. Lines that follow the root are passed over.
    ///
    /// # Errors
    /// `Checkpoint`.
    pub fn read(text: &str) -> Result<Self, NoteError> {
        let mut lines = text.lines();
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(NoteError::Checkpoint);
        };
        let number: u64 = size.parse().map_err(|_| NoteError::Checkpoint)?;
        let root = STANDARD.decode(root).map_err(|_| NoteError::Checkpoint)?;
        let root = Sha256::try_from(root.as_slice()).map_err(|_| NoteError::Checkpoint)?;
        if origin.is_empty() || number.to_string() != size {
            return Err(NoteError::Checkpoint);
        }
        Ok(Self { origin: origin.to_owned(), size: number, root })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use ring::signature::Ed25519KeyPair;

    use super::*;

    // The example of golang.org/x/mod/sumdb/note (package documentation and note_test.go).
    const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
    const SIGNER: &str = "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
    const TEXT: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
    const NOTE: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

    fn sign(text: &[u8]) -> [u8; 64] {
        let seed = STANDARD.decode(SIGNER).unwrap();
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed[1..]).unwrap();
        pair.sign(text).as_ref().try_into().unwrap()
    }

    #[test]
    fn the_example_of_go_is_opened_and_made() {
        let key: VerifierKey = KEY.parse().unwrap();
        assert_eq!(key.to_string(), KEY);
        assert_eq!(open(NOTE, &key), Ok(TEXT));
        assert_eq!(signed(TEXT, &key, sign), NOTE);
        let cosigned = NOTE.replace("\n\n— ", "\n\n— other AAAAAAAAAA==\n— ");
        assert_eq!(open(&cosigned, &key), Ok(TEXT));
    }

    #[test]
    fn what_is_not_signed_by_the_key_is_refused() {
        let key: VerifierKey = KEY.parse().unwrap();
        let refused = |note: &str| open(note, &key).unwrap_err();
        assert_eq!(
            refused(&NOTE.replace("cryptography", "cryptographY")),
            NoteError::Signature("PeterNeumann".to_owned())
        );
        assert_eq!(
            refused(&NOTE.replace("— Peter", "— Petra")),
            NoteError::Unsigned("PeterNeumann".to_owned())
        );
        for odd in [
            "",
            "\n",
            "\n\n",
            "text\n\n",
            TEXT,
            &NOTE.replace("— ", "- "),
            &NOTE.replace("\n—", "—"),
            &format!("{NOTE}x"),
            &"x".repeat(20_000),
        ] {
            assert_eq!(refused(odd), NoteError::Form, "{odd:?}");
        }
        let other = VerifierKey::new("PeterNeumann", [9; 32]).unwrap();
        assert_eq!(open(NOTE, &other), Err(NoteError::Unsigned("PeterNeumann".to_owned())));
    }

    #[test]
    fn a_key_is_checked() {
        for bad in [
            "",
            "a+b",
            "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            &KEY[1..],
            &KEY[..KEY.len() - 1],
        ] {
            assert_eq!(bad.parse::<VerifierKey>(), Err(NoteError::Key), "{bad}");
        }
        assert!(VerifierKey::new("two words", [0; 32]).is_err());
    }

    #[test]
    fn a_checkpoint_survives_its_text() {
        let key: VerifierKey = KEY.parse().unwrap();
        let checkpoint =
            Checkpoint { origin: "PeterNeumann".to_owned(), size: 17, root: Sha256::of(b"root") };
        let note = signed(&checkpoint.text(), &key, sign);
        assert_eq!(Checkpoint::open(&note, &key), Ok(checkpoint.clone()));
        let foreign = Checkpoint { origin: "other".to_owned(), ..checkpoint };
        let note = signed(&foreign.text(), &key, sign);
        assert_eq!(Checkpoint::open(&note, &key), Err(NoteError::Checkpoint));
        for bad in ["", "a\n1\n", "a\n01\nAAAA\n", "a\n1\nAAAA\n", "a\n-1\nAAAA\n"] {
            assert_eq!(Checkpoint::read(bad), Err(NoteError::Checkpoint), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(\\PC|\n|— ){0,80}") {
            let key: VerifierKey = KEY.parse().unwrap();
            prop_assert!(open(&text, &key).is_err());
            let _ = Checkpoint::read(&text);
        }
    }
}
