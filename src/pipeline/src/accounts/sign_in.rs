//! Signing in with password and second factor.

use std::time::Duration;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::User;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{CredentialsRecord, SecondProof};

use super::{SignIn, attempts, totp};
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// How often a count of failures is tried when others count at the same time.
const COUNT_TRIES: usize = 5;
/// Refusals are answered at multiples of this, so that it does not show what was looked up and written before.
const REFUSED_EVERY: Duration = Duration::from_millis(250);

/// A person whose password was right, and their credentials as they were before the attempt was counted.
#[derive(Debug)]
pub(super) struct Proven {
    pub(super) user: User,
    pub(super) before: CredentialsRecord,
}

const fn unauthenticated() -> ServiceError {
    ServiceError::Refused(ErrorCode::Unauthenticated)
}

impl Service {
    /// Signs a person in: every time a new session with a new secret. `agent` is what the browser says it is.
    ///
    /// # Errors
    /// `unauthenticated` for a wrong login, password or code, a closed account and one without a password, all after the same work;
    /// `rate_limited` after too many failures.
    pub async fn sign_in(
        &self,
        login: &str,
        password: &str,
        code: Option<&str>,
        agent: &str,
    ) -> Answer<SignIn> {
        let began = tokio::time::Instant::now();
        let answer = self.try_sign_in(login, password, code, agent).await;
        if matches!(answer, Err(ServiceError::Refused(_) | ServiceError::RateLimited { .. })) {
            let periods = began.elapsed().as_millis() / REFUSED_EVERY.as_millis() + 1;
            let until = REFUSED_EVERY.saturating_mul(u32::try_from(periods).unwrap_or(u32::MAX));
            tokio::time::sleep_until(began + until).await;
        }
        answer
    }

    async fn try_sign_in(
        &self,
        login: &str,
        password: &str,
        code: Option<&str>,
        agent: &str,
    ) -> Answer<SignIn> {
        let login = login.trim().to_lowercase();
        let proven = self.prove(&login, password).await?;
        let code = code.map(str::trim).filter(|code| !code.is_empty());
        let proof = match (proven.before.second_factor(), code) {
            (None, _) => None,
            (Some(_), None) => {
                self.take_back(&proven).await?;
                return Ok(SignIn::CodeNeeded);
            }
            (Some(secret), Some(code)) => Some(self.second_proof(secret, code)?),
        };
        let password_at = proven.before.password_at.ok_or_else(unauthenticated)?;
        let (begun, record) = self.new_session(proven.user.id, agent)?;
        match self.store.session_create(&record, password_at, proof).await {
            Ok(()) => {}
            // A code that was used before, or a password that was changed meanwhile.
            Err(StoreError::Stale { .. } | StoreError::Missing { .. }) => return Err(unauthenticated()),
            Err(error) => return Err(error.into()),
        }
        let login = &proven.user.login;
        if matches!(proof, Some(SecondProof::RecoveryCode(_))) {
            let left = self.store.recovery_codes_left(proven.user.id).await?;
            tracing::warn!(user = login, "{login} signed in with a recovery code, {left} are left");
        } else {
            tracing::info!(user = login, session.id = %begun.session, "{login} signed in");
        }
        Ok(SignIn::Done(begun))
    }

    fn second_proof(&self, secret: &[u8], code: &str) -> Answer<SecondProof> {
        if let Some(step) = totp::step_of(secret, code, self.clock.now()) {
            return Ok(SecondProof::Step(step));
        }
        totp::recovery_hash(code).map(SecondProof::RecoveryCode).ok_or_else(unauthenticated)
    }

    /// Checks a password. The attempt is counted as a failure before the password is looked at; success takes it back, either by
    /// [`take_back`](Self::take_back) or with the session or password that is stored.
    pub(super) async fn prove(&self, login: &str, password: &str) -> Answer<Proven> {
        let known = match self.store.user_by_login(login).await? {
            Some(user) => {
                let credentials = self.store.credentials_get(user.id).await?;
                credentials.map(|credentials| (user, credentials))
            }
            None => None,
        };
        let Some((user, credentials)) = known else {
            self.gate
                .strangers
                .count(login, self.clock.now())
                .map_err(|seconds| ServiceError::RateLimited { seconds })?;
            self.gate.hasher.matches(password, None).await?;
            return Err(unauthenticated());
        };
        let before = self.count_attempt(&user, credentials).await?;
        let right = self.gate.hasher.matches(password, before.password_phc.clone()).await?;
        if right && user.disabled_at.is_none() {
            return Ok(Proven { user, before });
        }
        let failures = before.failures + 1;
        tracing::warn!(user = user.login, "sign-in as {} failed, {failures} times in a row", user.login);
        Err(unauthenticated())
    }

    /// Counts an attempt as failed, if it does not come too early; answers the credentials before it.
    async fn count_attempt(
        &self,
        user: &User,
        mut credentials: CredentialsRecord,
    ) -> Answer<CredentialsRecord> {
        for _ in 0..COUNT_TRIES {
            let now = self.clock.now();
            if let Some(seconds) = attempts::wait(credentials.failures, credentials.failed_at, now) {
                return Err(ServiceError::RateLimited { seconds });
            }
            if self.store.credentials_count(user.id, credentials.failures, now).await? {
                return Ok(credentials);
            }
            credentials = self.store.credentials_get(user.id).await?.ok_or_else(unauthenticated)?;
        }
        Err(ServiceError::RateLimited { seconds: 1 })
    }

    /// Takes the failure back that was counted in advance.
    pub(super) async fn take_back(&self, proven: &Proven) -> Answer<()> {
        let before = &proven.before;
        Ok(self.store.credentials_uncount(proven.user.id, before.failures, before.failed_at).await?)
    }
}
