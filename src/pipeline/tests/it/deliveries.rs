use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{IdSource as _, RandomIds, WebhookId};
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_storage::record::{Delivery, DeliveryState, Webhook};
use serde_json::Value;
use wiremock::matchers::{method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::support::{ATTEMPTS, Desk, World, code, eventually, proposal, words};

/// The clock runs fast in these tests, and there are two delivery loops: a lease must not run out between two looks at it.
const LONG_LEASE_S: u32 = 1_000_000;

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

async fn delivery(world: &World, webhook: WebhookId) -> Delivery {
    world.store.delivery_list(webhook, 10).await.expect("a store").remove(0)
}

/// Publishes and lets a worker run until the delivery has ended, moving the clock along.
async fn delivered(world: &World, desk: &Desk, notice: &Notice, webhook: WebhookId) -> Delivery {
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
    let (webhook, secret) = world.service.webhook_add(&desk.admin, &url).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, webhook.id).await;
    assert_eq!((sent.state, sent.last_result.as_deref()), (DeliveryState::Delivered, Some("204")));

    let requests = requests(&server).await;
    assert_eq!(requests.len(), 1);
    let header = |name: &str| requests[0].headers.get(name).unwrap().to_str().unwrap().to_owned();
    assert_eq!(header("webhook-id"), sent.id.to_string());
    assert_eq!(header("content-type"), "application/json");
    // As a receiver checks it: with the secret that was shown once.
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
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
        world.service.webhook_add(&desk.admin, &format!("{}/hook", server.uri())).await.unwrap();
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
        world.service.webhook_add(&desk.admin, &format!("{}/hook", server.uri())).await.unwrap();
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
        world.service.webhook_add(&desk.admin, &format!("{}/hook", server.uri())).await.unwrap();
    let notice = approved_notice(&world, &desk, b"fake").await;
    let sent = delivered(&world, &desk, &notice, webhook.id).await;
    assert_eq!((sent.state, sent.last_result.as_deref()), (DeliveryState::GivenUp, Some("410")));
    assert!(world.service.webhooks(&desk.admin).await.unwrap()[0].disabled_at.is_some());
    assert_eq!(requests(&server).await.len(), 1);
}

#[tokio::test]
async fn an_address_that_turned_private_is_refused_when_sending() {
    let world = World::with(false, LONG_LEASE_S).await;
    let desk = world.desk(world.tambov, "tam").await;
    let server = receiver(&[200]).await;
    let answer = world.service.webhook_add(&desk.admin, &format!("{}/hook", server.uri())).await;
    assert_eq!(code(&answer), Some(ErrorCode::WebhookAddressForbidden));
    // Registered while private addresses were allowed, or by an older version.
    let webhook = Webhook {
        id: WebhookId::from(RandomIds.next()),
        organisation: world.tambov,
        url: format!("{}/hook", server.uri()),
        secret: vec![7; 32],
        created_at: world.now(),
        disabled_at: None,
    };
    world.store.webhook_create(&webhook, desk.admin.user.id).await.unwrap();
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
        let answer = world.service.webhook_add(&desk.admin, url).await;
        assert_eq!(code(&answer), Some(ErrorCode::WebhookAddressForbidden), "{url}");
    }
    assert!(world.service.webhook_add(&desk.admin, "https://8.8.8.8/hook").await.is_ok());
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
