//! Receivers of messages: who is told, how, of what. Managing them needs `org_admin`.

use std::str::FromStr as _;

use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::ReceiverId;
use podlinnik_domain::language::Language;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::region::Regions;
use podlinnik_domain::submission::FieldError;
use podlinnik_storage::record::{Delivery, Receiver, ReceiverStanding, Replay};

use crate::access::{not_found, require};
use crate::delivery::{public_key, telegram_chat};
use crate::error::ServiceError;
use crate::fetch::check_address;
use crate::listing::MOST_ENTRIES;
use crate::secret;
use crate::service::{Answer, Service};

/// Longest address of a mailbox (RFC 5321 §4.5.3.1.3).
const MAILBOX_CHARS: usize = 254;
/// Regions that one receiver can name.
const REGIONS: usize = 200;

/// A receiver as it is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverWish {
    /// How it is reached.
    pub channel: Channel,
    /// Where.
    pub address: String,
    /// How webhook messages are signed.
    pub signature: SignatureScheme,
    /// Language of letters and posts.
    pub language: Language,
    /// Codes of the regions that it wants to hear of; all if none.
    pub regions: Option<Vec<String>>,
}

impl Service {
    /// Registers a receiver; its address is checked, a webhook's against private ranges. Answers it with the secret of its signatures (`whsec_…`,
    /// shown once) where there is one.
    ///
    /// # Errors
    /// `forbidden`, `receiver_address_forbidden`, `channel_not_configured`, `validation_failed` for an unknown region.
    pub async fn receiver_add(
        &self,
        actor: &Actor,
        wish: ReceiverWish,
    ) -> Answer<(Receiver, Option<String>)> {
        require(actor, &[Role::OrgAdmin])?;
        let address = self.checked_address(actor, wish.channel, &wish.address).await?;
        let key = secret::random()?.to_vec();
        let shown = (wish.channel == Channel::Webhook && wish.signature == SignatureScheme::Hmac)
            .then(|| secret::webhook_secret(&key));
        let receiver = Receiver {
            id: ReceiverId::generate(self.ids.as_ref()),
            organisation: actor.user.organisation,
            channel: wish.channel,
            address,
            signature: wish.signature,
            secret: key,
            language: wish.language,
            regions: wish.regions.map(known_regions).transpose()?,
            created_at: self.clock.now(),
            disabled_at: None,
        };
        self.store.receiver_create(&receiver, actor.user.id).await?;
        Ok((receiver, shown))
    }

    async fn checked_address(&self, actor: &Actor, channel: Channel, address: &str) -> Answer<String> {
        let forbidden = || ServiceError::Refused(ErrorCode::ReceiverAddressForbidden);
        let unavailable = || ServiceError::Refused(ErrorCode::ChannelNotConfigured);
        match channel {
            Channel::Webhook => {
                let checked = check_address(address, self.settings.allow_private_webhooks).await;
                let url = checked.map_err(|error| {
                    tracing::info!(user.id = %actor.user.id, "address of a receiver refused: {error}");
                    forbidden()
                })?;
                Ok(url.into())
            }
            Channel::Email => {
                let mailbox = lettre::Address::from_str(address.trim()).map_err(|_| forbidden())?;
                if address.trim().chars().count() > MAILBOX_CHARS {
                    return Err(forbidden());
                }
                if self.mailer.is_none() {
                    return Err(unavailable());
                }
                Ok(mailbox.to_string())
            }
            Channel::Telegram => {
                let chat = telegram_chat(address.trim()).ok_or_else(forbidden)?;
                if self.telegram.is_none() {
                    return Err(unavailable());
                }
                Ok(chat.to_owned())
            }
        }
    }

    /// Receivers of the actor's organisation.
    pub async fn receivers(&self, actor: &Actor) -> Answer<Vec<Receiver>> {
        require(actor, &[Role::OrgAdmin])?;
        Ok(self.store.receiver_list(Some(actor.user.organisation)).await?)
    }

    /// How the messages to them stand.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn receiver_standings(&self, actor: &Actor) -> Answer<Vec<ReceiverStanding>> {
        require(actor, &[Role::OrgAdmin])?;
        Ok(self.store.receiver_standings(actor.user.organisation).await?)
    }

    /// One receiver of the actor's organisation.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn receiver(&self, actor: &Actor, id: ReceiverId) -> Answer<Receiver> {
        self.own_receiver(actor, id).await
    }

    /// Switches a receiver off.
    pub async fn receiver_disable(&self, actor: &Actor, id: ReceiverId) -> Answer<()> {
        self.own_receiver(actor, id).await?;
        Ok(self.store.receiver_disable(id, Some(actor.user.id), self.clock.now()).await?)
    }

    /// Switches a receiver on again.
    pub async fn receiver_enable(&self, actor: &Actor, id: ReceiverId) -> Answer<Receiver> {
        self.own_receiver(actor, id).await?;
        self.store.receiver_enable(id, actor.user.id, self.clock.now()).await?;
        self.own_receiver(actor, id).await
    }

    /// The delivery log of a receiver: the latest 100.
    pub async fn deliveries(&self, actor: &Actor, id: ReceiverId) -> Answer<Vec<Delivery>> {
        self.own_receiver(actor, id).await?;
        Ok(self.store.delivery_list(id, MOST_ENTRIES).await?)
    }

    /// Sends what has ended once more, with the same message identifiers; answers how many messages.
    ///
    /// # Errors
    /// `wrong_state` for a receiver that is switched off or a message that still waits.
    pub async fn delivery_replay(&self, actor: &Actor, id: ReceiverId, which: Replay) -> Answer<u32> {
        self.own_receiver(actor, id).await?;
        let (at, attempts) = (self.clock.now(), self.settings.delivery_attempts);
        let queued =
            self.store.delivery_replay(id, which, actor.user.id, attempts, at, self.ids.as_ref()).await?;
        self.work_waits.notify_waiters();
        Ok(queued)
    }

    /// The key that a receiver's Ed25519 signatures are checked with (`whpk_…`); none for other signatures.
    pub fn receiver_public_key(receiver: &Receiver) -> Option<String> {
        let signs = receiver.channel == Channel::Webhook && receiver.signature == SignatureScheme::Ed25519;
        if signs { public_key(&receiver.secret).ok() } else { None }
    }

    async fn own_receiver(&self, actor: &Actor, id: ReceiverId) -> Answer<Receiver> {
        let own = self.receivers(actor).await?;
        own.into_iter().find(|receiver| receiver.id == id).ok_or_else(not_found)
    }
}

fn known_regions(mut codes: Vec<String>) -> Answer<Vec<String>> {
    let known = Regions::current();
    if codes.len() > REGIONS || codes.iter().any(|code| known.get(code).is_none()) {
        let rule = "at most 200 codes of the list of regions, such as RU-TAM";
        return Err(ServiceError::Invalid(vec![FieldError { field: "regions", rule }]));
    }
    codes.sort_unstable();
    codes.dedup();
    Ok(codes)
}
