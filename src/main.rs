//! Parses arguments and hands over to `podlinnik-cli`.
fn main() {}
