//! The binary: the window without a command, the command line with one.

use std::process::ExitCode;

fn main() -> ExitCode {
    mtl_lab::cli::main()
}
