//! `/desk/admin/receivers/{id}`: one receiver with its messages; sending them once more, switching it off and on.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{DeliveryId, ReceiverId};
use podlinnik_domain::language::{Language, Text};
use podlinnik_pipeline::Service;
use podlinnik_pipeline::record::{Delivery, DeliveryState, Receiver, Replay};

use super::frame::{Place, Tab, tabs};
use super::receivers::{channel_name, regions_of};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, from_input, input, moment};
use crate::ui::zone::Reading;

/// A day: what was missed is mostly of the last one.
const DAY_S: i64 = 86_400;

/// A message in the list.
struct DeliveryLine {
    id: String,
    what: String,
    state: &'static str,
    class: &'static str,
    attempts: u32,
    result: Option<String>,
    when: String,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "admin/receiver.html")]
struct ReceiverPage {
    shell: Shell,
    tabs: Vec<Tab>,
    refusal: Option<Refusal>,
    receiver: Receiver,
    channel: &'static str,
    public_key: Option<String>,
    regions: String,
    deliveries: Vec<DeliveryLine>,
    since: String,
    now: Timestamp,
}

impl ReceiverPage {
    fn added(&self) -> String {
        moment(self.receiver.created_at, self.shell.reading())
    }

    fn off(&self) -> Option<String> {
        self.receiver.disabled_at.map(|at| brief(at, self.now, self.shell.reading()))
    }

    fn zone(&self) -> &'static str {
        self.shell.zone_name()
    }

    /// How messages are signed, where they are.
    fn signing(&self) -> Option<&'static str> {
        let text = match (self.receiver.channel, self.receiver.signature) {
            (Channel::Webhook, SignatureScheme::Hmac) => Text {
                ru: "HMAC-SHA-256 общим секретом; он показан при добавлении",
                en: "HMAC-SHA-256 with a shared secret, shown when it was added",
            },
            (Channel::Webhook, SignatureScheme::Ed25519) => Text { ru: "Ed25519", en: "Ed25519" },
            _ => return None,
        };
        Some(self.shell.say(text))
    }

    fn language(&self) -> &'static str {
        match self.receiver.language {
            Language::Russian => self.shell.t("русский", "Russian"),
            Language::English => self.shell.t("английский", "English"),
        }
    }
}

/// A type of message in words.
fn message(event_type: &str, language: Language) -> String {
    let text = match event_type {
        "notice.published" => {
            Text { ru: "опубликовано опровержение", en: "notice published" }
        }
        "notice.corrected" => {
            Text { ru: "опровержение исправлено", en: "notice corrected" }
        }
        "notice.doubted" => {
            Text { ru: "опровержение под сомнением", en: "notice in doubt" }
        }
        "notice.superseded" => {
            Text { ru: "опровержение заменено", en: "notice superseded" }
        }
        "verdict.disputed" => Text { ru: "вердикт оспорен", en: "verdict disputed" },
        "verdict.superseded" => Text { ru: "вердикт заменён", en: "verdict superseded" },
        "inquiry.asked" => Text { ru: "запрос ведомству", en: "question to an agency" },
        "inquiry.reminded" => {
            Text { ru: "напоминание о запросе", en: "reminder of a question" }
        }
        other => return other.to_owned(),
    };
    text.in_language(language).to_owned()
}

impl DeliveryLine {
    fn new(delivery: Delivery, now: Timestamp, reading: Reading) -> Self {
        let language = reading.language;
        let (state, class) = match delivery.state {
            DeliveryState::Waiting => (Text { ru: "ждёт", en: "waits" }, "info"),
            DeliveryState::Delivered => (Text { ru: "доставлено", en: "delivered" }, "good"),
            DeliveryState::GivenUp => (Text { ru: "не доставлено", en: "not delivered" }, "bad"),
        };
        Self {
            id: delivery.id.to_string(),
            what: message(&delivery.event_type, language),
            state: state.in_language(language),
            class,
            attempts: delivery.attempts,
            result: delivery.last_result,
            when: brief(delivery.created_at, now, reading),
            is_over: delivery.state != DeliveryState::Waiting,
        }
    }
}

/// `GET /desk/admin/receivers/{id}`
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<ReceiverId>,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&gather(&state, visitor, reader, id, None, &Fields::default()).await?, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: ReceiverId,
    refusal: Option<Refusal>,
    typed: &Fields,
) -> Result<ReceiverPage, Problem> {
    let service = &state.service;
    let receiver = service.receiver(&visitor.actor, id).await?;
    let deliveries = service.deliveries(&visitor.actor, id).await?;
    let now = service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Admin);
    let reading = shell.reading();
    let yesterday = now.checked_sub(jiff::SignedDuration::from_secs(DAY_S)).unwrap_or(now);
    Ok(ReceiverPage {
        tabs: tabs(&shell, Place::Receivers),
        refusal,
        channel: shell.say(channel_name(receiver.channel)),
        public_key: Service::receiver_public_key(&receiver),
        regions: regions_of(&receiver, &shell),
        deliveries: deliveries.into_iter().map(|one| DeliveryLine::new(one, now, reading)).collect(),
        since: typed.filled("since").unwrap_or_else(|| input(yesterday, reading.zone)),
        now,
        receiver,
        shell,
    })
}

/// `POST /desk/admin/receivers/{id}/disable`
pub(super) async fn disable(
    State(state): State<AppState>,
    Id(id): Id<ReceiverId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    state.service.receiver_disable(&visitor.actor, id).await?;
    Ok(go_on(&format!("/desk/admin/receivers/{id}"), "receiver_off"))
}

/// `POST /desk/admin/receivers/{id}/enable`
pub(super) async fn enable(
    State(state): State<AppState>,
    Id(id): Id<ReceiverId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    state.service.receiver_enable(&visitor.actor, id).await?;
    Ok(go_on(&format!("/desk/admin/receivers/{id}"), "receiver_on"))
}

/// `POST /desk/admin/receivers/{id}/replay`: one message, or everything since a moment.
pub(super) async fn replay(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<ReceiverId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let which = match fields.filled("delivery") {
        Some(one) => {
            one.parse::<DeliveryId>().map(Replay::One).map_err(|_| Problem::new(ErrorCode::NotFound))
        }
        None => from_input(fields.get("since"), reader.zone)
            .map(Replay::Since)
            .ok_or_else(|| Problem::field("since", "a date and a time")),
    };
    let replayed = match which {
        Ok(which) => state.service.delivery_replay(&visitor.actor, id, which).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match replayed {
        Ok(0) => Ok(go_on(&format!("/desk/admin/receivers/{id}"), "nothing_replayed")),
        Ok(_) => Ok(go_on(&format!("/desk/admin/receivers/{id}"), "replayed")),
        Err(problem) => {
            let (status, language) = (problem.status(), reader.language);
            let refusal = match problem.code() {
                ErrorCode::WrongState => Refusal::saying(
                    Text {
                        ru: "Получатель отключён, или сообщение ещё ждёт своей очереди. Включите получателя и повторите.",
                        en: "The receiver is switched off, or the message still waits. Switch it on and try again.",
                    },
                    language,
                ),
                _ => Refusal::of(problem, language)?,
            };
            let page = gather(&state, visitor, reader, id, Some(refusal), &fields).await?;
            show_with(status, &page, language)
        }
    }
}
