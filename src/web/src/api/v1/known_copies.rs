//! Known copies as answers show them: of what an item is a copy, and what people decided about that, as it stands at the moment of the answer.

use jiff::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CopyMatchId, SeriesId};
use podlinnik_domain::original::CopyMatchState;
use podlinnik_domain::recognition::{Closeness, CopyStanding, VerdictStatus, time_code};
use podlinnik_domain::trace::CopyComparison;
use podlinnik_pipeline::recognition::{KnownCopyAnswer, Recognition};
use serde::Serialize;

use super::media::{KnownNotice, KnownVerdict, Words};

/// Of what an item is a copy.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct RecognitionView {
    /// Whether the item was looked up among what was handed in before; it is the first step of an analysis, long before its end.
    looked_up: bool,
    /// Known items that it is a copy of, or resembles: judged ones first, sure ones before others, then the nearest. What people rejected is left out.
    known_copies: Vec<KnownCopyView>,
    /// The series of items that it belongs to.
    series: Option<SeriesLink>,
    /// When this was so: verdicts are read anew for every answer.
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
}

/// A series and where it is found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SeriesLink {
    /// Identifier.
    id: SeriesId,
    /// Where it is found.
    link: String,
}

/// A known item that another is a copy of. A machine noticed it; what is said about the known item, people decided.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KnownCopyView {
    /// What was noticed between the two: where people confirm or reject it. None for a look-up without the media, and for the very same bytes.
    copy_match: Option<CopyMatchLink>,
    /// How far one may rely on it.
    standing: CopyStanding,
    /// The answer in words.
    words: Sentence,
    /// What people decided about the known item; none while they are still at it.
    verdict: Option<CopyVerdict>,
    /// Which stretches correspond.
    spans: Vec<SpanPair>,
    /// How near the two are by their hashes, which do not see an exchanged face.
    distance: Distance,
    /// What holding the two against each other gave, frame by frame and sound against sound.
    compared: CopyComparison,
    /// Left and right are exchanged.
    mirror: bool,
    /// The known item.
    item: KnownItem,
}

/// A match between two items and where it is found.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CopyMatchLink {
    /// Identifier.
    id: CopyMatchId,
    /// What people think of it.
    state: CopyMatchState,
    /// Where it is found.
    link: String,
}

/// A text in both languages, put together for this answer.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Sentence {
    /// Russian.
    ru: String,
    /// English.
    en: String,
}

/// An approved verdict on the known item, and how it stands.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CopyVerdict {
    #[serde(flatten)]
    verdict: KnownVerdict,
    /// Whether people are at a new revision.
    status: VerdictStatus,
    /// When it was so.
    #[schema(value_type = String, format = DateTime)]
    valid_as_of: Timestamp,
}

/// A stretch of the item that is asked about and the same stretch of the known one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SpanPair {
    /// From and until, in seconds of the item that is asked about.
    here_s: [f64; 2],
    /// From and until, in seconds of the known item.
    there_s: [f64; 2],
    /// The first as time codes.
    #[schema(example = "0:00.0–0:08.0")]
    here: String,
    /// The second as time codes.
    #[schema(example = "0:03.0–0:11.0")]
    there: String,
}

/// How near two items are: words first, numbers for those who want them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Distance {
    /// A stable code.
    closeness: Closeness,
    /// In words.
    words: Words,
    /// Median distance of matched frames, bits of 256; none where the sound alone matches.
    bits: Option<f64>,
    /// Share of the sound's fingerprint bits that differ.
    sound_error: Option<f64>,
}

/// A known item.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KnownItem {
    /// The bytes.
    sha256: Sha256,
    /// When it was first seen here.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Timestamp,
    /// What anybody with a token may know of it.
    media: String,
    /// The case on it, for those who may see it.
    case: Option<String>,
    /// Published notices about it.
    notices: Vec<KnownNotice>,
}

impl SpanPair {
    /// Time codes made of seconds.
    pub(crate) fn new(here_s: [f64; 2], there_s: [f64; 2]) -> Self {
        let codes = |[from_s, until_s]: [f64; 2]| format!("{}–{}", time_code(from_s), time_code(until_s));
        Self { here_s, there_s, here: codes(here_s), there: codes(there_s) }
    }
}

impl Distance {
    /// Words and numbers.
    pub(crate) fn new(closeness: Closeness, bits: Option<f64>, sound_error: Option<f64>) -> Self {
        Self { closeness, words: closeness.text().into(), bits, sound_error }
    }
}

/// Where a match is found.
pub(crate) fn match_address(id: CopyMatchId) -> String {
    format!("/api/v1/copy-matches/{id}")
}

impl KnownCopyView {
    /// As it stood at `as_of`.
    pub(crate) fn new(answer: KnownCopyAnswer, as_of: Timestamp) -> Self {
        let KnownCopyAnswer { found, standing, closeness, copy, known, status, case_in_sight } = answer;
        let words = match &known.verdict {
            Some(verdict) => {
                let (said, kind) = (standing.judged(), verdict.proposal.kind.text());
                Sentence { ru: format!("{}: {}", said.ru, kind.ru), en: format!("{}: {}", said.en, kind.en) }
            }
            None => {
                let said = standing.open();
                Sentence { ru: said.ru.to_owned(), en: said.en.to_owned() }
            }
        };
        let verdict = known.verdict.zip(status).map(|(verdict, status)| CopyVerdict {
            verdict: verdict.into(),
            status,
            valid_as_of: as_of,
        });
        let (sha256, case) = (known.case.media_sha256, known.case.id);
        Self {
            copy_match: found.map(|(id, state)| CopyMatchLink { id, state, link: match_address(id) }),
            standing,
            words,
            verdict,
            spans: vec![SpanPair::new(copy.suspect_span_s, copy.known_span_s)],
            distance: Distance::new(closeness, copy.distance_bits, copy.sound_error),
            compared: copy.compared,
            mirror: copy.mirror,
            item: KnownItem {
                sha256,
                first_seen_at: known.case.first_seen_at,
                media: format!("/api/v1/media/{sha256}"),
                case: case_in_sight.then(|| format!("/api/v1/cases/{case}")),
                notices: known.notices.into_iter().map(KnownNotice::from).collect(),
            },
        }
    }
}

impl From<Recognition> for RecognitionView {
    fn from(recognition: Recognition) -> Self {
        let Recognition { looked_up, copies, series, as_of } = recognition;
        Self {
            looked_up,
            known_copies: copies.into_iter().map(|copy| KnownCopyView::new(copy, as_of)).collect(),
            series: series.map(|id| SeriesLink { id, link: format!("/api/v1/series/{id}") }),
            as_of,
        }
    }
}
