//! Previews that go when their case has ended; they can be made anew.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::AnalysisId;
use podlinnik_storage::record::{NewRemoval, Removable};
use podlinnik_storage::row::{RemovableRow, all, digest};
use podlinnik_storage::{RetentionStore, StoreError};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::store::{read, record, repeat, update};
use super::{Answer, micros};
use crate::engine::{Connection, Handle};

/// Previews of ended cases; what comes after the conditions is given.
macro_rules! removable {
    ($rest:tt $(, $argument:expr)* $(,)?) => {
        query_as!(
            RemovableRow,
            r#"select
                cases.id as "case_id: Uuid", case_board.changed_at, derivatives.analysis_id as "analysis_id: Uuid", derivatives.name,
                derivatives.sha256, derivatives.size_bytes
            from derivatives
            join analyses on analyses.id = derivatives.analysis_id
            join cases on cases.media_sha256 = analyses.media_sha256
            join case_board on case_board.case_id = cases.id
            where derivatives.kind = 'preview'
                and cases.state = 'approved'
                and case_board.changed_at < $1
                and not exists (
                    select 1
                    from notices
                    where notices.case_id = cases.id
                        and notices.state in ('draft', 'in_review', 'approved', 'correction_open')
                )
                and not exists (select 1 from inquiries where inquiries.case_id = cases.id and inquiries.state = 'open')
                and not exists (
                    select 1
                    from appeals
                    join notices on notices.id = appeals.notice_id
                    where notices.case_id = cases.id
                        and appeals.state = 'open'
                )
            "# + $rest
            $(, $argument)*
        )
    };
}

async fn removable_list(
    connection: &mut Connection,
    before: Timestamp,
    after: Option<(AnalysisId, &str)>,
    limit: u32,
) -> Answer<Vec<Removable>> {
    let before = micros(before);
    let (analysis, name) = after.map_or((Uuid::nil(), ""), |(analysis, name)| (analysis.as_uuid(), name));
    let limit = i64::from(limit);
    let rows = removable!(
        "and (derivatives.analysis_id, derivatives.name) > ($2, $3)
        order by derivatives.analysis_id, derivatives.name
        limit $4",
        before,
        analysis,
        name,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

async fn preview_remove(connection: &mut Connection, removal: &NewRemoval) -> Answer<bool> {
    let (analysis, name, at) = (removal.analysis.as_uuid(), removal.name.as_str(), micros(removal.at));
    if let Some((_, before)) = removal.rule {
        let before = micros(before);
        let wanted =
            removable!("and derivatives.analysis_id = $2 and derivatives.name = $3", before, analysis, name,)
                .fetch_optional(&mut *connection)
                .await?;
        if wanted.is_none() {
            return Ok(false);
        }
    }
    let days = removal.rule.map(|(days, _)| i64::from(days));
    let recorded = query!(
        "insert into removals (analysis_id, name, removed_at, kind, media_type, sha256, size_bytes, recipe, after_days)
        select analysis_id, name, $3, kind, media_type, sha256, size_bytes, recipe, $4
        from derivatives
        where analysis_id = $1
            and name = $2
            and kind = 'preview'",
        analysis,
        name,
        at,
        days,
    )
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if recorded == 0 {
        return Ok(false);
    }
    let sha256 =
        query_scalar!("select sha256 from derivatives where analysis_id = $1 and name = $2", analysis, name,)
            .fetch_one(&mut *connection)
            .await?;
    query!("delete from derivatives where analysis_id = $1 and name = $2", analysis, name)
        .execute(&mut *connection)
        .await?;
    let entry = Entry {
        subject: (SubjectKind::Analysis, analysis),
        kind: "preview_removed",
        actor: None,
        reason: None,
        at: removal.at,
        payload: json!({ "name": name, "sha256": digest::<Sha256>("derivative digest", &sha256)?, "after_days": days }),
    };
    append(connection, entry).await?;
    Ok(true)
}

async fn removal_unsettled(connection: &mut Connection, limit: u32) -> Answer<Vec<Sha256>> {
    let limit = i64::from(limit);
    let rows = query_scalar!(
        "select sha256
        from removals
        where settled_at is null
        order by removed_at, analysis_id, name
        limit $1",
        limit,
    )
    .fetch_all(connection)
    .await?;
    let digests = rows.iter().map(|row| digest::<Sha256>("digest of what was removed", row));
    Ok(digests.collect::<Result<_, StoreError>>()?)
}

async fn blob_is_named(connection: &mut Connection, sha256: Sha256) -> Answer<bool> {
    let sha256 = sha256.as_bytes().as_slice();
    let named = query_scalar!(
        r#"select
            (select count(*) from media where sha256 = $1)
            + (select count(*) from archive_items where sha256 = $1)
            + (select count(*) from derivatives where sha256 = $1) as "count!: i64""#,
        sha256,
    )
    .fetch_one(connection)
    .await?;
    Ok(named > 0)
}

async fn removal_settle(connection: &mut Connection, sha256: Sha256, at: Timestamp) -> Answer<()> {
    let (sha256, at) = (sha256.as_bytes().as_slice(), micros(at));
    query!(
        "update removals
        set settled_at = case when removed_at > $2 then removed_at else $2 end
        where sha256 = $1
            and settled_at is null",
        sha256,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

#[async_trait]
impl RetentionStore for Handle {
    async fn removable_list(
        &self,
        before: Timestamp,
        after: Option<(AnalysisId, &str)>,
        limit: u32,
    ) -> Result<Vec<Removable>, StoreError> {
        read!(self, connection => removable_list(connection, before, after, limit))
    }

    async fn preview_remove(&self, removal: &NewRemoval) -> Result<bool, StoreError> {
        record!(self, connection => preview_remove(connection, removal))
    }

    async fn removal_unsettled(&self, limit: u32) -> Result<Vec<Sha256>, StoreError> {
        read!(self, connection => removal_unsettled(connection, limit))
    }

    async fn blob_is_named(&self, sha256: Sha256) -> Result<bool, StoreError> {
        read!(self, connection => blob_is_named(connection, sha256))
    }

    async fn removal_settle(&self, sha256: Sha256, at: Timestamp) -> Result<(), StoreError> {
        update!(self, connection => removal_settle(connection, sha256, at))
    }
}
