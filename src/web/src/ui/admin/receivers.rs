//! `/desk/admin/receivers`: who is told of what is published, and one more.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::ReceiverId;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::people::Role;
use podlinnik_domain::region::{Region, Regions};
use podlinnik_pipeline::record::{Receiver, ReceiverStanding};
use podlinnik_pipeline::{ReceiverWish, Service};

use super::frame::{Place, Tab, tabs};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::once::{OncePage, Shown};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, count};

#[derive(Template)]
#[template(path = "admin/receivers.html")]
struct ReceiversPage {
    shell: Shell,
    tabs: Vec<Tab>,
    receivers: Vec<Receiver>,
    standings: BTreeMap<ReceiverId, ReceiverStanding>,
    refusal: Option<Refusal>,
    typed: Fields,
    /// The form for this channel is open.
    channel: Option<Channel>,
    regions: Vec<&'static Region>,
    now: Timestamp,
}

/// A channel in words.
pub(super) const fn channel_name(channel: Channel) -> Text {
    match channel {
        Channel::Webhook => Text { ru: "веб-хук", en: "webhook" },
        Channel::Email => Text { ru: "почта", en: "mail" },
        Channel::Telegram => Text { ru: "Telegram", en: "Telegram" },
    }
}

/// Regions that a receiver wants to hear of, in words.
pub(super) fn regions_of(receiver: &Receiver, shell: &Shell) -> String {
    match &receiver.regions {
        None => shell.t("все регионы", "all regions").to_owned(),
        Some(codes) => {
            let name = |code: &String| {
                Regions::current()
                    .get(code)
                    .map_or(code.as_str(), |region| region.name(shell.language))
                    .to_owned()
            };
            codes.iter().map(name).collect::<Vec<_>>().join(", ")
        }
    }
}

impl ReceiversPage {
    fn channels(&self) -> &'static [Channel] {
        Channel::ALL
    }

    fn name(&self, channel: Channel) -> &'static str {
        self.shell.say(channel_name(channel))
    }

    fn regions(&self, receiver: &Receiver) -> String {
        regions_of(receiver, &self.shell)
    }

    fn standing(&self, receiver: &Receiver) -> Option<&ReceiverStanding> {
        self.standings.get(&receiver.id)
    }

    fn since(&self, at: Timestamp) -> String {
        brief(at, self.now, self.shell.reading())
    }

    fn waiting(&self, number: u64) -> String {
        let russian = ["сообщение ждёт", "сообщения ждут", "сообщений ждут"];
        count(number, russian, ["message waits", "messages wait"], self.shell.language)
    }

    fn given_up(&self, number: u64) -> String {
        let russian = ["не доставлено", "не доставлены", "не доставлены"];
        count(number, russian, ["not delivered", "not delivered"], self.shell.language)
    }

    fn is_open(&self, channel: Channel) -> bool {
        self.channel == Some(channel)
    }

    fn wanted(&self, code: &str) -> bool {
        self.typed.all("regions").any(|typed| typed == code)
    }

    fn is_typed(&self, name: &str, value: &str) -> bool {
        self.typed.get(name) == value
    }
}

/// `GET /desk/admin/receivers`
pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let channel = asked.get("channel").parse().ok();
    let language = reader.language;
    show(&gather(&state, visitor, reader, channel, None, Fields::default()).await?, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    channel: Option<Channel>,
    refusal: Option<Refusal>,
    typed: Fields,
) -> Result<ReceiversPage, Problem> {
    if !visitor.is(Role::OrgAdmin) {
        return Err(ErrorCode::Forbidden.into());
    }
    let receivers = state.service.receivers(&visitor.actor).await?;
    let standings = state.service.receiver_standings(&visitor.actor).await?;
    let shell = reader.shell(Some(visitor), Section::Admin);
    Ok(ReceiversPage {
        tabs: tabs(&shell, Place::Receivers),
        receivers,
        standings: standings.into_iter().map(|standing| (standing.receiver, standing)).collect(),
        refusal,
        typed,
        channel,
        regions: Regions::current().iter().collect(),
        now: state.service.clock().now(),
        shell,
    })
}

/// What stands beside the secret of a webhook.
const SECRET_ONCE: Shown = Shown {
    title: Text { ru: "Получатель добавлен", en: "The receiver is added" },
    label: Text { ru: "Секрет подписи", en: "Secret of the signatures" },
    advice: Text {
        ru: "Скопируйте секрет сейчас: больше он не покажется. Получатель проверяет им заголовок webhook-signature (Standard Webhooks 1.0.0, v1, HMAC-SHA-256).",
        en: "Copy the secret now: it is not shown again. The receiver checks the header webhook-signature with it (Standard Webhooks 1.0.0, v1, HMAC-SHA-256).",
    },
};

/// The same for the public key, which can be looked up again.
const PUBLIC_ONCE: Shown = Shown {
    title: Text { ru: "Получатель добавлен", en: "The receiver is added" },
    label: Text { ru: "Открытый ключ подписи", en: "Public key of the signatures" },
    advice: Text {
        ru: "Получатель проверяет этим ключом заголовок webhook-signature (Standard Webhooks 1.0.0, v1a, Ed25519). Ключ не секретный и останется на странице получателя.",
        en: "The receiver checks the header webhook-signature with this key (Standard Webhooks 1.0.0, v1a, Ed25519). It is no secret and stays on the receiver's page.",
    },
};

/// `POST /desk/admin/receivers`
pub(super) async fn create(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let channel: Channel = fields.parsed("channel", "webhook, email or telegram")?;
    let regions: Vec<String> =
        fields.all("regions").filter(|code| !code.is_empty()).map(str::to_owned).collect();
    let wish = ReceiverWish {
        channel,
        address: fields.get("address").to_owned(),
        signature: fields.get("signature").parse().unwrap_or(SignatureScheme::Hmac),
        language: fields.get("language").parse().unwrap_or(Language::Russian),
        regions: (!regions.is_empty()).then_some(regions),
    };
    match state.service.receiver_add(&visitor.actor, wish).await {
        Ok((receiver, secret)) => {
            let back = format!("/desk/admin/receivers/{}", receiver.id);
            let shown = match (secret, Service::receiver_public_key(&receiver)) {
                (Some(secret), _) => (&SECRET_ONCE, secret),
                (None, Some(key)) => (&PUBLIC_ONCE, key),
                (None, None) => return Ok(go_on(&back, "receiver_added")),
            };
            let shell = reader.shell(Some(visitor), Section::Admin);
            OncePage::new(shell, shown.0, shown.1, &back).with_note(receiver.address).answer()
        }
        Err(error) => {
            let problem = Problem::from(error);
            let (status, language) = (problem.status(), reader.language);
            let refusal = told(problem, channel, language)?;
            let page = gather(&state, visitor, reader, Some(channel), Some(refusal), fields).await?;
            show_with(status, &page, language)
        }
    }
}

/// What is wrong with an address depends on the channel.
fn told(problem: Problem, channel: Channel, language: Language) -> Result<Refusal, Problem> {
    let text = match (problem.code(), channel) {
        (ErrorCode::ReceiverAddressForbidden, Channel::Webhook) => Text {
            ru: "На этот адрес отправлять нельзя: нужен https-адрес, доступный снаружи, не из закрытой сети.",
            en: "Nothing is sent to this address: it takes an https address that is reachable and not in a private network.",
        },
        (ErrorCode::ReceiverAddressForbidden, Channel::Email) => Text {
            ru: "Это не похоже на адрес почты. Пример: dezhurny@redaktsiya.example.",
            en: "This does not look like a mailbox. Example: desk@newsroom.example.",
        },
        (ErrorCode::ReceiverAddressForbidden, Channel::Telegram) => Text {
            ru: "Нужно имя канала с @ или числовой номер чата.",
            en: "It takes a channel's name with @ or the number of a chat.",
        },
        (ErrorCode::ChannelNotConfigured, Channel::Email) => Text {
            ru: "Почтовый сервер не настроен. Администратор машины задаёт его ключами --smtp и --mail-from.",
            en: "No mail server is set up. The operator sets it with --smtp and --mail-from.",
        },
        (ErrorCode::ChannelNotConfigured, _) => Text {
            ru: "Бот Telegram не настроен. Администратор машины задаёт файл с его ключом: --telegram-token.",
            en: "No Telegram bot is set up. The operator names the file with its token: --telegram-token.",
        },
        _ => return Refusal::of(problem, language),
    };
    Ok(Refusal::saying(text, language))
}
