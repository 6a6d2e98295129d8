//! Sessions of browsers: twelve hours without use, seven days in all.

use jiff::SignedDuration;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{SessionId, UserId};
use podlinnik_domain::people::{Actor, Credential};
use podlinnik_storage::record::{NewSessionRecord, SessionRecord};

use super::{NewSession, SignedIn};
use crate::error::ServiceError;
use crate::secret::{self, SESSION_PREFIX};
use crate::service::{Answer, Service};

/// A session that was not used for so long has ended.
const IDLE: SignedDuration = SignedDuration::from_hours(12);
/// A session ends after this at the latest.
const LONGEST: SignedDuration = SignedDuration::from_hours(7 * 24);
/// How fine the last use is kept.
const SEEN_EVERY: SignedDuration = SignedDuration::from_mins(1);
/// Letters of what a browser says it is.
const AGENT_LETTERS: usize = 200;

/// The session that an actor is signed in with. What concerns the account itself is not for keys.
pub(super) const fn in_person(actor: &Actor) -> Answer<SessionId> {
    match actor.credential {
        Credential::Session(session) => Ok(session),
        Credential::Key(_) => Err(ServiceError::Refused(ErrorCode::Forbidden)),
    }
}

fn is_live(session: &SessionRecord, now: Timestamp) -> bool {
    session.ended_at.is_none() && session.expires_at > now && now.duration_since(session.seen_at) < IDLE
}

impl Service {
    /// A session that is about to begin, for the caller of the use case and for the store.
    pub(super) fn new_session(&self, user: UserId, agent: &str) -> Answer<(NewSession, NewSessionRecord)> {
        let now = self.clock.now();
        let (secret, secret_sha256) = secret::labelled(SESSION_PREFIX)?;
        let id = SessionId::generate(self.ids.as_ref());
        let expires_at = now.checked_add(LONGEST).unwrap_or(Timestamp::MAX);
        let printable = |letter: char| if letter.is_control() { ' ' } else { letter };
        let agent = agent.trim().chars().take(AGENT_LETTERS).map(printable).collect();
        let record = NewSessionRecord { id, user, secret_sha256, agent, created_at: now, expires_at };
        Ok((NewSession { secret, session: id, expires_at }, record))
    }

    /// Who a session's secret belongs to. The last use is noted at most once a minute.
    ///
    /// # Errors
    /// `unauthenticated` for a secret that is unknown, a session that has ended, and an account that is closed.
    pub async fn session(&self, secret: &str) -> Answer<SignedIn> {
        let unauthenticated = || ServiceError::Refused(ErrorCode::Unauthenticated);
        let hash = secret::hash_of(SESSION_PREFIX, secret).ok_or_else(unauthenticated)?;
        let held = self.store.session_by_secret(hash).await?.ok_or_else(unauthenticated)?;
        let now = self.clock.now();
        if !is_live(&held.session, now) || held.user.disabled_at.is_some() {
            return Err(unauthenticated());
        }
        let session = held.session.id;
        if now.duration_since(held.session.seen_at) >= SEEN_EVERY {
            self.store.session_seen(session, now).await?;
        }
        let actor = Actor { user: held.user, credential: Credential::Session(session) };
        Ok(SignedIn { actor, session, has_second_factor: held.has_second_factor })
    }

    /// Ends the session with this secret. A secret that is unknown changes nothing.
    pub async fn sign_out(&self, secret: &str) -> Answer<()> {
        let Some(hash) = secret::hash_of(SESSION_PREFIX, secret) else { return Ok(()) };
        let Some(held) = self.store.session_by_secret(hash).await? else { return Ok(()) };
        Ok(self.store.session_end(held.user.id, held.session.id, self.clock.now()).await?)
    }

    /// The actor's own live sessions, newest first.
    pub async fn sessions(&self, actor: &Actor) -> Answer<Vec<SessionRecord>> {
        in_person(actor)?;
        let now = self.clock.now();
        let mut sessions = self.store.session_list(actor.user.id, now).await?;
        sessions.retain(|session| is_live(session, now));
        Ok(sessions)
    }

    /// Ends one of the actor's own sessions.
    pub async fn session_end(&self, actor: &Actor, id: SessionId) -> Answer<()> {
        in_person(actor)?;
        Ok(self.store.session_end(actor.user.id, id, self.clock.now()).await?)
    }

    /// Ends the actor's own sessions but the one that is used; answers how many.
    pub async fn session_end_others(&self, actor: &Actor) -> Answer<u64> {
        let own = in_person(actor)?;
        Ok(self.store.session_end_others(actor.user.id, Some(own), self.clock.now()).await?)
    }
}
