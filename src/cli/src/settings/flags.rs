//! Settings as flags and `PODLINNIK_*` variables. A flag wins over its variable.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Models and limits on media.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct AnalysisFlags {
    /// Folder with the models [default: ./models, or `models` beside the program or above it]
    #[arg(long, value_name = "DIR", env = "PODLINNIK_MODELS", help_heading = "Analysis")]
    pub(crate) models: Option<PathBuf>,
    /// ONNX Runtime's shared library [default: where `cargo xtask run` puts it]
    #[arg(long, value_name = "FILE", env = "PODLINNIK_ONNXRUNTIME", help_heading = "Analysis")]
    pub(crate) onnxruntime: Option<PathBuf>,
    /// Threads per model run [default: processors divided by workers]
    #[arg(long, value_name = "N", env = "PODLINNIK_THREADS", help_heading = "Analysis")]
    pub(crate) threads: Option<usize>,
    /// Seconds that one analysis may take; methods that would take longer abstain [default: 300]
    #[arg(long, value_name = "SECONDS", env = "PODLINNIK_BUDGET", help_heading = "Analysis")]
    pub(crate) budget: Option<u32>,
    /// Largest file, for example 500M [default: 2G]
    #[arg(long, value_name = "BYTES", env = "PODLINNIK_LIMIT_BYTES", value_parser = size, help_heading = "Limits")]
    pub(crate) limit_bytes: Option<u64>,
    /// Most pixels in a frame [default: 100M]
    #[arg(long, value_name = "PIXELS", env = "PODLINNIK_LIMIT_PIXELS", value_parser = count, help_heading = "Limits")]
    pub(crate) limit_pixels: Option<u64>,
    /// Longest clip in seconds [default: 21600]
    #[arg(long, value_name = "SECONDS", env = "PODLINNIK_LIMIT_DURATION", help_heading = "Limits")]
    pub(crate) limit_duration: Option<u64>,
    /// Most streams in a container [default: 32]
    #[arg(long, value_name = "N", env = "PODLINNIK_LIMIT_STREAMS", help_heading = "Limits")]
    pub(crate) limit_streams: Option<u32>,
    /// Longest time for reading a file in seconds [default: 180]
    #[arg(long, value_name = "SECONDS", env = "PODLINNIK_LIMIT_TIME", help_heading = "Limits")]
    pub(crate) limit_time: Option<u64>,
    /// Address space of the sandboxed reader [default: 3G]
    #[arg(long, value_name = "BYTES", env = "PODLINNIK_LIMIT_MEMORY", value_parser = size, help_heading = "Limits")]
    pub(crate) limit_memory: Option<u64>,
}

/// Where the service keeps things.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct StoreFlags {
    /// Folder for database and media [default: ./data]
    #[arg(long, value_name = "DIR", env = "PODLINNIK_DATA", help_heading = "Storage")]
    pub(crate) data: Option<PathBuf>,
    /// PostgreSQL address, postgres://… [default: DATABASE_URL if it is one, else SQLite in the data folder]
    #[arg(
        long,
        value_name = "URL",
        env = "PODLINNIK_DATABASE_URL",
        hide_env_values = true,
        help_heading = "Storage"
    )]
    pub(crate) database_url: Option<String>,
    #[command(flatten)]
    pub(crate) blobs: BlobFlags,
}

/// Where originals and derivatives lie, if not in the data folder.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct BlobFlags {
    /// Bucket of an S3-compatible store, s3://bucket/prefix [default: `blobs` in the data folder]
    #[arg(long, value_name = "URL", env = "PODLINNIK_BLOBS", help_heading = "Storage")]
    pub(crate) blobs: Option<String>,
    /// Room for local copies of what lies in the bucket, for example 50G [default: 20G]
    #[arg(long, value_name = "BYTES", env = "PODLINNIK_BLOB_CACHE", value_parser = size, help_heading = "Storage")]
    pub(crate) blob_cache: Option<u64>,
    /// Address of the store [default: Amazon's own]
    #[arg(long, value_name = "URL", env = "PODLINNIK_S3_ENDPOINT", help_heading = "Storage")]
    pub(crate) s3_endpoint: Option<String>,
    /// Region of the bucket [default: us-east-1]
    #[arg(long, value_name = "REGION", env = "PODLINNIK_S3_REGION", help_heading = "Storage")]
    pub(crate) s3_region: Option<String>,
    /// File with two lines: the access key's identifier, the secret key [default: PODLINNIK_S3_ACCESS_KEY_ID and PODLINNIK_S3_SECRET_ACCESS_KEY]
    #[arg(long, value_name = "FILE", env = "PODLINNIK_S3_KEY_FILE", help_heading = "Storage")]
    pub(crate) s3_key_file: Option<PathBuf>,
    /// Allow an address without TLS: closed networks only, media and signatures can be read on the way
    #[arg(long, env = "PODLINNIK_S3_ALLOW_HTTP", help_heading = "Storage")]
    pub(crate) s3_allow_http: bool,
}

/// Where and how the service listens.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ServeFlags {
    /// Address of the API [default: 127.0.0.1:8080]; port 0 takes a free one, see DIR/address
    #[arg(long, value_name = "ADDRESS", env = "PODLINNIK_LISTEN")]
    pub(crate) listen: Option<SocketAddr>,
    /// Address for metrics and health [default: none]
    #[arg(long, value_name = "ADDRESS", env = "PODLINNIK_ADMIN_LISTEN")]
    pub(crate) admin_listen: Option<SocketAddr>,
    /// Where people reach the service, for links in feeds and webhooks [default: http:// and the listening address]
    #[arg(long, value_name = "URL", env = "PODLINNIK_PUBLIC_URL")]
    pub(crate) public_url: Option<String>,
    /// Jobs at a time [default: 1]
    #[arg(long, value_name = "N", env = "PODLINNIK_WORKERS")]
    pub(crate) workers: Option<usize>,
    /// Allow webhooks to loopback and private addresses
    #[arg(long, env = "PODLINNIK_ALLOW_PRIVATE_WEBHOOKS")]
    pub(crate) allow_private_webhooks: bool,
    #[command(flatten)]
    pub(crate) links: LinkFlags,
    #[command(flatten)]
    pub(crate) stamping: StampingFlags,
    #[command(flatten)]
    pub(crate) channels: ChannelFlags,
}

/// How links are fetched.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct LinkFlags {
    /// Program that takes clips out of posts of Telegram, VK, OK and RuTube: yt-dlp [default: none, posts are not fetched]
    #[arg(long, value_name = "FILE", env = "PODLINNIK_YT_DLP", help_heading = "Links")]
    pub(crate) yt_dlp: Option<PathBuf>,
}

/// Who stamps the transparency log.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct StampingFlags {
    /// Authority that stamps the log (RFC 3161), several times for several [default: none]
    #[arg(
        long = "time-stamp-authority",
        value_name = "URL",
        env = "PODLINNIK_TIME_STAMP_AUTHORITIES",
        value_delimiter = ',',
        help_heading = "Transparency log"
    )]
    pub(crate) authorities: Vec<String>,
}

/// Ways to people beside webhooks.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ChannelFlags {
    /// Mail server: smtps://user:password@host, smtp://host?tls=required or smtp://host [default: no letters]
    #[arg(
        long,
        value_name = "URL",
        env = "PODLINNIK_SMTP",
        hide_env_values = true,
        help_heading = "Channels"
    )]
    pub(crate) smtp: Option<String>,
    /// Who letters come from, such as "Подлинник <podlinnik@example.org>"
    #[arg(long, value_name = "SENDER", env = "PODLINNIK_MAIL_FROM", help_heading = "Channels")]
    pub(crate) mail_from: Option<String>,
    /// File with the token of a Telegram bot [default: no posts]
    #[arg(long, value_name = "FILE", env = "PODLINNIK_TELEGRAM_TOKEN", help_heading = "Channels")]
    pub(crate) telegram_token: Option<PathBuf>,
    /// Where the Bot API is reached [default: Telegram's own]
    #[arg(long, value_name = "URL", env = "PODLINNIK_TELEGRAM_URL", help_heading = "Channels")]
    pub(crate) telegram_url: Option<String>,
}

/// A number of bytes: digits, then `K`, `M` or `G` (powers of 1024) or nothing.
fn size(text: &str) -> Result<u64, String> {
    scaled(text, 1024)
}

/// A number: digits, then `K`, `M` or `G` (powers of 1000) or nothing.
fn count(text: &str) -> Result<u64, String> {
    scaled(text, 1000)
}

fn scaled(text: &str, step: u64) -> Result<u64, String> {
    let (digits, power) = match text.as_bytes().last() {
        Some(b'k' | b'K') => (&text[..text.len() - 1], 1),
        Some(b'm' | b'M') => (&text[..text.len() - 1], 2),
        Some(b'g' | b'G') => (&text[..text.len() - 1], 3),
        _ => (text, 0),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a number such as 500M".to_owned())?;
    let value = number.checked_mul(step.pow(power)).ok_or_else(|| "the number is too large".to_owned())?;
    if value == 0 { Err("has to be more than 0".to_owned()) } else { Ok(value) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("2g"), Ok(2 << 30));
        assert_eq!(count("100M"), Ok(100_000_000));
        assert_eq!(count("12"), Ok(12));
        for wrong in ["", "0", "-1", "M", "1T", "99999999999G", "1é"] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
