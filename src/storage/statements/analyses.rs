//! Analyses and what is made of an item: pictures of the report, previews.

use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::AnalysisId;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::AnalysisRecord;
use podlinnik_storage::row::{AnalysisRow, DerivativeRow, all};
use sqlx::{query, query_as};
use uuid::Uuid;

use super::{Answer, micros, size};
use crate::engine::Connection;

/// A new analysis, queued; its job is the caller's.
pub(super) async fn analysis_insert(
    connection: &mut Connection,
    id: AnalysisId,
    media: Sha256,
    at: Timestamp,
) -> Answer<()> {
    let id = id.as_uuid();
    let sha256 = media.as_bytes().as_slice();
    let requested_at = micros(at);
    query!(
        "insert into analyses (id, media_sha256, state, progress_permille, requested_at)
        values ($1, $2, 'queued', 0, $3)",
        id,
        sha256,
        requested_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn analysis_get(
    connection: &mut Connection,
    id: AnalysisId,
) -> Answer<Option<AnalysisRecord>> {
    let id = id.as_uuid();
    let row = query_as!(
        AnalysisRow,
        r#"select
            id as "id: Uuid", media_sha256, state, progress_permille, error, report, report_sha256, requested_at, finished_at
        from analyses
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn derivative_list(
    connection: &mut Connection,
    analysis: AnalysisId,
) -> Answer<Vec<Derivative>> {
    let analysis = analysis.as_uuid();
    let rows = query_as!(
        DerivativeRow,
        "select name, kind, media_type, sha256, size_bytes, at_s, track, recipe
        from derivatives
        where analysis_id = $1
        order by name",
        analysis,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn derivative_insert(
    connection: &mut Connection,
    analysis: AnalysisId,
    derivative: &Derivative,
) -> Answer<()> {
    let analysis = analysis.as_uuid();
    let kind = derivative.kind.code();
    let sha256 = derivative.sha256.as_bytes().as_slice();
    let size_bytes = size("derivative size", derivative.size_bytes)?;
    let track = derivative.track.map(i64::from);
    query!(
        "insert into derivatives (analysis_id, name, kind, media_type, sha256, size_bytes, at_s, track, recipe)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        analysis,
        derivative.name,
        kind,
        derivative.media_type,
        sha256,
        size_bytes,
        derivative.at_s,
        track,
        derivative.recipe,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn derivative_add(
    connection: &mut Connection,
    analysis: AnalysisId,
    derivative: &Derivative,
) -> Answer<Derivative> {
    const MISSING: StoreError = StoreError::Missing { what: "analysis" };
    if analysis_get(connection, analysis).await?.is_none() {
        return Err(MISSING.into());
    }
    let analysis_id = analysis.as_uuid();
    let kind = derivative.kind.code();
    let sha256 = derivative.sha256.as_bytes().as_slice();
    let size_bytes = size("derivative size", derivative.size_bytes)?;
    let track = derivative.track.map(i64::from);
    query!(
        "insert into derivatives (analysis_id, name, kind, media_type, sha256, size_bytes, at_s, track, recipe)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (analysis_id, name) do nothing",
        analysis_id,
        derivative.name,
        kind,
        derivative.media_type,
        sha256,
        size_bytes,
        derivative.at_s,
        track,
        derivative.recipe,
    )
    .execute(&mut *connection)
    .await?;
    let recorded = derivative_list(connection, analysis).await?;
    recorded.into_iter().find(|one| one.name == derivative.name).ok_or_else(|| MISSING.into())
}
