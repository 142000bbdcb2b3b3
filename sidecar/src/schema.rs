//! Installs what the sidecar calls in Postgres: the extension where the server has it, else the
//! same API in plain SQL.

mod ledger;
mod namespace;
mod scripts;

use std::fmt;

use semver::Version;
use thiserror::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient, Transaction};

pub(crate) use ledger::pending_scripts;
pub(crate) use namespace::{ExposedSchema, Namespace};
pub(crate) use scripts::{VERSION, whole};

use self::scripts::{NAMESPACE, SUPABASE, render};
use crate::libpq::with_causes;

/// One migration at a time in a database; the number only has to be our own.
const ADVISORY_LOCK: i64 = 0x7261_6365_7761_7901;

/// What [`migrate`] installs where there is nothing yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preference {
    /// The extension, or plain SQL where it can't be had.
    Extension,
    /// Plain SQL in any case.
    PlainSql,
}

/// What [`migrate`] did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Migrated {
    ExtensionWasThere { version: String },
    ExtensionInstalled { version: String },
    PlainSqlUpdated,
    PlainSqlIsCurrent,
    PlainSqlInstalled { schema: String, why: &'static str },
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Migrated::ExtensionWasThere { version } => {
                write!(f, "the extension raceway {version} is installed already")
            }
            Migrated::ExtensionInstalled { version } => {
                write!(f, "installed the extension raceway {version}")
            }
            Migrated::PlainSqlIsCurrent => write!(f, "plain SQL {VERSION} is installed already"),
            Migrated::PlainSqlUpdated => write!(f, "updated the plain SQL functions to {VERSION}"),
            Migrated::PlainSqlInstalled { schema, why } => {
                write!(f, "installed plain SQL {VERSION} in schema {schema} ({why})")
            }
        }
    }
}

/// Why the schema could not be installed.
#[derive(Debug, Error)]
pub(crate) enum MigrateError {
    #[error(
        "expected a schema on search_path in which this role may create tables: \
         GRANT CREATE ON SCHEMA to it, or set its search_path"
    )]
    NoSchema,
    #[error(
        "the schema {schema} has {tables} already, not made by this program: drop them, or set \
         search_path to another schema"
    )]
    Foreign { schema: String, tables: String },
    #[error(
        "the extension raceway is in the schema {0}: set storage.postgres.schema, or search_path, to it"
    )]
    Elsewhere(String),
    #[error(
        "the database has version {0} of the schema: expected a newer raceway-sidecar than {VERSION}"
    )]
    NewerVersion(String),
    #[error(
        "the database has the migration {0}, which raceway-sidecar {VERSION} does not know: \
         expected a newer one"
    )]
    Newer(String),
    #[error(
        "the migration {0} of the database is not that of raceway-sidecar {VERSION}: expected a \
         schema that a release has made"
    )]
    Changed(&'static str),
    #[error("{}", database_message(.0))]
    Database(#[from] tokio_postgres::Error),
}

/// The server's own words where there are some.
pub(crate) fn database_message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| with_causes(error), ToString::to_string)
}

/// Whether the database has the API in the version of this program, so that nothing has to be
/// installed. A role that may only call functions can ask this.
pub(crate) async fn is_current(
    client: &Client,
    namespace: &Namespace,
) -> Result<bool, MigrateError> {
    if installed_schema(client, namespace).await?.is_none() {
        return Ok(false);
    }
    let version = version(client, namespace).await?;
    Ok(version.as_deref() == Some(VERSION))
}

/// Installs or updates the API, all of it or nothing; nothing in a dry run.
pub(crate) async fn migrate(
    client: &mut Client,
    namespace: &Namespace,
    preference: Preference,
    dry_run: bool,
) -> Result<Migrated, MigrateError> {
    let mut transaction = client.transaction().await?;
    transaction
        .query_typed("SELECT pg_advisory_xact_lock($1)", &[(&ADVISORY_LOCK, Type::INT8)])
        .await?;
    let installed = installed_schema(&transaction, namespace).await?;
    let migrated = if let Some(extension) = extension(&transaction).await? {
        if installed.as_ref() != Some(&extension.schema) {
            return Err(MigrateError::Elsewhere(extension.schema));
        }
        Migrated::ExtensionWasThere { version: extension.version }
    } else if let Some(schema) = installed {
        refuse_newer_version(&transaction, namespace).await?;
        if ledger::bring_up(&transaction, &schema).await? {
            Migrated::PlainSqlUpdated
        } else {
            Migrated::PlainSqlIsCurrent
        }
    } else {
        install(&mut transaction, namespace, preference).await?
    };
    if namespace.is_supabase() {
        keep_visitors_out(&transaction, namespace).await?;
    }
    if dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(migrated)
}

async fn install(
    transaction: &mut Transaction<'_>,
    namespace: &Namespace,
    preference: Preference,
) -> Result<Migrated, MigrateError> {
    if let Some(schema) = namespace.schema() {
        transaction.batch_execute(&render(NAMESPACE, schema)).await?;
    }
    let why = match preference {
        Preference::PlainSql => "as asked for",
        Preference::Extension => match create_extension(transaction, namespace).await? {
            Ok(version) => return Ok(Migrated::ExtensionInstalled { version }),
            Err(why) => why,
        },
    };
    let schema = match namespace.schema() {
        Some(schema) => schema.to_owned(),
        None => writable_schema(transaction).await?,
    };
    refuse_foreign_tables(transaction, &schema).await?;
    ledger::bring_up(transaction, &schema).await?;
    Ok(Migrated::PlainSqlInstalled { schema, why })
}

/// The version that was installed, or why none can be. In a savepoint: a failure leaves the
/// transaction usable.
async fn create_extension(
    transaction: &mut Transaction<'_>,
    namespace: &Namespace,
) -> Result<Result<String, &'static str>, MigrateError> {
    let schema = namespace.schema().map(|schema| format!(" SCHEMA {schema}"));
    let create = format!("CREATE EXTENSION raceway{}", schema.unwrap_or_default());
    let savepoint = transaction.transaction().await?;
    match savepoint.batch_execute(&create).await {
        Ok(()) => savepoint.commit().await?,
        Err(error) => match error.code() {
            Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
                return Ok(Err("this role may not create extensions"));
            }
            Some(&SqlState::UNDEFINED_FILE | &SqlState::FEATURE_NOT_SUPPORTED) => {
                return Ok(Err("the server does not have the extension"));
            }
            _ => return Err(error.into()),
        },
    }
    let extension = extension(transaction).await?;
    Ok(Ok(extension.map(|extension| extension.version).unwrap_or_default()))
}

/// The extension as the database has it.
struct Extension {
    version: String,
    /// Quoted.
    schema: String,
}

async fn extension(
    client: &impl GenericClient,
) -> Result<Option<Extension>, tokio_postgres::Error> {
    const SQL: &str = "SELECT extversion, quote_ident(nspname)
                       FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
                       WHERE extname = 'raceway'";
    let rows = client.query_typed(SQL, &[]).await?;
    Ok(rows.first().map(|row| Extension { version: row.get(0), schema: row.get(1) }))
}

/// The schema, quoted, in which either flavour is found.
pub(crate) async fn installed_schema(
    client: &impl GenericClient,
    namespace: &Namespace,
) -> Result<Option<String>, tokio_postgres::Error> {
    const SQL: &str = "SELECT quote_ident(nspname)
                       FROM pg_proc JOIN pg_namespace ON pg_namespace.oid = pronamespace
                       WHERE pg_proc.oid = to_regprocedure($1)";
    let version = namespace.sql("@extschema@.raceway_version()");
    let rows = client.query_typed(SQL, &[(&version, Type::TEXT)]).await?;
    Ok(rows.first().map(|row| row.get(0)))
}

/// Of the functions that are there.
async fn version(
    client: &impl GenericClient,
    namespace: &Namespace,
) -> Result<Option<String>, tokio_postgres::Error> {
    first_text(client, &namespace.sql("SELECT @extschema@.raceway_version()")).await
}

/// Supabase's REST API has roles of its own, for whoever has a key.
async fn keep_visitors_out(
    transaction: &Transaction<'_>,
    namespace: &Namespace,
) -> Result<(), tokio_postgres::Error> {
    match namespace.schema() {
        Some(schema) => transaction.batch_execute(&render(SUPABASE, schema)).await,
        None => Ok(()),
    }
}

/// The schema, quoted, that takes new tables. Where the role may not create any in the current one
/// (public, since PostgreSQL 15), it gets a schema of its name, which comes first by default.
async fn writable_schema(transaction: &mut Transaction<'_>) -> Result<String, MigrateError> {
    const CURRENT: &str = "SELECT quote_ident(current_schema())
                           WHERE has_schema_privilege(current_schema(), 'CREATE')";
    if let Some(schema) = first_text(transaction, CURRENT).await? {
        return Ok(schema);
    }
    let savepoint = transaction.transaction().await?;
    if savepoint.batch_execute("CREATE SCHEMA AUTHORIZATION CURRENT_USER").await.is_ok() {
        savepoint.commit().await?;
    } else {
        savepoint.rollback().await?;
    }
    first_text(transaction, CURRENT).await?.ok_or(MigrateError::NoSchema)
}

async fn first_text(
    client: &impl GenericClient,
    query: &str,
) -> Result<Option<String>, tokio_postgres::Error> {
    let rows = client.query_typed(query, &[]).await?;
    Ok(rows.first().map(|row| row.get(0)))
}

/// A newer program may rely on what an older one would install.
async fn refuse_newer_version(
    client: &impl GenericClient,
    namespace: &Namespace,
) -> Result<(), MigrateError> {
    let installed = version(client, namespace).await?.unwrap_or_default();
    match (Version::parse(&installed), Version::parse(VERSION)) {
        (Ok(theirs), Ok(ours)) if theirs > ours => Err(MigrateError::NewerVersion(installed)),
        _ => Ok(()),
    }
}

/// Raceway's own server makes tables of the same names.
async fn refuse_foreign_tables(
    client: &impl GenericClient,
    schema: &str,
) -> Result<(), MigrateError> {
    match foreign_tables(client, schema).await? {
        Some(tables) => Err(MigrateError::Foreign { schema: schema.to_owned(), tables }),
        None => Ok(()),
    }
}

/// Which tables are in the way, in a schema that is quoted and has nothing of this program.
pub(crate) async fn foreign_tables(
    client: &impl GenericClient,
    schema: &str,
) -> Result<Option<String>, tokio_postgres::Error> {
    const FOUND: &str = "
        SELECT string_agg(name, ', ')
        FROM unnest(ARRAY['traces', 'events', 'stored_events', 'frames', 'raceway_rejected']) AS name
        WHERE to_regclass(format('%s.%I', $1, name)) IS NOT NULL";
    let rows = client.query_typed(FOUND, &[(&schema, Type::TEXT)]).await?;
    Ok(rows.first().and_then(|row| row.get(0)))
}
