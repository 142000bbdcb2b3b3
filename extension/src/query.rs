//! Queries that are prepared once a session.

use std::cell::OnceCell;
use std::thread::LocalKey;

use pgrx::datum::DatumWithOid;
use pgrx::pg_sys::BuiltinOid;
use pgrx::spi::{OwnedPreparedStatement, SpiClient, SpiHeapTupleData, SpiResult};
use pgrx::{FromDatum, IntoDatum, PgOid, Spi};

use crate::error::internal_error;

/// A query with its types, prepared when it is first run.
pub(crate) struct Query {
    sql: &'static str,
    types: &'static [BuiltinOid],
    only_reads: bool,
    prepared: OnceCell<OwnedPreparedStatement>,
}

impl Query {
    pub(crate) const fn new(sql: &'static str, types: &'static [BuiltinOid]) -> Self {
        Query { sql, types, only_reads: false, prepared: OnceCell::new() }
    }

    /// A query that changes nothing: its transaction takes no id for it, so it can be run by a parallel worker
    /// and on a server that only reads.
    pub(crate) const fn reading(sql: &'static str, types: &'static [BuiltinOid]) -> Self {
        Query { sql, types, only_reads: true, prepared: OnceCell::new() }
    }

    /// Unless what is installed is of 0.1.0, where names of private functions have no underscore:
    /// they will have one as soon as somebody updates the extension.
    fn prepare(&self, client: &mut SpiClient) -> SpiResult<Option<&OwnedPreparedStatement>> {
        if self.prepared.get().is_none() && !is_of_0_1(client)? {
            let types: Vec<PgOid> = self.types.iter().map(|&oid| oid.into()).collect();
            let prepared = client.prepare(self.sql, &types)?;
            drop(self.prepared.set(prepared.keep()));
        }
        Ok(self.prepared.get())
    }
}

fn is_of_0_1(client: &SpiClient) -> SpiResult<bool> {
    let sql = "SELECT pg_catalog.to_regproc('_raceway_frame_ids') IS NULL";
    Ok(client.select(sql, Some(1), &[])?.first().get_one()?.unwrap_or(false))
}

/// Runs the query, and reads each of its rows.
pub(crate) fn rows<T>(
    query: &'static LocalKey<Query>,
    arguments: &[DatumWithOid],
    mut read: impl FnMut(&Columns) -> T,
) -> Vec<T> {
    let rows = query.with(|query| {
        Spi::connect_mut(|client| -> SpiResult<Vec<T>> {
            let table = match query.prepare(client)? {
                Some(statement) if query.only_reads => client.select(statement, None, arguments)?,
                Some(statement) => client.update(statement, None, arguments)?,
                None => {
                    client.update(&*query.sql.replace("_raceway_", "raceway_"), None, arguments)?
                }
            };
            Ok(table.map(|row| read(&Columns(row))).collect())
        })
    });
    rows.unwrap_or_else(|error| internal_error(&format!("a query of raceway's own: {error}")))
}

/// A value of each item, as a parameter of type array.
pub(crate) fn column<'a, T, U>(items: &'a [T], value: impl Fn(&'a T) -> U) -> DatumWithOid<'a>
where
    Vec<U>: Into<DatumWithOid<'a>>,
{
    items.iter().map(value).collect::<Vec<_>>().into()
}

/// The columns of one row.
pub(crate) struct Columns<'a>(SpiHeapTupleData<'a>);

impl Columns<'_> {
    /// A column, counted from 1; `None` where it is NULL.
    pub(crate) fn get<T: IntoDatum + FromDatum>(&self, column: usize) -> Option<T> {
        self.0
            .get(column)
            .unwrap_or_else(|error| internal_error(&format!("column {column}: {error}")))
    }

    /// A column that is never NULL.
    pub(crate) fn expect<T: IntoDatum + FromDatum>(&self, column: usize) -> T {
        self.get(column).unwrap_or_else(|| internal_error(&format!("column {column} is NULL")))
    }
}
