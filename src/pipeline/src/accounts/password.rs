//! Passwords: what they have to be like, and Argon2id (RFC 9106) with the parameters that OWASP names: 19 MiB, two passes, one lane.

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::PasswordVerifier as _;
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
use podlinnik_domain::submission::FieldError;
use tokio::sync::Semaphore;

use crate::error::ServiceError;
use crate::secret;
use crate::service::Answer;

/// Memory of one hash in KiB.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const FEWEST: usize = 12;
/// Longer ones are not hashed.
const MOST: usize = 256;
/// Hashes at a time in this process: more only slow each other down, and each takes memory.
const AT_A_TIME: usize = 4;
/// How many wait for their turn; whoever comes then is told to come again.
const MOST_WAITING: usize = 64;
/// How long a sign-in waits for its turn.
const PATIENCE: Duration = Duration::from_secs(10);
/// What is hashed for a login that nobody has.
const NOBODY: &[u8; 16] = b"nobody's account";

/// Refuses a password that is too short, too long or the login.
pub(super) fn check(field: &'static str, password: &str, login: &str) -> Answer<()> {
    let letters = password.chars().count();
    let good = (FEWEST..=MOST).contains(&letters) && !password.trim().eq_ignore_ascii_case(login);
    if good {
        return Ok(());
    }
    let rule = "12 to 256 characters, not the login";
    Err(ServiceError::Invalid(vec![FieldError { field, rule }]))
}

/// Hashes and compares, a few at a time.
#[derive(Debug)]
pub(super) struct Hasher {
    /// One for each that works or waits.
    places: Semaphore,
    turns: Arc<Semaphore>,
}

impl Default for Hasher {
    fn default() -> Self {
        Self { places: Semaphore::new(AT_A_TIME + MOST_WAITING), turns: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

impl Hasher {
    /// The hash to store, in the PHC string format.
    pub(super) async fn hash(&self, password: &str) -> Answer<String> {
        let salt = secret::random()?;
        let password = password.to_owned();
        self.in_turn(move || {
            let hash: PasswordHash = argon2()?
                .hash_password_with_salt(password.as_bytes(), salt.split_at(16).0)
                .map_err(|error| ServiceError::Internal(format!("cannot hash a password: {error}")))?;
            Ok(hash.to_string())
        })
        .await
    }

    /// Whether a password is the one behind a stored hash. Without a hash the answer is no, after the same work.
    pub(super) async fn matches(&self, password: &str, phc: Option<String>) -> Answer<bool> {
        if password.chars().count() > MOST {
            return Ok(false);
        }
        let password = password.to_owned();
        self.in_turn(move || {
            let Some(phc) = phc else {
                let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
                argon2()?
                    .hash_password_into(password.as_bytes(), NOBODY, &mut output)
                    .map_err(|error| ServiceError::Internal(format!("cannot hash a password: {error}")))?;
                return Ok(std::hint::black_box(output).is_empty());
            };
            let stored = PasswordHash::new(&phc)
                .map_err(|error| ServiceError::Internal(format!("cannot read a stored hash: {error}")))?;
            Ok(argon2()?.verify_password(password.as_bytes(), &stored).is_ok())
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Answer<T> + Send + 'static,
    ) -> Answer<T> {
        let too_many = || ServiceError::RateLimited { seconds: 5 };
        let _place = self.places.try_acquire().map_err(|_| too_many())?;
        let turn = tokio::time::timeout(PATIENCE, Arc::clone(&self.turns).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(too_many()) };
        // The work goes on when whoever asked for it is gone, and the turn lasts as long as the work.
        let work = move || {
            let answer = work();
            drop(turn);
            answer
        };
        tokio::task::spawn_blocking(work)
            .await
            .map_err(|error| ServiceError::Internal(format!("hashing a password ended badly: {error}")))?
    }
}

fn argon2() -> Answer<Argon2<'static>> {
    let parameters = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .map_err(|error| ServiceError::Internal(format!("unusable Argon2 parameters: {error}")))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_says_how_it_was_made_and_knows_its_password() {
        let hasher = Hasher::default();
        let phc = hasher.hash("верная лошадь").await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{phc}");
        assert_ne!(hasher.hash("верная лошадь").await.unwrap(), phc, "each has a salt of its own");
        assert!(hasher.matches("верная лошадь", Some(phc.clone())).await.unwrap());
        assert!(!hasher.matches("верная Лошадь", Some(phc.clone())).await.unwrap());
        assert!(!hasher.matches(&"x".repeat(257), Some(phc)).await.unwrap());
        assert!(!hasher.matches("верная лошадь", None).await.unwrap());
        assert!(matches!(hasher.matches("x", Some("x".into())).await, Err(ServiceError::Internal(_))));
    }

    #[tokio::test]
    async fn a_login_that_nobody_has_is_as_much_work() {
        let hasher = Hasher::default();
        let phc = hasher.hash("верная лошадь").await.unwrap();
        let time = async |phc: Option<String>| {
            let mut best = Duration::MAX;
            for _ in 0..5 {
                let began = std::time::Instant::now();
                assert!(!hasher.matches("неверная лошадь", phc.clone()).await.unwrap());
                best = best.min(began.elapsed());
            }
            best
        };
        let (known, unknown) = (time(Some(phc)).await, time(None).await);
        assert!(unknown * 3 > known && known * 3 > unknown, "{unknown:?} against {known:?}");
    }

    /// Work that goes on until it is let go.
    fn held() -> (std::sync::mpsc::Sender<()>, impl FnOnce() -> Answer<()> + Send + 'static) {
        let (let_go, told) = std::sync::mpsc::channel();
        (let_go, move || {
            let _ = told.recv();
            Ok(())
        })
    }

    #[tokio::test]
    async fn whoever_goes_away_leaves_no_room_before_the_work_is_done() {
        let hasher = Arc::new(Hasher::default());
        let mut working = Vec::new();
        for _ in 0..AT_A_TIME {
            let (let_go, work) = held();
            let asked = Arc::clone(&hasher);
            let caller = tokio::spawn(async move { asked.in_turn(work).await });
            working.push((let_go, caller));
        }
        while hasher.turns.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let mut gates = Vec::new();
        for (let_go, caller) in working {
            caller.abort();
            assert!(caller.await.is_err(), "the caller is gone");
            gates.push(let_go);
        }
        assert_eq!(hasher.turns.available_permits(), 0, "the work is not");
        drop(gates);
        hasher.in_turn(|| Ok(())).await.unwrap();
    }

    #[tokio::test]
    async fn so_many_wait_and_no_more() {
        let hasher = Arc::new(Hasher::default());
        let mut gates = Vec::new();
        let mut callers = Vec::new();
        for _ in 0..AT_A_TIME + MOST_WAITING {
            let (let_go, work) = held();
            gates.push(let_go);
            let asked = Arc::clone(&hasher);
            callers.push(tokio::spawn(async move { asked.in_turn(work).await }));
        }
        while hasher.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = hasher.in_turn(|| Ok(())).await;
        assert!(matches!(refused, Err(ServiceError::RateLimited { .. })), "{refused:?}");
        drop(gates);
        for caller in callers {
            caller.await.unwrap().unwrap();
        }
        hasher.in_turn(|| Ok(())).await.unwrap();
    }

    #[test]
    fn length_is_counted_in_letters_and_the_login_is_no_password() {
        assert!(check("p", "двенадцать!!", "anna").is_ok());
        assert!(check("p", "одиннадцать", "anna").is_err());
        assert!(check("p", &"я".repeat(256), "anna").is_ok());
        assert!(check("p", &"я".repeat(257), "anna").is_err());
        assert!(check("p", "Anna-Petrova-1990", "anna-petrova-1990").is_err());
    }
}
