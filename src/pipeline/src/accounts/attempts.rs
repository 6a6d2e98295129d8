//! Waiting after failures. Five are free; after that each doubles the wait, up to a quarter of an hour.
//!
//! Failures of accounts are counted in the store, before the password is looked at, so that many guesses at once do not slip through. For logins
//! that nobody has, the same is counted in this process's memory: otherwise the wait would tell which logins exist.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;

use super::seconds_until;

/// Failures without a wait.
const FREE: u32 = 5;
const FIRST_WAIT: Duration = Duration::from_secs(30);
const LONGEST_WAIT: Duration = Duration::from_secs(15 * 60);
/// Logins that are remembered although nobody has them.
const MOST_STRANGERS: usize = 10_000;

/// Seconds until the next attempt; none if it may come now.
pub(super) fn wait(failures: u32, failed_at: Option<Timestamp>, now: Timestamp) -> Option<u32> {
    let beyond = failures.checked_sub(FREE)?;
    let pause = FIRST_WAIT.saturating_mul(2_u32.saturating_pow(beyond)).min(LONGEST_WAIT);
    let next = failed_at?.checked_add(pause).unwrap_or(Timestamp::MAX);
    (next > now).then(|| seconds_until(now, next))
}

/// Failures of logins that nobody has, by the hash of the login.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<HashMap<Sha256, (u32, Timestamp)>>);

impl Strangers {
    /// Counts a failure.
    ///
    /// # Errors
    /// Seconds to wait, if this attempt comes too early; it does not count then.
    pub(super) fn count(&self, login: &str, now: Timestamp) -> Result<(), u32> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = Sha256::of(login.as_bytes());
        let (failures, failed_at) = known.get(&key).copied().unwrap_or((0, now));
        if let Some(seconds) = wait(failures, Some(failed_at), now) {
            return Err(seconds);
        }
        if known.len() >= MOST_STRANGERS && !known.contains_key(&key) {
            let oldest = known.iter().min_by_key(|(_, (_, failed_at))| *failed_at).map(|(key, _)| *key);
            oldest.and_then(|oldest| known.remove(&oldest));
        }
        known.insert(key, (failures + 1, now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_767_225_600 + seconds).unwrap()
    }

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        for (failures, seconds) in
            [(5, 30), (6, 60), (7, 120), (8, 240), (9, 480), (10, 900), (11, 900), (u32::MAX, 900)]
        {
            assert_eq!(wait(failures, Some(at(0)), at(0)), Some(seconds), "{failures}");
            assert_eq!(wait(failures, Some(at(0)), at(i64::from(seconds) - 1)), Some(1), "{failures}");
            assert_eq!(wait(failures, Some(at(0)), at(i64::from(seconds))), None, "{failures}");
        }
        assert_eq!(wait(4, Some(at(0)), at(0)), None);
        assert_eq!(wait(0, None, at(0)), None);
    }

    #[test]
    fn strangers_wait_as_everybody_does_and_are_few() {
        let strangers = Strangers::default();
        for _ in 0..5 {
            assert_eq!(strangers.count("nobody", at(0)), Ok(()));
        }
        assert_eq!(strangers.count("nobody", at(0)), Err(30));
        assert_eq!(strangers.count("nobody", at(30)), Ok(()));
        assert_eq!(strangers.count("nobody", at(30)), Err(60));
        assert_eq!(strangers.count("another", at(30)), Ok(()));
        for number in 0..MOST_STRANGERS {
            strangers.count(&format!("guess {number}"), at(40)).unwrap();
        }
        assert_eq!(strangers.0.lock().unwrap().len(), MOST_STRANGERS);
        assert_eq!(strangers.count("nobody", at(41)), Ok(()), "the oldest is forgotten first");
    }
}
