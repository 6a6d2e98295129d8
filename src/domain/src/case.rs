//! The file on one media item, from first sight to approval (DESIGN §2).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::hash::Sha256;
use crate::id::{AnalysisId, CaseId, OrganisationId};

coded_enum! {
    /// Where a case stands.
    pub enum CaseState {
        New = "new",
        Triaged = "triaged",
        InAnalysis = "in_analysis",
        VerdictProposed = "verdict_proposed",
        SecondLook = "second_look",
        Agreed = "agreed",
        Disputed = "disputed",
        Approved = "approved",
        Parked = "parked",
    }
}

/// A case as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Case {
    /// Identifier.
    pub id: CaseId,
    /// The media item; exactly one case per item.
    pub media_sha256: Sha256,
    /// The organisation that first handed it in.
    pub organisation: OrganisationId,
    /// Region named by the first submission.
    pub region: Option<String>,
    /// Where it stands.
    pub state: CaseState,
    /// The latest analysis.
    pub analysis: AnalysisId,
    /// When the item was first seen here: the clocks start now.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen_at: Timestamp,
    /// Changes with every transition; the value that `If-Match` has to carry.
    pub version: u64,
}
