//! Starts the log, which goes to standard error.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use super::CommandError;
use crate::config::{LogFormat, Logging};
use crate::log;

/// What `RUST_LOG` says wins over the configuration.
pub(super) fn start(logging: &Logging) -> Result<(), CommandError> {
    let filter = match std::env::var(EnvFilter::DEFAULT_ENV) {
        Ok(filter) => filter.parse()?,
        Err(_) => logging.level.parse::<EnvFilter>()?,
    };
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(log::writer())
        .log_internal_errors(false);
    match logging.format {
        LogFormat::Text => lines.with_ansi(io::stderr().is_terminal()).init(),
        // The fields of a line beside its message; of what it belongs to, the request that is answered.
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).init(),
    }
    Ok(())
}
