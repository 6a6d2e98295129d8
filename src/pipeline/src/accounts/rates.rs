//! How often a line of keys opens the door in a minute (generic cell rate algorithm): a minute's worth at once, then evenly. Each process counts
//! for itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::TokenId;

use super::seconds_until;

const MINUTE: Duration = Duration::from_secs(60);
/// Lines that are remembered before those are forgotten that have nothing to wait for.
const TIDY_AT: usize = 10_000;

/// For each line, when everything that it was let in for is spread out evenly.
#[derive(Debug, Default)]
pub(super) struct Rates(Mutex<HashMap<TokenId, Timestamp>>);

impl Rates {
    /// Lets a key in.
    ///
    /// # Errors
    /// Seconds to wait.
    pub(super) fn enter(&self, line: TokenId, per_minute: u32, now: Timestamp) -> Result<(), u32> {
        let mut spread = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spread.len() >= TIDY_AT {
            spread.retain(|_, until| *until > now);
        }
        let each = MINUTE.checked_div(per_minute).unwrap_or(MINUTE);
        let until = spread.get(&line).copied().unwrap_or(now).max(now);
        let after = until.checked_add(each).unwrap_or(Timestamp::MAX);
        let latest = now.checked_add(MINUTE).unwrap_or(Timestamp::MAX);
        if after > latest {
            let next = now.checked_add(after.duration_since(latest)).unwrap_or(Timestamp::MAX);
            return Err(seconds_until(now, next));
        }
        spread.insert(line, after);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::id::{IdSource as _, RandomIds};

    use super::*;

    #[test]
    fn a_minutes_worth_at_once_and_then_evenly() {
        let at = |seconds: i64| Timestamp::from_second(1_767_225_600 + seconds).unwrap();
        let rates = Rates::default();
        let line = TokenId::from(RandomIds.next());
        for _ in 0..6 {
            assert_eq!(rates.enter(line, 6, at(0)), Ok(()));
        }
        assert_eq!(rates.enter(line, 6, at(0)), Err(10));
        assert_eq!(rates.enter(line, 6, at(9)), Err(1));
        assert_eq!(rates.enter(TokenId::from(RandomIds.next()), 6, at(9)), Ok(()), "another line");
        assert_eq!(rates.enter(line, 6, at(10)), Ok(()));
        assert_eq!(rates.enter(line, 6, at(10)), Err(10));
        let served = (11..70).filter(|second| rates.enter(line, 6, at(*second)).is_ok()).count();
        assert_eq!(served, 5, "not more than one in ten seconds from then on");
    }
}
