use podlinnik_domain::notice::CorrectionKind;

use super::*;
use crate::sample;

fn shown(notice: &Notice, verdict: &Verdict, language: Language) -> String {
    page(notice, verdict, &sample::context(language)).unwrap()
}

#[test]
fn tells_what_is_claimed_what_is_true_and_who_decided() {
    let (notice, verdict) = sample::notice();
    let page = shown(&notice, &verdict, Language::Russian);
    for piece in [
        notice.text.title.as_str(),
        "Оценка утверждения редакцией:",
        "неправда",
        "Никакой эвакуации нет.",
        "Первая публикация замечена",
        "https://www.region.example/news/17?from=main&#38;x=1",
        "region.example",
        "подменено лицо",
        "найден оригинал",
        "Тамбовская область",
    ] {
        assert!(page.contains(piece), "{piece}");
    }
    assert!(!page.contains("internal remark"), "an analyst's remark stays in the case file");
    let (_, main) = page.split_once("<main").unwrap();
    let (rating, verdict) = (main.find("неправда").unwrap(), main.find("подменено лицо").unwrap());
    let apart = main.get(rating..verdict).unwrap();
    assert!(apart.contains("</section>"), "the rating of the claim and the verdict on the media stand apart");
}

#[test]
fn english_page_says_what_nobody_translated() {
    let (notice, verdict) = sample::notice();
    let page = shown(&notice, &verdict, Language::English);
    assert!(page.contains("has not been translated") && page.contains("<h1 lang=\"ru\">"));
    let (notice, verdict) = sample::translated();
    let page = shown(&notice, &verdict, Language::English);
    assert!(page.contains("<h1 lang=\"en\">The governor did not announce"), "{page}");
    assert!(!page.contains("has not been translated") && !page.contains("Никакой эвакуации"));
}

#[test]
fn a_retracted_notice_says_so_first_and_markup_stays_text() {
    let (mut notice, verdict) = sample::notice();
    notice.state = NoticeState::Retracted;
    notice.text.body = "<script>alert(1)</script>".into();
    let mut context = sample::context(Language::Russian);
    context.corrections = vec![sample::correction(CorrectionKind::Retraction)];
    let page = page(&notice, &verdict, &context).unwrap();
    assert!(page.contains("<title>ОТОЗВАНО: "), "also in the tab and in search results");
    let (state, headline, claim) =
        (page.find("state gone").unwrap(), page.find("<h1").unwrap(), page.find("class=\"claim\"").unwrap());
    assert!(headline < state && state < claim, "before everything that no longer holds");
    assert!(page.contains("Уточнено время первой публикации"), "and why");
    assert!(!page.contains("<script>") && page.contains("&#60;script"));
}

#[test]
fn script_in_any_field_stays_text_also_in_the_data() {
    let (notice, verdict) = sample::hostile();
    let mut context = sample::context(Language::English);
    context.organisation = sample::SCRIPT.into();
    context.corrections = vec![sample::correction(CorrectionKind::Correction)];
    for language in [Language::Russian, Language::English] {
        context.language = language;
        let page = page(&notice, &verdict, &context).unwrap();
        assert_eq!(page.matches("<script").count(), 1, "the data");
        assert_eq!(page.matches("</script").count(), 1, "which cannot be left");
        assert!(!page.contains("<img") && !page.contains("javascript:alert(1)\""), "{page}");
    }
}

#[test]
fn changes_are_told_newest_first_with_their_versions() {
    let (notice, verdict) = sample::notice();
    let mut context = sample::context(Language::English);
    let first = sample::correction(CorrectionKind::Upheld);
    let mut second = sample::correction(CorrectionKind::Clarification);
    second.id = uuid::Uuid::from_u128(21).into();
    if let Some(settled) = &mut second.settled {
        settled.settled_at = "2027-01-01T00:00:00Z".parse().unwrap();
    }
    let mut open = sample::correction(CorrectionKind::Correction);
    open.settled = None;
    let mut foreign = sample::correction(CorrectionKind::Retraction);
    foreign.notice = uuid::Uuid::from_u128(99).into();
    context.corrections = vec![first, second, open, foreign];
    let page = page(&notice, &verdict, &context).unwrap();
    let (newer, older) = (page.find(">clarified<").unwrap(), page.find(">upheld<").unwrap());
    assert!(newer < older && page.contains("version 2 → 3"));
    assert!(!page.contains(">retracted<") && !page.contains("internal reason"));
}

#[test]
fn hosts_of_addresses() {
    for (url, expected) in [
        ("https://www.tass.example/a", "tass.example"),
        ("http://user@b.example:80?x", "b.example:80"),
        ("javascript:alert(1)", ""),
        ("ftp://x", ""),
    ] {
        assert_eq!(host(url), expected, "{url}");
    }
}
