//! The conformance suite, the guards that only raw statements meet, and SQLite beside PostgreSQL under the same random operations.
//!
//! `PODLINNIK_TEST_POSTGRES` holds the address of a server on which every test makes a database of its own; `cargo xtask test` starts one.
//! Without it every test here says that it is skipped.

mod guards;
mod moving;
mod server;
mod side_by_side;

use podlinnik_storage::store_conformance_suite;

use server::harness;

store_conformance_suite!(harness);
