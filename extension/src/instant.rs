//! Instants as Postgres counts them.

use pgrx::datum::TimestampWithTimeZone;
use raceway_model::Timestamp;

use crate::error::internal_error;

/// Postgres counts from 2000-01-01T00:00:00Z.
const POSTGRES_EPOCH_MICROS: i64 = 946_684_800_000_000;
const MICROS_PER_DAY: i64 = 86_400_000_000;

/// Days since 2000-01-01 in UTC.
pub(crate) fn day(timestamp: Timestamp) -> i64 {
    micros(timestamp).div_euclid(MICROS_PER_DAY)
}

/// Microseconds since 2000-01-01T00:00:00Z.
pub(crate) fn micros(timestamp: Timestamp) -> i64 {
    timestamp.micros() - POSTGRES_EPOCH_MICROS
}

/// The instant, or the nearest one in the years 0001 to 9999.
pub(crate) fn nearest(instant: TimestampWithTimeZone) -> Timestamp {
    Timestamp::nearest(i64::from(instant).saturating_add(POSTGRES_EPOCH_MICROS))
}

/// The same instant as a value of SQL.
pub(crate) fn timestamptz(timestamp: Timestamp) -> TimestampWithTimeZone {
    TimestampWithTimeZone::try_from(micros(timestamp))
        .unwrap_or_else(|_| internal_error("a timestamp out of range"))
}
