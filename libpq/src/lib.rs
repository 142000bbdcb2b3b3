//! Connections to Postgres as libpq makes them: the same parameters, from the same places, with the
//! same meaning. What is done over a connection is not its business.

mod attempt;
mod cancel;
mod connector;
mod environment;
mod error;
mod hosts;
mod keywords;
mod parameters;
mod passwords;
pub mod pieces;
mod service;
mod session;
mod ssl_mode;
mod supabase;
mod target;
mod tls;
mod url;

use std::error::Error;
use std::iter::successors;

pub use attempt::{Connection, Reach};
pub use connector::{ConnectError, Connector, Limits};
pub use error::ParameterError;
pub use target::Source;
pub use tls::{Encryption, TlsError, Verified, certificate_end, web_verifier};

/// Names of parameters with their values.
pub type Pairs = Vec<(String, String)>;

/// "error connecting to server: Connection refused": the first alone says little.
#[must_use]
pub fn with_causes(error: &tokio_postgres::Error) -> String {
    let causes = successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}
