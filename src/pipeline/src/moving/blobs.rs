use std::collections::BTreeMap;

use futures_util::TryStreamExt as _;
use podlinnik_blobs::{Blobs, Condition, Copied, Listed, Shelf};
use podlinnik_domain::hash::Sha256;
use podlinnik_storage::Store;

use super::MoveError;

/// Names of blobs that are asked for at once.
const PORTION: u32 = 1000;

/// What is wrong with a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BlobProblem {
    /// The database names it and it is not there.
    Missing,
    /// Its bytes are not those that it is named by, or not as many as the database says.
    Damaged,
    /// The database does not name it: left by something that broke off. Harmless.
    Extra,
    /// Its name is none that we give.
    Stranger,
}

impl BlobProblem {
    /// Its name in reports.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Damaged => "damaged",
            Self::Extra => "extra",
            Self::Stranger => "stranger",
        }
    }
}

/// What came of going through blobs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BlobTally {
    /// Blobs.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of these, how many were sent, where they were copied.
    pub sent: u64,
    /// How many are missing, damaged, extra or strangers.
    problems: [u64; 4],
}

impl BlobTally {
    fn count(&mut self, problem: BlobProblem) {
        if let Some(number) = self.problems.get_mut(problem as usize) {
            *number += 1;
        }
    }

    /// How many have this problem.
    pub fn of(&self, problem: BlobProblem) -> u64 {
        self.problems.get(problem as usize).copied().unwrap_or_default()
    }

    /// Whether everything that the database names is there and whole.
    pub fn is_whole(&self) -> bool {
        self.of(BlobProblem::Missing) + self.of(BlobProblem::Damaged) == 0
    }
}

/// Blobs that the database names, with their lengths and shelves.
async fn known(store: &dyn Store) -> Result<BTreeMap<Sha256, (u64, Shelf)>, MoveError> {
    let (mut all, mut after) = (BTreeMap::new(), None);
    loop {
        let portion = store.blob_names(after, PORTION).await?;
        let Some(last) = portion.last() else { return Ok(all) };
        after = Some(last.sha256);
        let shelf = |is_original| if is_original { Shelf::Originals } else { Shelf::Derivatives };
        all.extend(portion.iter().map(|one| (one.sha256, (one.size_bytes, shelf(one.is_original)))));
    }
}

/// Goes through all blobs and holds them against the database; `reading` reads each to its end. `tell` hears of every blob, `problem` of every problem.
/// Blobs that come while this runs may be counted as extra.
///
/// # Errors
/// [`MoveError::Store`], [`MoveError::Blob`].
pub async fn inspect(
    store: &dyn Store,
    blobs: &Blobs,
    reading: bool,
    tell: &mut (dyn FnMut(u64, u64) + Send),
    problem: &mut (dyn FnMut(BlobProblem, &str) + Send),
) -> Result<BlobTally, MoveError> {
    let mut missing = known(store).await?;
    let (named, all) = (missing.clone(), missing.values().map(|(size, _)| size).sum());
    let mut tally = BlobTally::default();
    for shelf in Shelf::ALL {
        let mut listing = blobs.list(shelf);
        while let Some(listed) = listing.try_next().await? {
            tally.blobs += 1;
            tally.bytes += listed.size_bytes;
            let found = judge(blobs, &listed, &named, reading).await?;
            if let Some(sha256) = listed.sha256 {
                missing.remove(&sha256);
            }
            if let Some(found) = found {
                tally.count(found);
                problem(found, &listed.location);
            }
            tell(tally.bytes, all);
        }
    }
    for sha256 in missing.keys() {
        // It may have come to a shelf that had been gone through.
        if !blobs.contains(*sha256).await? {
            tally.count(BlobProblem::Missing);
            problem(BlobProblem::Missing, &sha256.to_string());
        }
    }
    Ok(tally)
}

async fn judge(
    blobs: &Blobs,
    listed: &Listed,
    named: &BTreeMap<Sha256, (u64, Shelf)>,
    reading: bool,
) -> Result<Option<BlobProblem>, MoveError> {
    let Some(sha256) = listed.sha256 else { return Ok(Some(BlobProblem::Stranger)) };
    let size = named.get(&sha256).map(|(size, _)| *size);
    if size.is_some_and(|size| size != listed.size_bytes) {
        return Ok(Some(BlobProblem::Damaged));
    }
    if reading && !matches!(blobs.examine(listed).await?, Condition::Whole(_) | Condition::Gone) {
        return Ok(Some(BlobProblem::Damaged));
    }
    Ok(size.is_none().then_some(BlobProblem::Extra))
}

/// Brings every blob that the database names from one store to another; what is there already is passed over, so that a run that was stopped goes on.
///
/// # Errors
/// [`MoveError::Store`], [`MoveError::Blob`] of either store.
pub async fn copy_blobs(
    store: &dyn Store,
    from: &Blobs,
    to: &Blobs,
    tell: &mut (dyn FnMut(u64, u64) + Send),
    problem: &mut (dyn FnMut(BlobProblem, &str) + Send),
) -> Result<BlobTally, MoveError> {
    let named = known(store).await?;
    let all = named.values().map(|(size, _)| size).sum();
    let mut tally = BlobTally::default();
    for (sha256, (size_bytes, shelf)) in named {
        let listed = Listed { shelf, sha256: Some(sha256), location: sha256.to_string(), size_bytes };
        match from.copy_to(&listed, to).await? {
            Copied::Sent => tally.sent += 1,
            Copied::WasThere => {}
            Copied::Damaged => {
                let found =
                    if from.contains(sha256).await? { BlobProblem::Damaged } else { BlobProblem::Missing };
                tally.count(found);
                problem(found, &sha256.to_string());
            }
        }
        tally.blobs += 1;
        tally.bytes += size_bytes;
        tell(tally.bytes, all);
    }
    Ok(tally)
}
