//! Why an event is rejected. The SQL flavour answers with the same words.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// What is wrong with an event, in the order in which it is checked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Reason {
    /// The event's own text is not JSON; neighbours may be.
    #[error("event: expected JSON that Postgres can hold: {0}")]
    NotJson(String),
    /// A JSON value, but not an object.
    #[error("event: expected a JSON object")]
    NotAnObject,
    /// `id` and `event_id` are missing, or the one of the dialect can't be a key.
    #[error("id (or event_id): expected a string of 1 to 255 characters without U+0000")]
    EventId,
    /// `trace_id` is missing or can't be a key.
    #[error("trace_id: expected a string of 1 to 255 characters without U+0000")]
    TraceId,
    /// `kind` is missing, or names no variant.
    #[error(
        "kind: expected {{\"<Variant>\": {{...}}}} or \"<Variant>\", named by 1 to 50 characters \
         without U+0000"
    )]
    Kind,
    /// `timestamp` is missing or is no date-time of RFC 3339.
    #[error(
        "timestamp: expected an RFC 3339 date-time in the years 0001 to 9999, such as \
         2026-01-31T12:00:00.000001Z"
    )]
    Timestamp,
    /// `timestamp` does not say how far from UTC it is: nobody can tell the instant.
    #[error(
        "timestamp: expected an RFC 3339 date-time with its offset from UTC, such as \
         2026-01-31T12:00:00Z or 2026-01-31T13:00:00+01:00; this one has none"
    )]
    Offset,
    /// `causality_vector` is not a list of components and clocks.
    #[error(
        "causality_vector: expected [[component, clock], ...] with whole clocks from 0 to \
         18446744073709551615"
    )]
    CausalityVector,
    /// `vector_clock` is not an object of clocks.
    #[error(
        "vector_clock: expected {{component: clock, ...}} with whole clocks from 0 to \
         18446744073709551615"
    )]
    VectorClock,
}

/// One rejected event of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Rejection {
    /// The place of the event in its batch, from 0.
    pub index: usize,
    /// The event's id, where it has one that is a string.
    #[cfg_attr(feature = "schema", schema(required))]
    pub id: Option<String>,
    /// What was expected.
    pub reason: String,
}
