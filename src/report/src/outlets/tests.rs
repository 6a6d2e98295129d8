use podlinnik_domain::notice::{CorrectionKind, NoticeState};
use proptest::prelude::*;
use unicode_segmentation::UnicodeSegmentation as _;

use super::*;
use crate::sample;

fn made(notice: &Notice, verdict: &Verdict, language: Language) -> Outlets {
    let mut context = sample::context(language);
    context.corrections = vec![sample::correction(CorrectionKind::Correction)];
    outlets(notice, verdict, &context).unwrap()
}

fn shown(outlets: &Outlets) -> String {
    let mut text = String::new();
    let parts = [
        ("site", outlets.site.as_str()),
        ("telegram", &outlets.telegram.text),
        ("telegram caption", &outlets.telegram_caption.text),
        ("vk", &outlets.vk.text),
        ("print", &outlets.print),
    ];
    for (name, part) in parts {
        text.push_str(&format!("=== {name}\n{}\n", part.replace('\u{a0}', "~")));
    }
    for script in &outlets.radio {
        let written = script.read_aloud.iter().map(|hint| format!("{} → {}", hint.written, hint.spoken));
        text.push_str(&format!(
            "=== radio, {} s: {} words, {} s\n{}\n[{}]\n({})\n",
            script.seconds,
            script.words,
            script.estimated_seconds,
            script.text.replace('\u{a0}', "~"),
            written.collect::<Vec<_>>().join("; "),
            script.note,
        ));
    }
    text
}

#[test]
fn golden_texts_in_russian_and_english() {
    let (notice, verdict) = sample::translated();
    insta::assert_snapshot!("outlets_ru", shown(&made(&notice, &verdict, Language::Russian)));
    insta::assert_snapshot!("outlets_en", shown(&made(&notice, &verdict, Language::English)));
}

#[test]
fn no_english_texts_without_english_words() {
    let (notice, verdict) = sample::notice();
    assert_eq!(outlets(&notice, &verdict, &sample::context(Language::English)), None);
}

#[test]
fn a_retracted_notice_yields_nothing_but_the_retraction() {
    let (mut notice, verdict) = sample::notice();
    notice.state = NoticeState::Retracted;
    let made = made(&notice, &verdict, Language::Russian);
    insta::assert_snapshot!("outlets_retracted", shown(&made));
    for text in [&made.site, &made.telegram.text, &made.vk.text, &made.print, &made.radio[0].text] {
        assert!(!text.contains("Никакой эвакуации") && !text.contains("подменено"), "{text}");
        assert!(text.contains("Уточнено время"), "{text}");
    }
}

#[test]
fn script_and_markup_stay_text() {
    let (notice, verdict) = sample::hostile();
    for language in [Language::Russian, Language::English] {
        let made = made(&notice, &verdict, language);
        for html in [&made.site, &made.telegram.text, &made.telegram_caption.text] {
            assert!(
                !html.contains("<script") && !html.contains("<img") && !html.contains('\u{202e}'),
                "{html}"
            );
        }
        let tags: Vec<_> = made.telegram.text.match_indices('<').collect();
        let ours = made.telegram.text.matches("<b>").count() + made.telegram.text.matches("</b>").count();
        assert_eq!(tags.len(), ours, "no tag but bold");
        assert!(!made.site.contains("href=\"javascript"), "{}", made.site);
        assert!(!made.vk.text.contains("[x]"), "no mention: {}", made.vk.text);
    }
}

/// Visible text of a Telegram message.
fn visible(html: &str) -> String {
    let bare = html.replace("<b>", "").replace("</b>", "");
    let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")];
    entities.iter().fold(bare, |text, (entity, letter)| text.replace(entity, letter))
}

#[test]
fn long_words_give_way_and_the_truth_stays() {
    let (mut notice, verdict) = sample::notice();
    let sentence = "Это длинное предложение о том, чего не было 🧑‍🚒. ";
    notice.text.body = sentence.repeat(300);
    notice.text.spread = Some(sentence.repeat(90));
    notice.text.truth = format!("Эвакуации нет. {}", sentence.repeat(300));
    let made = made(&notice, &verdict, Language::Russian);
    for (post, limit) in [(&made.telegram, TELEGRAM_MESSAGE), (&made.telegram_caption, TELEGRAM_CAPTION)] {
        assert!(
            post.shortened && post.length <= limit && post.length > limit / 2,
            "{} of {limit}",
            post.length
        );
        for piece in [
            "Эвакуации нет.",
            "неправда",
            "подменено лицо",
            "https://desk.example/notices/",
            "#Тамбовская_область",
        ] {
            assert!(visible(&post.text).replace('\u{a0}', " ").contains(piece), "{piece}: {}", post.text);
        }
    }
    assert!(made.vk.length <= VK_POST && made.vk.text.contains("неправда"));
    for script in &made.radio {
        assert!(script.estimated_seconds <= script.seconds + 1, "{} words", script.words);
        assert!(
            script.text.contains("Эвакуации нет.") && script.text.contains("подменено лицо"),
            "{}",
            script.text
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn nothing_is_too_long_and_no_character_is_split(
        title in "(\\PC|👨‍👩‍👧|слово |<b>&){1,40}",
        claim in "(\\PC|🏳️‍🌈|Слово. ){1,80}",
        body in "(слово |предложение кончается. |👨‍👩‍👧|<|&|שלום ){1,900}",
        truth in "(правда |предложение кончается! |🧑🏽‍🚒|>|\"){1,900}",
    ) {
        let (mut notice, verdict) = sample::notice();
        notice.text.title = title;
        notice.text.claim = Some(claim);
        notice.text.body = body.clone();
        notice.text.truth = truth.clone();
        let made = made(&notice, &verdict, Language::Russian);
        for post in [&made.telegram, &made.telegram_caption] {
            let text = visible(&post.text);
            prop_assert_eq!(text.encode_utf16().count(), post.length);
            prop_assert!(post.length <= post.limit, "{} > {}", post.length, post.limit);
            for whole in ["👨‍👩‍👧", "🧑🏽‍🚒"] {
                let head = whole.graphemes(true).next().unwrap();
                prop_assert_eq!(head, whole);
                let started = text.matches(whole.chars().next().unwrap()).count();
                let ended = text.matches(whole).count();
                // The generator writes such a character only as a whole, except where `\PC` happens to draw its first part.
                prop_assert!(started <= ended + 2);
            }
            prop_assert!(text.contains("неправда") && text.contains("Как на самом деле: "));
        }
        prop_assert_eq!(made.vk.text.chars().count(), made.vk.length);
        prop_assert!(made.vk.length <= VK_POST);
    }
}
