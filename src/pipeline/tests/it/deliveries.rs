use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{IdSource as _, RandomIds, ReceiverId};
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{CorrectionDraft, CorrectionKind, Notice, NoticeState};
use podlinnik_pipeline::{ReceiverWish, TelegramBot};
use podlinnik_storage::record::{Delivery, DeliveryState, Receiver, Replay};
use serde_json::Value;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{ATTEMPTS, Desk, World, code, eventually, proposal, words};

/// The clock runs fast in these tests, and there are two delivery loops: a lease must not run out between two looks at it.
const LONG_LEASE_S: u32 = 1_000_000;

/// A webhook with a symmetric signature for all regions.
pub(crate) fn hook(url: &str) -> ReceiverWish {
    ReceiverWish {
        channel: Channel::Webhook,
        address: url.to_owned(),
        signature: SignatureScheme::Hmac,
        language: Language::Russian,
        regions: None,
    }
}

/// Draft, review, approval.
async fn approved_notice(world: &World, desk: &Desk, bytes: &[u8]) -> Notice {
    let service = &world.service;
    let verdict = world.approved_verdict(desk, bytes).await;
    let notice =
        service.notice_draft(&desk.editor, verdict.id, words("Это подделка")).await.expect("a draft");
    let notice = service.notice_submit(&desk.editor, notice.id, notice.version).await.expect("a review");
    service.notice_approve(&desk.approver, notice.id, notice.version).await.expect("an approval")
}

async fn receiver(answers: &[u16]) -> MockServer {
    let server = MockServer::start().await;
    for (number, status) in answers.iter().enumerate() {
        let mock =
            Mock::given(method("POST")).and(path("/hook")).respond_with(ResponseTemplate::new(*status));
        let last = number + 1 == answers.len();
        if last { mock } else { mock.up_to_n_times(1) }.mount(&server).await;
    }
    server
}

async fn requests(server: &MockServer) -> Vec<Request> {
    server.received_requests().await.expect("recording is on")
}

async fn delivery(world: &World, webhook: ReceiverId) -> Delivery {
    world.store.delivery_list(webhook, 10).await.expect("a store").remove(0)
}

/// Publishes and lets a worker run until the delivery has ended, moving the clock along.
async fn delivered(world: &World, desk: &Desk, notice: &Notice, webhook: ReceiverId) -> Delivery {
    world.service.notice_publish(&desk.editor, notice.id, notice.version).await.expect("a publication");
    let worker = world.start_worker("deliverer");
    eventually("the delivery has ended", async || {
        world.clock.advance(10);
        delivery(world, webhook).await.state != DeliveryState::Waiting
    })
    .await;
    worker.stop().await;
    delivery(world, webhook).await
}

#[tokio::test]
async fn a_published_notice_goes_out_signed() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = receiver(&[204]).await;
    let url = format!("{}/hook", server.uri());
    let (webhook, secret) = world.service.receiver_add(&desk.admin, hook(&url)).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, webhook.id).await;
    assert_eq!((sent.state, sent.last_result.as_deref()), (DeliveryState::Delivered, Some("204")));

    let requests = requests(&server).await;
    assert_eq!(requests.len(), 1);
    let header = |name: &str| requests[0].headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("webhook-id"), sent.id.to_string());
    assert_eq!(header("content-type"), "application/json");
    // As a receiver checks it: with the secret that was shown once.
    let key = STANDARD.decode(secret.unwrap().strip_prefix("whsec_").unwrap()).unwrap();
    assert_eq!(key.len(), 32);
    let body = std::str::from_utf8(&requests[0].body).unwrap();
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{}.{}.{body}", header("webhook-id"), header("webhook-timestamp")).as_bytes());
    assert_eq!(header("webhook-signature"), format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())));

    let message: Value = serde_json::from_str(body).unwrap();
    assert_eq!(message["type"], "notice.published");
    assert_eq!(message["timestamp"], sent.created_at.to_string());
    let data = &message["data"];
    assert_eq!(data["notice"], notice.id.to_string());
    assert_eq!(data["text"]["title"], "Это подделка");
    assert_eq!(data["verdict"]["kind"], "manipulated_face");
    assert_eq!(data["url"], format!("https://podlinnik.example.org/notices/{}", notice.id));
    assert_eq!(world.service.deliveries(&desk.admin, webhook.id).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_failing_receiver_is_tried_again_with_the_same_message_identifier() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = receiver(&[500, 200]).await;
    let (webhook, _) =
        world.service.receiver_add(&desk.admin, hook(&format!("{}/hook", server.uri()))).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, webhook.id).await;
    assert_eq!((sent.state, sent.last_result.as_deref()), (DeliveryState::Delivered, Some("200")));
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].headers.get("webhook-id"), requests[1].headers.get("webhook-id"));
}

#[tokio::test]
async fn a_receiver_that_always_fails_is_given_up_and_a_redirect_is_not_followed() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = MockServer::start().await;
    let elsewhere = ResponseTemplate::new(307).insert_header("location", format!("{}/inside", server.uri()));
    Mock::given(path("/hook")).respond_with(elsewhere).mount(&server).await;
    Mock::given(path("/inside")).respond_with(ResponseTemplate::new(200)).expect(0).mount(&server).await;
    let (webhook, _) =
        world.service.receiver_add(&desk.admin, hook(&format!("{}/hook", server.uri()))).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, webhook.id).await;
    assert_eq!((sent.state, sent.last_result.as_deref()), (DeliveryState::GivenUp, Some("307")));
    assert_eq!(requests(&server).await.len(), usize::try_from(ATTEMPTS).unwrap());
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_switched_off() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = receiver(&[410]).await;
    let (webhook, _) =
        world.service.receiver_add(&desk.admin, hook(&format!("{}/hook", server.uri()))).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, webhook.id).await;
    assert_eq!((sent.state, sent.last_result.as_deref()), (DeliveryState::GivenUp, Some("410")));
    assert!(world.service.receivers(&desk.admin).await.unwrap()[0].disabled_at.is_some());
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn an_address_that_turned_private_is_refused_when_sending() {
    let world = World::with(false, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = receiver(&[200]).await;
    let answer = world.service.receiver_add(&desk.admin, hook(&format!("{}/hook", server.uri()))).await;
    assert_eq!(code(&answer), Some(ErrorCode::ReceiverAddressForbidden));
    // Registered while private addresses were allowed, or by an older version.
    let webhook = Receiver {
        id: ReceiverId::from(RandomIds.next()),
        organisation: world.tambov,
        channel: Channel::Webhook,
        address: format!("{}/hook", server.uri()),
        signature: SignatureScheme::Hmac,
        secret: vec![7; 32],
        language: Language::Russian,
        regions: None,
        created_at: world.now(),
        disabled_at: None,
    };
    world.store.receiver_create(&webhook, desk.admin.user.id).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, webhook.id).await;
    assert_eq!(sent.state, DeliveryState::GivenUp);
    assert_eq!(requests(&server).await.len(), 0);
}

#[tokio::test]
async fn webhook_addresses_are_guarded() {
    let world = World::with(false, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let forbidden = [
        "http://newsroom.example.org/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://localhost/hook",
        "https://user:password@8.8.8.8/hook",
        "https://8.8.8.8:22/hook",
        "https://no-such-name.invalid/hook",
        "gopher://8.8.8.8/",
        "not an address",
    ];
    for url in forbidden {
        let answer = world.service.receiver_add(&desk.admin, hook(url)).await;
        assert_eq!(code(&answer), Some(ErrorCode::ReceiverAddressForbidden), "{url}");
    }
    assert!(world.service.receiver_add(&desk.admin, hook("https://8.8.8.8/hook")).await.is_ok());
}

#[tokio::test]
async fn a_notice_goes_from_draft_to_the_public_and_whoever_wrote_it_does_not_approve_it() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let both = world
        .person(
            world.tambov,
            "both",
            &[podlinnik_domain::people::Role::Editor, podlinnik_domain::people::Role::Approver],
        )
        .await;
    let service = &world.service;
    let verdict = world.approved_verdict(&desk, b"fake").await;
    let mut empty = words("");
    empty.title.clear();
    let refused = service.notice_draft(&both, verdict.id, empty).await;
    assert_eq!(code(&refused), Some(ErrorCode::ValidationFailed));
    let draft = service.notice_draft(&both, verdict.id, words("Черновик")).await.unwrap();
    assert!(service.published_notice(draft.id).await.unwrap().is_none());
    let publish = service.notice_publish(&desk.editor, draft.id, draft.version).await;
    assert_eq!(code(&publish), Some(ErrorCode::WrongState));

    let revised =
        service.notice_revise(&desk.editor, draft.id, draft.version, words("Это подделка")).await.unwrap();
    assert_eq!(revised.version, draft.version + 1);
    let stale = service.notice_revise(&desk.editor, draft.id, draft.version, words("Другое")).await;
    assert_eq!(code(&stale), Some(ErrorCode::StaleRevision));
    let review = service.notice_submit(&desk.editor, draft.id, revised.version).await.unwrap();
    assert_eq!(review.state, NoticeState::InReview);
    // One wrote the first version, the other is no approver at all.
    let approve = async |actor| code(&service.notice_approve(actor, draft.id, review.version).await);
    assert_eq!(approve(&both).await, Some(ErrorCode::SamePerson));
    assert_eq!(approve(&desk.editor).await, Some(ErrorCode::Forbidden));
    assert_eq!(approve(&desk.approver).await, None);
    let published = service.notice_publish(&desk.editor, draft.id, review.version).await.unwrap();
    assert_eq!(published.state, NoticeState::Published);

    let (seen, pinned) = service.published_notice(draft.id).await.unwrap().unwrap();
    assert_eq!((seen.text.title.as_str(), pinned.id), ("Это подделка", verdict.id));
    let page = service.published_notices(None, None, 10).await.unwrap();
    assert_eq!(page.items.len(), 1);
    assert!(service.published_notices(Some("RU-LIP"), None, 10).await.unwrap().items.is_empty());
    let known = service
        .known_media(&desk.editor, podlinnik_domain::hash::Sha256::of(b"fake"))
        .await
        .unwrap()
        .unwrap();
    assert_eq!(known.notices.len(), 1);
}

#[tokio::test]
async fn a_notice_whose_verdict_was_replaced_cannot_be_published() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let service = &world.service;
    let notice = approved_notice(&world, &desk, b"fake").await;
    let kind = podlinnik_domain::verdict::VerdictKind::Satire;
    let case = service.case(&desk.author, notice.case).await.unwrap();
    let newer = service.verdict_propose(&desk.author, case.id, case.version, proposal(kind)).await.unwrap();
    service.verdict_second_look(&desk.second, newer.id, kind, "то же").await.unwrap();
    service.verdict_approve(&desk.approver, newer.id).await.unwrap();
    let publish = service.notice_publish(&desk.editor, notice.id, notice.version).await;
    assert_eq!(code(&publish), Some(ErrorCode::StaleRevision));
}

/// Messages to a receiver, oldest first.
async fn messages(world: &World, receiver: ReceiverId) -> Vec<Delivery> {
    let mut deliveries = world.store.delivery_list(receiver, 100).await.expect("a store");
    deliveries.reverse();
    deliveries
}

/// Corrects a public notice: doubt, draft, settlement by another.
async fn corrected(world: &World, desk: &Desk, notice: &Notice, statement: &str) {
    let service = &world.service;
    let version = service.notice(&desk.editor, notice.id).await.expect("the notice").version;
    let opened =
        service.correction_open(&desk.editor, notice.id, version, "неточность").await.expect("a doubt");
    let draft = CorrectionDraft {
        kind: CorrectionKind::Correction,
        statement: statement.to_owned(),
        statement_en: None,
        text: Some(words(&format!("Исправлено: {statement}"))),
    };
    let drafted = service
        .correction_draft(&desk.editor, opened.id, opened.draft_version, draft)
        .await
        .expect("a draft");
    service.correction_settle(&desk.approver, drafted.id, drafted.draft_version).await.expect("a settlement");
}

#[tokio::test]
async fn a_receiver_that_was_down_for_a_day_gets_everything_in_order() {
    let world = World::with_attempts(LONG_LEASE_S, 9).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = MockServer::start().await;
    let down =
        Mock::given(path("/hook")).respond_with(ResponseTemplate::new(503)).mount_as_scoped(&server).await;
    let wish = hook(&format!("{}/hook", server.uri()));
    let (receiver, _) = world.service.receiver_add(&desk.admin, wish).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    world.service.notice_publish(&desk.editor, notice.id, notice.version).await.unwrap();
    let worker = world.start_worker("deliverer");
    let began = world.now();
    for number in 0..3 {
        corrected(&world, &desk, &notice, &format!("поправка {number}")).await;
    }
    // A day and an hour of fast clock.
    eventually("a day has gone by", async || {
        world.clock.advance(600);
        world.now().duration_since(began).as_hours() >= 25
    })
    .await;
    let waiting = messages(&world, receiver.id).await;
    assert!(waiting.iter().all(|one| one.state == DeliveryState::Waiting), "{waiting:?}");
    assert!(waiting[0].attempts >= 3, "it was tried now and then: {waiting:?}");
    assert!(waiting[1..].iter().all(|one| one.attempts == 0), "later ones wait for it: {waiting:?}");
    drop(down);
    Mock::given(path("/hook")).respond_with(ResponseTemplate::new(204)).mount(&server).await;
    eventually("all have arrived", async || {
        world.clock.advance(600);
        messages(&world, receiver.id).await.iter().all(|one| one.state == DeliveryState::Delivered)
    })
    .await;
    worker.stop().await;
    let arrived: Vec<Value> =
        requests(&server).await.iter().map(|one| serde_json::from_slice(&one.body).unwrap()).collect();
    let told: Vec<_> = arrived
        .iter()
        .rev()
        .take(4)
        .rev()
        .map(|one| one["data"]["statement"].as_str().unwrap_or("published").to_owned())
        .collect();
    assert_eq!(told, ["published", "поправка 0", "поправка 1", "поправка 2"]);
}

#[tokio::test]
async fn a_message_can_be_asked_for_again_and_is_signed_with_a_key_of_its_own() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = receiver(&[204]).await;
    let url = format!("{}/hook", server.uri());
    let wish = ReceiverWish { signature: SignatureScheme::Ed25519, ..hook(&url) };
    let (asymmetric, secret) = world.service.receiver_add(&desk.admin, wish).await.unwrap();
    assert_eq!(secret, None, "there is nothing to keep secret");
    let key = podlinnik_pipeline::Service::receiver_public_key(&asymmetric).unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, asymmetric.id).await;
    let again = world.service.delivery_replay(&desk.admin, asymmetric.id, Replay::One(sent.id)).await;
    assert_eq!(again.unwrap(), 1);
    let worker = world.start_worker("deliverer");
    eventually("it was sent again", async || requests(&server).await.len() == 2).await;
    worker.stop().await;
    let requests = requests(&server).await;
    assert_eq!(requests[0].headers.get("webhook-id"), requests[1].headers.get("webhook-id"));
    for request in requests {
        let header = |name: &str| request.headers.get(name).unwrap().to_str().unwrap().to_owned();
        let signed = format!(
            "{}.{}.{}",
            header("webhook-id"),
            header("webhook-timestamp"),
            std::str::from_utf8(&request.body).unwrap()
        );
        let signature = STANDARD.decode(header("webhook-signature").strip_prefix("v1a,").unwrap()).unwrap();
        let key = STANDARD.decode(key.strip_prefix("whpk_").unwrap()).unwrap();
        ring::signature::UnparsedPublicKey::new(&ring::signature::ED25519, key)
            .verify(signed.as_bytes(), &signature)
            .unwrap();
    }
}

#[tokio::test]
async fn a_telegram_channel_is_told_after_the_wait_that_it_asks_for() {
    let world = World::with(true, LONG_LEASE_S).await;
    let server = MockServer::start().await;
    let busy = serde_json::json!({"ok": false, "error_code": 429, "description": "Too Many Requests: retry after 40", "parameters": {"retry_after": 40}});
    let done = serde_json::json!({"ok": true, "result": {"message_id": 17}});
    let place = "/bot123:secret/sendMessage";
    let post = || Mock::given(method("POST")).and(path(place));
    post().respond_with(ResponseTemplate::new(429).set_body_json(busy)).up_to_n_times(1).mount(&server).await;
    post().respond_with(ResponseTemplate::new(200).set_body_json(done)).mount(&server).await;
    let world = world.with_telegram(TelegramBot::new(&server.uri(), "123:secret").unwrap());
    let desk = world.desk(world.tambov, "tam").await;
    let wish = ReceiverWish { channel: Channel::Telegram, address: "@tambov".into(), ..hook("") };
    let (channel, secret) = world.service.receiver_add(&desk.admin, wish).await.unwrap();
    assert_eq!(secret, None);
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, channel.id).await;
    assert_eq!((sent.state, sent.last_result.as_deref()), (DeliveryState::Delivered, Some("200 message 17")));
    let requests = requests(&server).await;
    assert_eq!(requests.len(), 2);
    let body: Value = serde_json::from_slice(&requests[1].body).unwrap();
    assert_eq!((&body["chat_id"], &body["parse_mode"]), (&"@tambov".into(), &"HTML".into()));
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("<b>Это подделка</b>"), "{text}");
    assert!(text.contains(&format!("https://podlinnik.example.org/notices/{}", notice.id)), "{text}");
}

#[tokio::test]
async fn channels_that_are_not_set_up_and_addresses_that_are_none_are_refused() {
    let world = World::with(true, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let add = async |channel, address: &str, regions| {
        let wish = ReceiverWish { channel, regions, ..hook(address) };
        code(&world.service.receiver_add(&desk.admin, wish).await)
    };
    let unavailable = Some(ErrorCode::ChannelNotConfigured);
    assert_eq!(add(Channel::Email, "desk@example.org", None).await, unavailable);
    assert_eq!(add(Channel::Telegram, "@tambov", None).await, unavailable);
    let forbidden = Some(ErrorCode::ReceiverAddressForbidden);
    for address in ["", "desk", "desk@example.org\r\nBcc: x@example.org", "@example.org"] {
        assert_eq!(add(Channel::Email, address, None).await, forbidden, "{address}");
    }
    assert_eq!(add(Channel::Telegram, "https://t.me/x", None).await, forbidden);
    let unknown = Some(vec!["RU-XXX".to_owned()]);
    assert_eq!(add(Channel::Webhook, "http://127.0.0.1/", unknown).await, Some(ErrorCode::ValidationFailed));
    assert!(world.service.receivers(&desk.admin).await.unwrap().is_empty());
}
