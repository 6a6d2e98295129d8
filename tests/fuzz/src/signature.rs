//! Fingerprints of media: out of a database that others wrote, or out of an export.
//!
//! Holds: one text for one value; an index takes any of them in and answers in bounded time, and finds what it took in.

use podlinnik_similarity::archive::ArchiveIndex;
use podlinnik_similarity::pdq::Pdq;
use podlinnik_similarity::signature::MediaSignature;

/// Bytes above which only reading is tried: comparing grows faster than linearly, and is bounded by limits of its own.
const COMPARED: usize = 1 << 16;

pub(crate) fn target(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(pdq) = text.parse::<Pdq>()
    {
        assert_eq!(pdq.to_hex(), text.to_ascii_lowercase());
        assert_eq!(Pdq::from_words(pdq.words()), pdq);
    }
    let Ok(signature) = MediaSignature::from_bytes(bytes) else { return };
    let written = signature.to_bytes();
    assert_eq!(MediaSignature::from_bytes(&written).as_ref(), Ok(&signature));
    if bytes.get(4) == Some(&2) {
        assert_eq!(written, bytes, "a signature has one binary form only");
    }
    let nothing = signature.without(&[[0.0, f64::INFINITY]]);
    assert!(nothing.frames().is_empty() && signature.without(&[]).frames().len() == signature.frames().len());
    if bytes.len() > COMPARED {
        return;
    }
    let mut index = ArchiveIndex::new();
    index.insert(1, &signature);
    index.insert(2, &nothing);
    for candidate in index.candidates(&signature) {
        let _ = format!("{candidate:?}");
    }
    assert!(index.remove(1) && !index.remove(1));
    index.insert(1, &signature);
    index.settle();
    assert_eq!(index.len(), 2);
}
