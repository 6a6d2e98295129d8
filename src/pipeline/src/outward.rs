//! What a notice says of itself beside its words: the media that it is about, a frame of it, the notice that took its place.

use podlinnik_domain::analysis::DerivativeKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::Verdict;
use podlinnik_media::encode::own_picture;

use crate::error::ServiceError;
use crate::service::{Answer, Service};

impl Service {
    /// Digest of the media that a public notice is about; none for a notice that is not public.
    pub async fn published_media(&self, notice: &Notice) -> Answer<Option<Sha256>> {
        if notice.published_at.is_none() {
            return Ok(None);
        }
        Ok(self.store.case_get(notice.case).await?.map(|case| case.media_sha256))
    }

    /// The public notice that took the place of a superseded one: the latest of the same case that still holds.
    pub async fn successor(&self, notice: &Notice) -> Answer<Option<NoticeId>> {
        if notice.state != NoticeState::Superseded {
            return Ok(None);
        }
        let of_case = self.store.notice_list(notice.case).await?;
        let later = of_case.into_iter().filter(|other| {
            other.state.is_public()
                && other.state != NoticeState::Retracted
                && other.published_at > notice.published_at
        });
        Ok(later.max_by_key(|other| other.published_at).map(|other| other.id))
    }

    /// A frame from the middle of the media that a verdict is about, as the analysis drew it: RGB, width, height in pixels. None if the media has
    /// no picture.
    pub async fn middle_frame(
        &self,
        actor: &Actor,
        verdict: &Verdict,
    ) -> Answer<Option<(Vec<u8>, u32, u32)>> {
        let mut frames = self.derivatives(actor, verdict.analysis).await?;
        frames.retain(|derivative| derivative.kind == DerivativeKind::Frame);
        let Some(frame) = frames.get(frames.len() / 2) else { return Ok(None) };
        let Some(bytes) = self.blobs.get(frame.sha256).await? else { return Ok(None) };
        let read = own_picture(&bytes)
            .map_err(|error| ServiceError::Internal(format!("{}: {error}", frame.name)))?;
        Ok(Some(read))
    }
}
