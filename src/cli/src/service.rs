//! Store, blobs and analyser put together: the one place that picks a database.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use podlinnik_domain::id::RandomIds;
use podlinnik_domain::people::{Organisation, OrganisationLevel};
use podlinnik_pipeline::delivery::telegram::BOT_API;
use podlinnik_pipeline::log::TimeStamping;
use podlinnik_pipeline::service::ServiceSettings;
use podlinnik_pipeline::{
    AgreedClock, Blobs, FetchSettings, LogKey, Mailer, MediaAnalyser, Service, Store, TelegramBot,
};
use podlinnik_storage_postgres::PostgresStore;
use podlinnik_storage_sqlite::SqliteStore;

use crate::exit::Failure;
use crate::settings::{ChannelSettings, ServeSettings, StoreSettings, concealed, reader_program};

/// Code of the organisation at the top, which the first start makes.
pub(crate) const FEDERAL: &str = "federal";

/// The database's file in the data folder, where there is no server.
pub(crate) const DATABASE: &str = "podlinnik.sqlite";

/// What to do where the schema is to be left as it is.
const UNMIGRATED: &str =
    "`podlinnik migrate --check` says what the database waits for; `podlinnik migrate` brings it up to date";

/// Opens the database that the settings name.
pub(crate) async fn open_store(settings: &StoreSettings) -> Result<Arc<dyn Store>, Failure> {
    if let Some(url) = &settings.database_url {
        let opened = match settings.migrate {
            true => PostgresStore::connect(url).await,
            false => PostgresStore::connect_as_it_is(url).await,
        };
        let store = opened.map_err(|error| {
            Failure::internal(anyhow::Error::new(error).context(format!("cannot open {}", concealed(url))))
                .hint(if settings.migrate {
                    "is the server running, and does the database exist?"
                } else {
                    UNMIGRATED
                })
        })?;
        return Ok(Arc::new(store));
    }
    make_folder(&settings.data)?;
    let path = settings.data.join(DATABASE);
    let opened = match settings.migrate {
        true => SqliteStore::open(&path).await,
        false => SqliteStore::open_as_it_is(&path).await,
    };
    let store = opened.map_err(|error| {
        Failure::internal(anyhow::Error::new(error).context(format!("cannot open `{}`", path.display())))
            .hint(if settings.migrate { "`podlinnik doctor` checks the data folder" } else { UNMIGRATED })
    })?;
    Ok(Arc::new(store))
}

/// Opens the blob store that the settings name. In the data folder it keeps the blobs themselves, or what a bucket needs on this machine.
pub(crate) async fn open_blobs(settings: &StoreSettings) -> Result<Blobs, Failure> {
    make_folder(&settings.data)?;
    let folder = settings.data.join("blobs");
    match &settings.blobs {
        None => Ok(Blobs::local(&folder).await?),
        Some(bucket) => Blobs::s3(&folder, bucket.s3()?).await.map_err(|error| {
            Failure::internal(anyhow::Error::new(error).context(format!("cannot use {}", bucket.url)))
                .hint("is there such a bucket, and may this key read and write it?")
        }),
    }
}

/// Makes the data folder, readable by its owner alone: it holds people's media.
pub(crate) fn make_folder(folder: &Path) -> Result<(), Failure> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
        Failure::usage(format!("cannot make data folder `{}`: {error}", folder.display()))
            .hint("choose another with --data")
    })
}

/// The service, with its top organisation made if there is none.
pub(crate) async fn assemble(
    store: &StoreSettings,
    serve: &ServeSettings,
    upload_bytes: u64,
    public_url: String,
    analyser: Option<Arc<dyn MediaAnalyser>>,
) -> Result<Service, Failure> {
    make_folder(&store.data)?;
    let database = open_store(store).await?;
    let clock = Arc::new(AgreedClock::default());
    clock.agree(database.as_ref()).await;
    clock.clone().keep_agreeing(database.clone());
    let blobs = open_blobs(store).await?;
    let service = Service::new(
        database,
        blobs,
        analyser,
        clock,
        Arc::new(RandomIds),
        ServiceSettings {
            public_url,
            upload_bytes,
            lease_s: serve.lease,
            max_attempts: serve.max_attempts,
            delivery_attempts: serve.delivery_attempts,
            allow_private_webhooks: serve.allow_private_webhooks,
        },
    );
    let fetching = FetchSettings {
        yt_dlp: serve.yt_dlp.as_deref().map(absolute).transpose()?,
        cage: reader_program()?,
        ..FetchSettings::default()
    };
    let service = service.with_fetching(fetching);
    ensure_federal(&service).await?;
    let service = with_time_stamping(service.with_log(log_key(store)?), &serve.time_stamp_authorities)?;
    with_channels(service, &serve.channels)
}

/// The program works in a folder of its own: its file has to be named from the top.
pub(crate) fn absolute(program: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(program).ok().filter(|path| path.is_file()).ok_or_else(|| {
        Failure::usage(format!("there is no program `{}`", program.display()))
            .hint("--yt-dlp takes the path of yt-dlp")
    })
}

/// With authorities that stamp the log, where there are any.
pub(crate) fn with_time_stamping(service: Service, authorities: &[String]) -> Result<Service, Failure> {
    if authorities.is_empty() {
        return Ok(service);
    }
    let stamping = TimeStamping::new(authorities.to_vec())
        .map_err(|error| Failure::usage(format!("a time stamp authority: {error}")))?;
    Ok(service.with_time_stamping(stamping))
}

/// The key that signs the transparency log; made on the first start.
pub(crate) fn log_key(store: &StoreSettings) -> Result<LogKey, Failure> {
    LogKey::open_or_make(&store.data).map_err(|error| {
        Failure::internal(error).hint("restore the file from a backup; a new key would start another log")
    })
}

/// With a mail server and a bot, where they are configured.
fn with_channels(mut service: Service, channels: &ChannelSettings) -> Result<Service, Failure> {
    if let (Some(server), Some(sender)) = (&channels.smtp, &channels.mail_from) {
        let mailer = Mailer::new(server, sender).map_err(|error| Failure::usage(error.to_string()))?;
        service = service.with_mailer(mailer);
    }
    if let Some(path) = &channels.telegram_token {
        let token = std::fs::read_to_string(path).map_err(|error| {
            Failure::usage(format!("cannot read the bot's token `{}`: {error}", path.display()))
        })?;
        let base_url = channels.telegram_url.as_deref().unwrap_or(BOT_API);
        let bot = TelegramBot::new(base_url, token.trim()).map_err(Failure::internal)?;
        service = service.with_telegram(bot);
    }
    Ok(service)
}

async fn ensure_federal(service: &Service) -> Result<(), Failure> {
    if service.organisations().await?.is_empty() {
        let added = service
            .organisation_add(
                None,
                FEDERAL,
                OrganisationLevel::Federal,
                "Федеральный центр",
                "Federal centre",
                None,
            )
            .await;
        // Another process can have been faster.
        if let Err(error) = added
            && service.organisations().await?.is_empty()
        {
            return Err(error.into());
        }
    }
    Ok(())
}

/// The organisation with this code.
pub(crate) async fn organisation(service: &Service, code: &str) -> Result<Organisation, Failure> {
    let all = service.organisations().await?;
    let codes: Vec<_> = all.iter().map(|organisation| organisation.code.clone()).collect();
    all.into_iter().find(|organisation| organisation.code == code).ok_or_else(|| {
        Failure::usage(format!("there is no organisation `{code}`"))
            .hint(format!("there are: {}", codes.join(", ")))
    })
}
