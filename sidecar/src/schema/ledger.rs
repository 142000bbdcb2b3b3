//! What was run in a database already, and what is still to be run.

use std::collections::BTreeMap;

use raceway_sql::{FUNCTIONS, LEDGER, MIGRATIONS, Script};
use tokio_postgres::{GenericClient, Transaction};

use super::MigrateError;
use super::scripts::{checksum, record, render, search_path};

/// Brings the schema, which is quoted, to what this program calls. Returns whether there was
/// anything to do.
pub(super) async fn bring_up(
    transaction: &Transaction<'_>,
    schema: &str,
) -> Result<bool, MigrateError> {
    open(transaction, schema).await?;
    let pending = pending(&applied(transaction, schema).await?)?;
    for script in &pending {
        transaction.batch_execute(&render(&script.plain_sql(), schema)).await?;
        transaction.batch_execute(&record(script, schema)).await?;
    }
    Ok(!pending.is_empty())
}

/// Names of the scripts that [`bring_up`] would run.
pub(crate) async fn pending_scripts(
    client: &impl GenericClient,
    schema: &str,
) -> Result<Vec<&'static str>, MigrateError> {
    let pending = pending(&applied(client, schema).await?)?;
    Ok(pending.iter().map(|script| script.name).collect())
}

/// Makes the schema, which has the tables of the extension in this version, that of plain SQL.
pub(super) async fn take_over(
    transaction: &Transaction<'_>,
    schema: &str,
) -> Result<(), MigrateError> {
    open(transaction, schema).await?;
    for migration in MIGRATIONS.iter().filter(|migration| !migration.extension().is_empty()) {
        transaction.batch_execute(&record(migration, schema)).await?;
    }
    bring_up(transaction, schema).await?;
    Ok(())
}

/// Makes the ledger where there is none.
async fn open(transaction: &Transaction<'_>, schema: &str) -> Result<(), tokio_postgres::Error> {
    transaction.batch_execute(&(search_path(schema) + &render(LEDGER, schema))).await
}

/// Names of scripts with their checksums.
type Applied = BTreeMap<String, String>;

async fn applied(
    client: &impl GenericClient,
    schema: &str,
) -> Result<Applied, tokio_postgres::Error> {
    let sql = format!("SELECT name, checksum FROM {schema}.raceway_migrations");
    let rows = client.query_typed(&sql, &[]).await?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

/// The scripts that are to be run, in order.
fn pending(applied: &Applied) -> Result<Vec<&'static Script>, MigrateError> {
    let known = |name: &String| {
        *name == FUNCTIONS.name || MIGRATIONS.iter().any(|migration| migration.name == name)
    };
    if let Some(name) = applied.keys().find(|name| !known(name)) {
        return Err(MigrateError::Newer(name.clone()));
    }
    let mut pending = Vec::new();
    for migration in &MIGRATIONS {
        match applied.get(migration.name) {
            None => pending.push(migration),
            Some(recorded) if *recorded == checksum(migration) => {}
            Some(_) => return Err(MigrateError::Changed(migration.name)),
        }
    }
    if applied.get(FUNCTIONS.name) != Some(&checksum(&FUNCTIONS)) {
        pending.push(&FUNCTIONS);
    }
    Ok(pending)
}

#[cfg(test)]
mod tests {
    use super::{Applied, FUNCTIONS, MIGRATIONS, checksum, pending};

    fn applied(functions: &str) -> Applied {
        let migrations = MIGRATIONS.iter().map(|m| (m.name.to_owned(), checksum(m)));
        migrations.chain([(FUNCTIONS.name.to_owned(), functions.to_owned())]).collect()
    }

    fn names(applied: &Applied) -> Vec<&'static str> {
        pending(applied).expect("a known schema").iter().map(|script| script.name).collect()
    }

    #[test]
    fn only_what_is_missing_or_older_is_run() {
        assert_eq!(
            names(&Applied::new()),
            [
                "0001_schema",
                "0002_acknowledged",
                "0003_indexes",
                "0004_frame_columns",
                "0005_figures",
                "0006_node",
                "functions"
            ]
        );
        assert_eq!(names(&applied("of another version")), ["functions"]);
        assert_eq!(names(&applied(&checksum(&FUNCTIONS))), [""; 0]);
    }

    #[test]
    fn a_newer_schema_and_a_changed_one_are_refused() {
        let mut newer = applied("any");
        newer.insert("9999_later".into(), "any".into());
        assert!(pending(&newer).expect_err("newer").to_string().contains("9999_later"));
        let mut changed = applied("any");
        changed.insert(MIGRATIONS[0].name.into(), "another".into());
        assert!(pending(&changed).expect_err("changed").to_string().contains("0001_schema"));
    }
}
