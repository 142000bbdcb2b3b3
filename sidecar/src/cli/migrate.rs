//! `raceway-sidecar migrate`

use super::CommandError;
use crate::config::Config;
use crate::schema::{self, Preference};
use crate::store::postgres;

/// Installs the schema and says what it installed.
pub(crate) async fn run(config: &Config, preference: Preference) -> Result<(), CommandError> {
    let pool = postgres::pool(&config.storage.postgres).map_err(CommandError::ConnectionString)?;
    let mut client = pool.get().await?;
    println!("{}", schema::migrate(&mut client, preference).await?);
    Ok(())
}
