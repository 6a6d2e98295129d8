//! Setting a second factor up and taking it away.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::UserId;
use podlinnik_domain::people::Actor;
use podlinnik_domain::submission::FieldError;

use super::sessions::in_person;
use super::sign_in::Proven;
use super::{SecondFactorSetup, totp};
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// Recovery codes that are given out at a time.
const RECOVERY_CODES: usize = 10;

fn wrong(field: &'static str, rule: &'static str) -> ServiceError {
    ServiceError::Invalid(vec![FieldError { field, rule }])
}

impl Service {
    /// Checks the actor's own password; a wrong one is a field that breaks its rule (`password`), since they are signed in after all.
    pub(super) async fn prove_own(&self, actor: &Actor, password: &str) -> Answer<Proven> {
        match self.prove(&actor.user.login, password).await {
            Err(ServiceError::Refused(ErrorCode::Unauthenticated)) => {
                Err(wrong("password", "your present password"))
            }
            other => other,
        }
    }

    /// Makes the secret of a second factor. It counts once a code of it was confirmed; until then this can be repeated, with a new secret each
    /// time.
    ///
    /// # Errors
    /// `wrong_state` if a second factor is in force, `validation_failed` for a wrong password, `rate_limited` after too many.
    pub async fn second_factor_begin(&self, actor: &Actor, password: &str) -> Answer<SecondFactorSetup> {
        in_person(actor)?;
        let proven = self.prove_own(actor, password).await?;
        self.take_back(&proven).await?;
        let secret = totp::new_secret()?;
        self.store.second_factor_begin(actor.user.id, &secret).await?;
        let uri = totp::uri(&secret, &actor.user.login);
        let qr_svg = totp::picture(&uri)?;
        Ok(SecondFactorSetup { secret_base32: totp::base32(&secret), uri, qr_svg })
    }

    /// Puts the second factor in force; answers ten recovery codes, shown this once, each of which takes the place of one code.
    ///
    /// # Errors
    /// `wrong_state` if none waits for its confirmation, `validation_failed` for a wrong code (field `code`).
    pub async fn second_factor_confirm(&self, actor: &Actor, code: &str) -> Answer<Vec<String>> {
        in_person(actor)?;
        let user = actor.user.id;
        let credentials = self.store.credentials_get(user).await?.unwrap_or_default();
        let waiting = credentials.totp_secret.filter(|_| credentials.totp_confirmed_at.is_none());
        let secret = waiting.ok_or(ServiceError::Refused(ErrorCode::WrongState))?;
        let at = self.clock.now();
        let step = totp::step_of(&secret, code, at)
            .ok_or_else(|| wrong("code", "the six digits that the authenticator shows now"))?;
        let codes: Vec<_> = (0..RECOVERY_CODES).map(|_| totp::recovery_code()).collect::<Answer<_>>()?;
        let hashes: Vec<_> = codes.iter().map(|(_, hash)| *hash).collect();
        self.store.second_factor_confirm(user, &secret, step, &hashes, at).await?;
        tracing::info!(user = actor.user.login, "{} put a second factor in force", actor.user.login);
        Ok(codes.into_iter().map(|(shown, _)| shown).collect())
    }

    /// Takes the actor's own second factor away, with its recovery codes.
    ///
    /// # Errors
    /// `validation_failed` for a wrong password, `rate_limited` after too many.
    pub async fn second_factor_remove(&self, actor: &Actor, password: &str) -> Answer<()> {
        in_person(actor)?;
        let proven = self.prove_own(actor, password).await?;
        self.take_back(&proven).await?;
        let user = actor.user.id;
        self.store.second_factor_remove(user, Some(user), self.clock.now()).await?;
        tracing::warn!(user = actor.user.login, "{} took the second factor away", actor.user.login);
        Ok(())
    }

    /// Takes somebody's second factor away who has lost it; for the operator at the command line only.
    pub async fn second_factor_reset(&self, user: UserId) -> Answer<()> {
        Ok(self.store.second_factor_remove(user, None, self.clock.now()).await?)
    }

    /// How many recovery codes the actor has left.
    pub async fn recovery_codes_left(&self, actor: &Actor) -> Answer<u64> {
        in_person(actor)?;
        Ok(self.store.recovery_codes_left(actor.user.id).await?)
    }
}
