//! The quarantine in a file.

use super::{QuarantineAction, print};
use crate::cli::CommandError;
use crate::config::Config;
use crate::quarantine::{Entry, QuarantineFile};

pub(super) fn run(config: &Config, action: &QuarantineAction) -> Result<(), CommandError> {
    let quarantine = &config.storage.quarantine;
    let file = QuarantineFile::new(&quarantine.path, quarantine.max_bytes);
    match action {
        QuarantineAction::List { json } => print(&file.entries()?, *json)?,
        QuarantineAction::Replay => replay(config, &file)?,
        QuarantineAction::Clear => println!("forgot {}", file.take()?.len()),
    }
    Ok(())
}

/// Sends everything to the sidecar again, which puts what it still rejects into the file.
fn replay(config: &Config, file: &QuarantineFile) -> Result<(), CommandError> {
    let url = format!("http://{}:{}/events", config.server.host, config.server.port);
    let mut entries = file.take()?;
    let before = entries.len();
    let (mut stored, mut failure) = (0, None);
    while let Some(entry) = entries.first() {
        match post(&url, entry) {
            Ok(true) => stored += 1,
            Ok(false) => {}
            Err(error) => {
                failure = Some(CommandError::Quarantine(format!("{url}: {error}")));
                break;
            }
        }
        entries.remove(0);
    }
    file.keep(&entries);
    println!("stored {stored}, {} remain", before - stored);
    failure.map_or(Ok(()), Err)
}

/// Whether the event is stored now.
fn post(url: &str, entry: &Entry) -> Result<bool, ureq::Error> {
    let Some(event) = &entry.event else { return Ok(false) };
    let agent: ureq::Agent =
        ureq::Agent::config_builder().http_status_as_error(false).build().into();
    let mut answer = agent.post(url).send(event)?;
    let report: serde_json::Value =
        serde_json::from_str(&answer.body_mut().read_to_string()?).unwrap_or_default();
    Ok(report["data"]["rejected"].as_array().is_some_and(Vec::is_empty))
}
