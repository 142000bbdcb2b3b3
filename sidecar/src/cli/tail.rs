//! `raceway-sidecar tail`

mod connection;
mod events;
mod line;

use std::time::Duration;

use clap::Args;
use tokio::signal::ctrl_c;
use tokio::time::sleep;

use self::connection::{Connection, Ended};
use super::ask::Asked;
use super::reach::Address;
use super::transfer::Sidecar;
use super::{CommandError, stdout};
use crate::config::Config;
use crate::log;
use crate::store::StoreError;

/// Before a sidecar that has gone is tried again; each time twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LAST_PAUSE: Duration = Duration::from_secs(30);

/// `raceway-sidecar tail`
#[derive(Debug, Args)]
pub(super) struct TailArgs {
    #[command(flatten)]
    asked: Asked,
    /// Only these: some of trace, finding and state, with commas between them
    #[arg(long)]
    events: Option<String>,
    /// Only traces in which this service took part, and what is found in them
    #[arg(long)]
    service: Option<String>,
}

/// What is printed, and of which sidecar.
#[derive(Clone)]
struct Tail {
    sidecar: Sidecar,
    parameters: Vec<(&'static str, String)>,
    json: bool,
}

/// Prints what happens, until SIGINT or until nobody reads it.
pub(super) async fn run(config: &Config, args: TailArgs) -> Result<(), CommandError> {
    let TailArgs { asked: Asked { url, key_file, cacert, json }, events, service } = args;
    let address = Address { url: url.as_deref(), cacert: cacert.as_deref() };
    let sidecar = Sidecar::at(address, key_file.as_deref(), &config.server)?;
    let parameters = [("events", events), ("service", service)];
    let parameters = parameters.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let tail = Tail { sidecar, parameters: parameters.collect(), json };
    tokio::select! {
        interrupted = ctrl_c() => Ok(interrupted?),
        ended = tail.follow() => stdout::unless_gone(ended),
    }
}

impl Tail {
    /// Connects again and again, once that has succeeded.
    async fn follow(self) -> Result<(), CommandError> {
        let (mut pause, mut last_seen) = (FIRST_PAUSE, None);
        let mut has_heard = false;
        loop {
            let connection = Connection::open(self.clone(), last_seen);
            let Ended { why, heard, last_seen: seen } = connection.ended().await;
            last_seen = seen;
            has_heard |= heard;
            if heard {
                pause = FIRST_PAUSE;
            }
            let reason = why?;
            if !has_heard {
                return Err(reason.into());
            }
            let seconds = pause.as_secs();
            let reason = in_short(reason);
            log::tell(&format!("raceway-sidecar: {reason}; trying again in {seconds} s"));
            sleep(pause).await;
            pause = (2 * pause).min(LAST_PAUSE);
        }
    }
}

/// What is away is a sidecar, whatever its storage does.
fn in_short(error: StoreError) -> String {
    match error {
        StoreError::Unavailable(reason) | StoreError::Full { reason, .. } => reason,
        error => error.to_string(),
    }
}
