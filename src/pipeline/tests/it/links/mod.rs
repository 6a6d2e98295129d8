//! Links: what other people's servers do, and what becomes of it.

mod workers;

use std::path::PathBuf;
use std::time::Duration;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchState;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::FetchId;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::submission::Circumstances;
use podlinnik_pipeline::fetch::LinkAnswer;
use podlinnik_pipeline::record::FetchRecord;
use podlinnik_pipeline::{FetchSettings, LinkWish, ServiceError};

use crate::site::{Act, Asked, Site, answer, clip, head};
use crate::support::{World, code, eventually};

/// Seconds of a lease.
const LEASE_S: u32 = 3600;

/// How links are fetched in these tests: in a hurry.
pub(crate) fn settings() -> FetchSettings {
    FetchSettings {
        idle: Duration::from_millis(400),
        whole: Duration::from_secs(4),
        attempts: 2,
        first_wait_s: 10.0,
        cage: PathBuf::from(env!("CARGO_BIN_EXE_podlinnik-fetch-child")),
        ..FetchSettings::default()
    }
}

pub(crate) async fn world_with(settings: FetchSettings) -> World {
    // A lease outlives the clock, which these tests move along.
    let world = World::with(true, LEASE_S).await;
    World { service: world.service.clone().with_fetching(settings), ..world }
}

pub(crate) async fn submitter(world: &World) -> Actor {
    world.person(world.tambov, "submitter", &[Role::Submitter]).await
}

pub(crate) async fn ask(world: &World, actor: &Actor, url: &str) -> Result<FetchRecord, ServiceError> {
    let wish = LinkWish {
        url: url.to_owned(),
        circumstances: Circumstances { region: Some("RU-TAM".into()), ..Circumstances::default() },
        refresh: false,
    };
    match world.service.link_create(actor, wish, None).await? {
        LinkAnswer::Fetch(outcome) => Ok(outcome.fetch),
        LinkAnswer::Known(known) => panic!("not known: {known:?}"),
    }
}

async fn now(world: &World, id: FetchId) -> FetchRecord {
    world.store.fetch_get(id).await.expect("a store").expect("the fetch")
}

/// Lets a worker run until the fetch has ended; the clock runs so that waits pass.
pub(crate) async fn ended(world: &World, id: FetchId) -> FetchRecord {
    let worker = world.start_worker("fetcher");
    eventually("the fetch has ended", async || {
        world.clock.advance(1);
        now(world, id).await.state.is_final()
    })
    .await;
    worker.stop().await;
    now(world, id).await
}

/// Whether anything is left of unfinished files.
fn leftovers(world: &World) -> usize {
    let folder = world.folder.path().join("blobs/staging/partial");
    std::fs::read_dir(folder).map(Iterator::count).unwrap_or_default()
}

#[tokio::test]
async fn a_file_at_an_address_becomes_a_submission_with_evidence() {
    let body = clip(700);
    let whole = body.clone();
    let site = Site::start(move |asked| match asked.path.as_str() {
        "/short" => answer("302 Found", &[("Location", "/files/clip.bin?x=1#later")], b""),
        _ => answer(
            "200 OK",
            &[
                ("Content-Type", "video/mp4"),
                ("ETag", "\"v1\""),
                ("Last-Modified", "Sun, 22 Nov 2026 08:00:00 GMT"),
                ("Content-Disposition", "attachment; filename*=UTF-8''%D0%BA%D0%BB%D0%B8%D0%BF.mp4"),
            ],
            &whole,
        ),
    })
    .await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/short")).await.expect("a link");
    let done = ended(&world, asked.id).await;
    assert_eq!((done.state, done.error, done.detail.as_deref()), (FetchState::Done, None, None));
    let evidence = done.evidence.expect("evidence");
    let hops: Vec<_> = evidence.hops.iter().map(|hop| (hop.url.as_str(), hop.status)).collect();
    assert_eq!(hops, [(site.url("/short").as_str(), 302), (site.url("/files/clip.bin?x=1").as_str(), 200)]);
    assert!(evidence.hops.iter().all(|hop| hop.ip == Some([127, 0, 0, 1].into())));
    assert_eq!(evidence.final_url, site.url("/files/clip.bin?x=1"));
    assert_eq!((evidence.sha256, evidence.size_bytes), (Sha256::of(&body), 700));
    assert_eq!((evidence.content_type.as_deref(), evidence.content_length), (Some("video/mp4"), Some(700)));
    assert_eq!((evidence.etag.as_deref(), evidence.tool.as_str()), (Some("\"v1\""), "direct"));
    assert!(evidence.last_modified.is_some() && evidence.fetched_at >= asked.requested_at);
    let submission = world.service.submission(&actor, done.submission.expect("a submission")).await;
    let submission = submission.expect("the submission");
    assert_eq!(submission.media_sha256, Sha256::of(&body));
    assert_eq!(submission.circumstances.file_name.as_deref(), Some("клип.mp4"));
    assert_eq!(submission.circumstances.source_url, Some(site.url("/short")));
    assert_eq!(submission.circumstances.region.as_deref(), Some("RU-TAM"));
    let analyst = world.person(world.tambov, "analyst", &[Role::Analyst]).await;
    let shown = world.service.case_fetches(&analyst, submission.case).await.expect("a list");
    assert_eq!(shown.iter().map(|one| one.id).collect::<Vec<_>>(), [asked.id]);
    assert_eq!(leftovers(&world), 0);
    // Nothing is asked for compressed, and nothing of ours goes along.
    let requests = site.asked();
    assert!(requests.iter().all(|one| one.headers["accept-encoding"] == "identity"));
    assert!(
        requests
            .iter()
            .all(|one| !one.headers.contains_key("cookie") && !one.headers.contains_key("referer"))
    );
    // The link is known from now on; the same bytes are found again where it is fetched once more.
    let wish = LinkWish { url: site.url("/short"), ..LinkWish::default() };
    let known = world.service.link_create(&analyst, wish.clone(), None).await.expect("an answer");
    assert!(matches!(known, LinkAnswer::Known(ref items) if items.len() == 1), "{known:?}");
    let again = world.service.link_create(&analyst, LinkWish { refresh: true, ..wish }, None).await;
    let LinkAnswer::Fetch(again) = again.expect("an answer") else { panic!("it is fetched again") };
    assert_eq!(ended(&world, again.fetch.id).await.state, FetchState::Done);
}

fn endless(_: &Asked) -> Vec<Act> {
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: video/mp4\r\nConnection: close\r\n\r\n".to_vec();
    vec![Act::Send(head), Act::Forever(clip(100), Duration::from_millis(1))]
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told_with_its_reason() {
    let site = Site::start(|asked| match asked.path.as_str() {
        "/gone" => answer("410 Gone", &[], b""),
        "/missing" => answer("404 Not Found", &[("Content-Type", "text/html")], b"<html>"),
        "/login" => answer("403 Forbidden", &[], b""),
        "/locked" => answer("451 Unavailable For Legal Reasons", &[], b""),
        "/teapot" => answer("418 I'm a teapot", &[], b""),
        "/loop" => answer("301 Moved", &[("Location", "/loop")], b""),
        "/nowhere" => answer("302 Found", &[], b""),
        "/inside" => answer("302 Found", &[("Location", "ftp://127.0.0.1/clip.mp4")], b""),
        "/page" => answer("200 OK", &[("Content-Type", "text/html; charset=utf-8")], b"<!doctype html>"),
        "/lying" => answer("200 OK", &[("Content-Type", "video/mp4")], b"<!DOCTYPE html><html>Login</html>"),
        "/untyped" => answer("200 OK", &[], "Файл удалён автором".as_bytes()),
        "/large" => answer("200 OK", &[("Content-Type", "video/mp4")], &clip(1001)),
        "/empty" => answer("200 OK", &[("Content-Type", "video/mp4")], b""),
        "/zipped" => answer("200 OK", &[("Content-Encoding", "gzip")], &clip(100)),
        _ => endless(asked),
    })
    .await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let table = [
        ("/gone", ErrorCode::LinkGone, "HTTP 410"),
        ("/missing", ErrorCode::LinkGone, "HTTP 404"),
        ("/login", ErrorCode::LinkNeedsLogin, "HTTP 403"),
        ("/locked", ErrorCode::LinkRegionLocked, "HTTP 451"),
        ("/teapot", ErrorCode::LinkRefused, "HTTP 418"),
        ("/loop", ErrorCode::LinkTooManyRedirects, "more than 5 redirects"),
        ("/nowhere", ErrorCode::LinkRefused, "a redirect without an address"),
        ("/inside", ErrorCode::LinkForbidden, "scheme `ftp` is not allowed"),
        ("/page", ErrorCode::LinkNotMedia, "text/html; charset=utf-8"),
        ("/lying", ErrorCode::LinkNotMedia, "text/html"),
        ("/untyped", ErrorCode::LinkNotMedia, "text/plain"),
        ("/large", ErrorCode::LinkTooLarge, "1001 bytes of at most 1000"),
        ("/empty", ErrorCode::MediaEmpty, "0 bytes"),
        ("/zipped", ErrorCode::LinkRefused, "content-encoding gzip, which was not asked for"),
        ("/endless", ErrorCode::LinkTooLarge, "more than 1000 bytes"),
    ];
    for (path, expected, detail) in table {
        let asked = ask(&world, &actor, &site.url(path)).await.expect("a link");
        let failed = ended(&world, asked.id).await;
        let told = (failed.state, failed.error, failed.detail.as_deref(), failed.attempts);
        assert_eq!(told, (FetchState::Failed, Some(expected), Some(detail), 1), "{path}");
        assert_eq!((failed.submission, failed.evidence), (None, None), "{path}");
    }
    assert_eq!(leftovers(&world), 0);
    let refused = Site::start(|_| Vec::new()).await;
    let port = refused.port;
    drop(refused);
    let asked = ask(&world, &actor, &format!("http://127.0.0.1:{port}/")).await.expect("a link");
    let failed = ended(&world, asked.id).await;
    assert_eq!((failed.error, failed.attempts), (Some(ErrorCode::LinkUnreachable), 2), "tried again in vain");
    let asked = ask(&world, &actor, "http://no-such-name.invalid/").await.expect("a link");
    assert_eq!(ended(&world, asked.id).await.error, Some(ErrorCode::LinkUnresolved));
}

#[tokio::test]
async fn addresses_that_lead_inside_are_refused_at_once() {
    let world = World::with(false, 2).await;
    let actor = submitter(&world).await;
    for url in [
        "https://127.0.0.1/clip.mp4",
        "http://2130706433/clip.mp4",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://[::ffff:10.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://localhost/",
        "https://example.org:22/",
        "https://user:secret@example.org/",
    ] {
        assert_eq!(code(&ask(&world, &actor, url).await), Some(ErrorCode::LinkForbidden), "{url}");
    }
    let nonsense = ask(&world, &actor, "ftp://example.org/").await;
    assert_eq!(code(&nonsense), Some(ErrorCode::ValidationFailed));
    // What is typed as http is asked over TLS.
    let asked = ask(&world, &actor, "http://example.org/clip.mp4").await.expect("a link");
    assert_eq!(asked.url, "https://example.org/clip.mp4");
    let stranger = world.person(world.tambov, "approver", &[Role::Approver]).await;
    assert_eq!(code(&ask(&world, &stranger, "https://example.org/").await), Some(ErrorCode::Forbidden));
    assert_eq!(code(&world.service.link(&stranger, asked.id).await), Some(ErrorCode::NotFound));
    world.service.link_cancel(&actor, asked.id).await.expect("taken back");
}

/// Gives `body` with ranges and breaks off after `at` bytes where it is asked for the whole.
fn breaking(asked: &Asked, body: &[u8], at: usize) -> Vec<Act> {
    let tag = ("ETag", "\"v1\"");
    match asked.from() {
        Some(from) => {
            let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
            answer("206 Partial Content", &[tag, ("Content-Range", &range)], &body[from..])
        }
        None => vec![Act::Send([head("200 OK", &[tag], body.len()), body[..at].to_vec()].concat())],
    }
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_taken_up_where_it_stopped() {
    let body = clip(900);
    let whole = body.clone();
    let site = Site::start(move |asked| breaking(asked, &whole, 600)).await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/clip.mp4")).await.expect("a link");
    let done = ended(&world, asked.id).await;
    assert_eq!((done.state, done.attempts, &done.detail), (FetchState::Done, 1, &None));
    let evidence = done.evidence.expect("evidence");
    assert_eq!((evidence.sha256, evidence.resumed), (Sha256::of(&body), 1));
    assert_eq!(evidence.hops.iter().map(|hop| hop.status).collect::<Vec<_>>(), [200, 206]);
    let requests = site.asked();
    assert_eq!(requests.len(), 2);
    assert_eq!((requests[1].from(), requests[1].headers["if-range"].as_str()), (Some(600), "\"v1\""));
}

#[tokio::test]
async fn a_file_that_changed_meanwhile_is_taken_from_the_start() {
    let new = clip(500);
    let whole = new.clone();
    let site = Site::start(move |asked| match asked.earlier {
        0 => breaking(asked, &vec![0xff; 900], 600),
        // `If-Range` does not hold any more.
        _ => answer("200 OK", &[("ETag", "\"v2\"")], &whole),
    })
    .await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/clip.mp4")).await.expect("a link");
    let done = ended(&world, asked.id).await;
    assert_eq!(done.state, FetchState::Done, "{:?}", done.detail);
    let evidence = done.evidence.expect("evidence");
    assert_eq!((evidence.sha256, evidence.etag.as_deref()), (Sha256::of(&new), Some("\"v2\"")));
}

#[tokio::test]
async fn a_file_that_never_comes_whole_is_no_submission() {
    // No ranges, nothing to go on by: from the start each time, and given up.
    let site = Site::start(|_| vec![Act::Send([head("200 OK", &[], 900), clip(300)].concat())]).await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/clip.mp4")).await.expect("a link");
    let failed = ended(&world, asked.id).await;
    assert_eq!((failed.state, failed.error), (FetchState::Failed, Some(ErrorCode::LinkTruncated)));
    assert_eq!((failed.attempts, site.asked().len(), leftovers(&world)), (2, 2, 0));
    assert!(world.service.submissions(&actor, None, 10).await.expect("a page").items.is_empty());
}

#[tokio::test]
async fn a_server_that_asks_for_time_is_given_it() {
    let site = Site::start(|asked| match asked.earlier {
        0 => answer("429 Too Many Requests", &[("Retry-After", "120")], b""),
        _ => answer("200 OK", &[], &clip(100)),
    })
    .await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/clip.mp4")).await.expect("a link");
    let worker = world.start_worker("fetcher");
    eventually("it is put back", async || now(&world, asked.id).await.error.is_some()).await;
    let waiting = now(&world, asked.id).await;
    assert_eq!((waiting.state, waiting.error), (FetchState::Queued, Some(ErrorCode::LinkBusy)));
    world.clock.advance(119);
    tokio::time::sleep(Duration::from_millis(1500)).await;
    assert_eq!(site.asked().len(), 1, "not before its time");
    world.clock.advance(2);
    eventually("it is done", async || now(&world, asked.id).await.state.is_final()).await;
    worker.stop().await;
    let done = now(&world, asked.id).await;
    assert_eq!((done.state, done.attempts, done.error), (FetchState::Done, 2, None));
}

#[tokio::test]
async fn a_server_that_says_nothing_or_drips_is_left() {
    let site = Site::start(|asked| match asked.path.as_str() {
        "/silent" => vec![Act::Send(head("200 OK", &[], 900)), Act::Pause(Duration::from_secs(60))],
        _ => vec![Act::Send(head("200 OK", &[], 900)), Act::Forever(clip(1), Duration::from_millis(100))],
    })
    .await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    for (path, expected) in [("/silent", ErrorCode::LinkTruncated), ("/drips", ErrorCode::LinkTooSlow)] {
        let asked = ask(&world, &actor, &site.url(path)).await.expect("a link");
        assert_eq!(ended(&world, asked.id).await.error, Some(expected), "{path}");
    }
}

#[tokio::test]
async fn a_replayed_key_is_one_fetch() {
    let site = Site::start(|_| answer("200 OK", &[], &clip(100))).await;
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let wish = |note: &str| LinkWish {
        url: site.url("/clip.mp4"),
        circumstances: Circumstances { note: Some(note.to_owned()), ..Circumstances::default() },
        refresh: true,
    };
    let create = async |note: &str| world.service.link_create(&actor, wish(note), Some("key-1")).await;
    let LinkAnswer::Fetch(first) = create("a").await.expect("a link") else { panic!("it is fetched") };
    let LinkAnswer::Fetch(second) = create("a").await.expect("a link") else { panic!("it is fetched") };
    assert_eq!((second.fetch.id, second.created), (first.fetch.id, false));
    assert_eq!(code(&create("b").await), Some(ErrorCode::IdempotencyKeyReused));
    assert_eq!(ended(&world, first.fetch.id).await.state, FetchState::Done);
    assert_eq!(world.service.submissions(&actor, None, 10).await.expect("a page").items.len(), 1);
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_is_left() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let running = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ =
                tokio::io::AsyncWriteExt::write_all(&mut stream, b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
        }
    });
    let world = world_with(settings()).await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &format!("https://127.0.0.1:{port}/clip.mp4")).await.expect("a link");
    let failed = ended(&world, asked.id).await;
    running.abort();
    assert_eq!(failed.error, Some(ErrorCode::LinkTlsFailed), "{:?}", failed.detail);
}
