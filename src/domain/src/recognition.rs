//! Known copies in words: how near two items are, how far one may rely on it, and how an answer stands today.

use crate::coded_enum;
use crate::language::Text;
use crate::trace::KnownCopy;

coded_enum! {
    /// How near a copy is to the known item.
    pub enum Closeness {
        /// Not a bit differs.
        SameBytes = "same_bytes",
        /// Up to 8 of 256 bits of the frames' hashes: another encoding.
        Indistinguishable = "indistinguishable",
        /// Up to 20: scaled down, captions, another tone.
        VerySimilar = "very_similar",
        /// Up to 31, which the reference of PDQ still calls a match.
        Similar = "similar",
        /// Beyond that.
        Distant = "distant",
        /// Whole frames do not match, details in them do: cropped, or set into another picture.
        Details = "details",
        /// The sound alone.
        Sound = "sound",
    }
}

/// From here on a distance is none of whole frames: details matched.
const OF_DETAILS: f64 = 256.0;

impl Closeness {
    /// Of the median distance of matched frames, of 256 bits; none where the sound alone matches.
    pub fn of_bits(distance_bits: Option<f64>) -> Self {
        match distance_bits {
            None => Self::Sound,
            Some(bits) if bits <= 8.0 => Self::Indistinguishable,
            Some(bits) if bits <= 20.0 => Self::VerySimilar,
            Some(bits) if bits <= 31.0 => Self::Similar,
            Some(bits) if bits < OF_DETAILS => Self::Distant,
            Some(_) => Self::Details,
        }
    }

    /// Of what the machine noticed.
    pub fn of(copy: &KnownCopy) -> Self {
        if copy.exact { Self::SameBytes } else { Self::of_bits(copy.distance_bits) }
    }

    /// In words.
    pub const fn text(self) -> Text {
        match self {
            Self::SameBytes => Text { ru: "тот же самый файл", en: "the very same file" },
            Self::Indistinguishable => Text {
                ru: "почти неотличимые кадры",
                en: "frames that can hardly be told apart",
            },
            Self::VerySimilar => {
                Text { ru: "очень похожие кадры", en: "very similar frames" }
            }
            Self::Similar => Text {
                ru: "похожие кадры: копия заметно обработана",
                en: "similar frames: a visibly processed copy",
            },
            Self::Distant => Text {
                ru: "кадры похожи лишь отчасти",
                en: "frames that are alike only in part",
            },
            Self::Details => Text {
                ru: "совпадают детали кадров: картинка обрезана или вставлена в другую",
                en: "details of the frames agree: cropped, or set into another picture",
            },
            Self::Sound => {
                Text { ru: "совпадает только звук", en: "only the sound agrees" }
            }
        }
    }
}

coded_enum! {
    /// How far one may rely on a match.
    pub enum CopyStanding {
        /// The same item: the same bytes, or a person says so, or frames and sound were held against each other and only recompression lies between them.
        Confirmed = "confirmed",
        /// Worth the look of a person, no more.
        Suggested = "suggested",
        /// The same scene, but face, lips or sound differ: one may have been made from the other. What people decided on the one says nothing about the other.
        Different = "different",
    }
}

impl CopyStanding {
    /// What is said to whoever handed the copy in, about an item on which people decided. A machine gives no verdict: people gave it on the other item.
    pub const fn judged(self) -> Text {
        match self {
            Self::Confirmed => Text {
                ru: "известная копия материала, о котором люди решили",
                en: "known copy of an item on which people decided",
            },
            Self::Suggested => Text {
                ru: "похоже на материал, о котором люди решили; копия ли это, должен посмотреть человек",
                en: "resembles an item on which people decided; whether it is a copy, a person has to look",
            },
            Self::Different => Text {
                ru: "отличается от материала, о котором люди решили: одно могло быть сделано из другого, и решение сюда не переносится",
                en: "differs from an item on which people decided: one may have been made from the other, and the decision does not carry over",
            },
        }
    }

    /// The same about an item on which nobody has decided yet.
    pub const fn open(self) -> Text {
        match self {
            Self::Confirmed => Text {
                ru: "известная копия материала, о котором решения пока нет",
                en: "known copy of an item on which nobody has decided yet",
            },
            Self::Suggested => Text {
                ru: "похоже на материал, о котором решения пока нет",
                en: "resembles an item on which nobody has decided yet",
            },
            Self::Different => Text {
                ru: "отличается от материала, о котором решения пока нет: одно могло быть сделано из другого",
                en: "differs from an item on which nobody has decided yet: one may have been made from the other",
            },
        }
    }
}

coded_enum! {
    /// How a verdict stands at the moment of the answer.
    pub enum VerdictStatus {
        /// It is what people hold.
        Current = "current",
        /// It holds, and people are at a new revision.
        UnderReview = "under_review",
        /// Break-glass: it counts, and its second look is still to come.
        Provisional = "provisional",
        /// A later revision took its place, or it was disputed after it had counted.
        Superseded = "superseded",
    }
}

/// A time in a clip as people read it: `0:03.0`, `1:02:07.5`.
pub fn time_code(seconds: f64) -> String {
    let tenths = (seconds.max(0.0) * 10.0).round() as u64;
    let (hours, minutes, seconds, tenth) =
        (tenths / 36_000, tenths / 600 % 60, tenths / 10 % 60, tenths % 10);
    if hours > 0 {
        format!("{hours}:{minutes:02}:{seconds:02}.{tenth}")
    } else {
        format!("{minutes}:{seconds:02}.{tenth}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_has_one_word_and_every_word_two_languages() {
        let of = |bits| Closeness::of_bits(Some(bits));
        assert_eq!((of(0.0), of(8.0)), (Closeness::Indistinguishable, Closeness::Indistinguishable));
        assert_eq!(
            (of(8.5), of(20.0), of(31.0)),
            (Closeness::VerySimilar, Closeness::VerySimilar, Closeness::Similar)
        );
        assert_eq!((of(31.5), of(256.0)), (Closeness::Distant, Closeness::Details));
        assert_eq!(Closeness::of_bits(None), Closeness::Sound);
        let texts = Closeness::ALL.iter().map(|one| one.text());
        let standings = CopyStanding::ALL.iter().flat_map(|one| [one.judged(), one.open()]);
        for text in texts.chain(standings) {
            assert!(text.ru.chars().any(|letter| ('а'..='я').contains(&letter)) && text.en.is_ascii());
        }
    }

    #[test]
    fn time_codes_are_read_by_people() {
        assert_eq!([0.0, 3.04, 59.96, 3727.5].map(time_code), ["0:00.0", "0:03.0", "1:00.0", "1:02:07.5"]);
        assert_eq!((time_code(-1.0), time_code(f64::NAN)), ("0:00.0".to_owned(), "0:00.0".to_owned()));
    }
}
