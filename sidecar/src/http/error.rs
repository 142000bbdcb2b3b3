//! The one error type at the edge, and its mapping to HTTP.

use axum::extract::rejection::{PathRejection, QueryRejection, StringRejection};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::envelope;
use crate::store::StoreError;

/// Seconds after which a client should try again while storage is away.
const RETRY_AFTER_SECONDS: &str = "1";

/// Why a request is not answered with data.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The client's fault, with what was expected.
    Refused(StatusCode, String),
    /// Not the client's fault.
    Store(StoreError),
}

impl ApiError {
    pub(crate) fn not_found(what: impl Into<String>) -> Self {
        ApiError::Refused(StatusCode::NOT_FOUND, what.into())
    }

    pub(crate) fn bad_request(expected: impl Into<String>) -> Self {
        ApiError::Refused(StatusCode::BAD_REQUEST, expected.into())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self {
            ApiError::Refused(status, message) => {
                (status, envelope::failure(message)).into_response()
            }
            ApiError::Store(error @ StoreError::Unavailable(_)) => {
                tracing::warn!(%error, "answered 503");
                let retry_after = [(header::RETRY_AFTER, RETRY_AFTER_SECONDS)];
                let body = envelope::failure(error.to_string());
                (StatusCode::SERVICE_UNAVAILABLE, retry_after, body).into_response()
            }
            ApiError::Store(error) => {
                tracing::error!(%error, "answered 500");
                let body = envelope::failure("internal error; the log says more".into());
                (StatusCode::INTERNAL_SERVER_ERROR, body).into_response()
            }
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Refused(expected) => ApiError::bad_request(expected),
            error => ApiError::Store(error),
        }
    }
}

impl From<StringRejection> for ApiError {
    fn from(rejection: StringRejection) -> Self {
        let message = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                format!("expected a body of at most {} bytes", super::MAX_BODY_BYTES)
            }
            StatusCode::BAD_REQUEST if matches!(rejection, StringRejection::InvalidUtf8(_)) => {
                "expected UTF-8".into()
            }
            _ => rejection.body_text(),
        };
        ApiError::Refused(rejection.status(), message)
    }
}

impl From<QueryRejection> for ApiError {
    fn from(rejection: QueryRejection) -> Self {
        ApiError::bad_request(rejection.body_text())
    }
}

impl From<PathRejection> for ApiError {
    fn from(rejection: PathRejection) -> Self {
        ApiError::bad_request(rejection.body_text())
    }
}

pub(crate) async fn no_such_route() -> ApiError {
    ApiError::not_found("no such route")
}

pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError::Refused(StatusCode::METHOD_NOT_ALLOWED, "method not allowed on this route".into())
}
