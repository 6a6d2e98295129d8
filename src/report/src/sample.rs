//! Reports for tests: the golden file, and what follows from it.

use jiff::Timestamp;
use podlinnik_domain::analysis::Report;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::notice::{
    Attested, ClaimRating, Correction, CorrectionKind, Notice, NoticeState, NoticeText, Settlement, Source,
};
use podlinnik_domain::region::Regions;
use podlinnik_domain::verdict::{Evidence, EvidenceKind, Proposal, Verdict, VerdictKind, VerdictState};

use crate::exchange::MediaFacts;
use crate::notice::NoticeContext;

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
        release: None,
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
            claim: Some("Губернатор Тамбовской области объявил эвакуацию в связи с аварией на ТЭЦ.".into()),
            rating: Some(ClaimRating::False),
            body: "В мессенджерах расходится ролик, в котором губернатор будто бы объявляет эвакуацию.\n\nРолик сделан из записи 2024 года: движения губ подменены, голос наложен."
                .into(),
            spread: Some("Первая публикация замечена 18 ноября в 9:40 в двух чатах; к полудню ролик видели около 12 000 раз.".into()),
            truth: "Никакой эвакуации нет. ТЭЦ работает в обычном режиме, сирены не включались. Это подтвердили правительство области и МЧС.".into(),
            sources: vec![
                Source {
                    title: "Правительство Тамбовской области - \"Эвакуация не объявлялась\"".into(),
                    url: Some("https://www.region.example/news/17?from=main&x=1".into()),
                },
                Source { title: "Главное управление МЧС, ответ на запрос".into(), url: None },
            ],
            attested: Attested { no_clean_reshare: true, privacy: true },
            ..NoticeText::default()
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

/// What the page of [`notice`] needs beside it.
pub(crate) fn context(language: Language) -> NoticeContext {
    NoticeContext {
        organisation: match language {
            Language::Russian => "Федеральный центр".into(),
            Language::English => "Federal centre".into(),
        },
        public_url: "https://desk.example".into(),
        language,
        feed_link: Some("https://desk.example/feeds/notices.atom".into()),
        corrections: Vec::new(),
        region: Regions::standard().get("RU-TAM").cloned(),
        successor_link: None,
        bundle_link: None,
        media: Some(MediaFacts { sha256: Sha256::of(b"clip"), kind: Some(MediaKind::Video) }),
    }
}

/// The notice with English words.
pub(crate) fn translated() -> (Notice, Verdict) {
    let (mut notice, verdict) = notice();
    notice.text.title_en = Some("The governor did not announce an evacuation".into());
    notice.text.claim_en =
        Some("The governor announced an evacuation after an accident at the power station.".into());
    notice.text.body_en =
        Some("A clip shows the governor announcing an evacuation. It was made from footage of 2024.".into());
    notice.text.spread_en = Some("First seen on 18 November at 9:40 in two chats.".into());
    notice.text.truth_en = Some("There is no evacuation. The power station works as usual.".into());
    (notice, verdict)
}

/// A settled correction of [`notice`].
pub(crate) fn correction(kind: CorrectionKind) -> Correction {
    let id = |number: u128| uuid::Uuid::from_u128(number);
    let at = |minute: i64| Timestamp::from_second(1_795_000_000 + minute * 60).unwrap();
    Correction {
        id: id(20).into(),
        notice: id(7).into(),
        version_before: 2,
        reason: "internal reason".into(),
        opened_by: None,
        opened_at: at(100),
        draft: None,
        draft_version: 1,
        drafted_by: None,
        settled: Some(Settlement {
            kind,
            statement: "Уточнено время первой публикации: 9:40, а не 10:40.".into(),
            statement_en: Some("The time of the first post is 9:40, not 10:40.".into()),
            version_after: if kind.changes_text() { 3 } else { 2 },
            settled_by: id(11).into(),
            settled_at: at(160),
        }),
    }
}

/// What somebody might try.
pub(crate) const SCRIPT: &str =
    "</script><script>alert(1)</script><img src=x onerror=alert(1)>\u{202e}\u{2028}*_[x](y)`]]>&amp;\"'";

/// The notice with script in every field that takes words.
pub(crate) fn hostile() -> (Notice, Verdict) {
    let (mut notice, verdict) = translated();
    let text = &mut notice.text;
    let fields = [&mut text.title, &mut text.body, &mut text.truth];
    fields.into_iter().for_each(|field| *field = SCRIPT.to_owned());
    let optional = [
        &mut text.claim,
        &mut text.spread,
        &mut text.title_en,
        &mut text.claim_en,
        &mut text.body_en,
        &mut text.spread_en,
        &mut text.truth_en,
    ];
    optional.into_iter().for_each(|field| *field = Some(SCRIPT.to_owned()));
    text.sources = vec![
        Source { title: SCRIPT.to_owned(), url: Some("javascript:alert(1)".into()) },
        Source {
            title: SCRIPT.to_owned(),
            url: Some("https://a.example/\"><script>alert(1)</script>".into()),
        },
    ];
    (notice, verdict)
}
