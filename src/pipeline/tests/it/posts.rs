//! Clips out of posts, by a stand-in for `yt-dlp` that really works through the proxy it is given, and by one that goes astray.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::time::Duration;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchState;
use podlinnik_domain::hash::Sha256;
use podlinnik_pipeline::FetchSettings;
use podlinnik_pipeline::fetch::posts::{network_cover, version};

use crate::links::{ask, ended, settings, submitter, world_with};
use crate::site::{Site, answer, clip};
use crate::support::World;

/// The system's Python, which the cage lets run.
const PYTHON: &str = "/usr/bin/python3";

const PROGRAM: &str = r#"
import json, os, socket, subprocess, sys, time, urllib.request

words = sys.argv[1:]
if words == ["--version"]:
    print("2026.01.01")
    sys.exit()
assert "--ignore-config" in words and "--no-playlist" in words, words
proxy, url = words[words.index("--proxy") + 1], words[-1]
opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": proxy, "https": proxy}))
ask = lambda address: opener.open(address, timeout=10).read()
base, kind = url.rsplit("/post/", 1)
said = []

def attempt(name, work):
    try:
        work()
        said.append(name + ":done")
    except OSError:
        said.append(name + ":refused")

if kind == "private":
    sys.exit("ERROR: [vk] 1: This video is private")
if kind == "nothing":
    sys.exit()
if kind == "slow":
    child = subprocess.Popen(["/bin/sleep", "600"])
    ask(f"{base}/pids/{os.getpid()}/{child.pid}")
    time.sleep(600)
if kind == "astray":
    host, port = base.split("//")[1].split(":")
    attempt("direct", lambda: socket.create_connection((host, int(port)), timeout=5).close())
    attempt("datagram", lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close())
    attempt("session", os.setsid)
    attempt("write", lambda: open(os.environ["HOME"] + "/../astray", "w").close())
    attempt("read", lambda: os.listdir(os.environ["HOME"] + "/.."))
    attempt("passwd", lambda: open("/etc/passwd").close())
    said.append("variables:" + ",".join(sorted(os.environ)))
open("clip.mp4", "wb").write(ask(base + "/clip"))
about = {"title": " ".join(said) or "Ролик", "channel": "Канал", "upload_date": "20260503", "webpage_url": url, "_version": {"version": "2026.01.01"}}
open("clip.info.json", "w").write(json.dumps(about))
"#;

#[expect(clippy::print_stderr, reason = "a skip is printed")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

/// The stand-in, in a world of its own; none (and a word) where there is no Python to run it.
async fn world() -> Option<(World, PathBuf)> {
    if !PathBuf::from(PYTHON).is_file() {
        skipped(&format!("there is no {PYTHON}"));
        return None;
    }
    let folder = tempfile::tempdir().expect("a folder").keep();
    let program = folder.join("yt-dlp");
    std::fs::write(&program, format!("#!{PYTHON} -I{PROGRAM}")).expect("a program");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("its rights");
    let settings = FetchSettings {
        yt_dlp: Some(program.clone()),
        more_post_hosts: vec!["127.0.0.1".to_owned()],
        whole: Duration::from_secs(20),
        ..settings()
    };
    Some((world_with(settings).await, program))
}

async fn site() -> Site {
    Site::start(|asked| match asked.path.as_str() {
        "/clip" => answer("200 OK", &[], &clip(800)),
        path if path.starts_with("/pids/") => answer("200 OK", &[], b"noted"),
        _ => answer("404 Not Found", &[], b""),
    })
    .await
}

#[tokio::test]
async fn a_clip_is_taken_out_of_a_post_through_the_proxy() {
    let Some((world, program)) = world().await else { return };
    let site = site().await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/post/1")).await.expect("a link");
    let done = ended(&world, asked.id).await;
    assert_eq!((done.state, &done.error, &done.detail), (FetchState::Done, &None, &None));
    let evidence = done.evidence.expect("evidence");
    assert_eq!((evidence.sha256, evidence.size_bytes), (Sha256::of(&clip(800)), 800));
    assert_eq!(
        (evidence.tool.as_str(), evidence.file_name.as_deref()),
        ("yt-dlp 2026.01.01", Some("Ролик.mp4"))
    );
    let post = evidence.post.expect("what the post says");
    assert_eq!((post.uploader.as_deref(), post.uploaded_on.as_deref()), (Some("Канал"), Some("2026-05-03")));
    assert_eq!(evidence.hops.iter().map(|hop| hop.ip).collect::<Vec<_>>(), [Some([127, 0, 0, 1].into())]);
    let cage = settings().cage;
    assert_eq!(version(&cage, &program).await.expect("a version"), "2026.01.01");
    assert!(version(&cage, &program.join("not-there")).await.is_err());
}

#[tokio::test]
async fn a_program_that_goes_astray_gets_nowhere() {
    let Some((world, _)) = world().await else { return };
    let site = site().await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/post/astray")).await.expect("a link");
    let done = ended(&world, asked.id).await;
    assert_eq!(done.state, FetchState::Done, "{:?}", done.detail);
    let said = done.evidence.and_then(|evidence| evidence.post?.title).expect("what it tried");
    let (tried, variables) = said.split_once(" variables:").expect("its variables");
    let mut expected = vec!["datagram:refused", "session:refused"];
    if network_cover().is_some() {
        expected.extend(["direct:refused", "write:refused", "read:refused", "passwd:refused"]);
    } else {
        skipped("in part: this kernel has no landlock for the network");
    }
    for refused in expected {
        assert!(tried.split(' ').any(|one| one == refused), "{refused} in {tried}");
    }
    assert!(!variables.contains("PODLINNIK") && !variables.contains("CARGO"), "{variables}");
}

#[tokio::test]
async fn a_post_without_a_clip_is_told_with_its_reason() {
    let Some((world, _)) = world().await else { return };
    let site = site().await;
    let actor = submitter(&world).await;
    for (kind, expected) in [("private", ErrorCode::LinkNeedsLogin), ("nothing", ErrorCode::LinkNoClip)] {
        let asked = ask(&world, &actor, &site.url(&format!("/post/{kind}"))).await.expect("a link");
        let failed = ended(&world, asked.id).await;
        assert_eq!(
            (failed.state, failed.error),
            (FetchState::Failed, Some(expected)),
            "{kind}: {:?}",
            failed.detail
        );
    }
    // The same page where no program is configured.
    let plain = FetchSettings { yt_dlp: None, more_post_hosts: vec!["127.0.0.1".to_owned()], ..settings() };
    let world = world_with(plain).await;
    let actor = submitter(&world).await;
    let page = Site::start(|_| answer("200 OK", &[("Content-Type", "text/html")], b"<html>")).await;
    let asked = ask(&world, &actor, &page.url("/post/1")).await.expect("a link");
    assert_eq!(ended(&world, asked.id).await.error, Some(ErrorCode::LinkPostsUnsupported));
}

#[tokio::test]
async fn a_program_that_takes_too_long_is_ended_with_all_that_it_started() {
    let Some((world, _)) = world().await else { return };
    let settings = FetchSettings { whole: Duration::from_secs(3), ..world.service.fetching().clone() };
    let world = World { service: world.service.clone().with_fetching(settings), ..world };
    let site = site().await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/post/slow")).await.expect("a link");
    let failed = ended(&world, asked.id).await;
    assert_eq!(
        (failed.state, failed.error),
        (FetchState::Failed, Some(ErrorCode::LinkTooSlow)),
        "{:?}",
        failed.detail
    );
    let told = site.asked().into_iter().find(|asked| asked.path.starts_with("/pids/")).expect("its numbers");
    for pid in told.path.trim_start_matches("/pids/").split('/') {
        let gone = || {
            std::fs::read_to_string(format!("/proc/{pid}/stat")).map_or(true, |stat| stat.contains(") Z "))
        };
        crate::support::eventually("it has ended", async || gone()).await;
    }
}

/// The real program, where `PODLINNIK_TEST_YT_DLP` names it, on a page of our own: its generic way of finding a clip.
#[tokio::test]
async fn the_real_program_finds_the_clip_of_a_page() {
    let Some(program) = std::env::var_os("PODLINNIK_TEST_YT_DLP").map(PathBuf::from) else {
        skipped("PODLINNIK_TEST_YT_DLP names no yt-dlp");
        return;
    };
    let page = r#"<!doctype html><html><head><title>Мост</title></head><body><video src="/clip.mp4"></video></body></html>"#;
    let site = Site::start(move |asked| match asked.path.as_str() {
        "/clip.mp4" => answer("200 OK", &[("Content-Type", "video/mp4")], &clip(900)),
        _ => answer("200 OK", &[("Content-Type", "text/html; charset=utf-8")], page.as_bytes()),
    })
    .await;
    let settings = FetchSettings {
        yt_dlp: Some(program),
        more_post_hosts: vec!["127.0.0.1".to_owned()],
        whole: Duration::from_secs(90),
        ..settings()
    };
    let world = world_with(settings).await;
    let actor = submitter(&world).await;
    let asked = ask(&world, &actor, &site.url("/post/1")).await.expect("a link");
    let worker = world.start_worker("fetcher");
    for _ in 0..450 {
        if world.store.fetch_get(asked.id).await.expect("a store").expect("the fetch").state.is_final() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    worker.stop().await;
    let done = world.store.fetch_get(asked.id).await.expect("a store").expect("the fetch");
    assert_eq!(done.state, FetchState::Done, "{:?}: {:?}", done.error, done.detail);
    let evidence = done.evidence.expect("evidence");
    assert_eq!(evidence.sha256, Sha256::of(&clip(900)));
    assert!(evidence.tool.starts_with("yt-dlp 2"), "{}", evidence.tool);
    let title = evidence.post.and_then(|post| post.title).expect("a title");
    assert!(title.starts_with("Мост"), "{title}");
    assert!(site.asked().len() >= 2);
}
