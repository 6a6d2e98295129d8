//! PostgreSQL: the conformance suite, the guards that only raw statements meet, and SQLite beside it under the same random operations.
//!
//! `PODLINNIK_TEST_POSTGRES` holds the address of a server on which every test makes a database of its own; `cargo xtask test` starts one.
//! Without it every test here says that it is skipped.

mod guards;
mod server;
mod side_by_side;

use podlinnik_storage::store_conformance_suite;

mod conformance {
    use super::server::harness;
    use super::store_conformance_suite;

    store_conformance_suite!(harness);
}
