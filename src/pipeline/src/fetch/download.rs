//! One attempt at bytes that an address gives itself. They go into an unfinished file beside those of uploads; what is durable there is not asked for
//! again where the server can go on in the middle (`Range` with `If-Range`).

use std::pin::pin;
use std::time::Duration;

use futures_util::StreamExt as _;
use podlinnik_blobs::{Partial, Unfinished};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::{FetchEvidence, FetchHop};
use podlinnik_domain::id::FetchId;
use podlinnik_storage::record::{FetchRecord, FetchResume, Lease, SealedFetch};
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, LAST_MODIFIED};
use reqwest::{Response, StatusCode};
use tokio::time::Instant;

use super::answer::{START_BYTES, content_range, file_name, is_declared_other, text, text_at_start};
use super::get::{Continuation, Getter, Given, Trouble};
use crate::error::ServiceError;
use crate::service::Service;

/// What has come is made durable whenever so many bytes are not, or so much time has gone by.
const DURABLE_EVERY: u64 = 8 << 20;
const DURABLE_AFTER: Duration = Duration::from_secs(1);
/// How often one attempt takes a connection up again that broke off.
const MOST_RESUMED: u32 = 20;
/// Before it does.
const BEFORE_RESUMING: Duration = Duration::from_millis(500);
/// Addresses that are remembered of one attempt.
const MOST_HOPS: usize = 50;

/// Name of the unfinished file.
pub(super) fn partial_name(id: FetchId) -> String {
    format!("fetch-{id}")
}

/// How a connection ended that gave bytes.
enum Ended {
    Whole,
    BrokenOff(String),
}

/// An attempt under way.
pub(super) struct Download<'a> {
    service: &'a Service,
    lease: &'a Lease,
    id: FetchId,
    url: &'a str,
    partial: Partial,
    /// Bytes that the store knows to be durable.
    durable: u64,
    durable_at: Instant,
    expected: Option<u64>,
    resume: Option<FetchResume>,
    resumed: u32,
    hops: Vec<FetchHop>,
    deadline: Instant,
}

impl<'a> Download<'a> {
    /// Opens the unfinished file and goes on where the attempt before has left off, if the server gave something to go on by.
    pub(super) async fn open(
        service: &'a Service,
        lease: &'a Lease,
        record: &'a FetchRecord,
    ) -> Result<Self, Trouble> {
        let locked = match service.blobs.partial(&partial_name(record.id), true).await? {
            Unfinished::Locked(locked) => locked,
            Unfinished::InUse | Unfinished::Absent => {
                let text = format!("the unfinished file of fetch {} is in use", record.id);
                return Err(Trouble::Ours(ServiceError::Internal(text)));
            }
        };
        // What is not there (another machine had it) is asked for anew.
        let resume = record.resume.clone();
        let resume =
            resume.filter(|resume| resume.sealed.is_none() && locked.size_bytes() >= record.received);
        let received = if resume.is_some() { record.received } else { 0 };
        let partial = locked.at(received, None).await?;
        let now = Instant::now();
        Ok(Self {
            service,
            lease,
            id: record.id,
            url: &record.url,
            partial,
            durable: received,
            durable_at: now,
            expected: resume.as_ref().and_then(|resume| resume.expected),
            resumed: resume.as_ref().map_or(0, |resume| resume.resumed),
            resume,
            hops: Vec::new(),
            deadline: now + service.fetching.whole,
        })
    }

    /// Takes the bytes in to the end; answers the complete file and what was seen.
    pub(super) async fn run(mut self) -> Result<(Partial, SealedFetch), Trouble> {
        let getter = Getter::new(self.service.settings.allow_private_webhooks, self.service.fetching.idle)
            .map_err(|error| Trouble::Ours(ServiceError::Internal(error.to_string())))?;
        self.note().await?;
        let first = self.resumed;
        loop {
            let before = self.partial.size_bytes();
            let given = self.connect(&getter).await?;
            let answer = Answer::of(&given);
            match self.take(given).await? {
                Ended::Whole => return self.finish(answer).await,
                Ended::BrokenOff(why) => {
                    self.note().await?;
                    let brought = self.partial.size_bytes() > before;
                    tracing::info!(fetch.id = %self.id, "fetch {} broke off at {} bytes: {why}", self.id, self.durable);
                    if !brought || self.resume.is_none() || self.resumed - first >= MOST_RESUMED {
                        return Err(Trouble::Passing(ErrorCode::LinkTruncated, why, None));
                    }
                    tokio::time::sleep(BEFORE_RESUMING).await;
                }
            }
        }
    }

    /// Asks for what is missing. A server that does not go on in the middle gives everything, and what has come before goes.
    async fn connect(&mut self, getter: &Getter) -> Result<Given, Trouble> {
        let now = self.service.clock.now();
        let offset = self.partial.size_bytes();
        if offset > 0 {
            let validator = self.resume.as_ref().map(|resume| resume.validator.clone());
            let from = validator.map(|validator| Continuation { offset, validator });
            let given = self.in_time(getter.get(self.url, from.as_ref(), now)).await??;
            self.remember(&given.hops);
            let range = content_range(given.response.headers());
            match given.response.status() {
                StatusCode::PARTIAL_CONTENT
                    if range.is_some_and(|(first, whole)| {
                        first == offset
                            && (whole.is_none() || self.expected.is_none() || whole == self.expected)
                    }) =>
                {
                    self.resumed += 1;
                    return Ok(given);
                }
                StatusCode::OK => {
                    self.begin_anew().await?;
                    return Ok(given);
                }
                _ => self.begin_anew().await?,
            }
        }
        let given = self.in_time(getter.get(self.url, None, now)).await??;
        self.remember(&given.hops);
        if given.response.status() == StatusCode::OK {
            Ok(given)
        } else {
            let detail = format!("{} to a request for the whole", given.response.status().as_u16());
            Err(Trouble::Final(ErrorCode::LinkRefused, detail))
        }
    }

    async fn begin_anew(&mut self) -> Result<(), Trouble> {
        self.partial.cut(0).await?;
        self.expected = None;
        self.resume = None;
        Ok(())
    }

    fn remember(&mut self, hops: &[FetchHop]) {
        let room = MOST_HOPS.saturating_sub(self.hops.len());
        self.hops.extend(hops.iter().take(room).cloned());
    }

    /// Takes the body of an answer in.
    async fn take(&mut self, given: Given) -> Result<Ended, Trouble> {
        let limit = self.service.settings.upload_bytes;
        let fresh = self.partial.size_bytes() == 0;
        if fresh {
            self.judge(&given.response)?;
            self.resume = resume_of(&given.response).map(|(validator, expected)| FetchResume {
                url: given.url.to_string(),
                validator,
                expected,
                resumed: self.resumed,
                sealed: None,
            });
            self.note().await?;
        }
        let mut start = Vec::new();
        let mut body = given.response.bytes_stream();
        let idle = self.service.fetching.idle;
        loop {
            let mut next = pin!(tokio::time::timeout(idle, body.next()));
            let soon = tokio::time::timeout(DURABLE_AFTER, &mut next);
            let next = match self.in_time(soon).await? {
                Ok(next) => next,
                Err(_) => {
                    // What came before the line went quiet is kept, and shown, while more is waited for.
                    if self.partial.size_bytes() > self.durable {
                        self.note().await?;
                    }
                    self.in_time(next).await?
                }
            };
            let piece = match next {
                Ok(Some(Ok(piece))) => piece,
                Ok(Some(Err(error))) => return Ok(Ended::BrokenOff(super::chain(&error.without_url()))),
                Ok(None) => break,
                Err(_) => return Ok(Ended::BrokenOff(format!("no byte for {} s", idle.as_secs()))),
            };
            let size = self.partial.size_bytes().saturating_add(piece.len() as u64);
            if size > limit {
                return Err(too_large(limit, None));
            }
            if fresh && start.len() < START_BYTES {
                start.extend(piece.iter().take(START_BYTES - start.len()));
                if start.len() == START_BYTES {
                    refuse_text(&start)?;
                }
            }
            self.partial.write(&piece).await?;
            if size - self.durable >= DURABLE_EVERY || self.durable_at.elapsed() >= DURABLE_AFTER {
                self.note().await?;
            }
        }
        if fresh {
            refuse_text(&start)?;
        }
        match self.expected {
            Some(expected) if self.partial.size_bytes() < expected => {
                Ok(Ended::BrokenOff(format!("{} of {expected} bytes came", self.partial.size_bytes())))
            }
            _ => Ok(Ended::Whole),
        }
    }

    /// What the head of an answer to a request for the whole says.
    fn judge(&mut self, response: &Response) -> Result<(), Trouble> {
        let kind = text(response.headers(), CONTENT_TYPE);
        if is_declared_other(kind.as_deref()) {
            return Err(Trouble::Final(ErrorCode::LinkNotMedia, kind.unwrap_or_default()));
        }
        if let Some(coding) = text(response.headers(), CONTENT_ENCODING)
            && !coding.eq_ignore_ascii_case("identity")
        {
            let detail = format!("content-encoding {coding}, which was not asked for");
            return Err(Trouble::Final(ErrorCode::LinkRefused, detail));
        }
        self.expected = response.content_length();
        let limit = self.service.settings.upload_bytes;
        match self.expected {
            Some(bytes) if bytes > limit => Err(too_large(limit, Some(bytes))),
            Some(0) => Err(Trouble::Final(ErrorCode::MediaEmpty, "0 bytes".to_owned())),
            _ => Ok(()),
        }
    }

    /// Makes durable what has come, then notes it.
    async fn note(&mut self) -> Result<(), Trouble> {
        self.durable = self.partial.sync().await?;
        self.durable_at = Instant::now();
        if let Some(resume) = &mut self.resume {
            resume.resumed = self.resumed;
        }
        let now = self.service.clock.now();
        let (durable, expected, resume) = (self.durable, self.expected, self.resume.as_ref());
        Ok(self.service.store.fetch_progress(self.lease, self.id, durable, expected, resume, now).await?)
    }

    /// Fails when the attempt has taken too long.
    async fn in_time<T>(&self, work: impl Future<Output = T>) -> Result<T, Trouble> {
        tokio::time::timeout_at(self.deadline, work).await.map_err(|_| {
            let detail = format!("more than {} s", self.service.fetching.whole.as_secs());
            Trouble::Final(ErrorCode::LinkTooSlow, detail)
        })
    }

    async fn finish(mut self, answer: Answer) -> Result<(Partial, SealedFetch), Trouble> {
        let info = self.partial.digest().await?;
        if info.size_bytes == 0 {
            return Err(Trouble::Final(ErrorCode::MediaEmpty, "0 bytes".to_owned()));
        }
        let evidence = FetchEvidence {
            hops: self.hops,
            final_url: answer.url,
            content_type: answer.content_type,
            content_length: self.expected,
            last_modified: answer.last_modified,
            etag: answer.etag,
            file_name: answer.file_name,
            sha256: info.sha256,
            size_bytes: info.size_bytes,
            resumed: self.resumed,
            fetched_at: self.service.clock.now(),
            tool: "direct".to_owned(),
            post: None,
        };
        Ok((self.partial, SealedFetch { evidence, blake3: info.blake3 }))
    }
}

/// What an answer says beside its bytes.
struct Answer {
    url: String,
    content_type: Option<String>,
    last_modified: Option<String>,
    etag: Option<String>,
    file_name: Option<String>,
}

impl Answer {
    fn of(given: &Given) -> Self {
        let headers = given.response.headers();
        Self {
            url: given.url.to_string(),
            content_type: text(headers, CONTENT_TYPE),
            last_modified: text(headers, LAST_MODIFIED),
            etag: text(headers, ETAG),
            file_name: file_name(headers, &given.url),
        }
    }
}

fn too_large(limit: u64, announced: Option<u64>) -> Trouble {
    let detail = match announced {
        Some(bytes) => format!("{bytes} bytes of at most {limit}"),
        None => format!("more than {limit} bytes"),
    };
    Trouble::Final(ErrorCode::LinkTooLarge, detail)
}

fn refuse_text(start: &[u8]) -> Result<(), Trouble> {
    match text_at_start(start) {
        Some(kind) => Err(Trouble::Final(ErrorCode::LinkNotMedia, kind.to_owned())),
        None => Ok(()),
    }
}

/// What one can go on by later: a strong `ETag`, else `Last-Modified`; and how many bytes there are in all.
fn resume_of(response: &Response) -> Option<(String, Option<u64>)> {
    let headers = response.headers();
    let etag = text(headers, ETAG).filter(|tag| tag.starts_with('"'));
    let validator = etag.or_else(|| text(headers, LAST_MODIFIED))?;
    Some((validator, response.content_length()))
}
