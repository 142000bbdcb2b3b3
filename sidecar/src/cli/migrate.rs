//! `raceway-sidecar migrate`

use clap::Args;

use super::CommandError;
use crate::config::Config;
use crate::schema::{self, Preference};
use crate::store::postgres;

/// `raceway-sidecar migrate`
#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    /// Plain SQL even where the server has the extension
    #[arg(long)]
    plain_sql: bool,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Write the plain SQL to standard output, for psql and a database that has none of it
    #[arg(long, conflicts_with_all = ["plain_sql", "dry_run"])]
    print: bool,
    /// The schema of what is printed
    #[arg(long, default_value = "public", requires = "print")]
    schema: String,
}

/// Installs the schema and says what it installed.
pub(super) async fn run(config: &Config, args: MigrateArgs) -> Result<(), CommandError> {
    if args.print {
        println!("{}", schema::whole(&quoted(&args.schema)));
        return Ok(());
    }
    let preference = if args.plain_sql { Preference::PlainSql } else { Preference::Extension };
    let mut client = postgres::pool(&config.storage.postgres)?.get().await?;
    let migrated = schema::migrate(&mut client, preference, args.dry_run).await?;
    println!("{}{migrated}", if args.dry_run { "dry run, nothing is changed: " } else { "" });
    Ok(())
}

/// As an identifier of SQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
