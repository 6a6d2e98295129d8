//! The archive of originals: genuine official footage, registered with its source, its date and who vouches for it.
//!
//! - [`Archive`]: adds, lists, withdraws; its register is signed, so that a confirmation of authenticity can rest on it
//! - [`key`]: the Ed25519 key of the register, made at first use in the data folder
//! - [`source`]: a file, a folder or a feed → what is to be added; [`feed`]: CSV and JSON lines
//! - [`add`]: takes files in one by one; stopped at any point, a further run goes on where it was
//! - [`outcome`]: what can become of a file
//! - `desk`: the same for people with roles, as methods of [`Service`]
//! - [`recognise`]: a recording → what it is recognised by
//! - `search`: originals by words, and the standing of their signatures
//! - `renew`: reads originals again whose signature is of an older version
//! - [`verify`]: checks chain, signatures and files
//! - [`library`]: all originals with the index of their signatures, loaded once and kept up to date
//!
//! ✅ handled: footage that stays where it lies, or is copied into the blob store; files that were moved, changed, doubled, broken.
//! ❌ not handled: entries cut off the end of the register by somebody who can write past the database's guards (`archive verify` prints the
//! number and hash of the last entry: note them elsewhere); a key that was stolen.

pub mod add;
mod desk;
pub mod feed;
pub mod key;
pub mod library;
pub mod outcome;
pub mod recognise;
mod renew;
mod search;
pub mod source;
pub mod verify;

use std::fs::File;
use std::sync::Arc;

use podlinnik_blobs::Blobs;
use podlinnik_domain::clock::Clock;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{ArchiveItemId, IdSource, UserId};
use podlinnik_domain::original::{ArchiveItem, Attribution, Keeping};
use podlinnik_domain::submission::FieldError;
use podlinnik_storage::Store;
use podlinnik_storage::record::ArchiveWithdrawal;
use tokio::sync::Semaphore;

use crate::error::ServiceError;
use crate::service::{Answer, Service};
use crate::trace::Known;

pub use add::{AddEvent, AddOptions};
pub use key::{KeyError, RegisterKey};
pub use library::Library;
pub use outcome::{Added, FileOutcome, FileResult};
pub use recognise::{Recognise, Recognised, Recogniser};
pub use search::{OriginalFile, OriginalsFound, RegisterStanding};
pub use source::{Entry, SourceError};
pub use verify::{Problem, Verified};

/// Originals that are read at a time.
const PORTION: u32 = 256;
/// Longest title, source and name, in characters.
const NAME: usize = 300;
/// Longest address, in characters.
const LINK: usize = 2048;
/// Longest reason, in characters.
const REASON: usize = 500;

/// The archive of originals.
#[derive(Debug, Clone)]
pub struct Archive {
    store: Arc<dyn Store>,
    blobs: Blobs,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
    key: Arc<RegisterKey>,
    recogniser: Arc<dyn Recognise>,
    /// One recording at a time is read for people who wait for an answer.
    pub(crate) reading: Arc<Semaphore>,
}

impl Archive {
    /// The archive of a service.
    pub fn new(service: &Service, key: RegisterKey, recogniser: Arc<dyn Recognise>) -> Self {
        Self {
            store: Arc::clone(&service.store),
            blobs: service.blobs.clone(),
            clock: Arc::clone(&service.clock),
            ids: Arc::clone(&service.ids),
            key: Arc::new(key),
            recogniser,
            reading: Arc::new(Semaphore::new(1)),
        }
    }

    /// The key of the register.
    pub fn key(&self) -> &RegisterKey {
        &self.key
    }

    /// All originals with their index, loaded now.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn library(&self) -> Answer<Library> {
        Library::load(Arc::clone(&self.store)).await
    }

    /// What was handed in before, with its index, loaded now.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn known(&self) -> Answer<Known> {
        Known::load(Arc::clone(&self.store)).await
    }

    /// What recordings are read with.
    pub fn recogniser(&self) -> &dyn Recognise {
        self.recogniser.as_ref()
    }

    /// Hands every original to `tell`, by number.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn list(
        &self,
        withdrawn_too: bool,
        tell: &mut (dyn FnMut(&ArchiveItem) + Send),
    ) -> Answer<u64> {
        let (mut after, mut count) = (0, 0);
        loop {
            let items = self.store.archive_list(withdrawn_too, after, PORTION).await?;
            let Some(last) = items.last() else { return Ok(count) };
            after = last.sequence;
            count += items.len() as u64;
            items.iter().for_each(&mut *tell);
        }
    }

    /// The original with this identifier.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn get(&self, id: ArchiveItemId) -> Answer<Option<ArchiveItem>> {
        Ok(self.store.archive_get(id).await?)
    }

    /// Withdraws an original: it stays in the register, and nothing is recognised by it any more.
    ///
    /// # Errors
    /// `validation_failed` for a reason that is empty or too long, `not_found`, `wrong_state` if it was withdrawn before.
    pub async fn withdraw(
        &self,
        id: ArchiveItemId,
        reason: &str,
        actor: Option<UserId>,
    ) -> Answer<ArchiveItem> {
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON || reason.chars().any(char::is_control) {
            let rule = "1 to 500 printable characters";
            return Err(ServiceError::Invalid(vec![FieldError { field: "reason", rule }]));
        }
        let withdrawal = ArchiveWithdrawal { id, reason: reason.to_owned(), actor, at: self.clock.now() };
        let item = self.store.archive_withdraw(&withdrawal, self.key.as_ref()).await?;
        tracing::info!(archive_item.id = %id, "original {id} withdrawn");
        Ok(item)
    }

    /// Computes and stores what a submitted item is recognised by, unless that is known; blobs only. Answers whether it was stored.
    ///
    /// # Errors
    /// `not_found` without such bytes, `media_*` if they cannot be read.
    pub async fn learn(&self, sha256: Sha256) -> Answer<bool> {
        let (kind, version) = self.recogniser.signature();
        if self.store.signature_get(sha256, kind, version).await?.is_some() {
            return Ok(false);
        }
        let file = self.blobs.open(sha256).await?.ok_or(ServiceError::Refused(ErrorCode::NotFound))?;
        let recogniser = Arc::clone(&self.recogniser);
        let read = add::blocking(move || recogniser.recognise(file, &mut |_| true)).await?;
        let recognised = read.map_err(|error| ServiceError::Refused(error.code()))?;
        Ok(self.store.signature_put(sha256, &recognised.signature, self.clock.now()).await?)
    }

    /// An original's bytes, at their beginning: from where the file lies, else from the blob store. None if they are in neither place. The digest of a
    /// file outside the blob store is not checked: `verify` does.
    ///
    /// # Errors
    /// What the blob store answers.
    pub async fn open(&self, item: &ArchiveItem) -> Answer<Option<File>> {
        if let Ok(file) = File::open(&item.path)
            && file.metadata().is_ok_and(|data| data.is_file() && data.len() == item.size_bytes)
        {
            return Ok(Some(file));
        }
        match item.keeping {
            Keeping::InPlace => Ok(None),
            Keeping::Copied => Ok(self.blobs.open(item.sha256).await?),
        }
    }
}

/// Trims every text, drops empty ones and checks lengths and forms.
///
/// # Errors
/// All fields that break their rule.
pub fn checked(attribution: Attribution) -> Result<Attribution, Vec<FieldError>> {
    let trimmed =
        |text: Option<String>| text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let attribution = Attribution {
        title: trimmed(attribution.title),
        source: trimmed(attribution.source),
        recorded: attribution.recorded,
        link: trimmed(attribution.link),
        vouched_by: attribution.vouched_by.trim().to_owned(),
    };
    let printable =
        |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    let address = |text: &str| {
        (text.starts_with("https://") || text.starts_with("http://"))
            && printable(text, LINK)
            && !text.chars().any(char::is_whitespace)
    };
    let mut errors = Vec::new();
    let mut rule = |field, rule, holds: bool| {
        if !holds {
            errors.push(FieldError { field, rule });
        }
    };
    let name = "at most 300 printable characters";
    rule("title", name, attribution.title.as_deref().is_none_or(|text| printable(text, NAME)));
    rule("source", name, attribution.source.as_deref().is_none_or(|text| printable(text, NAME)));
    rule(
        "link",
        "an http or https address of at most 2048 characters",
        attribution.link.as_deref().is_none_or(address),
    );
    let vouched = !attribution.vouched_by.is_empty() && printable(&attribution.vouched_by, NAME);
    rule("vouched_by", "1 to 300 printable characters", vouched);
    if errors.is_empty() { Ok(attribution) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_of_an_original_is_checked() {
        let said = Attribution {
            title: Some(" Речь ".to_owned()),
            source: Some("  ".to_owned()),
            recorded: None,
            link: Some("https://example.org/1".to_owned()),
            vouched_by: " Пресс-служба ".to_owned(),
        };
        let good = checked(said.clone()).unwrap();
        assert_eq!((good.title.as_deref(), good.source), (Some("Речь"), None));
        assert_eq!(good.vouched_by, "Пресс-служба");
        let bad = Attribution {
            title: Some("x".repeat(301)),
            source: Some("a\u{1b}[31m".to_owned()),
            link: Some("file:///etc/passwd".to_owned()),
            vouched_by: " ".to_owned(),
            ..said
        };
        let fields: Vec<_> = checked(bad).unwrap_err().into_iter().map(|error| error.field).collect();
        assert_eq!(fields, ["title", "source", "link", "vouched_by"]);
    }
}
