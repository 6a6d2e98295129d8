//! The only outbound HTTP. Every address is checked twice: as written, and as resolved, at the moment of connecting, so that a name that
//! changes its mind (DNS rebinding) gains nothing. No proxies, bounded times, bounded answers.
//!
//! - [`Outbound`]: posts to addresses that somebody else chose; no redirects
//! - `resolver`: names → addresses that may be connected to
//! - `get`: follows an address to its bytes; redirects by hand, each one checked
//! - `answer`: what a server's answer says about the bytes: kind, name, place, when to come back
//! - `job`, `download`, `settle`: a fetch from the queue to the submission; `links`: what people ask of fetches
//! - `outside`: doors for tests that try any bytes
//! - [`posts`]: clips out of posts, by a program in a cage

pub(crate) mod answer;
mod download;
mod get;
mod job;
mod links;
#[doc(hidden)]
pub mod outside;
pub mod posts;
mod resolver;
mod settings;
mod settle;

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::redirect;
use url::{Host, Url};

pub use self::links::{LinkAnswer, LinkWish};
use self::resolver::{GuardedResolver, resolve};
pub use self::settings::FetchSettings;
use crate::address::{AddressForbidden, check_url};

const CONNECT: Duration = Duration::from_secs(5);
const WHOLE_REQUEST: Duration = Duration::from_secs(15);

/// Bytes of an answer that are read.
const ANSWER_BYTES: usize = 64 * 1024;

/// The longest that a receiver can put us off.
const LONGEST_WAIT_S: u32 = 86_400;

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answered {
    /// HTTP status.
    pub status: u16,
    /// Seconds after which the receiver wants to be tried again, if it says so in `Retry-After`.
    pub retry_after_s: Option<u32>,
    /// The beginning of the answer.
    pub body: Vec<u8>,
}

/// Why a request has no answer.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The address is not one that the service connects to.
    #[error(transparent)]
    Forbidden(#[from] AddressForbidden),
    /// The HTTP client cannot be set up (no root certificates on this machine).
    #[error("cannot set up HTTPS: {0}")]
    Setup(String),
    /// No connection, a time limit, a broken answer.
    #[error("request failed: {0}")]
    Request(String),
}

/// A client for addresses that somebody else chose.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: reqwest::Client,
    allow_private: bool,
}

impl Outbound {
    /// Sets the client up. `allow_private`: plain http, loopback and private addresses are allowed.
    ///
    /// # Errors
    /// [`FetchError::Setup`].
    pub fn new(allow_private: bool) -> Result<Self, FetchError> {
        let client = client(allow_private, builder)?;
        Ok(Self { client, allow_private })
    }

    /// Posts JSON and answers what came back.
    ///
    /// # Errors
    /// [`FetchError`]. A status of failure is not an error.
    pub async fn post_json(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: String,
    ) -> Result<Answered, FetchError> {
        self.post(url, "application/json", headers, body.into_bytes()).await
    }

    /// Posts bytes of a media type and answers what came back.
    ///
    /// # Errors
    /// [`FetchError`]. A status of failure is not an error.
    pub async fn post(
        &self,
        url: &str,
        media_type: &'static str,
        headers: &[(&'static str, String)],
        body: Vec<u8>,
    ) -> Result<Answered, FetchError> {
        let url = check_url(url, self.allow_private)?;
        let mut request = self.client.post(url).header("content-type", media_type).body(body);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        // Addresses can carry secrets: they do not get into errors.
        let sent = request.send().await;
        let answer = sent.map_err(|error| FetchError::Request(chain(&error.without_url())))?;
        let status = answer.status().as_u16();
        let wait = answer.headers().get("retry-after").and_then(|value| value.to_str().ok());
        let retry_after_s = wait
            .and_then(|seconds| seconds.trim().parse().ok())
            .map(|seconds: u32| seconds.min(LONGEST_WAIT_S));
        let mut stream = answer.bytes_stream();
        let mut body = Vec::new();
        while let Some(Ok(piece)) = stream.next().await {
            body.extend_from_slice(&piece);
            if body.len() > ANSWER_BYTES {
                break;
            }
        }
        Ok(Answered { status, retry_after_s, body })
    }
}

/// Checks an address as written and as resolved now.
///
/// # Errors
/// [`AddressForbidden`].
pub async fn check_address(text: &str, allow_private: bool) -> Result<Url, AddressForbidden> {
    let url = check_url(text, allow_private)?;
    if let (false, Some(Host::Domain(name))) = (allow_private, url.host()) {
        resolve(name.to_owned(), false).await?;
    }
    Ok(url)
}

/// A client as `make` describes it. Where private addresses are allowed it works without root certificates too, for plain http.
fn client(
    allow_private: bool,
    make: impl Fn(bool) -> reqwest::ClientBuilder,
) -> Result<reqwest::Client, FetchError> {
    // `ring` is the one provider in this build; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match make(allow_private).build() {
        Ok(client) => Ok(client),
        Err(error) if allow_private => {
            tracing::warn!("no root certificates on this machine: https addresses will fail ({error})");
            let tls = rustls::ClientConfig::builder()
                .with_root_certificates(rustls::RootCertStore::empty())
                .with_no_client_auth();
            let built = make(allow_private).tls_backend_preconfigured(tls).build();
            built.map_err(|error| FetchError::Setup(chain(&error)))
        }
        Err(error) => Err(FetchError::Setup(chain(&error))),
    }
}

fn builder(allow_private: bool) -> reqwest::ClientBuilder {
    guarded(allow_private, GuardedResolver::new(allow_private)).timeout(WHOLE_REQUEST)
}

/// What every client has in common.
#[expect(clippy::disallowed_methods, reason = "the one place where an HTTP client is made")]
fn guarded(allow_private: bool, resolver: GuardedResolver) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .user_agent(concat!("podlinnik/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .https_only(!allow_private)
        .connect_timeout(CONNECT)
        .dns_resolver(resolver)
}

/// An error with its causes, on one line. `reqwest` alone would hide why.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text.chars().take(500).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_client_asks_the_guarded_resolver() {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls = rustls::ClientConfig::builder()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let client = builder(false).tls_backend_preconfigured(tls).build().unwrap();
        let error = client.get("https://localhost:8443/").send().await.unwrap_err();
        assert!(chain(&error).contains("is not public"), "{}", chain(&error));
    }
}
