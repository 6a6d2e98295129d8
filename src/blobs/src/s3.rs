use std::fmt;
use std::time::Duration;

use object_store::aws::{AmazonS3, AmazonS3Builder, Checksum};
use object_store::path::Path as ObjectPath;
use object_store::{BackoffConfig, ClientOptions, RetryConfig};

use crate::BlobError;

/// Bytes a second of the slowest line that parts get through.
const SLOWEST: u64 = 256 << 10;

/// Where a bucket of an S3-compatible store is and how it is reached.
#[derive(Clone)]
pub struct S3Settings {
    /// The bucket; it has to exist.
    pub bucket: String,
    /// What every name begins with; may be empty.
    pub prefix: String,
    /// Address of the server; none for Amazon's own in the region.
    pub endpoint: Option<String>,
    /// The region; none for `us-east-1`, which servers of one's own take too.
    pub region: Option<String>,
    /// Whose key it is.
    pub access_key_id: String,
    /// The key.
    pub secret_access_key: String,
    /// A token that belongs to keys which hold for a time.
    pub session_token: Option<String>,
    /// Allow an address without TLS: for closed networks and tests.
    pub allow_http: bool,
    /// Room for local copies, in bytes.
    pub cache_bytes: u64,
    /// Bytes of a part; longer files are sent in parts. S3 wants at least 5 MiB.
    pub part_bytes: u64,
    /// How long a request that fails is tried again. Longer than an answer may take, or one that never comes is not asked for again.
    pub retry_for: Duration,
    /// How long the server may take to say something.
    pub answer_within: Duration,
}

impl S3Settings {
    /// Settings with everything else as usual.
    pub fn new(bucket: String, access_key_id: String, secret_access_key: String) -> Self {
        Self {
            bucket,
            prefix: String::new(),
            endpoint: None,
            region: None,
            access_key_id,
            secret_access_key,
            session_token: None,
            allow_http: false,
            cache_bytes: 20 << 30,
            part_bytes: 8 << 20,
            retry_for: Duration::from_secs(60),
            answer_within: Duration::from_secs(30),
        }
    }

    /// The client, and what every name begins with.
    pub(crate) fn client(&self) -> Result<(AmazonS3, ObjectPath), BlobError> {
        let prefix = ObjectPath::parse(&self.prefix)
            .map_err(|error| BlobError::from(std::io::Error::other(error.to_string())))?;
        Ok((self.client_with(self.answer_within)?, prefix))
    }

    /// A client for what is sent.
    pub(crate) fn sender(&self) -> Result<AmazonS3, BlobError> {
        self.client_with(self.sent_within())
    }

    /// The time within which what is sent is answered: it runs from the first byte that goes out, and lines are slow.
    pub(crate) fn sent_within(&self) -> Duration {
        self.answer_within + Duration::from_secs(self.part_bytes / SLOWEST)
    }

    fn client_with(&self, answer_within: Duration) -> Result<AmazonS3, BlobError> {
        let wrong = |what: &str| BlobError::from(std::io::Error::other(what.to_owned()));
        if self.endpoint.as_ref().is_some_and(|address| !address.starts_with("https://")) && !self.allow_http
        {
            return Err(wrong("the address of the blob store is not https://"));
        }
        // `ring` is the one provider in this build; a second call changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let options = ClientOptions::new()
            .with_allow_http(self.allow_http)
            .with_timeout_disabled()
            .with_connect_timeout(Duration::from_secs(5).min(self.answer_within))
            .with_read_timeout(answer_within);
        let retry = RetryConfig {
            backoff: BackoffConfig {
                init_backoff: Duration::from_millis(100),
                max_backoff: Duration::from_secs(5),
                base: 2.0,
            },
            max_retries: 10,
            retry_timeout: self.retry_for,
        };
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&self.bucket)
            .with_region(self.region.as_deref().unwrap_or("us-east-1"))
            .with_access_key_id(&self.access_key_id)
            .with_secret_access_key(&self.secret_access_key)
            // Each part is signed with its SHA-256 anyway; this has the store keep and check one of the object as well.
            .with_checksum_algorithm(Checksum::SHA256)
            .with_client_options(options)
            .with_retry(retry);
        if let Some(endpoint) = &self.endpoint {
            builder = builder.with_endpoint(endpoint.trim_end_matches('/'));
        }
        if let Some(token) = &self.session_token {
            builder = builder.with_token(token);
        }
        builder.build().map_err(|error| BlobError::Store(Box::new(error)))
    }
}

impl fmt::Debug for S3Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("S3Settings")
            .field("bucket", &self.bucket)
            .field("prefix", &self.prefix)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_without_tls_has_to_be_allowed() {
        let mut settings = S3Settings::new("b".into(), "key".into(), "secret".into());
        assert!(settings.client().is_ok());
        settings.endpoint = Some("http://127.0.0.1:1".into());
        assert!(settings.client().is_err());
        settings.allow_http = true;
        assert!(settings.client().is_ok());
        settings.prefix = "a//b".into();
        assert!(settings.client().is_err());
    }

    #[test]
    fn keys_are_not_printed() {
        let settings = S3Settings {
            session_token: Some("token-9".into()),
            ..S3Settings::new("bucket".into(), "key-7".into(), "secret-8".into())
        };
        let text = format!("{settings:?}");
        assert!(text.contains("bucket"));
        for secret in ["key-7", "secret-8", "token-9"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
