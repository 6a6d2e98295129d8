//! What is known of a case, as a beginning of the words. Suggestions only: an editor reads and changes them, and rates the claim alone.

use podlinnik_domain::case::{Case, Triage};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{NoticeText, Source};
use podlinnik_domain::verdict::{Evidence, EvidenceKind, Verdict, VerdictKind};

use crate::ui::wording::{count, moment};
use crate::ui::zone::{Reading, Zone};

/// Networks as readers know them.
const NETWORKS: [(&str, &str); 9] = [
    ("telegram", "в Telegram"),
    ("vk", "во «ВКонтакте»"),
    ("ok", "в «Одноклассниках»"),
    ("max", "в MAX"),
    ("whatsapp", "в WhatsApp"),
    ("viber", "в Viber"),
    ("rutube", "на Rutube"),
    ("youtube", "на YouTube"),
    ("tiktok", "в TikTok"),
];

/// A beginning for the words of a notice on `verdict`.
pub(super) fn suggestion(case: &Case, verdict: &Verdict, now: Timestamp, zone: Zone) -> NoticeText {
    NoticeText {
        title: title(&case.triage, verdict.proposal.kind),
        spread: spread(&case.triage, now, zone),
        sources: sources(&verdict.proposal.basis),
        ..NoticeText::default()
    }
}

fn title(triage: &Triage, kind: VerdictKind) -> String {
    let what = match kind {
        VerdictKind::ManipulatedFace => "Фейк: лицо в записи подменено",
        VerdictKind::ManipulatedLipsync => "Фейк: движения губ подменены, этих слов не было",
        VerdictKind::SyntheticVoice => "Фейк: голос в записи синтезирован",
        VerdictKind::FullySynthetic => "Фейк: запись целиком создана программой",
        VerdictKind::EditedMisleading => "Фейк: запись смонтирована с искажением смысла",
        VerdictKind::OutOfContext => "Запись подлинная, но снята в другое время или в другом месте",
        VerdictKind::Staged => "Постановка: сцена в записи разыграна",
        VerdictKind::Satire => "Это сатира, а не новость",
        VerdictKind::NoManipulationFound => "Следов обработки в записи не найдено",
        VerdictKind::AuthenticConfirmed => "Подтверждаем: запись подлинная",
        VerdictKind::Inconclusive => "Установить подлинность записи не удалось",
        VerdictKind::NotAssessable => "Проверить запись невозможно",
    };
    let topic = triage.topic.map(|topic| topic.text().ru.to_owned());
    let around: Vec<String> = triage.place.iter().cloned().chain(topic).collect();
    let full = if around.is_empty() { what.to_owned() } else { format!("{what} ({})", around.join(", ")) };
    full.chars().take(NoticeText::TITLE).collect()
}

/// `Распространяется во «ВКонтакте» с 27 ноября 2026, 14:05 МСК. К 28 ноября 2026, 12:00 МСК — не меньше 41 000 просмотров.`
fn spread(triage: &Triage, now: Timestamp, zone: Zone) -> Option<String> {
    let reading = Reading { language: Language::Russian, zone };
    let network = triage.network.as_deref().map(|name| {
        let known = NETWORKS.iter().find(|(code, _)| name.eq_ignore_ascii_case(code));
        known.map_or_else(|| format!("в {name}"), |(_, place)| (*place).to_owned())
    });
    let since = triage.spread_since.map(|at| format!("с {}", moment(at, reading)));
    let views = triage.views.filter(|views| *views > 0).map(|views| {
        let forms = ["просмотра", "просмотров", "просмотров"];
        let number = count(views, forms, ["view", "views"], Language::Russian);
        format!("К {} — не меньше {number}.", moment(now, reading))
    });
    let place: Vec<String> = network.into_iter().chain(since).collect();
    let first = (!place.is_empty()).then(|| format!("Распространяется {}.", place.join(" ")));
    let sentences: Vec<String> = first.into_iter().chain(views).collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// Links of the verdict's basis, each once. What analysts wrote about them stays in the case: the kind of evidence is the name.
fn sources(basis: &[Evidence]) -> Vec<Source> {
    let mut sources: Vec<Source> = Vec::new();
    for piece in basis.iter().filter(|piece| can_be_shown(piece.kind)) {
        let Some(link) = piece.link.as_deref().filter(|link| link.starts_with("http")) else { continue };
        if sources.len() < NoticeText::SOURCES && !sources.iter().any(|one| one.url.as_deref() == Some(link))
        {
            let name = piece.kind.text().ru;
            let mut letters = name.chars();
            let title = letters
                .next()
                .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect());
            sources.push(Source { title, url: Some(link.to_owned()) });
        }
    }
    sources
}

/// Findings of the machine and the fake's own copies are nothing that readers are sent to.
const fn can_be_shown(kind: EvidenceKind) -> bool {
    !matches!(kind, EvidenceKind::LearnedModel | EvidenceKind::ForensicMethod | EvidenceKind::KnownCopy)
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::case::Topic;

    use super::*;

    #[test]
    fn what_sorting_noted_becomes_sentences() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let triage = Triage {
            topic: Some(Topic::Emergency),
            place: Some("Тамбов".into()),
            network: Some("VK".into()),
            views: Some(41_000),
            risk: None,
            spread_since: Some(at("2026-11-27T11:05:00Z")),
        };
        let now = at("2026-11-28T09:00:00Z");
        assert_eq!(
            spread(&triage, now, Zone::Moscow).unwrap(),
            "Распространяется во «ВКонтакте» с 27 ноября 2026, 14:05 МСК. К 28 ноября 2026, 12:00 МСК — не меньше 41\u{202f}000 просмотров."
        );
        assert_eq!(
            title(&triage, VerdictKind::SyntheticVoice),
            "Фейк: голос в записи синтезирован (Тамбов, чрезвычайная ситуация)"
        );
        assert_eq!(spread(&Triage::default(), now, Zone::Moscow), None);
    }

    #[test]
    fn sources_are_links_that_readers_may_follow() {
        let piece = |kind, link: Option<&str>| Evidence {
            kind,
            statement: "для дела".into(),
            link: link.map(str::to_owned),
            sha256: None,
        };
        let found = sources(&[
            piece(EvidenceKind::LearnedModel, Some("https://a.example/")),
            piece(EvidenceKind::AgencyConfirmation, Some("https://b.example/")),
            piece(EvidenceKind::LocatedOriginal, Some("https://b.example/")),
            piece(EvidenceKind::Circumstances, None),
            piece(EvidenceKind::Eyewitness, Some("javascript:alert(1)")),
        ]);
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].title, "Ответ ведомства или того, кого это касается");
    }
}
