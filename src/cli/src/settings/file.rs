//! The settings file (TOML). Names are those of the flags; unknown ones are errors, so that a misspelt limit does not pass silently.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use podlinnik_domain::language::Language;
use serde::Deserialize;

use crate::exit::Failure;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct FileSettings {
    pub(crate) lang: Option<Language>,
    /// A list of regions in place of the standard one.
    pub(crate) regions: Option<PathBuf>,
    pub(crate) analysis: Analysis,
    pub(crate) storage: Storage,
    pub(crate) serve: Serve,
    pub(crate) channels: Channels,
    pub(crate) retention: Retention,
}

/// `[retention]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Retention {
    /// Days after the end of a case for which previews are kept.
    pub(crate) derived_days: Option<u32>,
}

/// `[channels]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Channels {
    /// Address of the mail server, with its password if it needs one.
    pub(crate) smtp: Option<String>,
    pub(crate) mail_from: Option<String>,
    pub(crate) telegram_token: Option<PathBuf>,
    pub(crate) telegram_url: Option<String>,
}

/// `[analysis]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Analysis {
    pub(crate) models: Option<PathBuf>,
    pub(crate) onnxruntime: Option<PathBuf>,
    pub(crate) threads: Option<usize>,
    pub(crate) budget: Option<u32>,
    pub(crate) limit_bytes: Option<u64>,
    pub(crate) limit_pixels: Option<u64>,
    pub(crate) limit_duration: Option<u64>,
    pub(crate) limit_streams: Option<u32>,
    pub(crate) limit_time: Option<u64>,
    pub(crate) limit_memory: Option<u64>,
}

/// `[storage]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Storage {
    pub(crate) data: Option<PathBuf>,
    pub(crate) database_url: Option<String>,
    pub(crate) blobs: Option<String>,
    pub(crate) blob_cache: Option<u64>,
    pub(crate) s3_endpoint: Option<String>,
    pub(crate) s3_region: Option<String>,
    /// A file, so that the key itself stands in no settings.
    pub(crate) s3_key_file: Option<PathBuf>,
    pub(crate) s3_allow_http: Option<bool>,
}

/// `[serve]`
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Serve {
    pub(crate) listen: Option<SocketAddr>,
    pub(crate) admin_listen: Option<SocketAddr>,
    pub(crate) public_url: Option<String>,
    pub(crate) workers: Option<usize>,
    pub(crate) allow_private_webhooks: Option<bool>,
    /// Seconds that a job's lease lasts between heartbeats.
    pub(crate) lease: Option<u32>,
    pub(crate) max_attempts: Option<u32>,
    pub(crate) delivery_attempts: Option<u32>,
    /// Program that takes clips out of posts.
    pub(crate) yt_dlp: Option<PathBuf>,
    /// Authorities that stamp the log (RFC 3161).
    pub(crate) time_stamp_authorities: Vec<String>,
}

impl FileSettings {
    /// Reads the file, if one is given.
    pub(crate) fn load(path: Option<&Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::default()) };
        let text = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read settings file `{}`: {error}", path.display()))
        })?;
        Self::parse(&text).map_err(|error| {
            Failure::usage(format!("cannot use settings file `{}`: {error}", path.display()))
                .hint("`podlinnik config` prints the effective settings in the same form")
        })
    }

    /// Reads the file's text.
    pub(crate) fn parse(text: &str) -> Result<Self, toml::de::Error> {
        toml::from_str(text)
    }
}
