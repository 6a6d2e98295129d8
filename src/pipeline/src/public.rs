//! What everybody may ask: which notices are public, whether something has been verified, and how a notice came to say what it says.
//!
//! ✅ the same bytes, copies that a person confirmed, addresses with and without `www.`, a closing slash, a fragment, marks of advertising.
//! ❌ addresses behind link shorteners, copies that nobody has confirmed: whoever asks has to be told that "nothing found" means little.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::log::LogEntry;
use podlinnik_domain::notice::{Correction, Notice, NoticeText};
use podlinnik_domain::original::{CopyMatchKind, CopyMatchState};
use podlinnik_domain::submission::FieldError;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::{Page, Position, PublicQuestion};
use url::Url;

use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

/// Characters of an address that is asked about.
const ADDRESS_CHARS: usize = 2000;
/// Items looked at for one spelling of an address.
const ITEMS_PER_ADDRESS: u32 = 20;
/// Parameters that say where a reader came from, not what they read.
const TRACKING: [&str; 8] = ["fbclid", "gclid", "igshid", "si", "yclid", "ysclid", "from", "ref"];

/// A public notice about what was asked, with its verdict.
#[derive(Debug, Clone)]
pub struct PublicAnswer {
    /// The notice.
    pub notice: Notice,
    /// The verdict that it is pinned to.
    pub verdict: Verdict,
    /// It is about an item of which these bytes are a confirmed copy, not about these bytes themselves.
    pub by_copy: bool,
}

/// Words that the public could read once.
#[derive(Debug, Clone)]
pub struct PublicVersion {
    /// Number of the version.
    pub version: u32,
    /// The words.
    pub text: NoticeText,
    /// Since when.
    pub since: Timestamp,
}

/// How a notice came to say what it says.
#[derive(Debug, Clone)]
pub struct NoticeHistory {
    /// The notice as it is now.
    pub notice: Notice,
    /// Its verdict.
    pub verdict: Verdict,
    /// Public versions, oldest first; never empty.
    pub versions: Vec<PublicVersion>,
    /// Settled corrections, oldest first.
    pub corrections: Vec<Correction>,
    /// Entries of the transparency log about it, oldest first.
    pub log: Vec<LogEntry>,
}

impl Service {
    /// Public notices that answer a question, newest first, with their verdicts.
    pub async fn notices_found(
        &self,
        question: &PublicQuestion,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<(Notice, Verdict)>> {
        Ok(self.store.notice_search(question, after, limit.clamp(1, MOST_ENTRIES)).await?)
    }

    /// Public notices about media with these bytes or about items of which a person confirmed that these bytes are a copy, newest first. Says
    /// nothing about anything that is not public, not even that it is there.
    pub async fn published_about_media(&self, sha256: Sha256) -> Answer<Vec<PublicAnswer>> {
        let mut found = self.public_of_media(sha256, false).await?;
        let matches = self.store.copy_match_list_by_media(sha256).await?;
        let copies = matches.iter().filter(|one| {
            one.suspect == sha256
                && one.kind == CopyMatchKind::KnownCopy
                && one.state == CopyMatchState::Confirmed
        });
        for copy in copies {
            found.extend(self.public_of_media(copy.matched, true).await?);
        }
        Ok(newest_first(found))
    }

    /// Public notices about items that were handed in with this address, newest first. As silent as [`Service::published_about_media`] otherwise.
    ///
    /// # Errors
    /// `validation_failed` for what is no `http` or `https` address of at most 2000 characters.
    pub async fn published_about_address(&self, address: &str) -> Answer<Vec<PublicAnswer>> {
        let spellings = spellings(address).ok_or_else(|| {
            ServiceError::Invalid(vec![FieldError { field: "link", rule: "an http or https address" }])
        })?;
        let mut found = Vec::new();
        for spelling in spellings {
            for case in self.store.case_list_by_source(&spelling, ITEMS_PER_ADDRESS).await? {
                for notice in self.store.notice_list(case).await? {
                    found.extend(self.public_answer(notice, false).await?);
                }
            }
        }
        Ok(newest_first(found))
    }

    /// How a notice that was published came to say what it says; none if there is no such notice.
    pub async fn notice_history(&self, id: NoticeId) -> Answer<Option<NoticeHistory>> {
        let Some((notice, verdict)) = self.published_notice(id).await? else { return Ok(None) };
        let Some(published_at) = notice.published_at else { return Ok(None) };
        let corrections = self.settled_corrections(id).await?;
        let first = corrections.first().map_or(notice.version, |first| first.version_before);
        let mut known = vec![(first, published_at)];
        for settled in corrections.iter().filter_map(|one| one.settled.as_ref()) {
            if known.last().is_none_or(|(version, _)| *version != settled.version_after) {
                known.push((settled.version_after, settled.settled_at));
            }
        }
        let mut versions = Vec::with_capacity(known.len());
        for (version, since) in known {
            let text = self.store.notice_version(id, version).await?.ok_or_else(|| {
                ServiceError::Internal(format!("notice {id} has no words of its public version {version}"))
            })?;
            versions.push(PublicVersion { version, text, since });
        }
        let log = self.store.log_of(id.as_uuid()).await?;
        Ok(Some(NoticeHistory { notice, verdict, versions, corrections, log }))
    }

    async fn public_of_media(&self, sha256: Sha256, by_copy: bool) -> Answer<Vec<PublicAnswer>> {
        let Some(case) = self.store.case_by_media(sha256).await? else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        for notice in self.store.notice_list(case.id).await? {
            found.extend(self.public_answer(notice, by_copy).await?);
        }
        Ok(found)
    }

    /// The answer that a notice makes; none if it is not public, or was replaced by another.
    async fn public_answer(&self, notice: Notice, by_copy: bool) -> Answer<Option<PublicAnswer>> {
        if !notice.state.is_public() {
            return Ok(None);
        }
        let (notice, verdict) = self.with_verdict(notice).await?;
        Ok(Some(PublicAnswer { notice, verdict, by_copy }))
    }
}

/// Each notice once, newest first; about these very bytes before about a copy.
fn newest_first(mut found: Vec<PublicAnswer>) -> Vec<PublicAnswer> {
    found.sort_by_key(|one| (one.notice.id.as_uuid(), one.by_copy));
    found.dedup_by_key(|one| one.notice.id);
    found.sort_by_key(|one| (std::cmp::Reverse(one.notice.published_at), one.notice.id.as_uuid()));
    found
}

/// How the same address may have been written down, as it was typed first; none if it is no address.
#[doc(hidden)]
pub fn spellings(address: &str) -> Option<Vec<String>> {
    let typed = address.trim();
    if typed.chars().count() > ADDRESS_CHARS {
        return None;
    }
    let whole = if typed.contains("://") { typed.to_owned() } else { format!("https://{typed}") };
    let mut url = Url::parse(&whole).ok()?;
    if !matches!(url.scheme(), "http" | "https") || !url.host_str()?.contains('.') {
        return None;
    }
    url.set_fragment(None);
    let kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, _)| !name.starts_with("utm_") && !TRACKING.contains(&name.as_ref()))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    if kept.len() < url.query_pairs().count() {
        url.set_query(None);
        if !kept.is_empty() {
            url.query_pairs_mut().extend_pairs(kept);
        }
    }
    let (_, rest) = url.as_str().split_once("://")?;
    // not of `www.com`, which is a name of its own
    let bare = rest
        .strip_prefix("www.")
        .filter(|bare| bare.split(['/', '?', ':']).next().is_some_and(|host| host.contains('.')));
    let rest = bare.unwrap_or(rest);
    let (path, query) = rest.split_once('?').map_or((rest, None), |(path, query)| (path, Some(query)));
    let path = path.trim_end_matches('/');
    let query = query.map_or_else(String::new, |query| format!("?{query}"));
    let mut all = vec![typed.to_owned()];
    for scheme in ["https", "http"] {
        for host in ["", "www."] {
            for end in ["", "/"] {
                all.push(format!("{scheme}://{host}{path}{end}{query}"));
            }
        }
    }
    Some(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_found_however_it_was_written() {
        let stored = "https://t.me/example/17";
        for typed in [
            "https://t.me/example/17",
            " http://t.me/example/17/ ",
            "t.me/example/17",
            "https://www.t.me/example/17#comments",
            "https://t.me/example/17?utm_source=vk&fbclid=1",
        ] {
            assert!(spellings(typed).unwrap().iter().any(|one| one == stored), "{typed}");
        }
        let video = spellings("https://vk.com/video?z=1&utm_medium=x").unwrap();
        assert!(video.contains(&"https://vk.com/video?z=1".to_owned()), "{video:?}");
        assert!(!spellings("https://t.me/example/18").unwrap().iter().any(|one| one == stored));
        for wrong in
            ["", "слово", "javascript:alert(1)", "ftp://t.me/1", "https://localhost/", &"x".repeat(2001)]
        {
            assert_eq!(spellings(wrong), None, "{wrong}");
        }
    }
}
