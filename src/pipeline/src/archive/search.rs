//! Originals found by words, and whether an original's entry in the register is signed as it should be.

use podlinnik_domain::coded_enum;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::ArchiveItemId;
use podlinnik_domain::original::{ArchiveItem, RegisterEntry, RegisterSigner as _};
use podlinnik_domain::people::Actor;
use podlinnik_domain::search::folded_words;

use super::desk::MAY_READ;
use super::key::is_signed;
use crate::access::{not_found, require};
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

/// Originals that are read at a time.
const PORTION: u32 = 500;
/// Originals that one look reads through; the next goes on from there.
const AT_ONCE: u32 = 20_000;

coded_enum! {
    /// How the signature of an original's entry stands.
    pub enum RegisterStanding {
        /// Signed by this installation's key, and the entry says what the archive says.
        Signed = "signed",
        /// Signed, by another key than this installation's (before a move, or a stranger's).
        OtherKey = "other_key",
        /// The signature does not fit, or the entry says something else than the archive.
        Wrong = "wrong",
        /// There is no entry.
        Missing = "missing",
    }
}

/// An original with its entries in the register.
#[derive(Debug, Clone)]
pub struct OriginalFile {
    /// The original.
    pub item: ArchiveItem,
    /// How the signature stands: of the entry that added it, and of the one that withdrew it.
    pub standing: RegisterStanding,
    /// The entry that added it.
    pub entry: Option<RegisterEntry>,
    /// Who added it, by name; none for an operator at the machine.
    pub added_by: Option<String>,
    /// Who withdrew it, by name.
    pub withdrawn_by: Option<String>,
}

/// A page of originals, newest first.
#[derive(Debug, Clone)]
pub struct OriginalsFound {
    /// The originals.
    pub items: Vec<ArchiveItem>,
    /// Number to go on from; none at the end. There can be one although nothing was found so far.
    pub next: Option<u64>,
}

impl Service {
    /// Originals whose title, source, name, link, date, path or digest has a word beginning with each word of `search` (all if it has none), newest
    /// first; `limit` 1 to 100. Reads through at most 20,000 at a time.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn originals_search(
        &self,
        actor: &Actor,
        search: &str,
        withdrawn_too: bool,
        before: Option<u64>,
        limit: u32,
    ) -> Answer<OriginalsFound> {
        require(actor, MAY_READ)?;
        let limit = limit.clamp(1, MOST_ENTRIES) as usize;
        let wanted = folded_words(search);
        let (mut before, mut read, mut items) = (before, 0, Vec::new());
        loop {
            let portion = self.store.archive_latest(withdrawn_too, before, PORTION).await?;
            let whole = portion.len() < PORTION as usize;
            read += PORTION;
            for item in portion {
                if items.len() == limit {
                    return Ok(OriginalsFound { items, next: before });
                }
                before = Some(item.sequence);
                if matches(&item, &wanted) {
                    items.push(item);
                }
            }
            if whole {
                return Ok(OriginalsFound { items, next: None });
            }
            if read >= AT_ONCE {
                return Ok(OriginalsFound { items, next: before });
            }
        }
    }

    /// One original with what the register says of it.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn original_file(&self, actor: &Actor, id: ArchiveItemId) -> Answer<OriginalFile> {
        require(actor, MAY_READ)?;
        let item = self.store.archive_get(id).await?.ok_or_else(not_found)?;
        let entry = self.entry(item.sequence).await?;
        let mut standing = self.standing(&item, entry.as_ref());
        if let Some(withdrawal) = &item.withdrawal {
            let end = self.entry(withdrawal.sequence).await?;
            standing = standing.max(self.standing(&item, end.as_ref()));
        }
        let name = async |user: Option<podlinnik_domain::id::UserId>| -> Answer<Option<String>> {
            let Some(user) = user else { return Ok(None) };
            Ok(self.store.user_get(user).await?.map(|user| user.display_name))
        };
        let added_by = name(item.added_by).await?;
        let withdrawn_by = name(item.withdrawal.as_ref().and_then(|why| why.by)).await?;
        Ok(OriginalFile { standing, entry, added_by, withdrawn_by, item })
    }

    async fn entry(&self, sequence: u64) -> Answer<Option<RegisterEntry>> {
        let found = self.store.register_since(sequence.saturating_sub(1), 1).await?;
        Ok(found.into_iter().find(|entry| entry.sequence == sequence))
    }

    fn standing(&self, item: &ArchiveItem, entry: Option<&RegisterEntry>) -> RegisterStanding {
        let Some(entry) = entry else { return RegisterStanding::Missing };
        let says = |record: podlinnik_domain::original::RegisterRecord| {
            record.item == item.id
                && record.sha256 == item.sha256
                && record.blake3 == item.blake3
                && record.attribution == item.attribution
        };
        let same = serde_json::from_str(&entry.record).is_ok_and(says);
        if !same || !is_signed(entry) || entry.hash != Sha256::of(entry.record.as_bytes()) {
            return RegisterStanding::Wrong;
        }
        let own = self.archive.as_ref().map(|archive| archive.key.public_key());
        if own == Some(entry.public_key) { RegisterStanding::Signed } else { RegisterStanding::OtherKey }
    }
}

fn matches(item: &ArchiveItem, wanted: &[String]) -> bool {
    if wanted.is_empty() {
        return true;
    }
    let said = &item.attribution;
    let (sha256, id) = (item.sha256.to_string(), item.id.to_string());
    let recorded = said.recorded.as_ref().map(ToString::to_string);
    let texts = [
        said.title.as_deref(),
        said.source.as_deref(),
        Some(said.vouched_by.as_str()),
        said.link.as_deref(),
        recorded.as_deref(),
        Some(item.path.as_str()),
        Some(sha256.as_str()),
        Some(id.as_str()),
    ];
    let words: Vec<String> = texts.into_iter().flatten().flat_map(folded_words).collect();
    wanted.iter().all(|start| words.iter().any(|word| word.starts_with(start.as_str())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_of_two_standings_counts() {
        let worse = RegisterStanding::Signed.max(RegisterStanding::Wrong);
        assert_eq!(worse, RegisterStanding::Wrong);
        assert!(RegisterStanding::OtherKey < RegisterStanding::Missing);
    }
}
