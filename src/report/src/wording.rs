//! Words for codes that the domain keeps without text: methods, warnings, states.

use std::borrow::Cow;

use podlinnik_domain::finding::MethodId;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::media::{MediaKind, WarningCode};
use podlinnik_domain::notice::NoticeState;
use podlinnik_domain::verdict::EvidenceKind;

/// Picks one of two texts. Every sentence of a page stands in its template in both languages, side by side.
pub fn pick<'a>(language: Language, ru: &'a str, en: &'a str) -> &'a str {
    match language {
        Language::Russian => ru,
        Language::English => en,
    }
}

/// A method's name for people; its code where there is none yet.
pub fn method_name(method: &MethodId, language: Language) -> Cow<'static, str> {
    match known_method(method) {
        Some((name, _)) => Cow::Borrowed(name.in_language(language)),
        None => Cow::Owned(method.as_str().replace('_', " ")),
    }
}

/// What a method looks at, in a sentence.
pub fn method_subject(method: &MethodId, language: Language) -> Option<&'static str> {
    known_method(method).map(|(_, subject)| subject.in_language(language))
}

fn known_method(method: &MethodId) -> Option<(Text, Text)> {
    match method.as_str() {
        "face_manipulation" => Some((
            Text { ru: "Обработка лица", en: "Face manipulation" },
            Text {
                ru: "Обученная модель ищет на лице следы подмены, вклейки и перерисовки: швы, несовпадение резкости, шума и цвета.",
                en: "A trained model looks for traces of swapping, pasting and repainting on the face: seams, mismatched sharpness, noise and colour.",
            },
        )),
        "synthetic_picture" => Some((
            Text { ru: "Полная генерация картинки", en: "Wholly generated picture" },
            Text {
                ru: "Обученная модель ищет следы генератора в мелкой структуре всей картинки. «Обработка» здесь означает, что картинку целиком создала программа; о частичных правках и о роликах этот метод не говорит ничего, а низкая оценка не подтверждает подлинность.",
                en: "A trained model looks for traces of a generator in the fine structure of the whole picture. Manipulation here means that a program made the picture from end to end; of local edits and of clips this method says nothing, and a low score does not support that a picture is genuine.",
            },
        )),
        "temporal" => Some((
            Text { ru: "Движение лица", en: "Motion of the face" },
            Text {
                ru: "Сравниваются соседние кадры одного лица: дрожание черт, мерцание кожи и губ относительно окружения, рывки рта, непостоянство пропорций. На снимках, гифках и статичных картинках метод не применяется.",
                en: "Neighbouring frames of one face are compared: trembling features, flicker of skin and lips against the surroundings, jerks of the mouth, unsteady proportions. To stills, GIFs and frozen pictures the method does not apply.",
            },
        )),
        "voice" => Some((
            Text { ru: "Синтез голоса", en: "Synthetic voice" },
            Text {
                ru: "Обученная модель ищет в речи следы синтеза и вокодера: сглаженный спектр, неестественные верхние частоты. «Обработка» здесь означает, что голос создан или пересчитан программой; о лице и картинке этот метод не говорит ничего.",
                en: "A trained model looks for traces of synthesis and vocoders in speech: a smoothed spectrum, unnatural high frequencies. Manipulation here means that a program made the voice or made it anew; of the face and the picture this method says nothing.",
            },
        )),
        "original" => Some((
            Text { ru: "Сравнение с оригиналом", en: "Comparison with the original" },
            Text {
                ru: "Материал кадр за кадром накладывается на найденный в архиве оригинал: отличаются ли лицо и рот сильнее, чем объясняет пережатие. Обученной нейросети здесь нет.",
                en: "The media is laid over the original found in the archive, frame by frame: whether face and mouth differ more than recompression explains. No neural network takes part.",
            },
        )),
        _ => None,
    }
}

/// A warning in a sentence.
pub const fn warning(code: WarningCode) -> Text {
    match code {
        WarningCode::PartialDecode => Text {
            ru: "Файл прочитан не полностью: часть повреждена или отсутствует.",
            en: "The file was read only in part: some of it is damaged or missing.",
        },
        WarningCode::FrameDamaged => Text {
            ru: "Один из кадров повреждён и пропущен.",
            en: "A damaged frame was skipped.",
        },
        WarningCode::ExtensionMismatch => Text {
            ru: "Расширение имени не соответствует содержимому файла.",
            en: "The file's extension does not match its content.",
        },
        WarningCode::MetadataUnreadable => {
            Text { ru: "Метаданные не читаются.", en: "The metadata cannot be read." }
        }
        WarningCode::MetadataTruncated => Text {
            ru: "Метаданных слишком много: показана только часть.",
            en: "There is too much metadata: only a part is shown.",
        },
        WarningCode::DurationUnknown => Text {
            ru: "Файл не сообщает своей длительности.",
            en: "The file does not say how long it is.",
        },
        WarningCode::OnlyFirstFramesRead => Text {
            ru: "Просмотрено только начало: достигнут предел числа кадров.",
            en: "Only the beginning was examined: the limit on frames was reached.",
        },
        WarningCode::ScaledBeforeAnalysis => Text {
            ru: "Кадры уменьшены перед анализом: исходные слишком велики.",
            en: "Frames were scaled down before the analysis because they are very large.",
        },
        WarningCode::TooManyFaces => Text {
            ru: "Лиц больше, чем можно проследить: рассмотрены самые заметные.",
            en: "There are more faces than can be followed: the most prominent were examined.",
        },
        WarningCode::MethodFailed => Text {
            ru: "Один из методов не сработал. На выводы остальных это не влияет, но общий предел ниже.",
            en: "A method failed. That changes nothing in what the others say, but lowers the common ceiling.",
        },
        WarningCode::OriginalUnreadable => Text {
            ru: "Похожий оригинал из архива не удалось прочитать.",
            en: "An original of the archive that resembles this could not be read.",
        },
        WarningCode::NothingToRecognise => Text {
            ru: "По этому файлу ничего нельзя узнать: кадры пустые, звука не слышно.",
            en: "Nothing in this file can be recognised: the frames are flat and no sound is heard.",
        },
    }
}

/// A kind of media.
pub const fn media_kind(kind: MediaKind) -> Text {
    match kind {
        MediaKind::Image => Text { ru: "изображение", en: "image" },
        MediaKind::Animation => Text { ru: "анимация", en: "animation" },
        MediaKind::Video => Text { ru: "видео", en: "video" },
        MediaKind::Audio => Text { ru: "звук", en: "sound" },
    }
}

/// Where a notice stands, for the reader of its page.
pub const fn state_of_notice(state: NoticeState) -> Text {
    match state {
        NoticeState::Draft => Text { ru: "черновик", en: "draft" },
        NoticeState::InReview => Text { ru: "на проверке", en: "in review" },
        NoticeState::Approved => {
            Text { ru: "одобрено, не опубликовано", en: "approved, not published" }
        }
        NoticeState::Published => Text { ru: "опубликовано", en: "published" },
        NoticeState::CorrectionOpen => Text {
            ru: "опровержение пересматривается",
            en: "this notice is under review",
        },
        NoticeState::Corrected => Text { ru: "исправлено", en: "corrected" },
        NoticeState::Clarified => Text { ru: "уточнено", en: "clarified" },
        NoticeState::Upheld => Text {
            ru: "пересмотрено и оставлено в силе", en: "reviewed and upheld"
        },
        NoticeState::Retracted => Text {
            ru: "отозвано: не ссылайтесь на это опровержение",
            en: "retracted: do not cite this notice",
        },
        NoticeState::Superseded => {
            Text { ru: "заменено более новым", en: "superseded by a newer notice" }
        }
    }
}

/// A kind of evidence.
pub const fn evidence_kind(kind: EvidenceKind) -> Text {
    match kind {
        EvidenceKind::LearnedModel => {
            Text { ru: "результат обученной модели", en: "result of a trained model" }
        }
        EvidenceKind::ForensicMethod => Text {
            ru: "криминалистический метод без обучения",
            en: "forensic method without learning",
        },
        EvidenceKind::LocatedOriginal => {
            Text { ru: "найден оригинал", en: "the original was found" }
        }
        EvidenceKind::KnownCopy => {
            Text { ru: "копия известного материала", en: "copy of known media" }
        }
        EvidenceKind::Provenance => Text {
            ru: "подписанные сведения о происхождении",
            en: "signed provenance record",
        },
        EvidenceKind::AgencyConfirmation => Text {
            ru: "ответ ведомства или самого человека",
            en: "answer from the agency or person concerned",
        },
        EvidenceKind::Eyewitness => Text { ru: "показания очевидца", en: "eyewitness" },
        EvidenceKind::Circumstances => Text {
            ru: "обстоятельства: место, время, погода, речь",
            en: "circumstances: place, time, weather, language",
        },
        EvidenceKind::VisualInspection => {
            Text { ru: "осмотр специалистом", en: "inspection by an expert" }
        }
    }
}
