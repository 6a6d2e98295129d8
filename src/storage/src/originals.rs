use async_trait::async_trait;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{ArchiveItemId, CopyMatchId, SeriesId};
use podlinnik_domain::original::{
    ArchiveItem, CopyMatch, CopyMatchState, RegisterEntry, RegisterSigner, Series, SeriesMember,
};

use crate::error::StoreError;
use crate::record::{
    ArchiveMove, ArchiveWithdrawal, CopyDecision, LessonRecord, NewArchiveItem, NewCopyMatch, NewSignature,
    Page, Position, SeriesGrowth, SeriesLink, SignatureRecord,
};

/// The archive of originals and what is recognised; a part of [`Store`](crate::Store).
#[async_trait]
pub trait OriginalStore: std::fmt::Debug + Send + Sync {
    // --- archive ----------------------------------------------------------------------------------------------------------------

    /// Adds an original: item, signature and the next entry of the register, signed by `signer`, all in one transaction. `Conflict { what:
    /// "original" }` if the same bytes are there and not withdrawn. A signature of the same bytes, kind and version that is there already stays.
    async fn archive_add(
        &self,
        item: &NewArchiveItem,
        signer: &dyn RegisterSigner,
    ) -> Result<ArchiveItem, StoreError>;
    /// Withdraws an original, with an entry of the register. `Missing` if there is none, `WrongState` if it was withdrawn before.
    async fn archive_withdraw(
        &self,
        withdrawal: &ArchiveWithdrawal,
        signer: &dyn RegisterSigner,
    ) -> Result<ArchiveItem, StoreError>;
    /// Notes where the bytes of an original lie now. `Missing` if there is none, `WrongState` if it was withdrawn.
    async fn archive_move(&self, moved: &ArchiveMove) -> Result<ArchiveItem, StoreError>;
    /// The original with this identifier, withdrawn or not.
    async fn archive_get(&self, id: ArchiveItemId) -> Result<Option<ArchiveItem>, StoreError>;
    /// The original with this number, withdrawn or not.
    async fn archive_by_sequence(&self, sequence: u64) -> Result<Option<ArchiveItem>, StoreError>;
    /// The original with these bytes; a withdrawn one (the latest) only if there is no other.
    async fn archive_by_media(&self, sha256: Sha256) -> Result<Option<ArchiveItem>, StoreError>;
    /// The latest original that was seen at this path, withdrawn or not.
    async fn archive_by_path(&self, path: &str) -> Result<Option<ArchiveItem>, StoreError>;
    /// Originals with a number greater than `after`, by number.
    async fn archive_list(
        &self,
        withdrawn_too: bool,
        after: u64,
        limit: u32,
    ) -> Result<Vec<ArchiveItem>, StoreError>;
    /// Entries of the register with a number greater than `after`, by number.
    async fn register_since(&self, after: u64, limit: u32) -> Result<Vec<RegisterEntry>, StoreError>;

    // --- signatures -------------------------------------------------------------------------------------------------------------

    /// Stores what media are recognised by, unless bytes, kind and version have one. Answers whether it was stored.
    async fn signature_put(
        &self,
        sha256: Sha256,
        signature: &NewSignature,
        at: podlinnik_domain::clock::Timestamp,
    ) -> Result<bool, StoreError>;
    /// The signature of these bytes.
    async fn signature_get(
        &self,
        sha256: Sha256,
        kind: &str,
        version: u32,
    ) -> Result<Option<Vec<u8>>, StoreError>;
    /// Whether these bytes have such a signature.
    async fn signature_known(&self, sha256: Sha256, kind: &str, version: u32) -> Result<bool, StoreError>;
    /// Signatures of all media with a number greater than `after`, by number. A number that was not there when a greater one was read never
    /// comes later, so that an index can follow.
    async fn signature_since(
        &self,
        kind: &str,
        version: u32,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SignatureRecord>, StoreError>;
    /// Signatures of originals that are not withdrawn, by the originals' numbers, which are greater than `after`.
    async fn archive_signatures(
        &self,
        kind: &str,
        version: u32,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SignatureRecord>, StoreError>;
    /// Media with an approved verdict whose digest lies between two (both included), by digest: a look-up by prefix.
    async fn media_judged_between(
        &self,
        first: Sha256,
        last: Sha256,
        limit: u32,
    ) -> Result<Vec<Sha256>, StoreError>;

    // --- matches ----------------------------------------------------------------------------------------------------------------

    /// Stores what the machine noticed. What was noticed between the two before (same kind) stays as it is, decision included, and is answered.
    /// `Missing` if the matched bytes are neither an original nor submitted, `Conflict` for an item and itself.
    async fn copy_match_suggest(&self, found: &NewCopyMatch) -> Result<CopyMatch, StoreError>;
    /// Stores what a person thinks of a match. `Stale` if it has changed since it was seen, `WrongState` for a decision that says nothing new. The
    /// lesson of a rejection goes into the negative bank with it; a confirmation after that takes it back.
    async fn copy_match_decide(&self, decision: &CopyDecision) -> Result<CopyMatch, StoreError>;
    /// The match with this identifier.
    async fn copy_match_get(&self, id: CopyMatchId) -> Result<Option<CopyMatch>, StoreError>;
    /// Matches of these bytes, as suspect or as what is matched, oldest first.
    async fn copy_match_list_by_media(&self, sha256: Sha256) -> Result<Vec<CopyMatch>, StoreError>;
    /// Matches in one state, newest first.
    async fn copy_match_list(
        &self,
        state: CopyMatchState,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<CopyMatch>, StoreError>;

    /// Entries of the negative bank with a number greater than `after`, by number; a number never comes later than a greater one.
    async fn lesson_since(&self, after: u64, limit: u32) -> Result<Vec<LessonRecord>, StoreError>;

    // --- series -----------------------------------------------------------------------------------------------------------------

    /// Notes that two submitted items belong together: a new series, one that grows, or two that become one (the younger goes into the older).
    /// Answers the series that both are in now. `Missing` if one was not submitted, `Conflict` for an item and itself.
    async fn series_link(&self, link: &SeriesLink) -> Result<Series, StoreError>;
    /// The series with this identifier, merged or not.
    async fn series_get(&self, id: SeriesId) -> Result<Option<Series>, StoreError>;
    /// The series that these bytes are in now.
    async fn series_by_media(&self, sha256: Sha256) -> Result<Option<Series>, StoreError>;
    /// Series that were not taken over, the one that grew last first.
    async fn series_list(
        &self,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<SeriesGrowth>, StoreError>;
    /// Its items, oldest first.
    async fn series_members(&self, id: SeriesId) -> Result<Vec<SeriesMember>, StoreError>;
}
