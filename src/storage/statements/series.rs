//! Items that belong together. The caller's transaction holds the history's lock.

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{SeriesId, UserId};
use podlinnik_domain::original::{Series, SeriesMember};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{Page, Position, SeriesGrowth, SeriesLink};
use podlinnik_storage::row::{SeriesGrowthRow, SeriesMemberRow, SeriesRow, all, page};
use serde_json::{Value, json};
use sqlx::{query, query_as};
use uuid::Uuid;

use super::events::{Entry, append};
use super::people::user_must_exist;
use super::submissions::media_get;
use super::{Answer, micros, one_more, start};
use crate::engine::Connection;

pub(super) async fn series_get(connection: &mut Connection, id: SeriesId) -> Answer<Option<Series>> {
    let id = id.as_uuid();
    let row = query_as!(
        SeriesRow,
        r#"select id as "id: Uuid", founded_at, merged_into as "merged_into: Uuid", merged_at
        from series
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn series_by_media(connection: &mut Connection, sha256: Sha256) -> Answer<Option<Series>> {
    let sha256 = sha256.as_bytes().as_slice();
    let row = query_as!(
        SeriesRow,
        r#"select
            series.id as "id: Uuid", series.founded_at, series.merged_into as "merged_into: Uuid", series.merged_at
        from series_members
        join series on series.id = series_members.series_id
        where series_members.sha256 = $1
            and series.merged_into is null"#,
        sha256,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn series_list(
    connection: &mut Connection,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<SeriesGrowth>> {
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        SeriesGrowthRow,
        r#"select
            series.id as "id!: Uuid", series.founded_at as "founded_at!: i64", series.merged_into as "merged_into: Uuid",
            series.merged_at, max(series_members.added_at) as "grown_at!: i64", count(*) as "members!: i64"
        from series
        join series_members on series_members.series_id = series.id
        where series.merged_into is null
        group by series.id
        having (max(series_members.added_at), series.id) < ($1, $2)
        order by max(series_members.added_at) desc, series.id desc
        limit $3"#,
        at,
        id,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |one: &SeriesGrowth| Position { at: one.grown_at, id: one.series.id.as_uuid() })?)
}

pub(super) async fn series_members(connection: &mut Connection, id: SeriesId) -> Answer<Vec<SeriesMember>> {
    let id = id.as_uuid();
    let rows = query_as!(
        SeriesMemberRow,
        r#"select sha256, why, added_at, added_by as "added_by: Uuid"
        from series_members
        where series_id = $1
        order by added_at, sha256"#,
        id,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn series_link(connection: &mut Connection, link: &SeriesLink) -> Answer<Series> {
    let [one, other] = link.media;
    if one == other {
        return Err(StoreError::Conflict { what: "item of the pair" }.into());
    }
    if let Some(actor) = link.actor {
        user_must_exist(connection, actor).await?;
    }
    for media in link.media {
        if media_get(connection, media).await?.is_none() {
            return Err(StoreError::Missing { what: "media" }.into());
        }
    }
    let series = match (series_by_media(connection, one).await?, series_by_media(connection, other).await?) {
        (None, None) => found(connection, link).await?,
        (Some(series), None) => grow(connection, link, series.id, other).await?,
        (None, Some(series)) => grow(connection, link, series.id, one).await?,
        (Some(series), Some(same)) if series.id == same.id => series.id,
        (Some(series), Some(another)) => merge(connection, link, &series, &another).await?,
    };
    series_get(connection, series).await?.ok_or_else(|| StoreError::Missing { what: "series" }.into())
}

async fn found(connection: &mut Connection, link: &SeriesLink) -> Answer<SeriesId> {
    let id = link.series.as_uuid();
    let at = micros(link.at);
    query!(
        "insert into series (id, founded_at)
        values ($1, $2)",
        id,
        at,
    )
    .execute(&mut *connection)
    .await?;
    for media in link.media {
        member_insert(connection, link, link.series, media).await?;
    }
    record(connection, link, link.series, "series_founded", json!({ "media": link.media, "why": link.why }))
        .await?;
    Ok(link.series)
}

async fn grow(
    connection: &mut Connection,
    link: &SeriesLink,
    series: SeriesId,
    media: Sha256,
) -> Answer<SeriesId> {
    member_insert(connection, link, series, media).await?;
    record(connection, link, series, "series_grown", json!({ "media": media, "why": link.why })).await?;
    Ok(series)
}

/// The younger goes into the older and keeps its own list as it was.
async fn merge(
    connection: &mut Connection,
    link: &SeriesLink,
    one: &Series,
    other: &Series,
) -> Answer<SeriesId> {
    let age = |series: &Series| (series.founded_at, series.id);
    let (older, younger) = if age(one) <= age(other) { (one.id, other.id) } else { (other.id, one.id) };
    let (into, from, at) = (older.as_uuid(), younger.as_uuid(), micros(link.at));
    query!(
        "update series
        set merged_into = $2, merged_at = $3
        where id = $1",
        from,
        into,
        at,
    )
    .execute(&mut *connection)
    .await?;
    query!(
        "insert into series_members (series_id, sha256, why, added_at, added_by)
        select series.id, series_members.sha256, series_members.why, series_members.added_at, series_members.added_by
        from series
        join series_members on series_members.series_id = $1
        where series.id = $2",
        from,
        into,
    )
    .execute(&mut *connection)
    .await?;
    let facts = json!({ "into": older, "media": link.media, "why": link.why });
    record(connection, link, younger, "series_merged", facts).await?;
    Ok(older)
}

async fn member_insert(
    connection: &mut Connection,
    link: &SeriesLink,
    series: SeriesId,
    media: Sha256,
) -> Answer<()> {
    let series = series.as_uuid();
    let sha256 = media.as_bytes().as_slice();
    let why = link.why.code();
    let at = micros(link.at);
    let by = link.actor.map(UserId::as_uuid);
    query!(
        "insert into series_members (series_id, sha256, why, added_at, added_by)
        values ($1, $2, $3, $4, $5)",
        series,
        sha256,
        why,
        at,
        by,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn record(
    connection: &mut Connection,
    link: &SeriesLink,
    series: SeriesId,
    kind: &str,
    payload: Value,
) -> Answer<()> {
    let subject = (SubjectKind::Series, series.as_uuid());
    append(connection, Entry { subject, kind, actor: link.actor, reason: None, at: link.at, payload }).await
}
