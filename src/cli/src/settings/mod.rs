//! Effective settings: defaults < settings file < `PODLINNIK_*` variables < flags.

mod blobs;
mod file;
mod flags;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use podlinnik_domain::language::Language;
use podlinnik_domain::region::Regions;
use podlinnik_pipeline::{AnalyserSettings, MediaLimits};
use serde::Serialize;

pub(crate) use self::blobs::BlobSettings;
pub(crate) use self::file::FileSettings;
pub(crate) use self::flags::{AnalysisFlags, ChannelFlags, LinkFlags, ServeFlags, StampingFlags, StoreFlags};
use crate::arguments::Common;
use crate::exit::Failure;

/// What examining files needs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct AnalysisSettings {
    pub(crate) models: PathBuf,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) onnxruntime: Option<PathBuf>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) threads: Option<usize>,
    pub(crate) budget: u32,
    pub(crate) limit_bytes: u64,
    pub(crate) limit_pixels: u64,
    pub(crate) limit_duration: u64,
    pub(crate) limit_streams: u32,
    pub(crate) limit_time: u64,
    pub(crate) limit_memory: u64,
}

/// Where the service keeps things.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct StoreSettings {
    pub(crate) data: PathBuf,
    /// None: SQLite in the data folder.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "without_password")]
    pub(crate) database_url: Option<String>,
    /// None: a folder in the data folder.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub(crate) blobs: Option<BlobSettings>,
    /// Whether opening brings the schema up to date.
    #[serde(skip)]
    pub(crate) migrate: bool,
}

/// How the service listens and works.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct ServeSettings {
    pub(crate) listen: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) admin_listen: Option<SocketAddr>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) public_url: Option<String>,
    pub(crate) workers: usize,
    pub(crate) allow_private_webhooks: bool,
    pub(crate) lease: u32,
    pub(crate) max_attempts: u32,
    pub(crate) delivery_attempts: u32,
    /// Program that takes clips out of posts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) yt_dlp: Option<PathBuf>,
    /// Authorities that stamp the log (RFC 3161).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) time_stamp_authorities: Vec<String>,
    /// Letters and posts; a section of their own in the file.
    #[serde(skip)]
    pub(crate) channels: ChannelSettings,
}

/// Ways to people beside webhooks.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct ChannelSettings {
    /// `smtps://user:password@host`, `smtp://host?tls=required` or `smtp://host`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "without_password")]
    pub(crate) smtp: Option<String>,
    /// Who letters come from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) mail_from: Option<String>,
    /// File with the token of a Telegram bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) telegram_token: Option<PathBuf>,
    /// Where the Bot API is reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) telegram_url: Option<String>,
}

/// What goes when a case has ended; nothing unless it is asked for.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct RetentionSettings {
    /// Days after the end of a case for which previews are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) derived_days: Option<u32>,
}

impl RetentionSettings {
    pub(crate) fn new(derived_days: Option<u32>, file: &FileSettings) -> Self {
        Self { derived_days: derived_days.or(file.retention.derived_days).filter(|days| *days > 0) }
    }
}

impl AnalysisSettings {
    pub(crate) fn new(flags: &AnalysisFlags, file: &FileSettings) -> Self {
        let limits = MediaLimits::default();
        let analysis = &file.analysis;
        Self {
            models: flags.models.clone().or_else(|| analysis.models.clone()).unwrap_or_else(find_models),
            onnxruntime: flags.onnxruntime.clone().or_else(|| analysis.onnxruntime.clone()),
            threads: flags.threads.or(analysis.threads),
            budget: flags.budget.or(analysis.budget).unwrap_or(300),
            limit_bytes: flags.limit_bytes.or(analysis.limit_bytes).unwrap_or(limits.file_bytes),
            limit_pixels: flags.limit_pixels.or(analysis.limit_pixels).unwrap_or(limits.frame_pixels),
            limit_duration: flags.limit_duration.or(analysis.limit_duration).unwrap_or(limits.duration_s),
            limit_streams: flags.limit_streams.or(analysis.limit_streams).unwrap_or(limits.streams),
            limit_time: flags.limit_time.or(analysis.limit_time).unwrap_or(limits.wall.as_secs()),
            limit_memory: flags.limit_memory.or(analysis.limit_memory).unwrap_or(limits.address_space_bytes),
        }
    }

    pub(crate) fn limits(&self) -> MediaLimits {
        let defaults = MediaLimits::default();
        let wall = Duration::from_secs(self.limit_time);
        MediaLimits {
            file_bytes: self.limit_bytes,
            frame_pixels: self.limit_pixels,
            duration_s: self.limit_duration,
            streams: self.limit_streams,
            wall,
            cpu: defaults.cpu.max(wall),
            address_space_bytes: self.limit_memory,
            ..defaults
        }
    }

    /// What the analyser is made from. `workers`: how many analyses share the processors.
    pub(crate) fn analyser(&self, workers: usize) -> Result<AnalyserSettings, Failure> {
        let processors = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Ok(AnalyserSettings {
            models: self.models.clone(),
            onnxruntime: self.onnxruntime.clone(),
            reader_program: reader_program()?,
            threads: self.threads.unwrap_or_else(|| (processors / workers.max(1)).max(1)),
            limits: self.limits(),
            budget_s: f64::from(self.budget),
        })
    }
}

impl StoreSettings {
    pub(crate) fn new(flags: &StoreFlags, file: &FileSettings) -> Result<Self, Failure> {
        let is_postgres = |url: &String| url.starts_with("postgres://") || url.starts_with("postgresql://");
        let explicit = flags.database_url.clone().or_else(|| file.storage.database_url.clone());
        if explicit.as_ref().is_some_and(|url| !is_postgres(url)) {
            return Err(Failure::usage("the database address has to start with postgres://")
                .hint("leave it out to use SQLite in the data folder"));
        }
        let database_url =
            explicit.or_else(|| std::env::var("DATABASE_URL").ok().filter(|url| is_postgres(url)));
        let data = flags.data.clone().or_else(|| file.storage.data.clone());
        let blobs = BlobSettings::new(&flags.blobs, &file.storage)?;
        Ok(Self { data: data.unwrap_or_else(|| PathBuf::from("data")), database_url, blobs, migrate: true })
    }
}

impl ServeSettings {
    pub(crate) fn new(flags: &ServeFlags, file: &FileSettings) -> Result<Self, Failure> {
        let serve = &file.serve;
        let public_url = flags.public_url.clone().or_else(|| serve.public_url.clone());
        if public_url.as_ref().is_some_and(|url| !url.starts_with("https://") && !url.starts_with("http://"))
        {
            return Err(Failure::usage("the public address has to start with https:// or http://"));
        }
        let workers = flags.workers.or(serve.workers).unwrap_or(1);
        if workers == 0 || workers > 64 {
            return Err(Failure::usage("the number of workers has to be 1 to 64")
                .hint("`serve --no-worker` starts none"));
        }
        Ok(Self {
            listen: flags.listen.or(serve.listen).unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080))),
            admin_listen: flags.admin_listen.or(serve.admin_listen),
            public_url: public_url.map(|url| url.trim_end_matches('/').to_owned()),
            workers,
            allow_private_webhooks: flags.allow_private_webhooks
                || serve.allow_private_webhooks.unwrap_or(false),
            lease: serve.lease.unwrap_or(30).clamp(5, 3600),
            max_attempts: serve.max_attempts.unwrap_or(5).clamp(1, 100),
            delivery_attempts: serve.delivery_attempts.unwrap_or(9).clamp(1, 100),
            yt_dlp: yt_dlp(&flags.links, file),
            time_stamp_authorities: time_stamp_authorities(&flags.stamping, file),
            channels: ChannelSettings::new(&flags.channels, &file.channels)?,
        })
    }
}

/// The program that takes clips out of posts.
pub(crate) fn yt_dlp(flags: &LinkFlags, file: &FileSettings) -> Option<PathBuf> {
    flags.yt_dlp.clone().or_else(|| file.serve.yt_dlp.clone())
}

/// Those of the flags; without any, those of the file.
pub(crate) fn time_stamp_authorities(flags: &StampingFlags, file: &FileSettings) -> Vec<String> {
    let named =
        if flags.authorities.is_empty() { &file.serve.time_stamp_authorities } else { &flags.authorities };
    named.clone()
}

impl ChannelSettings {
    fn new(flags: &ChannelFlags, file: &file::Channels) -> Result<Self, Failure> {
        let channels = Self {
            smtp: flags.smtp.clone().or_else(|| file.smtp.clone()),
            mail_from: flags.mail_from.clone().or_else(|| file.mail_from.clone()),
            telegram_token: flags.telegram_token.clone().or_else(|| file.telegram_token.clone()),
            telegram_url: flags.telegram_url.clone().or_else(|| file.telegram_url.clone()),
        };
        if channels.smtp.is_some() != channels.mail_from.is_some() {
            return Err(Failure::usage("letters need both a mail server (smtp) and a sender (mail_from)"));
        }
        Ok(channels)
    }
}

/// This very program, also where its file was replaced by a newer one after the start.
pub(crate) fn reader_program() -> std::io::Result<PathBuf> {
    let this = PathBuf::from("/proc/self/exe");
    if this.exists() { Ok(this) } else { std::env::current_exe() }
}

/// The language of answers: as asked, else by the locale, else Russian.
pub(crate) fn language(common: &Common, file: &FileSettings) -> Language {
    common.lang.or(file.lang).unwrap_or_else(|| {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = variable("LC_ALL").or_else(|| variable("LC_MESSAGES")).or_else(|| variable("LANG"));
        if locale.is_some_and(|locale| locale.starts_with("en")) {
            Language::English
        } else {
            Language::Russian
        }
    })
}

/// Puts the list of regions that the settings name in place of the standard one.
pub(crate) fn install_regions(common: &Common, file: &FileSettings) -> Result<(), Failure> {
    let Some(path) = common.regions.as_ref().or(file.regions.as_ref()) else { return Ok(()) };
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read the list of regions `{shown}`: {error}")))?;
    let regions = Regions::parse(&text)
        .map_err(|error| Failure::usage(format!("cannot use the list of regions `{shown}`: {error}")))?;
    if regions.is_empty() {
        return Err(Failure::usage(format!("the list of regions `{shown}` is empty")));
    }
    Regions::install(regions).map_err(Failure::internal)
}

/// `./models`, else `models` beside the program or up to three levels above it (a build folder inside the repository).
fn find_models() -> PathBuf {
    let here = PathBuf::from("models");
    let is_there = |folder: &Path| folder.join("manifest.toml").is_file();
    if is_there(&here) {
        return here;
    }
    let program = std::env::current_exe().unwrap_or_default();
    program
        .ancestors()
        .skip(1)
        .take(4)
        .map(|folder| folder.join("models"))
        .find(|folder| is_there(folder))
        .unwrap_or(here)
}

/// The address without its password, for printing and logging.
pub(crate) fn concealed(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else { return "…".to_owned() };
    let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let authority = match authority.rsplit_once('@') {
        Some((user, host)) => format!("{}:…@{host}", user.split(':').next().unwrap_or_default()),
        None => authority.to_owned(),
    };
    // Parameters can carry a password too.
    let path = path.split('?').next().unwrap_or_default();
    format!("{scheme}://{authority}{path}")
}

fn without_password<S: serde::Serializer>(url: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&concealed(url.as_deref().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_win_over_the_file_and_the_file_over_defaults() {
        let file = FileSettings::parse(
            "[analysis]\nbudget = 7\nlimit_bytes = 1000\n[serve]\nworkers = 3\n[storage]\ndata = '/x'\n",
        )
        .unwrap();
        let flags = AnalysisFlags { limit_bytes: Some(5), ..AnalysisFlags::default() };
        let analysis = AnalysisSettings::new(&flags, &file);
        assert_eq!((analysis.limit_bytes, analysis.budget), (5, 7));
        assert_eq!(analysis.limit_streams, MediaLimits::default().streams);
        let serve = ServeSettings::new(&ServeFlags::default(), &file).unwrap();
        assert_eq!((serve.workers, serve.listen.port()), (3, 8080));
        let store = StoreSettings::new(&StoreFlags::default(), &file).unwrap();
        assert_eq!(store.data, PathBuf::from("/x"));
    }

    #[test]
    fn misspelt_settings_are_refused() {
        assert!(FileSettings::parse("[analysis]\nbudgett = 7\n").is_err());
        let flags = StoreFlags { database_url: Some("mysql://x".into()), ..StoreFlags::default() };
        assert!(StoreSettings::new(&flags, &FileSettings::default()).is_err());
        let half = FileSettings::parse("[channels]\nsmtp = 'smtp://localhost'\n").unwrap();
        assert!(ServeSettings::new(&ServeFlags::default(), &half).is_err(), "no sender");
        let flags = ServeFlags { workers: Some(0), ..ServeFlags::default() };
        assert!(ServeSettings::new(&flags, &FileSettings::default()).is_err());
    }

    #[test]
    fn passwords_are_never_printed() {
        assert_eq!(
            concealed("postgres://me:s3cret@db.example:5432/podlinnik?password=x"),
            "postgres://me:…@db.example:5432/podlinnik"
        );
        assert_eq!(concealed("postgres://db/podlinnik"), "postgres://db/podlinnik");
        assert_eq!(concealed("postgres://me:p@ss@db/podlinnik"), "postgres://me:…@db/podlinnik");
    }
}
