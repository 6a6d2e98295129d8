//! What the report's template shows: sentences that are ready to print.

use podlinnik_domain::analysis::{Combined, CombinedState, Report};
use podlinnik_domain::finding::{Finding, FindingState};
use podlinnik_domain::language::Language;
use podlinnik_domain::likelihood::{Log10LikelihoodRatio, Word};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::reason::Reason;

use crate::figures::{bit_rate, bytes, decimal, duration, per_thousand, times};
use crate::wording::{media_kind, method_name, method_subject, pick};

/// A sentence with its first letter in upper case.
pub fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The page's headline: what the machine found, in words.
pub fn headline(combined: &Combined, language: Language) -> String {
    match (combined.state, combined.word) {
        (CombinedState::Finding, Some(word)) => match language {
            Language::Russian => format!("Машинный анализ {}", word.text().ru),
            Language::English => format!("Machine analysis: {}", word.text().en),
        },
        (CombinedState::Finding | CombinedState::Abstained, _) => {
            pick(language, "Машина воздержалась от вывода", "The machine abstains").to_owned()
        }
        (CombinedState::NotApplicable, _) => {
            pick(language, "К этому материалу методы неприменимы", "The methods do not apply to this media")
                .to_owned()
        }
        (CombinedState::Failed, _) => {
            pick(language, "Машинный анализ не удался", "The machine analysis failed").to_owned()
        }
    }
}

/// The verbal scale as 13 steps, from the strongest support against manipulation to the strongest for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scale {
    pub steps: Vec<Step>,
    /// The same for those who do not see it.
    pub description: String,
}

/// How one step of the scale is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub here: bool,
    /// Between the middle and the answer.
    pub filled: bool,
    /// Further than the validation data allow to go.
    pub beyond: bool,
}

/// −6 … +6 on the verbal scale.
fn position(word: Word) -> i8 {
    match word {
        Word::NoSupport => 0,
        Word::WeakManipulated => 1,
        Word::ModerateManipulated => 2,
        Word::ModeratelyStrongManipulated => 3,
        Word::StrongManipulated => 4,
        Word::VeryStrongManipulated => 5,
        Word::ExtremelyStrongManipulated => 6,
        Word::WeakUnmanipulated => -1,
        Word::ModerateUnmanipulated => -2,
        Word::ModeratelyStrongUnmanipulated => -3,
        Word::StrongUnmanipulated => -4,
        Word::VeryStrongUnmanipulated => -5,
        Word::ExtremelyStrongUnmanipulated => -6,
    }
}

/// The strongest word that a ceiling allows in the direction of `ratio`.
fn ceiling_word(ratio: Log10LikelihoodRatio, ceiling: Log10LikelihoodRatio) -> Word {
    let signed = if ratio.value() < 0.0 { -ceiling.value().abs() } else { ceiling.value().abs() };
    Log10LikelihoodRatio::new(signed).unwrap_or(Log10LikelihoodRatio::NEUTRAL).word()
}

/// What a measured likelihood ratio says, with its limits.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub word: String,
    pub meaning: String,
    pub ceiling: Option<String>,
    pub scale: Scale,
}

impl Measured {
    pub fn new(
        ratio: Log10LikelihoodRatio,
        word: Word,
        ceiling: Option<Log10LikelihoodRatio>,
        language: Language,
    ) -> Self {
        let more = times(ratio.value(), language);
        let meaning = match (language, position(word)) {
            (Language::Russian, 0) => {
                "Такие измерения примерно одинаково вероятны и с обработкой, и без неё.".to_owned()
            }
            (Language::English, 0) => {
                "What was measured is about as probable with manipulation as without it.".to_owned()
            }
            (Language::Russian, 1..) => {
                format!("Такие измерения примерно в {more} вероятнее при обработке, чем без неё.")
            }
            (Language::Russian, _) => {
                format!("Такие измерения примерно в {more} вероятнее без обработки, чем при ней.")
            }
            (Language::English, 1..) => {
                format!("What was measured is about {more} more probable with manipulation than without it.")
            }
            (Language::English, _) => {
                format!("What was measured is about {more} more probable without manipulation than with it.")
            }
        };
        Self {
            word: capitalised(word.text().in_language(language)),
            meaning,
            ceiling: ceiling.map(|ceiling| ceiling_sentence(ratio, ceiling, language)),
            scale: Scale::new(word, ceiling.map(|ceiling| ceiling_word(ratio, ceiling)), language),
        }
    }
}

fn ceiling_sentence(
    ratio: Log10LikelihoodRatio,
    ceiling: Log10LikelihoodRatio,
    language: Language,
) -> String {
    let most_word = ceiling_word(ratio, ceiling);
    if most_word == Word::NoSupport {
        return match (language, ratio.value() < 0.0) {
            (Language::Russian, true) => {
                "То, что следов не найдено, не доказывает подлинности: в эту сторону проверочных материалов не хватает ни на какой вывод."
            }
            (Language::English, true) => {
                "That nothing was found is no evidence of authenticity: validation media allow no word in that direction."
            }
            (Language::Russian, false) => "Проверочных материалов такого качества не хватает ни на какой вывод.",
            (Language::English, false) => "Validation media of this quality allow no word at all.",
        }
        .to_owned();
    }
    let words = most_word.text().in_language(language);
    let most = times(ceiling.value(), language);
    let reached = ratio.value().abs() + 1e-6 >= ceiling.value().abs();
    match (language, reached) {
        (Language::Russian, true) => format!(
            "Ответ стоит на пределе: проверочных материалов такого качества хватает самое большее на вывод «{words}» (в {most})."
        ),
        (Language::Russian, false) => format!(
            "Проверочных материалов такого качества хватает самое большее на вывод «{words}» (в {most})."
        ),
        (Language::English, true) => format!(
            "The answer stands at its ceiling: validation media of this quality allow at most “{words}” ({most})."
        ),
        (Language::English, false) => {
            format!("Validation media of this quality allow at most “{words}” ({most}).")
        }
    }
}

impl Scale {
    fn new(word: Word, most: Option<Word>, language: Language) -> Self {
        let here = position(word);
        let most = most.map(position);
        let steps = (-6_i8..=6)
            .map(|step| Step {
                here: step == here,
                filled: step != here
                    && (step.signum() == here.signum() || step == 0)
                    && step.abs() < here.abs(),
                beyond: most.is_some_and(|most| {
                    (if most == 0 { step.signum() == here.signum() } else { step.signum() == most.signum() })
                        && step.abs() > most.abs()
                }),
            })
            .collect();
        let description = match language {
            Language::Russian => format!(
                "Шкала от «чрезвычайно сильно против обработки» до «чрезвычайно сильно в пользу обработки»; отмечено: {}",
                word.text().ru
            ),
            Language::English => format!(
                "Scale from extremely strong support for no manipulation to extremely strong support for manipulation; marked: {}",
                word.text().en
            ),
        };
        Self { steps, description }
    }
}

/// Why there is no answer, and what would help.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub why: &'static str,
    pub remedy: &'static str,
}

impl Silence {
    pub fn new(reason: Reason, language: Language) -> Self {
        Self { why: reason.text().in_language(language), remedy: reason.remedy().in_language(language) }
    }
}

/// One method's card.
#[derive(Debug, Clone, PartialEq)]
pub struct MethodView {
    pub name: String,
    pub subject: Option<&'static str>,
    /// The state in a word or two; for a finding, its word.
    pub state: String,
    /// For colouring: `finding`, `abstained`, `not_applicable`, `failed`, `pending`.
    pub state_code: &'static str,
    pub measured: Option<Measured>,
    pub false_positives: Option<String>,
    pub silence: Option<Silence>,
    pub error: Option<&'static str>,
}

impl MethodView {
    pub fn new(finding: &Finding, language: Language) -> Self {
        let measured = match (finding.state, finding.llr10, finding.word) {
            (FindingState::Finding, Some(ratio), Some(word)) => {
                Some(Measured::new(ratio, word, finding.llr10_ceiling, language))
            }
            _ => None,
        };
        let track = finding.locations.iter().find_map(|location| location.track);
        let name = capitalised(&method_name(&finding.method, language));
        Self {
            name: match (track, language) {
                (Some(track), Language::Russian) => format!("{name}, лицо {}", u64::from(track) + 1),
                (Some(track), Language::English) => format!("{name}, face {}", u64::from(track) + 1),
                (None, _) => name,
            },
            subject: method_subject(&finding.method, language),
            state: measured
                .as_ref()
                .map_or_else(|| state(finding.state, language).to_owned(), |measured| measured.word.clone()),
            state_code: finding.state.code(),
            measured,
            false_positives: finding.false_positive_rate_upper95.map(|rate| false_positives(rate, language)),
            silence: finding.reason.map(|reason| Silence::new(reason, language)),
            error: finding.error.map(|code| code.text().in_language(language)),
        }
    }
}

fn state(state: FindingState, language: Language) -> &'static str {
    match state {
        FindingState::Finding => pick(language, "Есть результат", "Finding"),
        FindingState::Abstained => pick(language, "Воздержался", "Abstains"),
        FindingState::NotApplicable => pick(language, "Неприменим", "Not applicable"),
        FindingState::Failed => pick(language, "Не сработал", "Failed"),
        FindingState::Pending => pick(language, "Ещё не готов", "Pending"),
    }
}

fn false_positives(rate: f64, language: Language) -> String {
    let most = per_thousand(rate);
    match language {
        Language::Russian => format!(
            "Из 1000 необработанных материалов такого качества метод ошибочно укажет на обработку не более чем у {most} (верхняя граница по проверочным данным)."
        ),
        Language::English => format!(
            "Of 1000 unmanipulated items of this quality, the method wrongly points to manipulation in at most {most} (upper bound from validation data)."
        ),
    }
}

/// Label and value.
pub type Fact = (&'static str, String);

/// What the item is, as short facts.
pub fn facts(report: &Report, language: Language) -> Vec<Fact> {
    let media = &report.media;
    let t = |ru, en| pick(language, ru, en);
    let mut facts = Vec::new();
    let mut codecs = vec![media.container.clone()];
    codecs.extend(media.video_codec.clone());
    codecs.extend(media.audio_codec.clone());
    codecs.dedup();
    facts.push((t("Вид", "Kind"), capitalised(media_kind(media.kind).in_language(language))));
    facts.push((t("Формат", "Format"), codecs.join(" · ")));
    if let (Some(width), Some(height)) = (media.width, media.height) {
        facts.push((t("Размер кадра", "Frame size"), format!("{width} × {height}")));
    }
    if let Some(seconds) = media.duration_s {
        facts.push((t("Длительность", "Duration"), duration(seconds, language)));
    }
    if let Some(fps) = media.fps {
        facts.push((
            t("Частота кадров", "Frame rate"),
            format!("{} {}", decimal(fps, 2, language), t("кадр/с", "fps")),
        ));
    }
    if media.rotation_degrees != 0 {
        let turned = t("повёрнуто на", "turned by");
        facts.push((t("Положение", "Orientation"), format!("{turned} {}°", media.rotation_degrees)));
    }
    facts.push((t("Объём файла", "File size"), bytes(media.size_bytes, language)));
    if let Some(rate) = media.quality.bitrate.filter(|_| media.kind == MediaKind::Video) {
        facts.push((t("Поток", "Bit rate"), bit_rate(rate, language)));
    }
    facts
}

/// The quality of the media in words.
pub fn quality_sentence(report: &Report, language: Language) -> String {
    let quality = &report.media.quality;
    let t = |ru, en| pick(language, ru, en);
    if report.media.kind == MediaKind::Audio {
        return t(
            "В файле только звук: оценивать изображение не в чем.",
            "Sound only: there is no picture to judge.",
        )
        .to_owned();
    }
    let mut parts = Vec::new();
    if let Some(side) = quality.face_px {
        let size = if side < 64.0 {
            t("лицо очень мелкое", "the face is very small")
        } else if side < 128.0 {
            t("лицо мелкое", "the face is small")
        } else if side < 256.0 {
            t("лицо среднего размера", "the face is of medium size")
        } else {
            t("лицо крупное", "the face is large")
        };
        parts.push(format!("{size} ({} {})", decimal(side, 0, language), t("пикс.", "px")));
    }
    if let Some(sharpness) = quality.sharpness {
        parts.push(
            if sharpness < 20.0 {
                t("нерезкое", "blurred")
            } else if sharpness < 100.0 {
                t("умеренно резкое", "moderately sharp")
            } else {
                t("резкое", "sharp")
            }
            .to_owned(),
        );
    }
    if let Some(density) = quality.bits_per_pixel {
        let still = report.media.kind == MediaKind::Image;
        let (heavy, moderate) = if still { (0.8, 2.5) } else { (0.03, 0.1) };
        parts.push(
            if density < heavy {
                t("сжатие сильное", "compression is heavy")
            } else if density < moderate {
                t("сжатие умеренное", "compression is moderate")
            } else {
                t("сжатие слабое", "compression is light")
            }
            .to_owned(),
        );
    }
    if parts.is_empty() {
        return t("Качество оценить не удалось.", "The quality could not be measured.").to_owned();
    }
    format!("{}.", capitalised(&parts.join(", ")))
}

/// How many faces were followed.
pub fn faces_sentence(report: &Report, language: Language) -> String {
    let count = report.tracks.len() as u64;
    match (language, count) {
        (Language::Russian, 0) => "Лиц не найдено.".to_owned(),
        (Language::English, 0) => "No face was found.".to_owned(),
        (Language::Russian, _) => format!("Прослежено лиц: {count}."),
        (Language::English, 1) => "1 face was followed.".to_owned(),
        (Language::English, _) => format!("{count} faces were followed."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ceiling_that_allows_no_word_is_told_as_what_it_is() {
        let ratio = |value| Log10LikelihoodRatio::new(value).unwrap();
        let tell = |value, ceiling| ceiling_sentence(ratio(value), ratio(ceiling), Language::English);
        assert!(tell(-0.15, -0.15).contains("no evidence of authenticity"));
        assert!(tell(0.1, 0.1).contains("no word at all"));
        assert!(tell(0.69, 0.69).contains("stands at its ceiling"));
        assert!(tell(0.4, 0.69).starts_with("Validation media of this quality allow at most"));
    }
}
