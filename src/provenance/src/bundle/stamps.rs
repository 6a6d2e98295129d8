//! Time stamps in a bundle: each of a checkpoint that the bundle's log goes on from.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;

use super::check::{Checked, text};
use super::{CONSISTENCY, Consistency, Files, Part};
use crate::note::{Checkpoint, VerifierKey};
use crate::timestamp::{self, Roots};
use crate::tree::is_consistent;

/// Folder of the stamps.
const FOLDER: &str = "stamps/";
/// A token, in DER.
const TOKEN: &str = ".tst";
/// The checkpoint that it is a stamp of, as it was stamped.
const STAMPED: &str = ".checkpoint";
/// The proof that the bundle's log goes on from that checkpoint; none if it is the same size.
const PROOF: &str = ".consistency.json";

/// A stamp on its way into a bundle.
#[derive(Debug, Clone)]
pub struct Stamped {
    /// The checkpoint as it was stamped.
    pub note: String,
    /// The token, in DER.
    pub token: Vec<u8>,
    /// The proof that the bundle's checkpoint goes on from it; none if it is of the same size.
    pub consistency: Option<Consistency>,
}

/// A stamp that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When the authority saw the log, by its clock.
    pub at: Timestamp,
    /// Who the authority's certificate is for (RFC 4514).
    pub authority: String,
    /// Whether the certificate comes from roots that whoever checks gave.
    pub is_trusted: bool,
    /// Entries of the log that it saw.
    pub size: u64,
}

/// The files of a stamp.
pub(super) fn files(number: usize, stamped: &Stamped) -> Vec<(String, Vec<u8>)> {
    let name = |ending: &str| format!("{FOLDER}{number}{ending}");
    let mut files =
        vec![(name(TOKEN), stamped.token.clone()), (name(STAMPED), stamped.note.clone().into_bytes())];
    if let Some(proof) = &stamped.consistency {
        let proof = serde_json::to_string_pretty(proof).unwrap_or_default();
        files.push((name(PROOF), proof.into_bytes()));
    }
    files
}

/// Whether a file of this name may lie among the stamps.
pub(super) fn is_stamp(name: &str) -> bool {
    let Some(name) = name.strip_prefix(FOLDER) else { return false };
    let number = [TOKEN, STAMPED, PROOF].iter().find_map(|ending| name.strip_suffix(ending));
    number.is_some_and(|number| {
        (1..=3).contains(&number.len()) && number.bytes().all(|digit| digit.is_ascii_digit())
    })
}

/// Checks every stamp: its token, the checkpoint that it stands on, and that the bundle's log goes on from there.
pub(super) fn check(files: &Files, key: Option<&VerifierKey>, roots: Option<&Roots>, checked: &mut Checked) {
    for name in files.keys().filter(|name| is_stamp(name)) {
        let number = name.trim_start_matches(FOLDER).split('.').next().unwrap_or_default();
        let token = format!("{FOLDER}{number}{TOKEN}");
        if *name != token {
            if !files.contains_key(&token) {
                checked.note(Part::Stamp, name, Err("without its token".to_owned()));
            }
            continue;
        }
        let outcome = one(files, number, key, roots, checked.checkpoint.as_ref());
        let problem = outcome.map(|seen| checked.stamps.push(seen));
        checked.note(Part::Stamp, name, problem);
    }
    checked.stamps.sort_by_key(|seen| seen.at);
}

fn one(
    files: &Files,
    number: &str,
    key: Option<&VerifierKey>,
    roots: Option<&Roots>,
    checkpoint: Option<&Checkpoint>,
) -> Result<Seen, String> {
    let (Some(key), Some(checkpoint)) = (key, checkpoint) else {
        return Err("there is no signed checkpoint that it could belong to".to_owned());
    };
    let note = text(files, &format!("{FOLDER}{number}{STAMPED}"))
        .map_err(|problem| format!("its checkpoint: {problem}"))?;
    let stamped = Checkpoint::open(note, key).map_err(|error| format!("its checkpoint: {error}"))?;
    let token = files.get(&format!("{FOLDER}{number}{TOKEN}")).ok_or("missing")?;
    let stamp =
        timestamp::check(token, Sha256::of(note.as_bytes()), roots).map_err(|error| error.to_string())?;
    if stamped != *checkpoint {
        let path = format!("{FOLDER}{number}{PROOF}");
        let proof: Consistency = serde_json::from_str(text(files, &path)?)
            .map_err(|error| format!("its proof is not one of {CONSISTENCY}: {error}"))?;
        let fits = proof.older == stamped.size && proof.size == checkpoint.size;
        if !fits || !is_consistent(stamped.size, stamped.root, proof.size, checkpoint.root, &proof.hashes) {
            return Err("the log does not go on from the checkpoint that was stamped".to_owned());
        }
    }
    let timestamp::Stamp { at, authority, is_trusted, .. } = stamp;
    Ok(Seen { at, authority, is_trusted, size: stamped.size })
}
