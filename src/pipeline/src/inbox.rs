//! The inbox of an organisation: what was published, corrected or doubted in its regions, and what became of verdicts that it has read.

use podlinnik_domain::id::InboxEntryId;
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::{InboxEntry, Page, Position};

use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

/// A page of an inbox, and how much is unread in all of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// The page.
    pub page: Page<InboxEntry>,
    /// Entries that the person has not read.
    pub unread: u64,
}

impl Service {
    /// The inbox of the actor's organisation, newest first, with the actor's own marks.
    pub async fn inbox(
        &self,
        actor: &Actor,
        unread: bool,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Inbox> {
        let (organisation, user) = (actor.user.organisation, actor.user.id);
        let limit = limit.clamp(1, MOST_ENTRIES);
        let page = self.store.inbox_list(organisation, user, unread, after, limit).await?;
        Ok(Inbox { page, unread: self.store.inbox_unread(organisation, user).await? })
    }

    /// Marks an entry as read by the actor.
    pub async fn inbox_mark(&self, actor: &Actor, entry: InboxEntryId) -> Answer<()> {
        let (organisation, user) = (actor.user.organisation, actor.user.id);
        Ok(self.store.inbox_mark(organisation, user, entry, self.clock.now()).await?)
    }

    /// Remembers that the actor's organisation has read a verdict, so that it learns when that does not count any more. One that does not count
    /// yet, or any more, is nothing to remember.
    pub(crate) async fn has_read(&self, actor: &Actor, verdict: &Verdict) -> Answer<()> {
        let organisation = actor.user.organisation;
        if !verdict.is_current() || self.store.verdict_readers(verdict.id).await?.contains(&organisation) {
            return Ok(());
        }
        Ok(self.store.verdict_read(verdict.id, organisation, self.clock.now()).await?)
    }
}
