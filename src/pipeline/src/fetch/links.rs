//! What people ask of fetches. For whoever may hand in; everybody sees their own, and those who work on a case see how its item was fetched.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchState;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CaseId, FetchId, JobId, SubmissionId};
use podlinnik_domain::people::Actor;
use podlinnik_domain::submission::{Circumstances, FieldError};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{FetchOutcome, FetchRecord, Idempotency, NewFetch, Page, Position};
use serde_json::json;

use super::download::partial_name;
use crate::access::{not_found, require};
use crate::canonical::canonical_sha256;
use crate::error::ServiceError;
use crate::intake::{MAY_SUBMIT, is_idempotency_key};
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, KnownMedia, Service};

/// Fetches of one person that have not ended.
const MOST_UNDER_WAY: u32 = 20;

/// A link to be fetched.
#[derive(Debug, Clone, Default)]
pub struct LinkWish {
    /// The address.
    pub url: String,
    /// What is said about the item.
    pub circumstances: Circumstances,
    /// Fetch it although items that were seen there are known.
    pub refresh: bool,
}

/// What becomes of a link.
#[derive(Debug)]
pub enum LinkAnswer {
    /// Items that were seen at this address are known.
    Known(Vec<KnownMedia>),
    /// It is fetched; or was, under the same key.
    Fetch(Box<FetchOutcome>),
}

impl Service {
    /// Answers what is known of a link, or has it fetched.
    ///
    /// # Errors
    /// `link_forbidden` for an address that the service does not open, `too_many_links`, `idempotency_key_invalid`, `idempotency_key_reused`,
    /// `rate_limited` if the quota of the key is used up.
    pub async fn link_create(&self, actor: &Actor, wish: LinkWish, key: Option<&str>) -> Answer<LinkAnswer> {
        require(actor, MAY_SUBMIT)?;
        if key.is_some_and(|key| !is_idempotency_key(key)) {
            return Err(ServiceError::Refused(ErrorCode::IdempotencyKeyInvalid));
        }
        let url = wish.url.trim().to_owned();
        let circumstances = Circumstances { source_url: Some(url.clone()), ..wish.circumstances };
        let circumstances = circumstances.validate().map_err(|errors| {
            let named = |error: FieldError| match error.field {
                "source_url" => FieldError { field: "url", ..error },
                _ => error,
            };
            ServiceError::Invalid(errors.into_iter().map(named).collect())
        })?;
        if url.is_empty() {
            let rule = "an http or https address of at most 2048 characters";
            return Err(ServiceError::Invalid(vec![FieldError { field: "url", rule }]));
        }
        if !wish.refresh {
            let known = self.known_by_address(actor, &url).await?;
            if !known.is_empty() {
                return Ok(LinkAnswer::Known(known));
            }
        }
        let allow_private = self.settings.allow_private_webhooks;
        crate::address::check_url(&secure(&url, allow_private), allow_private)
            .map_err(|_| ServiceError::Refused(ErrorCode::LinkForbidden))?;
        let quota_per_day = self.quota(actor).await?;
        let now = self.clock.now();
        let ids = self.ids.as_ref();
        let fetch = NewFetch {
            id: FetchId::generate(ids),
            user: actor.user.id,
            organisation: actor.user.organisation,
            idempotency: match key {
                Some(key) => {
                    Some(Idempotency { key: key.to_owned(), request_sha256: request_hash(&circumstances)? })
                }
                None => None,
            },
            url: secure(&url, allow_private),
            circumstances,
            job: JobId::generate(ids),
            max_attempts: self.fetching.attempts.max(1),
            quota_per_day,
            requested_at: now,
        };
        let outcome = match self.store.fetch_create(&fetch, MOST_UNDER_WAY).await {
            Err(StoreError::WrongState { .. }) => Err(ServiceError::Refused(ErrorCode::TooManyLinks)),
            other => other.map_err(ServiceError::from),
        }?;
        if outcome.created {
            tracing::info!(fetch.id = %outcome.fetch.id, "fetch {} asked for", outcome.fetch.id);
            self.work_waits.notify_waiters();
        }
        Ok(LinkAnswer::Fetch(Box::new(outcome)))
    }

    /// One of the actor's links.
    pub async fn link(&self, actor: &Actor, id: FetchId) -> Answer<FetchRecord> {
        let record = self.store.fetch_get(id).await?.ok_or_else(not_found)?;
        if record.user == actor.user.id { Ok(record) } else { Err(not_found()) }
    }

    /// The actor's links, newest first; `limit` 1 to 100.
    pub async fn links(
        &self,
        actor: &Actor,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<FetchRecord>> {
        Ok(self.store.fetch_list(actor.user.id, after, limit.clamp(1, MOST_ENTRIES)).await?)
    }

    /// Takes a link back that has not ended.
    ///
    /// # Errors
    /// `not_found` for everybody else's, `wrong_state` if it has ended.
    pub async fn link_cancel(&self, actor: &Actor, id: FetchId) -> Answer<FetchRecord> {
        let record = self.link(actor, id).await?;
        let record = self.store.fetch_cancel(record.id, actor.user.id, self.clock.now()).await?;
        // A worker that has it open removes it when it notices; this is for the one that waits.
        self.blobs.partial_remove(&partial_name(id)).await?;
        Ok(record)
    }

    /// How the item of a case was fetched, for those hand-ins that the actor sees, newest first.
    pub async fn case_fetches(&self, actor: &Actor, case: CaseId) -> Answer<Vec<FetchRecord>> {
        let seen: Vec<SubmissionId> =
            self.case_submissions(actor, case).await?.into_iter().map(|one| one.id).collect();
        let sha256: Sha256 = self.case(actor, case).await?.media_sha256;
        let mut fetches = self.store.fetch_list_by_media(sha256, MOST_ENTRIES).await?;
        fetches.retain(|fetch| {
            fetch.state == FetchState::Done
                && fetch.submission.is_some_and(|submission| seen.contains(&submission))
        });
        Ok(fetches)
    }
}

/// People paste `http://` out of habit: where it is not allowed, the same address over TLS is asked instead.
fn secure(url: &str, allow_private: bool) -> String {
    match url.strip_prefix("http://") {
        Some(rest) if !allow_private => format!("https://{rest}"),
        _ => url.to_owned(),
    }
}

/// The meaning of a request: the address, and what is said about the item.
fn request_hash(circumstances: &Circumstances) -> Answer<Sha256> {
    let circumstances = serde_json::to_value(circumstances)
        .map_err(|error| ServiceError::Internal(format!("cannot write circumstances: {error}")))?;
    Ok(canonical_sha256(&json!({ "link": circumstances })))
}
