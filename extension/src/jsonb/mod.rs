//! `jsonb` as Postgres keeps it (`src/include/utils/jsonb.h`), written from the pieces of an event: a
//! template and its values, without the text of the whole in between.
//!
//! The form is that of every version since 9.4. Tests compare the bytes with those that Postgres makes
//! of the same JSON (`tests/cases/columns.rs`).

mod container;
mod datum;
mod node;
mod number;

pub(crate) use datum::Jsonb;
pub(crate) use node::{Filling, clock, value};
