//! The tree cut into tiles (C2SP tlog-tiles): 256 hashes of a level that is a multiple of 8, or 256 entries.

use std::fmt;
use std::str::FromStr;

/// Hashes of a full tile, entries of a full bundle.
pub const FULL: u64 = 256;
/// The highest level that a tree of 64-bit size has tiles of.
const HIGHEST: u8 = 7;

/// Which tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tile {
    /// What is in it.
    pub content: Content,
    /// Which of its level, from the left, from 0.
    pub index: u64,
    /// How many hashes or entries, 1 to 256.
    pub width: u64,
}

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// Hashes of this tile level, 32 bytes each; they are of tree level `8 * level`.
    Hashes(u8),
    /// Entries, each after its length in two bytes, the higher first.
    Entries,
}

/// The text is no path of a tile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no path of a tile")]
pub struct NotATile;

impl Tile {
    /// Whether it never changes any more.
    pub const fn is_full(&self) -> bool {
        self.width == FULL
    }

    /// The tree level of what it holds.
    pub const fn tree_level(&self) -> u8 {
        match self.content {
            Content::Hashes(level) => level.saturating_mul(8),
            Content::Entries => 0,
        }
    }

    /// The first hash or entry, counted on its tree level.
    pub const fn first(&self) -> u64 {
        self.index.saturating_mul(FULL)
    }

    /// Whether a tree of `size` leaves has it.
    pub fn exists(&self, size: u64) -> bool {
        let there = size.checked_shr(u32::from(self.tree_level())).unwrap_or(0);
        self.first().checked_add(self.width).is_some_and(|end| end <= there)
    }
}

impl FromStr for Tile {
    type Err = NotATile;

    /// Reads what follows `tile/`: `0/x001/x234/067`, `entries/000.p/17`.
    fn from_str(path: &str) -> Result<Self, NotATile> {
        let (level, rest) = path.split_once('/').ok_or(NotATile)?;
        let content = match level {
            "entries" => Content::Entries,
            _ => {
                let number: u8 = plain(level)?;
                if number > HIGHEST {
                    return Err(NotATile);
                }
                Content::Hashes(number)
            }
        };
        let (index, width) = match rest.split_once(".p/") {
            Some((index, width)) => (index, plain(width)?),
            None => (rest, FULL),
        };
        if width == 0 || (width == FULL && rest.contains(".p/")) || width > FULL {
            return Err(NotATile);
        }
        let mut groups = index.split('/').rev();
        let mut value = group(groups.next().ok_or(NotATile)?)?;
        let mut weight = 1_u64;
        for higher in groups {
            weight = weight.checked_mul(1000).ok_or(NotATile)?;
            let digits = group(higher.strip_prefix('x').ok_or(NotATile)?)?;
            value = digits.checked_mul(weight).and_then(|it| it.checked_add(value)).ok_or(NotATile)?;
        }
        let tile = Self { content, index: value, width };
        // Each tile has one path only.
        if tile.to_string() == path { Ok(tile) } else { Err(NotATile) }
    }
}

fn group(digits: &str) -> Result<u64, NotATile> {
    if digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit()) {
        digits.parse().map_err(|_| NotATile)
    } else {
        Err(NotATile)
    }
}

/// A number without sign or leading zeros.
fn plain<T: FromStr + ToString>(text: &str) -> Result<T, NotATile> {
    text.parse().ok().filter(|number: &T| number.to_string() == text).ok_or(NotATile)
}

impl fmt::Display for Tile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.content {
            Content::Hashes(level) => write!(formatter, "{level}")?,
            Content::Entries => formatter.write_str("entries")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        for group in groups.iter().skip(1).rev() {
            write!(formatter, "/x{group:03}")?;
        }
        write!(formatter, "/{:03}", self.index % 1000)?;
        if self.is_full() { Ok(()) } else { write!(formatter, ".p/{}", self.width) }
    }
}

/// Entries as a bundle of entries holds them. None if one is longer than 65 535 bytes.
pub fn entry_bundle<'a>(entries: impl IntoIterator<Item = &'a [u8]>) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for entry in entries {
        bytes.extend(u16::try_from(entry.len()).ok()?.to_be_bytes());
        bytes.extend(entry);
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn paths_are_those_of_the_specification() {
        // The example of c2sp.org/tlog-tiles: tile index 1234067.
        let tile = Tile { content: Content::Hashes(0), index: 1_234_067, width: FULL };
        assert_eq!(tile.to_string(), "0/x001/x234/067");
        assert_eq!("entries/000.p/17".parse(), Ok(Tile { content: Content::Entries, index: 0, width: 17 }));
        let refused = [
            "",
            "0",
            "0/",
            "0/1",
            "0/0001",
            "0/000.p/0",
            "0/000.p/256",
            "0/000.p/01",
            "8/000",
            "00/000",
            "+1/000",
            "0/x000/001",
            "0/001/002",
            "0/x001",
            "0/000/",
            "0/../000",
            "entries/000.p/",
            "0/x999/x999/x999/x999/x999/x999/x999/999",
        ];
        for path in refused {
            assert_eq!(path.parse::<Tile>(), Err(NotATile), "{path}");
        }
    }

    #[test]
    fn a_tile_exists_once_its_subtrees_are_complete() {
        let tile = |path: &str| path.parse::<Tile>().unwrap();
        assert!(tile("0/000.p/5").exists(5) && !tile("0/000.p/6").exists(5));
        assert!(tile("0/000").exists(256) && !tile("0/000").exists(255));
        assert!(tile("1/000.p/1").exists(256) && !tile("1/000.p/1").exists(255));
        assert!(!tile("7/x999/x999/x999/x999/x999/999").exists(u64::MAX));
    }

    #[test]
    fn entries_are_preceded_by_their_length() {
        assert_eq!(entry_bundle([b"ab".as_slice(), b""]).unwrap(), [0, 2, b'a', b'b', 0, 0]);
        assert_eq!(entry_bundle([vec![0; 65_536].as_slice()]), None);
    }

    proptest! {
        #[test]
        fn a_path_leads_back_to_its_tile(level in 0_u8..8, index in any::<u64>(), width in 1_u64..=256, entries in any::<bool>()) {
            let content = if entries { Content::Entries } else { Content::Hashes(level) };
            let tile = Tile { content, index: index >> 8, width };
            prop_assert_eq!(tile.to_string().parse(), Ok(tile));
        }

        #[test]
        fn any_text_is_read_without_panic(path in "\\PC{0,60}") {
            let _ = path.parse::<Tile>();
        }
    }
}
