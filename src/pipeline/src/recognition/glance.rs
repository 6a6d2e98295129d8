//! An item at a glance, for pages that put two or many beside each other: what it is called, its pictures, the verdict in force.

use podlinnik_domain::analysis::{Derivative, DerivativeKind};
use podlinnik_domain::case::Case;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::original::ArchiveItem;
use podlinnik_domain::people::{Actor, Organisation, Role};
use podlinnik_domain::submission::Submission;
use podlinnik_domain::verdict::Verdict;

use crate::access::require;
use crate::service::{Answer, Service};

/// Who looks at items beside each other.
const MAY_READ: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::OrgAdmin, Role::Auditor];

/// An item at a glance.
#[derive(Debug, Clone)]
pub struct Glance {
    /// Its bytes.
    pub sha256: Sha256,
    /// The case on it, if the actor may see it.
    pub case: Option<Case>,
    /// The organisation that has the case, also where the actor may not see the case itself.
    pub organisation: Option<Organisation>,
    /// How it was handed in, as far as the actor may see it, newest first.
    pub submissions: Vec<Submission>,
    /// Frames of the latest analysis, in the order of their times.
    pub frames: Vec<Derivative>,
    /// Pictures that show it beside its original.
    pub comparisons: Vec<Derivative>,
    /// The original with these bytes, withdrawn or not.
    pub original: Option<ArchiveItem>,
    /// The verdict in force.
    pub verdict: Option<Verdict>,
}

impl Service {
    /// What pages show of an item beside others.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn glance(&self, actor: &Actor, sha256: Sha256) -> Answer<Glance> {
        require(actor, MAY_READ)?;
        let found = self.store.case_by_media(sha256).await?;
        let organisation = match &found {
            Some(case) => self.store.organisation_get(case.organisation).await?,
            None => None,
        };
        let sight = self.sight(actor).await?;
        let case = found.filter(|case| sight.covers(case.organisation));
        let (mut frames, mut comparisons, mut submissions) = (Vec::new(), Vec::new(), Vec::new());
        if let Some(case) = &case {
            submissions = self.case_submissions(actor, case.id).await?;
            for derivative in self.store.derivative_list(case.analysis).await? {
                match derivative.kind {
                    DerivativeKind::Frame => frames.push(derivative),
                    DerivativeKind::Comparison => comparisons.push(derivative),
                    _ => {}
                }
            }
            frames.sort_by(|one, other| one.at_s.unwrap_or(0.0).total_cmp(&other.at_s.unwrap_or(0.0)));
        }
        let original = self.store.archive_by_media(sha256).await?;
        let verdict = self.known_media(actor, sha256).await?.and_then(|known| known.verdict);
        Ok(Glance { sha256, case, organisation, submissions, frames, comparisons, original, verdict })
    }
}
