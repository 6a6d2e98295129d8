//! Starts the program for posts in its cage and ends it with everything that it has started.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchHop;
use podlinnik_storage::record::{FetchRecord, Lease};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::get::Trouble;
use super::cage::{Cage, NOT_CAGED};
use super::outcome::{Facts, clip, facts, trouble};
use super::proxy::Proxy;
use crate::address::AddressForbidden;
use crate::error::ServiceError;
use crate::service::Service;

/// Bytes of pages and playlists beside the clip itself.
const MORE_BYTES: u64 = 64 << 20;
/// Bytes of what the program says that are kept.
const SAID_BYTES: u64 = 64 * 1024;
/// How often progress is noted.
const NOTE_EVERY: Duration = Duration::from_secs(1);
/// The longest that the program may take to tell its version.
const VERSION_TIME: Duration = Duration::from_secs(60);

/// A clip out of a post.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) file: PathBuf,
    pub(super) facts: Facts,
    pub(super) hops: Vec<FetchHop>,
}

/// How the program ended, and what it said.
#[derive(Debug)]
struct Ended {
    status: ExitStatus,
    said: String,
}

/// A program under way. Whoever drops it ends it, with all that it has started.
#[derive(Debug)]
struct Running {
    group: Pid,
    ended: oneshot::Receiver<std::io::Result<Ended>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = kill_process_group(self.group, Signal::KILL);
    }
}

impl Running {
    /// In a thread of its own, which lasts as long as the child: the kernel sends a child's death signal when the thread that started it ends.
    async fn start(mut command: Command) -> std::io::Result<Self> {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let (started_sender, started) = oneshot::channel();
        let (ended_sender, ended) = oneshot::channel();
        std::thread::Builder::new().name("posts".to_owned()).spawn(move || match command.spawn() {
            Ok(child) => {
                let _ = started_sender.send(Ok(child.id()));
                let _ = ended_sender.send(watch(child));
            }
            Err(error) => drop(started_sender.send(Err(error))),
        })?;
        let id = started.await.map_err(std::io::Error::other)??;
        let group = i32::try_from(id).ok().and_then(Pid::from_raw);
        Ok(Self { group: group.ok_or_else(|| std::io::Error::other("a child without a number"))?, ended })
    }
}

/// Reads what the child says, both ways, to the end.
fn watch(mut child: Child) -> std::io::Result<Ended> {
    let out = child.stdout.take().map(|out| std::thread::spawn(move || heard(out)));
    let said = child.stderr.take().map(heard).unwrap_or_default();
    let out = out.and_then(|reading| reading.join().ok()).unwrap_or_default();
    // What it has started and left behind goes before its number can be another's.
    if let Some(group) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
        let ended = rustix::process::waitid(
            rustix::process::WaitId::Pid(group),
            rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT,
        );
        if ended.is_ok() {
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
    let status = child.wait()?;
    Ok(Ended { status, said: format!("{out}\n{said}") })
}

/// The end of what is said: errors come last.
fn heard(mut from: impl std::io::Read) -> String {
    let mut kept = Vec::new();
    let mut buffer = [0; 8192];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        kept.extend_from_slice(buffer.get(..read).unwrap_or_default());
        let most = usize::try_from(SAID_BYTES).unwrap_or(usize::MAX);
        if kept.len() > 2 * most {
            kept.drain(..kept.len() - most);
        }
    }
    String::from_utf8_lossy(&kept).into_owned()
}

/// What is asked of the program. Nothing of it comes out of a settings file, and no shell is involved.
fn arguments(proxy: &str, limit: u64, url: &str) -> Vec<OsString> {
    let limit = limit.to_string();
    [
        "--ignore-config",
        "--no-cache-dir",
        "--no-playlist",
        "--playlist-items",
        "1",
        "--no-warnings",
        "--no-progress",
        "--no-mtime",
        "--no-continue",
        "--fixup",
        "never",
        "--retries",
        "2",
        "--fragment-retries",
        "2",
        "--socket-timeout",
        "20",
        "--max-filesize",
        &limit,
        "--write-info-json",
        "--no-write-comments",
        "--format",
        // The file as the site has it; what would have to be put together comes last.
        "best/bestvideo*+bestaudio",
        "--output",
        "clip.%(ext)s",
        "--proxy",
        proxy,
        "--",
        url,
    ]
    .into_iter()
    .map(OsString::from)
    .collect()
}

/// Lets the program take the clip out of a post, into `folder`.
pub(super) async fn take(
    service: &Service,
    program: &Path,
    lease: &Lease,
    record: &FetchRecord,
    folder: &Path,
) -> Result<Taken, Trouble> {
    let limit = service.settings.upload_bytes;
    let whole = service.fetching.whole;
    let proxy = Proxy::start(service.settings.allow_private_webhooks, limit.saturating_add(MORE_BYTES))
        .await
        .map_err(Trouble::Ours)?;
    let cage =
        Cage { port: proxy.port(), file_bytes: limit, cpu_s: whole.as_secs(), folder: folder.to_owned() };
    let command = cage.command(&service.fetching.cage, program, &arguments(&proxy.url(), limit, &record.url));
    if super::network_cover().is_none() {
        tracing::warn!(
            "this kernel cannot keep the program for posts from connecting past the proxy: landlock has no network rules here"
        );
    }
    let ours = |error: std::io::Error| {
        Trouble::Ours(ServiceError::Internal(format!("the program for posts does not start: {error}")))
    };
    let mut running = Running::start(command).await.map_err(ours)?;
    let deadline = Instant::now() + whole;
    let mut ticks = tokio::time::interval(NOTE_EVERY);
    let ended = loop {
        tokio::select! {
            ended = &mut running.ended => break ended,
            () = proxy.over() => return Err(too_large(limit)),
            () = tokio::time::sleep_until(deadline) => {
                let detail = format!("more than {} s", whole.as_secs());
                return Err(Trouble::Final(ErrorCode::LinkTooSlow, detail));
            }
            _ = ticks.tick() => {
                let now = service.clock.now();
                service.store.fetch_progress(lease, record.id, proxy.received(), None, None, now).await?;
            }
        }
    };
    let ended = ended.map_err(|_| ours(std::io::Error::other("nobody watches it")))?.map_err(ours)?;
    if proxy.is_over() {
        return Err(too_large(limit));
    }
    let found = clip(folder).map_err(ours)?;
    match found {
        Some(file) if ended.status.success() => {
            Ok(Taken { facts: facts(folder, &file), file, hops: proxy.hops() })
        }
        _ => Err(reason(&ended, &proxy, limit)),
    }
}

/// Why there is no clip.
fn reason(ended: &Ended, proxy: &Proxy, limit: u64) -> Trouble {
    if let Some(error) = proxy.forbidden() {
        return match error {
            // A server of the page's own that is out of order.
            AddressForbidden::Unresolved(_) => Trouble::Final(ErrorCode::LinkUnresolved, error.to_string()),
            _ => Trouble::Final(ErrorCode::LinkForbidden, error.to_string()),
        };
    }
    if ended.status.code() == Some(i32::from(NOT_CAGED)) {
        let said = ended.said.trim().to_owned();
        return Trouble::Ours(ServiceError::Internal(format!("the program for posts is not caged: {said}")));
    }
    if ended.said.contains("larger than max-filesize") || ended.status.signal() == Some(SIGNAL_FILE_SIZE) {
        return too_large(limit);
    }
    if ended.status.success() {
        return Trouble::Final(ErrorCode::LinkNoClip, "the program found nothing to save".to_owned());
    }
    trouble(&ended.said)
}

/// What a program is ended with that writes beyond its limit.
const SIGNAL_FILE_SIZE: i32 = libc::SIGXFSZ;

fn too_large(limit: u64) -> Trouble {
    Trouble::Final(ErrorCode::LinkTooLarge, format!("more than {limit} bytes"))
}

/// What the program says its version is, asked in the same cage without a network.
///
/// # Errors
/// It does not start, says nothing, or takes too long.
pub async fn version(cage: &Path, program: &Path) -> std::io::Result<String> {
    let folder = tempfile::tempdir()?;
    let measures = Cage { port: 0, file_bytes: 1 << 20, cpu_s: 60, folder: folder.path().to_owned() };
    let mut running = Running::start(measures.command(cage, program, &["--version".into()])).await?;
    let ended = tokio::time::timeout(VERSION_TIME, &mut running.ended)
        .await
        .map_err(|_| std::io::Error::other("it does not answer"))?
        .map_err(std::io::Error::other)??;
    let said = ended.said.trim().lines().next().unwrap_or_default().to_owned();
    if ended.status.success() && !said.is_empty() {
        Ok(said)
    } else {
        Err(std::io::Error::other(if said.is_empty() { ended.status.to_string() } else { said }))
    }
}
