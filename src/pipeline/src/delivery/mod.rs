//! Deliveries: one message to one receiver, tried until it arrives. Messages about one thing go out in order.
//!
//! - `webhook`: Standard Webhooks 1.0.0, symmetric and asymmetric signatures
//! - [`mail`]: letters by SMTP
//! - [`telegram`]: posts through the Bot API
//!
//! At least once: a message that arrived just before a crash is sent again. Receivers tell repetitions by `webhook-id`, mailboxes by `Message-ID`;
//! Telegram cannot.

pub mod mail;
pub mod telegram;
mod webhook;

use jiff::SignedDuration;
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{NoticeId, OrganisationId};
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::region::Regions;
use podlinnik_domain::verdict::{Verdict, VerdictKind};
use podlinnik_report::{News, NoticeContext};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{ClaimedJob, Delivery, DeliveryState, Lease};
use serde_json::{Value, json};

pub use mail::{MailError, Mailer};
pub use telegram::TelegramBot;
pub(crate) use telegram::telegram_chat;
pub(crate) use webhook::public_key;

use crate::fetch::{Answered, FetchError};
use crate::secret::jitter;
use crate::service::{Answer, Service};

/// Seconds to wait after the first, second, … failed attempt (the schedule that Standard Webhooks proposes).
const WAITS_S: [u32; 8] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000];

/// How long a message waits for the one before it, should the end of that one not wake it.
const WAIT_FOR_EARLIER: SignedDuration = SignedDuration::from_secs(60);

/// Seconds until the next attempt after `attempt` failed ones, spread by up to a fifth either way so that receivers are not hit all at once.
fn wait_s(attempt: u32, jitter: f64) -> f64 {
    let position = usize::try_from(attempt.saturating_sub(1)).unwrap_or(usize::MAX).min(WAITS_S.len() - 1);
    let wait = WAITS_S.get(position).copied().unwrap_or(72_000);
    f64::from(wait) * (0.8 + 0.4 * jitter)
}

/// What came of one attempt.
#[derive(Debug)]
pub(crate) enum Attempt {
    /// It arrived; what the other side said.
    Delivered(String),
    /// There is no such receiver any more.
    Gone,
    /// It will never arrive.
    Refused(String),
    /// Another attempt may help, after this many seconds at the earliest.
    Failed(String, Option<u32>),
}

impl From<Result<Answered, FetchError>> for Attempt {
    fn from(answered: Result<Answered, FetchError>) -> Self {
        match answered {
            Ok(Answered { status: status @ 200..=299, .. }) => Self::Delivered(status.to_string()),
            Ok(Answered { status: 410, .. }) => Self::Gone,
            Ok(Answered { status, retry_after_s, .. }) => Self::Failed(status.to_string(), retry_after_s),
            Err(error) => Self::Failed(error.to_string(), None),
        }
    }
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
            return self.try_again_later(job, "the job names no delivery that exists", None).await;
        };
        if delivery.state != DeliveryState::Waiting {
            let last = delivery.last_result.as_deref().unwrap_or_default();
            return self.end(&job.lease, &delivery, delivery.state, last).await;
        }
        if delivery.receiver.disabled_at.is_some() {
            return self.end(&job.lease, &delivery, DeliveryState::GivenUp, "receiver switched off").await;
        }
        if self.store.delivery_has_to_wait(delivery.id).await? {
            let run_at = self.clock.now().checked_add(WAIT_FOR_EARLIER).unwrap_or(self.clock.now());
            return match self.store.delivery_put_back(&job.lease, run_at).await {
                Err(StoreError::LeaseLost) => Ok(()),
                put_back => Ok(put_back?),
            };
        }
        match self.attempt(&delivery).await? {
            Attempt::Delivered(answer) => {
                tracing::info!(delivery.id = %delivery.id, "delivered {}: {answer}", delivery.id);
                self.end(&job.lease, &delivery, DeliveryState::Delivered, &answer).await
            }
            Attempt::Gone => {
                let receiver = delivery.receiver.id;
                tracing::warn!(delivery.id = %delivery.id, receiver.id = %receiver, "receiver {receiver} is gone: switched off");
                self.end(&job.lease, &delivery, DeliveryState::GivenUp, "410").await?;
                Ok(self.store.receiver_disable(receiver, None, self.clock.now()).await?)
            }
            Attempt::Refused(error) => {
                tracing::warn!(delivery.id = %delivery.id, "delivery {} refused: {error}", delivery.id);
                self.end(&job.lease, &delivery, DeliveryState::GivenUp, &error).await
            }
            Attempt::Failed(error, _) if job.attempt >= self.settings.delivery_attempts => {
                tracing::warn!(delivery.id = %delivery.id, "delivery {} given up: {error}", delivery.id);
                self.end(&job.lease, &delivery, DeliveryState::GivenUp, &error).await
            }
            Attempt::Failed(error, wait) => {
                tracing::info!(delivery.id = %delivery.id, "delivery {} failed: {error}", delivery.id);
                self.try_again_later(job, &error, wait).await
            }
        }
    }

    async fn attempt(&self, delivery: &Delivery) -> Answer<Attempt> {
        let receiver = &delivery.receiver;
        match receiver.channel {
            Channel::Webhook => self.attempt_webhook(delivery).await,
            Channel::Email => {
                let Some(mailer) = &self.mailer else {
                    return Ok(Attempt::Failed("no mail server is configured".to_owned(), None));
                };
                let told = self.told(delivery).await?;
                let Some(news) = told.news(&self.settings.public_url) else {
                    return Ok(Attempt::Refused(NOTHING.to_owned()));
                };
                let letter = news.letter(receiver.language);
                let identifier = format!("{}@{}", delivery.id, host(&self.settings.public_url));
                Ok(mailer.send(&receiver.address, &identifier, &letter).await)
            }
            Channel::Telegram => {
                let Some(bot) = &self.telegram else {
                    return Ok(Attempt::Failed("no Telegram bot is configured".to_owned(), None));
                };
                let told = self.told(delivery).await?;
                let Some(news) = told.news(&self.settings.public_url) else {
                    return Ok(Attempt::Refused(NOTHING.to_owned()));
                };
                Ok(bot.send(&receiver.address, &news.post(receiver.language)).await)
            }
        }
    }

    async fn attempt_webhook(&self, delivery: &Delivery) -> Answer<Attempt> {
        let body = json!({
            "type": delivery.event_type,
            "timestamp": delivery.created_at,
            "data": self.enriched(delivery).await?,
        })
        .to_string();
        let receiver = &delivery.receiver;
        let headers = match receiver.signature {
            SignatureScheme::Hmac => {
                webhook::symmetric(delivery.id, self.clock.now(), &receiver.secret, &body)?
            }
            SignatureScheme::Ed25519 => {
                webhook::asymmetric(delivery.id, self.clock.now(), &receiver.secret, &body)?
            }
        };
        Ok(match self.outbound() {
            Ok(outbound) => outbound.post_json(&receiver.address, &headers, body).await.into(),
            Err(error) => Attempt::Failed(error.to_string(), None),
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

    async fn try_again_later(
        &self,
        job: &ClaimedJob,
        error: &str,
        at_the_earliest: Option<u32>,
    ) -> Answer<()> {
        let wait = wait_s(job.attempt, jitter()).max(at_the_earliest.map_or(0.0, f64::from));
        self.fail_job(job, error, wait).await
    }

    /// What a message tells people, as it stands now.
    async fn told(&self, delivery: &Delivery) -> Answer<Told> {
        let data = &delivery.data;
        let text = |key: &str| data.get(key).and_then(Value::as_str);
        if let Some(id) = text("notice").and_then(|id| id.parse::<NoticeId>().ok()) {
            let Some((notice, verdict)) = self.published_notice(id).await? else { return Ok(Told::Nothing) };
            let context = self.notice_context(&notice, delivery.receiver.language).await?;
            return Ok(Told::Notice(Box::new((notice, verdict, context))));
        }
        if let (Some(question), Some(due_at)) =
            (text("question"), text("due_at").and_then(|at| at.parse().ok()))
        {
            let reminders = data.get("reminders").and_then(Value::as_u64).unwrap_or_default();
            let reminders = u32::try_from(reminders).unwrap_or(u32::MAX);
            return Ok(Told::Inquiry { question: question.to_owned(), due_at, reminders });
        }
        let kind = |key: &str| text(key).and_then(|code| code.parse::<VerdictKind>().ok());
        let media = text("media_sha256").and_then(|digest| digest.parse().ok());
        Ok(match (kind("verdict_kind"), media) {
            (Some(was), Some(media)) => Told::Verdict { was, now: kind("new_kind"), media },
            _ => Told::Nothing,
        })
    }

    /// What texts need beside a public notice.
    async fn notice_context(&self, notice: &Notice, language: Language) -> Answer<NoticeContext> {
        let public_url = self.settings.public_url.clone();
        let successor = self.successor(notice).await?;
        Ok(NoticeContext {
            organisation: self.organisation_name(notice.organisation, language).await?,
            feed_link: Some(format!("{public_url}/feeds/notices.atom")),
            corrections: self.settled_corrections(notice.id).await?,
            region: notice.region.as_deref().and_then(|code| Regions::current().get(code)).cloned(),
            successor_link: successor.map(|id| format!("{public_url}/notices/{id}")),
            bundle_link: None,
            media: None,
            public_url,
            language,
        })
    }

    async fn organisation_name(&self, id: OrganisationId, language: Language) -> Answer<String> {
        let organisations = self.organisations().await?;
        let found = organisations.into_iter().find(|organisation| organisation.id == id);
        Ok(found.map_or_else(String::new, |organisation| match language {
            Language::Russian => organisation.name_ru,
            Language::English => organisation.name_en,
        }))
    }
}

const NOTHING: &str = "there is nothing to tell";

/// What a message tells people.
#[derive(Debug)]
enum Told {
    Notice(Box<(Notice, Verdict, NoticeContext)>),
    Verdict { was: VerdictKind, now: Option<VerdictKind>, media: Sha256 },
    Inquiry { question: String, due_at: jiff::Timestamp, reminders: u32 },
    Nothing,
}

impl Told {
    fn news<'a>(&'a self, public_url: &'a str) -> Option<News<'a>> {
        Some(match self {
            Self::Notice(told) => News::Notice { notice: &told.0, verdict: &told.1, context: &told.2 },
            Self::Verdict { was, now, media } => {
                News::Verdict { was: *was, now: *now, media: *media, public_url }
            }
            Self::Inquiry { question, due_at, reminders } => {
                News::Inquiry { question, due_at: *due_at, reminders: *reminders, public_url }
            }
            Self::Nothing => return None,
        })
    }
}

/// The host of an address, for identifiers.
fn host(address: &str) -> String {
    let parsed = url::Url::parse(address).ok();
    parsed.and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_else(|| "localhost".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

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
