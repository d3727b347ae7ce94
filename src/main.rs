//! Hands the arguments to the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    statuary::cli::run(std::env::args_os())
}
