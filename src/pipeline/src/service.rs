//! The service's state. Use cases are methods of [`Service`], one file per group.

use std::sync::{Arc, Mutex, OnceLock};

use podlinnik_blobs::Blobs;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Clock;
use podlinnik_domain::id::{AnalysisId, IdSource, TokenId};
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::Store;
use tokio::sync::{Notify, broadcast};

use crate::accounts::Gate;
use crate::administration::ChainMark;
use crate::analyser::MediaAnalyser;
use crate::archive::Archive;
use crate::delivery::{Mailer, TelegramBot};
use crate::error::ServiceError;
use crate::fetch::{FetchError, FetchSettings, Outbound};
use crate::log::{TimeStamping, TransparencyLog};
use crate::preview::PreviewDesk;
use crate::recognition::{CopyComparer, SharedIndexes};
use crate::trace::TraceDesk;
use crate::uploads::RunningDigests;

/// What every use case answers.
pub(crate) type Answer<T> = Result<T, ServiceError>;

/// Settings of the use cases.
#[derive(Debug, Clone)]
pub struct ServiceSettings {
    /// Where people and receivers reach the service, without a trailing slash; for links in feeds and webhooks.
    pub public_url: String,
    /// Largest upload in bytes.
    pub upload_bytes: u64,
    /// Seconds that a job's lease lasts between heartbeats.
    pub lease_s: u32,
    /// Attempts per analysis.
    pub max_attempts: u32,
    /// Attempts per delivery. With nine a receiver can be down for two days and a half.
    pub delivery_attempts: u32,
    /// Allow webhooks to loopback and private addresses (tests, closed networks). Off by default.
    pub allow_private_webhooks: bool,
}

/// News about an analysis, for SSE. A hint: the truth is in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProgressNews {
    /// Which analysis.
    pub analysis: AnalysisId,
    /// Thousandths; 1000 when it has ended.
    pub permille: u16,
}

/// Everything that handlers and workers share.
#[derive(Debug, Clone)]
pub struct Service {
    /// What is remembered.
    pub(crate) store: Arc<dyn Store>,
    /// Originals and derivatives.
    pub(crate) blobs: Blobs,
    /// Present where this process examines media itself.
    pub(crate) analyser: Option<Arc<dyn MediaAnalyser>>,
    /// Present where this process keeps the archive of originals.
    pub(crate) archive: Option<Arc<Archive>>,
    /// Present where this process signs for the transparency log.
    pub(crate) log: Option<Arc<TransparencyLog>>,
    /// Present where outside authorities are asked for time stamps of the log.
    pub(crate) stamping: Option<Arc<TimeStamping>>,
    /// Originals and what was handed in, searchable.
    pub(crate) indexes: SharedIndexes,
    /// Letters go out where a mail server is configured.
    pub(crate) mailer: Option<Arc<Mailer>>,
    /// Posts go out where a bot is configured.
    pub(crate) telegram: Option<Arc<TelegramBot>>,
    /// Present where this process looks for originals.
    pub(crate) tracing: Option<Arc<TraceDesk>>,
    /// Present where this process holds copies against what they are copies of.
    pub(crate) comparer: Option<Arc<dyn CopyComparer>>,
    /// What stands at the door: hashing of passwords, waits, rates.
    pub(crate) gate: Arc<Gate>,
    /// Previews that this process makes.
    pub(crate) previews: Arc<PreviewDesk>,
    /// Time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Identifiers.
    pub(crate) ids: Arc<dyn IdSource>,
    /// Settings.
    pub(crate) settings: Arc<ServiceSettings>,
    /// How links are fetched.
    pub(crate) fetching: Arc<FetchSettings>,
    /// News of progress within this process.
    pub(crate) news: broadcast::Sender<ProgressNews>,
    /// Wakes the workers of this process when there is new work.
    pub(crate) work_waits: Arc<Notify>,
    /// Digests of unfinished uploads, as far as this process has seen the bytes.
    pub(crate) running_digests: Arc<Mutex<RunningDigests>>,
    /// How far the chain of events was checked in this process.
    pub(crate) chain: Arc<Mutex<ChainMark>>,
    /// The HTTP client, made when it is first needed.
    outbound: Arc<OnceLock<Outbound>>,
}

/// A new secret and what it belongs to. The secret is shown once and stored only as a hash.
#[derive(Clone)]
pub struct IssuedToken {
    /// Identifier.
    pub id: TokenId,
    /// `plk_` and 43 characters of base64url (256 bits).
    pub secret: String,
}

impl std::fmt::Debug for IssuedToken {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("IssuedToken").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a partner or the public sees of a media item that is looked up by its digest.
#[derive(Debug, Clone)]
pub struct KnownMedia {
    /// The case.
    pub case: Case,
    /// The current approved verdict, if there is one.
    pub verdict: Option<Verdict>,
    /// Published notices about it.
    pub notices: Vec<Notice>,
}

impl Service {
    /// Puts a service together.
    pub fn new(
        store: Arc<dyn Store>,
        blobs: Blobs,
        analyser: Option<Arc<dyn MediaAnalyser>>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
        settings: ServiceSettings,
    ) -> Self {
        let (news, _) = broadcast::channel(1024);
        Self {
            store,
            blobs,
            analyser,
            archive: None,
            log: None,
            stamping: None,
            indexes: SharedIndexes::default(),
            mailer: None,
            telegram: None,
            tracing: None,
            comparer: None,
            gate: Arc::default(),
            previews: Arc::default(),
            clock,
            ids,
            settings: Arc::new(settings),
            fetching: Arc::default(),
            news,
            work_waits: Arc::default(),
            running_digests: Arc::default(),
            chain: Arc::default(),
            outbound: Arc::default(),
        }
    }

    /// The same service with a mail server.
    #[must_use]
    pub fn with_mailer(mut self, mailer: Mailer) -> Self {
        self.mailer = Some(Arc::new(mailer));
        self
    }

    /// The same service with a Telegram bot.
    #[must_use]
    pub fn with_telegram(mut self, bot: TelegramBot) -> Self {
        self.telegram = Some(Arc::new(bot));
        self
    }

    /// The same service, fetching links in this way.
    #[must_use]
    pub fn with_fetching(mut self, settings: FetchSettings) -> Self {
        self.fetching = Arc::new(settings);
        self
    }

    /// How links are fetched.
    pub fn fetching(&self) -> &FetchSettings {
        &self.fetching
    }

    /// Whether clips are taken out of posts here.
    pub fn takes_posts(&self) -> bool {
        self.fetching.yt_dlp.is_some()
    }

    /// The settings in force.
    pub fn settings(&self) -> &ServiceSettings {
        &self.settings
    }

    /// The clock in use.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// News of progress, from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<ProgressNews> {
        self.news.subscribe()
    }

    /// The HTTP client.
    pub(crate) fn outbound(&self) -> Result<&Outbound, FetchError> {
        if let Some(outbound) = self.outbound.get() {
            return Ok(outbound);
        }
        let made = Outbound::new(self.settings.allow_private_webhooks)?;
        Ok(self.outbound.get_or_init(|| made))
    }
}
