//! The state of cases, verdicts and notices, rebuilt from their history alone. What the database holds has to be the same: whoever changed a row past
//! the history is found out.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::case::{Case, CaseState, Triage};
use crate::event::{Event, SubjectKind};
use crate::id::{CaseId, NoticeId, VerdictId};
use crate::notice::{Notice, NoticeState};
use crate::verdict::{Verdict, VerdictState};

/// Why a history cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// An event is about something that no event brought into being.
    #[error("event {sequence} is about {subject}, which is not there yet")]
    Unknown {
        /// Number of the event.
        sequence: u64,
        /// Its subject.
        subject: String,
    },
    /// A fact that is needed is missing or unreadable. Histories from before 0007 lack some.
    #[error("event {sequence} ({kind}) says nothing readable about `{fact}`")]
    Fact {
        /// Number of the event.
        sequence: u64,
        /// Its kind.
        kind: String,
        /// Name of the fact.
        fact: &'static str,
    },
}

/// What a history amounts to.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Replay {
    /// Cases.
    pub cases: BTreeMap<CaseId, Case>,
    /// Verdict revisions.
    pub verdicts: BTreeMap<VerdictId, Verdict>,
    /// Notices.
    pub notices: BTreeMap<NoticeId, Notice>,
}

impl Replay {
    /// Takes the next event in.
    ///
    /// # Errors
    /// [`ReplayError`]; the state is then as before.
    pub fn apply(&mut self, event: &Event) -> Result<(), ReplayError> {
        match event.subject_kind {
            SubjectKind::Case => self.case(event),
            SubjectKind::Verdict => self.verdict(event),
            SubjectKind::Notice => self.notice(event),
            _ => Ok(()),
        }
    }

    fn case(&mut self, event: &Event) -> Result<(), ReplayError> {
        let id = subject(event)?;
        if event.kind == "case_opened" {
            let case = Case {
                id,
                media_sha256: fact(event, "media")?,
                organisation: fact(event, "organisation")?,
                region: fact(event, "region")?,
                state: CaseState::New,
                analysis: fact(event, "analysis")?,
                first_seen_at: fact(event, "first_seen_at")?,
                triage: Triage::default(),
                claim: None,
                parking: None,
                version: 1,
            };
            self.cases.insert(id, case);
            return Ok(());
        }
        let case = self.cases.get(&id).ok_or_else(|| unknown(event))?;
        let changed = Case {
            state: changed(event, "state", &case.state)?,
            analysis: changed(event, "analysis", &case.analysis)?,
            triage: changed(event, "triage", &case.triage)?,
            claim: changed(event, "claim", &case.claim)?,
            parking: changed(event, "parking", &case.parking)?,
            version: case.version + 1,
            ..case.clone()
        };
        self.cases.insert(id, changed);
        Ok(())
    }

    fn verdict(&mut self, event: &Event) -> Result<(), ReplayError> {
        let id = subject(event)?;
        if event.kind == "verdict_proposed" {
            let verdict = Verdict {
                id,
                case: fact(event, "case")?,
                revision: fact(event, "revision")?,
                proposal: fact(event, "proposal")?,
                state: VerdictState::Proposed,
                author: event.actor.ok_or_else(|| missing(event, "actor"))?,
                second_analyst: None,
                second_kind: None,
                approver: None,
                analysis: fact(event, "analysis")?,
                evidence_sha256: fact(event, "evidence_sha256")?,
                proposed_at: event.at,
                approved_at: None,
                release: None,
            };
            self.verdicts.insert(id, verdict);
            return Ok(());
        }
        let mut verdict = self.verdicts.get(&id).ok_or_else(|| unknown(event))?.clone();
        match event.kind.as_str() {
            "verdict_agreed" | "verdict_disputed" => {
                verdict.second_analyst = event.actor;
                verdict.second_kind = Some(fact(event, "kind")?);
                verdict.state = if event.kind == "verdict_agreed" {
                    VerdictState::Agreed
                } else {
                    VerdictState::Disputed
                };
            }
            "verdict_returned" => verdict.state = VerdictState::Disputed,
            "verdict_superseded" => verdict.state = VerdictState::Superseded,
            "verdict_approved" => {
                verdict.state = VerdictState::Approved;
                (verdict.approver, verdict.approved_at) = (event.actor, Some(event.at));
            }
            "verdict_released" => verdict.release = fact(event, "release")?,
            _ => {}
        }
        self.verdicts.insert(id, verdict);
        Ok(())
    }

    fn notice(&mut self, event: &Event) -> Result<(), ReplayError> {
        let id = subject(event)?;
        if event.kind == "notice_drafted" {
            let notice = Notice {
                id,
                case: fact(event, "case")?,
                verdict: fact(event, "verdict")?,
                verdict_revision: fact(event, "revision")?,
                organisation: fact(event, "organisation")?,
                region: fact(event, "region")?,
                version: 1,
                text: fact(event, "text")?,
                state: NoticeState::Draft,
                author: event.actor.ok_or_else(|| missing(event, "actor"))?,
                approver: None,
                created_at: event.at,
                updated_at: event.at,
                published_at: None,
            };
            self.notices.insert(id, notice);
            return Ok(());
        }
        let mut notice = self.notices.get(&id).ok_or_else(|| unknown(event))?.clone();
        if event.kind != "correction_drafted" {
            notice.updated_at = event.at;
        }
        match event.kind.as_str() {
            "notice_revised" => {
                (notice.version, notice.text) = (fact(event, "version")?, fact(event, "text")?);
                notice.state = NoticeState::Draft;
                notice.author = event.actor.ok_or_else(|| missing(event, "actor"))?;
            }
            "notice_submitted" => notice.state = NoticeState::InReview,
            "notice_approved" => (notice.state, notice.approver) = (NoticeState::Approved, event.actor),
            "notice_published" => {
                (notice.state, notice.published_at) = (NoticeState::Published, Some(event.at));
            }
            "correction_opened" | "notice_superseded" => notice.state = fact(event, "state")?,
            "correction_settled" => {
                (notice.state, notice.version) = (fact(event, "state")?, fact(event, "version")?);
                if let Some(text) = fact(event, "text")? {
                    (notice.text, notice.author) = (text, fact(event, "author")?);
                    // Before it was written down, whoever approved the first version stayed the approver.
                    notice.approver = changed(event, "approver", &notice.approver)?;
                }
            }
            _ => {}
        }
        self.notices.insert(id, notice);
        Ok(())
    }
}

fn subject<T: std::str::FromStr>(event: &Event) -> Result<T, ReplayError> {
    event.subject_id.parse().map_err(|_| unknown(event))
}

fn unknown(event: &Event) -> ReplayError {
    let subject = format!("{} {}", event.subject_kind, event.subject_id);
    ReplayError::Unknown { sequence: event.sequence, subject }
}

fn missing(event: &Event, fact: &'static str) -> ReplayError {
    ReplayError::Fact { sequence: event.sequence, kind: event.kind.clone(), fact }
}

/// A fact that has to be there.
fn fact<T: DeserializeOwned>(event: &Event, name: &'static str) -> Result<T, ReplayError> {
    let value = event.payload.get(name).ok_or_else(|| missing(event, name))?;
    T::deserialize(value).map_err(|_| missing(event, name))
}

/// A fact that is there where it changed.
fn changed<T: DeserializeOwned + Clone>(
    event: &Event,
    name: &'static str,
    before: &T,
) -> Result<T, ReplayError> {
    match event.payload.get(name) {
        None => Ok(before.clone()),
        Some(value) => T::deserialize(Value::clone(value)).map_err(|_| missing(event, name)),
    }
}
