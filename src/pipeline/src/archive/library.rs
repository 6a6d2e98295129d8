//! All originals that count, with the index of their signatures: loaded once, then kept up to date by the register.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::original::{ArchiveItem, RegisterAction};
use podlinnik_similarity::archive::ArchiveIndex;
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_storage::Store;
use podlinnik_storage::record::SignatureRecord;

use super::PORTION;
use super::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use crate::service::Answer;

/// Signatures that are read at a time: one of an hour takes about half a megabyte.
const SIGNATURES: u32 = 32;

/// Originals and their index. An original's number in the index is its number in the register ([`ArchiveItem::sequence`]).
#[derive(Debug)]
pub struct Library {
    store: Arc<dyn Store>,
    index: ArchiveIndex,
    items: BTreeMap<u64, ArchiveItem>,
    /// The last entry of the register that is taken into account.
    register: u64,
}

impl Library {
    /// Reads everything.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn load(store: Arc<dyn Store>) -> Answer<Self> {
        let mut library = Self { store, index: ArchiveIndex::new(), items: BTreeMap::new(), register: 0 };
        // What is registered from here on is caught up with at the end.
        let before = library.end_of_register().await?;
        let mut after = 0;
        loop {
            let items = library.store.archive_list(false, after, PORTION).await?;
            let Some(last) = items.last() else { break };
            after = last.sequence;
            let known = items.into_iter().filter(|item| item.sequence <= before);
            library.items.extend(known.map(|item| (item.sequence, item)));
        }
        after = 0;
        library.index.load();
        loop {
            let signatures = library
                .store
                .archive_signatures(SIGNATURE_KIND, SIGNATURE_VERSION, after, SIGNATURES)
                .await?;
            let Some(last) = signatures.last() else { break };
            after = last.sequence;
            for signature in signatures {
                library.take_in(&signature);
            }
        }
        library.index.settle();
        library.register = before;
        library.refresh().await?;
        Ok(library)
    }

    /// Whether nothing was added or withdrawn since.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn is_current(&self) -> Answer<bool> {
        Ok(self.store.register_since(self.register, 1).await?.is_empty())
    }

    /// Catches up with what was added and withdrawn meanwhile. Answers whether anything was.
    ///
    /// # Errors
    /// What the store answers; what was caught up with stays.
    pub async fn refresh(&mut self) -> Answer<bool> {
        let mut news = false;
        loop {
            let entries = self.store.register_since(self.register, PORTION).await?;
            if entries.is_empty() {
                return Ok(news);
            }
            for entry in entries {
                match (entry.action, self.store.archive_get(entry.item).await?) {
                    // What has gone again meanwhile need not come in.
                    (RegisterAction::Added, Some(item)) if item.withdrawal.is_none() => {
                        let sequence = item.sequence;
                        let bytes =
                            self.store.signature_get(item.sha256, SIGNATURE_KIND, SIGNATURE_VERSION).await?;
                        self.items.insert(sequence, item.clone());
                        if let Some(bytes) = bytes {
                            self.take_in(&SignatureRecord { sequence, sha256: item.sha256, bytes });
                        }
                    }
                    (RegisterAction::Withdrawn, Some(item)) => {
                        self.items.remove(&item.sequence);
                        self.index.remove(item.sequence);
                    }
                    _ => {}
                }
                self.register = entry.sequence;
                news = true;
            }
        }
    }

    /// The index of all originals that can be recognised.
    pub const fn index(&self) -> &ArchiveIndex {
        &self.index
    }

    /// The original with this number.
    pub fn item(&self, sequence: u64) -> Option<&ArchiveItem> {
        self.items.get(&sequence)
    }

    /// All originals that count, by number.
    pub fn items(&self) -> impl Iterator<Item = &ArchiveItem> {
        self.items.values()
    }

    /// What an original is recognised by.
    ///
    /// # Errors
    /// What the store answers; an unreadable signature counts as none.
    pub async fn signature(&self, sha256: Sha256) -> Answer<Option<MediaSignature>> {
        let bytes = self.store.signature_get(sha256, SIGNATURE_KIND, SIGNATURE_VERSION).await?;
        Ok(bytes.and_then(|bytes| MediaSignature::from_bytes(&bytes).ok()))
    }

    fn take_in(&mut self, record: &SignatureRecord) {
        if !self.items.contains_key(&record.sequence) {
            return;
        }
        match MediaSignature::from_bytes(&record.bytes) {
            Ok(signature) => self.index.insert(record.sequence, &signature),
            Err(error) => {
                let number = record.sequence;
                tracing::error!(
                    archive_item.sequence = number,
                    "original {number} cannot be recognised: {error}"
                );
            }
        }
    }

    async fn end_of_register(&self) -> Answer<u64> {
        // Entries are short; there is no method for the last one alone.
        let mut last = 0;
        loop {
            let entries = self.store.register_since(last, PORTION).await?;
            match entries.last() {
                Some(entry) => last = entry.sequence,
                None => return Ok(last),
            }
        }
    }
}
