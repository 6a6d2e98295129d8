//! An item beside others: what it is called, its pictures, where it belongs, what people decided.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::recognition::time_code;
use podlinnik_domain::region::Regions;
use podlinnik_pipeline::recognition::Glance;

use super::archive::title as title_of_original;
use super::shell::Shell;
use super::wording::brief;

/// Frames that are shown of an item.
const FRAMES: usize = 6;
/// Letters of a name.
const NAME_CHARS: usize = 90;
/// Digits of a digest that stand in for a name.
const SHORT_DIGEST: usize = 12;

/// A picture of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) address: String,
    /// The moment that it shows.
    pub(super) at: Option<String>,
}

/// An item, ready to print.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) title: String,
    /// The beginning of its digest.
    pub(super) digest: String,
    /// Its case, for those who may see it.
    pub(super) case: Option<String>,
    /// The state of the case.
    pub(super) state: Option<&'static str>,
    pub(super) organisation: Option<String>,
    pub(super) region: Option<&'static str>,
    pub(super) networks: Vec<String>,
    /// When it was first seen.
    pub(super) seen: Option<String>,
    pub(super) verdict: Option<&'static str>,
    pub(super) frames: Vec<Picture>,
    /// It beside its original.
    pub(super) comparison: Option<String>,
    /// The original with these bytes.
    pub(super) original: Option<String>,
}

impl Item {
    pub(super) fn new(glance: Glance, now: Timestamp, shell: &Shell) -> Self {
        let Glance { sha256, case, organisation, submissions, frames, comparisons, original, verdict } =
            glance;
        let digest = sha256.to_string();
        let said = submissions.iter().rev().find_map(|one| one.circumstances.file_name.clone());
        let noted = || submissions.iter().rev().find_map(|one| one.circumstances.note.clone());
        let title = original
            .as_ref()
            .map(title_of_original)
            .or(said)
            .or_else(noted)
            .unwrap_or_else(|| digest.chars().take(SHORT_DIGEST).collect());
        let title = if title.chars().count() > NAME_CHARS {
            title.chars().take(NAME_CHARS - 1).chain(['…']).collect()
        } else {
            title
        };
        let mut networks: Vec<String> =
            submissions.iter().filter_map(|one| one.circumstances.network.clone()).collect();
        networks.sort_unstable();
        networks.dedup();
        let address = |name: &str| {
            let analysis = case.as_ref()?.analysis;
            Some(format!("/api/v1/analyses/{analysis}/derivatives/{name}"))
        };
        // Spread over the whole length, not only its beginning.
        let step = frames.len().div_ceil(FRAMES).max(1);
        let picture = |frame: &podlinnik_domain::analysis::Derivative| {
            Some(Picture { address: address(&frame.name)?, at: frame.at_s.map(time_code) })
        };
        Self {
            title,
            frames: frames.iter().step_by(step).filter_map(picture).collect(),
            comparison: comparisons.first().and_then(|one| address(&one.name)),
            region: case
                .as_ref()
                .and_then(|case| Some(Regions::current().get(case.region.as_deref()?)?.name(shell.language))),
            seen: case.as_ref().map(|case| brief(case.first_seen_at, now, shell.reading())),
            state: case.as_ref().map(|case| shell.say(case.state.text())),
            case: case.as_ref().map(|case| format!("/desk/cases/{}", case.id)),
            organisation: organisation.map(|one| shell.t(&one.name_ru, &one.name_en).to_owned()),
            verdict: verdict.map(|verdict| shell.say(verdict.proposal.kind.text())),
            original: original.map(|item| format!("/desk/archive/{}", item.id)),
            networks,
            digest: digest.chars().take(SHORT_DIGEST).collect(),
        }
    }

    /// The picture that stands for it in lists.
    pub(super) fn poster(&self) -> Option<&str> {
        self.frames.first().map(|frame| frame.address.as_str())
    }
}
