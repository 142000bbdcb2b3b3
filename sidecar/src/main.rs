//! `raceway-sidecar`: takes Raceway events over HTTP and keeps them in Postgres or in memory.

mod cli;
mod config;
mod http;
mod schema;
mod store;

use std::process::ExitCode;

use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    match cli::run(cli::Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("raceway-sidecar: {error}");
            ExitCode::FAILURE
        }
    }
}
