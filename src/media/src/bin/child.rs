//! The reader child on its own, for this crate's tests: `podlinnik` itself is not needed to run them.
fn main() -> std::process::ExitCode {
    podlinnik_media::reader::child_main()
}
