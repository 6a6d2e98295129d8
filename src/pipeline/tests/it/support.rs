//! A small country: one federal centre, two regions, one municipality; a clock that stands still; an analyser that does as it is told.

use std::collections::VecDeque;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use podlinnik_blobs::{Blobs, S3Settings};
use podlinnik_domain::analysis::{
    AnalysisState, Combined, CombinedState, Derivative, DerivativeKind, REPORT_SCHEMA, Report,
};
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::{Clock as _, ManualClock, Timestamp};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::finding::{Finding, FindingState, MethodId};
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{AnalysisId, OrganisationId, RandomIds};
use podlinnik_domain::media::{MediaDescription, MediaKind, Quality, Warning, WarningCode};
use podlinnik_domain::notice::{Attested, ClaimRating, NoticeText, Source};
use podlinnik_domain::people::{Actor, OrganisationLevel, Role};
use podlinnik_domain::reason::Reason;
use podlinnik_domain::submission::{Circumstances, Submission};
use podlinnik_domain::verdict::{Evidence, EvidenceKind, Proposal, Verdict, VerdictKind};
use podlinnik_pipeline::service::ServiceSettings;
use podlinnik_pipeline::{
    CheckError, CheckOptions, Checked, ExamineError, MediaAnalyser, MediaError, ModelInfo, Picture, Service,
    ServiceError, Store, TelegramBot,
};
use podlinnik_storage_sqlite::SqliteStore;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// Seconds of a lease: short, so that heartbeats (a third of it) come soon.
pub(crate) const LEASE_S: u32 = 1;
/// Attempts per job.
pub(crate) const ATTEMPTS: u32 = 2;

/// What the analyser does with the next file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Act {
    Report,
    PartialReport,
    Refuse(ErrorCode),
    FailOnOurSide,
    Panic,
    /// Goes on until told to stop, or until [`FakeAnalyser::let_go`].
    Hold,
    /// Goes on until [`FakeAnalyser::let_go`], deaf to everything else.
    HoldDeaf,
}

/// An analyser that does as it is told; a report by default.
#[derive(Debug, Default)]
pub(crate) struct FakeAnalyser {
    acts: Mutex<VecDeque<Act>>,
    calls: AtomicU32,
    told_to_stop: AtomicU32,
    free: AtomicBool,
}

impl FakeAnalyser {
    pub(crate) fn will(&self, acts: &[Act]) {
        self.acts.lock().expect("no panic while locked").extend(acts);
    }

    pub(crate) fn let_go(&self) {
        self.free.store(true, Ordering::SeqCst);
    }

    pub(crate) fn calls(&self) -> u32 {
        self.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn told_to_stop(&self) -> u32 {
        self.told_to_stop.load(Ordering::SeqCst)
    }
}

impl MediaAnalyser for FakeAnalyser {
    fn models(&self) -> Vec<ModelInfo> {
        Vec::new()
    }

    fn check(
        &self,
        mut file: File,
        _options: &CheckOptions,
        _now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Checked, CheckError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let act = self.acts.lock().expect("no panic while locked").pop_front().unwrap_or(Act::Report);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        progress(500);
        match act {
            Act::Report | Act::PartialReport => {}
            Act::Refuse(code) => {
                return Err(CheckError::Examine(ExamineError::Media(MediaError::refused(code, "as told"))));
            }
            Act::FailOnOurSide => {
                let error = MediaError::Reader(std::io::Error::other("no child"));
                return Err(CheckError::Examine(ExamineError::Media(error)));
            }
            Act::Panic => panic!("as told"),
            Act::Hold | Act::HoldDeaf => {
                while !self.free.load(Ordering::SeqCst) {
                    if !progress(500) && act == Act::Hold {
                        self.told_to_stop.fetch_add(1, Ordering::SeqCst);
                        return Err(CheckError::Examine(ExamineError::Cancelled));
                    }
                    std::thread::sleep(Duration::from_millis(5));
                }
            }
        }
        Ok(checked(&bytes, act == Act::PartialReport))
    }
}

/// The model behind the reports.
pub(crate) fn model() -> Sha256 {
    Sha256::of(b"weights")
}

/// A report on bytes of no face.
pub(crate) fn checked(bytes: &[u8], partial: bool) -> Checked {
    let picture = Picture {
        name: "frame-000.png".into(),
        kind: DerivativeKind::Frame,
        media_type: "image/png",
        at_s: Some(0.0),
        track: None,
        recipe: "first frame".into(),
        bytes: [b"picture of ", bytes].concat(),
    };
    let mut finding =
        Finding::empty(MethodId::from_static("face_manipulation"), "1+test", FindingState::Abstained);
    finding.reason = Some(Reason::NoFace);
    finding.model_sha256 = Some(model());
    let report = Report {
        schema: REPORT_SCHEMA.into(),
        podlinnik_version: "test".into(),
        file: None,
        media: MediaDescription {
            sha256: Sha256::of(bytes),
            blake3: Blake3::from_bytes([7; 32]),
            size_bytes: bytes.len() as u64,
            kind: MediaKind::Image,
            container: "png".into(),
            video_codec: None,
            audio_codec: None,
            duration_s: None,
            width: Some(640),
            height: Some(480),
            fps: None,
            rotation_degrees: 0,
            quality: Quality::default(),
            metadata: Vec::new(),
        },
        tracks: Vec::new(),
        findings: vec![finding],
        combined: Combined {
            state: CombinedState::Abstained,
            reason: Some(Reason::NoFace),
            calibration_id: None,
            llr10: None,
            llr10_ceiling: None,
            word: None,
            score: None,
        },
        trace: None,
        warnings: if partial {
            vec![Warning::new(WarningCode::PartialDecode, "as told")]
        } else {
            Vec::new()
        },
        derivatives: vec![Derivative {
            name: picture.name.clone(),
            kind: picture.kind,
            media_type: picture.media_type.into(),
            sha256: Sha256::of(&picture.bytes),
            size_bytes: picture.bytes.len() as u64,
            at_s: picture.at_s,
            track: None,
            recipe: picture.recipe.clone(),
        }],
        timing_ms: [("total".to_owned(), 1.5)].into(),
    };
    Checked { report, pictures: vec![picture] }
}

/// Everything a test needs.
pub(crate) struct World {
    pub(crate) service: Service,
    pub(crate) store: Arc<dyn Store>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) analyser: Arc<FakeAnalyser>,
    pub(crate) federal: OrganisationId,
    pub(crate) tambov: OrganisationId,
    pub(crate) lipetsk: OrganisationId,
    /// Below Tambov.
    pub(crate) michurinsk: OrganisationId,
    pub(crate) folder: TempDir,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(true, LEASE_S).await
    }

    pub(crate) async fn with(allow_private_webhooks: bool, lease_s: u32) -> Self {
        Self::made(allow_private_webhooks, lease_s, ATTEMPTS).await
    }

    /// With so many attempts per delivery.
    pub(crate) async fn with_attempts(lease_s: u32, delivery_attempts: u32) -> Self {
        Self::made(true, lease_s, delivery_attempts).await
    }

    pub(crate) fn with_telegram(self, bot: TelegramBot) -> Self {
        Self { service: self.service.clone().with_telegram(bot), ..self }
    }

    /// With a bucket in place of a folder.
    pub(crate) async fn on_a_bucket(bucket: S3Settings) -> Self {
        Self::on(Some(bucket), true, LEASE_S, ATTEMPTS).await
    }

    /// The same service on another machine: its disk is its own, database and bucket are the same.
    pub(crate) async fn on_another_machine(&self, disk: &Path, bucket: S3Settings) -> Service {
        let blobs = Blobs::s3(disk, bucket).await.expect("a bucket");
        let (clock, analyser) = (self.clock.clone(), self.analyser.clone());
        let settings = self.service.settings().clone();
        Service::new(Arc::clone(&self.store), blobs, Some(analyser), clock, Arc::new(RandomIds), settings)
    }

    async fn made(allow_private_webhooks: bool, lease_s: u32, delivery_attempts: u32) -> Self {
        Self::on(None, allow_private_webhooks, lease_s, delivery_attempts).await
    }

    async fn on(
        bucket: Option<S3Settings>,
        allow_private_webhooks: bool,
        lease_s: u32,
        delivery_attempts: u32,
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store: Arc<dyn Store> =
            Arc::new(SqliteStore::open(&folder.path().join("podlinnik.sqlite")).await.expect("a database"));
        let disk = folder.path().join("blobs");
        let blobs = match bucket {
            Some(bucket) => Blobs::s3(&disk, bucket).await.expect("a bucket"),
            None => Blobs::local(&disk).await.expect("a blob folder"),
        };
        let clock = Arc::new(ManualClock::new("2026-11-22T09:00:00Z".parse().expect("a time")));
        let analyser = Arc::new(FakeAnalyser::default());
        let service = Service::new(
            Arc::clone(&store),
            blobs,
            Some(analyser.clone()),
            clock.clone(),
            Arc::new(RandomIds),
            ServiceSettings {
                public_url: "https://podlinnik.example.org".into(),
                upload_bytes: 1000,
                lease_s,
                max_attempts: ATTEMPTS,
                delivery_attempts,
                allow_private_webhooks,
            },
        );
        let add = async |code: &str, level, parent| {
            service.organisation_add(None, code, level, code, code, parent).await.expect(code).id
        };
        let federal = add("federal", OrganisationLevel::Federal, None).await;
        let tambov = add("RU-TAM", OrganisationLevel::Region, Some(federal)).await;
        let lipetsk = add("RU-LIP", OrganisationLevel::Region, Some(federal)).await;
        let michurinsk = add("RU-TAM-MIC", OrganisationLevel::Municipality, Some(tambov)).await;
        Self { service, store, clock, analyser, federal, tambov, lipetsk, michurinsk, folder }
    }

    pub(crate) async fn person(&self, organisation: OrganisationId, login: &str, roles: &[Role]) -> Actor {
        let user = self.service.user_add(None, organisation, login, login, roles).await.expect(login);
        let token = self.service.token_issue(None, user.id, "test", None).await.expect(login);
        self.service.authenticate(&token.secret).await.expect(login)
    }

    pub(crate) async fn submit(&self, actor: &Actor, bytes: &[u8]) -> Submission {
        self.try_submit(actor, bytes, Circumstances::default(), None).await.expect("a submission")
    }

    pub(crate) async fn try_submit(
        &self,
        actor: &Actor,
        bytes: &[u8],
        circumstances: Circumstances,
        key: Option<&str>,
    ) -> Result<Submission, ServiceError> {
        let mut upload = self.service.upload_start(actor).await?;
        upload.write(bytes).await?;
        Ok(self.service.submit(actor, upload, circumstances, key).await?.submission)
    }

    /// Starts a worker in the background.
    pub(crate) fn start_worker(&self, name: &'static str) -> RunningWorker {
        let stop = CancellationToken::new();
        let (service, token) = (self.service.clone(), stop.clone());
        let task = tokio::spawn(async move { service.run_worker(name, 1, token).await });
        RunningWorker { stop, task }
    }

    pub(crate) async fn analysis_state(&self, id: AnalysisId) -> AnalysisState {
        self.store.analysis_get(id).await.expect("a store").expect("an analysis").state
    }

    /// Lets a worker run until the analysis is final.
    pub(crate) async fn analysed(&self, actor: &Actor, bytes: &[u8]) -> Case {
        let submission = self.submit(actor, bytes).await;
        let worker = self.start_worker("helper");
        eventually("the analysis is final", async || {
            self.analysis_state(submission.analysis).await.is_final()
        })
        .await;
        worker.stop().await;
        self.store.case_get(submission.case).await.expect("a store").expect("a case")
    }

    /// A verdict that three people came to; the case is the desk's.
    pub(crate) async fn approved_verdict(&self, desk: &Desk, bytes: &[u8]) -> Verdict {
        let case = self.analysed(&desk.author, bytes).await;
        let kind = VerdictKind::ManipulatedFace;
        let service = &self.service;
        let verdict = service.verdict_propose(&desk.author, case.id, case.version, proposal(kind)).await;
        let verdict = verdict.expect("a proposal");
        service.verdict_second_look(&desk.second, verdict.id, kind, "the same").await.expect("a second look");
        service.verdict_approve(&desk.approver, verdict.id).await.expect("an approval")
    }

    pub(crate) async fn desk(&self, organisation: OrganisationId, name: &str) -> Desk {
        let person = async |role: &str, roles: &[Role]| {
            self.person(organisation, &format!("{name}-{role}"), roles).await
        };
        Desk {
            author: person("author", &[Role::Analyst, Role::Editor]).await,
            second: person("second", &[Role::Analyst]).await,
            editor: person("editor", &[Role::Editor]).await,
            approver: person("approver", &[Role::Approver]).await,
            admin: person("admin", &[Role::OrgAdmin]).await,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

/// The people of one desk.
pub(crate) struct Desk {
    pub(crate) author: Actor,
    pub(crate) second: Actor,
    pub(crate) editor: Actor,
    pub(crate) approver: Actor,
    pub(crate) admin: Actor,
}

/// A worker in the background.
pub(crate) struct RunningWorker {
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl RunningWorker {
    /// Asks it to stop and waits.
    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.task.await.expect("the worker ends in peace");
    }

    /// What `kill -9` leaves: no goodbye.
    pub(crate) async fn kill(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

/// Waits up to 20 seconds.
pub(crate) async fn eventually(what: &str, condition: impl AsyncFn() -> bool) {
    for _ in 0..1000 {
        if condition().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("waited in vain: {what}");
}

pub(crate) fn proposal(kind: VerdictKind) -> Proposal {
    let piece =
        |kind, statement: &str| Evidence { kind, statement: statement.into(), link: None, sha256: None };
    Proposal {
        kind,
        basis: vec![
            piece(EvidenceKind::LearnedModel, "модель видит границу лица"),
            piece(EvidenceKind::LocatedOriginal, "найдена исходная запись"),
        ],
        rationale: "лицо заменено".into(),
        would_resolve: Some("исходный файл".into()),
    }
}

pub(crate) fn words(title: &str) -> NoticeText {
    NoticeText {
        title: title.into(),
        claim: Some("Губернатор объявил эвакуацию".into()),
        rating: Some(ClaimRating::False),
        body: "Слова в ролике вложены в уста губернатора.".into(),
        spread: Some("Ролик распространяли в мессенджерах.".into()),
        truth: "Губернатор этого не говорил.".into(),
        sources: vec![Source {
            title: "Пресс-служба".into(), url: Some("https://example.org/1".into())
        }],
        attested: Attested { no_clean_reshare: true, privacy: true },
        ..NoticeText::default()
    }
}

/// The code of a refusal; none for success.
pub(crate) fn code<T>(answer: &Result<T, ServiceError>) -> Option<ErrorCode> {
    answer.as_ref().err().map(ServiceError::code)
}
