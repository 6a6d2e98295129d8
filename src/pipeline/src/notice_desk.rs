//! What the desk looks at around notices: lists by state, who wrote which version, who would be told, what became of the messages; questions that
//! are still open. Looking needs a role of the desk; records of other branches of the tree are left out.

use std::collections::BTreeMap;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::delivery::Channel;
use podlinnik_domain::id::{CaseId, NoticeId, OrganisationId};
use podlinnik_domain::inquiry::{Inquiry, InquiryState};
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::verdict::{Verdict, VerdictKind};
use podlinnik_storage::record::{DeliveryState, NoticeEntry, NoticeQuestion, NoticeVersion, Page, Position};

use crate::access::require;
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

/// Who works on cases and notices.
const DESK: &[Role] = &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::Auditor];

/// A notice as the list shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeskNotice {
    /// The notice.
    pub notice: Notice,
    /// What the verdict revision says that it is pinned to.
    pub verdict: VerdictKind,
    /// Whether that revision still counts.
    pub verdict_holds: bool,
    /// Whether the actor can take the next step with it.
    pub waits_for_me: bool,
}

/// Who would be told of a notice, without saying where they are reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NoticeAudience {
    /// Receivers by organisation and channel, with how many there are.
    pub receivers: BTreeMap<(OrganisationId, Channel), u32>,
    /// Organisations whose inboxes get an entry.
    pub inboxes: Vec<OrganisationId>,
}

/// A message about a notice to one receiver, without saying where that is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeDelivery {
    /// Whose receiver.
    pub organisation: OrganisationId,
    /// How it is reached.
    pub channel: Channel,
    /// Type of the message.
    pub event_type: String,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// When the message came about.
    pub created_at: Timestamp,
}

impl Service {
    /// Notices in some states that the actor may see, last changed first; those that wait for the actor lead each page.
    ///
    /// # Errors
    /// `forbidden` without a role of the desk.
    pub async fn desk_notices(
        &self,
        actor: &Actor,
        states: &[NoticeState],
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<DeskNotice>> {
        require(actor, DESK)?;
        let question = NoticeQuestion {
            person: actor.user.id,
            root: self.root(actor).await?,
            states: states.to_vec(),
            region: region.map(str::to_owned),
            after,
            limit: limit.clamp(1, MOST_ENTRIES),
        };
        let page = self.store.notice_page(&question).await?;
        let acts_on = self.jurisdiction(actor).await?;
        let shown = page.items.into_iter().map(|entry| DeskNotice {
            verdict: entry.verdict,
            verdict_holds: entry.verdict_holds,
            waits_for_me: acts_on.covers(entry.notice.organisation) && waits_for(actor, &entry),
            notice: entry.notice,
        });
        let mut items: Vec<_> = shown.collect();
        items.sort_by_key(|entry| !entry.waits_for_me);
        Ok(Page { items, next: page.next })
    }

    /// How many notices that the actor may see are in each state, of one region if given.
    ///
    /// # Errors
    /// `forbidden` without a role of the desk.
    pub async fn desk_notice_counts(
        &self,
        actor: &Actor,
        region: Option<&str>,
    ) -> Answer<BTreeMap<NoticeState, u64>> {
        require(actor, DESK)?;
        let root = self.root(actor).await?;
        Ok(self.store.notice_counts(root, region).await?.into_iter().collect())
    }

    /// All versions of a notice, oldest first.
    pub async fn notice_versions(&self, actor: &Actor, id: NoticeId) -> Answer<Vec<NoticeVersion>> {
        self.notice(actor, id).await?;
        Ok(self.store.notice_version_list(id).await?)
    }

    /// Who would be told if the notice were published now.
    pub async fn notice_audience(&self, actor: &Actor, id: NoticeId) -> Answer<NoticeAudience> {
        self.notice(actor, id).await?;
        let audience = self.store.notice_audience(id).await?;
        let mut receivers = BTreeMap::new();
        for receiver in audience.receivers {
            *receivers.entry((receiver.organisation, receiver.channel)).or_insert(0) += 1;
        }
        Ok(NoticeAudience { receivers, inboxes: audience.inboxes })
    }

    /// Messages about a notice, newest first: the latest 100.
    pub async fn notice_deliveries(&self, actor: &Actor, id: NoticeId) -> Answer<Vec<NoticeDelivery>> {
        self.notice(actor, id).await?;
        let deliveries = self.store.delivery_list_about(id.as_uuid(), MOST_ENTRIES).await?;
        let shown = deliveries.into_iter().map(|delivery| NoticeDelivery {
            organisation: delivery.receiver.organisation,
            channel: delivery.receiver.channel,
            event_type: delivery.event_type,
            state: delivery.state,
            attempts: delivery.attempts,
            created_at: delivery.created_at,
        });
        Ok(shown.collect())
    }

    /// The verdict revision of a case that counts now; none before the first approval.
    pub async fn current_verdict(&self, actor: &Actor, case: CaseId) -> Answer<Option<Verdict>> {
        let verdicts = self.verdicts(actor, case).await?;
        Ok(verdicts.into_iter().rev().find(Verdict::is_current))
    }

    /// Whether the actor may act on what belongs to `organisation`: its own, one below it, or any for the federal level.
    pub async fn acts_on(&self, actor: &Actor, organisation: OrganisationId) -> Answer<bool> {
        Ok(organisation == actor.user.organisation || self.jurisdiction(actor).await?.covers(organisation))
    }

    /// Questions about cases that the actor may see, in one state, the one that is due first first; at most 100.
    ///
    /// # Errors
    /// `forbidden` without a role of the desk.
    pub async fn desk_inquiries(&self, actor: &Actor, state: InquiryState) -> Answer<Vec<Inquiry>> {
        require(actor, DESK)?;
        let root = self.root(actor).await?;
        Ok(self.store.inquiry_list_of(root, state, MOST_ENTRIES).await?)
    }
}

/// Whether the next step with a notice is one that the actor can take. A notice whose verdict does not hold any more waits for nobody.
fn waits_for(actor: &Actor, entry: &NoticeEntry) -> bool {
    let has = |roles: &[Role]| roles.iter().any(|role| actor.user.has(*role));
    match entry.notice.state {
        NoticeState::InReview => entry.verdict_holds && has(&[Role::Approver]) && !entry.written_by_person,
        NoticeState::Approved => entry.verdict_holds && has(&[Role::Editor, Role::Approver]),
        NoticeState::CorrectionOpen => entry.correction.is_some_and(|open| match open.drafted_by {
            None => has(&[Role::Editor, Role::CorrectionsOfficer]),
            Some(drafter) => drafter != actor.user.id && has(&[Role::Approver, Role::CorrectionsOfficer]),
        }),
        _ => false,
    }
}
