//! The cage for the program that takes clips out of posts, as a program of its own: for tests of this crate, whose own program is no service.

use std::process::ExitCode;

fn main() -> ExitCode {
    podlinnik_pipeline::fetch::posts::child_main()
}
