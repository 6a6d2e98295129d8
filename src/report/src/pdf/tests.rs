use podlinnik_domain::notice::CorrectionKind;

use super::*;
use crate::sample::{context, correction, golden, hostile, notice, translated};

fn count(bytes: &[u8], needle: &str) -> usize {
    bytes.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()
}

fn made(language: Language, desk: bool) -> Vec<u8> {
    let ((notice, verdict), report) = (translated(), golden());
    let mut context = context(language);
    context.corrections = vec![correction(CorrectionKind::Correction)];
    let contents = Contents {
        verdict: &verdict,
        media: Some(Sha256::of(b"media")),
        notice: Some((&notice, &context)),
        desk,
        report: Some(&report),
        language,
    };
    document(&contents).unwrap()
}

#[test]
fn a_document_is_a_pdf_with_its_fonts_and_language_and_equal_bytes() {
    let bytes = made(Language::Russian, true);
    assert!(bytes.starts_with(b"%PDF-1.7") && bytes.trim_ascii_end().ends_with(b"%%EOF"));
    assert_eq!((count(&bytes, "/FontFile2"), count(&bytes, "/ToUnicode")), (2, 2));
    assert_eq!(count(&bytes, "(ru)"), 1);
    assert_eq!(bytes, made(Language::Russian, true));
    assert!(count(&made(Language::English, true), "(en)") == 1);
}

#[test]
fn the_public_gets_no_reasoning_and_no_findings() {
    let (desk, open) = (made(Language::Russian, true), made(Language::Russian, false));
    assert!(desk.len() > open.len() + 4000, "{} and {} bytes", desk.len(), open.len());
}

#[test]
fn long_words_and_strange_scripts_neither_fail_nor_leave_the_page() {
    let (mut notice, verdict) = hostile();
    notice.text.title = "Щ".repeat(400);
    notice.text.body = format!("שלום 🦊 {} \u{202e}abc", "слово ".repeat(5000));
    let context = context(Language::Russian);
    let contents = Contents {
        verdict: &verdict,
        media: None,
        notice: Some((&notice, &context)),
        desk: false,
        report: None,
        language: Language::Russian,
    };
    let bytes = document(&contents).unwrap();
    assert!(count(&bytes, "/Type /Page\n") > 8);
    let mut paper = Paper::new().unwrap();
    paper.text(&notice.text.title, Style::TITLE, 0.0);
    let pages = paper.finish(|_, _| (String::new(), String::new()));
    assert_eq!(pages.len(), 1);
}

#[test]
fn a_verdict_without_notice_has_a_document_too() {
    let (_, verdict) = notice();
    let contents = Contents {
        verdict: &verdict,
        media: None,
        notice: None,
        desk: true,
        report: None,
        language: Language::English,
    };
    assert!(document(&contents).unwrap().starts_with(b"%PDF"));
}

#[test]
fn the_situation_is_printed_with_names() {
    use podlinnik_domain::situation::{Group, Situation};
    let at = |day: i64| jiff::Timestamp::from_second(day * 86_400).unwrap();
    let group = Group {
        organisation: uuid::Uuid::nil().into(),
        region: Some("RU-TAM".into()),
        topic: None,
        day: 1,
        verdict: None,
        late: true,
        count: 7,
    };
    for language in [Language::Russian, Language::English] {
        let situation = Situation::new(at(0), at(40), std::slice::from_ref(&group), Vec::new());
        let bytes = super::situation(&situation, language).unwrap();
        assert!(bytes.starts_with(b"%PDF-"));
        assert_eq!(bytes, super::situation(&situation, language).unwrap(), "equal contents make equal bytes");
        let empty = Situation::new(at(0), at(1), &[], Vec::new());
        assert!(super::situation(&empty, language).unwrap().len() < bytes.len());
    }
}
