//! Hands over to `podlinnik-cli`, which knows the arguments.

fn main() -> std::process::ExitCode {
    podlinnik_cli::run()
}
