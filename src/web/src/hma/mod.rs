//! `/hma`: the look-ups in the words of Meta's Hasher-Matcher-Actioner, so that its clients can point their base address here. One file a call.
//!
//! ✅ spoken: `GET /status`, `GET /site-map`, `GET /m/lookup`, `POST /m/lookup`, `GET /m/raw_lookup`, `GET /m/index/status`, `POST /h/hash`, `GET /c/banks`,
//! `GET /c/bank/{name}`, `GET /c/bank/{name}/content/{id}`, `GET /c/signal_type`, `GET /c/content_type`.
//! ❌ answered with 501 and a sentence: `GET /m/lookup?url=`, `GET /h/hash?url=` (the service fetches no address that a caller names), `POST /c/banks` (banks
//! are kinds of verdicts, and only people give those). Everything else is 404 or 405: exchanges, changing banks and content, `/m/compare`, `/ui`.
//!
//! A match is no verdict: hashes do not see an exchanged face, and a genuine clip matches the fake that was made from it. `POST /api/v1/submissions` holds the two
//! against each other.
//!
//! Differences: every call needs a bearer token; a bank is a kind of verdict and holds what people hold for that now; signal types are `pdq` and `sha256`,
//! never `video_md5`; `seed` and `bypass_coinflip` change nothing, since every bank is always on; failures are problems (RFC 9457) that carry the same
//! sentence in `message` too.

use axum::extract::DefaultBodyLimit;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_pipeline::recognition::exchange::{BankMatch, Signal, bank_name};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::AppState;

mod bank;
mod bank_create;
mod banks;
mod content;
mod content_type;
mod form;
mod hash;
mod hash_url;
mod index_status;
mod lookup;
mod lookup_file;
mod raw_lookup;
mod signal_type;
mod site_map;
mod status;

/// Where it lies.
pub(crate) const PREFIX: &str = "/hma";
/// Largest picture that is hashed, and what comes around it in the form.
const PICTURE_BYTES: usize = 32 << 20;

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    let pictures = OpenApiRouter::default()
        .routes(routes!(hash::hma_hash, hash_url::hma_hash_url))
        .routes(routes!(lookup::hma_lookup, lookup_file::hma_lookup_file))
        .layer(DefaultBodyLimit::max(PICTURE_BYTES + 64 * 1024));
    OpenApiRouter::default()
        .routes(routes!(status::hma_status))
        .routes(routes!(site_map::hma_site_map))
        .routes(routes!(raw_lookup::hma_raw_lookup))
        .routes(routes!(index_status::hma_index_status))
        .routes(routes!(banks::hma_banks, bank_create::hma_bank_create))
        .routes(routes!(bank::hma_bank))
        .routes(routes!(content::hma_content))
        .routes(routes!(signal_type::hma_signal_types))
        .routes(routes!(content_type::hma_content_types))
        .merge(pictures)
}

/// A bank: a kind of verdict.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Bank {
    /// The kind in capitals.
    #[schema(example = "MANIPULATED_FACE")]
    name: String,
    /// Always 1: nothing is left to chance.
    matching_enabled_ratio: f64,
}

impl From<VerdictKind> for Bank {
    fn from(kind: VerdictKind) -> Self {
        Self { name: bank_name(kind), matching_enabled_ratio: 1.0 }
    }
}

/// An item of a bank that a signal leads to.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct ContentMatch {
    /// Its number: the first 52 bits of the SHA-256 of its bytes.
    bank_content_id: u64,
    /// Bits that differ, as a text.
    #[schema(example = "12")]
    distance: String,
}

impl From<&BankMatch> for ContentMatch {
    fn from(found: &BankMatch) -> Self {
        Self { bank_content_id: found.content, distance: found.distance.to_string() }
    }
}

/// Matches by the name of their bank.
type ByBank = std::collections::BTreeMap<String, Vec<ContentMatch>>;

fn by_bank(matches: &[BankMatch]) -> ByBank {
    let mut banks = ByBank::new();
    for found in matches {
        banks.entry(bank_name(found.bank)).or_default().push(found.into());
    }
    banks
}

/// A signal to look up.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignalQuery {
    /// `pdq` or `sha256`.
    #[param(example = "pdq")]
    signal_type: Option<String>,
    /// The hash in hexadecimal digits.
    #[param(example = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22")]
    signal: Option<String>,
    /// Not supported: the service fetches no address that a caller names.
    url: Option<String>,
    /// Whether matches carry their distance (`raw_lookup` only).
    #[param(example = true)]
    include_distance: Option<String>,
}

/// What these services answer to what they cannot make sense of: 400.
fn refused(field: &str, rule: &str) -> Problem {
    Problem::new(ErrorCode::BadRequest).with_field(field, rule)
}

fn signal_named(name: &str) -> Result<Signal, Problem> {
    name.parse().map_err(|_| refused("signal_type", "`pdq` or `sha256`"))
}

impl SignalQuery {
    /// Type and value.
    fn signal(&self) -> Result<(Signal, &str), Problem> {
        let value = self.signal.as_deref().ok_or_else(|| refused("signal", "needed"))?;
        let name = self.signal_type.as_deref().ok_or_else(|| refused("signal_type", "`pdq` or `sha256`"))?;
        Ok((signal_named(name)?, value))
    }

    /// Those services take `true`, `1` and `yes` for yes.
    fn wants_distance(&self) -> bool {
        let text = self.include_distance.as_deref().unwrap_or_default().to_ascii_lowercase();
        ["true", "1", "yes", "t", "y"].contains(&text.as_str())
    }
}
