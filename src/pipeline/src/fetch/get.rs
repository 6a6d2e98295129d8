//! Follows an address to its bytes. Redirects are followed by hand: each address is checked as written, and its name when it is connected to.

use std::time::Duration;

use podlinnik_blobs::BlobError;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::FetchHop;
use podlinnik_storage::StoreError;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, HeaderMap, IF_RANGE, LOCATION, RANGE};
use reqwest::{Response, StatusCode};
use url::Url;

use super::answer::{is_passing, retry_after_s};
use super::resolver::GuardedResolver;
use super::{FetchError, chain, client, guarded};
use crate::address::{AddressForbidden, check_url};
use crate::error::ServiceError;

/// Redirects that are followed.
const MOST_REDIRECTS: usize = 5;

/// Why an attempt has not brought the bytes.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Another attempt would not help: the code that a person sees, and what exactly, technical.
    Final(ErrorCode, String),
    /// Another attempt may help, after so many seconds at the earliest.
    Passing(ErrorCode, String, Option<f64>),
    /// The job is somebody else's by now, or was taken back.
    LeaseLost,
    /// Our own failure.
    Ours(ServiceError),
}

impl From<AddressForbidden> for Trouble {
    fn from(error: AddressForbidden) -> Self {
        let code = match error {
            AddressForbidden::Unresolved(_) => ErrorCode::LinkUnresolved,
            _ => ErrorCode::LinkForbidden,
        };
        // Which address of ours a name leads to is nobody's business.
        let detail = match error {
            AddressForbidden::NotPublic(_) => "the address is not public".to_owned(),
            other => other.to_string(),
        };
        Self::Final(code, detail)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::LeaseLost => Self::LeaseLost,
            other => Self::Ours(other.into()),
        }
    }
}

impl From<BlobError> for Trouble {
    fn from(error: BlobError) -> Self {
        Self::Ours(error.into())
    }
}

/// Where to go on in bytes of which some have come.
#[derive(Debug, Clone)]
pub(super) struct Continuation {
    /// The first byte that is missing.
    pub(super) offset: u64,
    /// A strong `ETag` or a `Last-Modified`: the server begins anew where it does not hold any more.
    pub(super) validator: String,
}

/// An answer, and the way to it.
#[derive(Debug)]
pub(super) struct Given {
    pub(super) url: Url,
    pub(super) hops: Vec<FetchHop>,
    pub(super) response: Response,
}

/// A client for bytes at addresses that somebody else chose.
#[derive(Debug)]
pub(super) struct Getter {
    client: reqwest::Client,
    allow_private: bool,
}

impl Getter {
    /// `idle`: time without a byte after which a connection is taken to be dead.
    ///
    /// # Errors
    /// [`FetchError::Setup`].
    pub(super) fn new(allow_private: bool, idle: Duration) -> Result<Self, FetchError> {
        let client = client(allow_private, |allow_private| {
            guarded(allow_private, GuardedResolver::new(allow_private)).read_timeout(idle)
        })?;
        Ok(Self { client, allow_private })
    }

    /// Follows `start` to an answer with bytes (200, or 206 to a continuation).
    pub(super) async fn get(
        &self,
        start: &str,
        from: Option<&Continuation>,
        now: jiff::Timestamp,
    ) -> Result<Given, Trouble> {
        let mut url = check_url(start, self.allow_private)?;
        url.set_fragment(None);
        let mut hops = Vec::new();
        loop {
            let response = self.ask(&url, from).await?;
            let status = response.status();
            hops.push(FetchHop {
                url: url.to_string(),
                status: status.as_u16(),
                ip: response.remote_addr().map(|address| address.ip()),
            });
            if !is_redirect(status) {
                judge(status, response.headers(), now)?;
                return Ok(Given { url, hops, response });
            }
            if hops.len() > MOST_REDIRECTS {
                let detail = format!("more than {MOST_REDIRECTS} redirects");
                return Err(Trouble::Final(ErrorCode::LinkTooManyRedirects, detail));
            }
            url = next_hop(&url, response.headers(), self.allow_private)?;
        }
    }

    async fn ask(&self, url: &Url, from: Option<&Continuation>) -> Result<Response, Trouble> {
        let mut request =
            self.client.get(url.clone()).header(ACCEPT, "*/*").header(ACCEPT_ENCODING, "identity");
        if let Some(from) = from {
            let range = format!("bytes={}-", from.offset);
            request = request.header(RANGE, range).header(IF_RANGE, &from.validator);
        }
        request.send().await.map_err(|error| failed(&error.without_url()))
    }
}

const fn is_redirect(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where a redirect leads, checked like an address that somebody typed.
pub(super) fn next_hop(from: &Url, headers: &HeaderMap, allow_private: bool) -> Result<Url, Trouble> {
    let refused = |detail: &str| Trouble::Final(ErrorCode::LinkRefused, detail.to_owned());
    let location = headers.get(LOCATION).ok_or_else(|| refused("a redirect without an address"))?;
    let location =
        std::str::from_utf8(location.as_bytes()).map_err(|_| refused("a redirect to no address"))?;
    let mut next = from.join(location.trim()).map_err(|_| refused("a redirect to no address"))?;
    next.set_fragment(None);
    Ok(check_url(next.as_str(), allow_private)?)
}

/// What a status means that is neither bytes nor a redirect.
fn judge(status: StatusCode, headers: &HeaderMap, now: jiff::Timestamp) -> Result<(), Trouble> {
    let detail = format!("HTTP {}", status.as_u16());
    let code = match status.as_u16() {
        200 | 206 | 416 => return Ok(()),
        401 | 403 | 407 => ErrorCode::LinkNeedsLogin,
        404 | 410 => ErrorCode::LinkGone,
        451 => ErrorCode::LinkRegionLocked,
        204 | 205 => ErrorCode::LinkNotMedia,
        _ if is_passing(status) => {
            return Err(Trouble::Passing(ErrorCode::LinkBusy, detail, retry_after_s(headers, now)));
        }
        _ => ErrorCode::LinkRefused,
    };
    Err(Trouble::Final(code, detail))
}

/// What a request without an answer died of.
fn failed(error: &reqwest::Error) -> Trouble {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(forbidden) = inner.downcast_ref::<AddressForbidden>() {
            return forbidden.clone().into();
        }
        cause = inner.source();
    }
    let detail = chain(error);
    let lower = detail.to_lowercase();
    if ["certificate", "unknownissuer", "tls handshake", "invalid peer", "corrupt message"]
        .iter()
        .any(|word| lower.contains(word))
    {
        return Trouble::Final(ErrorCode::LinkTlsFailed, detail);
    }
    if error.is_builder() {
        return Trouble::Final(ErrorCode::LinkForbidden, detail);
    }
    Trouble::Passing(ErrorCode::LinkUnreachable, detail, None)
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    fn to(location: &str) -> Result<Url, Trouble> {
        let headers = HeaderMap::from_iter([(LOCATION, HeaderValue::from_str(location).unwrap())]);
        next_hop(&Url::parse("https://news.example.org/a/clip").unwrap(), &headers, false)
    }

    #[test]
    fn every_redirect_is_checked_like_a_typed_address() {
        assert_eq!(to("/b.mp4#x").unwrap().as_str(), "https://news.example.org/b.mp4");
        assert_eq!(to("//cdn.example.org/c.mp4").unwrap().as_str(), "https://cdn.example.org/c.mp4");
        let refused = [
            // a downgrade, the tricks of addresses, other schemes, other ports
            "http://news.example.org/clip",
            "https://127.0.0.1/clip",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://[::ffff:127.0.0.1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/clip",
            "//metadata.google.internal/",
            "file:///etc/passwd",
            "gopher://news.example.org/",
            "https://news.example.org:22/",
            "https://user:secret@news.example.org/",
        ];
        for location in refused {
            let answer = to(location);
            assert!(
                matches!(answer, Err(Trouble::Final(ErrorCode::LinkForbidden, _))),
                "{location}: {answer:?}"
            );
        }
        assert!(matches!(to("https://"), Err(Trouble::Final(ErrorCode::LinkRefused, _))));
    }
}
