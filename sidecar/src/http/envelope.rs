//! The envelope of every answer: `{"success", "data", "error"}`.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa::openapi::{Object, Type};

use crate::store::Read;

/// The body of a successful answer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Envelope<T> {
    success: bool,
    data: T,
    #[schema(schema_with = null)]
    error: (),
    /// Reads may miss something: Postgres is away or has not got everything yet.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    degraded: bool,
}

/// The body of any other.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Failure {
    success: bool,
    #[schema(schema_with = null)]
    data: (),
    /// What was expected, or what is wrong.
    error: String,
}

fn null() -> Object {
    Object::with_type(Type::Null)
}

/// A successful answer.
pub(crate) fn success<T>(data: T) -> Json<Envelope<T>> {
    Json(Envelope { success: true, data, error: (), degraded: false })
}

/// A successful answer to a read.
pub(crate) fn read<T>(read: Read<T>) -> Json<Envelope<T>> {
    let Json(envelope) = success(read.data);
    Json(Envelope { degraded: read.is_degraded, ..envelope })
}

/// The JSON of that, for whoever writes it on another thread.
pub(crate) fn written<T: Serialize>(answer: Read<T>) -> serde_json::Result<Vec<u8>> {
    let Json(envelope) = read(answer);
    serde_json::to_vec(&envelope)
}

/// A failed one.
pub(crate) fn failure(error: String) -> Json<Failure> {
    Json(Failure { success: false, data: (), error })
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
