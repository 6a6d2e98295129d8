//! What the world outside is told: changes and figures; and the situation for leadership. Webhooks are hints; this is the truth, and it can be asked for again from any point.

use jiff::SignedDuration;
use podlinnik_domain::change::{Change, ChangeKind, ChangedCorrection, ChangedNotice, ChangedVerdict};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, SubjectKind};
use podlinnik_domain::figures::Figures;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CorrectionId, NoticeId, VerdictId};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::recognition::VerdictStatus;
use podlinnik_domain::situation::{SeriesTally, Situation};
use podlinnik_domain::verdict::Verdict;

use crate::access::require;
use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, KnownMedia, Service};

/// A refutation later than this has lost most of its effect.
const FOUR_HOURS: SignedDuration = SignedDuration::from_hours(4);
/// Series that the situation names.
const SERIES_SHOWN: u32 = 20;
/// Items looked at for one address.
const ITEMS_PER_ADDRESS: u32 = 20;

/// Changes, and where to go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// Oldest first.
    pub items: Vec<Change>,
    /// The value for the next `since`: everything up to it has been told.
    pub next_since: u64,
    /// Whether there may be more right now.
    pub more: bool,
}

impl Service {
    /// Changes after `since`, oldest first; open to everybody with an account. Who did something and why stays inside.
    pub async fn changes(&self, _actor: &Actor, since: u64, limit: u32) -> Answer<Changes> {
        let limit = limit.clamp(1, MOST_ENTRIES);
        let events = self.store.change_since(since, limit).await?;
        let more = events.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        let next_since = events.last().map_or(since, |event| event.sequence);
        let mut items = Vec::with_capacity(events.len());
        for event in events {
            items.extend(self.change(&event).await?);
        }
        Ok(Changes { items, next_since, more })
    }

    /// What an event means outside; none where it means nothing there.
    async fn change(&self, event: &Event) -> Answer<Option<Change>> {
        let broken = || ServiceError::Internal(format!("event {} is about nothing", event.sequence));
        let (verdict, notice) = match event.subject_kind {
            SubjectKind::Verdict => {
                let id: VerdictId = event.subject_id.parse().map_err(|_| broken())?;
                (self.store.verdict_get(id).await?.ok_or_else(broken)?, None)
            }
            SubjectKind::Notice => {
                let id: NoticeId = event.subject_id.parse().map_err(|_| broken())?;
                let notice = self.store.notice_get(id).await?.ok_or_else(broken)?;
                (self.store.verdict_get(notice.verdict).await?.ok_or_else(broken)?, Some(notice))
            }
            _ => return Ok(None),
        };
        // A proposal that never counted is nobody's business outside.
        let Some(status) = verdict.status() else { return Ok(None) };
        let kind = match event.kind.as_str() {
            "verdict_disputed" | "verdict_returned" => ChangeKind::VerdictSuperseded,
            other => other.parse().map_err(|_| broken())?,
        };
        let case = self.store.case_get(verdict.case).await?.ok_or_else(broken)?;
        let notice = match notice {
            None => None,
            Some(notice) => Some(ChangedNotice {
                id: notice.id,
                version: notice.version,
                state: notice.state,
                page: format!("/notices/{}", notice.id),
                title: notice.text.title,
                region: notice.region,
                correction: self.changed_correction(event).await?,
            }),
        };
        Ok(Some(Change {
            sequence: event.sequence,
            kind,
            at: event.at,
            case: case.id,
            media_sha256: case.media_sha256,
            verdict: ChangedVerdict {
                id: verdict.id,
                revision: verdict.revision,
                kind: verdict.proposal.kind,
                status,
            },
            notice,
        }))
    }

    async fn changed_correction(&self, event: &Event) -> Answer<Option<ChangedCorrection>> {
        let named = event.payload.get("correction").and_then(serde_json::Value::as_str);
        let Some(id) = named.and_then(|text| text.parse::<CorrectionId>().ok()) else { return Ok(None) };
        let Some(correction) = self.store.correction_get(id).await? else { return Ok(None) };
        let settled = correction.settled;
        Ok(Some(ChangedCorrection {
            id,
            kind: settled.as_ref().map(|settled| settled.kind),
            statement: settled.as_ref().map(|settled| settled.statement.clone()),
            statement_en: settled.and_then(|settled| settled.statement_en),
        }))
    }

    /// Figures of the time from `from` until before `until`, of one region if given; open to everybody.
    pub async fn figures(
        &self,
        from: Timestamp,
        until: Timestamp,
        region: Option<String>,
    ) -> Answer<Figures> {
        let now = self.clock.now();
        let counts = self.store.figure_counts(from, until, region.as_deref(), now).await?;
        Ok(Figures::new(from, until, region, &counts))
    }

    /// The situation from `from` until before `until`, of the cases that the actor may see; of one region if given, and then without series, which
    /// know no region.
    ///
    /// # Errors
    /// `forbidden` but for approvers, corrections officers, administrators and auditors.
    pub async fn situation(
        &self,
        actor: &Actor,
        from: Timestamp,
        until: Timestamp,
        region: Option<String>,
    ) -> Answer<Situation> {
        require(actor, &[Role::Approver, Role::CorrectionsOfficer, Role::OrgAdmin, Role::Auditor])?;
        let late_before = self.clock.now().checked_sub(FOUR_HOURS).unwrap_or(Timestamp::MIN);
        let sight = self.sight(actor).await?;
        let mut groups = self.store.situation(from, until, late_before).await?;
        groups
            .retain(|group| sight.covers(group.organisation) && (region.is_none() || group.region == region));
        let grown = match region {
            Some(_) => Vec::new(),
            None => self.store.series_list(None, SERIES_SHOWN).await?.items,
        };
        let series = grown
            .into_iter()
            .filter(|one| one.grown_at >= from && one.grown_at < until)
            .map(|one| SeriesTally { series: one.series.id, items: one.members, grown_at: one.grown_at });
        Ok(Situation::new(from, until, &groups, series.collect()).of_region(region))
    }

    /// Every verdict revision on these bytes that ever counted, oldest first, with how each stands now. Open to everybody with an account.
    pub async fn known_revisions(
        &self,
        actor: &Actor,
        sha256: Sha256,
    ) -> Answer<Vec<(Verdict, VerdictStatus)>> {
        let Some(case) = self.store.case_by_media(sha256).await? else { return Ok(Vec::new()) };
        let verdicts = self.store.verdict_list(case.id).await?;
        for verdict in &verdicts {
            self.has_read(actor, verdict).await?;
        }
        Ok(verdicts
            .into_iter()
            .filter_map(|verdict| verdict.status().map(|status| (verdict, status)))
            .collect())
    }

    /// What is known of items that were handed in with this address, latest first; judged ones for everybody, others for those who see the case.
    pub async fn known_by_address(&self, actor: &Actor, source_url: &str) -> Answer<Vec<KnownMedia>> {
        let mut known = Vec::new();
        for case in self.store.case_list_by_source(source_url.trim(), ITEMS_PER_ADDRESS).await? {
            if let Some(case) = self.store.case_get(case).await? {
                known.extend(self.known_media(actor, case.media_sha256).await?);
            }
        }
        Ok(known)
    }
}
