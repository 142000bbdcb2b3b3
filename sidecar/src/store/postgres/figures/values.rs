//! Values of Postgres that are read by the million.

use std::error::Error;

use raceway_model::{IdKey, Timestamp};
use tokio_postgres::types::{FromSql, Type, accepts};

/// Postgres counts from 2000-01-01T00:00:00Z.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;

/// A `timestamptz`, or the nearest one in the years 0001 to 9999.
pub(super) struct Instant(pub(super) Timestamp);

impl<'a> FromSql<'a> for Instant {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        let micros = i64::from_sql(&Type::INT8, raw)?;
        Ok(Instant(Timestamp::nearest(micros.saturating_add(POSTGRES_EPOCH_MICROS))))
    }

    accepts!(TIMESTAMPTZ);
}

/// A `uuid`.
pub(super) struct Key(pub(super) IdKey);

impl<'a> FromSql<'a> for Key {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Key(raw.try_into()?))
    }

    accepts!(UUID);
}
