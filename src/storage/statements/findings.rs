//! What findings rest on, and new analyses where that has been withdrawn.

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::Case;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::AnalysisId;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{JobKind, NewJob, Page, Position, Reopening};
use podlinnik_storage::row::{CaseRow, page};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{query, query_as};
use uuid::Uuid;

use super::analyses::{analysis_get, analysis_insert};
use super::decisions::case_get;
use super::events::{Entry, append};
use super::queue::job_insert;
use super::{Answer, one_more, start, text};
use crate::engine::Connection;

/// The part of a finding in a report that is searched by.
#[derive(Deserialize)]
struct Rests {
    method: String,
    version: String,
    state: String,
    #[serde(default)]
    model_sha256: Option<Sha256>,
    #[serde(default)]
    calibration_id: Option<String>,
}

/// Notes what the findings of a report rest on. A report without findings has none.
pub(super) async fn findings_store(
    connection: &mut Connection,
    analysis: AnalysisId,
    report: &Value,
) -> Answer<()> {
    let analysis = analysis.as_uuid();
    for finding in report.get("findings").and_then(Value::as_array).into_iter().flatten() {
        let Rests { method, version, state, model_sha256, calibration_id } = Rests::deserialize(finding)
            .map_err(|error| StoreError::Corrupt { what: "finding", detail: error.to_string() })?;
        let (method, version, state) = (text(&method), text(&version), text(&state));
        let model = model_sha256.as_ref().map(|sha256| sha256.as_bytes().as_slice());
        let calibration = calibration_id.as_deref().map(text);
        query!(
            "insert into findings (analysis_id, method, version, state, model_sha256, calibration_id)
            values ($1, $2, $3, $4, $5, $6)",
            analysis,
            method,
            version,
            state,
            model,
            calibration,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

pub(super) async fn case_list_by_model(
    connection: &mut Connection,
    model: Sha256,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<Case>> {
    let model = model.as_bytes().as_slice();
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        CaseRow,
        r#"select
            id as "id: Uuid", media_sha256, organisation_id as "organisation_id: Uuid", region, state,
            analysis_id as "analysis_id: Uuid", first_seen_at, topic, place, network, views, risk, spread_since,
            claimed_by as "claimed_by: Uuid", claimed_at, parked_reason, wake_at, version
        from cases
        where exists (
                select 1
                from findings
                where findings.analysis_id = cases.analysis_id
                    and findings.model_sha256 = $1
            )
            and (first_seen_at, id) < ($2, $3)
        order by first_seen_at desc, id desc
        limit $4"#,
        model,
        at,
        id,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |case: &Case| Position { at: case.first_seen_at, id: case.id.as_uuid() })?)
}

pub(super) async fn analysis_reopen(connection: &mut Connection, reopening: &Reopening) -> Answer<Case> {
    let action = "examine again";
    let case = case_get(connection, reopening.case).await?.ok_or(StoreError::Missing { what: "case" })?;
    if case.version != reopening.case_version {
        return Err(StoreError::Stale { action }.into());
    }
    let before =
        analysis_get(connection, case.analysis).await?.ok_or(StoreError::Missing { what: "analysis" })?;
    if !matches!(before.state, AnalysisState::Done | AnalysisState::Partial) {
        return Err(StoreError::WrongState { action, state: before.state.code().to_owned() }.into());
    }
    analysis_insert(connection, reopening.analysis, case.media_sha256, reopening.at).await?;
    let (id, analysis) = (case.id.as_uuid(), reopening.analysis.as_uuid());
    query!(
        "update cases
        set analysis_id = $2, version = version + 1
        where id = $1",
        id,
        analysis,
    )
    .execute(&mut *connection)
    .await?;
    let job = NewJob {
        id: reopening.job,
        kind: JobKind::Analyse,
        payload: json!({ "analysis": reopening.analysis }),
        // Whoever hands something in now does not wait for what was examined before.
        priority: -10,
        organisation: Some(case.organisation),
        run_at: reopening.at,
        max_attempts: reopening.max_attempts,
    };
    job_insert(connection, &job).await?;
    let reason = Some(reopening.reason.as_str());
    let queued = Entry {
        subject: (SubjectKind::Analysis, analysis),
        kind: "analysis_queued",
        actor: reopening.actor,
        reason,
        at: reopening.at,
        payload: json!({ "media": case.media_sha256, "job": reopening.job }),
    };
    append(connection, queued).await?;
    let reopened = Entry {
        subject: (SubjectKind::Case, id),
        kind: "case_reanalysed",
        actor: reopening.actor,
        reason,
        at: reopening.at,
        payload: json!({ "analysis": reopening.analysis, "previous": case.analysis }),
    };
    append(connection, reopened).await?;
    case_get(connection, case.id).await?.ok_or_else(|| StoreError::Missing { what: "case" }.into())
}
