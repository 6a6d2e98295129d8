//! Checks the register and what it speaks of.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;

use podlinnik_blobs::digest_reader;
use podlinnik_domain::coded_enum;
use podlinnik_domain::event::GENESIS;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::ArchiveItemId;
use podlinnik_domain::original::{
    ArchiveItem, Keeping, REGISTER_SCHEMA, RegisterAction, RegisterEntry, RegisterRecord, RegisterSigner as _,
};

use super::key::{hex, is_signed};
use super::{Archive, PORTION};
use crate::error::ServiceError;
use crate::service::Answer;

coded_enum! {
    /// What can be wrong with the archive.
    pub enum ProblemCode {
        /// An entry does not follow the one before it.
        ChainBroken = "chain_broken",
        /// A record cannot be read or is not what its columns say.
        RecordMalformed = "record_malformed",
        /// The signature is not that of the record.
        SignatureWrong = "signature_wrong",
        /// The key that signed is neither this archive's nor one that was named as trusted.
        KeyUnknown = "key_unknown",
        /// An original is not what the register says of it.
        ItemDiffers = "item_differs",
        /// An original that the register does not know.
        ItemUnregistered = "item_unregistered",
        /// An original that cannot be recognised: it has no signature of this version.
        NotRecognisable = "not_recognisable",
        /// The file is gone, and there is no copy.
        FileMissing = "file_missing",
        /// The file has other bytes.
        FileChanged = "file_changed",
    }
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What.
    pub code: ProblemCode,
    /// In which entry of the register.
    pub sequence: Option<u64>,
    /// With which original.
    pub item: Option<ArchiveItemId>,
    /// More of it.
    pub detail: String,
}

/// What was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Entries of the register.
    pub entries: u64,
    /// SHA-256 of the last record; zeros for an empty register. Noted elsewhere, it shows later whether the end was cut off.
    pub head: Sha256,
    /// The keys that signed, as hexadecimal digits, with the number of their entries.
    pub keys: BTreeMap<String, u64>,
    /// Originals that count.
    pub items: u64,
    /// Files that were read; without `files`, none.
    pub files: u64,
    /// What is wrong.
    pub problems: Vec<Problem>,
}

/// What the register says of an original.
struct Said {
    added: RegisterRecord,
    withdrawn: Option<RegisterRecord>,
}

/// The register as far as it was read.
struct Register {
    trusted: BTreeSet<[u8; 32]>,
    said: BTreeMap<ArchiveItemId, Said>,
    keys: BTreeMap<String, u64>,
    problems: Vec<Problem>,
    last: u64,
    head: Sha256,
}

impl Archive {
    /// Checks the chain of the register, its signatures (by this archive's key or one of `trusted`), that every original is what the register says of it,
    /// and with `files` the bytes of every original. `tell` gets the path of every file before it is read.
    ///
    /// # Errors
    /// What the store and the blob store answer. What is wrong with the archive is no error but a [`Problem`].
    pub async fn verify(
        &self,
        trusted: &[[u8; 32]],
        files: bool,
        tell: &mut (dyn FnMut(&ArchiveItem) + Send),
    ) -> Answer<Verified> {
        let mut register = Register {
            trusted: trusted.iter().copied().chain([self.key.public_key()]).collect(),
            said: BTreeMap::new(),
            keys: BTreeMap::new(),
            problems: Vec::new(),
            last: 0,
            head: GENESIS,
        };
        loop {
            let entries = self.store.register_since(register.last, PORTION).await?;
            if entries.is_empty() {
                break;
            }
            entries.iter().for_each(|entry| register.read(entry));
        }
        let (mut items, mut read, mut after) = (0, 0, 0);
        loop {
            let portion = self.store.archive_list(true, after, PORTION).await?;
            let Some(last) = portion.last() else { break };
            after = last.sequence;
            for item in portion {
                // Added while we looked: the next run's.
                if item.sequence > register.last {
                    continue;
                }
                register.compare(&item);
                if item.withdrawal.is_some() {
                    continue;
                }
                items += 1;
                self.recognisable(&item, &mut register).await?;
                if files {
                    tell(&item);
                    read += 1;
                    self.bytes(&item, &mut register).await?;
                }
            }
        }
        for (id, said) in std::mem::take(&mut register.said) {
            register.problem(ProblemCode::ItemDiffers, Some(said.added.sequence), Some(id), "it is gone");
        }
        let Register { keys, problems, last, head, .. } = register;
        Ok(Verified { entries: last, head, keys, items, files: read, problems })
    }

    async fn recognisable(&self, item: &ArchiveItem, register: &mut Register) -> Answer<()> {
        let (kind, version) = self.recogniser.signature();
        if self.store.signature_get(item.sha256, kind, version).await?.is_none() {
            let detail = format!("no {kind} of version {version}: `podlinnik archive renew` reads it again");
            register.problem(ProblemCode::NotRecognisable, None, Some(item.id), detail);
        }
        Ok(())
    }

    async fn bytes(&self, item: &ArchiveItem, register: &mut Register) -> Answer<()> {
        let path = item.path.clone();
        let found = tokio::task::spawn_blocking(move || digest_reader(&mut File::open(path)?))
            .await
            .map_err(|error| ServiceError::Internal(error.to_string()))?;
        let (code, detail) = match found {
            Ok(info) if info.sha256 == item.sha256 && info.blake3 == item.blake3 => return Ok(()),
            Ok(info) => (ProblemCode::FileChanged, format!("`{}` has SHA-256 {}", item.path, info.sha256)),
            Err(error) => (ProblemCode::FileMissing, format!("`{}`: {error}", item.path)),
        };
        let copied = item.keeping == Keeping::Copied;
        match if copied { self.blobs.open(item.sha256).await } else { Ok(None) } {
            Ok(Some(_)) => {}
            Ok(None) if copied => {
                let detail = format!("{detail}; nor is there a copy");
                register.problem(ProblemCode::FileMissing, None, Some(item.id), detail);
            }
            Ok(None) => register.problem(code, None, Some(item.id), detail),
            Err(podlinnik_blobs::BlobError::Damaged(_)) => {
                let detail = format!("{detail}; its copy is damaged");
                register.problem(ProblemCode::FileChanged, None, Some(item.id), detail);
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }
}

impl Register {
    fn problem(
        &mut self,
        code: ProblemCode,
        sequence: Option<u64>,
        item: Option<ArchiveItemId>,
        detail: impl Into<String>,
    ) {
        self.problems.push(Problem { code, sequence, item, detail: detail.into() });
    }

    fn read(&mut self, entry: &RegisterEntry) {
        let at = Some(entry.sequence);
        let hash = Sha256::of(entry.record.as_bytes());
        if entry.sequence != self.last + 1 || entry.previous_hash != self.head {
            let detail = format!("it does not follow entry {}", self.last);
            self.problem(ProblemCode::ChainBroken, at, None, detail);
        } else if entry.hash != hash {
            self.problem(ProblemCode::ChainBroken, at, None, "the hash is not that of the record");
        }
        (self.last, self.head) = (entry.sequence, entry.hash);
        if !is_signed(entry) {
            self.problem(ProblemCode::SignatureWrong, at, None, "the signature is not that of the record");
        } else if !self.trusted.contains(&entry.public_key) {
            let detail = format!("signed by {}", hex(&entry.public_key));
            self.problem(ProblemCode::KeyUnknown, at, None, detail);
        }
        *self.keys.entry(hex(&entry.public_key)).or_default() += 1;
        match serde_json::from_str::<RegisterRecord>(&entry.record) {
            Ok(record) if fits(&record, entry) => self.note(record),
            Ok(_) => {
                let detail = "the record says something else than its entry";
                self.problem(ProblemCode::RecordMalformed, at, Some(entry.item), detail);
            }
            Err(error) => {
                self.problem(ProblemCode::RecordMalformed, at, Some(entry.item), error.to_string());
            }
        }
    }

    fn note(&mut self, record: RegisterRecord) {
        let (sequence, item) = (record.sequence, record.item);
        let known = self.said.get_mut(&item);
        let why = match (record.action, known) {
            (RegisterAction::Added, None) => {
                self.said.insert(item, Said { added: record, withdrawn: None });
                return;
            }
            (RegisterAction::Withdrawn, Some(said)) if said.withdrawn.is_none() => {
                said.withdrawn = Some(record);
                return;
            }
            (RegisterAction::Added, Some(_)) => "it was added before",
            (RegisterAction::Withdrawn, Some(_)) => "it was withdrawn before",
            (RegisterAction::Withdrawn, None) => "it was never added",
        };
        self.problem(ProblemCode::RecordMalformed, Some(sequence), Some(item), why);
    }

    /// Whether an original is what the register says; takes it off the register's list.
    fn compare(&mut self, item: &ArchiveItem) {
        let Some(Said { added, withdrawn }) = self.said.remove(&item.id) else {
            let detail = format!("`{}`", item.path);
            return self.problem(ProblemCode::ItemUnregistered, None, Some(item.id), detail);
        };
        let same = added.sequence == item.sequence
            && (added.sha256, added.blake3, added.size_bytes) == (item.sha256, item.blake3, item.size_bytes)
            && added.attribution == item.attribution
            && (added.actor, added.at) == (item.added_by, item.added_at);
        let same_end = match (&withdrawn, &item.withdrawal) {
            (None, None) => true,
            (Some(said), Some(kept)) => {
                (said.sequence, said.at, said.actor, said.reason.as_deref())
                    == (kept.sequence, kept.at, kept.by, Some(kept.reason.as_str()))
            }
            // Withdrawn while we looked: the next run's.
            (None, Some(kept)) => kept.sequence > self.last,
            (Some(_), None) => false,
        };
        if !same || !same_end {
            let detail = if same { "its withdrawal differs" } else { "it differs" };
            self.problem(ProblemCode::ItemDiffers, Some(added.sequence), Some(item.id), detail);
        }
    }
}

fn fits(record: &RegisterRecord, entry: &RegisterEntry) -> bool {
    record.schema == REGISTER_SCHEMA
        && record.sequence == entry.sequence
        && record.action == entry.action
        && record.item == entry.item
        && record.previous == entry.previous_hash
        && record.text() == entry.record
}
