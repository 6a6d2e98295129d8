//! Where originals and derivatives lie, if not in the data folder.

use std::path::{Path, PathBuf};

use podlinnik_pipeline::S3Settings;
use serde::Serialize;

use super::file::Storage;
use super::flags::BlobFlags;
use crate::exit::Failure;

/// Who may use the bucket; nobody prints these.
const ID: &str = "PODLINNIK_S3_ACCESS_KEY_ID";
const SECRET: &str = "PODLINNIK_S3_SECRET_ACCESS_KEY";
const TOKEN: &str = "PODLINNIK_S3_SESSION_TOKEN";

/// A bucket, without the key to it.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct BlobSettings {
    /// `s3://bucket/prefix`.
    #[serde(rename = "blobs")]
    pub(crate) url: String,
    #[serde(rename = "blob_cache")]
    cache: u64,
    #[serde(rename = "s3_endpoint", skip_serializing_if = "Option::is_none")]
    endpoint: Option<String>,
    #[serde(rename = "s3_region", skip_serializing_if = "Option::is_none")]
    region: Option<String>,
    #[serde(rename = "s3_key_file", skip_serializing_if = "Option::is_none")]
    key_file: Option<PathBuf>,
    #[serde(rename = "s3_allow_http")]
    allow_http: bool,
}

impl BlobSettings {
    /// None: a folder.
    pub(super) fn new(flags: &BlobFlags, file: &Storage) -> Result<Option<Self>, Failure> {
        let Some(url) = flags.blobs.clone().or_else(|| file.blobs.clone()) else { return Ok(None) };
        let settings = Self {
            url,
            cache: flags.blob_cache.or(file.blob_cache).unwrap_or(20 << 30),
            endpoint: flags.s3_endpoint.clone().or_else(|| file.s3_endpoint.clone()),
            region: flags.s3_region.clone().or_else(|| file.s3_region.clone()),
            key_file: flags.s3_key_file.clone().or_else(|| file.s3_key_file.clone()),
            allow_http: flags.s3_allow_http || file.s3_allow_http.unwrap_or(false),
        };
        settings.place()?;
        match settings.endpoint.as_deref() {
            Some(address) if address.contains('@') => {
                return Err(Failure::usage("the store's address holds a password")
                    .hint("keys come from --s3-key-file or the variables that `serve --help` names"));
            }
            Some(address) if !address.starts_with("https://") && !address.starts_with("http://") => {
                return Err(Failure::usage("the store's address has to start with https://"));
            }
            Some(address) if address.starts_with("http://") && !settings.allow_http => {
                return Err(Failure::usage("the store's address is without TLS")
                    .hint("in a closed network --s3-allow-http lets it pass"));
            }
            _ => {}
        }
        Ok(Some(settings))
    }

    /// Bucket and prefix.
    fn place(&self) -> Result<(String, String), Failure> {
        let wrong = || Failure::usage("the address of the blobs has to be s3://bucket or s3://bucket/prefix");
        let rest = self.url.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let is_name = |letter: char| letter.is_ascii_alphanumeric() || ".-_".contains(letter);
        if bucket.is_empty() || !bucket.chars().all(is_name) || prefix.contains(['?', '#', '@']) {
            return Err(wrong());
        }
        Ok((bucket.to_owned(), prefix.trim_end_matches('/').to_owned()))
    }

    /// With the key.
    pub(crate) fn s3(&self) -> Result<S3Settings, Failure> {
        let (bucket, prefix) = self.place()?;
        let (id, secret, token) = match &self.key_file {
            Some(path) => key_in(path)?,
            None => key_of_variables()?,
        };
        Ok(S3Settings {
            prefix,
            endpoint: self.endpoint.clone(),
            region: self.region.clone(),
            session_token: token,
            allow_http: self.allow_http,
            cache_bytes: self.cache,
            ..S3Settings::new(bucket, id, secret)
        })
    }
}

fn key_in(path: &Path) -> Result<(String, String, Option<String>), Failure> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the store's key `{shown}`: {error}")))?;
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned);
    match (lines.next(), lines.next(), lines.next()) {
        (Some(id), Some(secret), token) => Ok((id, secret, token)),
        _ => Err(Failure::usage(format!("`{shown}` does not have two lines: identifier and secret key"))),
    }
}

fn key_of_variables() -> Result<(String, String, Option<String>), Failure> {
    let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    match (variable(ID), variable(SECRET)) {
        (Some(id), Some(secret)) => Ok((id, secret, variable(TOKEN))),
        _ => Err(Failure::usage("there is no key to the blob store")
            .hint(format!("put it into a file for --s3-key-file, or into {ID} and {SECRET}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(url: &str, endpoint: Option<&str>) -> Result<Option<BlobSettings>, Failure> {
        let flags = BlobFlags {
            blobs: Some(url.to_owned()),
            s3_endpoint: endpoint.map(str::to_owned),
            ..BlobFlags::default()
        };
        BlobSettings::new(&flags, &Storage::default())
    }

    #[test]
    fn a_bucket_has_a_name_and_may_have_a_prefix() {
        let place = |url: &str| settings(url, None).unwrap().unwrap().place().unwrap();
        assert_eq!(place("s3://media"), ("media".to_owned(), String::new()));
        assert_eq!(place("s3://media/region/68/"), ("media".to_owned(), "region/68".to_owned()));
        for wrong in ["", "media", "s3://", "s3:///x", "https://media", "s3://key:secret@media", "s3://a/b?c"]
        {
            assert!(settings(wrong, None).is_err(), "{wrong}");
        }
        for wrong in ["ftp://x", "http://store.example", "https://key:secret@store.example"] {
            assert!(settings("s3://media", Some(wrong)).is_err(), "{wrong}");
        }
        assert!(BlobSettings::new(&BlobFlags::default(), &Storage::default()).unwrap().is_none());
    }

    #[test]
    fn the_key_comes_from_a_file_and_is_not_among_the_settings() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "key-7\n secret-8 \n").unwrap();
        let flags = BlobFlags {
            blobs: Some("s3://media/x".to_owned()),
            s3_key_file: Some(file.path().to_owned()),
            ..BlobFlags::default()
        };
        let settings = BlobSettings::new(&flags, &Storage::default()).unwrap().unwrap();
        let s3 = settings.s3().unwrap();
        assert_eq!((s3.access_key_id.as_str(), s3.secret_access_key.as_str()), ("key-7", "secret-8"));
        let shown = format!("{settings:?} {}", toml::to_string(&settings).unwrap());
        assert!(
            shown.contains("media/x") && !shown.contains("secret-8") && !shown.contains("key-7"),
            "{shown}"
        );
        std::fs::write(file.path(), "key-7\n").unwrap();
        assert!(settings.s3().is_err());
    }
}
