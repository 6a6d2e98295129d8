//! Why a method abstained or does not apply, in both languages, and what would resolve it (DESIGN §1 rule 4).

use crate::coded_enum;
use crate::language::Text;

coded_enum! {
    /// Why a method gives no finding.
    pub enum Reason {
        NoFace = "no_face",
        FaceTooSmall = "face_too_small",
        FaceOccludedOrProfile = "face_occluded_or_profile",
        TooManyFaces = "too_many_faces",
        TooFewFrames = "too_few_frames",
        ClipTooShort = "clip_too_short",
        RecompressedBeyondValidation = "recompressed_beyond_validation",
        ResolutionBelowValidation = "resolution_below_validation",
        FilterOrSuperresolution = "filter_or_superresolution",
        RephotographedScreen = "rephotographed_screen",
        NonPhotorealistic = "non_photorealistic",
        HeavyOverlay = "heavy_overlay",
        UnstableUnderReencoding = "unstable_under_reencoding",
        MethodsDisagree = "methods_disagree",
        OutOfDistribution = "out_of_distribution",
        SpeechNotSupported = "speech_not_supported",
        PartialDecode = "partial_decode",
        TimeBudgetExceeded = "time_budget_exceeded",
        CalibrationExpired = "calibration_expired",
        ModelWithdrawn = "model_withdrawn",
        /// The method looks at pictures and there is none (an audio file).
        NoPicture = "no_picture",
        /// The method listens and there is nothing to listen to (a picture, a film without a sound track).
        NoSound = "no_sound",
        /// The method listens to speech and there is none (silence, music).
        NoSpeech = "no_speech",
        /// The method compares neighbouring frames and there are none that differ (a still, a frozen picture).
        NoMotion = "no_motion",
        /// The method looks at whole single pictures, and this is a clip or a face that was cut out.
        NotAPicture = "not_a_picture",
        /// The method compares with an original and none is known.
        NoOriginalFound = "no_original_found",
        /// An original is known for a part of the media only.
        OriginalInPart = "original_in_part",
        /// No method gave a finding, so there is nothing to combine.
        NoFindings = "no_findings",
    }
}

impl Reason {
    /// The sentence that explains the reason.
    pub const fn text(self) -> Text {
        match self {
            Self::NoFace => Text {
                ru: "В материале не найдено лица.",
                en: "No face was found in the media.",
            },
            Self::FaceTooSmall => Text {
                ru: "Лицо слишком мелкое: метод на таких размерах не проверялся.",
                en: "The face is too small: the method was not validated at this size.",
            },
            Self::FaceOccludedOrProfile => Text {
                ru: "Лицо закрыто или повёрнуто в профиль.",
                en: "The face is covered or turned to profile.",
            },
            Self::TooManyFaces => Text {
                ru: "Лиц больше, чем метод может проследить.",
                en: "There are more faces than the method can follow.",
            },
            Self::TooFewFrames => Text {
                ru: "Пригодных кадров слишком мало.", en: "Too few usable frames."
            },
            Self::ClipTooShort => {
                Text { ru: "Ролик слишком короткий.", en: "The clip is too short." }
            }
            Self::RecompressedBeyondValidation => Text {
                ru: "Сжатие сильнее того, на котором метод проверялся.",
                en: "The media is compressed more heavily than anything the method was validated on.",
            },
            Self::ResolutionBelowValidation => Text {
                ru: "Разрешение ниже того, на котором метод проверялся.",
                en: "The resolution is below what the method was validated on.",
            },
            Self::FilterOrSuperresolution => Text {
                ru: "Похоже на фильтр или программное повышение чёткости.",
                en: "A filter or software upscaling seems to have been applied.",
            },
            Self::RephotographedScreen => Text {
                ru: "Похоже на съёмку с экрана.",
                en: "This looks like a screen filmed by a camera.",
            },
            Self::NonPhotorealistic => Text {
                ru: "Изображение не фотографическое: рисунок, мультфильм или графика.",
                en: "The picture is not photographic: a drawing, a cartoon or graphics.",
            },
            Self::HeavyOverlay => Text {
                ru: "Картинку закрывают надписи или вставки.",
                en: "Captions or insets cover the picture.",
            },
            Self::UnstableUnderReencoding => Text {
                ru: "Ответ меняется при повторном сжатии того же материала, поэтому ему нельзя доверять.",
                en: "The answer changes when the same media is re-encoded, so it cannot be relied on.",
            },
            Self::MethodsDisagree => Text {
                ru: "Методы противоречат друг другу.",
                en: "The methods disagree.",
            },
            Self::OutOfDistribution => Text {
                ru: "Материал не похож на те, на которых метод проверялся.",
                en: "The media is unlike what the method was validated on.",
            },
            Self::SpeechNotSupported => Text {
                ru: "Речь на этом языке или такого качества метод не оценивает.",
                en: "The method does not judge speech of this language or quality.",
            },
            Self::PartialDecode => Text {
                ru: "Файл повреждён: прочитана только часть.",
                en: "The file is damaged: only a part could be read.",
            },
            Self::TimeBudgetExceeded => Text {
                ru: "Время, отведённое на анализ, истекло.",
                en: "The time allowed for the analysis ran out.",
            },
            Self::CalibrationExpired => Text {
                ru: "Срок калибровки метода истёк.",
                en: "The calibration of the method has expired.",
            },
            Self::ModelWithdrawn => {
                Text { ru: "Модель отозвана.", en: "The model has been withdrawn." }
            }
            Self::NoPicture => Text {
                ru: "В файле нет изображения: только звук.",
                en: "The file holds no picture: only sound.",
            },
            Self::NoSound => {
                Text { ru: "В файле нет звука.", en: "There is no sound in the file." }
            }
            Self::NoSpeech => Text {
                ru: "В файле не слышно речи.",
                en: "No speech can be heard in the file.",
            },
            Self::NotAPicture => Text {
                ru: "Метод рассматривает только целые отдельные изображения.",
                en: "The method looks at whole single pictures only.",
            },
            Self::NoMotion => Text {
                ru: "В материале нет движения: это снимок или застывшая картинка.",
                en: "Nothing moves in the media: it is a still or a frozen picture.",
            },
            Self::NoOriginalFound => Text {
                ru: "В архиве не нашлось оригинала: сравнивать не с чем.",
                en: "No original was found in the archive: there is nothing to compare with.",
            },
            Self::OriginalInPart => Text {
                ru: "Оригинал известен только для части материала.",
                en: "The original is known for a part of the media only.",
            },
            Self::NoFindings => Text {
                ru: "Ни один метод не дал результата.",
                en: "No method gave a finding.",
            },
        }
    }

    /// What would resolve it.
    pub const fn remedy(self) -> Text {
        match self {
            Self::NoFace
            | Self::NonPhotorealistic
            | Self::NoPicture
            | Self::NoSound
            | Self::NoSpeech
            | Self::NoMotion
            | Self::NotAPicture => Text {
                ru: "Проверьте материал другими методами: источник, оригинал, обстоятельства.",
                en: "Check the media by other means: source, original, circumstances.",
            },
            Self::FaceTooSmall | Self::ResolutionBelowValidation => Text {
                ru: "Запросите исходный файл в полном разрешении или ролик с более крупным планом.",
                en: "Ask for the original file in full resolution, or for a closer shot.",
            },
            Self::FaceOccludedOrProfile => Text {
                ru: "Найдите фрагмент, где лицо видно спереди.",
                en: "Find a passage where the face is seen from the front.",
            },
            Self::TooManyFaces => Text {
                ru: "Вырежьте фрагмент или область с нужным человеком и отправьте отдельно.",
                en: "Cut out the passage or area with the person in question and submit it separately.",
            },
            Self::TooFewFrames | Self::ClipTooShort => Text {
                ru: "Найдите более длинную версию ролика.",
                en: "Find a longer version of the clip.",
            },
            Self::RecompressedBeyondValidation | Self::UnstableUnderReencoding => Text {
                ru: "Запросите исходный файл: не пересланную копию, а файл с устройства автора.",
                en: "Ask for the original file: not a forwarded copy but the one on the author's device.",
            },
            Self::FilterOrSuperresolution | Self::RephotographedScreen | Self::HeavyOverlay => Text {
                ru: "Найдите версию без обработки, надписей и съёмки с экрана.",
                en: "Find a version without filters, captions or filming from a screen.",
            },
            Self::MethodsDisagree | Self::OutOfDistribution | Self::NoFindings => Text {
                ru: "Нужна оценка человека: поиск оригинала, запрос в ведомство, проверка обстоятельств.",
                en: "A person has to judge: look for the original, ask the agency, check the circumstances.",
            },
            Self::NoOriginalFound | Self::OriginalInPart => Text {
                ru: "Найдите исходную запись у ведомства или в эфире и добавьте её в архив оригиналов.",
                en: "Find the source recording at the agency or the broadcaster and add it to the archive of originals.",
            },
            Self::SpeechNotSupported => Text {
                ru: "Передайте запись эксперту по речи.",
                en: "Pass the recording to a speech expert.",
            },
            Self::PartialDecode => Text {
                ru: "Запросите файл ещё раз: передача могла оборваться.",
                en: "Ask for the file again: the transfer may have broken off.",
            },
            Self::TimeBudgetExceeded => Text {
                ru: "Повторите анализ с большим запасом времени или отправьте нужный фрагмент.",
                en: "Run the analysis again with more time, or submit only the passage in question.",
            },
            Self::CalibrationExpired | Self::ModelWithdrawn => Text {
                ru: "Обновите модели и повторите анализ.",
                en: "Update the models and run the analysis again.",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_speaks_both_languages() {
        for reason in Reason::ALL {
            for text in [reason.text(), reason.remedy()] {
                assert!(text.ru.chars().any(|letter| ('а'..='я').contains(&letter)), "{reason}");
                assert!(text.en.is_ascii() && text.en.ends_with('.'), "{reason}");
            }
        }
    }
}
