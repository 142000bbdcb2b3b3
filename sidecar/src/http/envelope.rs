//! The envelope of every answer: `{"success", "data", "error"}`.

use axum::Json;
use serde::Serialize;

/// An answer's body.
#[derive(Debug, Serialize)]
pub(crate) struct Envelope<T> {
    success: bool,
    data: Option<T>,
    error: Option<String>,
}

/// A successful answer.
pub(crate) fn success<T>(data: T) -> Json<Envelope<T>> {
    Json(Envelope { success: true, data: Some(data), error: None })
}

/// A failed one.
pub(crate) fn failure(error: String) -> Json<Envelope<()>> {
    Json(Envelope { success: false, data: None, error: Some(error) })
}
