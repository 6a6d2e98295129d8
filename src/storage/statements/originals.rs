//! The trait's part on originals, method by method.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{ArchiveItemId, CopyMatchId, SeriesId};
use podlinnik_domain::original::{
    ArchiveItem, CopyMatch, CopyMatchState, RegisterEntry, RegisterSigner, Series, SeriesMember,
};
use podlinnik_storage::record::{
    ArchiveMove, ArchiveWithdrawal, CopyDecision, LessonRecord, NewArchiveItem, NewCopyMatch, NewSignature,
    Page, Position, SeriesGrowth, SeriesLink, SignatureRecord,
};
use podlinnik_storage::{OriginalStore, StoreError};

use super::store::{read, record, repeat, update};
use super::{archive, lessons, matches, series, signatures};
use crate::engine::Handle;

#[async_trait]
impl OriginalStore for Handle {
    async fn archive_add(
        &self,
        item: &NewArchiveItem,
        signer: &dyn RegisterSigner,
    ) -> Result<ArchiveItem, StoreError> {
        record!(self, connection => archive::archive_add(connection, item, signer))
    }

    async fn archive_withdraw(
        &self,
        withdrawal: &ArchiveWithdrawal,
        signer: &dyn RegisterSigner,
    ) -> Result<ArchiveItem, StoreError> {
        record!(self, connection => archive::archive_withdraw(connection, withdrawal, signer))
    }

    async fn archive_move(&self, moved: &ArchiveMove) -> Result<ArchiveItem, StoreError> {
        update!(self, connection => archive::archive_move(connection, moved))
    }

    async fn archive_get(&self, id: ArchiveItemId) -> Result<Option<ArchiveItem>, StoreError> {
        read!(self, connection => archive::archive_get(connection, id))
    }

    async fn archive_by_sequence(&self, sequence: u64) -> Result<Option<ArchiveItem>, StoreError> {
        read!(self, connection => archive::archive_by_sequence(connection, sequence))
    }

    async fn archive_by_media(&self, sha256: Sha256) -> Result<Option<ArchiveItem>, StoreError> {
        read!(self, connection => archive::archive_by_media(connection, sha256))
    }

    async fn archive_by_path(&self, path: &str) -> Result<Option<ArchiveItem>, StoreError> {
        read!(self, connection => archive::archive_by_path(connection, path))
    }

    async fn archive_list(
        &self,
        withdrawn_too: bool,
        after: u64,
        limit: u32,
    ) -> Result<Vec<ArchiveItem>, StoreError> {
        read!(self, connection => archive::archive_list(connection, withdrawn_too, after, limit))
    }

    async fn register_since(&self, after: u64, limit: u32) -> Result<Vec<RegisterEntry>, StoreError> {
        read!(self, connection => archive::register_since(connection, after, limit))
    }

    async fn signature_put(
        &self,
        sha256: Sha256,
        signature: &NewSignature,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        record!(self, connection => signatures::signature_insert(connection, sha256, signature, at))
    }

    async fn signature_get(
        &self,
        sha256: Sha256,
        kind: &str,
        version: u32,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        read!(self, connection => signatures::signature_get(connection, sha256, kind, version))
    }

    async fn signature_known(&self, sha256: Sha256, kind: &str, version: u32) -> Result<bool, StoreError> {
        read!(self, connection => signatures::signature_known(connection, sha256, kind, version))
    }

    async fn signature_since(
        &self,
        kind: &str,
        version: u32,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SignatureRecord>, StoreError> {
        read!(self, connection => signatures::signature_since(connection, kind, version, after, limit))
    }

    async fn archive_signatures(
        &self,
        kind: &str,
        version: u32,
        after: u64,
        limit: u32,
    ) -> Result<Vec<SignatureRecord>, StoreError> {
        read!(self, connection => signatures::archive_signatures(connection, kind, version, after, limit))
    }

    async fn media_judged_between(
        &self,
        first: Sha256,
        last: Sha256,
        limit: u32,
    ) -> Result<Vec<Sha256>, StoreError> {
        read!(self, connection => signatures::media_judged_between(connection, first, last, limit))
    }

    async fn copy_match_suggest(&self, found: &NewCopyMatch) -> Result<CopyMatch, StoreError> {
        record!(self, connection => matches::copy_match_suggest(connection, found))
    }

    async fn copy_match_decide(&self, decision: &CopyDecision) -> Result<CopyMatch, StoreError> {
        record!(self, connection => matches::copy_match_decide(connection, decision))
    }

    async fn copy_match_get(&self, id: CopyMatchId) -> Result<Option<CopyMatch>, StoreError> {
        read!(self, connection => matches::copy_match_get(connection, id))
    }

    async fn copy_match_list_by_media(&self, sha256: Sha256) -> Result<Vec<CopyMatch>, StoreError> {
        read!(self, connection => matches::copy_match_list_by_media(connection, sha256))
    }

    async fn copy_match_list(
        &self,
        state: CopyMatchState,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<CopyMatch>, StoreError> {
        read!(self, connection => matches::copy_match_list(connection, state, after, limit))
    }

    async fn lesson_since(&self, after: u64, limit: u32) -> Result<Vec<LessonRecord>, StoreError> {
        read!(self, connection => lessons::lesson_since(connection, after, limit))
    }

    async fn series_link(&self, link: &SeriesLink) -> Result<Series, StoreError> {
        record!(self, connection => series::series_link(connection, link))
    }

    async fn series_get(&self, id: SeriesId) -> Result<Option<Series>, StoreError> {
        read!(self, connection => series::series_get(connection, id))
    }

    async fn series_by_media(&self, sha256: Sha256) -> Result<Option<Series>, StoreError> {
        read!(self, connection => series::series_by_media(connection, sha256))
    }

    async fn series_list(
        &self,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<SeriesGrowth>, StoreError> {
        read!(self, connection => series::series_list(connection, after, limit))
    }

    async fn series_members(&self, id: SeriesId) -> Result<Vec<SeriesMember>, StoreError> {
        read!(self, connection => series::series_members(connection, id))
    }
}
