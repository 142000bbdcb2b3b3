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

/// What is before and after the data of a successful answer to a read, where that is streamed.
pub(super) fn around(is_degraded: bool) -> (String, String) {
    let Json(envelope) = read(Read { data: (), is_degraded });
    let json = serde_json::to_string(&envelope).unwrap_or_default();
    // Its data is the first null there is.
    let (head, tail) = json.split_once("null").unwrap_or_default();
    (head.to_owned(), tail.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_streamed_has_the_same_envelope() {
        for is_degraded in [false, true] {
            let Json(whole) = read(Read { data: [1], is_degraded });
            let (head, tail) = around(is_degraded);
            let whole = serde_json::to_string(&whole).expect("JSON");
            assert_eq!(format!("{head}[1]{tail}"), whole);
        }
    }
}
