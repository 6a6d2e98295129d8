//! Cases and verdicts.

use podlinnik_domain::case::{Case, CaseState, Claim};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CaseId, OrganisationId, UserId, VerdictId};
use podlinnik_domain::verdict::{Verdict, VerdictState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{NewVerdict, Page, Position, SecondLook};
use podlinnik_storage::row::{CaseRow, VerdictRow, all, page};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::analyses::analysis_get;
use super::announcements::tell_readers;
use super::corrections::doubt_notices;
use super::events::{Entry, append};
use super::people::user_must_exist;
use super::{Answer, canonical, micros, one_more, size, start, text};
use crate::engine::Connection;

const PROPOSE: &str = "propose a verdict";
const SECOND_LOOK: &str = "look at the verdict";
const APPROVE: &str = "approve the verdict";

pub(super) async fn case_get(connection: &mut Connection, id: CaseId) -> Answer<Option<Case>> {
    let id = id.as_uuid();
    let row = query_as!(
        CaseRow,
        r#"select
            id as "id: Uuid", media_sha256, organisation_id as "organisation_id: Uuid", region, state,
            analysis_id as "analysis_id: Uuid", first_seen_at, topic, place, network, views, risk, spread_since,
            claimed_by as "claimed_by: Uuid", claimed_at, parked_reason, wake_at, version
        from cases
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn case_by_media(connection: &mut Connection, sha256: Sha256) -> Answer<Option<Case>> {
    let sha256 = sha256.as_bytes().as_slice();
    let row = query_as!(
        CaseRow,
        r#"select
            id as "id: Uuid", media_sha256, organisation_id as "organisation_id: Uuid", region, state,
            analysis_id as "analysis_id: Uuid", first_seen_at, topic, place, network, views, risk, spread_since,
            claimed_by as "claimed_by: Uuid", claimed_at, parked_reason, wake_at, version
        from cases
        where media_sha256 = $1"#,
        sha256,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn case_list(
    connection: &mut Connection,
    organisation: Option<OrganisationId>,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<Case>> {
    let organisation = organisation.map(OrganisationId::as_uuid);
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = query_as!(
        CaseRow,
        r#"select
            id as "id: Uuid", media_sha256, organisation_id as "organisation_id: Uuid", region, state,
            analysis_id as "analysis_id: Uuid", first_seen_at, topic, place, network, views, risk, spread_since,
            claimed_by as "claimed_by: Uuid", claimed_at, parked_reason, wake_at, version
        from cases
        where (organisation_id = $1 or $1 is null)
            and (first_seen_at, id) < ($2, $3)
        order by first_seen_at desc, id desc
        limit $4"#,
        organisation,
        at,
        id,
        rows_wanted,
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |case: &Case| Position { at: case.first_seen_at, id: case.id.as_uuid() })?)
}

/// What is noted of a change to a case.
#[derive(Debug)]
pub(super) struct Change<'a> {
    pub(super) kind: &'a str,
    pub(super) actor: Option<UserId>,
    pub(super) reason: Option<&'a str>,
    pub(super) at: Timestamp,
    pub(super) payload: serde_json::Value,
}

/// Writes a case as it is from now on, one version later, and notes it. The caller holds the history's lock and has read `case` under it.
pub(super) async fn case_change(
    connection: &mut Connection,
    case: &Case,
    change: Change<'_>,
) -> Answer<Case> {
    let id = case.id.as_uuid();
    let state = case.state.code();
    let topic = case.triage.topic.map(|topic| topic.code());
    let place = case.triage.place.as_deref().map(text);
    let network = case.triage.network.as_deref().map(text);
    let views = case.triage.views.map(|views| size("views", views)).transpose()?;
    let risk = case.triage.risk.map(|risk| risk.code());
    let spread_since = case.triage.spread_since.map(micros);
    let claimed_by = case.claim.map(|claim| claim.by.as_uuid());
    let claimed_at = case.claim.map(|claim| micros(claim.at));
    let parked_reason = case.parking.as_ref().map(|parking| text(&parking.reason));
    let wake_at = case.parking.as_ref().map(|parking| micros(parking.wake_at));
    query!(
        "update cases
        set state = $2, topic = $3, place = $4, network = $5, views = $6, risk = $7, spread_since = $8, claimed_by = $9,
            claimed_at = $10, parked_reason = $11, wake_at = $12, version = version + 1
        where id = $1",
        id,
        state,
        topic,
        place,
        network,
        views,
        risk,
        spread_since,
        claimed_by,
        claimed_at,
        parked_reason,
        wake_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Case, id),
        kind: change.kind,
        actor: change.actor,
        reason: change.reason,
        at: change.at,
        payload: change.payload,
    };
    append(connection, entry).await?;
    case_must_exist(connection, case.id).await
}

/// The case, which has to exist.
pub(super) async fn case_must_exist(connection: &mut Connection, id: CaseId) -> Answer<Case> {
    Ok(case_get(connection, id).await?.ok_or(StoreError::Missing { what: "case" })?)
}

/// Moves a case to a state and notes it. With the approval the claim on it ends.
pub(super) async fn case_move(
    connection: &mut Connection,
    case: CaseId,
    state: CaseState,
    actor: Option<UserId>,
    at: Timestamp,
) -> Answer<()> {
    let mut case = case_must_exist(connection, case).await?;
    case.state = state;
    let mut payload = json!({ "state": state });
    if state == CaseState::Approved && case.claim.take().is_some() {
        payload = json!({ "state": state, "claim": null });
    }
    case_change(connection, &case, Change { kind: "case_moved", actor, reason: None, at, payload }).await?;
    Ok(())
}

pub(super) async fn verdict_get(connection: &mut Connection, id: VerdictId) -> Answer<Option<Verdict>> {
    let id = id.as_uuid();
    let row = query_as!(
        VerdictRow,
        r#"select
            verdicts.id as "id: Uuid", verdicts.case_id as "case_id: Uuid", verdicts.revision, verdicts.proposal, verdicts.state,
            verdicts.author_id as "author_id: Uuid", verdicts.second_analyst_id as "second_analyst_id: Uuid", verdicts.second_kind,
            verdicts.approver_id as "approver_id: Uuid", verdicts.analysis_id as "analysis_id: Uuid", verdicts.evidence_sha256,
            verdicts.proposed_at, verdicts.approved_at, releases.approver_id as "released_by?: Uuid", releases.ground as "ground?",
            releases.reason as "release_reason?", releases.released_at as "released_at?",
            releases.second_look_due_at as "second_look_due_at?"
        from verdicts
        left join releases on releases.verdict_id = verdicts.id
        where verdicts.id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn verdict_list(connection: &mut Connection, case: CaseId) -> Answer<Vec<Verdict>> {
    let case = case.as_uuid();
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
        left join releases on releases.verdict_id = verdicts.id
        where verdicts.case_id = $1
        order by verdicts.revision"#,
        case,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

/// The verdict, which has to exist.
pub(super) async fn verdict_must_exist(connection: &mut Connection, id: VerdictId) -> Answer<Verdict> {
    Ok(verdict_get(connection, id).await?.ok_or(StoreError::Missing { what: "verdict" })?)
}

pub(super) async fn verdict_propose(connection: &mut Connection, verdict: &NewVerdict) -> Answer<Verdict> {
    let mut case = case_must_exist(connection, verdict.case).await?;
    if case.version != verdict.case_version {
        return Err(StoreError::Stale { action: PROPOSE }.into());
    }
    if case.claim.is_some_and(|claim| claim.by != verdict.author) {
        return Err(StoreError::Claimed { action: PROPOSE }.into());
    }
    let open = matches!(
        case.state,
        CaseState::InAnalysis | CaseState::Triaged | CaseState::Disputed | CaseState::Approved
    );
    if !open {
        return Err(StoreError::WrongState { action: PROPOSE, state: case.state.code().to_owned() }.into());
    }
    let analysis = analysis_get(connection, verdict.analysis)
        .await?
        .filter(|analysis| analysis.media_sha256 == case.media_sha256)
        .ok_or(StoreError::Missing { what: "analysis" })?;
    if !analysis.state.is_final() {
        let state = analysis.state.code().to_owned();
        return Err(StoreError::WrongState { action: PROPOSE, state }.into());
    }
    user_must_exist(connection, verdict.author).await?;
    evidence_must_exist(connection, verdict.evidence_sha256).await?;
    let earlier = verdict_list(connection, verdict.case).await?;
    for disputed in earlier.iter().filter(|earlier| earlier.state == VerdictState::Disputed) {
        supersede(connection, disputed.id, verdict.id, verdict.author, verdict.at).await?;
    }
    let revision = earlier.last().map_or(1, |last| i64::from(last.revision) + 1);
    verdict_insert(connection, verdict, revision).await?;
    // Whoever proposes has the case from then on.
    let claim = case.claim.unwrap_or(Claim { by: verdict.author, at: verdict.at });
    (case.state, case.claim) = (CaseState::SecondLook, Some(claim));
    let change = Change {
        kind: "case_moved",
        actor: Some(verdict.author),
        reason: None,
        at: verdict.at,
        payload: json!({ "state": case.state, "claim": claim }),
    };
    case_change(connection, &case, change).await?;
    verdict_must_exist(connection, verdict.id).await
}

async fn evidence_must_exist(connection: &mut Connection, sha256: Sha256) -> Answer<()> {
    let key = sha256.as_bytes().as_slice();
    let frozen = query_scalar!("select created_at from evidence where sha256 = $1", key)
        .fetch_optional(connection)
        .await?;
    match frozen {
        Some(_) => Ok(()),
        None => Err(StoreError::Missing { what: "evidence" }.into()),
    }
}

async fn verdict_insert(connection: &mut Connection, verdict: &NewVerdict, revision: i64) -> Answer<()> {
    let id = verdict.id.as_uuid();
    let case = verdict.case.as_uuid();
    let kind = verdict.proposal.kind.code();
    let proposal = canonical("proposal", &verdict.proposal)?;
    let author = verdict.author.as_uuid();
    let analysis = verdict.analysis.as_uuid();
    let evidence = verdict.evidence_sha256.as_bytes().as_slice();
    let at = micros(verdict.at);
    query!(
        "insert into verdicts (
            id, case_id, revision, kind, proposal, state, author_id, analysis_id, evidence_sha256, proposed_at
        )
        values ($1, $2, $3, $4, $5, 'proposed', $6, $7, $8, $9)",
        id,
        case,
        revision,
        kind,
        proposal,
        author,
        analysis,
        evidence,
        at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Verdict, id),
        kind: "verdict_proposed",
        actor: Some(verdict.author),
        reason: Some(&verdict.proposal.rationale),
        at: verdict.at,
        payload: json!({
            "case": verdict.case,
            "revision": revision,
            "kind": verdict.proposal.kind,
            "analysis": verdict.analysis,
            "evidence_sha256": verdict.evidence_sha256,
            "proposal": verdict.proposal,
        }),
    };
    append(connection, entry).await
}

async fn supersede(
    connection: &mut Connection,
    old: VerdictId,
    new: VerdictId,
    actor: UserId,
    at: Timestamp,
) -> Answer<()> {
    let id = old.as_uuid();
    query!("update verdicts set state = 'superseded' where id = $1", id).execute(&mut *connection).await?;
    let entry = Entry {
        subject: (SubjectKind::Verdict, id),
        kind: "verdict_superseded",
        actor: Some(actor),
        reason: None,
        at,
        payload: json!({ "by": new }),
    };
    append(connection, entry).await
}

pub(super) async fn verdict_second_look(connection: &mut Connection, look: &SecondLook) -> Answer<Verdict> {
    let verdict = verdict_must_exist(connection, look.verdict).await?;
    if verdict.case != look.case {
        return Err(StoreError::Missing { what: "verdict" }.into());
    }
    if verdict.state != VerdictState::Proposed {
        let state = verdict.state.code().to_owned();
        return Err(StoreError::WrongState { action: SECOND_LOOK, state }.into());
    }
    let released_by = verdict.release.as_ref().map(|release| release.approver);
    if verdict.author == look.analyst || released_by == Some(look.analyst) {
        return Err(StoreError::SamePerson { action: SECOND_LOOK }.into());
    }
    user_must_exist(connection, look.analyst).await?;
    let agreed = verdict.proposal.kind == look.kind;
    let (state, case_state, event) = if agreed {
        (VerdictState::Agreed, CaseState::Agreed, "verdict_agreed")
    } else {
        (VerdictState::Disputed, CaseState::Disputed, "verdict_disputed")
    };
    let id = look.verdict.as_uuid();
    let state_code = state.code();
    let analyst = look.analyst.as_uuid();
    let kind = look.kind.code();
    let rationale = text(&look.rationale);
    let at = micros(look.at);
    query!(
        "update verdicts
        set state = $2, second_analyst_id = $3, second_kind = $4, second_rationale = $5, second_at = $6
        where id = $1",
        id,
        state_code,
        analyst,
        kind,
        rationale,
        at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Verdict, id),
        kind: event,
        actor: Some(look.analyst),
        reason: Some(&rationale),
        at: look.at,
        payload: json!({ "case": look.case, "kind": look.kind }),
    };
    append(connection, entry).await?;
    case_move(connection, look.case, case_state, Some(look.analyst), look.at).await?;
    if !agreed && released_by.is_some() {
        doubt_notices(connection, &verdict, "the second look came to another verdict", look.at).await?;
        tell_readers(connection, &verdict, "verdict.disputed", look.at, json!({})).await?;
    }
    verdict_must_exist(connection, look.verdict).await
}

pub(super) async fn verdict_approve(
    connection: &mut Connection,
    id: VerdictId,
    approver: UserId,
    at: Timestamp,
) -> Answer<Verdict> {
    let verdict = verdict_must_exist(connection, id).await?;
    if verdict.state != VerdictState::Agreed {
        let state = verdict.state.code().to_owned();
        return Err(StoreError::WrongState { action: APPROVE, state }.into());
    }
    if verdict.author == approver || verdict.second_analyst == Some(approver) {
        return Err(StoreError::SamePerson { action: APPROVE }.into());
    }
    user_must_exist(connection, approver).await?;
    let earlier = verdict_list(connection, verdict.case).await?;
    for current in earlier.iter().filter(|earlier| earlier.state == VerdictState::Approved) {
        supersede(connection, current.id, id, approver, at).await?;
        doubt_notices(connection, current, "a later verdict revision was approved", at).await?;
        let more = json!({ "by": id, "new_kind": verdict.proposal.kind });
        tell_readers(connection, current, "verdict.superseded", at, more).await?;
    }
    let key = id.as_uuid();
    let approver_id = approver.as_uuid();
    let approved_at = micros(at);
    query!(
        "update verdicts
        set state = 'approved', approver_id = $2, approved_at = $3
        where id = $1",
        key,
        approver_id,
        approved_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Verdict, key),
        kind: "verdict_approved",
        actor: Some(approver),
        reason: None,
        at,
        payload: json!({ "case": verdict.case, "revision": verdict.revision, "kind": verdict.proposal.kind }),
    };
    append(connection, entry).await?;
    case_move(connection, verdict.case, CaseState::Approved, Some(approver), at).await?;
    verdict_must_exist(connection, id).await
}
