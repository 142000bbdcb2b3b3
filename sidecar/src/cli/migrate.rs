//! `raceway-sidecar migrate`

use super::CommandError;
use crate::config::Config;
use crate::schema::{self, Preference};
use crate::store::postgres;

/// Installs the schema and says what it installed.
pub(crate) async fn run(config: &Config, preference: Preference) -> Result<(), CommandError> {
    let mut client = postgres::pool(&config.storage.postgres)?.get().await?;
    println!("{}", schema::migrate(&mut client, preference).await?);
    Ok(())
}
