//! Webhook deliveries: Standard Webhooks 1.0.0, symmetric signatures.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{DeliveryId, NoticeId};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{ClaimedJob, Delivery, DeliveryState, Lease};
use serde_json::{Value, json};

use crate::error::ServiceError;
use crate::secret::jitter;
use crate::service::{Answer, Service};

/// Seconds to wait after the first, second, … failed attempt (the schedule that Standard Webhooks proposes).
const WAITS_S: [u32; 8] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000];

/// The three headers of a message: identifier, time and signature over `id.timestamp.body`.
fn headers(
    delivery: DeliveryId,
    sent_at: Timestamp,
    key: &[u8],
    body: &str,
) -> Answer<[(&'static str, String); 3]> {
    let seconds = sent_at.as_second();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key)
        .map_err(|error| ServiceError::Internal(format!("webhook key: {error}")))?;
    mac.update(format!("{delivery}.{seconds}.{body}").as_bytes());
    Ok([
        ("webhook-id", delivery.to_string()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))),
    ])
}

/// Seconds until the next attempt after `attempt` failed ones, spread by up to a fifth either way so that receivers are not hit all at once.
fn wait_s(attempt: u32, jitter: f64) -> f64 {
    let position = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS_S.len() - 1);
    let wait = WAITS_S.get(position).copied().unwrap_or(72_000);
    f64::from(wait) * (0.8 + 0.4 * jitter)
}

/// What came of one attempt.
enum Attempt {
    Delivered(u16),
    Gone,
    Failed(String),
}

impl Service {
    /// Makes one attempt at a delivery and records what came of it.
    pub(crate) async fn deliver(&self, job: &ClaimedJob) -> Answer<()> {
        let id = job.payload.get("delivery").and_then(Value::as_str).and_then(|text| text.parse().ok());
        let delivery = match id {
            Some(id) => self.store.delivery_get(id).await?,
            None => None,
        };
        let Some(delivery) = delivery else {
            return self.try_again_later(job, "the job names no delivery that exists").await;
        };
        if delivery.state != DeliveryState::Waiting {
            let last = delivery.last_result.as_deref().unwrap_or_default();
            return self.end(&job.lease, &delivery, delivery.state, last).await;
        }
        if delivery.webhook.disabled_at.is_some() {
            return self.end(&job.lease, &delivery, DeliveryState::GivenUp, "receiver switched off").await;
        }
        let attempt = self.attempt(&delivery).await?;
        match attempt {
            Attempt::Delivered(status) => {
                tracing::info!(delivery.id = %delivery.id, http.status = status, "delivered {}", delivery.id);
                self.end(&job.lease, &delivery, DeliveryState::Delivered, &status.to_string()).await
            }
            Attempt::Gone => {
                let webhook = delivery.webhook.id;
                tracing::warn!(delivery.id = %delivery.id, webhook.id = %webhook, "receiver {webhook} is gone (410): switched off");
                self.end(&job.lease, &delivery, DeliveryState::GivenUp, "410").await?;
                Ok(self.store.webhook_disable(webhook, None, self.clock.now()).await?)
            }
            Attempt::Failed(error) if job.attempt >= self.settings.max_attempts => {
                tracing::warn!(delivery.id = %delivery.id, "delivery {} given up: {error}", delivery.id);
                self.end(&job.lease, &delivery, DeliveryState::GivenUp, &error).await
            }
            Attempt::Failed(error) => {
                tracing::info!(delivery.id = %delivery.id, "delivery {} failed: {error}", delivery.id);
                self.try_again_later(job, &error).await
            }
        }
    }

    async fn attempt(&self, delivery: &Delivery) -> Answer<Attempt> {
        let body = json!({
            "type": delivery.event_type,
            "timestamp": delivery.created_at,
            "data": self.enriched(delivery).await?,
        })
        .to_string();
        let headers = headers(delivery.id, self.clock.now(), &delivery.webhook.secret, &body)?;
        let outbound = match self.outbound() {
            Ok(outbound) => outbound,
            Err(error) => return Ok(Attempt::Failed(error.to_string())),
        };
        Ok(match outbound.post_json(&delivery.webhook.url, &headers, body).await {
            Ok(status @ 200..=299) => Attempt::Delivered(status),
            Ok(410) => Attempt::Gone,
            Ok(status) => Attempt::Failed(status.to_string()),
            Err(error) => Attempt::Failed(error.to_string()),
        })
    }

    /// The stored data (identifiers) and, for a published notice, its words, verdict and address as they are now.
    async fn enriched(&self, delivery: &Delivery) -> Answer<Value> {
        let mut data = delivery.data.clone();
        let notice = ["notice", "id", "notice_id"]
            .iter()
            .find_map(|key| data.get(key)?.as_str()?.parse::<NoticeId>().ok());
        let found = match notice {
            Some(id) => self.published_notice(id).await?,
            None => None,
        };
        if let (Some((notice, verdict)), Some(map)) = (found, data.as_object_mut()) {
            let kind = verdict.proposal.kind;
            let more = json!({
                "notice": notice.id,
                "version": notice.version,
                "state": notice.state,
                "case": notice.case,
                "region": notice.region,
                "text": notice.text,
                "published_at": notice.published_at,
                "updated_at": notice.updated_at,
                "url": format!("{}/notices/{}", self.settings.public_url, notice.id),
                "verdict": {
                    "id": verdict.id,
                    "revision": verdict.revision,
                    "state": verdict.state,
                    "kind": kind,
                    "words_ru": kind.text().ru,
                    "words_en": kind.text().en,
                },
            });
            if let Value::Object(more) = more {
                map.extend(more);
            }
        }
        Ok(data)
    }

    async fn end(
        &self,
        lease: &Lease,
        delivery: &Delivery,
        state: DeliveryState,
        result: &str,
    ) -> Answer<()> {
        let ended = self.store.delivery_finish(lease, delivery.id, state, result, self.clock.now()).await;
        match ended {
            // Somebody else has the delivery now; the receiver tells repetitions by the identifier.
            Err(StoreError::LeaseLost) => Ok(()),
            ended => Ok(ended?),
        }
    }

    async fn try_again_later(&self, job: &ClaimedJob, error: &str) -> Answer<()> {
        self.fail_job(job, error, wait_s(job.attempt, jitter())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_matches_the_vector_of_the_specification() {
        // From the libraries of standard-webhooks: key MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, message msg_p5jXN8AQM9LWM0D4loKWxJek.
        let key = STANDARD.decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(b"msg_p5jXN8AQM9LWM0D4loKWxJek.1614265330.{\"test\": 2432232314}");
        assert_eq!(
            STANDARD.encode(mac.finalize().into_bytes()),
            "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        );
        // And ours signs the same way.
        let delivery: DeliveryId = "018f4a5e-0000-7000-8000-000000000000".parse().unwrap();
        let [id, time, signature] =
            headers(delivery, Timestamp::from_second(1_614_265_330).unwrap(), &key, "{}").unwrap();
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
        mac.update(format!("{}.{}.{{}}", id.1, time.1).as_bytes());
        assert_eq!(signature.1, format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));
        assert_eq!(time.1, "1614265330");
    }

    #[test]
    fn waits_grow_are_spread_and_end() {
        let seconds = |attempt, jitter| wait_s(attempt, jitter).round();
        assert_eq!(seconds(1, 0.5), 5.0);
        assert_eq!(seconds(2, 0.5), 300.0);
        assert_eq!(seconds(0, 0.5), 5.0);
        assert_eq!(seconds(1000, 0.5), 72_000.0);
        assert_eq!((seconds(2, 0.0), seconds(2, 1.0)), (240.0, 360.0));
        assert!((1..8).all(|attempt| wait_s(attempt, 0.5) < wait_s(attempt + 1, 0.5)));
    }
}
