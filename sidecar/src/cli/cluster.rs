//! `raceway-sidecar cluster`

use std::time::Instant;

use clap::Subcommand;
use indicatif::HumanBytes;
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::{CommandError, stdout};
use crate::config::Config;
use crate::schema::{self, NODE, Namespace, Node, PLACES, VERSION, database_message};
use crate::store::postgres::Database;

/// What to do with the databases behind a proxy.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterAction {
    /// Say where each database is, how large, and how long it takes to answer
    Status,
    /// Look for a database at another place from now on, if it is there. Each proxy has to be told
    Move {
        /// Which of the databases
        bucket: i32,
        /// Its connection string there, as of libpq
        #[arg(long)]
        to: String,
    },
}

pub(super) async fn run(config: &Config, action: ClusterAction) -> Result<(), CommandError> {
    let database = Database::open(&config.storage.postgres)?;
    let mut client = database.client().await?;
    let namespace = database.namespace();
    if !schema::is_proxy(&**client, namespace).await.map_err(failed)? {
        let expected = "expected a proxy, see docs/SHARD.md: this database has events of its own";
        return Err(CommandError::Cluster(expected.into()));
    }
    match action {
        ClusterAction::Status => status(&client, namespace).await,
        ClusterAction::Move { bucket, to } => {
            relocate(&mut client, namespace, bucket, &to).await?;
            stdout::print(format_args!("database {bucket} is at {to} now, for this proxy"))
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "for map_err")]
fn failed(error: tokio_postgres::Error) -> CommandError {
    CommandError::Cluster(database_message(&error))
}

async fn status(client: &Client, namespace: &Namespace) -> Result<(), CommandError> {
    let places = client.query_typed(&namespace.sql(PLACES), &[]).await.map_err(failed)?;
    for row in places {
        let (place, connection): (i32, &str) = (row.get(0), row.get(1));
        let asked = Instant::now();
        let answer = client.query_typed(&namespace.sql(NODE), &[(&place, Type::INT4)]).await;
        let answer = answer.and_then(|rows| Node::of(place, &rows[0], asked.elapsed()));
        stdout::print(match answer {
            Ok(node) => format!("{place}  {connection}  {}", told(&node)),
            Err(error) => {
                let reason = database_message(&error).replace('\n', " ");
                format!("{place}  {connection}  does not answer: {}", reason.trim())
            }
        })?;
    }
    Ok(())
}

fn told(node: &Node) -> String {
    let itself = match node.itself {
        Some((bucket, of)) => format!("database {bucket} of {of}"),
        None => "of no cluster".into(),
    };
    let milliseconds = node.answered_in.as_secs_f64() * 1000.0;
    let Node { version, flavour, bytes, .. } = node;
    format!("{itself}  {flavour} {version}  {}  {milliseconds:.1} ms", HumanBytes(*bytes))
}

/// Nothing is changed unless the database is there.
async fn relocate(
    client: &mut Client,
    namespace: &Namespace,
    bucket: i32,
    to: &str,
) -> Result<(), CommandError> {
    const ALTER: &str = "SELECT format('ALTER SERVER raceway OPTIONS (SET p%s %L)', $1, $2)";
    const JOIN: &str = "SELECT @extschema@._raceway_join_one($1, @extschema@._raceway_buckets())";
    let transaction = client.transaction().await.map_err(failed)?;
    let place = bucket.to_string();
    let parameters = [(&place as _, Type::TEXT), (&to as _, Type::TEXT)];
    let alter = transaction.query_typed(ALTER, &parameters).await.map_err(failed)?;
    transaction.batch_execute(alter[0].get(0)).await.map_err(failed)?;
    let asked = Instant::now();
    let bucket_parameter = [(&bucket as _, Type::INT4)];
    let rows = transaction.query_typed(&namespace.sql(NODE), &bucket_parameter).await;
    let node = Node::of(bucket, &rows.map_err(failed)?[0], asked.elapsed()).map_err(failed)?;
    let is_it = node.itself.is_some_and(|(there, _)| there == bucket) && node.version == VERSION;
    if !is_it {
        let message =
            format!("expected database {bucket} of version {VERSION} there: it is {}", told(&node));
        return Err(CommandError::Cluster(message));
    }
    // It may have been restored: then it does not reject traces of others yet.
    transaction.query_typed(&namespace.sql(JOIN), &bucket_parameter).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)
}
