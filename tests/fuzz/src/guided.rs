//! The program that libFuzzer drives: the target that `PODLINNIK_FUZZ_TARGET` names. Built and started by `cargo xtask fuzz`.
#![no_main]

use std::sync::OnceLock;

use podlinnik_fuzz::{Target, named};

static TARGET: OnceLock<Target> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("PODLINNIK_FUZZ_TARGET").unwrap_or_default();
        let target = named(&name).expect("PODLINNIK_FUZZ_TARGET names a target");
        let _ = TARGET.set(target);
    },
    |bytes: &[u8]| {
        if let Some(target) = TARGET.get() {
            target(bytes);
        }
    }
);
