//! A whole service on a loopback port: store, blobs, worker, API, metrics.

use std::sync::Arc;
use std::time::Duration;

use podlinnik_blobs::Blobs;
use podlinnik_domain::clock::{Clock, ManualClock, SystemClock};
use podlinnik_domain::id::{IdSource as _, RandomIds};
use podlinnik_pipeline::service::ServiceSettings;
use podlinnik_pipeline::{Archive, LogKey, Mailer, RegisterKey, Service};
use podlinnik_storage::Store;
use podlinnik_storage::record::JobState;
use podlinnik_storage_postgres::PostgresStore;
use podlinnik_storage_sqlite::SqliteStore;
use podlinnik_web::WebSettings;
use reqwest::{Client, Method};
use sqlx::Connection as _;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::analyser::{FakeAnalyser, FakeComparer, FakeRecogniser};
use super::call::{Call, Form, Reply};
use super::people::{People, Person};

/// Largest upload in the stories.
pub(crate) const UPLOAD_BYTES: u64 = 256 * 1024;

/// Address of a PostgreSQL server whose user may create databases.
const POSTGRES: &str = "PODLINNIK_TEST_POSTGRES";

/// Which database a story runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// A running service.
#[derive(Debug)]
pub(crate) struct TestApp {
    pub(crate) service: Service,
    /// What the service stands on, to look at beside it.
    pub(crate) store: Arc<dyn Store>,
    blobs: Blobs,
    pub(crate) people: People,
    pub(crate) analyser: Arc<FakeAnalyser>,
    pub(crate) clock: Arc<StoryClock>,
    /// Where letters go; a story starts the mail server itself.
    pub(crate) mail_port: u16,
    base: String,
    admin: String,
    client: Client,
    stop: CancellationToken,
    tasks: Vec<JoinHandle<()>>,
    checked: bool,
    folder: TempDir,
    engine: Engine,
}

/// Runs a story on SQLite and, where `PODLINNIK_TEST_POSTGRES` holds an address, on PostgreSQL. Fails if the story leaves jobs in the queue.
pub(crate) async fn on_each_engine(story: impl AsyncFn(&TestApp)) {
    on_each_engine_with(WebSettings::default(), story).await;
}

/// The same with other limits.
pub(crate) async fn on_each_engine_with(settings: WebSettings, story: impl AsyncFn(&TestApp)) {
    let mut engines = vec![Engine::Sqlite];
    if std::env::var_os(POSTGRES).is_some() {
        engines.push(Engine::Postgres);
    }
    for engine in engines {
        let app = TestApp::start(engine, settings.clone()).await;
        story(&app).await;
        app.finish().await;
    }
}

impl TestApp {
    async fn start(engine: Engine, settings: WebSettings) -> Self {
        let folder = TempDir::new().unwrap();
        let store: Arc<dyn Store> = match engine {
            Engine::Sqlite => Arc::new(SqliteStore::open(&folder.path().join("podlinnik.db")).await.unwrap()),
            Engine::Postgres => Arc::new(PostgresStore::connect(&fresh_database().await).await.unwrap()),
        };
        Self::with((engine, folder), store, settings, Arc::default(), None).await
    }

    /// A service with the same people, keys and clock, on another store.
    pub(crate) async fn resume(&self, store: Arc<dyn Store>) -> Self {
        let folder = TempDir::new().unwrap();
        for name in ["log-key.pem", "register-key.pem"] {
            std::fs::copy(self.folder.path().join(name), folder.path().join(name)).unwrap();
        }
        let people = Some(self.people.clone());
        Self::with((self.engine, folder), store, WebSettings::default(), self.clock.clone(), people).await
    }

    async fn with(
        (engine, folder): (Engine, TempDir),
        store: Arc<dyn Store>,
        settings: WebSettings,
        clock: Arc<StoryClock>,
        people: Option<People>,
    ) -> Self {
        let blobs = Blobs::local(&folder.path().join("blobs")).await.unwrap();
        let analyser = Arc::new(FakeAnalyser::default());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let admin_listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let admin = format!("http://{}", admin_listener.local_addr().unwrap());
        let service = Service::new(
            store.clone(),
            blobs.clone(),
            Some(analyser.clone()),
            clock.clone(),
            Arc::new(RandomIds),
            ServiceSettings {
                public_url: base.clone(),
                upload_bytes: UPLOAD_BYTES,
                lease_s: 30,
                max_attempts: 2,
                delivery_attempts: 2,
                allow_private_webhooks: true,
            },
        );
        let mail_port = free_port().await;
        let mailer = Mailer::new(&format!("smtp://127.0.0.1:{mail_port}"), "Подлинник <desk@desk.example>");
        let service = service.with_mailer(mailer.unwrap());
        let service = service.with_log(LogKey::open_or_make(folder.path()).unwrap());
        let key = RegisterKey::open_or_make(folder.path()).unwrap();
        let archive = Archive::new(&service, key, Arc::new(FakeRecogniser));
        let service = service.with_archive(archive).with_comparer(Arc::new(FakeComparer));
        let people = match people {
            Some(people) => people,
            None => People::settle(&service).await,
        };
        let stop = CancellationToken::new();
        let web =
            podlinnik_web::serve(listener, Some(admin_listener), service.clone(), settings, stop.clone());
        let worker = (service.clone(), stop.clone());
        let tasks = vec![
            tokio::spawn(async move { web.await.unwrap() }),
            tokio::spawn(async move { worker.0.run_worker("story", 1, worker.1).await }),
        ];
        let (client, checked) = (client(), false);
        Self {
            service,
            store,
            blobs,
            people,
            analyser,
            clock,
            mail_port,
            base,
            admin,
            client,
            stop,
            tasks,
            checked,
            folder,
            engine,
        }
    }

    /// Where the service keeps its database, if it is SQLite, and its keys.
    pub(crate) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Checks that nothing is left to do, stops everything and waits for it.
    pub(crate) async fn finish(mut self) {
        let unfinished = async || {
            let counts = self.service.job_counts().await.unwrap();
            counts
                .into_iter()
                .filter(|count| count.count > 0 && matches!(count.state, JobState::Queued | JobState::Leased))
                .collect::<Vec<_>>()
        };
        let mut left = unfinished().await;
        for _ in 0..100 {
            if left.is_empty() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
            left = unfinished().await;
        }
        assert!(left.is_empty(), "the story leaves jobs in the queue: {left:?}");
        self.stop.cancel();
        for task in std::mem::take(&mut self.tasks) {
            tokio::time::timeout(Duration::from_secs(20), task).await.expect("stops in time").unwrap();
        }
        self.checked = true;
    }

    pub(crate) const fn blobs(&self) -> &Blobs {
        &self.blobs
    }

    pub(crate) const fn engine(&self) -> Engine {
        self.engine
    }

    pub(crate) fn base(&self) -> &str {
        &self.base
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call {
        Call::new(self.client.clone(), &self.base, method, path)
    }

    pub(crate) fn get(&self, path: &str) -> Call {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str) -> Call {
        self.call(Method::POST, path)
    }

    /// The metrics as text.
    pub(crate) async fn metrics(&self) -> String {
        let response = self.client.get(format!("{}/metrics", self.admin)).send().await.unwrap();
        assert_eq!(response.status(), 200);
        response.text().await.unwrap()
    }

    /// Database and keys as they are now, as a data folder of the program's own; none if the database is no file.
    pub(crate) fn copy_of_data(&self) -> Option<TempDir> {
        let from = self.folder.path();
        from.join("podlinnik.db").exists().then(|| {
            let copy = TempDir::new().unwrap();
            for (name, under) in [
                ("podlinnik.db", "podlinnik.sqlite"),
                ("podlinnik.db-wal", "podlinnik.sqlite-wal"),
                ("log-key.pem", "log-key.pem"),
                ("register-key.pem", "register-key.pem"),
            ] {
                if from.join(name).exists() {
                    std::fs::copy(from.join(name), copy.path().join(under)).unwrap();
                }
            }
            copy
        })
    }

    /// Tells the service to stop, as Ctrl-C does.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Hands something in.
    pub(crate) fn submit(&self, person: &Person, form: Form) -> Call {
        self.post("/api/v1/submissions").by(person).form(form)
    }

    /// Waits for the end of the analysis of a submission; answers the analysis.
    pub(crate) async fn analysed(&self, person: &Person, submission: &Reply) -> Reply {
        let path = format!("/api/v1/analyses/{}?wait=30", submission.field("/analysis"));
        let reply = self.get(&path).by(person).expect(200).await;
        assert_eq!(reply.json()["is_final"], true, "{}", reply.text());
        reply
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
        assert!(self.checked || std::thread::panicking(), "a story has to end with `finish`");
    }
}

/// A new database on the server of the tests, so that stories do not see each other.
pub(crate) async fn fresh_database() -> String {
    let mut address: url::Url = std::env::var(POSTGRES).unwrap().parse().unwrap();
    let name = format!("story_{}", RandomIds.next().simple());
    let mut connection = sqlx::PgConnection::connect(address.as_str()).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("create database {name}")))
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    address.set_path(&name);
    address.into()
}

/// A port that nothing listens on.
async fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port()
}

#[expect(clippy::disallowed_methods, reason = "the stories' own client; the ban is for the service")]
fn client() -> Client {
    // Fails when another story was first, which is just as well.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// The machine's clock, moved forward by the story.
#[derive(Debug)]
pub(crate) struct StoryClock(ManualClock);

impl Default for StoryClock {
    fn default() -> Self {
        Self(ManualClock::new(podlinnik_domain::clock::Timestamp::UNIX_EPOCH))
    }
}

impl StoryClock {
    pub(crate) fn advance(&self, seconds: i64) {
        self.0.advance(seconds);
    }
}

impl Clock for StoryClock {
    fn now(&self) -> podlinnik_domain::clock::Timestamp {
        let shift = self.0.now().duration_since(podlinnik_domain::clock::Timestamp::UNIX_EPOCH);
        SystemClock.now().checked_add(shift).unwrap()
    }
}
