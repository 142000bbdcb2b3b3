//! `raceway-sidecar health`

use std::time::Duration;

use clap::Args;
use tokio::task::spawn_blocking;
use ureq::Agent;

use super::CommandError;
use crate::config::Config;

/// An answer that takes longer counts as none.
const LIMIT: Duration = Duration::from_secs(4);

/// `raceway-sidecar health`
#[derive(Debug, Args)]
pub(super) struct HealthArgs {
    /// Of the sidecar, such as `http://localhost:8080` [default: by the configuration]
    #[arg(long)]
    url: Option<String>,
}

/// Ends well if the sidecar answers `GET /livez`: containers have no other program that could ask.
pub(super) async fn run(config: &Config, args: HealthArgs) -> Result<(), CommandError> {
    let url = args.url.unwrap_or_else(|| config.server.url());
    let probe = format!("{}/livez", url.trim_end_matches('/'));
    spawn_blocking(move || ask(&probe)).await.map_err(std::io::Error::from)?
}

/// Directly, whatever proxy the environment names.
fn ask(probe: &str) -> Result<(), CommandError> {
    let agent: Agent =
        Agent::config_builder().timeout_global(Some(LIMIT)).proxy(None).build().into();
    match agent.get(probe).call() {
        Ok(_) => Ok(()),
        Err(error) => Err(CommandError::Unhealthy { probe: probe.to_owned(), error: error.into() }),
    }
}
