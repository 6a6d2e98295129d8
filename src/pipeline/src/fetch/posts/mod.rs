//! Clips out of posts: Telegram, VK, OK, RuTube, by `yt-dlp` where the installation names it. It is other people's code that reads other people's pages,
//! so it works in a cage:
//!
//! - `cage`: the child limits itself, then becomes the program: no new privileges, bounded memory, files and time; landlock lets it write into its own folder
//!   only and connect to one port only; no datagrams, no sessions of its own
//! - `proxy`: that port. Everything that the program asks of the network goes through it: resolved and checked by the same guard as our own requests, counted,
//!   and only with the secret of this one job
//! - `program`: starts it and ends it with everything that it has started, at the latest when its time is over
//! - `outcome`: what it said, as a reason for people
//!
//! ✅ a program that goes astray, or that a page has taken over: it can read what every program of this machine may, write into its folder, and speak to public
//! servers through the proxy. ❌ Where the kernel has no landlock (or none for the network, before 6.7), the program could go around the proxy by TCP; the log
//! says so when it starts, and `podlinnik doctor` does.

mod cage;
pub(super) mod outcome;
mod program;
pub(super) mod proxy;

use std::path::Path;

use podlinnik_blobs::{Partial, Unfinished};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchEvidence;
use podlinnik_storage::record::{FetchRecord, Lease, SealedFetch};
use tokio::io::AsyncReadExt as _;
use url::Url;

pub use self::cage::{CHILD_ARGUMENT, child_main, network_cover};
pub use self::program::version;
use super::answer::START_BYTES;
use super::download::partial_name;
use super::get::Trouble;
use crate::error::ServiceError;
use crate::service::Service;

/// Hosts whose pages are posts, with everything below them.
const HOSTS: [&str; 7] = ["t.me", "telegram.me", "vk.com", "vk.ru", "vkvideo.ru", "ok.ru", "rutube.ru"];
/// What the last part of an address ends with that leads to a file even there.
const FILES: [&str; 12] =
    [".mp4", ".mov", ".webm", ".mkv", ".avi", ".jpg", ".jpeg", ".png", ".webp", ".mp3", ".ogg", ".m4a"];
/// Bytes of what the program wrote that are handed on at a time.
const PIECE: usize = 1 << 20;

/// Whether an address is that of a post.
pub(super) fn is_post(url: &str, more: &[String]) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    let Some(host) = url.host_str() else { return false };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let path = url.path().to_ascii_lowercase();
    let known = |name: &str| host == name || host.strip_suffix(name).is_some_and(|rest| rest.ends_with('.'));
    (HOSTS.iter().any(|name| known(name)) || more.iter().any(|name| known(name)))
        && !FILES.iter().any(|ending| path.ends_with(ending))
}

impl Service {
    /// Takes the clip out of a post.
    pub(super) async fn fetch_post(
        &self,
        program: &Path,
        lease: &Lease,
        record: &FetchRecord,
    ) -> Result<(Partial, SealedFetch), Trouble> {
        crate::address::check_url(&record.url, self.settings.allow_private_webhooks)?;
        let folder = self.blobs.scratch_folder().await?;
        let taken = program::take(self, program, lease, record, folder.path()).await?;
        let (mut partial, mut file) = match self.blobs.partial(&partial_name(record.id), true).await? {
            Unfinished::Locked(locked) => {
                (locked.at(0, None).await?, tokio::fs::File::open(&taken.file).await.map_err(ours)?)
            }
            Unfinished::InUse | Unfinished::Absent => {
                let text = format!("the unfinished file of fetch {} is in use", record.id);
                return Err(Trouble::Ours(ServiceError::Internal(text)));
            }
        };
        let limit = self.settings.upload_bytes;
        let mut buffer = vec![0; PIECE];
        loop {
            let read = file.read(&mut buffer).await.map_err(ours)?;
            let piece = buffer.get(..read).unwrap_or_default();
            if piece.is_empty() {
                break;
            }
            if partial.size_bytes() == 0
                && let Some(kind) = super::answer::text_at_start(piece.get(..START_BYTES).unwrap_or(piece))
            {
                return Err(Trouble::Final(ErrorCode::LinkNotMedia, kind.to_owned()));
            }
            if partial.size_bytes().saturating_add(piece.len() as u64) > limit {
                return Err(Trouble::Final(ErrorCode::LinkTooLarge, format!("more than {limit} bytes")));
            }
            partial.write(piece).await?;
        }
        let info = partial.digest().await?;
        if info.size_bytes == 0 {
            return Err(Trouble::Final(ErrorCode::MediaEmpty, "0 bytes".to_owned()));
        }
        let evidence = FetchEvidence {
            hops: taken.hops,
            final_url: taken.facts.page.unwrap_or_else(|| record.url.clone()),
            content_type: None,
            content_length: None,
            last_modified: None,
            etag: None,
            file_name: super::answer::clean(&taken.facts.file_name),
            sha256: info.sha256,
            size_bytes: info.size_bytes,
            resumed: 0,
            fetched_at: self.clock.now(),
            tool: taken.facts.tool,
            post: Some(taken.facts.post),
        };
        Ok((partial, SealedFetch { evidence, blake3: info.blake3 }))
    }
}

fn ours(error: std::io::Error) -> Trouble {
    Trouble::Ours(ServiceError::Internal(format!("what the program for posts wrote: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_known_hosts_are_posts() {
        let posts = [
            "https://t.me/kanal/4711",
            "https://VK.com/video-1_2",
            "https://m.ok.ru/video/1",
            "https://rutube.ru/video/abc/",
            "https://vkvideo.ru./x",
        ];
        for url in posts {
            assert!(is_post(url, &[]), "{url}");
        }
        let others = [
            "https://example.org/video",
            "https://not-vk.com/video",
            "https://vk.com.example.org/",
            "https://cdn.vk.com/clip.mp4",
            "nonsense",
        ];
        for url in others {
            assert!(!is_post(url, &[]), "{url}");
        }
        assert!(is_post("http://127.0.0.1:1/x", &["127.0.0.1".to_owned()]));
    }
}
