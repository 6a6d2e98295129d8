//! Time stamps of outside authorities (RFC 3161) on checkpoints of the log.
//!
//! An authority that cannot be reached holds nothing up: the next attempt stamps everything that came until then.

use podlinnik_domain::hash::Sha256;
use podlinnik_provenance::bundle::Stamped;
use podlinnik_provenance::timestamp::{QUERY_TYPE, accept, request};
use podlinnik_storage::LogStamp;

use super::{Signed, TransparencyLog};
use crate::error::ServiceError;
use crate::fetch::{FetchError, Outbound};
use crate::secret::random;
use crate::service::{Answer, Service};

/// Stamps that are looked through for the earliest of each authority.
const LOOKED_THROUGH: u32 = 64;
/// Seconds by which an authority's clock and ours may differ without a word.
const CLOCKS_DIFFER_S: i64 = 300;

/// Who is asked. Authorities are the operator's choice, so that plain http and addresses of an own network are allowed: what they answer is signed.
#[derive(Debug)]
pub struct TimeStamping {
    authorities: Vec<String>,
    outbound: Outbound,
}

impl TimeStamping {
    /// Authorities by their addresses.
    ///
    /// # Errors
    /// [`FetchError`] for an address that is none.
    pub fn new(authorities: Vec<String>) -> Result<Self, FetchError> {
        for address in &authorities {
            crate::address::check_url(address, true)?;
        }
        Ok(Self { authorities, outbound: Outbound::new(true)? })
    }
}

/// What became of asking an authority.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StampOutcome {
    /// Address of the authority.
    pub authority: String,
    /// The stamp; none where the log has not grown since the last one. Else why there is none.
    pub stamp: Result<Option<LogStamp>, String>,
}

impl Service {
    /// The same service with authorities that stamp the log.
    #[must_use]
    pub fn with_time_stamping(mut self, stamping: TimeStamping) -> Self {
        self.stamping = Some(std::sync::Arc::new(stamping));
        self
    }

    /// Whether authorities are asked.
    pub const fn has_time_stamping(&self) -> bool {
        self.stamping.is_some()
    }

    /// Asks every authority for a stamp of the log as it is, unless it has stamped that already.
    ///
    /// # Errors
    /// What the store answers. An authority that gives none is told in its outcome.
    pub async fn stamp_log(&self) -> Answer<Vec<StampOutcome>> {
        let Some(stamping) = &self.stamping else { return Ok(Vec::new()) };
        let log = self.log()?;
        let signed = log.checkpoint().await?;
        let mut outcomes = Vec::with_capacity(stamping.authorities.len());
        for authority in &stamping.authorities {
            let last = self.store.stamped_size(log.key.public(), authority).await?;
            let stamp = if signed.checkpoint.size == 0 || last == Some(signed.checkpoint.size) {
                Ok(None)
            } else {
                self.stamp(stamping, authority, log, &signed).await?.map(Some)
            };
            outcomes.push(StampOutcome { authority: authority.clone(), stamp });
        }
        Ok(outcomes)
    }

    /// One stamp of one authority, kept. The inner error is the authority's.
    async fn stamp(
        &self,
        stamping: &TimeStamping,
        authority: &str,
        log: &TransparencyLog,
        signed: &Signed,
    ) -> Answer<Result<LogStamp, String>> {
        let nonce = random()?.first_chunk().copied().unwrap_or_default();
        let digest = Sha256::of(signed.note.as_bytes());
        let query = request(digest, nonce).map_err(|error| ServiceError::Internal(error.to_string()))?;
        let answered = match stamping.outbound.post(authority, QUERY_TYPE, &[], query).await {
            Ok(answered) if answered.status == 200 => answered,
            Ok(answered) => return Ok(Err(format!("answered with status {}", answered.status))),
            Err(error) => return Ok(Err(error.to_string())),
        };
        let (token, said) = match accept(&answered.body, digest, nonce) {
            Ok(accepted) => accepted,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let received_at = self.clock.now();
        if (said.at.as_second() - received_at.as_second()).abs() > CLOCKS_DIFFER_S {
            tracing::warn!("{authority} says it is {}, this machine says {received_at}", said.at);
        }
        let size = signed.checkpoint.size;
        let stamped_at = crate::worker::later(said.at, 0.0);
        let stamp = LogStamp { size, authority: authority.to_owned(), token, stamped_at, received_at };
        self.store.stamp_put(log.key.public(), &stamp).await?;
        Ok(Ok(stamp))
    }
}

impl TransparencyLog {
    /// The earliest stamps of each authority that cover these positions, for a bundle whose checkpoint is over `size` entries.
    pub(super) async fn stamps_over(&self, positions: &[u64], size: u64) -> Answer<Vec<Stamped>> {
        let mut chosen: Vec<LogStamp> = Vec::new();
        for position in positions {
            let covering = self.store.stamp_list(self.key.public(), position + 1, LOOKED_THROUGH).await?;
            let mut seen: Vec<String> = Vec::new();
            for stamp in covering.into_iter().filter(|stamp| stamp.size <= size) {
                if seen.contains(&stamp.authority) {
                    continue;
                }
                seen.push(stamp.authority.clone());
                if !chosen.contains(&stamp) {
                    chosen.push(stamp);
                }
            }
        }
        let mut stamps = Vec::with_capacity(chosen.len());
        for stamp in chosen {
            let note = self.store.checkpoint_get(self.key.public(), stamp.size).await?;
            let note = note.ok_or_else(|| {
                ServiceError::Internal(format!("a stamp without its checkpoint of {} entries", stamp.size))
            })?;
            let consistency = match stamp.size {
                same if same == size => None,
                older => Some(self.prove_consistency(older, size).await?),
            };
            stamps.push(Stamped { note, token: stamp.token, consistency });
        }
        Ok(stamps)
    }
}
