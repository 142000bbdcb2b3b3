//! The extension `raceway`: the SQL of `sql/`, with the functions that Rust does better.
//!
//! Glue only: what an event is lives in `raceway-model`, what is done with it in `sql/`.
#![allow(missing_docs, reason = "pgrx generates public items; SQL users read COMMENT ON")]
#![allow(clippy::needless_pass_by_value, reason = "arguments of SQL functions are values")]

mod analysis;
mod argument;
mod clock;
mod columns;
mod error;
mod fill;
mod frame;
mod frames;
mod heap;
mod ingest;
mod instant;
mod jsonb;
mod lookup;
mod partitions;
mod query;
mod schema;
mod store;
mod text;
mod traces;
mod version;

pgrx::pg_module_magic!(name, version);
