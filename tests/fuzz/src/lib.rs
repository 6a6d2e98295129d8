//! Targets: what of ours parses outside bytes, each as a function that takes any bytes and fails when something is untrue that has to be true.
//!
//! Plain tests replay `corpus/TARGET/` through them; `cargo xtask fuzz` lets libFuzzer look for more. What is looked at and what was found: `README.md`.

mod address;
mod answer;
mod bundle;
mod lists;
mod note;
mod outlets;
mod picture;
mod proof;
mod report;
mod request;
mod signature;
mod stamp;
mod take;
mod wire;

/// Fails (panics) when something is untrue that has to be true for all bytes.
pub type Target = fn(&[u8]);

/// All targets by name.
pub const TARGETS: &[(&str, Target)] = &[
    ("address", address::target),
    ("answer", answer::target),
    ("bundle", bundle::target),
    ("lists", lists::target),
    ("note", note::target),
    ("outlets", outlets::target),
    ("picture", picture::target),
    ("proof", proof::target),
    ("report", report::target),
    ("request", request::target),
    ("signature", signature::target),
    ("stamp", stamp::target),
    ("wire", wire::target),
];

/// The target of this name.
pub fn named(name: &str) -> Option<Target> {
    TARGETS.iter().find(|(known, _)| *known == name).map(|(_, target)| *target)
}
