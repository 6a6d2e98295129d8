//! Signed notes, checkpoints, verifier keys and paths of tiles: texts that other logs' tools and anybody's requests bring.
//!
//! Holds: a note is opened only with the text that was signed; what is read and written is the same text again.

use podlinnik_provenance::note::{Checkpoint, VerifierKey, open};
use podlinnik_provenance::tile::Tile;

/// The example of golang.org/x/mod/sumdb/note.
const KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";

pub(crate) fn target(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let key: VerifierKey = KEY.parse().expect("the example's key");
    if let Ok(opened) = open(text, &key) {
        assert_eq!(opened, TEXT, "opened with another text than the one that was signed");
    }
    assert!(Checkpoint::open(text, &key).is_err(), "no checkpoint was ever signed by this key");
    if let Ok(other) = text.parse::<VerifierKey>() {
        assert_eq!(other.to_string(), text, "a key has one text only");
        let _ = open(text, &other);
    }
    if let Ok(checkpoint) = Checkpoint::read(text) {
        let again = Checkpoint::read(&checkpoint.text());
        assert_eq!(again.as_ref(), Ok(&checkpoint));
        let lines = |text: &str| text.lines().take(3).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(lines(text), lines(&checkpoint.text()), "a checkpoint has one text only");
    }
    if let Ok(tile) = text.parse::<Tile>() {
        assert_eq!(tile.to_string(), text, "a tile has one path only");
        assert!((1..=256).contains(&tile.width));
        if tile.exists(u64::MAX) {
            assert!(tile.first().checked_add(tile.width).is_some());
        }
        assert!(!tile.exists(0), "an empty tree has no tiles");
    }
}
