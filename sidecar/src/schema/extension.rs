//! The extension in a database: making it, and bringing it to the version of this program.

use tokio_postgres::{GenericClient, Transaction};

use super::{MigrateError, Migrated, Namespace, VERSION, is_refused_to_role, refuse_newer};

/// Why there is none where the server can't have it.
pub(super) const NOT_THERE: &str = "the server does not have the extension";

/// The extension as the database has it.
pub(super) struct Extension {
    pub(super) version: String,
    /// Quoted.
    pub(super) schema: String,
}

impl Extension {
    /// The one that is installed, if one is.
    pub(super) async fn find(
        client: &impl GenericClient,
    ) -> Result<Option<Self>, tokio_postgres::Error> {
        const SQL: &str = "SELECT extversion, quote_ident(nspname)
                           FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
                           WHERE extname = 'raceway'";
        let rows = client.query_typed(SQL, &[]).await?;
        Ok(rows.first().map(|row| Extension { version: row.get(0), schema: row.get(1) }))
    }

    /// Brings it to the version of the program.
    pub(super) async fn bring_up(
        self,
        transaction: &Transaction<'_>,
    ) -> Result<Migrated, MigrateError> {
        if self.version == VERSION {
            return Ok(Migrated::ExtensionIsCurrent);
        }
        refuse_newer(&self.version)?;
        is_available(transaction).await?;
        let update = format!("ALTER EXTENSION raceway UPDATE TO '{VERSION}'");
        match transaction.batch_execute(&update).await {
            Ok(()) => Ok(Migrated::ExtensionUpdated { from: self.version }),
            Err(error) if is_refused_to_role(&error) => {
                Err(MigrateError::MayNotUpdate(self.version))
            }
            Err(error) => Err(error.into()),
        }
    }
}

/// Installs it, or says why it can't be had. In a savepoint: a failure leaves the transaction usable.
pub(super) async fn create(
    transaction: &mut Transaction<'_>,
    namespace: &Namespace,
) -> Result<Result<(), &'static str>, MigrateError> {
    if !is_available(transaction).await? {
        return Ok(Err(NOT_THERE));
    }
    let schema = namespace.schema().map(|schema| format!("SCHEMA {schema}")).unwrap_or_default();
    let create = format!("CREATE EXTENSION raceway {schema} VERSION '{VERSION}'");
    let savepoint = transaction.transaction().await?;
    match savepoint.batch_execute(&create).await {
        Ok(()) => Ok(Ok(savepoint.commit().await?)),
        Err(error) if is_refused_to_role(&error) => Ok(Err("this role may not create extensions")),
        Err(error) => Err(error.into()),
    }
}

/// Whether the server has it. Another version of it is an error: who has put it there means to use
/// it.
pub(super) async fn is_available(client: &impl GenericClient) -> Result<bool, MigrateError> {
    const VERSIONS: &str = "SELECT version FROM pg_available_extension_versions
                            WHERE name = 'raceway' ORDER BY version";
    let rows = client.query_typed(VERSIONS, &[]).await?;
    let versions: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    if versions.is_empty() || versions.iter().any(|version| version == VERSION) {
        Ok(!versions.is_empty())
    } else {
        Err(MigrateError::OtherVersions(versions.join(", ")))
    }
}
