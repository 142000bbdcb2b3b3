//! The envelope of every answer: `{"success", "data", "error"}`.

use axum::Json;
use serde::Serialize;

use crate::store::Read;

/// An answer's body.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<T> {
    success: bool,
    data: Option<T>,
    error: Option<String>,
    /// While Postgres is away or has not got everything yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    degraded: bool,
}

/// A successful answer.
pub(crate) fn success<T>(data: T) -> Json<Envelope<T>> {
    Json(Envelope { success: true, data: Some(data), error: None, degraded: false })
}

/// A successful answer to a read.
pub(crate) fn read<T>(read: Read<T>) -> Json<Envelope<T>> {
    let Json(envelope) = success(read.data);
    Json(Envelope { degraded: read.is_degraded, ..envelope })
}

/// A failed one.
pub(crate) fn failure(error: String) -> Json<Envelope<()>> {
    Json(Envelope { success: false, data: None, error: Some(error), degraded: false })
}
