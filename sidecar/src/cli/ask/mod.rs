//! `raceway-sidecar traces`, `trace`, `races` and `stats`: what a running sidecar knows, as tables for people or as JSON
//! for programs.

mod client;
mod error;
mod events;
mod findings;
mod races;
mod screen;
mod stats;
mod table;
mod text;
mod trace;
mod traces;

use std::path::PathBuf;

use clap::Args;
use tokio::task::spawn_blocking;

use self::client::Client;
pub(crate) use self::error::AskError;
pub(super) use self::races::RacesArgs;
use self::screen::Screen;
pub(super) use self::stats::StatsArgs;
pub(super) use self::trace::TraceArgs;
pub(super) use self::traces::TracesArgs;
use super::{CommandError, stdout};
use crate::config::{Config, Server};
use crate::log;

/// Which sidecar is asked, and how the answer is printed.
#[derive(Debug, Args)]
pub(in crate::cli) struct Asked {
    /// Of the sidecar, such as `http://localhost:8080` [default: by the configuration]
    #[arg(long)]
    pub(in crate::cli) url: Option<String>,
    /// A file with the key, if the sidecar asks for one [default: `RACEWAY_KEY`, or one of the configuration]
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) key_file: Option<PathBuf>,
    /// Certificates to trust besides those of this machine, in PEM format
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cacert: Option<PathBuf>,
    /// Print JSON: the data of what the sidecar answers
    #[arg(long)]
    pub(in crate::cli) json: bool,
}

/// A command that asks, and prints what it is told.
pub(super) trait Ask: Send + 'static {
    /// Which sidecar is asked.
    fn asked(&self) -> &Asked;

    /// The answer's data as JSON.
    fn json(&self, client: &Client) -> Result<String, AskError>;

    /// The same for people.
    fn show(&self, client: &Client, screen: &mut Screen) -> Result<(), AskError>;
}

/// Asks, and prints all of the answer or nothing.
pub(super) async fn run(config: Config, command: impl Ask) -> Result<(), CommandError> {
    spawn_blocking(move || answer(&config.server, &command)).await.map_err(std::io::Error::from)?
}

fn answer(server: &Server, command: &impl Ask) -> Result<(), CommandError> {
    let client = Client::new(server, command.asked())?;
    let text = if command.asked().json {
        command.json(&client)?
    } else {
        let mut screen = Screen::of_stdout();
        command.show(&client, &mut screen)?;
        screen.into_text()
    };
    stdout::print(text.trim_end())?;
    if client.is_degraded() {
        log::tell("warning: Postgres is away or has not got everything yet");
    }
    Ok(())
}
