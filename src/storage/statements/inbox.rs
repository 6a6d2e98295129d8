//! Inboxes of organisations, and who has read which verdict.

use std::collections::BTreeSet;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{IdSource, InboxEntryId, OrganisationId, UserId, VerdictId};
use podlinnik_domain::people::{Organisation, OrganisationLevel};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{InboxEntry, Page, Position};
use podlinnik_storage::row::{InboxRow, page};
use serde_json::Value;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::announcements::Announcement;
use super::people::organisation_list;
use super::{Answer, canonical, micros, one_more, start};
use crate::engine::Connection;

/// Levels of the tree; a circle of parents ends here too.
const LEVELS: usize = 8;

/// Who works on a region: its own organisation, those below it, and the federal ones. Everybody but partners for what concerns no region.
pub(super) async fn concerned(
    connection: &mut Connection,
    region: Option<&str>,
) -> Answer<BTreeSet<OrganisationId>> {
    let all = organisation_list(connection).await?;
    let within = |organisation: &Organisation, code: &str| {
        let mut next = Some(organisation);
        for _ in 0..LEVELS {
            let Some(one) = next else { return false };
            if one.code == code {
                return true;
            }
            next = one.parent.and_then(|parent| all.iter().find(|other| other.id == parent));
        }
        false
    };
    let works_on = |organisation: &&Organisation| match (organisation.level, region) {
        (OrganisationLevel::Partner, _) => false,
        (OrganisationLevel::Federal, _) | (_, None) => true,
        (_, Some(code)) => within(organisation, code),
    };
    Ok(all.iter().filter(works_on).map(|organisation| organisation.id).collect())
}

/// Puts an entry into each of these inboxes.
pub(super) async fn post(
    connection: &mut Connection,
    organisations: impl IntoIterator<Item = OrganisationId>,
    data: &Value,
    announcement: &Announcement,
    ids: &dyn IdSource,
) -> Answer<()> {
    let data = canonical("inbox data", data)?;
    let event_type = announcement.event_type;
    let created_at = micros(announcement.at);
    for organisation in organisations {
        let id = InboxEntryId::generate(ids).as_uuid();
        let organisation = organisation.as_uuid();
        query!(
            "insert into inbox_entries (id, organisation_id, event_type, data, created_at) values ($1, $2, $3, $4, $5)",
            id,
            organisation,
            event_type,
            data,
            created_at,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(super) async fn inbox_list(
    connection: &mut Connection,
    organisation: OrganisationId,
    user: UserId,
    unread: bool,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<InboxEntry>> {
    let organisation = organisation.as_uuid();
    let user = user.as_uuid();
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        InboxRow,
        r#"select inbox_entries.id as "id: Uuid", event_type, data, created_at, inbox_marks.read_at as "read_at?"
        from inbox_entries
        left join inbox_marks on inbox_marks.entry_id = inbox_entries.id
            and inbox_marks.user_id = $2
        where organisation_id = $1
            and (created_at, inbox_entries.id) < ($3, $4)
            and (inbox_marks.read_at is null or not $5)
        order by created_at desc, inbox_entries.id desc
        limit $6"#,
        organisation,
        user,
        at,
        id,
        unread,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |entry: &InboxEntry| Position { at: entry.created_at, id: entry.id.as_uuid() })?)
}

pub(super) async fn inbox_mark(
    connection: &mut Connection,
    organisation: OrganisationId,
    user: UserId,
    entry: InboxEntryId,
    at: Timestamp,
) -> Answer<()> {
    let organisation = organisation.as_uuid();
    let user = user.as_uuid();
    let entry = entry.as_uuid();
    let read_at = micros(at);
    let own = query_scalar!(
        "select created_at from inbox_entries where id = $1 and organisation_id = $2",
        entry,
        organisation
    )
    .fetch_optional(&mut *connection)
    .await?;
    if own.is_none() {
        return Err(StoreError::Missing { what: "inbox entry" }.into());
    }
    query!(
        "insert into inbox_marks (entry_id, user_id, read_at) values ($1, $2, $3) on conflict do nothing",
        entry,
        user,
        read_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn inbox_unread(
    connection: &mut Connection,
    organisation: OrganisationId,
    user: UserId,
) -> Answer<u64> {
    let organisation = organisation.as_uuid();
    let user = user.as_uuid();
    let count = query_scalar!(
        r#"select count(*) as "count!: i64"
        from inbox_entries
        where organisation_id = $1
            and not exists (select 1 from inbox_marks where entry_id = inbox_entries.id and user_id = $2)"#,
        organisation,
        user,
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(count).unwrap_or_default())
}

pub(super) async fn verdict_read(
    connection: &mut Connection,
    verdict: VerdictId,
    organisation: OrganisationId,
    at: Timestamp,
) -> Answer<()> {
    let verdict = verdict.as_uuid();
    let organisation = organisation.as_uuid();
    let read_at = micros(at);
    query!(
        "insert into verdict_reads (verdict_id, organisation_id, read_at) values ($1, $2, $3) on conflict do nothing",
        verdict,
        organisation,
        read_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn verdict_readers(
    connection: &mut Connection,
    verdict: VerdictId,
) -> Answer<Vec<OrganisationId>> {
    let verdict = verdict.as_uuid();
    let readers = query_scalar!(
        r#"select organisation_id as "organisation_id: Uuid"
        from verdict_reads
        where verdict_id = $1
        order by organisation_id"#,
        verdict,
    )
    .fetch_all(connection)
    .await?;
    Ok(readers.into_iter().map(Into::into).collect())
}
