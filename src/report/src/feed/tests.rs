use super::*;
use crate::sample::notice;
use podlinnik_domain::notice::CorrectionKind;
use quick_xml::Reader;
use quick_xml::events::Event;

fn head() -> FeedHead {
    FeedHead {
        id: "https://desk.example/feeds/notices.atom".into(),
        title: "Опровержения & \"поправки\"".into(),
        self_link: "https://desk.example/feeds/notices.atom?region=RU-TAM&x=1".into(),
        page_link: Some("https://desk.example/".into()),
        author: "Федеральный центр".into(),
        updated: Timestamp::UNIX_EPOCH,
        language: Language::Russian,
    }
}

#[test]
fn feed_of_one_notice() {
    let (notice, verdict) = notice();
    let entry = FeedEntry::new(&notice, &verdict, "https://desk.example", Language::Russian);
    insta::assert_snapshot!(atom(&head(), &[entry]).unwrap());
}

#[test]
fn hostile_words_stay_text_and_the_feed_stays_well_formed() {
    let (mut notice, verdict) = notice();
    notice.text.title = "]]></title><script>\u{0}\u{8}\u{fffe}&amp;".into();
    notice.text.body = "<img src=x onerror=alert(1)>".into();
    let entry = FeedEntry::new(&notice, &verdict, "https://desk.example", Language::Russian);
    let xml = atom(&head(), &[entry]).unwrap();
    assert!(!xml.contains("<script") && !xml.contains("<img") && !xml.contains('\u{0}'));
    assert!(xml.contains("&amp;#60;img"), "markup of the text is escaped twice: once as HTML, once as XML");
    let mut reader = Reader::from_str(&xml);
    let mut depth = 0;
    loop {
        match reader.read_event().unwrap() {
            Event::Start(_) => depth += 1,
            Event::End(_) => depth -= 1,
            Event::Eof => break,
            _ => {}
        }
    }
    assert_eq!(depth, 0);
}

#[test]
fn an_empty_feed_still_has_a_time() {
    assert!(atom(&head(), &[]).unwrap().contains("<updated>1970-01-01T00:00:00Z</updated>"));
}

#[test]
fn corrections_are_entries_of_their_own() {
    let (notice, _) = notice();
    let entry = |kind| {
        let correction = crate::sample::correction(kind);
        FeedEntry::of_correction(&correction, &notice, "https://desk.example", Language::Russian)
    };
    let entries: Vec<_> = CorrectionKind::ALL.iter().filter_map(|kind| entry(*kind)).collect();
    assert_eq!(entries.len(), CorrectionKind::ALL.len());
    insta::assert_snapshot!("feed_of_corrections", atom(&head(), &entries[..1]).unwrap());
    insta::assert_json_snapshot!("json_feed_of_corrections", json(&head(), &entries));
    let mut open = crate::sample::correction(CorrectionKind::Correction);
    open.settled = None;
    assert_eq!(FeedEntry::of_correction(&open, &notice, "https://desk.example", Language::Russian), None);
}

#[test]
fn json_feed_of_one_notice() {
    let (notice, verdict) = notice();
    let entry = FeedEntry::new(&notice, &verdict, "https://desk.example", Language::Russian);
    insta::assert_json_snapshot!("json_feed", json(&head(), &[entry]));
}
