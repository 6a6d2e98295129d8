//! Cases between the verdicts: sorted, claimed, parked; verdicts sent back or let go before their second look.

use podlinnik_domain::case::{Case, CaseState, Claim, Parking};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::verdict::{Verdict, VerdictState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{CaseAction, CaseStep, NewRelease, VerdictReturn};
use podlinnik_storage::row::{CaseRow, VerdictRow, all};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::analyses::analysis_get;
use super::announcements::tell_readers;
use super::corrections::doubt_notices;
use super::decisions::{Change, case_change, case_move, case_must_exist, verdict_must_exist};
use super::events::{Entry, append};
use super::people::user_must_exist;
use super::{Answer, micros, text};
use crate::engine::Connection;

const STEP: &str = "take this step with the case";
const RETURN: &str = "send the verdict back";
const RELEASE: &str = "let the verdict go";

pub(super) async fn case_step(connection: &mut Connection, step: &CaseStep) -> Answer<Case> {
    let mut case = case_must_exist(connection, step.case).await?;
    if case.version != step.version {
        return Err(StoreError::Stale { action: STEP }.into());
    }
    let wrong_state =
        |case: &Case| StoreError::WrongState { action: STEP, state: case.state.code().to_owned() };
    let (kind, reason, payload) = match &step.action {
        CaseAction::Triage(triage) => {
            if case.state == CaseState::New {
                case.state = CaseState::Triaged;
            }
            case.triage = triage.clone();
            ("case_triaged", None, json!({ "state": case.state, "triage": triage }))
        }
        CaseAction::Claim => {
            let actor = step.actor.ok_or(StoreError::Missing { what: "user" })?;
            if case.state == CaseState::Approved {
                return Err(wrong_state(&case).into());
            }
            match case.claim {
                Some(claim) if claim.by != actor => return Err(StoreError::Claimed { action: STEP }.into()),
                Some(_) => {}
                None => case.claim = Some(Claim { by: actor, at: step.at }),
            }
            ("case_claimed", None, json!({ "claim": case.claim }))
        }
        CaseAction::Unclaim { reason } => {
            if case.claim.take().is_none() {
                return Err(wrong_state(&case).into());
            }
            ("case_unclaimed", reason.as_deref(), json!({ "claim": null }))
        }
        CaseAction::Park { reason, wake_at } => {
            let open = [CaseState::New, CaseState::Triaged, CaseState::InAnalysis, CaseState::Disputed]
                .contains(&case.state);
            if !open {
                return Err(wrong_state(&case).into());
            }
            case.state = CaseState::Parked;
            case.parking = Some(Parking { reason: reason.clone(), wake_at: *wake_at });
            ("case_parked", Some(reason.as_str()), json!({ "state": case.state, "parking": case.parking }))
        }
        CaseAction::Wake => {
            if case.state != CaseState::Parked {
                return Err(wrong_state(&case).into());
            }
            let analysis = analysis_get(connection, case.analysis).await?;
            let examined = analysis.is_some_and(|analysis| analysis.state.is_final());
            case.state = if examined { CaseState::InAnalysis } else { CaseState::Triaged };
            case.parking = None;
            ("case_woken", None, json!({ "state": case.state, "parking": null }))
        }
    };
    case_change(connection, &case, Change { kind, actor: step.actor, reason, at: step.at, payload }).await
}

pub(super) async fn case_list_to_wake(
    connection: &mut Connection,
    now: Timestamp,
    limit: u32,
) -> Answer<Vec<Case>> {
    let now = micros(now);
    let limit = i64::from(limit);
    let rows = query_as!(
        CaseRow,
        r#"select
            id as "id: Uuid", media_sha256, organisation_id as "organisation_id: Uuid", region, state,
            analysis_id as "analysis_id: Uuid", first_seen_at, topic, place, network, views, risk, spread_since,
            claimed_by as "claimed_by: Uuid", claimed_at, parked_reason, wake_at, version
        from cases
        where state = 'parked'
            and wake_at <= $1
        order by wake_at, id
        limit $2"#,
        now,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn verdict_return(connection: &mut Connection, returned: &VerdictReturn) -> Answer<Verdict> {
    let verdict = verdict_must_exist(connection, returned.verdict).await?;
    if verdict.state != VerdictState::Agreed {
        let state = verdict.state.code().to_owned();
        return Err(StoreError::WrongState { action: RETURN, state }.into());
    }
    if verdict.author == returned.approver || verdict.second_analyst == Some(returned.approver) {
        return Err(StoreError::SamePerson { action: RETURN }.into());
    }
    user_must_exist(connection, returned.approver).await?;
    let id = returned.verdict.as_uuid();
    query!("update verdicts set state = 'disputed' where id = $1", id).execute(&mut *connection).await?;
    let entry = Entry {
        subject: (SubjectKind::Verdict, id),
        kind: "verdict_returned",
        actor: Some(returned.approver),
        reason: Some(&returned.reason),
        at: returned.at,
        payload: json!({ "case": verdict.case }),
    };
    append(connection, entry).await?;
    case_move(connection, verdict.case, CaseState::Disputed, Some(returned.approver), returned.at).await?;
    if verdict.release.is_some() {
        doubt_notices(connection, &verdict, "the approver sent the verdict back", returned.at).await?;
        tell_readers(connection, &verdict, "verdict.disputed", returned.at, json!({})).await?;
    }
    verdict_must_exist(connection, returned.verdict).await
}

pub(super) async fn verdict_release(connection: &mut Connection, release: &NewRelease) -> Answer<Verdict> {
    let verdict = verdict_must_exist(connection, release.verdict).await?;
    if verdict.state != VerdictState::Proposed {
        let state = verdict.state.code().to_owned();
        return Err(StoreError::WrongState { action: RELEASE, state }.into());
    }
    if verdict.author == release.approver {
        return Err(StoreError::SamePerson { action: RELEASE }.into());
    }
    if verdict.release.is_some() {
        return Err(StoreError::Conflict { what: "release of this verdict" }.into());
    }
    user_must_exist(connection, release.approver).await?;
    let id = release.verdict.as_uuid();
    let approver = release.approver.as_uuid();
    let ground = release.ground.code();
    let reason = text(&release.reason);
    let released_at = micros(release.at);
    let due_at = micros(release.second_look_due_at);
    // The trigger checks clock and basis.
    query!(
        "insert into releases (verdict_id, approver_id, ground, reason, released_at, second_look_due_at)
        values ($1, $2, $3, $4, $5, $6)",
        id,
        approver,
        ground,
        reason,
        released_at,
        due_at,
    )
    .execute(&mut *connection)
    .await?;
    let verdict = verdict_must_exist(connection, release.verdict).await?;
    let entry = Entry {
        subject: (SubjectKind::Verdict, id),
        kind: "verdict_released",
        actor: Some(release.approver),
        reason: Some(&release.reason),
        at: release.at,
        payload: json!({ "case": verdict.case, "release": verdict.release }),
    };
    append(connection, entry).await?;
    Ok(verdict)
}

pub(super) async fn verdict_list_released(connection: &mut Connection, limit: u32) -> Answer<Vec<Verdict>> {
    let limit = i64::from(limit);
    let rows = query_as!(
        VerdictRow,
        r#"select
            verdicts.id as "id: Uuid", verdicts.case_id as "case_id: Uuid", verdicts.revision, verdicts.proposal, verdicts.state,
            verdicts.author_id as "author_id: Uuid", verdicts.second_analyst_id as "second_analyst_id: Uuid", verdicts.second_kind,
            verdicts.approver_id as "approver_id: Uuid", verdicts.analysis_id as "analysis_id: Uuid", verdicts.evidence_sha256,
            verdicts.proposed_at, verdicts.approved_at, releases.approver_id as "released_by?: Uuid", releases.ground as "ground?",
            releases.reason as "release_reason?", releases.released_at as "released_at?",
            releases.second_look_due_at as "second_look_due_at?"
        from verdicts
        join releases on releases.verdict_id = verdicts.id
        where verdicts.state = 'proposed'
        order by releases.second_look_due_at, verdicts.id
        limit $1"#,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}
