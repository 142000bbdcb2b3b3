//! `raceway-sidecar health`

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use tokio::task::spawn_blocking;
use ureq::Agent;

use super::CommandError;
use super::reach::{Address, Reach};
use crate::config::Config;

/// An answer that takes longer counts as none.
const LIMIT: Duration = Duration::from_secs(4);

/// `raceway-sidecar health`
#[derive(Debug, Args)]
pub(super) struct HealthArgs {
    /// Of the sidecar, such as `http://localhost:8080` [default: by the configuration]
    #[arg(long)]
    url: Option<String>,
    /// Certificates to trust besides those of this machine, in PEM format
    #[arg(long, value_name = "FILE")]
    cacert: Option<PathBuf>,
}

/// Ends well if the sidecar answers `GET /livez`: containers have no other program that could ask. It is asked directly,
/// whatever proxy the environment names.
pub(super) async fn run(config: &Config, args: HealthArgs) -> Result<(), CommandError> {
    let http = Agent::config_builder().timeout_global(Some(LIMIT)).proxy(None);
    let address = Address { url: args.url.as_deref(), cacert: args.cacert.as_deref() };
    let reach = Reach::new(&config.server, address, http)?;
    spawn_blocking(move || ask(&reach)).await.map_err(std::io::Error::from)?
}

fn ask(reach: &Reach) -> Result<(), CommandError> {
    match reach.get("/livez").call() {
        Ok(_) => Ok(()),
        Err(error) => {
            Err(CommandError::Unhealthy { probe: format!("{reach}/livez"), error: error.into() })
        }
    }
}
