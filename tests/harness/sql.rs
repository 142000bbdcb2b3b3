//! What cases ask of a database, and are told.

use postgres::{Client, Error};

/// Stores a batch; returns how many of its events were new.
pub fn try_ingest(client: &mut Client, batch: &str) -> Result<i32, Error> {
    let sql = "SELECT accepted FROM raceway_ingest($1::text)";
    Ok(client.query_one(sql, &[&batch])?.get(0))
}

/// The same for a batch that must be taken.
pub fn ingest(client: &mut Client, batch: &str) -> i32 {
    try_ingest(client, batch).expect("raceway_ingest")
}

/// The SQLSTATE of an error that the server has reported, else `none`.
pub fn sqlstate(error: &Error) -> &str {
    error.code().map_or("none", |code| code.code())
}
