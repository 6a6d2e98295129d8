//! Proofs of the log: hashes and numbers out of a bundle.
//!
//! Holds: the loops of RFC 9162 §2.1.3.2 and §2.1.4.2 agree with proofs worked out by recursion from the definition, for the right proof and for any other.

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::node_hash;
use podlinnik_provenance::tree::{
    consistency_plan, inclusion_plan, is_consistent, root_by_inclusion, root_plan,
};

use crate::take::Take;

/// Hashes of a proof at most: more than a tree of 2^64 leaves has levels.
const LONGEST: usize = 70;

pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    let shift = u32::from(take.byte()) % 64;
    let size = take.u64() >> shift;
    let index = take.u64() >> shift;
    let (leaf, root) = (short(&mut take), short(&mut take));
    let mut proof = Vec::new();
    while !take.is_empty() && proof.len() < LONGEST {
        proof.push(short(&mut take));
    }
    inclusion(leaf, index, size, &proof);
    consistency(index, leaf, size, root, &proof);
    let plan = root_plan(size);
    assert!(plan.len() <= 64 && plan.is_empty() == (size == 0));
}

/// A hash out of one byte, so that equal ones occur.
fn short(take: &mut Take<'_>) -> Sha256 {
    Sha256::from_bytes([take.byte(); 32])
}

fn inclusion(leaf: Sha256, index: u64, size: u64, proof: &[Sha256]) {
    let plan = inclusion_plan(index, size);
    assert_eq!(plan.is_some(), index < size);
    let expected = plan.filter(|plan| plan.len() == proof.len()).and_then(|_| path(leaf, index, size, proof));
    assert_eq!(root_by_inclusion(leaf, index, size, proof), expected, "{index} of {size}");
}

/// PATH of RFC 9162 §2.1.3.1, read backwards.
fn path(leaf: Sha256, index: u64, size: u64, proof: &[Sha256]) -> Option<Sha256> {
    if size == 1 {
        return proof.is_empty().then_some(leaf);
    }
    let left = largest_power_below(size);
    let (last, rest) = proof.split_last()?;
    if index < left {
        Some(node_hash(path(leaf, index, left, rest)?, *last))
    } else {
        Some(node_hash(*last, path(leaf, index - left, size - left, rest)?))
    }
}

fn consistency(older: u64, older_root: Sha256, size: u64, root: Sha256, proof: &[Sha256]) {
    let plan = consistency_plan(older, size);
    assert_eq!(plan.is_some(), older > 0 && older <= size);
    let expected = if older == 0 || older > size {
        false
    } else if older == size {
        proof.is_empty() && older_root == root
    } else {
        subproof(older, size, true, older_root, proof) == Some((older_root, root))
    };
    assert_eq!(is_consistent(older, older_root, size, root, proof), expected, "{older} in {size}");
    // and one that is right: the roots that this proof leads to
    if let Some(plan) = plan.filter(|plan| older < size && plan.len() == proof.len())
        && let Some((old, new)) = subproof(older, size, true, older_root, proof)
    {
        let holds = is_consistent(older, old, size, new, proof);
        assert!(holds, "a proof of {} steps from {older} to {size} does not hold", plan.len());
    }
}

/// SUBPROOF of RFC 9162 §2.1.4.1, read backwards: both roots.
fn subproof(
    older: u64,
    size: u64,
    whole: bool,
    older_root: Sha256,
    proof: &[Sha256],
) -> Option<(Sha256, Sha256)> {
    if older == size {
        return match (whole, proof) {
            (true, []) => Some((older_root, older_root)),
            (false, [one]) => Some((*one, *one)),
            _ => None,
        };
    }
    let left = largest_power_below(size);
    let (last, rest) = proof.split_last()?;
    if older <= left {
        let (old, new) = subproof(older, left, whole, older_root, rest)?;
        Some((old, node_hash(new, *last)))
    } else {
        let (old, new) = subproof(older - left, size - left, false, older_root, rest)?;
        Some((node_hash(*last, old), node_hash(*last, new)))
    }
}

fn largest_power_below(size: u64) -> u64 {
    let mut power = 1;
    while power < size - power {
        power *= 2;
    }
    power
}
