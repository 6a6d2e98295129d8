//! A new migration file has to reach `sqlx::migrate!`.

fn main() {
    println!("cargo::rerun-if-changed=../../migrations/postgres");
}
