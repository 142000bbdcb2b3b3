//! Installs what the sidecar calls in Postgres: the extension where the server has it, else the
//! same API in plain SQL.

mod extension;
mod ledger;
mod moving;
mod namespace;
mod proxy;
mod scripts;

use std::fmt;

use raceway_libpq::with_causes;
use semver::Version;
use thiserror::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, GenericClient, Transaction};

pub(crate) use ledger::pending_scripts;
pub(crate) use namespace::{ExposedSchema, Namespace};
pub(crate) use proxy::{NODE, Node, PLACES, is_one as is_proxy};
pub(crate) use scripts::{VERSION, render, whole};

use self::extension::Extension;
use self::scripts::{NAMESPACE, SUPABASE};

/// One migration at a time in a database; the number only has to be our own.
const ADVISORY_LOCK: i64 = 0x7261_6365_7761_7901;

/// What a database is to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preference {
    /// What it has; else the extension, or plain SQL where that can't be had.
    Either,
    /// The extension, which plain SQL becomes.
    Extension,
    /// Plain SQL, which the extension becomes.
    PlainSql,
    /// What is in front of a cluster, by PL/Proxy.
    Proxy,
}

/// What [`migrate`] did.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Migrated {
    ExtensionIsCurrent,
    ExtensionInstalled,
    ExtensionUpdated { from: String },
    PlainSqlIsCurrent,
    PlainSqlInstalled { schema: String, why: &'static str },
    PlainSqlUpdated,
    MovedToExtension,
    MovedToPlainSql { schema: String },
    ProxyInstalled { schema: String },
    ProxyUpdated,
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Migrated::ExtensionIsCurrent => {
                write!(f, "the extension raceway {VERSION} is installed already")
            }
            Migrated::ExtensionInstalled => write!(f, "installed the extension raceway {VERSION}"),
            Migrated::ExtensionUpdated { from } => {
                write!(f, "updated the extension raceway from {from} to {VERSION}")
            }
            Migrated::PlainSqlIsCurrent => write!(f, "plain SQL {VERSION} is installed already"),
            Migrated::PlainSqlInstalled { schema, why } => {
                write!(f, "installed plain SQL {VERSION} in schema {schema} ({why})")
            }
            Migrated::PlainSqlUpdated => write!(f, "updated the plain SQL functions to {VERSION}"),
            Migrated::MovedToExtension => {
                write!(f, "plain SQL is the extension raceway {VERSION} now")
            }
            Migrated::MovedToPlainSql { schema } => {
                write!(f, "the extension is plain SQL {VERSION} in schema {schema} now")
            }
            Migrated::ProxyInstalled { schema } => {
                write!(f, "installed the proxy {VERSION} in schema {schema}")
            }
            Migrated::ProxyUpdated => write!(f, "brought the proxy to {VERSION}"),
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
    #[error(
        "the server has the extension raceway in version {0} only: expected {VERSION} to be \
         installed there"
    )]
    OtherVersions(String),
    #[error("expected the extension raceway {VERSION}, but {0}")]
    NoExtension(&'static str),
    #[error(
        "the database has the extension raceway {0}: expected a superuser to run ALTER EXTENSION \
         raceway UPDATE TO '{VERSION}'"
    )]
    MayNotUpdate(String),
    #[error(
        "expected a superuser: only one can move a database between plain SQL and the extension ({})",
        database_message(.0)
    )]
    MayNotMove(tokio_postgres::Error),
    #[error("the schema {0} has events: expected one for the proxy that has none of raceway")]
    HoldsEvents(String),
    #[error("this is a proxy, which can't become anything else: expected another database")]
    IsProxy,
    #[error("{}", database_message(.0))]
    Database(#[from] tokio_postgres::Error),
}

/// The server's own words where there are some.
pub(crate) fn database_message(error: &tokio_postgres::Error) -> String {
    error.as_db_error().map_or_else(|| with_causes(error), ToString::to_string)
}

/// Whether Postgres says that this role may not do that.
fn is_refused_to_role(error: &tokio_postgres::Error) -> bool {
    error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE)
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
    // In the extension, raceway_version() is that of the library, which may be ahead.
    let version = match Extension::find(client).await? {
        Some(extension) => Some(extension.version),
        None => plain_sql_version(client, namespace).await?,
    };
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
    let migrated = if let Some(extension) = Extension::find(&transaction).await? {
        if installed.as_ref() != Some(&extension.schema) {
            return Err(MigrateError::Elsewhere(extension.schema));
        }
        match preference {
            Preference::Proxy => return Err(MigrateError::HoldsEvents(extension.schema)),
            Preference::PlainSql => moving::to_plain_sql(&transaction, extension).await?,
            _ => extension.bring_up(&transaction).await?,
        }
    } else if let Some(schema) = installed {
        refuse_newer(&plain_sql_version(&transaction, namespace).await?.unwrap_or_default())?;
        match preference {
            _ if proxy::is_one(&transaction, namespace).await? => {
                proxy::bring_up(&transaction, &schema, preference).await?
            }
            Preference::Proxy => return Err(MigrateError::HoldsEvents(schema)),
            Preference::Extension => moving::to_extension(&transaction, &schema).await?,
            _ => bring_up_plain_sql(&transaction, &schema).await?,
        }
    } else {
        install(&mut transaction, namespace, preference).await?
    };
    if namespace.is_supabase() {
        restrict_supabase_roles(&transaction, namespace).await?;
    }
    if dry_run {
        transaction.rollback().await?;
    } else {
        transaction.commit().await?;
    }
    Ok(migrated)
}

async fn bring_up_plain_sql(
    transaction: &Transaction<'_>,
    schema: &str,
) -> Result<Migrated, MigrateError> {
    let is_updated = ledger::bring_up(transaction, schema).await?;
    Ok(if is_updated { Migrated::PlainSqlUpdated } else { Migrated::PlainSqlIsCurrent })
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
        Preference::PlainSql | Preference::Proxy => "as asked for",
        Preference::Extension | Preference::Either => {
            match extension::create(transaction, namespace).await? {
                Ok(()) => return Ok(Migrated::ExtensionInstalled),
                Err(why) if preference == Preference::Extension => {
                    return Err(MigrateError::NoExtension(why));
                }
                Err(why) => why,
            }
        }
    };
    let schema = match namespace.schema() {
        Some(schema) => schema.to_owned(),
        None => writable_schema(transaction).await?,
    };
    refuse_foreign_tables(transaction, &schema).await?;
    if preference == Preference::Proxy {
        proxy::run(transaction, &schema).await?;
        return Ok(Migrated::ProxyInstalled { schema });
    }
    ledger::bring_up(transaction, &schema).await?;
    Ok(Migrated::PlainSqlInstalled { schema, why })
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
async fn plain_sql_version(
    client: &impl GenericClient,
    namespace: &Namespace,
) -> Result<Option<String>, tokio_postgres::Error> {
    first_text(client, &namespace.sql("SELECT @extschema@.raceway_version()")).await
}

/// Supabase's REST API has roles of its own, for whoever has a key.
async fn restrict_supabase_roles(
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

/// Whether a version is ahead of this program.
pub(crate) fn is_newer(installed: &str) -> bool {
    matches!((Version::parse(installed), Version::parse(VERSION)),
             (Ok(theirs), Ok(ours)) if theirs > ours)
}

/// A newer program may rely on what an older one would install.
fn refuse_newer(installed: &str) -> Result<(), MigrateError> {
    if is_newer(installed) { Err(MigrateError::NewerVersion(installed.to_owned())) } else { Ok(()) }
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
        FROM unnest(ARRAY[@relations@]) AS name
        WHERE to_regclass(format('%s.%I', $1, name)) IS NOT NULL";
    let rows = client.query_typed(&render(FOUND, schema), &[(&schema, Type::TEXT)]).await?;
    Ok(rows.first().and_then(|row| row.get(0)))
}
