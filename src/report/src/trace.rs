//! What `podlinnik trace` prints for a person.

use podlinnik_domain::finding::BoundingBox;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::reason::Reason;
use podlinnik_domain::trace::{
    CopyComparison, KnownCopy, PictureState, PictureTrace, RegionTrace, SoundState, SoundTrace, Trace,
    TracedOriginal, TracedPart, Transform,
};

use crate::figures::{clock, decimal, times};
use crate::text::Paper;
use crate::view::capitalised;
use crate::wording::{pick, warning};

/// The trace in words, wrapped at `width` columns (40 to 100), ending with a line feed.
pub fn summary(trace: &Trace, language: Language, width: usize) -> String {
    let mut page = Paper::new(width);
    page.line(0, trace.file.as_deref().unwrap_or("-"));
    for statement in statements(trace, language) {
        if statement.apart {
            page.gap();
        }
        page.line(if statement.detail { 4 } else { 2 }, &statement.text);
    }
    if trace.original.is_some() {
        page.gap();
        page.line(
            2,
            pick(
                language,
                "Это результат машинного сравнения, а не вердикт: решают люди.",
                "This is the result of a comparison by a machine, not a verdict: people decide.",
            ),
        );
    }
    if !trace.warnings.is_empty() {
        page.gap();
        for entry in &trace.warnings {
            let detail = entry.detail.as_ref().map_or_else(String::new, |detail| format!(" ({detail})"));
            page.line(2, &format!("! {}{detail}", warning(entry.code).in_language(language)));
        }
    }
    page.into_text()
}

/// One sentence of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    pub text: String,
    /// Explains the one before.
    pub detail: bool,
    /// Begins another subject.
    pub apart: bool,
}

/// Collects sentences.
#[derive(Debug, Default)]
struct Said {
    statements: Vec<Statement>,
    apart: bool,
}

impl Said {
    fn gap(&mut self) {
        self.apart = true;
    }

    fn say(&mut self, detail: bool, text: impl Into<String>) {
        let apart = std::mem::take(&mut self.apart);
        self.statements.push(Statement { text: text.into(), detail, apart });
    }

    fn line(&mut self, text: impl Into<String>) {
        self.say(false, text);
    }

    fn detail(&mut self, text: impl Into<String>) {
        self.say(true, text);
    }
}

/// The answer, sentence by sentence.
pub fn statements(trace: &Trace, language: Language) -> Vec<Statement> {
    let mut page = Said::default();
    for copy in &trace.known_copies {
        page.line(copied(copy, language));
    }
    match &trace.original {
        Some(original) => {
            for line in source(original, language) {
                page.line(line);
            }
            page.gap();
            pictured(&mut page, &trace.picture, language);
            sounded(&mut page, &trace.sound, language);
            for part in &trace.further {
                page.gap();
                page.line(another(original, part, language));
                pictured(&mut page, &part.picture, language);
                sounded(&mut page, &part.sound, language);
            }
        }
        None => {
            let searched = &trace.searched;
            let hours = decimal(searched.hours, 1, language);
            page.line(match language {
                    Language::Russian => format!(
                        "Оригинал не найден. Просмотрено оригиналов: {}, всего {hours} ч. Это ничего не говорит о подлинности.",
                        searched.originals
                    ),
                    Language::English => format!(
                        "No original was found. Originals searched: {}, {hours} h in all. That says nothing about authenticity.",
                        searched.originals
                    ),
                },
            );
        }
    }
    page.statements
}

fn span([from_s, until_s]: [f64; 2], language: Language) -> String {
    format!("{}–{}", clock(from_s, language), clock(until_s, language))
}

fn source(original: &TracedOriginal, language: Language) -> Vec<String> {
    let t = |ru, en| pick(language, ru, en);
    // a path tells of the machine; its last part is enough to find the file by
    let file = original.path.rsplit('/').next().unwrap_or(&original.path);
    let title = original.title.as_deref().unwrap_or(file);
    let mut said = vec![format!("{} {title}", t("Найден оригинал:", "The original was found:"))];
    let facts = [
        original.source.clone(),
        original
            .recorded
            .as_ref()
            .map(|date| format!("{} {}", t("запись", "recorded"), date.in_words(language))),
        Some(format!("{} {}", t("ручается", "vouched for by"), original.vouched_by)),
        original.link.clone(),
    ];
    said.push(capitalised(&facts.into_iter().flatten().collect::<Vec<_>>().join("; ")));
    said.push(format!(
        "{} {} {} {}.",
        span(original.suspect_span_s, language),
        t("присланного ролика — это", "of the suspect clip is"),
        span(original.original_span_s, language),
        t("оригинала", "of the original"),
    ));
    let changes = changes(&original.transform, language);
    if !changes.is_empty() {
        said.push(format!("{} {}.", t("Кадр в целом:", "The frame as a whole:"), changes.join("; ")));
    }
    said
}

/// Where another piece of the suspect is from.
fn another(main: &TracedOriginal, part: &TracedPart, language: Language) -> String {
    let TracedOriginal { suspect_span_s, original_span_s, .. } = &part.original;
    let (here, there) = (span(*suspect_span_s, language), span(*original_span_s, language));
    let whose = if part.original.id == main.id {
        pick(language, "того же оригинала", "of the same original").to_owned()
    } else {
        let file = part.original.path.rsplit('/').next().unwrap_or(&part.original.path);
        let title = part.original.title.as_deref().unwrap_or(file);
        format!("{} «{title}»", pick(language, "другого оригинала,", "of another original,"))
    };
    match language {
        Language::Russian => format!("Ролик смонтирован: {here} — это {there} {whose}."),
        Language::English => format!("The clip was cut together: {here} is {there} {whose}."),
    }
}

/// What was done to the frame as a whole, in words.
fn changes(transform: &Transform, language: Language) -> Vec<String> {
    let t = |ru: &str, en: &str| pick(language, ru, en).to_owned();
    let area = |area: &BoundingBox| format!("{:.0}×{:.0}", area.width, area.height);
    let mut said = Vec::new();
    if transform.mirror {
        said.push(t("отражён слева направо", "mirrored left to right"));
    }
    if (transform.speed - 1.0).abs() > 0.005 {
        let speed = decimal(transform.speed, 2, language);
        said.push(format!("{} {speed}", t("скорость ×", "speed ×").trim_end()));
    }
    if let Some(crop) = &transform.crop {
        said.push(format!(
            "{} {}",
            t("показана часть оригинала", "a part of the original is shown,"),
            area(crop)
        ));
    }
    if let Some(placed) = &transform.placed {
        said.push(format!("{} {}", t("картинка занимает", "the picture takes up"), area(placed)));
    }
    if transform.rotation_degrees.abs() > 0.5 {
        let degrees = decimal(transform.rotation_degrees, 1, language);
        said.push(format!("{} {degrees}°", t("повёрнут на", "turned by")));
    }
    said
}

fn pictured(page: &mut Said, picture: &PictureTrace, language: Language) {
    let t = |ru, en| pick(language, ru, en);
    page.line(format!("{}.", capitalised(picture.state.text().in_language(language))));
    if let Some(ratio) = picture.llr10 {
        let more = times(ratio.value(), language);
        let sentence = match (language, picture.state == PictureState::Altered) {
            (Language::Russian, true) => {
                format!("Такие отличия примерно в {more} вероятнее при правке, чем при одном пережатии.")
            }
            (Language::Russian, false) => {
                format!("Такие отличия примерно в {more} вероятнее при одном пережатии, чем при правке.")
            }
            (Language::English, true) => format!(
                "Such differences are about {more} more probable with an edit than with recompression alone."
            ),
            (Language::English, false) => format!(
                "Such differences are about {more} more probable with recompression alone than with an edit."
            ),
        };
        page.detail(sentence);
    }
    if let Some(reason) = &picture.reason {
        page.detail(reason_text(reason).in_language(language));
    }
    for region in &picture.regions {
        page.detail(told(region, language));
    }
    if !picture.overlays.is_empty() {
        let sentence = match language {
            Language::Russian => {
                format!("Поверх картинки наложено (титры, логотипы): {}.", picture.overlays.len())
            }
            Language::English => {
                format!("Laid over the picture (captions, logos): {}.", picture.overlays.len())
            }
        };
        page.detail(sentence);
    }
    if picture.state == PictureState::Undecided && picture.regions.is_empty() {
        page.detail(t(
            "Лиц, которые можно сравнить, в кадре нет.",
            "There is no face in the picture to compare.",
        ));
    }
}

fn told(region: &RegionTrace, language: Language) -> String {
    let name = region_name(&region.name, language);
    let state = match region.state {
        PictureState::Altered => Text { ru: "изменено", en: "altered" },
        PictureState::Unaltered => Text { ru: "как в оригинале", en: "as in the original" },
        PictureState::Undecided | PictureState::NotCompared => {
            Text { ru: "решить нельзя", en: "no decision" }
        }
    };
    let mut said = format!("{name}: {}", state.in_language(language));
    if region.state == PictureState::Altered {
        let spans: Vec<String> =
            region.spans_s.iter().take(5).map(|stretch| span(*stretch, language)).collect();
        said.push_str(&format!(", {}", spans.join(", ")));
    }
    if region.state != PictureState::Altered
        && let Some(reason) = &region.reason
    {
        said.push_str(&format!(
            " ({})",
            reason_text(reason).in_language(language).trim_end_matches('.').to_lowercase()
        ));
    }
    said
}

/// `mouth 2` in words.
fn region_name(name: &str, language: Language) -> String {
    let (what, number) = name.split_once(' ').map_or((name, None), |(what, number)| (what, Some(number)));
    let word = match what {
        "mouth" => Text { ru: "рот", en: "mouth" }.in_language(language),
        "face" => Text { ru: "лицо", en: "face" }.in_language(language),
        other => other,
    };
    match number {
        Some(number) => format!("{word} {number}"),
        None => word.to_owned(),
    }
}

fn sounded(page: &mut Said, sound: &SoundTrace, language: Language) {
    page.line(format!("{}.", capitalised(sound.state.text().in_language(language))));
    if let Some(reason) = &sound.reason {
        page.detail(reason_text(reason).in_language(language));
    }
    if sound.state == SoundState::Recut || sound.reason.is_some() {
        for stretch in &sound.spans {
            let (here, there) =
                (span(stretch.suspect_span_s, language), span(stretch.original_span_s, language));
            page.detail(format!("{here} ← {there} {}", pick(language, "оригинала", "of the original")));
        }
    }
}

/// Why a comparison allows no decision.
fn reason_text(code: &str) -> Text {
    match code {
        "too_few_frames" => Text { ru: "Слишком мало кадров.", en: "Too few frames." },
        "too_small" => Text { ru: "Слишком мелко.", en: "Too small." },
        "too_little_texture" => {
            Text { ru: "Слишком гладко или темно.", en: "Too smooth or too dark." }
        }
        "too_little_surroundings" => Text {
            ru: "Слишком мало фона для сравнения.",
            en: "Too little background to compare with.",
        },
        "alignment_too_poor" => Text {
            ru: "Кадры не удалось точно совместить.",
            en: "The frames could not be laid over each other exactly.",
        },
        "not_in_picture" => Text {
            ru: "В кадре этого почти не видно.",
            en: "It is hardly ever in the picture.",
        },
        "not_calibrated" => Text {
            ru: "Для этого нет калибровки.", en: "There is no calibration for this."
        },
        "evidence_too_weak" => Text {
            ru: "Отличия не говорят ясно ни за, ни против.",
            en: "The differences speak clearly neither for nor against.",
        },
        "compressed_too_hard" => Text {
            ru: "Сжато так сильно, что подмену не было бы видно.",
            en: "Compressed so hard that a change would not show.",
        },
        "calibration_expired" => Reason::CalibrationExpired.text(),
        "overlay_suspected" => Text {
            ru: "Похоже, поверх этого места наложена надпись.",
            en: "Lettering seems to lie over it.",
        },
        "whole_face_altered" => Text {
            ru: "Изменено всё лицо, рот отдельно не оценить.",
            en: "The whole face differs; the mouth cannot be judged apart.",
        },
        "too_short" => {
            Text { ru: "Слишком короткий звук.", en: "The sound is too short." }
        }
        "in_part" => Text {
            ru: "От оригинала только часть звука.",
            en: "Only a part of the sound is the original's.",
        },
        "unclear" => Text {
            ru: "Похоже на звук оригинала, но не наверняка.",
            en: "It resembles the original's sound, but not surely.",
        },
        "original_silent" => Text {
            ru: "В этом месте оригинала нет звука.",
            en: "The original has no sound there.",
        },
        _ => Text { ru: "Причина не названа.", en: "No reason is given." },
    }
}

/// What stands before everything else where an original was found: which one, and how picture and sound stand to it.
pub fn lead(trace: &Trace, language: Language) -> Option<String> {
    let original = trace.original.as_ref()?;
    let name =
        original.title.as_deref().unwrap_or_else(|| original.path.rsplit('/').next().unwrap_or_default());
    let found = pick(language, "Найден оригинал", "The original was found");
    let picture = trace.picture.state.text().in_language(language);
    let sound = trace.sound.state.text().in_language(language);
    Some(format!("{found}: {name}. {}; {sound}.", capitalised(picture)))
}

fn copied(copy: &KnownCopy, language: Language) -> String {
    let t = |ru, en| pick(language, ru, en);
    let what = if copy.exact {
        t("Тот же самый файл уже присылали", "The very same file was handed in before")
    } else if copy.is_copy() {
        t("Это копия уже присланного", "This is a copy of what was handed in before")
    } else if copy.compared == CopyComparison::PictureDiffers {
        t(
            "Та же сцена уже присылалась, но изображение отличается: одно могло быть сделано из другого",
            "The same scene was handed in before, but the picture differs: one may have been made from the other",
        )
    } else if copy.compared == CopyComparison::SoundDiffers {
        t(
            "Та же сцена уже присылалась, но с другим звуком",
            "The same scene was handed in before, but with other sound",
        )
    } else {
        t("Похоже на уже присланное, посмотрите сами", "It resembles what was handed in before; have a look")
    };
    let verdict = match copy.verdict {
        Some(kind) => format!("{} {}", t("вердикт:", "verdict:"), kind.text().in_language(language)),
        None => t("вердикта ещё нет", "no verdict yet").to_owned(),
    };
    let case = copy.case.map_or_else(String::new, |case| format!(" ({} {case})", t("дело", "case")));
    format!("{what}{case}: {verdict}.")
}
