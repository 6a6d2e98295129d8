//! The Merkle tree of RFC 9162 §2.1: proofs made of complete subtrees, and their verification.

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::{LogNode, node_hash};

/// A hash of a proof: the complete subtrees that it is made of, from left to right; never empty.
pub type Span = Vec<LogNode>;

/// The root of a tree without leaves: SHA-256 of nothing.
pub fn empty_root() -> Sha256 {
    Sha256::of(b"")
}

/// The complete subtrees that cover the leaves from `begin` to before `end`, where `begin` is where RFC 9162 cuts.
fn span(mut begin: u64, end: u64) -> Span {
    let mut nodes = Span::new();
    while begin < end {
        let level = begin.trailing_zeros().min((end - begin).ilog2());
        let index = begin.checked_shr(level).unwrap_or(0);
        nodes.push(LogNode { level: u8::try_from(level).unwrap_or(u8::MAX), index });
        begin += 1 << level;
    }
    nodes
}

/// What the root of a tree of `size` leaves is made of; empty for an empty tree.
pub fn root_plan(size: u64) -> Span {
    span(0, size)
}

/// What the inclusion proof of a leaf is made of, from the leaf up. None if there is no such leaf.
pub fn inclusion_plan(index: u64, size: u64) -> Option<Vec<Span>> {
    if index >= size {
        return None;
    }
    let (mut begin, mut end) = (0, size);
    let mut plan = Vec::new();
    while end - begin > 1 {
        let middle = begin + split(end - begin);
        if index < middle {
            plan.push(span(middle, end));
            end = middle;
        } else {
            plan.push(span(begin, middle));
            begin = middle;
        }
    }
    plan.reverse();
    Some(plan)
}

/// What the proof is made of that a tree of `size` leaves goes on from one of `older` leaves. None unless `0 < older <= size`.
pub fn consistency_plan(older: u64, size: u64) -> Option<Vec<Span>> {
    if older == 0 || older > size {
        return None;
    }
    let (mut begin, mut end) = (0, size);
    let mut plan = Vec::new();
    while end != older {
        let middle = begin + split(end - begin);
        if older <= middle {
            plan.push(span(middle, end));
            end = middle;
        } else {
            plan.push(span(begin, middle));
            begin = middle;
        }
    }
    if begin > 0 {
        plan.push(span(begin, end));
    }
    plan.reverse();
    Some(plan)
}

/// The largest power of two below `count`, which is at least 2.
const fn split(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// The hash of a span from the hashes of its subtrees. None for none.
pub fn fold(hashes: &[Sha256]) -> Option<Sha256> {
    hashes.iter().rev().copied().reduce(|right, left| node_hash(left, right))
}

/// The root that an inclusion proof leads to (RFC 9162 §2.1.3.2). None if the proof has the wrong length.
pub fn root_by_inclusion(leaf: Sha256, index: u64, size: u64, proof: &[Sha256]) -> Option<Sha256> {
    if index >= size {
        return None;
    }
    let (mut at, mut last, mut root) = (index, size - 1, leaf);
    for step in proof {
        if last == 0 {
            return None;
        }
        if at % 2 == 1 || at == last {
            root = node_hash(*step, root);
            while at.is_multiple_of(2) && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            root = node_hash(root, *step);
        }
        at >>= 1;
        last >>= 1;
    }
    (last == 0).then_some(root)
}

/// Whether `proof` shows that the tree of `size` leaves with `root` goes on from the one of `older` leaves with `older_root` (RFC 9162 §2.1.4.2).
pub fn is_consistent(older: u64, older_root: Sha256, size: u64, root: Sha256, proof: &[Sha256]) -> bool {
    if older == 0 || older > size {
        return false;
    }
    if older == size {
        return proof.is_empty() && older_root == root;
    }
    let (first, rest) = match proof.split_first() {
        _ if older.is_power_of_two() => (older_root, proof),
        Some((first, rest)) => (*first, rest),
        None => return false,
    };
    let shift = (older - 1).trailing_ones();
    let mut at = (older - 1).checked_shr(shift).unwrap_or(0);
    let mut last = (size - 1).checked_shr(shift).unwrap_or(0);
    let (mut old, mut new) = (first, first);
    for step in rest {
        if last == 0 {
            return false;
        }
        if at % 2 == 1 || at == last {
            old = node_hash(*step, old);
            new = node_hash(*step, new);
            while at.is_multiple_of(2) && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(new, *step);
        }
        at >>= 1;
        last >>= 1;
    }
    last == 0 && old == older_root && new == root
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use podlinnik_domain::log::leaf_hash;
    use proptest::prelude::*;

    use super::*;

    /// All complete subtrees of a tree, made as the store makes them.
    fn nodes(leaves: &[Sha256]) -> HashMap<LogNode, Sha256> {
        let mut nodes = HashMap::new();
        for (index, leaf) in (0..).zip(leaves) {
            let (mut node, mut hash) = (LogNode { level: 0, index }, *leaf);
            nodes.insert(node, hash);
            while let Some(parent) = node.completed() {
                hash = node_hash(nodes[&node.left_neighbour()], hash);
                node = parent;
                nodes.insert(node, hash);
            }
        }
        nodes
    }

    fn hashes(plan: &[Span], nodes: &HashMap<LogNode, Sha256>) -> Vec<Sha256> {
        plan.iter().map(|span| hash(span, nodes)).collect()
    }

    fn hash(span: &Span, nodes: &HashMap<LogNode, Sha256>) -> Sha256 {
        fold(&span.iter().map(|node| nodes[node]).collect::<Vec<_>>()).unwrap()
    }

    fn numbered(count: u64) -> Vec<Sha256> {
        (0..count).map(|number| leaf_hash(&number.to_be_bytes())).collect()
    }

    /// The definition of RFC 9162 §2.1.1, word for word.
    fn by_definition(leaves: &[Sha256]) -> Sha256 {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(usize::try_from(split(leaves.len() as u64)).unwrap());
                node_hash(by_definition(left), by_definition(right))
            }
        }
    }

    #[test]
    fn roots_are_those_of_the_reference_tree() {
        // Inputs and roots: transparency-dev/merkle, testonly/constants.go (first of google/certificate-transparency-go).
        let inputs: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let roots = [
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        assert_eq!(
            empty_root().to_string(),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        );
        let leaves: Vec<_> = inputs.iter().map(|input| leaf_hash(input)).collect();
        let nodes = nodes(&leaves);
        for (size, root) in (1..).zip(roots) {
            assert_eq!(hash(&root_plan(size), &nodes).to_string(), root, "{size} leaves");
        }
        // The consistency proof from 6 to 8 leaves of the same reference.
        let proof = hashes(&consistency_plan(6, 8).unwrap(), &nodes);
        let proof: Vec<_> = proof.iter().map(ToString::to_string).collect();
        assert_eq!(
            proof,
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    #[test]
    fn every_inclusion_proof_holds_up_to_300_leaves() {
        let leaves = numbered(300);
        let nodes = nodes(&leaves);
        for size in 1..=300 {
            let root = hash(&root_plan(size), &nodes);
            assert_eq!(root, by_definition(&leaves[..usize::try_from(size).unwrap()]), "{size}");
            for (index, leaf) in (0..size).zip(&leaves) {
                let proof = hashes(&inclusion_plan(index, size).unwrap(), &nodes);
                assert_eq!(root_by_inclusion(*leaf, index, size, &proof), Some(root), "{index} of {size}");
            }
        }
        assert_eq!(inclusion_plan(5, 5), None);
    }

    #[test]
    fn every_consistency_proof_holds_up_to_300_leaves() {
        let nodes = nodes(&numbered(300));
        let roots: Vec<_> = (1..=300).map(|size| hash(&root_plan(size), &nodes)).collect();
        for (size, root) in (1..).zip(&roots) {
            for (older, older_root) in (1..=size).zip(&roots) {
                let proof = hashes(&consistency_plan(older, size).unwrap(), &nodes);
                assert!(is_consistent(older, *older_root, size, *root, &proof), "{older} in {size}");
            }
        }
        assert!(consistency_plan(0, 5).is_none() && consistency_plan(6, 5).is_none());
    }

    fn flipped(hash: Sha256, bit: usize) -> Sha256 {
        let mut bytes = *hash.as_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        Sha256::from_bytes(bytes)
    }

    proptest! {
        #[test]
        fn a_flipped_bit_or_another_place_breaks_an_inclusion_proof(
            size in 2_u64..=300, at in any::<prop::sample::Index>(), step in any::<prop::sample::Index>(), bit in 0_usize..256,
        ) {
            let leaves = numbered(size);
            let nodes = nodes(&leaves);
            let root = hash(&root_plan(size), &nodes);
            let index = at.index(leaves.len());
            let place = index as u64;
            let good = hashes(&inclusion_plan(place, size).unwrap(), &nodes);
            let holds = |leaf, place, size, proof: &[Sha256]| root_by_inclusion(leaf, place, size, proof) == Some(root);
            prop_assert!(holds(leaves[index], place, size, &good));
            prop_assert!(!holds(flipped(leaves[index], bit), place, size, &good));
            let mut proof = good.clone();
            let step = step.index(proof.len());
            proof[step] = flipped(proof[step], bit);
            prop_assert!(!holds(leaves[index], place, size, &proof));
            prop_assert!(!holds(leaves[index], place, size, &good[1..]));
            prop_assert!(!holds(leaves[index], (place + 1) % size, size, &good));
        }

        #[test]
        fn a_flipped_bit_breaks_a_consistency_proof(
            size in 3_u64..=300, older in any::<prop::sample::Index>(), step in any::<prop::sample::Index>(), bit in 0_usize..256,
        ) {
            let nodes = nodes(&numbered(size));
            let older = older.index(usize::try_from(size).unwrap() - 1) as u64 + 1;
            let (root, older_root) = (hash(&root_plan(size), &nodes), hash(&root_plan(older), &nodes));
            let good = hashes(&consistency_plan(older, size).unwrap(), &nodes);
            prop_assert!(!is_consistent(older, flipped(older_root, bit), size, root, &good));
            prop_assert!(!is_consistent(older, older_root, size, flipped(root, bit), &good));
            let mut proof = good.clone();
            if !proof.is_empty() {
                let step = step.index(proof.len());
                proof[step] = flipped(proof[step], bit);
                prop_assert!(!is_consistent(older, older_root, size, root, &proof));
            }
        }
    }
}
