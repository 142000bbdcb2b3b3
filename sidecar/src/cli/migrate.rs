//! `raceway-sidecar migrate`

use clap::Args;

use super::{CommandError, stdout};
use crate::config::Config;
use crate::schema::{self, Namespace, Preference};
use crate::store::postgres::{Database, PoolError};

/// `raceway-sidecar migrate`
#[derive(Debug, Args)]
pub(super) struct MigrateArgs {
    #[command(flatten)]
    flavour: FlavourArgs,
    /// Only say what would be done
    #[arg(long)]
    dry_run: bool,
    /// Write the plain SQL to standard output, for psql and a database that has none of it
    #[arg(long, conflicts_with_all = ["extension", "plain_sql", "proxy", "dry_run"])]
    print: bool,
    /// The schema of what is printed [default: that of the configuration, else public]
    #[arg(long, requires = "print")]
    schema: Option<String>,
}

/// What is there stays what it is without either.
#[derive(Debug, Args)]
#[group(multiple = false)]
struct FlavourArgs {
    /// The extension: plain SQL that is there becomes the extension, with all that it holds
    #[arg(long)]
    extension: bool,
    /// Plain SQL: an extension that is there becomes plain SQL, with all that it holds
    #[arg(long)]
    plain_sql: bool,
    /// What a database with PL/Proxy is in front of a cluster, see docs/SHARD.md
    #[arg(long)]
    proxy: bool,
}

impl FlavourArgs {
    fn preference(&self) -> Preference {
        match (self.extension, self.plain_sql, self.proxy) {
            (true, ..) => Preference::Extension,
            (_, true, _) => Preference::PlainSql,
            (.., true) => Preference::Proxy,
            _ => Preference::Either,
        }
    }
}

/// Installs the schema and says what it installed.
pub(super) async fn run(config: &Config, args: MigrateArgs) -> Result<(), CommandError> {
    let postgres = &config.storage.postgres;
    if args.print {
        let schema = args.schema.as_deref().or(postgres.schema.as_deref());
        let namespace = Namespace::new(schema, postgres.is_supabase).map_err(PoolError::from)?;
        return stdout::print(schema::whole(&namespace));
    }
    let preference = args.flavour.preference();
    let database = Database::open(postgres)?;
    let mut client = database.client().await?;
    let namespace = database.namespace();
    let migrated = schema::migrate(&mut client, namespace, preference, args.dry_run).await?;
    let prefix = if args.dry_run { "dry run, nothing is changed: " } else { "" };
    stdout::print(format_args!("{prefix}{migrated}"))
}
