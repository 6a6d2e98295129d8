//! Reports for tests: the golden file, and what follows from it.

use jiff::Timestamp;
use podlinnik_domain::analysis::Report;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::notice::{Notice, NoticeState, NoticeText};
use podlinnik_domain::verdict::{Evidence, EvidenceKind, Proposal, Verdict, VerdictKind, VerdictState};

/// The golden file of the published schema.
pub(crate) const GOLDEN: &str = include_str!("../../../fixtures/reports/podlinnik-report-1.json");

/// The golden report: a clip with two faces, a finding, an abstention and every other state.
pub(crate) fn golden() -> Report {
    crate::json::from_json(serde_json::from_str(GOLDEN).unwrap()).unwrap()
}

/// A published notice and the verdict that it rests on.
pub(crate) fn notice() -> (Notice, Verdict) {
    let id = |number: u128| uuid::Uuid::from_u128(number);
    let at = |minute: i64| Timestamp::from_second(1_795_000_000 + minute * 60).unwrap();
    let piece = |kind| Evidence {
        kind,
        statement: "internal remark".into(),
        link: Some("https://intranet.example/17".into()),
        sha256: None,
    };
    let verdict = Verdict {
        id: id(1).into(),
        case: id(2).into(),
        revision: 1,
        proposal: Proposal {
            kind: VerdictKind::ManipulatedFace,
            basis: vec![piece(EvidenceKind::LocatedOriginal), piece(EvidenceKind::LearnedModel)],
            rationale: "internal remark".into(),
            would_resolve: None,
        },
        state: VerdictState::Approved,
        author: id(3).into(),
        second_analyst: Some(id(4).into()),
        second_kind: Some(VerdictKind::ManipulatedFace),
        approver: Some(id(5).into()),
        analysis: id(6).into(),
        evidence_sha256: Sha256::of(b"evidence"),
        proposed_at: at(0),
        approved_at: Some(at(30)),
    };
    let notice = Notice {
        id: id(7).into(),
        case: verdict.case,
        verdict: verdict.id,
        verdict_revision: 1,
        organisation: id(8).into(),
        region: Some("RU-TAM".into()),
        version: 2,
        text: NoticeText {
            title: "Губернатор не объявлял эвакуацию".into(),
            body: "В мессенджерах расходится ролик, в котором губернатор будто бы объявляет эвакуацию.\n\nРолик сделан из записи 2024 года."
                .into(),
            truth: "Никакой эвакуации нет. Источник: правительство области.".into(),
            title_en: None,
            body_en: None,
        },
        state: NoticeState::Published,
        author: id(9).into(),
        approver: Some(id(10).into()),
        created_at: at(35),
        updated_at: at(50),
        published_at: Some(at(50)),
    };
    (notice, verdict)
}
