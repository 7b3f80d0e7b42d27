//! Parses the command line and runs the command. Everything that lives is in the library beside it.

use std::process::ExitCode;

use clap::Parser as _;
use onderdak::cli::Cli;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::parse().run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.tell(),
    }
}
