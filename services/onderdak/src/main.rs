//! Parses the command line and runs the command. Everything that lives is in the library beside it. It must not do
//! more.

use std::process::ExitCode;

use clap::Parser as _;
use onderdak::cli::Cli;
use onderdak::usage;

/// What services keep lives in many small pieces that come and go with every command, on every thread: with this a claim
/// costs the service some 15 µs less than with that of glibc. It takes no huge pages: those made a watcher half as large
/// again (measured, November 2026).
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse_from(usage::without_help_of_help(std::env::args_os())) {
        Ok(cli) => cli,
        Err(error) => return usage::tell(&error),
    };
    match cli.run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
