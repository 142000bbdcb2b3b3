//! Between plain SQL and the extension: the tables and their rows stay where they are, and so does
//! who may do what with them.

use raceway_sql::FUNCTIONS;
use tokio_postgres::Transaction;

use super::extension::{self, Extension};
use super::scripts::{VERSION, render};
use super::{MigrateError, Migrated, is_refused_to_role, ledger};

const LOCK: &str = include_str!("../../../sql/move/lock.sql");
const SET_ASIDE: &str = include_str!("../../../sql/move/set_aside.sql");
const TAKE_OVER: &str = include_str!("../../../sql/move/take_over.sql");
const REGRANT: &str = include_str!("../../../sql/move/regrant.sql");
const LEAVE: &str = include_str!("../../../sql/move/leave.sql");

/// The plain SQL in this schema, which is quoted, becomes the extension.
pub(super) async fn to_extension(
    transaction: &Transaction<'_>,
    schema: &str,
) -> Result<Migrated, MigrateError> {
    if !extension::is_available(transaction).await? {
        return Err(MigrateError::NoExtension(extension::NOT_THERE));
    }
    run(transaction, &render(LOCK, schema)).await?;
    ledger::bring_up(transaction, schema).await?;
    // Which functions are ours is known by the transaction that has declared them.
    run(transaction, &render(&FUNCTIONS.plain_sql(), schema)).await?;
    let create = format!("CREATE EXTENSION raceway SCHEMA {schema} VERSION '{VERSION}';\n");
    let (set_aside, regrant) = (render(SET_ASIDE, schema), render(REGRANT, schema));
    run(transaction, &[&set_aside, TAKE_OVER, &create, &regrant].concat()).await?;
    Ok(Migrated::MovedToExtension)
}

/// The extension becomes plain SQL in its schema.
pub(super) async fn to_plain_sql(
    transaction: &Transaction<'_>,
    extension: Extension,
) -> Result<Migrated, MigrateError> {
    let schema = extension.schema.clone();
    run(transaction, &render(LOCK, &schema)).await?;
    extension.bring_up(transaction).await?;
    run(transaction, &render(LEAVE, &schema)).await?;
    ledger::take_over(transaction, &schema).await?;
    run(transaction, "DROP EXTENSION raceway").await?;
    Ok(Migrated::MovedToPlainSql { schema })
}

async fn run(transaction: &Transaction<'_>, script: &str) -> Result<(), MigrateError> {
    transaction.batch_execute(script).await.map_err(|error| {
        if is_refused_to_role(&error) { MigrateError::MayNotMove(error) } else { error.into() }
    })
}
