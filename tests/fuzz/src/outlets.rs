//! Words of a notice on their way to other places: pages, posts, papers, exchange formats. Editors paste from anywhere.
//!
//! Holds: lengths are what the places take; no text becomes markup; JSON-LD cannot end its own element; what is cut was there, and whole.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Attested, ClaimRating, Notice, NoticeState, NoticeText, Source};
use podlinnik_domain::region::Regions;
use podlinnik_domain::verdict::{Proposal, Verdict, VerdictKind, VerdictState};
use podlinnik_report::exchange::{claim_review, misp, stix};
use podlinnik_report::outlets::{Measured, shorten};
use podlinnik_report::{NoticeContext, card, difference, notice, outlets, pdf};
use uuid::Uuid;

use crate::take::Take;

/// Pieces of at most so many bytes: editors' fields are bounded, too.
const LONGEST: usize = 2000;
/// Characters of a headline and of a claim (see `NoticeText`): posts rely on it.
const TITLE_CHARS: usize = 200;
const CLAIM_CHARS: usize = 500;

pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    let what = take.byte();
    let mut text = || {
        let piece = take.piece();
        String::from_utf8_lossy(piece.get(..LONGEST).unwrap_or(piece)).into_owned()
    };
    let title = text();
    cut(&title, usize::from(what));
    let most = |text: String, chars: usize| text.chars().take(chars).collect::<String>();
    let words = NoticeText {
        title: most(title, TITLE_CHARS),
        claim: Some(most(text(), CLAIM_CHARS)),
        rating: Some(ClaimRating::False),
        body: text(),
        truth: text(),
        spread: Some(text()),
        sources: vec![Source { title: text(), url: Some(text()) }],
        attested: Attested { no_clean_reshare: true, privacy: true },
        title_en: Some(most(text(), TITLE_CHARS)),
        body_en: Some(text()),
        truth_en: Some(text()),
        claim_en: Some(most(text(), CLAIM_CHARS)),
        ..NoticeText::default()
    };
    let (notice, verdict) = published(words);
    let language = if what.is_multiple_of(2) { Language::Russian } else { Language::English };
    let context = NoticeContext {
        organisation: "Центр".into(),
        public_url: "https://desk.example".into(),
        language,
        feed_link: None,
        corrections: Vec::new(),
        region: Regions::standard().get("RU-TAM").cloned(),
        successor_link: None,
        bundle_link: None,
        media: None,
    };
    if let Some(made) = outlets(&notice, &verdict, &context) {
        for Measured { text, length, limit, .. } in [&made.telegram, &made.telegram_caption, &made.vk] {
            assert!(length <= limit, "{length} of {limit}: {text}");
        }
        no_markup(&made.site);
        no_markup(&made.telegram.text);
        no_markup(&made.telegram_caption.text);
    }
    no_markup(&notice::page(&notice, &verdict, &context).expect("a page of any notice"));
    let document = claim_review::document(&notice, &verdict, &context);
    let inside = claim_review::for_page(&document);
    assert!(!inside.contains("</") && !inside.contains("<!--"), "{inside}");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&inside).ok(), Some(document));
    let _ = (misp::event(&notice, &verdict, &context), stix::bundle(&notice, &verdict, &context));
    let _ = card::description(&notice, &verdict, language);
    assert!(difference(&notice.text, &notice.text).is_empty(), "a text differs from itself");
    if what.is_multiple_of(8) {
        let contents = pdf::Contents {
            verdict: &verdict,
            media: None,
            notice: Some((&notice, &context)),
            desk: false,
            report: None,
            language,
        };
        assert!(pdf::document(&contents).expect("a paper of any notice").starts_with(b"%PDF-"));
    }
}

/// What no template of ours writes.
fn no_markup(page: &str) {
    assert!(!page.contains("<x1"), "text became markup: {page}");
    assert!(!page.contains("href=\"javascript"), "{page}");
}

fn cut(text: &str, most: usize) {
    let measure = |text: &str| text.encode_utf16().count();
    let short = shorten(text, most, measure);
    assert!(measure(&short) <= most, "{short:?} is longer than {most}");
    let kept = short.strip_suffix('…').unwrap_or(&short);
    assert!(text.contains(kept), "{kept:?} was not in {text:?}");
    if measure(text.trim()) <= most {
        assert_eq!(short, text.trim());
    }
}

fn published(text: NoticeText) -> (Notice, Verdict) {
    let id = |number: u128| Uuid::from_u128(number);
    let at = Timestamp::from_second(1_795_000_000).expect("a moment");
    let verdict = Verdict {
        id: id(1).into(),
        case: id(2).into(),
        revision: 1,
        proposal: Proposal {
            kind: VerdictKind::ManipulatedFace,
            basis: Vec::new(),
            rationale: "internal".into(),
            would_resolve: None,
        },
        state: VerdictState::Approved,
        author: id(3).into(),
        second_analyst: None,
        second_kind: None,
        approver: None,
        analysis: id(6).into(),
        evidence_sha256: Sha256::of(b"evidence"),
        proposed_at: at,
        approved_at: Some(at),
        release: None,
    };
    let notice = Notice {
        id: id(7).into(),
        case: verdict.case,
        verdict: verdict.id,
        verdict_revision: 1,
        organisation: id(8).into(),
        region: Some("RU-TAM".into()),
        version: 1,
        text,
        state: NoticeState::Published,
        author: id(9).into(),
        approver: None,
        created_at: at,
        updated_at: at,
        published_at: Some(at),
    };
    (notice, verdict)
}
