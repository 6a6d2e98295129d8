//! A small newsroom for the cases: people, a clock that moves one second per look, identifiers in order.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use podlinnik_domain::analysis::{Derivative, DerivativeKind};
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{CaseId, IdSource, OrganisationId, UserId};
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Attested, ClaimRating, Notice, NoticeText, Source};
use podlinnik_domain::people::{Organisation, OrganisationLevel, Role, User};
use podlinnik_domain::submission::Circumstances;
use podlinnik_domain::verdict::{Evidence, EvidenceKind, Proposal, Verdict, VerdictKind};
use serde_json::json;
use uuid::Uuid;

use crate::Store;
use crate::record::{
    AnalysisEnd, ClaimedJob, JobKind, MediaRecord, NewNotice, NewSubmission, NewVerdict, Publication,
    Receiver, SecondLook, SubmissionOutcome,
};

/// Identifiers 1, 2, 3, … so that two engines can be given the same ones.
#[derive(Debug, Default)]
pub struct CountingIds(AtomicU64);

impl IdSource for CountingIds {
    fn next(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.0.fetch_add(1, Ordering::SeqCst)) + 1)
    }
}

/// The newsroom.
#[derive(Debug)]
pub struct World {
    /// The store under test.
    pub store: Arc<dyn Store>,
    /// Where identifiers come from.
    pub ids: CountingIds,
    /// The one organisation that exists from the start.
    pub organisation: OrganisationId,
    /// Proposes verdicts and writes notices.
    pub author: UserId,
    /// Looks second.
    pub second: UserId,
    /// Approves.
    pub approver: UserId,
    /// Approves too.
    pub deputy: UserId,
    clock: AtomicI64,
}

/// The first moment of a world: 2026-01-01T00:00:00Z.
pub const START: i64 = 1_767_225_600;

/// A time in seconds since the epoch.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).expect("a time within range")
}

/// A proposal that meets the rules for its kind.
pub fn proposal(kind: VerdictKind) -> Proposal {
    let piece =
        |kind, statement: &str| Evidence { kind, statement: statement.to_owned(), link: None, sha256: None };
    Proposal {
        kind,
        basis: vec![
            piece(EvidenceKind::LearnedModel, "the face does not fit the neck"),
            piece(EvidenceKind::LocatedOriginal, "the original shows another speaker"),
        ],
        rationale: "лицо подменено".to_owned(),
        would_resolve: Some("the original file".to_owned()),
    }
}

/// A notice's words.
pub fn words(title: &str) -> NoticeText {
    NoticeText {
        title: title.to_owned(),
        claim: Some("Губернатор объявил эвакуацию".to_owned()),
        rating: Some(ClaimRating::False),
        body: "Губернатор этого не говорил.".to_owned(),
        spread: Some("Ролик пересылали в мессенджерах.".to_owned()),
        truth: "Полная запись выступления опубликована.".to_owned(),
        sources: vec![Source { title: "Полная запись".to_owned(), url: None }],
        attested: Attested { no_clean_reshare: true, privacy: true },
        body_en: Some("The governor did not say so.".to_owned()),
        ..NoticeText::default()
    }
}

/// A finished analysis.
pub fn report(content: &str, partial: bool) -> AnalysisEnd {
    let report =
        json!({ "schema": "podlinnik-report/1", "media": content, "score": 0.1 + 0.2, "tiny": 1.0e-7 });
    let report_sha256 = Sha256::of(report.to_string().as_bytes());
    let derivative = |name: &str, at_s| Derivative {
        name: name.to_owned(),
        kind: DerivativeKind::Crop,
        media_type: "image/png".to_owned(),
        sha256: Sha256::of(name.as_bytes()),
        size_bytes: 7,
        at_s,
        track: at_s.map(|_| 0),
        recipe: "face 0 at 224 px".to_owned(),
    };
    let derivatives = vec![derivative("crop-0-001.png", Some(0.04)), derivative("Frame.png", None)];
    AnalysisEnd::Report { report, report_sha256, partial, derivatives }
}

impl World {
    /// Founds the newsroom in an empty store.
    pub async fn new(store: Arc<dyn Store>) -> Self {
        let ids = CountingIds::default();
        let organisation = OrganisationId::generate(&ids);
        let people: Vec<UserId> = (0..4).map(|_| UserId::generate(&ids)).collect();
        let [author, second, approver, deputy] = people[..] else { unreachable!("four were made") };
        let clock = AtomicI64::new(START);
        let world = Self { store, ids, organisation, author, second, approver, deputy, clock };
        world.found("RU-TAM", organisation).await;
        for (user, login) in
            [(author, "author"), (second, "second"), (approver, "approver"), (deputy, "deputy")]
        {
            world.store.user_create(&world.user(user, login), None).await.expect("a new user");
        }
        world
    }

    /// The same newsroom before another store, which has to hold the same.
    pub fn moved_to(self, store: Arc<dyn Store>) -> Self {
        Self { store, ..self }
    }

    /// Adds an organisation.
    pub async fn found(&self, code: &str, id: OrganisationId) -> Organisation {
        let organisation = Organisation {
            id,
            code: code.to_owned(),
            level: OrganisationLevel::Region,
            name_ru: "Тамбовская область".to_owned(),
            name_en: "Tambov Oblast".to_owned(),
            parent: None,
        };
        self.store.organisation_create(&organisation, self.now()).await.expect("a new organisation");
        organisation
    }

    /// A user of the first organisation, not yet stored.
    pub fn user(&self, id: UserId, login: &str) -> User {
        User {
            id,
            organisation: self.organisation,
            login: login.to_owned(),
            display_name: "Мария Иванова".to_owned(),
            roles: vec![Role::Analyst, Role::Approver],
            created_at: self.now(),
            disabled_at: None,
        }
    }

    /// The next second.
    pub fn now(&self) -> Timestamp {
        at(self.clock.fetch_add(1, Ordering::SeqCst) + 1)
    }

    /// Moves the clock, backwards if negative.
    pub fn advance(&self, seconds: i64) {
        self.clock.fetch_add(seconds, Ordering::SeqCst);
    }

    /// A submission of bytes, not yet stored.
    pub fn submission(&self, content: &str) -> NewSubmission {
        let now = self.now();
        let mut reversed = *Sha256::of(content.as_bytes()).as_bytes();
        reversed.reverse();
        NewSubmission {
            id: self.ids.next().into(),
            submitter: self.author,
            organisation: self.organisation,
            desk: self.organisation,
            media: MediaRecord {
                sha256: Sha256::of(content.as_bytes()),
                blake3: Blake3::from_bytes(reversed),
                size_bytes: 1234,
                first_seen_at: now,
            },
            circumstances: Circumstances { region: Some("RU-TAM".to_owned()), ..Circumstances::default() },
            case: self.ids.next().into(),
            analysis: self.ids.next().into(),
            job: self.ids.next().into(),
            max_attempts: 3,
            idempotency: None,
            quota_per_day: None,
            received_at: now,
        }
    }

    /// Hands bytes in.
    pub async fn submit(&self, content: &str) -> SubmissionOutcome {
        self.store.submission_create(&self.submission(content)).await.expect("a submission")
    }

    /// Claims the next job of any kind for a minute.
    pub async fn claim(&self) -> Option<ClaimedJob> {
        let now = self.now();
        let until = at(now.as_second() + 60);
        self.store.job_claim(JobKind::ALL, "worker", now, until).await.expect("a claim")
    }

    /// Hands bytes in and lets their analysis end; no other job may wait.
    pub async fn analysed(&self, content: &str) -> Case {
        let outcome = self.submit(content).await;
        let job = self.claim().await.expect("the analysis job");
        self.store
            .analysis_finish(&job.lease, outcome.submission.analysis, &report(content, false), self.now())
            .await
            .expect("the end of the analysis");
        self.case(outcome.submission.case).await
    }

    /// The case as it stands.
    pub async fn case(&self, id: CaseId) -> Case {
        self.store.case_get(id).await.expect("an answer").expect("the case")
    }

    /// Freezes evidence and makes a proposal of it, not yet stored.
    pub async fn proposal_for(&self, case: &Case, kind: VerdictKind) -> NewVerdict {
        let id: podlinnik_domain::id::VerdictId = self.ids.next().into();
        let evidence = json!({ "media": case.media_sha256, "verdict": id });
        let evidence_sha256 = Sha256::of(evidence.to_string().as_bytes());
        self.store.evidence_put(evidence_sha256, &evidence, self.now()).await.expect("frozen evidence");
        NewVerdict {
            id,
            case: case.id,
            case_version: case.version,
            proposal: proposal(kind),
            author: self.author,
            analysis: case.analysis,
            evidence_sha256,
            at: self.now(),
        }
    }

    /// Proposes a verdict on the case as it stands.
    pub async fn proposed(&self, case: CaseId, kind: VerdictKind) -> Verdict {
        let case = self.case(case).await;
        let verdict = self.proposal_for(&case, kind).await;
        self.store.verdict_propose(&verdict).await.expect("a proposal")
    }

    /// The second analyst's look.
    pub fn look(&self, verdict: &Verdict, kind: VerdictKind) -> SecondLook {
        SecondLook {
            case: verdict.case,
            verdict: verdict.id,
            analyst: self.second,
            kind,
            rationale: "вижу то же".to_owned(),
            at: self.now(),
        }
    }

    /// A verdict on which two analysts agree.
    pub async fn agreed(&self, case: CaseId, kind: VerdictKind) -> Verdict {
        let verdict = self.proposed(case, kind).await;
        self.store.verdict_second_look(&self.look(&verdict, kind)).await.expect("a second look")
    }

    /// An approved verdict.
    pub async fn approved(&self, case: CaseId, kind: VerdictKind) -> Verdict {
        let verdict = self.agreed(case, kind).await;
        self.store.verdict_approve(verdict.id, self.approver, self.now()).await.expect("an approval")
    }

    /// A draft pinned to a verdict.
    pub async fn drafted(&self, verdict: &Verdict) -> Notice {
        self.store.notice_draft(&self.draft(verdict)).await.expect("a draft")
    }

    /// A draft, not yet stored.
    pub fn draft(&self, verdict: &Verdict) -> NewNotice {
        NewNotice {
            id: self.ids.next().into(),
            verdict: verdict.id,
            organisation: self.organisation,
            text: words("Видео с губернатором подделано"),
            author: self.author,
            at: self.now(),
        }
    }

    /// An approved notice.
    pub async fn notice_approved(&self, verdict: &Verdict) -> Notice {
        let notice = self.drafted(verdict).await;
        self.store
            .notice_submit(notice.id, notice.version, self.author, self.now())
            .await
            .expect("a submitted notice");
        self.store
            .notice_approve(notice.id, notice.version, self.approver, self.now())
            .await
            .expect("an approved notice")
    }

    /// What publishing a notice takes.
    pub fn publication(&self, notice: &Notice) -> Publication {
        Publication {
            notice: notice.id,
            version: notice.version,
            actor: self.approver,
            max_attempts: 2,
            at: self.now(),
        }
    }

    /// Publishes.
    pub async fn published(&self, notice: &Notice) -> Notice {
        self.store.notice_publish(&self.publication(notice), &self.ids).await.expect("a published notice")
    }

    /// Registers a receiver.
    pub async fn receiver(&self) -> Receiver {
        let receiver = Receiver {
            id: self.ids.next().into(),
            organisation: self.organisation,
            channel: Channel::Webhook,
            address: "https://example.org/hook".to_owned(),
            signature: SignatureScheme::Hmac,
            secret: vec![7; 32],
            language: Language::Russian,
            regions: None,
            created_at: self.now(),
            disabled_at: None,
        };
        self.store.receiver_create(&receiver, self.approver).await.expect("a receiver");
        receiver
    }
}
