//! A server that answers, and what every check needs to know of it.

use std::cell::Cell;
use std::time::Duration;

use tokio::time::timeout;
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};

use super::verdict::Unchecked;
use crate::config::Config;
use crate::schema::{self, Namespace};
use crate::store::postgres::{Client, Database};

/// What queries are given.
pub(super) type Parameters<'a> = &'a [(&'a (dyn ToSql + Sync), Type)];

/// A server that hangs is told from one of which a table is locked.
const MAX_SILENCES: u8 = 3;

pub(super) struct Server<'a> {
    pub(super) config: &'a Config,
    pub(super) client: Client,
    /// Of the role and the database, as SQL has to have them.
    pub(super) role: String,
    pub(super) database: String,
    /// Whether its session is older than this connection.
    pub(super) is_pooled: bool,
    /// Whether it only stands in front of a cluster.
    pub(super) is_proxy: bool,
    pool: Database,
    /// Where our objects are, quoted.
    schema: Result<Option<String>, String>,
    deadline: Duration,
    /// How often it has not answered in time: after a few, it is not asked again.
    silences: Cell<u8>,
}

impl<'a> Server<'a> {
    pub(super) async fn new(
        config: &'a Config,
        pool: Database,
        client: Client,
    ) -> Result<Self, Unchecked> {
        let deadline = config.storage.postgres.deadline();
        let mut server = Server {
            config,
            client,
            role: String::new(),
            database: String::new(),
            is_pooled: false,
            is_proxy: false,
            pool,
            schema: Ok(None),
            deadline,
            silences: Cell::new(0),
        };
        let names = "SELECT quote_ident(current_user), quote_ident(current_database())";
        let names = server.row(names, &[]).await?;
        (server.role, server.database) = (names.try_get(0)?, names.try_get(1)?);
        let schema =
            server.within(schema::installed_schema(&**server.client, server.namespace())).await;
        server.schema = schema.map_err(|Unchecked(reason)| reason);
        if server.schema().is_ok() {
            let is_proxy = schema::is_proxy(&**server.client, server.namespace());
            server.is_proxy = server.within(is_proxy).await.unwrap_or(false);
        }
        Ok(server)
    }

    /// The schema of our objects, quoted.
    pub(super) fn schema(&self) -> Result<&str, Unchecked> {
        match &self.schema {
            Ok(Some(schema)) => Ok(schema),
            Ok(None) => Err(Unchecked("the schema is not installed".into())),
            Err(reason) => Err(Unchecked(reason.clone())),
        }
    }

    /// One query without a named statement, as poolers in transaction mode want it.
    pub(super) async fn rows(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Vec<Row>, Unchecked> {
        self.within(self.client.query_typed(sql, parameters)).await
    }

    /// The answer, if it comes in time.
    pub(super) async fn within<T, E: Into<Unchecked>>(
        &self,
        answer: impl Future<Output = Result<T, E>>,
    ) -> Result<T, Unchecked> {
        let late = || Unchecked(format!("no answer within {:?}", self.deadline));
        if self.silences.get() == MAX_SILENCES {
            return Err(late());
        }
        if let Ok(answer) = timeout(self.deadline, answer).await {
            return answer.map_err(Into::into);
        }
        self.silences.set(self.silences.get() + 1);
        // It may only wait for a lock: then it is free for other questions.
        drop(timeout(self.deadline, self.pool.cancel(&self.client)).await);
        Err(late())
    }

    /// The first row of a query.
    pub(super) async fn row(
        &self,
        sql: &str,
        parameters: Parameters<'_>,
    ) -> Result<Row, Unchecked> {
        let row = self.rows(sql, parameters).await?.into_iter().next();
        row.ok_or_else(|| Unchecked("the server has no answer".into()))
    }

    /// The same, about the schema: `@extschema@` in the query stands for it, and so does `$1`.
    pub(super) async fn of_schema(&self, sql: &str) -> Result<Vec<Row>, Unchecked> {
        let schema = self.schema()?;
        let sql = schema::render(sql, schema);
        if sql.contains("$1") {
            self.rows(&sql, &[(&schema, Type::TEXT)]).await
        } else {
            self.rows(&sql, &[]).await
        }
    }

    /// Where our objects should be.
    pub(super) fn namespace(&self) -> &Namespace {
        self.pool.namespace()
    }

    pub(super) fn is_supabase(&self) -> bool {
        self.namespace().is_supabase()
    }
}
